package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// NewWho returns the command that says who can do what on a customer.
func NewWho() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "who CUSTOMER",
		Short: "Say who can do what on a customer, and why",
		Long: "Say who can make which call on a customer, as the server has it at this moment, and\n" +
			"why: by which role, relationship or group. Who is in a group, the token says; what an\n" +
			"issuer's claims grant by the server's configuration is not listed. A world's customers\n" +
			"are in provost relationship list.\n\n" + FindsOperator,
		Example: "provost who 0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
		Args:    Takes(1, 1, "a customer's id"),
	}
	addWorldFlag(cmd)
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		var who extension.Standings
		if err := door.ask(cmd.Context(), http.MethodGet, world+"/customers/"+url.PathEscape(args[0])+"/who", nil, nil, &who); err != nil {
			return err
		}
		return show(cmd, who, func(table io.Writer) {
			for _, s := range who.Items {
				kind, id := principalOf(s.User, s.Group, s.App)
				name := s.Name
				if name == id {
					name = ""
				}
				fmt.Fprintln(table, clean(strings.Join(strings.Fields(kind+" "+name+" "+id), " ")+" of "+s.PartnerName))
				row(table, "  may", may(s.Calls, who.Calls))
				for _, why := range s.Why {
					row(table, "  why", why)
				}
			}
			if len(who.Items) == 0 {
				fmt.Fprintln(table, "Nobody may make any call on this customer.")
			}
		})
	})
}

// may says it in the fewest words: every call, every call but some, or some.
func may(allowed, all []string) string {
	var missing []string
	for _, call := range all {
		if !slices.Contains(allowed, call) {
			missing = append(missing, short(call))
		}
	}
	switch {
	case len(missing) == 0:
		return "every call"
	case len(missing) < len(allowed):
		return "every call but " + strings.Join(missing, ", ")
	}
	var some []string
	for _, call := range allowed {
		some = append(some, short(call))
	}
	return strings.Join(some, ", ")
}

// short is the part of a call that tells it from the others on a customer.
func short(call string) string {
	return strings.Replace(call, "/v1/customers/{customer}", "…", 1)
}
