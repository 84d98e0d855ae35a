package pipe_test

import (
	"slices"
	"strings"
	"testing"

	"provost/internal/pipe"
)

var offered = []string{"application/json", "text/json", "application/xml", "text/xml"}

func TestAcceptChoosesTheMediaTypeOfTheAnswer(t *testing.T) {
	for _, test := range []struct {
		name   string
		accept []string
		want   string
	}{
		{"absent", nil, "application/json"},
		{"empty", []string{""}, "application/json"},
		{"anything", []string{"*/*"}, "application/json"},
		{"the documents' own", []string{"application/json, text/plain, */*"}, "application/json"},
		{"one type each", []string{"text/json"}, "text/json"},
		{"one type each", []string{"application/xml"}, "application/xml"},
		{"one type each", []string{"text/xml"}, "text/xml"},
		{"any application", []string{"application/*"}, "application/json"},
		{"any text", []string{"text/*"}, "text/json"},
		{"both kinds", []string{"text/*, application/*"}, "application/json"},
		{"the order of the header does not count", []string{"text/xml, application/xml, text/json, application/json"}, "application/json"},
		{"case does not count", []string{"APPLICATION/XML; Q=0.5, Text/Xml;q=0.4"}, "application/xml"},
		{"the weight decides", []string{"application/json;q=0.8, application/xml;q=0.9"}, "application/xml"},
		{"thousandths count", []string{"application/json;q=0.998, text/xml;q=0.999"}, "text/xml"},
		{"weights of all lengths", []string{"application/json;q=0., text/json;q=0.1, application/xml;q=1., text/xml;q=0.99"}, "application/xml"},
		{"the most specific range speaks", []string{"*/*, application/*;q=0.5, application/json;q=0.1"}, "text/json"},
		{"a spelled out type wins a tie", []string{"text/xml, */*"}, "text/xml"},
		{"a kind wins a tie", []string{"*/*, text/*"}, "text/json"},
		{"q=0 excludes", []string{"application/json;q=0, */*"}, "text/json"},
		{"q=0.000 excludes", []string{"application/json;q=0.000, application/xml;q=0.001"}, "application/xml"},
		{"q=0 excludes a kind", []string{"text/*;q=0, application/json;q=0, */*;q=0.1"}, "application/xml"},
		{"a spelled out type escapes an exclusion", []string{"*/*;q=0, text/xml;q=0.1"}, "text/xml"},
		{"other parameters are ignored", []string{`application/xml;charset=utf-8;profile="a,b;q=0\",";q=0.9, text/xml;version`}, "text/xml"},
		{"the same type twice", []string{"text/xml;q=0.2, application/xml;q=0.5, text/xml;level=2;q=0.7"}, "text/xml"},
		{"several lines", []string{"text/html", "application/json;q=0.1", "text/xml;q=0.2"}, "text/xml"},
		{"spaces, tabs and empty elements", []string{" ,\t, text/xml\t ; ;\tq=0.5 ;, application/xml ; q=0.6 , "}, "application/xml"},
		{"malformed elements are skipped", []string{"application, /json, */json, json/, a b/c, text/xml;q=2, text/xml;q=x, text/json;=1, text/json;q, text/json;q=0.1234, text/json;q=., text/json;q=-1, text/json;q=1.001, application/xml/x, text/xml;q=0.1"}, "text/xml"},
		{"nothing but malformed elements", []string{"xml", "text/xml;q=high", "\x00/\xff"}, "application/json"},
		{"an open quotation ends with its line", []string{`text/json;a=", application/json`, "text/xml;q=0.5"}, "text/json"},
		{"a browser", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "application/xml"},
		{"a lone star", []string{"image/gif, *; q=.2"}, "application/json"},
		{"Java's HttpURLConnection", []string{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, "application/json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := pipe.Negotiate(test.accept); got != test.want || !ok {
				t.Errorf("Accept %q: %s, %t; want %s, true", test.accept, got, ok, test.want)
			}
		})
	}
}

func TestAcceptOfNothingThatIsOfferedIsAnsweredInJSON(t *testing.T) {
	for _, accept := range [][]string{
		{"text/html"},
		{"text/html", "image/*;q=0.5"},
		{"application/problem+json"},
		{"*/*;q=0"},
		{"application/*;q=0, text/*;q=0.0, */*;q=0.5;q=0"},
		{"application/json;q=0"},
		{"text/xml;q=0"},
	} {
		if got, ok := pipe.Negotiate(accept); got != "application/json" || ok {
			t.Errorf("Accept %q: %s, %t; want application/json, false", accept, got, ok)
		}
	}
}

func TestHostileAcceptCostsLittle(t *testing.T) {
	if got, ok := pipe.Negotiate([]string{strings.Repeat("a/b,", 100_000) + "text/xml"}); got != "application/json" || ok {
		t.Errorf("a range behind 100,000 others: %s, %t; want application/json, false", got, ok)
	}
	if got, ok := pipe.Negotiate(slices.Repeat([]string{"text/xml"}, 100_000)); got != "text/xml" || !ok {
		t.Errorf("100,000 lines: %s, %t; want text/xml, true", got, ok)
	}
}

func TestNegotiatingAllocatesNothing(t *testing.T) {
	for _, accept := range [][]string{
		{"application/json"},
		{"application/json, text/plain, */*"},
		{`application/xml;profile="a,b";q=0.9, text/*;q=0.1`},
	} {
		if allocations := testing.AllocsPerRun(100, func() { pipe.Negotiate(accept) }); allocations > 0 {
			t.Errorf("Accept %q: %v allocations", accept, allocations)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("application/json, text/plain, */*", "")
	f.Add("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/xml;q=0")
	f.Add(`text/json;a="\",b`, "*;q=.2")
	f.Add(",;=/*q\"\\", "application/*;q=1.000")
	f.Fuzz(func(t *testing.T, first, second string) {
		accept := []string{first, second}
		got, ok := pipe.Negotiate(accept)
		if !slices.Contains(offered, got) || !ok && got != "application/json" {
			t.Fatalf("Accept %q: %q, %t", accept, got, ok)
		}
		if again, okAgain := pipe.Negotiate(accept); again != got || okAgain != ok {
			t.Fatalf("Accept %q: %q, %t, then %q, %t", accept, got, ok, again, okAgain)
		}
		if joined, okJoined := pipe.Negotiate([]string{first + "," + second}); strings.Count(first, `"`) == 0 && (joined != got || okJoined != ok) {
			t.Fatalf("Accept %q: %q, %t, in one line %q, %t", accept, got, ok, joined, okJoined)
		}
		if chosen, ok := pipe.Negotiate([]string{got}); chosen != got || !ok {
			t.Fatalf("Accept %q: %q, %t", got, chosen, ok)
		}
	})
}

func BenchmarkNegotiate(b *testing.B) {
	accept := []string{"application/json, text/plain, */*"}
	for b.Loop() {
		pipe.Negotiate(accept)
	}
}
