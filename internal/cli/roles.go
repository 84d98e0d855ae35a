package cli

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

var grantedRoles = []string{
	"admin-agent", "sales-agent", "helpdesk-agent", "global-admin",
	"directory-reader", "directory-writer", "global-reader", "global-administrator", "app",
}

// NewRole returns the commands about roles.
func NewRole() *cobra.Command {
	return parent("role", "Grant and revoke roles, and register apps",
		"Agent roles hold in the partner's whole shop: admin-agent, sales-agent,\n"+
			"helpdesk-agent, global-admin. Directory roles hold on one customer, until a day if\n"+
			"one is named: directory-reader, directory-writer, global-reader,\n"+
			"global-administrator. Users and groups are named as tokens name them (oid, groups).\n"+
			"An app that is registered may call for its partner without a user.",
		newRoleGrant(), newRoleRevoke(), newRoleList())
}

func addPrincipalFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("user", "", "a user's object id, or the sign-in name of one that the store knows")
	flags.String("group", "", "a group's object id")
	flags.String("app", "", "an app's client id")
	flags.String("customer", "", "the customer on which a directory role is held")
	addWorldFlag(cmd)
}

func newRoleGrant() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "grant ROLE",
		Short: "Grant a role to a user or a group, or register an app",
		Long: "Grant a role to a user or a group, or register an app for its partner. It holds from\n" +
			"the next request on. The roles: " + strings.Join(grantedRoles[:4], ", ") + ",\n" +
			"on a customer " + strings.Join(grantedRoles[4:8], ", ") + ", and app.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost role grant admin-agent --user 88c855f3-4105-4913-97df-b1a2a6efee9f",
			"# everyone in a group, on one customer, until the new year",
			"provost role grant directory-reader --group 5f1d7f0a-9b5e-4a5e-8a53-0c4f7f6f0a11 \\",
			"  --customer 0c39d6d5-c70d-4c55-bc02-f620844f3fd1 --until 2027-01-01",
			"# an app that calls without a user",
			"provost role grant app --app 199044aa-0019-4213-9c14-cbd49666a53f",
		}, "\n"),
		Args:      Takes(1, 1, "a role: "+strings.Join(grantedRoles, ", ")),
		ValidArgs: grantedRoles,
	}
	addPrincipalFlags(cmd)
	addPartnerFlag(cmd, "the partner whose user, group or app it is, by tenant, id or name (default: the provider)")
	cmd.Flags().String("until", "", "when a directory role lapses, in the world's time: 2027-01-01, or 2027-01-01T12:00:00Z (default: never)")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		asked := extension.RoleGrant{Role: args[0]}
		flags := cmd.Flags()
		asked.User, _ = flags.GetString("user")
		asked.Group, _ = flags.GetString("group")
		asked.App, _ = flags.GetString("app")
		asked.Customer, _ = flags.GetString("customer")
		asked.Partner, _ = flags.GetString("partner")
		until, _ := flags.GetString("until")
		var err error
		if asked.Until, err = readUntil(until); err != nil {
			return err
		}
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		var grant extension.RoleGrant
		if err := door.ask(cmd.Context(), http.MethodPut, world+"/roles", nil, asked, &grant); err != nil {
			return err
		}
		return show(cmd, grant, func(table io.Writer) { printGrants(table, grant) })
	})
}

// readUntil reads a day, at whose beginning in UTC a role ends, or an instant.
func readUntil(text string) (*partnercenter.Time, error) {
	if text == "" {
		return nil, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return new(partnercenter.At(t.UTC())), nil
		}
	}
	return nil, misuse("--until %s is neither a day, such as 2027-01-01, nor an instant, such as 2027-01-01T12:00:00Z", text)
}

func newRoleRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke ROLE",
		Short: "Take a role from a user or a group, or a registration from an app",
		Long:  "Take a role from a user or a group, or a registration from an app. It is gone with the\nnext request.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost role revoke admin-agent --user 88c855f3-4105-4913-97df-b1a2a6efee9f",
			"provost role revoke directory-reader --user 88c855f3-4105-4913-97df-b1a2a6efee9f --customer 0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
		}, "\n"),
		Args:      Takes(1, 1, "a role: "+strings.Join(grantedRoles, ", ")),
		ValidArgs: grantedRoles,
	}
	addPrincipalFlags(cmd)
	addPartnerFlag(cmd, "the partner whose user, group or app it is, by tenant, id or name (default: the provider)")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		query := filters(cmd, "user", "group", "app", "customer", "partner")
		query.Set("role", args[0])
		granted := door.granted(cmd.Context(), world, query)
		if err := door.ask(cmd.Context(), http.MethodDelete, world+"/roles", query, nil, nil); err != nil {
			return err
		}
		if !granted {
			return say(cmd, "Nothing changed: that role was not granted there. What was: %s\n"+
				"What the claims of a token grant is ended in the configuration of provost serve, or at the issuer.", advised(cmd, listRoles(cmd)))
		}
		return say(cmd, "Revoked.")
	})
}

// listRoles are the words of the command that lists what was granted in the same
// world.
func listRoles(cmd *cobra.Command) string {
	if world, _ := cmd.Flags().GetString("world"); world != "" {
		return "role list --world " + ShellWord(world)
	}
	return "role list"
}

// granted says whether there is something to revoke: a slip in an id would
// look like success, since revoking twice is as good as once. In doubt it says
// yes.
func (r *remote) granted(ctx context.Context, world string, query url.Values) bool {
	query = maps.Clone(query)
	if !query.Has("partner") {
		var shown extension.World
		if err := r.ask(ctx, http.MethodGet, world, nil, nil, &shown); err != nil {
			return true
		}
		query.Set("partner", shown.Tenant)
	}
	var list extension.RoleGrants
	err := r.ask(ctx, http.MethodGet, world+"/roles", query, nil, &list)
	return err != nil || len(list.Items) > 0
}

func newRoleList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was granted",
		Example: strings.Join([]string{
			"provost role list",
			"provost role list --user ada@northlight.example",
			"provost role list --customer 0c39d6d5-c70d-4c55-bc02-f620844f3fd1 -o json",
		}, "\n"),
		Args: noArguments,
	}
	addPrincipalFlags(cmd)
	addPartnerFlag(cmd, "only this partner's, by tenant, id or name")
	cmd.Flags().String("role", "", "only this role")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, _ []string) error {
		world, err := door.world(cmd)
		if err != nil {
			return err
		}
		query := filters(cmd, "user", "group", "app", "customer", "partner", "role")
		all, err := listed[extension.RoleGrant](cmd.Context(), door, world+"/roles", query)
		if err != nil {
			return err
		}
		return show(cmd, extension.RoleGrants{Items: all}, func(table io.Writer) { printGrants(table, all...) })
	})
}

func printGrants(table io.Writer, grants ...extension.RoleGrant) {
	row(table, "ROLE", "TO", "ID", "NAME", "PARTNER", "CUSTOMER", "UNTIL")
	for _, g := range grants {
		kind, id := principalOf(g.User, g.Group, g.App)
		row(table, g.Role, kind, id, g.Name, g.PartnerName, g.Customer, moment(g.Until))
	}
}

func principalOf(user, group, app string) (kind, id string) {
	switch {
	case user != "":
		return "user", user
	case group != "":
		return "group", group
	}
	return "app", app
}
