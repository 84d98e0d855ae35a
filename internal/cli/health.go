package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"provost/partnercenter/extension"
)

// HealthURL is where a server is asked whether it can serve: at the URL that was
// given.
func HealthURL(given string) (*url.URL, error) {
	asked, err := url.Parse(given)
	if err != nil || asked.Host == "" || asked.Scheme != "http" && asked.Scheme != "https" {
		return nil, misuse("%q is no URL of a server: it is such as %s", given, DefaultOperator)
	}
	if strings.Trim(asked.Path, "/") == "" {
		asked.Path = extension.ReadinessPath
	}
	return asked, nil
}

// HealthOfDoor is where this machine asks the operator's door that listens at the
// address. It shows a certificate only beyond this machine.
func HealthOfDoor(address string, certified bool) (*url.URL, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return nil, misuse("nobody can be asked at --operator-listen %q: name the server's URL, such as %s", address, DefaultOperator)
	}
	ip := net.ParseIP(host)
	scheme := "http"
	if certified && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		scheme = "https"
	}
	if host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port), Path: extension.ReadinessPath}, nil
}

const (
	healthTime  = 5 * time.Second
	healthBytes = 1 << 20
)

// AskHealth gives one line of what a server says of itself, and an error when it
// cannot serve.
func AskHealth(ctx context.Context, asked *url.URL) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.String(), nil)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", asked, err)
	}
	// The certificate is for the name by which others call, which this is not; and
	// nothing is sent that anybody might not read.
	ask := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	ask.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := ask.Do(request)
	if err != nil {
		var why *url.Error
		if errors.As(err, &why) {
			err = why.Err
		}
		return "", fmt.Errorf("no answer from %s: %w", asked, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, healthBytes))
	if err != nil {
		return "", fmt.Errorf("read the answer of %s: %w", asked, err)
	}
	words := healthWords(body)
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %d: %s", asked, response.StatusCode, words)
	}
	return words, nil
}

// healthWords are one line of what was answered.
func healthWords(body []byte) string {
	var told extension.Readiness
	if json.Unmarshal(body, &told) != nil || told.Status == "" {
		line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
		return CleanLines(line)
	}
	words := string(told.Status)
	if told.Store != extension.Ready {
		words += ", the store is " + string(told.Store)
	}
	for _, issuer := range told.Issuers {
		if issuer.Status != extension.Ready {
			words += fmt.Sprintf(", the issuer %s is %s", issuer.URL, issuer.Status)
		}
	}
	if told.Failing > 0 {
		words += fmt.Sprintf(", due work that fails: %d", told.Failing)
	}
	return CleanLines(words)
}
