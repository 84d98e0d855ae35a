// Package cli is the commands that speak to a running server over HTTP.
//
// It knows the API's words and nothing of the server's insides: it can do
// nothing that another client cannot.
package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

// DefaultServer is where a development server is found unless it was told to
// listen elsewhere.
const DefaultServer = "http://127.0.0.1:4177"

const (
	serverVariable = "PROVOST_URL"
	secretVariable = "PROVOST_SECRET"
)

// Misuse is an error that only another command line or configuration cures.
type Misuse struct{ Err error }

// ExitCode tells scripts that trying again is of no use.
func (Misuse) ExitCode() int { return 2 }

func (m Misuse) Error() string { return m.Err.Error() }

// Unwrap gives the error itself.
func (m Misuse) Unwrap() error { return m.Err }

func misuse(format string, args ...any) error { return Misuse{fmt.Errorf(format, args...)} }

// remote is a server, and how it is spoken to.
type remote struct {
	base string
	http *http.Client
	// bearer is the token that calls carry; empty: none.
	bearer string
	// cmd is the command that speaks to it.
	cmd *cobra.Command
	// ca is the file of the authority that is trusted beside the system's; "":
	// none is.
	ca string
	// kept is the data directory of the development server that it is; "": that of
	// none.
	kept string
}

const (
	callTime  = 20 * time.Second
	dialTime  = time.Second
	maxAnswer = 16 << 20
)

func addServerFlag(cmd *cobra.Command) {
	cmd.Flags().String("server", "", "the URL of the server (default: "+serverVariable+", else that of a provost dev in "+dataVariable+" or "+defaultData+", else "+DefaultServer+")")
	addCAFlag(cmd)
}

// connect finds the server that the command is to speak to.
func connect(cmd *cobra.Command) (*remote, error) {
	if flag, err := cmd.Flags().GetString("server"); err == nil && flag != "" {
		return remoteAt(cmd, flag, "--server", DefaultServer)
	}
	if variable := os.Getenv(serverVariable); variable != "" {
		return remoteAt(cmd, variable, serverVariable, DefaultServer)
	}
	kept := cmp.Or(os.Getenv(dataVariable), defaultData)
	if dev := runningDev(kept); dev != "" {
		return remoteTrusting(cmd, authorityOf(kept), dev, "the server of "+kept, DefaultServer)
	}
	return remoteAt(cmd, DefaultServer, "the default server", DefaultServer)
}

// runningDev is where the development server listens that keeps the data
// directory; "": none does, for the address there may be that of one that has
// ended.
func runningDev(kept string) string {
	dev, err := readOperatorFile(kept)
	if err != nil {
		return ""
	}
	u, err := url.Parse(dev.URL)
	if err != nil {
		return ""
	}
	door, err := net.DialTimeout("tcp", u.Host, dialTime)
	if err != nil {
		return ""
	}
	_ = door.Close() // it is there, and nothing was said yet
	return dev.URL
}

// remoteAt is the server at an address that the source names.
func remoteAt(cmd *cobra.Command, text, source, like string) (*remote, error) {
	return remoteTrusting(cmd, "", text, source, like)
}

// remoteTrusting trusts a certificate authority, unless the command was told of
// another.
func remoteTrusting(cmd *cobra.Command, ca, text, source, like string) (*remote, error) {
	u, err := addressIn(text, source, like)
	if err != nil {
		return nil, err
	}
	ca, source = trusted(cmd, u, ca)
	transport, err := trusting(ca, source)
	if err != nil {
		return nil, err
	}
	return &remote{
		base: baseOf(u),
		http: &http.Client{Timeout: callTime, Transport: transport},
		ca:   ca,
		cmd:  cmd,
	}, nil
}

// addressIn reads the address of a server, http unless it says otherwise.
func addressIn(text, source, like string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, misuse("%s %q is no address of a server; one looks like %s", source, text, like)
	}
	return u, nil
}

// baseOf is what the paths of calls are put after.
func baseOf(u *url.URL) string {
	return strings.TrimSuffix(u.Scheme+"://"+u.Host+u.EscapedPath(), "/")
}

// call sends one request and reads a JSON answer. What the server refuses is an
// [answerError].
func (r *remote) call(ctx context.Context, method, path string, form url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("ask %s: %w", r.base, err)
	}
	request.Header.Set("Accept", "application/json")
	if r.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+r.bearer)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := r.http.Do(request)
	if err != nil {
		return r.unreachable(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", r.base, err)
	}
	if response.StatusCode != http.StatusOK {
		return newAnswerError(response, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the answer of %s: it is not what a Provost says (is another program listening there?): %w", r.base, err)
	}
	return nil
}

// unreached is why a request got no answer.
type unreached struct{ cause error }

func (u *unreached) Error() string { return u.cause.Error() }

// send sends one request with a JSON body and reads a JSON answer; body and into
// may be nil. Its errors are an [unreached] or an [answerError] where they are
// the server's.
func (r *remote) send(ctx context.Context, method, path string, query url.Values, body, into any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(text)
	}
	address := r.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return fmt.Errorf("ask %s: %w", r.base, err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+r.bearer)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := r.http.Do(request)
	if err != nil {
		return &unreached{err}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer of %s: %w", r.base, err)
	case response.StatusCode >= 300:
		return newAnswerError(response, answer)
	case into == nil || response.StatusCode == http.StatusNoContent:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("read the answer of %s: it is not what a Provost says (is another program listening there?): %w", r.base, err)
	}
	return nil
}

func (r *remote) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the address, which is said already
	}
	if failed != nil && failed.Timeout() {
		return fmt.Errorf("the server at %s does not answer: it took longer than %s", r.base, r.http.Timeout)
	}
	if explained := r.distrusted(err); explained != nil {
		return explained
	}
	return fmt.Errorf("no server answers at %s (%w)\n"+
		"start one with: %s dev, or name the one that runs with --server or %s", r.base, err, program(r.cmd), serverVariable)
}

// answerError is an answer other than 200.
type answerError struct {
	status int
	// said is what the answer says is wrong, and explained the server's advice.
	said, explained string
}

func newAnswerError(response *http.Response, body []byte) *answerError {
	e := &answerError{status: response.StatusCode, said: response.Status, explained: response.Header.Get("Provost-Explain")}
	var envelope partnercenter.Error
	var oauth struct {
		Description string `json:"error_description"`
	}
	switch {
	case json.Unmarshal(body, &oauth) == nil && oauth.Description != "":
		// Entra appends the ids of the request to the text.
		e.said, _, _ = strings.Cut(oauth.Description, " Trace ID:")
	case json.Unmarshal(body, &envelope) == nil && envelope.Description != "":
		envelope.StatusCode = response.StatusCode
		e.said = envelope.Error()
	}
	return e
}

func (e *answerError) Error() string {
	if e.explained != "" {
		return e.said + "\n" + e.explained
	}
	return e.said
}
