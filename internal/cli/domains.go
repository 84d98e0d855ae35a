package cli

import (
	"net/http"

	"github.com/spf13/cobra"
)

// NewDomains returns the commands about domains.
func NewDomains() *cobra.Command {
	return holder("domains", "See whether a domain is taken", "See whether a domain is taken: a new customer needs one that nobody has.",
		doing(verb{use: "check", short: "Say whether a domain is taken", takes: []kind{{word: "domain"}}, method: http.MethodHead, examples: []string{"provost domains check contoso.onmicrosoft.com"}},
			func(c *calling, ids []string) (string, error) {
				taken, err := c.Domains.ByName(ids[0]).Exists(c.ctx)
				if taken {
					return ids[0] + " is taken.", err
				}
				return ids[0] + " is free.", err
			}))
}
