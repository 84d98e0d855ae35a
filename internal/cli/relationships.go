package cli

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

var relationshipKinds = []string{"reseller", "delegated-admin"}

// NewRelationship returns the commands about what partners are to customers.
func NewRelationship() *cobra.Command {
	return parent("relationship", "Say which partner sells to which customer",
		"A partner sees a customer only as its reseller. A delegated admin's admin and\n"+
			"helpdesk agents need no directory role there.",
		newRelationshipSet(), newRelationshipList(), newRelationshipEnd())
}

func addPartnerFlag(cmd *cobra.Command, usage string) { cmd.Flags().String("partner", "", usage) }

func addKindFlag(cmd *cobra.Command, value, usage string) {
	cmd.Flags().String("kind", value, usage)
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(relationshipKinds, cobra.ShellCompDirectiveNoFileComp))
}

func newRelationshipSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set CUSTOMER",
		Short: "Make a partner a customer's reseller or delegated admin",
		Example: strings.Join([]string{
			"provost relationship set baba9812-1316-443a-a13f-de7519ba2198 --partner 624408d2-25d0-4d37-9514-ed2cd3572a05",
			"provost relationship set baba9812-1316-443a-a13f-de7519ba2198 --kind delegated-admin",
		}, "\n"),
		Args: Takes(1, 1, "a customer's id"),
	}
	addPartnerFlag(cmd, "the partner, by tenant, id or name (default: the provider)")
	addKindFlag(cmd, "reseller", "what the partner is to the customer: reseller or delegated-admin")
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		asked := extension.Relationship{Customer: args[0]}
		asked.Partner, _ = cmd.Flags().GetString("partner")
		asked.Kind, _ = cmd.Flags().GetString("kind")
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		var set extension.Relationship
		if err := door.ask(cmd.Context(), http.MethodPut, world+"/relationships", nil, asked, &set); err != nil {
			return err
		}
		return show(cmd, set, func(table io.Writer) { printRelationships(table, set) })
	})
}

func newRelationshipList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what partners are to customers",
		Example: strings.Join([]string{
			"provost relationship list",
			"provost relationship list --customer baba9812-1316-443a-a13f-de7519ba2198",
			`provost relationship list --partner "Brookside IT"`,
		}, "\n"),
		Args: noArguments,
	}
	addPartnerFlag(cmd, "only this partner's, by tenant, id or name")
	cmd.Flags().String("customer", "", "only this customer's")
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		all, err := listed[extension.Relationship](cmd.Context(), door, world+"/relationships", filters(cmd, "partner", "customer"))
		if err != nil {
			return err
		}
		return show(cmd, extension.Relationships{Items: all}, func(table io.Writer) { printRelationships(table, all...) })
	})
}

// filters are the flags that were given, as a query.
func filters(cmd *cobra.Command, names ...string) url.Values {
	query := url.Values{}
	for _, name := range names {
		if text, _ := cmd.Flags().GetString(name); text != "" {
			query.Set(name, text)
		}
	}
	return query
}

func printRelationships(table io.Writer, all ...extension.Relationship) {
	row(table, "CUSTOMER", "COMPANY", "PARTNER", "KIND", "TENANT")
	for _, r := range all {
		row(table, r.Customer, r.Company, r.PartnerName, r.Kind, r.Partner)
	}
}

func newRelationshipEnd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "end CUSTOMER",
		Short: "End what a partner is to a customer",
		Long: "End what a partner is to a customer. With a reseller's relationship its delegated\n" +
			"administration ends, too, and its directory roles on the customer.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost relationship end baba9812-1316-443a-a13f-de7519ba2198 --partner 624408d2-25d0-4d37-9514-ed2cd3572a05",
			"provost relationship end baba9812-1316-443a-a13f-de7519ba2198 --kind delegated-admin",
		}, "\n"),
		Args: Takes(1, 1, "a customer's id"),
	}
	addPartnerFlag(cmd, "the partner, by tenant, id or name (default: the provider)")
	addKindFlag(cmd, "", "what ends: reseller or delegated-admin (default: both)")
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		query := filters(cmd, "partner", "kind")
		query.Set("customer", args[0])
		if err := door.ask(cmd.Context(), http.MethodDelete, world+"/relationships", query, nil, nil); err != nil {
			return err
		}
		kind := cmp.Or(query.Get("kind"), "reseller or delegated-admin")
		return say(cmd, "%s is not %s of customer %s any more.", clean(cmp.Or(query.Get("partner"), "The provider")), kind, clean(args[0]))
	})
}
