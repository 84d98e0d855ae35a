package pipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Decode reads the request's body, one JSON object, into a T. Names match in
// any case. Members that T has not are refused by our own rows, where a slip in
// a name must not pass for a default; the documents' calls ignore them.
func Decode[T any](r *Request) (T, error) {
	var into T
	names := members(reflect.TypeFor[T]())
	if err := r.object(names); err != nil {
		return into, err
	}
	decoder := json.NewDecoder(bytes.NewReader(r.content))
	if r.own {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(&into)
	return into, unreadable(err, names)
}

// DecodePatch reads a body that changes a resource: those of its members that
// can be changed, and which of them it names. What a PATCH cannot change it does
// not read, since clients send whole resources back.
func DecodePatch[T any](r *Request, names ...string) (commerce.Patch[T], error) {
	if err := r.object(names); err != nil {
		return commerce.Patch[T]{}, err
	}
	patch, err := commerce.ReadPatch[T](r.content, names...)
	return patch, unreadable(err, names)
}

// object refuses a body that is no JSON object, or names a member twice.
func (r *Request) object(names []string) error {
	if body := bytes.TrimSpace(r.content); len(body) == 0 || body[0] != '{' {
		return commerce.Refuse(partnercenter.ErrInput.About("body"),
			"the body is to be a JSON object with these members: %s", strings.Join(names, ", "))
	}
	return once(r.content)
}

// unreadable says what a body has that cannot be read.
func unreadable(err error, names []string) error {
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistyped):
		return commerce.Refuse(partnercenter.ErrInput.About("body", mistyped.Field),
			"the member %s cannot be a JSON %s", mistyped.Field, mistyped.Value)
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return commerce.Refuse(partnercenter.ErrInput.About("body", strings.Trim(name, `"`)),
			"the body has a member %s, and there are: %s", name, strings.Join(names, ", "))
	}
	return commerce.Refuse(partnercenter.ErrInput.About("body"), "the body cannot be read: %v", err)
}

// once refuses an object that names a member twice, in whatever case: readers
// disagree about which of the two counts.
func once(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var open []map[string]bool // nil for an array
	name := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil // the end: that it is JSON was checked before
		}
		delimiter, _ := token.(json.Delim)
		switch {
		case delimiter == '}' || delimiter == ']':
			open = open[:len(open)-1]
		case name:
			text := fmt.Sprint(token)
			seen := open[len(open)-1]
			if seen[strings.ToLower(text)] {
				return commerce.Refuse(partnercenter.ErrInput.About("body", text), "the body names the member %q twice", text)
			}
			seen[strings.ToLower(text)] = true
			name = false
			continue
		case delimiter == '{':
			open = append(open, map[string]bool{})
		case delimiter == '[':
			open = append(open, nil)
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}

// members are the names that a body may have, in the order of the type.
func members(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// Only refuses parameters other than these: on our own rows a slip in a name
// must not widen what is asked for.
func (q Query) Only(names ...string) error {
	known := map[string]bool{}
	for _, name := range names {
		known[strings.ToLower(name)] = true
	}
	for name := range q {
		if !known[name] {
			there := "none"
			if len(names) > 0 {
				there = strings.Join(names, ", ")
			}
			return commerce.Refuse(partnercenter.ErrInput.About(name), "there is no parameter %q here; there are: %s", name, there)
		}
	}
	return nil
}
