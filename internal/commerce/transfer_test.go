package commerce_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

var ann = commerce.Operator{Name: "ann"}

// elsewhere is a shop of no world, in a store of its own.
func elsewhere(t *testing.T) *commerce.Service {
	t.Helper()
	store := openStore(t, filepath.Join(t.TempDir(), "elsewhere.db"))
	t.Cleanup(func() { _ = store.Close() })
	return &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "elsewhere"}
}

func exported(t *testing.T, s *commerce.Service, world string) string {
	t.Helper()
	var file bytes.Buffer
	if err := s.ExportWorld(t.Context(), ann, world, &file); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func imported(t *testing.T, s *commerce.Service, from commerce.WorldSource, file string) commerce.ImportProgress {
	t.Helper()
	progress, err := s.ImportWorld(t.Context(), ann, from, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return progress
}

// withoutHeader is a file after its first line.
func withoutHeader(file string) string {
	_, rest, _ := strings.Cut(file, "\n")
	return rest
}

// kindsIn are the kinds of line that a file has.
func kindsIn(t *testing.T, file string) []string {
	t.Helper()
	var kinds []string
	for line := range strings.Lines(file) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		for kind := range members {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

func sameLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			t.Fatalf("line %d is missing: %s", i+2, w[i])
		case i >= len(w):
			t.Fatalf("line %d was not there: %s", i+2, g[i])
		case g[i] != w[i]:
			t.Fatalf("line %d was\n%s\nand is\n%s", i+2, w[i], g[i])
		}
	}
}

// busy does some of everything, and leaves changes on their way.
func (s *shop) busy() partnercenter.Subscription {
	s.t.Helper()
	s.create(s.rosa)
	bought := s.buy(businessBasic, 5)
	const nextTerm = `"scheduledNextTermInstructions":{"product":{"productId":"CFQ7TTC0LH18","skuId":"0001","availabilityId":"CFQ7TTC725M4","billingCycle":"monthly","termDuration":"P1M"},"quantity":7}`
	s.patched(bought.ID, `{"quantity":9}`)
	s.advance("PT20M")
	s.patched(bought.ID, `{"autoRenewEnabled":true,"friendlyName":"the <shop>'s seats",`+nextTerm+`}`)
	s.cart(`{"lineItems":[{"id":0,"catalogItemId":"` + microsoftE3 + `","quantity":2,"billingCycle":"monthly","termDuration":"P1Y"}]}`)
	until := opened.AddDate(1, 0, 0)
	s.write(func(tx commerce.Tx) error {
		return errors.Join(
			tx.Accounts().Insert(s.t.Context(), commerce.Account{World: "shop", Partner: shopReseller, ID: "App-1", Kind: commerce.AppAccount, Name: "App", SecretHash: "hash of a secret", Registered: true}),
			tx.Roles().GrantAgent(s.t.Context(), commerce.AgentGrant{World: "shop", Partner: shopReseller, User: "Ada", Role: commerce.AdminAgent}),
			tx.Roles().GrantDirectory(s.t.Context(), commerce.DirectoryGrant{World: "shop", Partner: shopReseller, Group: "Sales", Customer: shopCustomer, Role: commerce.GlobalReader, Until: &until}),
			tx.Agreements().Insert(s.t.Context(), commerce.Agreement{World: "shop", Customer: shopCustomer, CreatedAt: opened, Resource: partnercenter.Agreement{TemplateID: "template"}}),
		)
	})
	if _, err := s.order(microsoftE3, 3); err != nil {
		s.t.Fatal(err)
	}
	s.patched(bought.ID, `{"quantity":11,"autoRenewEnabled":true,`+nextTerm+`}`)
	return bought
}

func TestAWorldComesBackAsItWas(t *testing.T) {
	s := openShop(t)
	bought := s.busy()
	file := exported(t, s.Service, "shop")
	kinds := []string{"world", "settings", "clock", "partner", "account", "customer", "relationship", "agentRole", "directoryRole",
		"agreement", "cart", "order", "subscription", "change", "due", "audit", "event"}
	if got := kindsIn(t, file); !slices.Equal(got, kinds) {
		t.Fatalf("the file has %v, want %v", got, kinds)
	}
	if strings.Contains(file, "hash of a secret") {
		t.Error("the file has a secret")
	}
	there := elsewhere(t)
	progress := imported(t, there, commerce.WorldSource{}, file)
	if !progress.Done || progress.World != "shop" || progress.Line != int64(strings.Count(file, "\n")) {
		t.Errorf("imported %+v", progress)
	}
	sameLines(t, withoutHeader(exported(t, there, "shop")), withoutHeader(file))

	// Both go on alike.
	other := &shop{Service: there, t: t, ada: s.ada, rosa: s.rosa}
	for _, one := range []*shop{s, other} {
		one.advance("P13M")
	}
	if a, b := s.subscription(bought.ID), other.subscription(bought.ID); !reflect.DeepEqual(a, b) || a.Quantity != 7 {
		t.Errorf("a year later it is\n%+v\nand elsewhere\n%+v", a, b)
	}
	if a, b := len(s.events("")), len(other.events("")); a != b {
		t.Errorf("%d events, elsewhere %d", a, b)
	}
}

func TestTheDemoWorldComesBackUnderAnotherIDAndTenants(t *testing.T) {
	s, demos := demoStore(t)
	const provider, reseller = "8ad1e0b0-6f5a-4a44-9d58-3d1a6a9b1c01", "8ad1e0b0-6f5a-4a44-9d58-3d1a6a9b1c02"
	file := exported(t, s, demos[0].World)
	imported(t, s, commerce.WorldSource{As: "copy", Tenants: map[string]string{
		strings.ToUpper(demos[0].ProviderTenant): provider, demos[0].ResellerTenant: reseller,
	}}, file)
	again := exported(t, s, "copy")
	for old, new := range map[string]string{provider: demos[0].ProviderTenant, reseller: demos[0].ResellerTenant} {
		again = strings.ReplaceAll(again, old, new)
	}
	sameLines(t, withoutHeader(again), withoutHeader(file))
	acts, err := s.OperatorLog(t.Context(), "copy", 0, 10)
	if err != nil || len(acts) != 2 || acts[0].What != "export world" || acts[1].What != "import world" || acts[1].By != "ann" || acts[1].After["subscription"] == "" {
		t.Errorf("the log says %+v, %v", acts, err)
	}
}

// A member without a name in lines would be lost on the way.
func TestEveryMemberOfARowComesAlong(t *testing.T) {
	left := map[string]string{
		"World": "the header says it", "Account.SecretHash": "a secret", "Due.ID": "the store gives it", "Due.Failures": "it is tried anew",
	}
	for _, row := range []any{
		commerce.Partner{}, commerce.Account{}, commerce.Customer{}, commerce.Relationship{}, commerce.AgentGrant{}, commerce.DirectoryGrant{},
		commerce.Agreement{}, commerce.Cart{}, commerce.Order{}, commerce.Subscription{}, commerce.Provisioning{}, commerce.Seats{}, commerce.Change{},
		commerce.Portion{}, commerce.Due{}, commerce.AuditEntry{}, commerce.Event{}, commerce.EventRecord{}, commerce.WorldSettings{},
	} {
		of := reflect.TypeOf(row)
		for i := range of.NumField() {
			f := of.Field(i)
			tag := f.Tag.Get("json")
			_, known := left[of.Name()+"."+f.Name]
			_, everywhere := left[f.Name]
			switch {
			case f.Anonymous:
			case tag == "-" && !known && !everywhere:
				t.Errorf("%s.%s does not come along: say why", of.Name(), f.Name)
			case tag == "":
				t.Errorf("%s.%s has no name in a line", of.Name(), f.Name)
			}
		}
	}
}

// measuring counts lines, and what the program holds meanwhile.
type measuring struct {
	of          io.Reader
	bytes, most uint64
}

func (m *measuring) sample(n int) {
	before := m.bytes
	m.bytes += uint64(n)
	const every = 4 << 20
	if before/every == m.bytes/every {
		return
	}
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.most = max(m.most, now.HeapAlloc)
}

func (m *measuring) Read(into []byte) (int, error) {
	n, err := m.of.Read(into)
	m.sample(n)
	return n, err
}

func (m *measuring) Write(line []byte) (int, error) {
	m.sample(len(line))
	return len(line), nil
}

func TestAHundredThousandLinesPassThroughLittleMemory(t *testing.T) {
	s := elsewhere(t)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	lines := rounds(100_000)
	in := &measuring{of: manyLines(lines)}
	if p, err := s.ImportWorld(t.Context(), ann, commerce.WorldSource{}, in); err != nil || p.Entered["event"] != int64(lines) {
		t.Fatalf("%+v, %v", p, err)
	}
	out := &measuring{}
	if err := s.ExportWorld(t.Context(), ann, "mine", out); err != nil {
		t.Fatal(err)
	}
	const bound = 12 << 20
	if out.bytes < uint64(rounds(4*bound)) {
		t.Fatalf("%d bytes prove nothing", out.bytes)
	}
	for name, m := range map[string]*measuring{"in": in, "out": out} {
		if m.most > before.HeapAlloc+bound {
			t.Errorf("on the way %s, %d bytes were held for a file of %d", name, m.most-before.HeapAlloc, m.bytes)
		}
	}
}

func TestTheDocumentedFileIsAWorld(t *testing.T) {
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```json\n")
	file, _, _ := strings.Cut(after, "```")
	s := elsewhere(t)
	if p := imported(t, s, commerce.WorldSource{}, file); !p.Done || p.Entered["subscription"] != 1 {
		t.Fatalf("it came to %+v", p)
	}
	claims := commerce.Claims{Tenant: "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10", User: "88c855f3-4105-4913-97df-b1a2a6efee9f", App: "an app", MFA: true}
	actor, err := s.Identify(t.Context(), claims, "GET /")
	if err != nil {
		t.Fatal(err)
	}
	const customer, id, order = "5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11", "6b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e12", "a1b2c3d4e5f6"
	access := commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent}, Directory: []commerce.DirectoryRole{commerce.GlobalReader}}
	if _, err := s.Authorize(t.Context(), actor, access, customer); err != nil {
		t.Error(err)
	}
	status, _, err := s.ProvisioningStatus(t.Context(), actor, customer, id)
	if err != nil || status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 25 || status.EndDate.Format(time.DateOnly) != "2027-01-31" {
		t.Errorf("its status is %+v, %v", status, err)
	}
	lines, _, err := s.OrderProvisioningStatus(t.Context(), actor, customer, order)
	if err != nil || len(lines) != 1 || lines[0].Status != partnercenter.Fulfilled {
		t.Errorf("the order's status is %+v, %v", lines, err)
	}
	if shown, _, err := s.Subscription(t.Context(), actor, customer, id); err != nil || shown.Status != partnercenter.SubscriptionActive || shown.Quantity != 25 {
		t.Errorf("it is %+v, %v", shown, err)
	}
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(`{"quantity":30,"autoRenewEnabled":true}`), commerce.SubscriptionMembers()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PatchSubscription(t.Context(), commerce.Caller{Actor: actor}, customer, id, asked, nil); err != nil {
		t.Errorf("more seats: %v", err)
	}
}

// slowly is a reader who takes nothing until told to.
type slowly struct {
	bytes.Buffer
	take chan struct{}
}

func (s *slowly) Write(piece []byte) (int, error) {
	<-s.take
	return s.Buffer.Write(piece)
}

// Exports whose readers dawdle leave the store to whoever asks.
func TestExportsThatAreNotReadKeepNobodyFromReading(t *testing.T) {
	s := openShop(t)
	s.orders(3, businessBasic)
	whole := exported(t, s.Service, "shop")
	take := make(chan struct{})
	var exports sync.WaitGroup
	for range 4 * max(4, runtime.GOMAXPROCS(0)) {
		exports.Go(func() {
			into := &slowly{take: take}
			if err := s.ExportWorld(t.Context(), ann, "shop", into); err != nil || into.String() != whole {
				t.Errorf("an export of %d bytes, %v", into.Len(), err)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	asking, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := s.Subscriptions(asking, s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer}); err != nil {
		t.Errorf("while exports are under way: %v", err)
	}
	gone, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	if err := s.ExportWorld(gone, ann, "shop", &slowly{take: take}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one who does not wait for its turn: %v", err)
	}
	close(take)
	exports.Wait()
}
