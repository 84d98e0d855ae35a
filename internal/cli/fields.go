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

// beside says which members there are where one was looked for.
func (s *sheet) beside(field string) string {
	for above := field; strings.Contains(above, "."); {
		above = above[:strings.LastIndex(above, ".")]
		var inside []string
		for _, f := range s.fields {
			if len(f) > len(above) && strings.EqualFold(f[:len(above)+1], above+".") && !strings.Contains(f[len(above)+1:], ".") {
				inside = append(inside, f)
			}
		}
		if len(inside) > 0 {
			return "in " + above + " there are: " + strings.Join(inside, ", ")
		}
	}
	return "there are: " + strings.Join(s.outermost(), ", ") + "; theirs are written as " + s.inner()
}

// inner is an example of a member's member.
func (s *sheet) inner() string {
	for _, f := range s.fields {
		if strings.Contains(f, ".") {
			return f
		}
	}
	return "member.member"
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
