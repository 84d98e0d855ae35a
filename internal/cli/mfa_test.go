package cli

import (
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

func TestMFAReportReadsAsATable(t *testing.T) {
	seen := partnercenter.At(time.Date(2026, 3, 2, 10, 7, 30, 123456700, time.UTC))
	report := extension.MFAReport{
		WorldName: "demo", Mode: "enforce", Share: 25,
		Items: []extension.MFACalls{
			{User: "u1", UserPrincipalName: "hana@shop.example", App: "app-1", Route: "GET /v1/customers", Calls: 12, Refused: 5, Enforced: true, FirstSeen: seen, LastSeen: seen},
			{User: "u2\x1b[31m", App: "app-1", Route: "GET /v1/customers/{customer}", Calls: 1, FirstSeen: seen, LastSeen: seen},
		},
		Others: []extension.MFACalls{{Tenant: "t1", Calls: 7, Refused: 3}},
	}
	var text strings.Builder
	if err := printMFAReport(&text, report); err != nil {
		t.Fatal(err)
	}
	want := `World demo: calls without multifactor authentication are refused for 25% of the users, and noted for all

USER               APP    ROUTE                         CALLS  REFUSED  NOW          FIRST SEEN           LAST SEEN
hana@shop.example  app-1  GET /v1/customers             12     5        refused      2026-03-02 10:07:30  2026-03-02 10:07:30
u2?[31m            app-1  GET /v1/customers/{customer}  1      0        let through  2026-03-02 10:07:30  2026-03-02 10:07:30
7 more calls of tenant t1, 3 of them refused: too many to tell apart
`
	if text.String() != want {
		t.Errorf("it reads\n%s\nwant\n%s", text.String(), want)
	}
}

func TestMFAReportSaysWhatTheSettingDoes(t *testing.T) {
	for want, report := range map[string]extension.MFAReport{
		"multifactor authentication is off, and nothing is noted":                 {Mode: "off", Share: 100},
		"calls without multifactor authentication are let through and noted":      {Mode: "report", Share: 25},
		"calls without multifactor authentication are refused":                    {Mode: "enforce", Share: 100},
		"calls without multifactor authentication are refused for 1% of the user": {Mode: "enforce", Share: 1},
	} {
		if got := settingOf(report); !strings.HasPrefix(got, want) {
			t.Errorf("%+v: %s", report, got)
		}
	}
}
