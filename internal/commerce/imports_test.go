package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// minimal is a world as somebody may write it.
var minimal = []string{
	`{"world":{"format":1,"id":"mine","kind":"development","createdAt":"2026-01-01T00:00:00Z"}}`,
	`{"settings":{"mfa":"off","refreshInterval":"15m"}}`,
	`{"partner":{"id":"5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10","tenant":"5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11","kind":"provider","name":"Mine"}}`,
	`{"customer":{"resource":{"id":"5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","companyProfile":{"companyName":"Corner","domain":"corner.example"}}}}`,
	`{"relationship":{"partner":"5E7C4A0E-0d2b-4c39-8d1f-3f4f6a3f1d10","customer":"5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","kind":"reseller"}}`,
	`{"order":{"customer":"5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","resource":{"id":"Order-1"}}}`,
	`{"subscription":{"customer":"5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","provisioning":{"skuId":"sku","provisioned":{"quantity":5,"endDate":"2027-01-01T00:00:00Z"}},` +
		`"resource":{"id":"6b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","orderId":"order-1","status":"active","quantity":5}}}`,
}

func TestWhatDoesNotFitIsRefusedByItsLine(t *testing.T) {
	const customer = `"customer":"5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11"`
	replaced := func(line int, by string) []string {
		lines := slices.Clone(minimal)
		lines[line-1] = by
		return lines
	}
	added := func(line string) []string { return append(slices.Clone(minimal), line) }
	bought := func(what string) string {
		return `{"change":{"id":"c","kind":"purchase",` + customer + `,"askedAt":"2026-02-01T00:00:00Z","asked":5,"offer":"` + businessBasic + `",` + what + `}}`
	}
	withLine := strings.Replace(minimal[5], `"Order-1"`, `"Order-1","lineItems":[{"lineItemNumber":0}]`, 1)
	unsettled := strings.Replace(minimal[6], `"skuId"`, `"unsettled":true,"skuId"`, 1)
	for name, c := range map[string]struct {
		lines []string
		says  string
	}{
		"no JSON":              {replaced(4, `{"customer":`), "line 4: it is no JSON object"},
		"two kinds in a line":  {added(`{"order":{},"cart":{}}`), "line 8: a line is an object with one member"},
		"not UTF-8":            {added("{\"order\":{\"customer\":\"\xff\"}}"), "line 8: it is not UTF-8"},
		"an unknown kind":      {added(`{"invoice":{}}`), `line 8: there is no kind of line "invoice"; there are: settings, clock, partner`},
		"an unknown member":    {added(`{"order":{` + customer + `,"resorce":{}}}`), `line 8: unknown field "resorce"`},
		"a member of no type":  {added(`{"order":{"customer":7}}`), "line 8: cannot unmarshal number"},
		"a missing customer":   {replaced(4, ``), "line 5: it names customer 5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11, and no line before it is that"},
		"a missing order":      {replaced(6, ``), "line 7: it names order order-1 of customer"},
		"a missing parent":     {added(strings.ReplaceAll(strings.Replace(minimal[6], `"status"`, `"parentSubscriptionId":"7b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11","status"`, 1), "6b0a6a2c", "8b0a6a2c")), "line 8: the file has no subscription"},
		"a missing partner":    {added(`{"account":{"partner":"nobody","id":"app","kind":"app","name":"App"}}`), "line 8: it names partner nobody"},
		"a missing change":     {added(`{"due":{"at":"2026-02-01T00:00:00Z","kind":"step","subject":"change-1"}}`), "line 8: it names change change-1"},
		"work nobody knows":    {added(`{"due":{"at":"2026-02-01T00:00:00Z","kind":"party","subject":"a/b"}}`), `line 8: kind is one of ["step" `},
		"the same row twice":   {added(minimal[5]), "line 8: a line before it has the same key: each order stands once"},
		"a role of nobody":     {added(`{"agentRole":{"partner":"5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10","role":"admin-agent"}}`), "line 8: a role is held by a user or a group"},
		"a role nobody knows":  {added(`{"agentRole":{"partner":"5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10","user":"ada","role":"boss"}}`), "line 8: role is one of"},
		"an unknown status":    {replaced(7, strings.Replace(minimal[6], `"active"`, `"happy"`, 1)), "line 7: resource.status is a subscription's status"},
		"a change nobody does": {added(`{"change":{"id":"c","kind":"purchase",` + customer + `,"askedAt":"2026-02-01T00:00:00Z","offer":"none"}}`), `line 8: the catalogue has no offer "none"`},
		"a change of nothing":  {added(`{"change":{"id":"c","kind":"seat change",` + customer + `,"askedAt":"2026-02-01T00:00:00Z"}}`), `line 8: it names subscription  of customer`},
		"an order's no line":   {added(bought(`"order":"Order-1","line":1,"subscription":"7b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11"`)), "line 8: line 1 is none of order Order-1"},
		"no order's purchase":  {added(bought(`"subscription":"7b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11"`)), "line 8: a purchase of which nothing is there yet names its order"},
		"a purchase of no id":  {append(replaced(6, withLine), bought(`"order":"Order-1","line":0`)), `line 8: subscription is a GUID; "" is not`},
		"what never settles":   {replaced(7, unsettled), "line 7: the provisioning of subscription 5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11/6b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11 is unsettled"},
		"no header":            {minimal[1:], `line 1: a file begins with a line {"world":{…}}`},
		"another format":       {replaced(1, strings.Replace(minimal[0], `:1,`, `:2,`, 1)), "line 1: the file is of format 2, and this server reads format 1"},
		"no id":                {replaced(1, strings.Replace(minimal[0], `"mine"`, `"import"`, 1)), "line 1: a world's id is"},
		"no kind of world":     {replaced(1, strings.Replace(minimal[0], `development`, `test`, 1)), "line 1: a world's kind is production or development"},
		"a taken id":           {replaced(1, strings.Replace(minimal[0], `"mine"`, `"demo"`, 1)), "line 1: there is a world demo already: import it under another id: --as ID"},
		"a taken tenant":       {replaced(3, strings.Replace(minimal[2], "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11", "1CB000FC-4A11-4FD3-A30D-65E5ECCF7D56", 1)), "line 3: tenant 1CB000FC-4A11-4FD3-A30D-65E5ECCF7D56 is that of Northlight Cloud in world demo, and a server knows each tenant once: put another in its place: --tenant 1CB000FC-4A11-4FD3-A30D-65E5ECCF7D56=NEW"},
		"a tenant of line 1":   {replaced(1, strings.Replace(minimal[0], `"kind"`, `"tenants":["1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"],"kind"`, 1)), "line 1: tenant 1cb000fc"},
		"no provider":          {replaced(3, strings.Replace(minimal[2], "provider", "reseller", 1)), "without a partner of kind provider"},
		"two providers":        {added(strings.ReplaceAll(minimal[2], "5e7c4a0e", "6e7c4a0e")), "line 8: a line before it has the same key"},
		"a cut-off file":       {replaced(1, strings.Replace(minimal[0], `"kind"`, `"rows":{"order":2},"kind"`, 1)), "line 7: the file ends here with 1 lines of order, and its first line promises 2"},
		"an edge of time":      {append(replaced(1, strings.Replace(minimal[0], "development", "production", 1)), `{"clock":{"offset":"1h"}}`), "line 8: a production world's time is the real one"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := demoStore(t)
			_, err := s.ImportWorld(t.Context(), ann, commerce.WorldSource{}, strings.NewReader(strings.Join(c.lines, "\n")))
			var refused *commerce.Refusal
			if !errors.As(err, &refused) || !strings.Contains(refused.Cure, c.says) {
				t.Errorf("%v, want %s", err, c.says)
			}
			if _, err := s.World(t.Context(), "mine"); !errors.Is(err, partnercenter.ErrNoSuch) {
				t.Errorf("a refused line leaves a world: %v", err)
			}
		})
	}
	s, _ := demoStore(t)
	change := `{"change":{"id":"c","kind":"seat change",` + customer + `,"subscription":"6B0A6A2C-5e0d-4d62-9d5c-1d9b8a3f7e11","askedAt":"2026-02-01T00:00:00Z"}}`
	if p := imported(t, elsewhere(t), commerce.WorldSource{}, strings.Join(append(replaced(7, unsettled), change), "\n")); !p.Done {
		t.Errorf("an unsettled change came to %+v", p)
	}
	if p := imported(t, s, commerce.WorldSource{}, strings.Join(minimal, "\r\n")); !p.Done || p.Entered["order"] != 1 {
		t.Errorf("what fits came to %+v", p)
	}
}

// breaking breaks off after so many bytes.
type breaking struct {
	text string
	err  error
}

func (b *breaking) Read(into []byte) (int, error) {
	if b.text == "" {
		return 0, b.err
	}
	n := copy(into, b.text)
	b.text = b.text[n:]
	return n, nil
}

// manyLines are a world with so many events.
func manyLines(events int) io.Reader {
	r, w := io.Pipe()
	go func() {
		for _, line := range minimal {
			_, _ = io.WriteString(w, line+"\n")
		}
		for i := range events {
			_, _ = fmt.Fprintf(w, `{"event":{"id":"event-%08d","at":"2026-01-01T00:00:00Z","realAt":"2026-01-01T00:00:00Z","kind":"changed","reason":"%s"}}`+"\n", i, strings.Repeat("why ", 100))
		}
		_ = w.Close()
	}()
	return r
}

func TestAnImportGoesOnWhereItBrokeOff(t *testing.T) {
	s := elsewhere(t)
	file, err := io.ReadAll(manyLines(1200))
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	_, err = s.ImportWorld(t.Context(), ann, commerce.WorldSource{}, &breaking{text[:len(text)*3/4], errors.New("the line is dead")})
	if !errors.Is(err, partnercenter.ErrInput) || !strings.Contains(err.Error(), "send the same file again") {
		t.Errorf("broken off: %v", err)
	}
	// It is there, and answers nothing.
	entry, err := s.World(t.Context(), "mine")
	if err != nil || !entry.World.Importing {
		t.Fatalf("%+v, %v", entry, err)
	}
	claims := commerce.Claims{Tenant: "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11", User: "ada", MFA: true}
	if _, err := s.Identify(t.Context(), claims, "GET /"); !errors.Is(err, partnercenter.ErrUnavailable) {
		t.Errorf("a caller: %v", err)
	}
	if _, err := s.SetWorld(t.Context(), ann, "mine", commerce.SettingsChange{MFAShare: new(5)}); !errors.Is(err, partnercenter.ErrUnavailable) {
		t.Errorf("an operator: %v", err)
	}
	if err := s.ExportWorld(t.Context(), ann, "mine", io.Discard); !errors.Is(err, partnercenter.ErrUnavailable) {
		t.Errorf("an export: %v", err)
	}
	overdue := commerce.Due{World: "mine", At: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Kind: commerce.DueStep, Subject: "none"}
	if err := s.Store.Write(t.Context(), func(tx commerce.Tx) error { _, err := tx.Due().Insert(t.Context(), overdue); return err }); err != nil {
		t.Fatal(err)
	}
	if worlds, _, err := s.Due(t.Context()); err != nil || len(worlds) > 0 {
		t.Errorf("what is due runs in %v, %v", worlds, err)
	}
	if _, err := s.RunDue(t.Context(), "mine"); !errors.Is(err, partnercenter.ErrUnavailable) {
		t.Errorf("a runner: %v", err)
	}

	// Another file is refused, whatever it is longer or shorter by.
	for name, other := range map[string]string{
		"another line 9": strings.Replace(text, "event-00000001", "event-x", 1),
		"a shorter one":  strings.Join(minimal, "\n"),
		"one line more":  strings.Replace(text, "\n", "\n\n", 1),
	} {
		if _, err := s.ImportWorld(t.Context(), ann, commerce.WorldSource{}, strings.NewReader(other)); !errors.Is(err, partnercenter.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if progress := imported(t, s, commerce.WorldSource{}, text); !progress.Done || progress.Entered["event"] != 1200 {
		t.Errorf("it went on to %+v", progress)
	}
	if _, err := s.Identify(t.Context(), claims, "GET /"); err != nil {
		t.Errorf("once it is whole: %v", err)
	}
	if worlds, _, err := s.Due(t.Context()); err != nil || len(worlds) != 1 {
		t.Errorf("what is due runs in %v, %v", worlds, err)
	}
	if _, err := s.ImportWorld(t.Context(), ann, commerce.WorldSource{}, strings.NewReader(text)); !errors.Is(err, partnercenter.ErrConflict) {
		t.Errorf("once more: %v", err)
	}
}

func TestAFileComesInPieces(t *testing.T) {
	s := elsewhere(t)
	line, digest := int64(1), ""
	for i, text := range minimal {
		from := commerce.WorldSource{Line: line, Digest: digest, More: i < len(minimal)-1}
		if i > 0 {
			from.World = "mine"
		}
		p := imported(t, s, from, text+"\n")
		if p.Line != line || p.Done == from.More || p.World != "mine" {
			t.Fatalf("after line %d: %+v", line, p)
		}
		line, digest = p.Line+1, p.Digest
		if !from.More {
			break
		}
		for name, other := range map[string]commerce.WorldSource{
			"after other lines": {World: "mine", Line: line, Digest: "another", More: true},
			"another line":      {World: "mine", Line: p.Line, Digest: from.Digest, More: true},
		} {
			if _, err := s.ImportWorld(t.Context(), ann, other, strings.NewReader(`{"cart":{}}`)); !errors.Is(err, partnercenter.ErrConflict) {
				t.Errorf("%s, after line %d: %v", name, p.Line, err)
			}
		}
	}
	for name, from := range map[string]commerce.WorldSource{"a gap": {World: "gap", Line: 9}, "no import": {World: "none", Line: 2}, "no name": {Line: 2}} {
		if _, err := s.ImportWorld(t.Context(), ann, from, strings.NewReader("{}")); !errors.Is(err, partnercenter.ErrNoSuch) && !errors.Is(err, partnercenter.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What an outside system carries out is asked of it anew; without it, the import
// stays open until the server knows it.
func TestChangesOutsideAreTakenUpByWhoeverIsNamed(t *testing.T) {
	s := openShop(t)
	s.busy()
	var lines []string
	for line := range strings.Lines(exported(t, s.Service, "shop")) {
		if strings.HasPrefix(line, `{"change":{`) && !strings.Contains(line, "settledAt") {
			line = strings.Replace(line, `"line":`, `"provisioner":"own","line":`, 1)
		}
		lines = append(lines, line)
	}
	file := strings.Join(lines, "")
	there := elsewhere(t)
	_, err := there.ImportWorld(t.Context(), ann, commerce.WorldSource{}, strings.NewReader(file))
	if !errors.Is(err, partnercenter.ErrConflict) || !strings.Contains(err.Error(), "the provisioner own, which this server's configuration does not describe") {
		t.Fatalf("without the provisioner it ended with %v", err)
	}
	there.Provisioners = []string{"own"}
	store := there.Store.(*sqlstore.Store)
	if err := store.OpenJobs(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 10)
	stop, err := store.RunJobs(t.Context(), map[commerce.JobKind]commerce.Worker{commerce.ProvisionJob: {
		Do: func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
			asked <- job.World
			return commerce.JobResult{}, nil
		},
		GiveUp: func(context.Context, commerce.Job) error { return nil },
	}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	if progress := imported(t, there, commerce.WorldSource{}, file); !progress.Done {
		t.Errorf("with it, it came to %+v", progress)
	}
	for range strings.Count(file, `"provisioner":"own"`) {
		select {
		case world := <-asked:
			if world != "shop" {
				t.Errorf("asked for world %s", world)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nobody was asked")
		}
	}
}

func TestAnImportCanBeDropped(t *testing.T) {
	s := elsewhere(t)
	imported(t, s, commerce.WorldSource{More: true}, strings.Join(minimal, "\n"))
	if err := s.DropImport(t.Context(), ann, "MINE"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.World(t.Context(), "mine"); !errors.Is(err, partnercenter.ErrNoSuch) {
		t.Errorf("the world is still there: %v", err)
	}
	imported(t, s, commerce.WorldSource{}, strings.Join(minimal, "\n"))
	if err := s.DropImport(t.Context(), ann, "mine"); !errors.Is(err, partnercenter.ErrNoSuch) {
		t.Errorf("a whole world was dropped: %v", err)
	}
}
