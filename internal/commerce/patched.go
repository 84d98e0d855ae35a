package commerce

import (
	"encoding/json"
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
	read := map[string]json.RawMessage{}
	for name, value := range all {
		for _, member := range members {
			if strings.EqualFold(name, member) && string(value) != "null" {
				read[member] = value
				p.named[strings.ToLower(member)] = true
			}
		}
	}
	kept, err := json.Marshal(read)
	if err != nil {
		return p, fmt.Errorf("read a patch: %w", err)
	}
	return p, json.Unmarshal(kept, &p.To)
}

// Names says whether the body names the member.
func (p Patch[T]) Names(member string) bool { return p.named[strings.ToLower(member)] }
