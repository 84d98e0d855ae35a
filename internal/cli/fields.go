package cli

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"provost/partnercenter"
)

// fieldsOf are the paths of all members of a type, as they travel.
func fieldsOf(t reflect.Type) []string {
	var all []string
	walkFields(t, "", nil, func(path string, _ reflect.Type) { all = append(all, path) })
	return all
}

// outermost are the members of the resource itself.
func (s *sheet) outermost() []string {
	return slices.DeleteFunc(slices.Clone(s.fields), func(f string) bool { return strings.Contains(f, ".") })
}

func walkFields(t reflect.Type, above string, inside []reflect.Type, see func(string, reflect.Type)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[partnercenter.Time]() || slices.Contains(inside, t) {
		return
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		see(above+name, field.Type)
		walkFields(field.Type, above+name+".", append(slices.Clone(inside), t), see)
	}
}

// valueOf reads what is written for a member: text where it is text, else JSON.
func valueOf(t reflect.Type, path, text string) document {
	plain := slices.DeleteFunc(strings.Split(path, "."), func(name string) bool { _, err := strconv.Atoi(name); return err == nil })
	isText := false
	walkFields(t, "", nil, func(known string, kind reflect.Type) {
		for kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if strings.EqualFold(known, strings.Join(plain, ".")) {
			isText = kind.Kind() == reflect.String
		}
	})
	if isText && text != "null" || !json.Valid([]byte(text)) {
		return textOf(text)
	}
	d, err := readDocument([]byte(text))
	if err != nil {
		return textOf(text)
	}
	return d
}
