package restapi_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"testing"

	"provost/partnercenter"
)

var httpLine = regexp.MustCompile(`(?m)^\s*((?:GET|HEAD|POST|PUT|PATCH|DELETE) /\S+)$`)

// Each handler's comment ends with its HTTP line, and the lines are the rows.
func TestHandlersNameTheirHTTPLine(t *testing.T) {
	lines := map[string]string{}
	packages, err := parser.ParseDir(token.NewFileSet(), ".", nil, parser.ParseComments) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["restapi"].Files {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv != nil {
				if line := httpLine.FindStringSubmatch(f.Doc.Text()); line != nil {
					lines[f.Name.Name] = line[1]
				}
			}
		}
	}
	for _, rt := range rows() {
		name := handlerName(rt)
		if want := rt.Method + " " + rt.Path; lines[name] != want {
			t.Errorf("%s says %q, its row %q", name, lines[name], want)
		}
		delete(lines, name)
	}
	for name, line := range lines {
		t.Errorf("%s names %s, which is no row", name, line)
	}
}

// A link that a body carries leads somewhere: those alone are emitted that
// answer.
func TestEveryLinkAnswers(t *testing.T) {
	d := openDoor(t, "", "")
	queue := []partnercenter.Link{{URI: "/customers?size=3"}}
	for _, c := range decode[partnercenter.Collection[partnercenter.Customer]](t, d.get(t, "admin", "/v1/customers")).Items {
		queue = append(queue, partnercenter.Link{URI: "/customers/" + c.ID + "/subscriptions"}, partnercenter.Link{URI: "/customers/" + c.ID + "/orders"})
	}
	seen := map[string]bool{}
	for len(queue) > 0 {
		link := queue[0]
		queue = queue[1:]
		var headers [][2]string
		key := link.Method + " " + link.URI
		for _, h := range link.Headers {
			headers = append(headers, [2]string{h.Key, h.Value})
			key += " " + h.Value
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		answer := message{}
		if link.Method == "" || link.Method == "GET" {
			answer = d.get(t, "admin", "/v1"+link.URI, headers...)
		} else {
			answer = d.try(t, "admin", link.Method, "/v1"+link.URI)
		}
		if answer.status() != 200 {
			t.Errorf("%s answers %d: %s", key, answer.status(), answer.body)
			continue
		}
		queue = append(queue, linksIn(decode[any](t, answer))...)
	}
	if len(seen) < 100 {
		t.Errorf("followed %d links only", len(seen))
	}
}

// linksIn finds what has the shape of a link, however deep.
func linksIn(body any) []partnercenter.Link {
	var links []partnercenter.Link
	switch body := body.(type) {
	case []any:
		for _, one := range body {
			links = append(links, linksIn(one)...)
		}
	case map[string]any:
		if _, ok := body["uri"]; ok {
			text, _ := json.Marshal(body)
			var link partnercenter.Link
			if json.Unmarshal(text, &link) == nil {
				return append(links, link)
			}
		}
		for _, one := range body {
			links = append(links, linksIn(one)...)
		}
	}
	return links
}

func decode[T any](t *testing.T, answer message) T {
	t.Helper()
	var body T
	if err := json.Unmarshal(answer.body, &body); err != nil {
		t.Fatalf("%v in %q", err, answer.body)
	}
	return body
}
