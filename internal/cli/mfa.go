package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

const tokenVariable = "PROVOST_TOKEN"

// NewMFA returns the commands about multifactor authentication.
func NewMFA() *cobra.Command {
	return holder("mfa", "See which calls lack multifactor authentication",
		"See which calls lack multifactor authentication, before or while a world refuses\n"+
			"them: provost world set WORLD --mfa report notes them, --mfa enforce refuses them.",
		newMFAReport())
}

func newMFAReport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "List the calls without multifactor authentication, by app, user and route",
		Long: "List the calls of users whose tokens show no multifactor authentication, by app,\n" +
			"user and route: how many there were, how many of them were refused, and when the\n" +
			"first and the last came, in the world's time. A world whose setting is off sees none.\n\n" +
			"The token is that of --profile or " + tokenVariable + ", of an admin agent or a global admin of the world's\n" +
			"provider; a running provost dev gives the demo admin agent's.",
		Example: strings.Join([]string{
			"provost mfa report",
			"# for programs",
			"provost mfa report -o json",
			"# of a production server",
			tokenVariable + "=… provost mfa report --server https://shop.example",
		}, "\n"),
		Args: noArguments,
		RunE: runMFAReport,
	}
	addSessionFlags(cmd)
	addOutputFlag(cmd)
	return cmd
}

var outputs = []string{"table", "json"}

func runMFAReport(cmd *cobra.Command, _ []string) error {
	output, _ := cmd.Flags().GetString("output")
	if !slices.Contains(outputs, output) {
		return misuse("there is no output %s; there are: %s", output, strings.Join(outputs, ", "))
	}
	server, err := signedIn(cmd)
	if err != nil {
		return err
	}
	var report extension.MFAReport
	if err := server.call(cmd.Context(), http.MethodGet, extension.MFAReportPath, nil, &report); err != nil {
		return fmt.Errorf("read the MFA report of %s: %w", server.base, err)
	}
	if output == "json" {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	return printMFAReport(cmd.OutOrStdout(), report)
}

// signIn takes the token of the environment, or the demo admin agent's.
func (r *remote) signIn(cmd *cobra.Command) (err error) {
	world, _ := cmd.Flags().GetString("world")
	if given := strings.TrimSpace(os.Getenv(tokenVariable)); given != "" {
		if world != "" {
			return misuse("a token speaks for one world: leave --world or %s out", tokenVariable)
		}
		r.bearer = given
		return oneLine(given)
	}
	r.bearer, err = r.token(cmd.Context(), wanted{world: world},
		cmp.Or(os.Getenv(secretVariable), extension.DemoSecret), false)
	if errors.As(err, new(noTokens)) {
		return misuse("no token is named in %s, and %w: take one of an admin agent or a global admin of the world's provider", tokenVariable, err)
	}
	return err
}

// oneLine refuses a token that was pasted as a terminal had wrapped it.
func oneLine(token string) error {
	if strings.ContainsFunc(token, unicode.IsSpace) {
		return misuse("the token in %s has a space or a line end inside: it is one word, without Bearer, and was perhaps pasted in two lines; set it again", tokenVariable)
	}
	return nil
}

func printMFAReport(w io.Writer, report extension.MFAReport) error {
	text := &strings.Builder{}
	fmt.Fprintf(text, "World %s: %s\n", clean(report.WorldName), settingOf(report))
	if len(report.Items) == 0 {
		fmt.Fprintln(text, "No call without multifactor authentication has been seen.")
	} else {
		fmt.Fprintln(text)
	}
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	if len(report.Items) > 0 {
		fmt.Fprintln(table, "USER\tAPP\tROUTE\tCALLS\tREFUSED\tNOW\tFIRST SEEN\tLAST SEEN")
	}
	for _, c := range report.Items {
		now := "let through"
		if c.Enforced {
			now = "refused"
		}
		cells := []string{
			cmp.Or(c.UserPrincipalName, c.User), c.App, c.Route,
			strconv.FormatInt(c.Calls, 10), strconv.FormatInt(c.Refused, 10), now,
			c.FirstSeen.Format(time.DateTime), c.LastSeen.Format(time.DateTime),
		}
		for i := range cells {
			cells[i] = clean(cells[i])
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	_ = table.Flush() // into memory
	for _, c := range report.Others {
		fmt.Fprintf(text, "%d more calls of tenant %s, %d of them refused: too many to tell apart\n", c.Calls, clean(c.Tenant), c.Refused)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func settingOf(report extension.MFAReport) string {
	switch {
	case report.Mode == "off":
		return "multifactor authentication is off, and nothing is noted"
	case report.Mode == "report":
		return "calls without multifactor authentication are let through and noted"
	case report.Share < 100:
		return fmt.Sprintf("calls without multifactor authentication are refused for %d%% of the users, and noted for all", report.Share)
	default:
		return "calls without multifactor authentication are refused"
	}
}
