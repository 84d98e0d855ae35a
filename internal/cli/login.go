package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"provost/partnercenter"
)

// clouds are Microsoft's, by the names that --cloud takes.
var clouds = map[string]partnercenter.Cloud{
	"global": partnercenter.GlobalCloud, "us-government": partnercenter.USGovernmentCloud, "china": partnercenter.ChinaCloud,
}

const clientSecretVariable = "PROVOST_CLIENT_SECRET"

var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// NewLogin returns the command that signs in and keeps how.
func NewLogin() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login [PROFILE]",
		Short: "Sign in at Microsoft's service, a Provost, or a running provost dev",
		Long: "Sign in, and keep how in a profile, which becomes the current one: the commands about\n" +
			"customers, orders and subscriptions then speak to its service. The profile is called\n" +
			"default unless it is named.\n\n" +
			"A profile is kept in a file that only you can read: for a person the refresh token, for\n" +
			"an app its secret. Both provisioning statuses need a person.",
		Example: strings.Join([]string{
			"# a person, with a code for a browser on any machine",
			"provost login --tenant contoso.onmicrosoft.com --client-id GUID",
			"# a person, with the browser of this machine",
			"provost login work --browser --tenant contoso.com --client-id GUID",
			"# an app alone; its secret is asked for, or piped, or in the variable",
			"# " + clientSecretVariable,
			"provost login ci --client-secret --tenant contoso.com --client-id GUID",
			"# a Provost of yours; --authority names its issuer",
			"provost login --api https://shop.example --tenant GUID --client-id GUID",
			"# someone of a running provost dev",
			"provost login sally --dev --role sales-agent",
		}, "\n"),
		Args: Takes(0, 1, "at most a profile's name"),
		RunE: runLogin,
	}
	flags := cmd.Flags()
	flags.Bool("device", false, "sign in with a code, in a browser on any machine (the default)")
	flags.Bool("browser", false, "sign in with the browser of this machine")
	flags.Bool("client-secret", false, "sign in as the app alone, by its secret")
	flags.Bool("dev", false, "take tokens of a running provost dev, which --server names")
	cmd.MarkFlagsMutuallyExclusive("device", "browser", "client-secret", "dev")
	flags.String("tenant", "", "the partner's tenant: its id or its domain")
	flags.String("client-id", "", "the app registration's id")
	flags.String("cloud", "global", "whose service: global, us-government or china")
	_ = cmd.RegisterFlagCompletionFunc("cloud", cobra.FixedCompletions([]string{"global", "us-government", "china"}, cobra.ShellCompDirectiveNoFileComp))
	flags.String("api", "", "the address of the calls, where it is none of Microsoft's")
	flags.String("authority", "", "the address of the token issuer (default: that of the cloud, or of --api)")
	flags.String("audience", "", "whom tokens are for (default: Partner Center)")
	addServerFlag(cmd)
	flags.String("user", "", "with --dev: the name that the user signs in with")
	flags.String("role", "", "with --dev: a role that the user is to have: "+strings.Join(roleNames(), ", "))
	flags.Bool("app-only", false, "with --dev: the app alone")
	flags.Bool("no-mfa", false, "with --dev: without a second factor")
	flags.String("world", "", "with --dev: the world")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roleNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runLogin(cmd *cobra.Command, args []string) error {
	name := "default"
	if len(args) > 0 {
		name = args[0]
	}
	if !profileName.MatchString(name) {
		return misuse("%q is no name for a profile: letters, digits, dots, dashes", name)
	}
	place, err := openShelf()
	if err != nil {
		return err
	}
	p, err := asked(cmd, place, name)
	if err != nil {
		return err
	}
	if err := signIn(cmd, place, name, p); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Profile %s is logged in at %s as %s.\n", name, p.API, p.who())
	return err
}

// asked is the profile that the flags describe; what they leave out is taken from
// the profile of that name, so that logging in again takes no more than its name.
func asked(cmd *cobra.Command, place shelf, name string) (*profile, error) {
	flags := cmd.Flags()
	text := func(flag string) string { value, _ := flags.GetString(flag); return value }
	on := func(flag string) bool { value, _ := flags.GetBool(flag); return value }
	kept, err := place.read()
	if err != nil {
		return nil, err
	}
	p := &profile{}
	before := kept.Profiles[name]
	if before != nil {
		again := *before
		p = &again
	}
	for _, kind := range []signInKind{byDevice, byBrowser, bySecret, byDev} {
		if on(string(kind)) {
			p.Kind = kind
		}
	}
	if p.Kind == byDev {
		return askedDev(cmd, p)
	}
	p.Kind = cmp.Or(p.Kind, byDevice)
	p.Tenant, p.ClientID = cmp.Or(text("tenant"), p.Tenant), cmp.Or(text("client-id"), p.ClientID)
	if err := p.setCloud(cmd); err != nil {
		return nil, err
	}
	if p.Tenant == "" || p.ClientID == "" {
		return nil, misuse("say as whom: --tenant and --client-id, of an app registration; or --dev for a running provost dev")
	}
	if before != nil && (before.API != p.API || before.Authority != p.Authority || before.ClientID != p.ClientID) {
		p.ClientSecret = "" // that of another app, or for another issuer
	}
	return p, p.trust(cmd)
}

// trust keeps which authority is trusted, for commands in any directory.
func (p *profile) trust(cmd *cobra.Command) (err error) {
	ca, _ := cmd.Flags().GetString(caFlag)
	if ca = cmp.Or(ca, os.Getenv(caVariable)); ca == "" && p.CA == "" && strings.HasPrefix(p.API, "https://") {
		if at, err := url.Parse(p.API); err == nil && onThisMachine(at.Hostname()) {
			ca = authorityOf(cmp.Or(os.Getenv(dataVariable), defaultData))
		}
	}
	if ca != "" {
		p.CA, err = filepath.Abs(ca)
	}
	return err
}

func (p *profile) setCloud(cmd *cobra.Command) error {
	text := func(flag string) string { value, _ := cmd.Flags().GetString(flag); return value }
	if api := cmp.Or(text("api"), text("server")); api != "" {
		at, err := addressIn(api, "--api", DefaultServer)
		if err != nil {
			return err
		}
		p.API, p.Authority, p.Audience = baseOf(at), "", ""
	} else if p.API == "" || cmd.Flags().Changed("cloud") {
		cloud, known := clouds[text("cloud")]
		if !known {
			return misuse("there is no cloud %s; there are: global, us-government, china", text("cloud"))
		}
		p.API, p.Authority, p.Audience = cloud.API, cloud.Authority, cloud.Audience
	}
	if authority := text("authority"); authority != "" {
		at, err := addressIn(authority, "--authority", DefaultServer)
		if err != nil {
			return err
		}
		p.Authority = baseOf(at)
	}
	p.Audience = cmp.Or(text("audience"), p.Audience)
	return nil
}

func askedDev(cmd *cobra.Command, p *profile) (*profile, error) {
	flags := cmd.Flags()
	text := func(flag string) string { value, _ := flags.GetString(flag); return value }
	again := *p
	*p = profile{Kind: byDev, API: again.API, CA: again.CA}
	if text("server") != "" || p.API == "" {
		server, err := connect(cmd)
		if err != nil {
			return nil, err
		}
		p.API = server.base
	}
	p.User, p.Role, p.World = text("user"), text("role"), text("world")
	p.AppOnly, _ = flags.GetBool("app-only")
	p.NoMFA, _ = flags.GetBool("no-mfa")
	if p.Role != "" && !slices.Contains(roleNames(), p.Role) {
		return nil, misuse("there is no role %s; there are: %s", p.Role, strings.Join(roleNames(), ", "))
	}
	return p, p.trust(cmd)
}

// signIn gets a first token, and keeps the profile.
func signIn(cmd *cobra.Command, place shelf, name string, p *profile) error {
	at, err := remoteTrusting(cmd, p.CA, cmp.Or(p.Authority, p.API), "the issuer", DefaultServer)
	if err != nil {
		return err
	}
	p.RefreshToken, p.AccessToken = "", ""
	if secret := os.Getenv(clientSecretVariable); secret != "" && p.Kind != byDev {
		p.ClientSecret = secret // of an app that has one, whoever signs in with it
	}
	app := p.app(&http.Client{Transport: at.http.Transport, Timeout: callTime})
	keep := func(_ context.Context, refreshToken string) error {
		p.RefreshToken = refreshToken
		return nil
	}
	var source partnercenter.TokenSource
	switch p.Kind {
	case byDev:
		source = devToken(at, wanted{world: p.World, user: p.User, role: p.Role, appOnly: p.AppOnly}, quirks{noMFA: p.NoMFA})
	case bySecret:
		if p.ClientSecret, err = readSecret(cmd); err != nil {
			return err
		}
		app.ClientSecret = p.ClientSecret
		source = app.ClientCredentials()
	case byBrowser:
		source = app.Browser(openBrowser(cmd), keep)
	default:
		source = app.DeviceCode(showDeviceCode(cmd), keep)
	}
	token, err := source.Token(cmd.Context())
	if err != nil {
		return at.explainSignIn(p, err)
	}
	if p.Kind != byDev {
		p.AccessToken, p.Expires = token.Value, token.Expires
	}
	return place.change(cmd.Context(), func(kept *profiles) error {
		kept.Profiles[name], kept.Current = p, name
		return nil
	})
}

// explainSignIn says more of a first sign-in that failed than the SDK knows.
func (r *remote) explainSignIn(p *profile, err error) error {
	ctx := r.cmd.Context()
	var refused *partnercenter.SignInError
	var known Misuse
	switch {
	case ctx.Err() != nil || errors.As(err, &known) || errors.As(err, new(*answerError)):
		return err
	case errors.As(err, &refused):
		try := "mend --tenant, --client-id or the secret, and log in again"
		if refused.Temporary() {
			try = "again in a while"
		}
		return signInRefused(err, refused, try)
	}
	if distrusted := r.distrusted(err); distrusted != nil {
		return distrusted
	}
	if errors.As(err, new(*net.OpError)) && !p.isMicrosofts() {
		return r.unreachable(ctx, err)
	}
	return err
}

func showDeviceCode(cmd *cobra.Command) func(context.Context, partnercenter.DevicePrompt) error {
	return func(_ context.Context, prompt partnercenter.DevicePrompt) error {
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "Open %s in a browser, and enter the code %s\n", clean(prompt.VerificationURI), clean(prompt.UserCode))
		return err
	}
}

// openBrowser shows the address, too: not every machine has a browser that can be
// started.
func openBrowser(cmd *cobra.Command) func(context.Context, string) error {
	return func(ctx context.Context, url string) error {
		fmt.Fprintf(cmd.ErrOrStderr(), "Sign in in the browser. If none opens, open:\n%s\n", clean(url))
		name, args := "xdg-open", []string{url}
		switch runtime.GOOS {
		case "darwin":
			name = "open"
		case "windows":
			name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
		}
		if named := os.Getenv("BROWSER"); named != "" {
			name, args = named, []string{url}
		}
		opened := exec.Command(name, args...)
		if opened.Start() == nil {
			go opened.Wait() //nolint:errcheck // whether it opened, the person sees
		}
		return nil
	}
}

// readSecret takes the app's secret from where no list of processes and no
// shell's history shows it.
func readSecret(cmd *cobra.Command) (string, error) {
	if secret := os.Getenv(clientSecretVariable); secret != "" {
		return secret, nil
	}
	if file, is := cmd.InOrStdin().(*os.File); is && term.IsTerminal(int(file.Fd())) {
		return typedSecret(cmd, int(file.Fd()))
	}
	line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		return "", misuse("no secret was given: pipe it, or set %s", clientSecretVariable)
	}
	return line, nil
}

// typedSecret reads it from a terminal that does not show it. An interrupt ends
// the program at once: the read cannot be cut off, and would take what the
// terminal answers to whoever asks it after that.
func typedSecret(cmd *cobra.Command, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", fmt.Errorf("ask for the secret: %w", err)
	}
	fmt.Fprint(cmd.ErrOrStderr(), "The app's secret: ")
	stop := context.AfterFunc(cmd.Context(), func() {
		_ = term.Restore(terminal, before) // it shows again what is typed
		fmt.Fprintln(cmd.ErrOrStderr())
		os.Exit(1)
	})
	defer stop()
	secret, err := term.ReadPassword(terminal)
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil || len(secret) == 0 {
		return "", misuse("no secret was given")
	}
	return string(secret), nil
}

// NewLogout returns the command that forgets a profile.
func NewLogout() *cobra.Command {
	cmd := &cobra.Command{
		Use: "logout [PROFILE]", Short: "Forget a profile, with its tokens",
		Long:    "Forget a profile, with its tokens and its secret; the current one unless it is named. What the issuer has given out stays good until it expires.",
		Example: "provost logout\nprovost logout work\nprovost logout --all",
		Args:    Takes(0, 1, "at most a profile"), ValidArgsFunction: completeProfiles,
	}
	cmd.Flags().Bool("all", false, "forget all of them")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		place, err := openShelf()
		if err != nil {
			return err
		}
		all, _ := cmd.Flags().GetBool("all")
		name := "every profile"
		err = place.change(cmd.Context(), func(kept *profiles) error {
			if all {
				*kept = profiles{Profiles: map[string]*profile{}}
				return nil
			}
			name = kept.Current
			if len(args) > 0 {
				name = args[0]
			}
			switch {
			case name == "" && len(kept.Profiles) == 0:
				return misuse("there is no profile to forget; provost login makes one")
			case name == "":
				return misuse("no profile is the current one: name one; there are: %s", strings.Join(kept.names(), ", "))
			}
			if _, err := kept.find(name); err != nil {
				return err
			}
			delete(kept.Profiles, name)
			if kept.Current == name {
				kept.Current = ""
			}
			return nil
		})
		if err == nil {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is forgotten.\n", name)
		}
		return err
	}
	return cmd
}
