package cli

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// NewCall returns the command that makes any call of the service.
func NewCall() *cobra.Command {
	cmd := &cobra.Command{
		Use: "call METHOD PATH", Short: "Make any call of the service",
		Long: "Make any call of Partner Center, or of Provost's own, with the same credential, retries and\n" +
			"errors as the other commands: what there is no command for. The path begins with its version.",
		Example: strings.Join([]string{
			"provost call GET /v1/customers/$CUSTOMER/validationStatus?type=account",
			"provost call GET /provost/v1/clock",
			"provost call POST /v1/customers/$CUSTOMER/orders --file order.json",
		}, "\n"),
		Args: Takes(2, 2, "a method, and a path such as /v1/customers"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return methods, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	addSessionFlags(cmd)
	addPrinterFlags(cmd, &sheet{})
	flags := cmd.Flags()
	flags.Lookup("output").DefValue, flags.Lookup("output").Usage = "json", "how to print it: json, yaml"
	_ = flags.Set("output", "json")
	flags.Lookup("output").Changed = false
	flags.StringP(fileFlag, "f", "", "a file to send, in JSON or YAML; - sends what is piped")
	_ = cmd.MarkFlagFilename(fileFlag, "json", "yaml", "yml")
	flags.Bool(curlFlag, false, "print the request for curl, without the token, and do not send it")
	cmd.RunE = runCall
	return cmd
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodHead}

func runCall(cmd *cobra.Command, args []string) error {
	method, path := strings.ToUpper(args[0]), args[1]
	if !slices.Contains(methods, method) || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return misuse("write it as: %s call GET /v1/customers", program(cmd))
	}
	print, err := newPrinter(cmd, &sheet{})
	if err != nil {
		return err
	}
	s, err := openSession(cmd)
	if err != nil {
		return err
	}
	c := &calling{session: s, ctx: cmd.Context(), sheet: &sheet{}, printer: print}
	var in any
	if file := c.text(fileFlag); file != "" {
		body, err := readFile(cmd, file)
		if err != nil {
			return err
		}
		in = body
	}
	return c.explain(c.start(verb{method: method}, nil, func(c *calling, _ []string) error {
		var out []byte
		if err := c.Do(c.ctx, method, path, in, &out); err != nil || len(out) == 0 {
			return err
		}
		d, err := readDocument(out)
		if err != nil || !json.Valid(out) {
			if isTerminal(c.out) {
				out = []byte(CleanLines(string(out)))
			}
			_, err := c.out.Write(out)
			return err
		}
		return c.document(d)
	}))
}
