package restapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"go.yaml.in/yaml/v3"

	"provost/api"
)

// Contract serves the OpenAPI document: /openapi.json for programs, /docs for
// people, without any asset from elsewhere.
func Contract() http.Handler {
	documentJSON := sync.OnceValues(contractJSON)
	documentHTML := sync.OnceValues(contractHTML)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.json", servePage("application/json; charset=utf-8", documentJSON))
	mux.HandleFunc("GET /docs", servePage("text/html; charset=utf-8", documentHTML))
	mux.HandleFunc("GET /{$}", servePage("text/html; charset=utf-8", documentHTML))
	return mux
}

func servePage(mediaType string, page func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		body, err := page()
		if err != nil {
			panic(err) // the document is part of the binary: a test renders it
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body) // a reader who is gone needs no error
	}
}

func contractJSON() ([]byte, error) {
	var document any
	if err := yaml.Unmarshal(api.OpenAPI, &document); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return json.Marshal(document)
}

//go:embed docs.html
var docsPage string

func contractHTML() ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(api.OpenAPI, &root); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	document := node{root.Content[0], root.Content[0]}
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table))
	page, err := template.New("docs").Funcs(template.FuncMap{
		"markdown": func(text string) (template.HTML, error) {
			var html bytes.Buffer
			err := markdown.Convert([]byte(text), &html)
			return template.HTML(html.String()), err //nolint:gosec // our own document
		},
		"upper":   strings.ToUpper,
		"example": example,
	}).Parse(docsPage)
	if err != nil {
		return nil, fmt.Errorf("parse docs.html: %w", err)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, document); err != nil {
		return nil, fmt.Errorf("render docs.html: %w", err)
	}
	return html.Bytes(), nil
}

// node is a place in the OpenAPI document; references and aliases are followed
// on the way, and members keep the document's order.
type node struct{ root, at *yaml.Node }

// member is a name and what stands under it.
type member struct {
	Name string
	Node node
}

// Get follows names; a missing one ends at nothing. What stands beside a $ref
// comes before what it points to.
func (n node) Get(names ...string) node {
	for _, name := range names {
		own := n.alias().member(name)
		if own.at == nil {
			own = n.resolve().member(name)
		}
		n = own
	}
	return n.resolve()
}

func (n node) member(name string) node {
	for _, m := range n.Members() {
		if m.Name == name {
			return m.Node
		}
	}
	return node{n.root, nil}
}

func (n node) alias() node {
	for n.at != nil && n.at.Kind == yaml.AliasNode {
		n.at = n.at.Alias
	}
	return n
}

// resolve follows an alias, then a $ref.
func (n node) resolve() node {
	n = n.alias()
	if ref := n.Ref(); ref != "" {
		return node{n.root, n.root}.Get(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return n
}

// Ref is what a $ref points to; empty where there is none.
func (n node) Ref() string {
	return n.member("$ref").Text()
}

// Is says whether there is anything.
func (n node) Is() bool { return n.at != nil }

// Text is a scalar's text; a list's are joined.
func (n node) Text() string {
	if n.at == nil {
		return ""
	}
	if n.at.Kind == yaml.SequenceNode {
		var all []string
		for _, one := range n.Items() {
			all = append(all, one.Text())
		}
		return strings.Join(all, ", ")
	}
	return n.at.Value
}

// Members are a mapping's, in their order.
func (n node) Members() []member {
	if n.at == nil || n.at.Kind != yaml.MappingNode {
		return nil
	}
	members := make([]member, 0, len(n.at.Content)/2)
	for i := 0; i+1 < len(n.at.Content); i += 2 {
		members = append(members, member{n.at.Content[i].Value, node{n.root, n.at.Content[i+1]}})
	}
	return members
}

// Items are a list's.
func (n node) Items() []node {
	if n.at == nil || n.at.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]node, len(n.at.Content))
	for i, one := range n.at.Content {
		items[i] = node{n.root, one}
	}
	return items
}

// Schema is the name of the schema that stands here or in the list that stands
// here; empty where there is none.
func (n node) Schema() string {
	n = n.alias()
	if items := n.member("items"); items.Is() {
		return items.Schema()
	}
	ref := n.Ref()
	return ref[strings.LastIndex(ref, "/")+1:]
}

// Type is how a schema reads in one phrase: a type, a list of it, or the name
// of a schema.
func (n node) Type() string {
	n = n.alias()
	if ref := n.Ref(); ref != "" {
		return ref[strings.LastIndex(ref, "/")+1:]
	}
	if items := n.member("items"); items.Is() {
		return "list of " + items.Type()
	}
	return n.Get("type").Text()
}

// example is the first example of an operation's success, as JSON in its own
// order.
func example(operation node) string {
	media := operation.Get("responses", "200", "content", "application/json")
	value := media.Get("example")
	if named := media.Get("examples").Members(); !value.Is() && len(named) > 0 {
		value = named[0].Node.Get("value")
	}
	if !value.Is() {
		return ""
	}
	var compact, indented bytes.Buffer
	value.writeJSON(&compact)
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		return compact.String()
	}
	return indented.String()
}

func (n node) writeJSON(w *bytes.Buffer) {
	n = n.alias()
	switch {
	case n.at == nil:
		w.WriteString("null")
	case n.at.Kind == yaml.MappingNode:
		w.WriteByte('{')
		for i, m := range n.Members() {
			if i > 0 {
				w.WriteByte(',')
			}
			name, _ := json.Marshal(m.Name) // a string always encodes
			w.Write(name)
			w.WriteByte(':')
			m.Node.writeJSON(w)
		}
		w.WriteByte('}')
	case n.at.Kind == yaml.SequenceNode:
		w.WriteByte('[')
		for i, item := range n.Items() {
			if i > 0 {
				w.WriteByte(',')
			}
			item.writeJSON(w)
		}
		w.WriteByte(']')
	default:
		var scalar any
		if n.at.Tag == "!!timestamp" || n.at.Decode(&scalar) != nil {
			scalar = n.at.Value
		}
		text, _ := json.Marshal(scalar) // a scalar always encodes
		w.Write(text)
	}
}
