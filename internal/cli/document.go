package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a JSON value that keeps the order of its members: what the service
// said, as it said it.
type document struct {
	// One of these: members of an object, items of a list, or the text of
	// anything else.
	members []docMember
	items   []document
	text    json.RawMessage
	kind    byte // '{', '[', or 0
}

type docMember struct {
	name  string
	value document
}

func readDocument(body []byte) (document, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	d, err := decodeDocument(decoder)
	if err != nil {
		return document{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return document{}, errors.New("something follows the value")
	}
	return d, nil
}

func decodeDocument(decoder *json.Decoder) (document, error) {
	token, err := decoder.Token()
	if err != nil {
		return document{}, err
	}
	d := document{}
	switch token {
	case json.Delim('{'):
		d.kind = '{'
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return d, err
			}
			value, err := decodeDocument(decoder)
			if err != nil {
				return d, err
			}
			d.members = append(d.members, docMember{fmt.Sprint(name), value})
		}
	case json.Delim('['):
		d.kind = '['
		for decoder.More() {
			item, err := decodeDocument(decoder)
			if err != nil {
				return d, err
			}
			d.items = append(d.items, item)
		}
	default:
		d.text, err = plainJSON(token)
		return d, err
	}
	_, err = decoder.Token() // the end of it
	return d, err
}

// plainJSON writes without escaping what only a browser minds.
func plainJSON(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return escaped(bytes.TrimSpace(text.Bytes())), err
}

// documentOf is a value of the SDK's as JSON.
func documentOf(value any) (document, error) {
	text, err := plainJSON(value)
	if err != nil {
		return document{}, err
	}
	return readDocument(text)
}

func objectOf(members ...docMember) document { return document{kind: '{', members: members} }

func listOf(items []document) document { return document{kind: '[', items: items} }

func textOf(text string) document {
	written, _ := plainJSON(text) // a text can always be written
	return document{text: written}
}

// MarshalJSON writes the members in their order.
func (d document) MarshalJSON() ([]byte, error) {
	var w bytes.Buffer
	d.write(&w)
	return w.Bytes(), nil
}

func (d document) write(w *bytes.Buffer) {
	switch d.kind {
	case '{':
		w.WriteByte('{')
		for i, m := range d.members {
			if i > 0 {
				w.WriteByte(',')
			}
			w.Write(textOf(m.name).text)
			w.WriteByte(':')
			m.value.write(w)
		}
		w.WriteByte('}')
	case '[':
		w.WriteByte('[')
		for i, item := range d.items {
			if i > 0 {
				w.WriteByte(',')
			}
			item.write(w)
		}
		w.WriteByte(']')
	default:
		w.Write(d.text)
	}
}

// indented is the document as JSON for people and programs.
func (d document) indented() []byte {
	var compact, w bytes.Buffer
	d.write(&compact)
	_ = json.Indent(&w, compact.Bytes(), "", "  ") // it was read as JSON, or made as such
	w.WriteByte('\n')
	return w.Bytes()
}

// yaml is the document as YAML, in the same order.
func (d document) yaml() ([]byte, error) {
	var node yaml.Node
	var compact bytes.Buffer
	d.write(&compact)
	if err := yaml.Unmarshal(compact.Bytes(), &node); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	var plain func(*yaml.Node)
	plain = func(n *yaml.Node) {
		n.Style = 0
		for _, child := range n.Content {
			plain(child)
		}
	}
	plain(&node)
	var w bytes.Buffer
	encoder := yaml.NewEncoder(&w)
	encoder.SetIndent(2)
	err := encoder.Encode(&node)
	return w.Bytes(), err
}

func (d document) find(name string) int {
	return slices.IndexFunc(d.members, func(m docMember) bool { return strings.EqualFold(m.name, name) })
}

// at is what a path of names leads to: through a list, to one value for each of
// its items.
func (d document) at(path []string) (document, bool) {
	if len(path) == 0 {
		return d, true
	}
	if d.kind == '[' {
		var found []document
		for _, item := range d.items {
			if value, ok := item.at(path); ok {
				found = append(found, value)
			}
		}
		return listOf(found), len(found) > 0
	}
	i := d.find(path[0])
	if i < 0 {
		return document{}, false
	}
	return d.members[i].value.at(path[1:])
}

// only is the document with nothing but what the paths lead to.
func (d document) only(paths [][]string) document {
	switch d.kind {
	case '[':
		items := make([]document, len(d.items))
		for i, item := range d.items {
			items[i] = item.only(paths)
		}
		return listOf(items)
	case '{':
		kept := document{kind: '{'}
		for _, path := range paths {
			i := d.find(path[0])
			if i < 0 || kept.find(path[0]) >= 0 {
				continue
			}
			m := d.members[i]
			var below [][]string
			for _, other := range paths {
				if strings.EqualFold(other[0], path[0]) && len(other) > 1 {
					below = append(below, other[1:])
				}
			}
			if len(path) > 1 {
				m.value = m.value.only(below)
			}
			kept.members = append(kept.members, m)
		}
		return kept
	}
	return d
}

// cell is the document as a table shows it.
func (d document) cell() string {
	switch d.kind {
	case '[':
		cells := make([]string, len(d.items))
		for i, item := range d.items {
			cells[i] = item.cell()
		}
		return strings.Join(cells, ", ")
	case '{':
		var w bytes.Buffer
		d.write(&w)
		return w.String()
	}
	var text *string
	if json.Unmarshal(d.text, &text) == nil {
		if text == nil {
			return ""
		}
		return *text
	}
	return string(d.text)
}

// set puts a value where a path leads: a name, or the number of a list's item.
func (d *document) set(path []string, value document) error {
	if len(path) == 0 {
		*d = value
		return nil
	}
	if d.kind == '[' {
		i := 0
		if _, err := fmt.Sscanf(path[0], "%d", &i); err != nil || i < 0 || i > len(d.items) {
			return fmt.Errorf("%q is no item of a list of %d: they count from 0", path[0], len(d.items))
		}
		if i == len(d.items) {
			d.items = append(d.items, document{text: json.RawMessage("null")})
		}
		return d.items[i].set(path[1:], value)
	}
	if d.kind == 0 && len(d.text) > 0 && string(d.text) != "null" {
		return fmt.Errorf("%s has no members", d.text)
	}
	if d.kind == 0 && path[0] == "0" {
		*d = document{kind: '['}
		return d.set(path, value)
	}
	d.kind, d.text = '{', nil
	i := d.find(path[0])
	if i < 0 {
		i = len(d.members)
		d.members = append(d.members, docMember{path[0], document{text: json.RawMessage("null")}})
	}
	return d.members[i].value.set(path[1:], value)
}

// merge puts another object's members into this one (RFC 7396, but that null is a
// value like any other).
func (d *document) merge(other document) {
	if d.kind != '{' || other.kind != '{' {
		*d = other
		return
	}
	for _, m := range other.members {
		i := d.find(m.name)
		if i < 0 {
			d.members = append(d.members, m)
			continue
		}
		d.members[i].value.merge(m.value)
	}
}
