package commerce

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Patch is a body that changes a resource: the resource as far as the body
// tells of it, and which members it names. A member that is null is absent.
type Patch[T any] struct {
	To    T
	named map[string]bool // lower-case names
}

// ReadPatch reads those of a body's members that can be changed, whatever their
// case. The rest is not looked at: clients send back what they were given, in
// forms of their own.
func ReadPatch[T any](body []byte, members ...string) (Patch[T], error) {
	p := Patch[T]{named: map[string]bool{}}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return p, fmt.Errorf("read a patch: %w", err)
	}
	for _, member := range members {
		for name, value := range all {
			if !strings.EqualFold(name, member) || string(value) == "null" {
				continue
			}
			p.named[strings.ToLower(member)] = true
			one, err := json.Marshal(map[string]json.RawMessage{member: value})
			if err != nil {
				return p, fmt.Errorf("read a patch: %w", err)
			}
			if err := json.Unmarshal(one, &p.To); err != nil {
				return p, mistyped(member, err)
			}
		}
	}
	return p, nil
}

// mistyped names the member in which a value is of another type than it can be;
// types that read themselves do not know it.
func mistyped(member string, err error) error {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field == "" {
		mistyped.Field = member
	}
	return err
}

// Names says whether the body names the member.
func (p Patch[T]) Names(member string) bool { return p.named[strings.ToLower(member)] }
