package partnercenter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// keeper is a resource that can be written back: it keeps how it was read, so
// that members which this package does not know survive.
type keeper interface {
	raw() *json.RawMessage
	is() ResourceAttributes
}

func (s *Subscription) raw() *json.RawMessage           { return &s.Raw }
func (o *Order) raw() *json.RawMessage                  { return &o.Raw }
func (c *Cart) raw() *json.RawMessage                   { return &c.Raw }
func (c *Customer) raw() *json.RawMessage               { return &c.Raw }
func (p *CustomerBillingProfile) raw() *json.RawMessage { return &p.Raw }

func (s *Subscription) is() ResourceAttributes           { return s.Attributes }
func (o *Order) is() ResourceAttributes                  { return o.Attributes }
func (c *Cart) is() ResourceAttributes                   { return c.Attributes }
func (c *Customer) is() ResourceAttributes               { return c.Attributes }
func (p *CustomerBillingProfile) is() ResourceAttributes { return p.Attributes }

// whole is the JSON of a resource to be written: how it was read, with what has
// been changed since.
func whole[T any](resource *T) ([]byte, error) {
	now, err := json.Marshal(resource)
	if err != nil {
		return nil, fmt.Errorf("write the body: %w", err)
	}
	kept, ok := any(resource).(keeper)
	var read T
	if !ok || len(*kept.raw()) == 0 || json.Unmarshal(*kept.raw(), &read) != nil {
		return said(now, reflect.ValueOf(resource)), nil
	}
	then, err := json.Marshal(&read)
	if err != nil {
		return nil, fmt.Errorf("write the body: %w", err)
	}
	return changed(*kept.raw(), then, now), nil
}

// said leaves out what somebody who made a resource by hand did not say: texts,
// dates and lists that are always there when the service answers. Numbers and
// truth values stay, since 0 and false are often meant.
func said(body []byte, v reflect.Value) []byte {
	v = reflect.Indirect(v)
	switch v.Kind() {
	case reflect.Struct:
		object := readObject(body)
		if object == nil {
			return body
		}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			at := object.find(name)
			if at < 0 || name == "-" {
				continue
			}
			field := v.Field(i)
			object[at].value = said(object[at].value, field)
			switch kind := field.Kind(); {
			case kind == reflect.String && field.Len() == 0, kind == reflect.Slice && field.IsNil(),
				kind == reflect.Struct && (field.IsZero() || string(object[at].value) == "{}"):
				object = slices.Delete(object, at, at+1)
			}
		}
		return object.write()
	case reflect.Slice:
		list := readList(body)
		if len(list) != v.Len() {
			return body
		}
		for i := range list {
			list[i] = said(list[i], v.Index(i))
		}
		return writeList(list)
	}
	return body
}

// changed gives the raw value with what differs between then and now, which are
// how this package writes what it read and what is there after the change.
func changed(raw, then, now []byte) []byte {
	if bytes.Equal(then, now) {
		return raw
	}
	if before, after := readObject(then), readObject(now); before != nil && after != nil {
		if members := readObject(raw); members != nil {
			return members.changed(before, after)
		}
	}
	if before, after, list := readList(then), readList(now), readList(raw); before != nil && after != nil && len(list) == len(before) {
		return changedList(list, before, after)
	}
	return now
}

type jsonMember struct {
	name  string
	value json.RawMessage
}

// jsonObject keeps the order of its members; nil is what is no object.
type jsonObject []jsonMember

func readObject(body []byte) jsonObject {
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '{' {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	_, _ = decoder.Token()
	object := jsonObject{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil
		}
		object = append(object, jsonMember{fmt.Sprint(name), value})
	}
	return object
}

func (o jsonObject) find(name string) int {
	if i := slices.IndexFunc(o, func(m jsonMember) bool { return m.name == name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(o, func(m jsonMember) bool { return strings.EqualFold(m.name, name) })
}

func (o jsonObject) changed(before, after jsonObject) []byte {
	o = slices.Clone(o)
	for _, m := range after {
		was, is := before.find(m.name), o.find(m.name)
		switch {
		case was >= 0 && bytes.Equal(before[was].value, m.value):
		case is < 0:
			o = append(o, m)
		case was < 0:
			o[is].value = m.value
		default:
			o[is].value = changed(o[is].value, before[was].value, m.value)
		}
	}
	o = slices.DeleteFunc(o, func(m jsonMember) bool { return before.find(m.name) >= 0 && after.find(m.name) < 0 })
	return o.write()
}

func (o jsonObject) write() []byte {
	var w bytes.Buffer
	w.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			w.WriteByte(',')
		}
		name, _ := json.Marshal(m.name)
		w.Write(name)
		w.WriteByte(':')
		w.Write(m.value)
	}
	w.WriteByte('}')
	return w.Bytes()
}

func readList(body []byte) []json.RawMessage {
	var list []json.RawMessage
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '[' || json.Unmarshal(body, &list) != nil {
		return nil
	}
	return list
}

// changedList keeps the items that are there as they were, and finds those that
// have changed by what names them, or else by where they stand.
func changedList(raw, before, after []json.RawMessage) []byte {
	was := pairs(before, after)
	items := make([]json.RawMessage, len(after))
	for i, now := range after {
		if items[i] = now; was[i] >= 0 {
			items[i] = changed(raw[was[i]], before[was[i]], now)
		}
	}
	return writeList(items)
}

// pairs says which item of before each one of after was; -1 for a new one.
func pairs(before, after []json.RawMessage) []int {
	was, taken := slices.Repeat([]int{-1}, len(after)), make([]bool, len(before))
	for _, are := range []func(i, j int) bool{
		func(i, j int) bool { return i == j && bytes.Equal(before[i], after[j]) },
		func(i, j int) bool { return bytes.Equal(before[i], after[j]) },
		func(i, j int) bool { return nameOf(after[j]) != "" && nameOf(before[i]) == nameOf(after[j]) },
		func(i, j int) bool {
			return i == j && len(before) == len(after) && nameOf(before[i])+nameOf(after[j]) == ""
		},
	} {
		for j := range after {
			for i := 0; i < len(before) && was[j] < 0; i++ {
				if !taken[i] && are(i, j) {
					was[j], taken[i] = i, true
				}
			}
		}
	}
	return was
}

func writeList(items []json.RawMessage) []byte {
	return slices.Concat([]byte("["), bytes.Join(plain(items), []byte(",")), []byte("]"))
}

func plain(items []json.RawMessage) [][]byte {
	all := make([][]byte, len(items))
	for i, item := range items {
		all[i] = item
	}
	return all
}

// nameOf is what tells an item from the others of its list; "" when nothing does.
func nameOf(item []byte) string {
	object := readObject(item)
	for _, name := range []string{"id", "lineItemNumber", "key"} {
		if i := object.find(name); i >= 0 {
			return name + " " + string(object[i].value)
		}
	}
	return ""
}

// ifMatch lets a write happen only while the resource is what was read.
func ifMatch(a ResourceAttributes) http.Header {
	if a.ETag == nil || *a.ETag == "" {
		return nil
	}
	return http.Header{"If-Match": {`"` + strings.Trim(*a.ETag, `"`) + `"`}}
}

// mostUpdates is how often an update reads again; somebody who loses that often
// writes against a machine.
const mostUpdates = 10

// update reads, changes and writes until nobody has written in between.
func update[T any](ctx context.Context, pauses Retry, get func(context.Context) (*T, error), put func(context.Context, *T) (*T, error), change func(*T) error) (*T, error) {
	for try := 1; ; try++ {
		resource, err := get(ctx)
		if err != nil {
			return nil, err
		}
		if err := change(resource); err != nil {
			return nil, err
		}
		written, err := put(again(ctx, try), resource)
		if !isStale(err) || try == mostUpdates {
			return written, err
		}
		if !sleep(ctx, pauses.backoff(min(try, 4))) {
			return nil, fmt.Errorf("%w, when it was to be read again after: %w", context.Cause(ctx), err)
		}
	}
}

// again is the context of a further try: a write of something else, and therefore
// with another request id. It is made of the one that the caller has given, so
// that the same update by another process comes by the same ids.
func again(ctx context.Context, try int) context.Context {
	given, ok := ctx.Value(contextKey("request")).(string)
	if !ok || given == "" || try == 1 {
		return ctx
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", given, try))
	return WithRequestID(ctx, guid([16]byte(sum[:])))
}

func isStale(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && (errors.Is(err, ErrStale) || refused.StatusCode == http.StatusPreconditionFailed)
}
