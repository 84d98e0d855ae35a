package cli

import (
	"reflect"
	"strings"
	"testing"

	"provost/partnercenter"
)

func documentFrom(t *testing.T, text string) document {
	t.Helper()
	d, err := readDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func text(t *testing.T, d document) string {
	t.Helper()
	written, err := d.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

func TestDocumentStaysAsItWasSaid(t *testing.T) {
	for _, said := range []string{
		`{"z":1,"a":{"y":[1,2.50,"<&>"],"b":null},"A":true,"n":12345678901234567890}`, `[]`, `{}`, `"x"`, `[{"a":[]},{}]`,
	} {
		if got := text(t, documentFrom(t, said)); got != said {
			t.Errorf("%s became %s", said, got)
		}
	}
	for _, broken := range []string{``, `{`, `{"a":1}}`, `{"a":1} x`} {
		if _, err := readDocument([]byte(broken)); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}

func TestPathsGoThroughLists(t *testing.T) {
	d := documentFrom(t, `{"id":"o","lines":[{"n":0,"q":{"v":5}},{"n":1},{"n":2,"q":{"v":7}}]}`)
	for path, want := range map[string]string{"id": "o", "ID": "o", "lines.n": "0, 1, 2", "lines.q.v": "5, 7", "nothing": "", "id.more": "", "lines.q": `{"v":5}, {"v":7}`} {
		found, _ := d.at(strings.Split(path, "."))
		if got := found.cell(); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	only := d.only([][]string{{"lines", "q", "v"}, {"id"}, {"lines", "n"}})
	if got := text(t, only); got != `{"lines":[{"q":{"v":5},"n":0},{"n":1},{"q":{"v":7},"n":2}],"id":"o"}` {
		t.Errorf("with these alone: %s", got)
	}
}

func TestSetReachesMembersAndItems(t *testing.T) {
	for path, want := range map[string]string{
		"a": `{"a":9,"l":[{"q":1}]}`, "b.c": `{"a":1,"l":[{"q":1}],"b":{"c":9}}`, "l.0.q": `{"a":1,"l":[{"q":9}]}`,
		"l.1.q": `{"a":1,"l":[{"q":1},{"q":9}]}`, "m.0.q": `{"a":1,"l":[{"q":1}],"m":[{"q":9}]}`, "l.7": "", "a.b": "",
	} {
		d := documentFrom(t, `{"a":1,"l":[{"q":1}]}`)
		err := d.set(strings.Split(path, "."), documentFrom(t, "9"))
		if (err == nil) != (want != "") || err == nil && text(t, d) != want {
			t.Errorf("%s: %s, %v", path, text(t, d), err)
		}
	}
	d := documentFrom(t, `{"a":{"b":1,"c":2},"l":[1]}`)
	d.merge(documentFrom(t, `{"a":{"c":3,"d":4},"l":[2,3],"n":null}`))
	if got := text(t, d); got != `{"a":{"b":1,"c":3,"d":4},"l":[2,3],"n":null}` {
		t.Errorf("merged: %s", got)
	}
}

func TestYAMLReadsAsTheJSONDoes(t *testing.T) {
	d := documentFrom(t, `{"z":"2018-05-10T00:00:00Z","y":"true","x":"0001","n":5,"w":null,"l":["a: b","- c"],"t":"two\nlines"}`)
	written, err := d.yaml()
	if err != nil || !strings.HasPrefix(string(written), "z: ") {
		t.Fatalf("%s, %v", written, err)
	}
	back, err := readFileText(written)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range d.members {
		found, _ := back.at([]string{m.name})
		if text(t, found) != text(t, m.value) {
			t.Errorf("%s is %s, want %s, in\n%s", m.name, text(t, found), text(t, m.value), written)
		}
	}
}

func TestValueIsReadAsItsMemberTakesIt(t *testing.T) {
	of := reflect.TypeFor[partnercenter.Subscription]()
	for given, want := range map[[2]string]string{
		{"quantity", "5"}: `5`, {"partnerId", "1000002"}: `"1000002"`, {"partnerId", "null"}: `null`, {"friendlyName", "5"}: `"5"`, {"autoRenewEnabled", "false"}: `false`,
		{"status", "suspended"}: `"suspended"`, {"scheduledNextTermInstructions.quantity", "3"}: `3`, {"lineItems.0.friendlyName", "7"}: `"7"`, {"suspensionReasons", `["a"]`}: `["a"]`,
	} {
		if got := text(t, valueOf(of, given[0], given[1])); got != want {
			t.Errorf("%s=%s is written as %s, want %s", given[0], given[1], got, want)
		}
	}
}
