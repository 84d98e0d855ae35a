package restapi_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"provost/internal/pipe"
	"provost/internal/restapi"
	"provost/partnercenter"
)

const compatibilityFile = "../../docs/compatibility.md"

// docs/compatibility.md says what each call answers and how that is known. It is
// made from the rows, the catalogue, the evidence beside them and the exchanges:
// an answer without an exchange or without evidence fails here.
func TestCompatibilityIsWrittenFromRowsEvidenceAndExchanges(t *testing.T) {
	c := compatibility{t: t, exchanges: map[string]int{}, used: map[string]*partnercenter.Error{}}
	for _, x := range readExchanges(t) {
		c.exchanges[x.name] = x.answer.status()
	}
	text := c.text()
	for name := range callEvidence {
		if !slices.ContainsFunc(rows(), func(rt pipe.Route) bool { return callName(rt) == name }) {
			t.Errorf("there is evidence for %s, which is no row", name)
		}
	}
	for name := range codeEvidence {
		if c.used[name] == nil {
			t.Errorf("there is evidence for %s, which no row answers", name)
		}
	}
	if *update {
		if err := os.WriteFile(compatibilityFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(compatibilityFile)
	if err != nil || string(kept) != text {
		t.Errorf("docs/compatibility.md is not what the rows say (%v); go test ./internal/restapi -run TestCompatibility -update writes it", err)
	}
}

func callName(rt pipe.Route) string { return rt.Method + " " + rt.Path }

func codeName(e *partnercenter.Error) string { return strconv.Itoa(e.StatusCode) + " " + e.Code }

// compatibility is the page as it is made.
type compatibility struct {
	t         *testing.T
	exchanges map[string]int
	// used are the refusals that rows give, by status and code.
	used map[string]*partnercenter.Error
	strings.Builder
}

func (c *compatibility) text() string {
	c.WriteString("# Compatibility\n\n<!-- Written by `go test ./internal/restapi -run TestCompatibility -update`. -->\n\n" +
		"What each call of the Partner Center API answers here, and how it is known that the service answers so. *Documented* stands on a public page, *observed* was seen in\n" +
		"recorded exchanges or is needed by existing clients, *assumed* has no public evidence, *own* is Provost's. Sources: [sources.md](sources.md). Every answer has an exchange,\n" +
		"one request and its whole answer written by hand, which the tests replay: `internal/restapi/testdata/exchanges/{handler}/{status}-{code}.http`.\n" +
		"Who may make which call is in [access.md](access.md), what the pages leave open in [adr/0002-open-questions.md](adr/0002-open-questions.md).\n")
	c.calls()
	c.missing()
	c.codes()
	c.profiles()
	return c.String()
}

func (c *compatibility) calls() {
	c.WriteString("\n## What each call answers\n\n| call | handler | evidence | success | refusals, by status |\n|---|---|---|---|---|\n")
	for _, rt := range rows() {
		handler := handlerName(rt)
		if declines(rt) {
			continue
		}
		fmt.Fprintf(c, "| `%s` | `%s` | %s | %s | %s |\n", callName(rt), handler, c.knownBy(callEvidence, callName(rt)), c.successes(handler), c.refusals(rt, handler))
	}
	c.WriteString("\nAny call can answer these as well:\n\n")
	for _, refusal := range append(always(), partnercenter.ErrNotFound) {
		c.exchange("always", refusal)
	}
	c.WriteString(byStatus(append(always(), partnercenter.ErrNotFound)) + ". To a `HEAD` every call that answers `GET` gives the same without a body.\n")
}

// successes are those that the handler's exchanges show.
func (c *compatibility) successes(handler string) string {
	var shown []string
	for _, status := range []int{200, 201, 202, 204, 304} {
		if c.exchanges[handler+"/"+strconv.Itoa(status)] == status {
			shown = append(shown, strconv.Itoa(status))
		}
	}
	if len(shown) == 0 {
		c.t.Errorf("no exchange testdata/exchanges/%s shows success", handler)
	}
	return strings.Join(shown, ", ")
}

func (c *compatibility) refusals(rt pipe.Route, handler string) string {
	for _, refusal := range rt.Refusals() {
		c.exchange(handler, refusal)
	}
	return byStatus(rt.Refusals())
}

// exchange holds a refusal to the exchange that shows it.
func (c *compatibility) exchange(handler string, refusal *partnercenter.Error) {
	c.used[codeName(refusal)] = refusal
	name := exchangeName(handler, refusal)
	if c.exchanges[name] != refusal.StatusCode {
		c.t.Errorf("no exchange testdata/exchanges/%s.http", name)
	}
}

// byStatus is such as "400 `2000` `800002` · 401 `800001`".
func byStatus(refusals []*partnercenter.Error) string {
	refusals = slices.Clone(refusals)
	slices.SortFunc(refusals, compareRefusals)
	var text strings.Builder
	last := 0
	for _, refusal := range slices.Compact(refusals) {
		if refusal.StatusCode != last {
			if last != 0 {
				text.WriteString(" · ")
			}
			last = refusal.StatusCode
			text.WriteString(strconv.Itoa(last))
		}
		text.WriteString(" `" + refusal.Code + "`")
	}
	return text.String()
}

func compareRefusals(a, b *partnercenter.Error) int {
	first, _ := strconv.Atoi(a.Code)
	second, _ := strconv.Atoi(b.Code)
	return cmp.Or(cmp.Compare(a.StatusCode, b.StatusCode), cmp.Compare(first, second))
}

func (c *compatibility) codes() {
	c.WriteString("\n## What each code means\n\n| status | code | meaning | evidence |\n|---|---|---|---|\n")
	var all []*partnercenter.Error
	for _, refusal := range c.used {
		all = append(all, refusal)
	}
	slices.SortFunc(all, compareRefusals)
	for _, refusal := range all {
		fmt.Fprintf(c, "| %d | `%s` | %s | %s |\n", refusal.StatusCode, refusal.Code, refusal.Description, c.knownBy(codeEvidence, codeName(refusal)))
	}
	c.WriteString("\nWhere a code is the status, no page gives a number for it.\n")
}

func (c *compatibility) knownBy(table map[string]evidence, name string) string {
	known, ok := table[name]
	if !ok {
		c.t.Errorf("%s has no evidence: add it to evidence_test.go", name)
		return ""
	}
	text := known.how
	if known.source != "" {
		text += ": " + known.source
	}
	if known.use != "" {
		text += "; its use here is " + known.use
	}
	return text
}

func (c *compatibility) profiles() {
	c.WriteString("\n## Where the profiles differ\n\n| what | `modern` | `documents` | evidence | exchange |\n|---|---|---|---|---|\n")
	for _, d := range profileDifferences {
		if c.exchanges[d.exchange] == 0 {
			c.t.Errorf("no exchange testdata/exchanges/%s.http", d.exchange)
		}
		known := strings.TrimSuffix(d.how+": "+d.source, ": ")
		fmt.Fprintf(c, "| %s | %s | %s | %s | `%s` |\n", d.what, d.modern, d.documents, known, d.exchange)
	}
}

func (c *compatibility) missing() {
	c.WriteString("\n## What is not there\n\nThese answer 404, code `1000`:\n\n")
	for _, part := range notThere {
		fmt.Fprintf(c, "- %s (%s)\n", part.what, part.source)
	}
	fmt.Fprintf(c, "\nso do these words where an id could stand: `%s`.\n", strings.Join(restapi.Reserved, "`, `"))
	var declined []string
	for _, rt := range rows() {
		if declines(rt) {
			c.refusals(rt, handlerName(rt))
			declined = append(declined, fmt.Sprintf("| `%s` | %s | %s |\n", callName(rt), c.knownBy(callEvidence, callName(rt)), byStatus(rt.Refusals())))
		}
	}
	if len(declined) > 0 {
		c.WriteString("\nThese are known, checked as any call, and then answer 501:\n\n| call | evidence | refusals, by status |\n|---|---|---|\n" + strings.Join(declined, ""))
	}
}
