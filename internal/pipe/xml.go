package pipe

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"provost/partnercenter"
)

const xmlInstance = "http://www.w3.org/2001/XMLSchema-instance"

// encodeXML writes a resource, a page of them or a refusal in the shape of
// .NET's DataContractSerializer (reference 6.2). When a type has no row in
// contracts it returns an error and has written nothing.
func encodeXML(w *bytes.Buffer, v any) error {
	value := reflect.Indirect(reflect.ValueOf(v))
	if !value.IsValid() {
		return errors.New("write XML: there is no value")
	}
	root, err := xmlPlan(value.Type())
	if err != nil {
		return fmt.Errorf("write %s as XML: %w", value.Type(), err)
	}
	if !value.CanAddr() {
		addressable := reflect.New(value.Type()).Elem()
		addressable.Set(value)
		value = addressable
	}
	x := &xmlWriter{Buffer: w, depth: 1, scope: append(make([]xmlPrefix, 0, 8), xmlPrefix{root.namespace, 1})}
	x.WriteByte('<')
	x.WriteString(root.name)
	x.WriteString(` xmlns="`)
	x.WriteString(root.namespace)
	x.WriteString(`" xmlns:i="` + xmlInstance + `">`)
	root.write(x, value)
	x.WriteString("</")
	x.WriteString(root.name)
	x.WriteByte('>')
	return nil
}

// xmlContent is what stands between the tags of an element of one type.
type xmlContent interface {
	// inside is the namespace of the elements there; "" when there is text.
	inside() string
	write(*xmlWriter, reflect.Value)
}

type xmlText func(*xmlWriter, reflect.Value)

func (xmlText) inside() string                               { return "" }
func (text xmlText) write(x *xmlWriter, value reflect.Value) { text(x, value) }

type xmlObject struct {
	qualified
	members []xmlMember
}

type xmlMember struct {
	qualified
	field   int
	content xmlContent
}

func (o *xmlObject) inside() string { return o.namespace }

func (o *xmlObject) write(x *xmlWriter, value reflect.Value) {
	for i := range o.members {
		m := &o.members[i]
		x.element(m.qualified, m.content, value.Field(m.field))
	}
}

type xmlList struct {
	item    qualified
	content xmlContent
}

func (l xmlList) inside() string { return l.item.namespace }

func (l xmlList) write(x *xmlWriter, value reflect.Value) {
	for i := range value.Len() {
		x.element(l.item, l.content, value.Index(i))
	}
}

// xmlDictionary is a list of keys and values, in the order of the keys.
type xmlDictionary struct{ xmlList }

func (d xmlDictionary) write(x *xmlWriter, value reflect.Value) {
	words := value.Interface().(map[string]string)
	pairs := make([]partnercenter.KeyValue, 0, len(words))
	for _, key := range slices.Sorted(maps.Keys(words)) {
		pairs = append(pairs, partnercenter.KeyValue{Key: key, Value: words[key]})
	}
	d.xmlList.write(x, reflect.ValueOf(pairs))
}

// xmlWriter knows which namespaces hold where it writes.
type xmlWriter struct {
	*bytes.Buffer
	depth int
	scope []xmlPrefix
}

// xmlPrefix is the namespace that an element declares: the root, at depth 1,
// as the default one, the others by the prefix d{depth}p1.
type xmlPrefix struct {
	namespace string
	depth     int
}

func (x *xmlWriter) element(name qualified, content xmlContent, value reflect.Value) {
	x.WriteByte('<')
	x.name(name)
	for value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if value.IsNil() {
			x.WriteString(` i:nil="true"/>`)
			return
		}
		if value.Len() == 0 {
			x.WriteString("/>")
			return
		}
	}
	outer := len(x.scope)
	x.depth++
	x.declare(content.inside())
	x.WriteByte('>')
	content.write(x, value)
	x.depth--
	x.scope = x.scope[:outer]
	x.WriteString("</")
	x.name(name)
	x.WriteByte('>')
}

func (x *xmlWriter) name(name qualified) {
	if depth := x.declaredAt(name.namespace); depth > 1 {
		x.prefix(depth)
		x.WriteByte(':')
	}
	x.WriteString(name.name)
}

func (x *xmlWriter) declare(namespace string) {
	if namespace == "" || x.declaredAt(namespace) > 0 {
		return
	}
	x.WriteString(" xmlns:")
	x.prefix(x.depth)
	x.WriteString(`="`)
	x.WriteString(namespace)
	x.WriteByte('"')
	x.scope = append(x.scope, xmlPrefix{namespace, x.depth})
}

// declaredAt returns the depth of the element that declares the namespace, 0
// when it is not in scope.
func (x *xmlWriter) declaredAt(namespace string) int {
	for _, declared := range slices.Backward(x.scope) {
		if declared.namespace == namespace {
			return declared.depth
		}
	}
	return 0
}

func (x *xmlWriter) prefix(depth int) {
	x.WriteByte('d')
	x.Write(strconv.AppendInt(x.AvailableBuffer(), int64(depth), 10))
	x.WriteString("p1")
}

// text writes characters so that the answer is well-formed whatever they are.
func (x *xmlWriter) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' {
			_ = xml.EscapeText(x.Buffer, []byte(s)) // a bytes.Buffer never fails
			return
		}
	}
	x.WriteString(s)
}

var xmlPlans sync.Map // of reflect.Type to *xmlObject

func xmlPlan(t reflect.Type) (*xmlObject, error) {
	if plan, ok := xmlPlans.Load(t); ok {
		return plan.(*xmlObject), nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no resource", t)
	}
	plan, err := make(xmlPlanner).object(t)
	if err != nil {
		return nil, err
	}
	xmlPlans.Store(t, plan)
	return plan, nil
}

// xmlPlanner holds the objects met on the way, since types contain themselves.
type xmlPlanner map[reflect.Type]*xmlObject

func (p xmlPlanner) object(t reflect.Type) (*xmlObject, error) {
	if known, ok := p[t]; ok {
		return known, nil
	}
	named, ok := contracts[t]
	if !ok {
		return nil, fmt.Errorf("%s has no contract", t)
	}
	object := &xmlObject{qualified: named}
	p[t] = object
	for i := range t.NumField() {
		name := clrMember(t.Field(i))
		if name == "" {
			continue
		}
		content, err := p.content(t.Field(i).Type)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", name, err)
		}
		if clrGUIDs[t] == name {
			content = xmlText(writeGUID)
		}
		object.members = append(object.members, xmlMember{qualified{name, named.namespace}, i, content})
	}
	slices.SortFunc(object.members, func(a, b xmlMember) int { return strings.Compare(a.rank(), b.rank()) })
	return object, nil
}

// rank puts the one member of the base class before the others.
func (m xmlMember) rank() string {
	if m.name == "Attributes" {
		return ""
	}
	return m.name
}

// clrMember returns the CLR name of a member: its JSON name in Pascal case, ""
// when it does not travel.
func clrMember(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" || name == "-" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (p xmlPlanner) content(t reflect.Type) (xmlContent, error) {
	switch {
	case t == reflect.TypeFor[partnercenter.Time]():
		return xmlText(writeTime), nil
	case t == reflect.TypeFor[map[string]string]():
		pairs, err := p.list(reflect.TypeFor[partnercenter.KeyValue]())
		return xmlDictionary{pairs}, err
	}
	switch t.Kind() {
	case reflect.Pointer:
		return p.content(t.Elem())
	case reflect.Slice:
		return p.list(t.Elem())
	case reflect.Struct:
		return p.object(t)
	case reflect.String:
		return stringContent(t), nil
	case reflect.Bool:
		return xmlText(writeBool), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return xmlText(writeInt), nil
	case reflect.Float64:
		return xmlText(writeFloat), nil
	}
	return nil, fmt.Errorf("%s has no XML form", t)
}

func (p xmlPlanner) list(item reflect.Type) (xmlList, error) {
	named, ok := contracts[item]
	if !ok {
		return xmlList{}, fmt.Errorf("%s has no contract", item)
	}
	content, err := p.content(item)
	return xmlList{named, content}, err
}

// stringContent writes the known words of an enumeration by their CLR names.
func stringContent(t reflect.Type) xmlText {
	enum, ok := reflect.Zero(t).Interface().(interface{ Words() []string })
	if !ok || clrStrings[t] {
		return func(x *xmlWriter, value reflect.Value) { x.text(value.String()) }
	}
	names := make(map[string]string)
	for _, word := range enum.Words() {
		names[word] = clrWord(word)
	}
	return func(x *xmlWriter, value reflect.Value) {
		word := value.String()
		x.text(cmp.Or(names[word], word))
	}
}

// clrWord turns one_time into OneTime.
func clrWord(word string) string {
	var name strings.Builder
	for part := range strings.SplitSeq(word, "_") {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}

func writeGUID(x *xmlWriter, value reflect.Value) {
	text := value.String()
	if IsGUID(text) {
		text = strings.ToLower(text)
	}
	x.text(text)
}

func writeTime(x *xmlWriter, value reflect.Value) {
	x.WriteString(value.Addr().Interface().(*partnercenter.Time).String())
}

func writeBool(x *xmlWriter, value reflect.Value) {
	x.Write(strconv.AppendBool(x.AvailableBuffer(), value.Bool()))
}

func writeInt(x *xmlWriter, value reflect.Value) {
	x.Write(strconv.AppendInt(x.AvailableBuffer(), value.Int(), 10))
}

// writeFloat writes without an exponent, which xs:decimal does not know.
func writeFloat(x *xmlWriter, value reflect.Value) {
	x.Write(strconv.AppendFloat(x.AvailableBuffer(), value.Float(), 'f', -1, 64))
}
