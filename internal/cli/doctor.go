package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// finding is what a check came to.
type finding struct {
	Check string `json:"check"`
	// Good: nothing is in the way; bad: calls will fail. Neither is worth a look.
	State state  `json:"state"`
	Says  string `json:"says"`
	Try   string `json:"try,omitempty"`
}

type state string

const (
	good  state = "good"
	worth state = "look"
	bad   state = "bad"
)

// examined is what a doctor says.
type examined struct {
	Findings []finding  `json:"findings"`
	Calls    []callSeen `json:"calls"`
}

func (e *examined) found(check string, s state, try, format string, args ...any) {
	e.Findings = append(e.Findings, finding{check, s, fmt.Sprintf(format, args...), try})
}

// NewDoctor returns the command that says what is in the way of calls.
func NewDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Say what is in the way of calls: sign-in, token, clock, network, roles",
		Long: "Check the profile, the token (its kind, audience, second factor, expiry, roles), how far\n" +
			"the service's clock is from this machine's, and whether it answers; then make the\n" +
			"documented calls that only read, and say which of them this token may make. Calls that\n" +
			"write are not tried.",
		Example: "provost doctor\nprovost doctor --profile work -o json",
		Args:    noArguments,
	}
	addSessionFlags(cmd)
	cmd.Flags().StringP("output", "o", "table", "how to print it: table, json, yaml")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	addColourFlag(cmd)
	cmd.Flags().String("customer", "", "the customer to try calls on (default: the first that has an order)")
	cmd.Flags().String("subscription", "", "the subscription to try calls on, with --customer")
	cmd.Flags().String("order", "", "the order to try calls on, with --customer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		print, err := newPrinter(cmd, &sheet{})
		if err != nil {
			return err
		}
		s, err := openSession(cmd)
		if err != nil {
			return err
		}
		e := &examined{Findings: []finding{}, Calls: []callSeen{}}
		s.examine(cmd.Context(), e)
		if err := e.print(print); err != nil {
			return err
		}
		if i := slices.IndexFunc(e.Findings, func(f finding) bool { return f.State == bad }); i >= 0 {
			return errors.New("calls will fail: " + e.Findings[i].Says)
		}
		return nil
	}
	return cmd
}

func (s *session) examine(ctx context.Context, e *examined) {
	s.examineProfile(e)
	tokens := s.tokens
	if kept, is := tokens.(*credential); is {
		tokens = kept.beside() // the calls below ask for themselves
	}
	token, err := tokens.Token(ctx)
	if err != nil {
		e.found("token", bad, program(s.cmd)+" login", "none can be had: %s", firstLine(s.explain(err)))
	} else {
		s.examineToken(ctx, e, token.Value)
	}
	_, callErr := s.Customers.Page(ctx, partnercenter.CustomerQuery{Size: 1})
	var refused *partnercenter.Error
	switch seen := s.wire.seen(); {
	case callErr != nil && !errors.As(callErr, &refused) && err == nil:
		e.found("service", bad, "", "%s", firstLine(s.explain(callErr)))
		return
	case seen.at.IsZero():
		return // no token, so no call
	default:
		e.found("service", good, "", "%s answers in %s", s.server.base, seen.took.Round(100*time.Microsecond))
		examineClock(e, seen)
	}
	s.tryCalls(ctx, e)
}

func (s *session) examineProfile(e *examined) {
	place, err := openShelf()
	if err != nil {
		e.found("profile", worth, "", "%v", err)
		return
	}
	switch {
	case s.given:
		e.found("profile", good, "", "none: the token is that of %s, for %s", tokenVariable, s.server.base)
	case s.profile == nil:
		e.found("profile", good, "", "none: tokens of the provost dev at %s", s.server.base)
	default:
		e.found("profile", good, "", "%s, for %s, as %s", s.named, s.server.base, s.profile.who())
		if info, err := os.Stat(place.path()); err == nil && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			e.found("profile", worth, "chmod 600 "+ShellWord(place.path()), "others can read %s, which holds tokens", place.path())
		}
	}
}

// mostSkew is what verifiers of tokens forgive.
const mostSkew = 5 * time.Minute

func examineClock(e *examined, seen seenAnswer) {
	if seen.date.IsZero() {
		return
	}
	// The header has whole seconds.
	skew := seen.date.Add(500 * time.Millisecond).Sub(seen.at).Round(time.Second)
	switch {
	case skew.Abs() >= mostSkew:
		e.found("clock", bad, "set this machine's clock", "the service's is %s away from this machine's: tokens count as expired, or as not yet good", skew.Abs())
	case skew.Abs() >= 30*time.Second:
		e.found("clock", worth, "set this machine's clock", "the service's is %s away from this machine's", skew.Abs())
	default:
		e.found("clock", good, "", "within a second or two of the service's")
	}
}

func (s *session) examineToken(ctx context.Context, e *examined, token string) {
	claims, err := readClaims(token)
	if err != nil {
		e.found("token", worth, "", "opaque: what it says cannot be read here")
		return
	}
	e.found("token", good, "", "%s", claims.who())
	if claims.appOnly() {
		e.found("kind", worth, program(s.cmd)+" login --device", "app-only: both provisioning statuses and some other calls refuse it")
	} else {
		e.found("kind", good, "", "App+User")
	}
	// Entra writes an audience with or without a slash, or as the service's id.
	switch audience := strings.TrimSuffix(claims.audience(), "/"); audience {
	case partnercenter.GlobalCloud.Audience, partnercenter.ChinaCloud.Audience, partnerCenterID:
		e.found("audience", good, "", "%s", audience)
	default:
		e.found("audience", worth, "", "%s, which is not Partner Center: only a server that was told so takes it", audience)
	}
	switch {
	case claims.appOnly():
	case claims.mfa():
		e.found("factors", good, "", "with multifactor authentication")
	default:
		e.found("factors", worth, program(s.cmd)+" login, with a second factor", "without multifactor authentication: refused where it is enforced (900421)")
	}
	switch left := time.Until(claims.expires()); {
	case claims.Expires == 0:
	case left <= 0:
		e.found("expiry", bad, program(s.cmd)+" login", "expired %s ago", briefly(-left))
	default:
		e.found("expiry", good, "", "in %s", briefly(left))
	}
	if roles := s.rolesOf(ctx, claims); len(roles) > 0 {
		e.found("roles", good, "", "%s", strings.Join(roles, ", "))
	} else {
		e.found("roles", good, "", "not in the token: the calls below show what they come to")
	}
}

// rolesOf are those in the token, and those that a provost dev lists.
func (s *session) rolesOf(ctx context.Context, claims *tokenClaims) []string {
	roles := slices.Clone(claims.Roles)
	if s.isMicrosofts() {
		return roles
	}
	var accounts extension.Accounts
	if s.server.call(ctx, http.MethodGet, extension.AccountsPath, nil, &accounts) != nil {
		return roles
	}
	for _, a := range accounts.Items {
		if a.Tenant == claims.Tenant && (a.ID == claims.Object && a.Kind == extension.UserAccount) {
			roles = append(append(roles, a.Roles...), a.DirectoryRoles...)
		}
	}
	return roles
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (e *examined) print(p *printer) error {
	if p.form == "json" || p.form == "yaml" {
		d, err := documentOf(e)
		if err != nil {
			return err
		}
		return p.document(d)
	}
	width := 0
	for _, f := range e.Findings {
		width = max(width, len(f.Check))
	}
	style := func(s lipgloss.Style, text string) string {
		if !p.colours {
			return text
		}
		return s.Render(text)
	}
	marks := map[state]string{
		good:  style(lipgloss.NewStyle().Foreground(lipgloss.Green), "ok  "),
		worth: style(lipgloss.NewStyle().Foreground(lipgloss.Yellow), "look"),
		bad:   style(lipgloss.NewStyle().Foreground(lipgloss.Red), "BAD "),
	}
	for _, f := range e.Findings {
		line := marks[f.State] + "  " + f.Check + strings.Repeat(" ", width-len(f.Check)+gap) + clean(f.Says)
		if f.Try != "" {
			line += "; try: " + clean(f.Try)
		}
		if _, err := fmt.Fprintln(p.out, line); err != nil {
			return err
		}
	}
	if len(e.Calls) == 0 {
		return nil
	}
	if _, err := io.WriteString(p.out, "\n"); err != nil {
		return err
	}
	var rows []document
	for _, c := range e.Calls {
		if shorter := short(c.Call); shorter != "GET …" {
			c.Call = shorter
		}
		d, err := documentOf(c)
		if err != nil {
			return err
		}
		rows = append(rows, d)
	}
	return p.table([]column{{title: "MAY", path: "may"}, {title: "CALL", path: "call", tight: true}, {title: "WHY NOT", path: "why", tight: true}}, rows)
}
