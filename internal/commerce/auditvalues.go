package commerce

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"provost/partnercenter"
)

// auditText is a resource as audit records hold it: JSON text with the names in
// PascalCase and what is missing as null (reference 7.9).
func auditText(resource any) (string, error) {
	var text bytes.Buffer
	if err := writeAuditValue(&text, reflect.ValueOf(resource)); err != nil {
		return "", fmt.Errorf("write %T for an audit record: %w", resource, err)
	}
	return text.String(), nil
}

func writeAuditValue(text *bytes.Buffer, value reflect.Value) error {
	if !value.IsValid() {
		text.WriteString("null")
		return nil
	}
	if _, own := value.Interface().(json.Marshaler); own && value.Kind() != reflect.Pointer {
		return writeAuditLeaf(text, value)
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return writeAuditValue(text, value.Elem())
	case reflect.Struct:
		return writeAuditMembers(text, value)
	case reflect.Slice:
		if value.IsNil() {
			text.WriteString("null")
			return nil
		}
		return writeAuditList(text, "[]", value.Len(), func(i int) error { return writeAuditValue(text, value.Index(i)) })
	case reflect.Map:
		if value.IsNil() {
			text.WriteString("null")
			return nil
		}
		return writeAuditMap(text, value)
	default:
		return writeAuditLeaf(text, value)
	}
}

func writeAuditMembers(text *bytes.Buffer, value reflect.Value) error {
	members := auditMembersOf(value.Type())
	return writeAuditList(text, "{}", len(members), func(i int) error {
		text.WriteString(members[i].name)
		member := value.Field(members[i].field)
		if members[i].word {
			return writeAuditWord(text, member)
		}
		return writeAuditValue(text, member)
	})
}

// auditMember is a member of a type: its name as it is written, and its field,
// which is a text or a pointer to one where it is a word.
type auditMember struct {
	name  string
	field int
	word  bool
}

// isWord says whether values of a type are texts that JSON has as they are.
func isWord(of reflect.Type) bool {
	for _, own := range []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if of.Implements(own) || reflect.PointerTo(of).Implements(own) {
			return false
		}
	}
	return of.Kind() == reflect.String
}

// writeAuditWord writes what most members are, without an encoder: a text of signs
// that JSON has as they are. Others go the usual way.
func writeAuditWord(text *bytes.Buffer, value reflect.Value) error {
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			text.WriteString("null")
			return nil
		}
		value = value.Elem()
	}
	word := value.String()
	for i := range len(word) {
		if c := word[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return writeAuditLeaf(text, value)
		}
	}
	text.WriteByte('"')
	text.WriteString(word)
	text.WriteByte('"')
	return nil
}

// auditMembers are those of the types that were seen: they are few.
var auditMembers sync.Map

func auditMembersOf(of reflect.Type) []auditMember {
	if known, ok := auditMembers.Load(of); ok {
		return known.([]auditMember)
	}
	var members []auditMember
	for i, field := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		of := field.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		members = append(members, auditMember{fmt.Sprintf("%q:", strings.ToUpper(name[:1])+name[1:]), i, isWord(of)})
	}
	auditMembers.Store(of, members)
	return members
}

// writeAuditMap keeps the keys as they are: they are words, not names.
func writeAuditMap(text *bytes.Buffer, value reflect.Value) error {
	members := map[string]reflect.Value{}
	for _, key := range value.MapKeys() {
		members[key.String()] = value.MapIndex(key)
	}
	keys := slices.Sorted(maps.Keys(members))
	return writeAuditList(text, "{}", len(keys), func(i int) error {
		if err := writeAuditLeaf(text, reflect.ValueOf(keys[i])); err != nil {
			return err
		}
		text.WriteByte(':')
		return writeAuditValue(text, members[keys[i]])
	})
}

func writeAuditList(text *bytes.Buffer, brackets string, length int, write func(i int) error) error {
	text.WriteByte(brackets[0])
	for i := range length {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := write(i); err != nil {
			return err
		}
	}
	text.WriteByte(brackets[1])
	return nil
}

func writeAuditLeaf(text *bytes.Buffer, value reflect.Value) error {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value.Interface()); err != nil {
		return err
	}
	text.Truncate(text.Len() - len("\n"))
	return nil
}

// auditData is what an operation adds to the resource; what is not there is
// null.
func auditData(pairs []partnercenter.KeyValue) []partnercenter.AuditValue {
	var data []partnercenter.AuditValue
	for _, pair := range pairs {
		value := partnercenter.AuditValue{Key: pair.Key}
		if pair.Value != "" {
			value.Value = &pair.Value
		}
		data = append(data, value)
	}
	return data
}
