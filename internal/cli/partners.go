package cli

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// NewPartner returns the commands about partners.
func NewPartner() *cobra.Command {
	return parent("partner", "Let resellers into a world",
		"A world's provider sells to all of its customers; its resellers, each with a tenant\n"+
			"of their own, to those with whom they have a relationship.",
		newPartnerAdd(), newPartnerList(), newPartnerRemove())
}

func newPartnerAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "add",
		Short:   "Add a reseller to a world",
		Long:    "Add a reseller to a world, by the tenant that its tokens name (tid).\n\n" + FindsOperator,
		Example: `provost partner add --tenant 624408d2-25d0-4d37-9514-ed2cd3572a05 --name "Brookside IT" --mpn-id 1000002`,
		Args:    noArguments,
	}
	flags := cmd.Flags()
	flags.String("tenant", "", "the GUID of the reseller's tenant")
	flags.String("name", "", "the reseller's name")
	flags.String("mpn-id", "", "the reseller's MPN id")
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		var asked extension.NewPartner
		asked.Tenant, _ = flags.GetString("tenant")
		asked.Name, _ = flags.GetString("name")
		asked.MPNID, _ = flags.GetString("mpn-id")
		if asked.Tenant == "" || asked.Name == "" {
			return misuse("a reseller needs --tenant GUID (the tid of its tokens) and --name NAME")
		}
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		var partner extension.Partner
		if err := door.ask(cmd.Context(), http.MethodPost, world+"/partners", nil, asked, &partner); err != nil {
			return err
		}
		return show(cmd, partner, func(table io.Writer) { printPartners(table, partner) })
	})
}

func newPartnerList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List a world's partners", Example: "provost partner list\nprovost partner list --world demo -o json", Args: noArguments,
	}
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		all, err := listed[extension.Partner](cmd.Context(), door, world+"/partners", nil)
		if err != nil {
			return err
		}
		return show(cmd, extension.Partners{Items: all}, func(table io.Writer) { printPartners(table, all...) })
	})
}

func printPartners(table io.Writer, partners ...extension.Partner) {
	row(table, "TENANT", "KIND", "NAME", "MPN ID")
	for _, p := range partners {
		row(table, p.Tenant, p.Kind, p.Name, p.MPNID)
	}
}

func newPartnerRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove PARTNER",
		Short: "Remove a reseller from its world",
		Long: "Remove a reseller, named by tenant, id or name, with its relationships, roles and\n" +
			"accounts. What it sold stays: the provider has it, too.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost partner remove 624408d2-25d0-4d37-9514-ed2cd3572a05",
			`provost partner remove "Brookside IT" --world demo`,
		}, "\n"),
		Args: Takes(1, 1, "a partner: its tenant, id or name"),
	}
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		if err := door.ask(cmd.Context(), http.MethodDelete, world+"/partners/"+url.PathEscape(args[0]), nil, nil, nil); err != nil {
			return err
		}
		return say(cmd, "%s is no partner of this world any more.", clean(args[0]))
	})
}
