package cli

import (
	"iter"
	"time"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var agreements = nounOf[partnercenter.Agreement]("agreement", "templateId",
	column{title: "TYPE", path: "type"},
	column{title: "AGREED", path: "dateAgreed", day: true},
	column{title: "BY", path: "primaryContact.email", tight: true},
	column{title: "TEMPLATE", path: "templateId", wide: true},
	column{title: "RECORDED BY", path: "userId", wide: true},
)

// NewAgreements returns the commands about what customers have accepted.
func NewAgreements() *cobra.Command {
	return holder("agreements", "List and record what a customer has accepted", "List and record a customer's agreements with Microsoft.",
		listing(agreements, verb{use: "list", short: "List what a customer has accepted", takes: []kind{aCustomer}, examples: []string{"provost agreements list 0c39d6d5"},
			flags: func(cmd *cobra.Command) {
				addEnumFlag[partnercenter.AgreementType](cmd, "type", "agreements of one kind")
			},
		}, func(c *calling, ids []string) iter.Seq2[*partnercenter.Agreement, error] {
			return c.Customers.ByID(ids[0]).Agreements.List(c.ctx, partnercenter.AgreementQuery{Type: partnercenter.AgreementType(c.text("type"))})
		}),
		creating(agreements, verb{use: "create", short: "Record that a customer has accepted an agreement", takes: []kind{aCustomer},
			examples: []string{"provost agreements create 0c39d6d5 --file agreement.yaml"},
			flags: func(cmd *cobra.Command) {
				addEnumFlag[partnercenter.AgreementType](cmd, "type", "the kind of agreement (default: "+string(partnercenter.MicrosoftCustomerAgreement)+")")
				for _, f := range [][2]string{{"template", "the agreement's text, a GUID"}, {"first-name", "who accepted"}, {"last-name", "who accepted"}, {"email", "who accepted"}, {"agreed", "when (default: now)"}} {
					cmd.Flags().String(f[0], "", f[1])
				}
			},
		}, fillAgreement, func(c *calling, ids []string, a *partnercenter.Agreement) (*partnercenter.Agreement, error) {
			return c.Customers.ByID(ids[0]).Agreements.Create(c.ctx, a)
		}))
}

func fillAgreement(c *calling, a *partnercenter.Agreement) error {
	if word := c.text("type"); word != "" {
		a.Type = partnercenter.AgreementType(word)
	}
	if a.Type == "" {
		a.Type = partnercenter.MicrosoftCustomerAgreement
	}
	if a.PrimaryContact == nil {
		a.PrimaryContact = &partnercenter.AgreementContact{}
	}
	for flag, into := range map[string]*string{
		"template": &a.TemplateID, "first-name": &a.PrimaryContact.FirstName, "last-name": &a.PrimaryContact.LastName, "email": &a.PrimaryContact.Email,
	} {
		if value := c.text(flag); value != "" {
			*into = value
		}
	}
	if text := c.text("agreed"); text != "" {
		at, err := partnercenter.ParseTime(text)
		if err != nil {
			return misuse("--agreed %q is no instant; one looks like 2026-03-02T00:00:00Z", text)
		}
		a.DateAgreed = at
	}
	if a.DateAgreed.IsZero() {
		a.DateAgreed = partnercenter.At(time.Now())
	}
	return nil
}

// addEnumFlag adds a flag of the words of an enumeration; others are passed on,
// since the service may know more of them.
func addEnumFlag[E partnercenter.Enum](cmd *cobra.Command, name, usage string) {
	var none E
	cmd.Flags().String(name, "", usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(none.Words(), cobra.ShellCompDirectiveNoFileComp))
}
