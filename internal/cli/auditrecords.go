package cli

import (
	"iter"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var auditRecords = nounOf[partnercenter.AuditRecord]("audit record", "id",
	column{title: "WHEN", path: "operationDate"},
	column{title: "OPERATION", path: "operationType"},
	column{title: "STATUS", path: "operationStatus"},
	column{title: "CUSTOMER", path: "customerName", tight: true},
	column{title: "BY", path: "userPrincipalName", tight: true},
	column{title: "APP", path: "applicationId", wide: true},
	column{title: "CORRELATION", path: "originalCorrelationId", wide: true},
)

// NewAudit returns the commands about who wrote what.
func NewAudit() *cobra.Command {
	return holder("audit", "See who wrote what", "See who wrote what, of the last ninety days.",
		listing(auditRecords, verb{use: "list", short: "List who wrote what, the last first",
			examples: []string{"provost audit list", "provost audit list --start 2026-11-01 --customer 0c39d6d5 -o wide"},
			flags: func(cmd *cobra.Command) {
				flags := cmd.Flags()
				flags.String("start", "", "the first day, in UTC (default: thirty days ago)")
				flags.String("end", "", "the last day, in UTC (default: today)")
				flags.String("customer", "", "what was about a customer, by id")
				flags.String("company", "", "what was about customers with this in their name")
				addEnumFlag[partnercenter.AuditResourceType](cmd, "resource", "what was written")
			},
		}, func(c *calling, _ []string) iter.Seq2[*partnercenter.AuditRecord, error] {
			q, err := c.auditQuery()
			if err != nil {
				return failing[partnercenter.AuditRecord](err)
			}
			return c.AuditRecords.List(c.ctx, q)
		}))
}

func (c *calling) auditQuery() (q partnercenter.AuditQuery, err error) {
	for flag, into := range map[string]*time.Time{"start": &q.Start, "end": &q.End} {
		if text := c.text(flag); text != "" {
			if *into, err = time.Parse(time.DateOnly, text); err != nil {
				return q, misuse("--%s %q is no day; one looks like 2026-11-01", flag, text)
			}
		}
	}
	q.CompanyName, q.ResourceType = c.text("company"), partnercenter.AuditResourceType(c.text("resource"))
	given := 0
	for _, flag := range []string{"company", "resource", "customer"} {
		if c.text(flag) != "" {
			given++
		}
	}
	if given > 1 {
		return q, misuse("the service takes one filter at a time: leave all but one of --customer, --company and --resource out")
	}
	if customer := c.text("customer"); customer != "" {
		ids, err := c.resolve(c.ctx, []kind{aCustomer}, []string{customer})
		if err != nil {
			return q, err
		}
		q.CustomerID = ids[0]
	}
	return q, nil
}
