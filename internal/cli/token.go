package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// resource is what the tokens are for: Partner Center's address.
const resource = "https://api.partnercenter.microsoft.com"

// NewToken returns the command that prints a token of a running provost dev.
func NewToken() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print a token of a running provost dev",
		Long: "Print a token of a running provost dev, alone on a line, for an Authorization header.\n\n" +
			"Without flags it is that of the demo shop's admin agent, with multifactor\n" +
			"authentication: one that may make every call. --role and --user ask for someone\n" +
			"else's, so that every refusal can be met before it matters.",
		Example: strings.Join([]string{
			"provost token",
			"curl --oauth2-bearer $(provost token) " + DefaultServer + "/v1/customers",
			"# what does a sales agent get? and a reseller of the shop?",
			"provost token --role sales-agent",
			"provost token --role reseller",
			"# an app alone, without a user",
			"provost token --app-only",
			"# a user who showed a password and nothing else",
			"provost token --no-mfa",
			"# tokens that have expired, or are for someone else",
			"provost token --expired",
			"provost token --audience https://graph.windows.net",
			"# of a profile, wherever it is logged in",
			"provost token --profile work",
		}, "\n"),
		RunE: runToken,
	}
	flags := cmd.Flags()
	addServerFlag(cmd)
	flags.String(profileFlag, "", "a profile of provost login, whose token is printed")
	_ = cmd.RegisterFlagCompletionFunc(profileFlag, completeProfiles)
	flags.String("user", "", "the name that the user signs in with")
	flags.String("role", "", "a role that the user is to have: "+strings.Join(roleNames(), ", "))
	flags.Bool("app-only", false, "a token of an app alone, without a user")
	flags.Bool("no-mfa", false, "a token that shows no multifactor authentication")
	flags.Bool("expired", false, "a token that expired an hour ago")
	flags.String("audience", "", "whom the token is for: an address, or an app's id (default: "+resource+")")
	flags.String("world", "", "the world to look in, by name or id; needed when there are several")
	flags.String("secret", "", "the account's password or secret (default: "+secretVariable+", else the demo shop's)")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roleNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runToken(cmd *cobra.Command, _ []string) error {
	flags := cmd.Flags()
	if named, _ := flags.GetString(profileFlag); named != "" {
		return printProfileToken(cmd, named)
	}
	var w wanted
	w.world, _ = flags.GetString("world")
	w.user, _ = flags.GetString("user")
	w.role, _ = flags.GetString("role")
	w.appOnly, _ = flags.GetBool("app-only")
	var q quirks
	q.noMFA, _ = flags.GetBool("no-mfa")
	q.expired, _ = flags.GetBool("expired")
	q.audience, _ = flags.GetString("audience")
	secret, _ := flags.GetString("secret")
	secret = cmp.Or(secret, os.Getenv(secretVariable), extension.DemoSecret)
	switch {
	case w.user != "" && (w.role != "" || w.appOnly):
		return misuse("--user names someone already: leave --role and --app-only out")
	case w.appOnly && w.role != "" && w.role != reseller:
		return misuse("an app has no role %s: leave --role out, or --role %s for the reseller's app", w.role, reseller)
	case w.appOnly && q.noMFA:
		return misuse("an app has no second factor to leave out: choose --app-only or --no-mfa")
	}
	if w.role != "" && !slices.Contains(roleNames(), w.role) {
		return misuse("there is no role %s; there are: %s", w.role, strings.Join(roleNames(), ", "))
	}
	server, err := connect(cmd)
	if err != nil {
		return err
	}
	token, err := server.oddToken(cmd.Context(), w, secret, q)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
	return err
}

func printProfileToken(cmd *cobra.Command, named string) error {
	for _, flag := range []string{"user", "role", "app-only", "no-mfa", "expired", "audience", "secret"} {
		if cmd.Flags().Changed(flag) {
			return misuse("profile %s says whose token it is: leave --%s out", named, flag)
		}
	}
	server, err := signedIn(cmd)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), server.bearer)
	return err
}

// quirks are what a token can have for the sake of the refusal that it meets.
type quirks struct {
	noMFA, expired bool
	audience       string
}

// expiredFor is how long ago a token expired that is asked for as expired: more
// than any verifier forgives.
const expiredFor = time.Hour

func (q quirks) addTo(form url.Values) {
	if q.noMFA {
		form.Set("provost_mfa", "false")
	}
	if q.expired {
		form.Set("provost_lifetime", strconv.Itoa(-int(expiredFor/time.Second)))
	}
	if q.audience != "" {
		form.Set("provost_audience", q.audience)
	}
}

// noTokens is a server, by its address, that is no provost dev.
type noTokens struct{ base string }

func (e noTokens) Error() string {
	return "the server at " + e.base + " hands out no tokens: it is no provost dev; ask the issuer that it trusts"
}

// token signs the account that is wanted in.
func (r *remote) token(ctx context.Context, w wanted, secret string, noMFA bool) (string, error) {
	return r.oddToken(ctx, w, secret, quirks{noMFA: noMFA})
}

// oddToken gives a token with quirks.
func (r *remote) oddToken(ctx context.Context, w wanted, secret string, q quirks) (string, error) {
	var accounts extension.Accounts
	if err := r.call(ctx, http.MethodGet, extension.AccountsPath, nil, &accounts); err != nil {
		var answer *answerError
		if errors.As(err, &answer) && answer.status == http.StatusNotFound {
			return "", noTokens{r.base}
		}
		if answer != nil {
			return "", fmt.Errorf("list the accounts of %s: %w", r.base, err)
		}
		return "", err
	}
	account, err := w.pick(accounts.Items)
	if err != nil {
		return "", err
	}
	form := url.Values{"resource": {resource}}
	if w.appOnly {
		form.Set("grant_type", "client_credentials")
		form.Set("client_id", account.ID)
		form.Set("client_secret", secret)
	} else {
		app, err := appOf(accounts.Items, account)
		if err != nil {
			return "", err
		}
		form.Set("grant_type", "password")
		form.Set("client_id", app.ID)
		form.Set("username", account.UserPrincipalName)
		form.Set("password", secret)
	}
	q.addTo(form)
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	if err := r.call(ctx, http.MethodPost, "/"+url.PathEscape(account.Tenant)+"/oauth2/token", form, &issued); err != nil {
		return "", fmt.Errorf("sign %s in at %s: %w", account.Name, r.base, err)
	}
	if issued.AccessToken == "" {
		return "", fmt.Errorf("sign %s in at %s: the answer holds no token", account.Name, r.base)
	}
	return issued.AccessToken, nil
}

// appOf is an app of the user's partner, to sign in with.
func appOf(accounts []extension.Account, user extension.Account) (extension.Account, error) {
	apps := keep(accounts, func(a extension.Account) bool {
		return a.Kind == extension.AppAccount && a.World == user.World && a.Tenant == user.Tenant
	})
	if len(apps) == 0 {
		return extension.Account{}, fmt.Errorf("partner %s has no app that %s could sign in with", user.Partner, user.Name)
	}
	if i := slices.IndexFunc(apps, func(a extension.Account) bool { return a.Registered }); i >= 0 {
		return apps[i], nil
	}
	return apps[0], nil
}
