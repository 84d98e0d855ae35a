package cli

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// NewWorld returns the commands about worlds.
func NewWorld() *cobra.Command {
	return parent("world", "Make worlds, and choose their settings",
		"A world is one provider with its customers, resellers, roles, settings and clock.\n"+
			"A token's tenant says which world it belongs to.",
		newWorldCreate(), newWorldList(), newWorldShow(), newWorldSet(), newWorldExport(), newWorldImport())
}

func newWorldCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create [NAME]",
		Short: "Make a world for a provider's tenant",
		Long: "Make a world for the tenant of a provider, as tokens name it (tid). A server knows\n" +
			"each tenant once. With --demo the world is filled with a shop to try, under ids that\n" +
			"no other shop has; they are printed.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost world create --tenant 1cb000fc-4a11-4fd3-a30d-65e5eccf7d56 --kind production",
			"# with a shop to try, and a name to call it by",
			"provost world create rehearsal --tenant 624408d2-25d0-4d37-9514-ed2cd3572a05 --kind development --demo",
		}, "\n"),
		Args: Takes(0, 1, "at most a name"),
	}
	flags := cmd.Flags()
	flags.String("tenant", "", "the GUID of the provider's tenant")
	flags.String("kind", "", "what it is for: production, or development (its clock can be moved, and refusals are explained)")
	flags.Bool("demo", false, "fill it with a shop to try")
	flags.String("company", "", "the provider's name")
	flags.String("mpn-id", "", "the provider's MPN id")
	addSettingsFlags(cmd)
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions([]string{"production", "development"}, cobra.ShellCompDirectiveNoFileComp))
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		var asked extension.NewWorld
		if len(args) > 0 {
			asked.Name = args[0]
		}
		kind, _ := flags.GetString("kind")
		asked.Kind = extension.WorldKind(kind)
		asked.Tenant, _ = flags.GetString("tenant")
		asked.Company, _ = flags.GetString("company")
		asked.MPNID, _ = flags.GetString("mpn-id")
		asked.Demo, _ = flags.GetBool("demo")
		if asked.Tenant == "" || asked.Kind == "" {
			return misuse("a world needs --tenant GUID (the tid of its provider's tokens) and --kind production or development")
		}
		settings, err := settingsOf(cmd)
		if err != nil {
			return err
		}
		asked.RefreshInterval, asked.MFA, asked.MFAShare = settings.RefreshInterval, settings.MFA, settings.MFAShare
		asked.KeepOmitted, asked.PreconditionFailed, asked.RetryNextDay = settings.KeepOmitted, settings.PreconditionFailed, settings.RetryNextDay
		asked.Sandbox, asked.AgreementRequired = settings.Sandbox, settings.AgreementRequired
		asked.Throttle = settings.Throttle
		asked.Simulator, asked.Provisioner, asked.EndOfTerm = settings.Simulator, settings.Provisioner, settings.EndOfTerm
		var world extension.World
		if err := door.ask(cmd.Context(), http.MethodPost, extension.WorldsPath, nil, asked, &world); err != nil {
			return err
		}
		return showWorld(cmd, door, world)
	})
}

func addSettingsFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("refresh-interval", "", "how far apart the instants are at which provisioning becomes visible, such as 15m; 0: at once")
	flags.String("mfa", "", "what users' tokens without multifactor authentication meet: off, report or enforce")
	flags.Int("mfa-share", 0, "for how many percent of the users enforce refuses, 1 to 100")
	addOnOff(cmd, "keep-omitted", "keep what the PATCH of a subscription omits; else autoRenewEnabled, when absent, is false")
	addOnOff(cmd, "precondition-failed", "answer a stale etag by 412, not 400")
	addOnOff(cmd, "retry-next-day", "refuse a change while another is on its way with code 900278, not 800082")
	addOnOff(cmd, "sandbox", "hold at most 75 customers, 5 subscriptions each, 25 seats each, and let customers be deleted")
	addOnOff(cmd, "agreement-required", "refuse purchases of customers whose acceptance of an agreement is not recorded")
	addOnOff(cmd, "throttle", "refuse more than 500 requests a minute for one kind of a customer's resources; on in production worlds unless told")
	flags.String("end-of-term", "", "what follows a term that is not renewed: grace, thirty days in which the service goes on; cancel, its end at once; "+
		"extend, the service by the month")
	flags.StringArray("simulate", nil, "how what is delivered is simulated, such as 'OFFER=3 at +5m; 2 fail at +15m because no licences are left'; "+
		"an offer's id, PRODUCT:SKU, a product's id, or * for all others; OFFER= takes a script away (repeatable)")
	flags.String("provisioner", "", "who carries changes out: simulator, or an outside system, as the server's configuration names it")
	_ = cmd.RegisterFlagCompletionFunc("end-of-term", cobra.FixedCompletions([]string{"grace", "cancel", "extend"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("mfa", cobra.FixedCompletions([]string{"off", "report", "enforce"}, cobra.ShellCompDirectiveNoFileComp))
}

// settingsOf are the settings that the flags name.
func settingsOf(cmd *cobra.Command) (s extension.WorldSettings, err error) {
	flags := cmd.Flags()
	if flags.Changed("refresh-interval") {
		text, _ := flags.GetString("refresh-interval")
		s.RefreshInterval = &text
	}
	if flags.Changed("mfa") {
		text, _ := flags.GetString("mfa")
		s.MFA = &text
	}
	if flags.Changed("mfa-share") {
		share, _ := flags.GetInt("mfa-share")
		s.MFAShare = &share
	}
	s.KeepOmitted, s.PreconditionFailed = switched(flags, "keep-omitted"), switched(flags, "precondition-failed")
	s.Sandbox, s.AgreementRequired = switched(flags, "sandbox"), switched(flags, "agreement-required")
	s.RetryNextDay, s.Throttle = switched(flags, "retry-next-day"), switched(flags, "throttle")
	if flags.Changed("end-of-term") {
		text, _ := flags.GetString("end-of-term")
		s.EndOfTerm = &text
	}
	if flags.Changed("provisioner") {
		name, _ := flags.GetString("provisioner")
		s.Provisioner = &name
	}
	scripts, _ := flags.GetStringArray("simulate")
	for _, given := range scripts {
		name, script, ok := strings.Cut(given, "=")
		if !ok || name == "" {
			return s, misuse("--simulate %s: write what is delivered, = and its script, such as --simulate '*=at +5m'", given)
		}
		if s.Simulator == nil {
			s.Simulator = map[string]string{}
		}
		s.Simulator[strings.TrimSpace(name)] = strings.TrimSpace(script)
	}
	return s, nil
}

func newWorldList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the worlds", Example: "provost world list\nprovost world list -o json", Args: noArguments,
	}
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		all, err := listed[extension.World](cmd.Context(), door, extension.WorldsPath, nil)
		if err != nil {
			return err
		}
		return show(cmd, extension.Worlds{Items: all}, func(table io.Writer) {
			row(table, "WORLD", "KIND", "TENANT", "PROVIDER", "MFA", "REFRESH")
			for _, w := range all {
				row(table, w.Name, string(w.Kind), w.Tenant, w.Company, mfaOf(w), w.RefreshInterval)
			}
		})
	})
}

func newWorldShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show [WORLD]", Short: "Show a world", Example: "provost world show demo\n# by a tenant of it\nprovost world show 1cb000fc-4a11-4fd3-a30d-65e5eccf7d56",
		Args: Takes(0, 1, "at most a world"),
	}
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		path, err := door.worldArgument(cmd, args)
		if err != nil {
			return err
		}
		var world extension.World
		if err := door.ask(cmd.Context(), http.MethodGet, path, nil, nil, &world); err != nil {
			return err
		}
		return showWorld(cmd, door, world)
	})
}

func newWorldSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set [WORLD]",
		Short: "Change a world's settings",
		Long:  "Change a world's settings; what is not named stays as it is.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"# see first who would be refused, then refuse a tenth of them, then all",
			"provost world set demo --mfa report",
			"provost world set demo --mfa enforce --mfa-share 10",
			"provost world set demo --mfa enforce --mfa-share 100",
			"provost world set demo --refresh-interval 30s",
			"# the limits of a sandbox, and customers that can be deleted",
			"provost world set demo --sandbox on",
			"# of five seats, three come and two do not",
			"provost world set demo --simulate 'CFQ7TTC0LH18=3 at +5m; 2 fail at +15m because no licences are left'",
			"provost world set demo --simulate CFQ7TTC0LH18=",
			"# a system of yours delivers",
			"provost world set demo --provisioner warehouse",
		}, "\n"),
		Args: Takes(0, 1, "at most a world"),
	}
	addSettingsFlags(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		settings, err := settingsOf(cmd)
		if err != nil {
			return err
		}
		if reflect.ValueOf(settings).IsZero() {
			return misuse("nothing is to change: name a setting, such as --mfa report; all there are: %s", HelpOf(cmd))
		}
		path, err := door.worldArgument(cmd, args)
		if err != nil {
			return err
		}
		var world extension.World
		if err := door.ask(cmd.Context(), http.MethodPatch, path, nil, settings, &world); err != nil {
			return err
		}
		return showWorld(cmd, door, world)
	})
}

// worldArgument is the path of the world that is named, else of the only one.
func (r *remote) worldArgument(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 0 {
		return extension.WorldsPath + "/" + url.PathEscape(args[0]), nil
	}
	return r.world(cmd)
}

func showWorld(cmd *cobra.Command, door *remote, w extension.World) error {
	return show(cmd, w, func(table io.Writer) {
		row(table, "World", w.Name)
		if w.Importing {
			row(table, "State", "being imported; it answers once it is whole")
		}
		row(table, "Kind", string(w.Kind))
		row(table, "Provider", w.Company)
		row(table, "Tenant", w.Tenant)
		row(table, "MPN id", w.MPNID)
		row(table, "Created", moment(&w.CreatedAt))
		row(table, "Its time", moment(&w.Now))
		row(table, "Refresh", w.RefreshInterval)
		row(table, "MFA", mfaOf(w))
		row(table, "Sandbox", onOffWord(w.Sandbox))
		row(table, "Agreement", map[bool]string{true: "required", false: "not required"}[w.AgreementRequired])
		row(table, "Keep omitted", onOffWord(w.KeepOmitted))
		row(table, "Stale etag", map[bool]string{true: "412", false: "400"}[w.PreconditionFailed])
		row(table, "Second change", map[bool]string{true: "900278", false: "800082"}[w.RetryNextDay])
		row(table, "Throttle", onOffWord(w.Throttle))
		row(table, "End of term", w.EndOfTerm)
		for _, issuer := range w.Issuers {
			row(table, "Issuer", issuer)
		}
		row(table, "Provisioner", w.Provisioner)
		for _, name := range slices.Sorted(maps.Keys(w.Simulator)) {
			row(table, "Simulated", name+": "+w.Simulator[name])
		}
		if len(w.Issuers) == 0 {
			row(table, "Issuer", "none speaks for this tenant, so no token reaches the world: provost serve takes one by --issuer and --tenant")
		}
		if w.Start != nil {
			printStart(table, cmd, door, w)
		}
	})
}

// printStart leads to a first answer of a new demo shop: with a token of its own
// people where the server gives one, else with one of whoever does.
func printStart(table io.Writer, cmd *cobra.Command, door *remote, w extension.World) {
	start := w.Start
	row(table, "Customer", start.Customer)
	row(table, "Subscription", start.Subscription)
	row(table, "Order", start.Order)
	if start.User != "" {
		row(table, "User", start.UserPrincipalName+"  "+start.User+"  ("+strings.Join(start.Roles, ", ")+")")
		row(table, "App", start.App)
	}
	curl, address := "curl", start.URL+"/v1/customers/"+start.Customer+"/subscriptions/"+start.Subscription+"/provisioningstatus"
	if ca := authorityOf(door.kept); door.kept != "" && ca != "" {
		curl += " --cacert " + ShellWord(ca)
	}
	if start.TokenCommand != "" {
		row(table, "Ask", curl+` -H "Authorization: Bearer $(`+start.TokenCommand+`)" `+address)
		return
	}
	row(table, "Token", "TOKEN=…  # from the issuer, of a user (oid) in tenant "+w.Tenant+" (tid), for "+resource+" (aud) or what the issuer's audiences name")
	whom := "  # OBJECT-ID is that oid"
	if start.User != "" {
		whom += "; no need, if it is that of the user above"
	}
	row(table, "Grant", advised(cmd, "role grant admin-agent --world "+w.Name+" --user OBJECT-ID")+whom)
	row(table, "Ask", curl+` -H "Authorization: Bearer $TOKEN" `+address)
}

func mfaOf(w extension.World) string {
	if w.MFA == "enforce" && w.MFAShare < 100 {
		return w.MFA + " " + strconv.Itoa(w.MFAShare) + "%"
	}
	return w.MFA
}
