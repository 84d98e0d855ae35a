package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

func shown(t *testing.T, w extension.World) string {
	t.Helper()
	cmd := &cobra.Command{}
	addOperatorFlags(cmd)
	addOutputFlag(cmd)
	var text bytes.Buffer
	cmd.SetOut(&text)
	if err := showWorld(cmd, &remote{}, w); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "\n", " | ")), " ")
}

func TestNewDemoShopLeadsToItsFirstAnswer(t *testing.T) {
	world := extension.World{Name: "trial", Tenant: "T", Issuers: []string{"https://issuer.example/T"}, Start: &extension.DemoStart{
		Customer: "C", Subscription: "S", Order: "O", User: "U", UserPrincipalName: "ada@shop.example", App: "A",
		Roles: []string{"admin-agent", "directory-reader"}, URL: "https://shop.example", TokenCommand: "./provost token --world trial",
	}}
	const status = "https://shop.example/v1/customers/C/subscriptions/S/provisioningstatus"
	ours := shown(t, world)
	if want := `Ask curl -H "Authorization: Bearer $(./provost token --world trial)" ` + status + " |"; !strings.HasSuffix(ours, want) || strings.Contains(ours, "Grant") {
		t.Errorf("where the server gives tokens it says %s, want %s", ours, want)
	}
	world.Start.TokenCommand = ""
	elsewhere := shown(t, world)
	for _, want := range []string{
		"Issuer https://issuer.example/T |", "User ada@shop.example U (admin-agent, directory-reader) |", "in tenant T (tid), for https://api.partnercenter.microsoft.com (aud) or what",
		"Grant provost role grant admin-agent --world trial --user OBJECT-ID", `Ask curl -H "Authorization: Bearer $TOKEN" ` + status + " |",
	} {
		if !strings.Contains(elsewhere, want) {
			t.Errorf("where an issuer elsewhere does, it says %s, want %s", elsewhere, want)
		}
	}
	if strings.Contains(elsewhere, "provost token") {
		t.Errorf("it names a command that no server there answers: %s", elsewhere)
	}
	world.Issuers = nil
	if unheard := shown(t, world); !strings.Contains(unheard, "Issuer none speaks for this tenant") {
		t.Errorf("where no token counts it says %s", unheard)
	}
}
