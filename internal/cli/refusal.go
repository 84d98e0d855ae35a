package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"provost/partnercenter"
)

// refusal says what happened, by which code of the service, what to try, and
// what the service's log knows the call by.
func (s *session) refusal(err error) error {
	var refused *partnercenter.Error
	var signIn *partnercenter.SignInError
	var pending *partnercenter.PendingError
	switch {
	case errors.As(err, &pending):
		return err
	case errors.As(err, &refused):
		return &explained{err, [][2]string{
			{"code", codeOf(refused)}, {"about", strings.Join(refused.Data, ", ")}, {"profile", s.named},
			{"try", firstText(s.wire.seen().explained, s.advice(refused))}, {"correlation", refused.CorrelationID},
		}, firstText(refused.Description, http.StatusText(refused.StatusCode), "it was refused")}
	case errors.As(err, &signIn):
		return signInRefused(err, signIn, advised(s.cmd, "doctor")+", or log in again: "+program(s.cmd)+" login")
	}
	return s.broken(err)
}

// signInRefused is what an issuer said, and what to try.
func signInRefused(err error, refused *partnercenter.SignInError, try string) error {
	code := strings.TrimSuffix(itoa(refused.StatusCode)+" "+http.StatusText(refused.StatusCode)+", "+refused.Code, ", ")
	return &explained{err, [][2]string{{"code", code}, {"try", try}, {"correlation", refused.CorrelationID}}, saidBy(refused)}
}

// saidBy is an issuer's text, without the ids that it appends: one of them is told
// by itself.
func saidBy(refused *partnercenter.SignInError) string {
	says, _, _ := strings.Cut(firstText(refused.Description, "the issuer refused to sign in"), " Trace ID:")
	return says
}

// broken says what to do about a call that got no answer.
func (s *session) broken(err error) error {
	ctx := s.cmd.Context()
	var failed *url.Error
	switch {
	case ctx != nil && ctx.Err() != nil, errors.As(err, new(*answerError)), errors.Is(err, partnercenter.ErrUnreadable), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &failed):
		err = failed.Err
	}
	if explained := s.server.distrusted(err); explained != nil {
		return explained
	}
	if errors.As(err, new(*net.OpError)) && !s.isMicrosofts() {
		return s.server.unreachable(ctx, err)
	}
	return err
}

// explained is an error with what a person needs to go on.
type explained struct {
	err   error
	facts [][2]string
	says  string
}

func (e *explained) Unwrap() error { return e.err }

func (e *explained) Error() string {
	text := clean(e.says)
	if call := callOf(e.err); call != "" {
		text += "\n" + call
	}
	for _, fact := range e.facts {
		if fact[1] != "" {
			text += "\n  " + fact[0] + strings.Repeat(" ", len("correlation")-len(fact[0])+gap) + clean(fact[1])
		}
	}
	return text
}

// mostWords stand before the request in an error.
const mostWords = 12

// callOf is the request that an error of the SDK begins with.
func callOf(err error) string {
	words := strings.Fields(err.Error())
	for i := range min(mostWords, len(words)-1) {
		switch words[i] {
		case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodHead:
			return clean(words[i] + " " + strings.TrimSuffix(words[i+1], ":"))
		}
	}
	return ""
}

func codeOf(e *partnercenter.Error) string {
	status := http.StatusText(e.StatusCode)
	text := strings.TrimSpace(itoa(e.StatusCode) + " " + status)
	if e.Code != "" && e.Code != itoa(e.StatusCode) {
		text += ", code " + e.Code
	}
	return text
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// advice is what to try where the service gives none.
func (s *session) advice(e *partnercenter.Error) string {
	us := program(s.cmd)
	switch {
	case errors.Is(e, partnercenter.ErrMFARequired):
		return "log in again with a second factor: " + us + " login"
	case errors.Is(e, partnercenter.ErrAppOnly):
		return "log in as a user: " + us + " login --device or --browser"
	case errors.Is(e, partnercenter.ErrNotReady), errors.Is(e, partnercenter.ErrPendingOperation):
		return "wait until the last change is through: " + advised(s.cmd, strings.TrimSpace("subscriptions status "+strings.Join(s.ids, " "))) + " --wait"
	case errors.Is(e, partnercenter.ErrOfferID):
		return "a catalogue item, as these show it: " + advised(s.cmd, "products list") + ", skus list PRODUCT, availabilities list PRODUCT SKU"
	case e.StatusCode == http.StatusUnauthorized:
		return us + " doctor says what is wrong with the token; " + us + " login gets another"
	case e.StatusCode == http.StatusForbidden:
		return us + " doctor says which calls this token may make"
	case e.StatusCode == http.StatusNotFound:
		return s.listed()
	case e.StatusCode == http.StatusTooManyRequests && e.RetryAfter > 0:
		return "again in " + e.RetryAfter.String()
	case e.Temporary():
		return "again in a while"
	}
	return ""
}

// listed names the command that lists what there is in the place of what was not
// found.
func (s *session) listed() string {
	parent := s.cmd.Parent()
	if parent == nil || len(s.ids) == 0 {
		return ""
	}
	for _, child := range parent.Commands() {
		if child.Name() == "list" {
			words := append([]string{parent.Name(), "list"}, s.ids[:len(s.ids)-1]...)
			return "what there is: " + advised(s.cmd, strings.Join(words, " "))
		}
	}
	return ""
}
