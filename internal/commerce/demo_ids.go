package commerce

import (
	"crypto/sha1"
	"encoding/hex"
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// demoIDs are ids of one demo world's own, so that any number of worlds can
// hold the shop without sharing a customer.
type demoIDs struct {
	seed  uuid.UUID
	known map[string]bool
}

// renew gives all that has an id in the rows a new one, wherever it is named.
// What is sold keeps its ids: they are the catalogue's, not the shop's.
func (r *demoRows) renew(seed uuid.UUID) demoIDs {
	ids := demoIDs{seed, map[string]bool{}}
	for _, p := range r.partners {
		ids.known[p.ID] = true
	}
	for _, a := range r.accounts {
		ids.known[a.ID] = true
	}
	for _, c := range r.customers {
		ids.known[c.Resource.ID] = true
	}
	for _, o := range r.orders {
		ids.known[o.Resource.ID] = true
	}
	for _, s := range r.subscriptions {
		ids.known[s.Resource.ID] = true
	}
	for _, rows := range []any{
		r.partners, r.accounts, r.agentGrants, r.directoryGrants, r.customers, r.relationships, r.orders, r.subscriptions, r.changes,
	} {
		ids.walk(reflect.ValueOf(rows))
	}
	for i, due := range r.due {
		subject := strings.Split(due.Subject, "/") // a change's id, or a customer's and a subscription's
		for n, id := range subject {
			subject[n] = ids.of(id)
		}
		r.due[i].Subject = strings.Join(subject, "/")
	}
	return ids
}

// of is the new id of what had this one.
func (ids demoIDs) of(id string) string {
	sum := sha1.Sum(append(ids.seed[:], strings.ToLower(id)...))
	if _, err := uuid.Parse(id); err != nil {
		return hex.EncodeToString(sum[:6]) // an order's id
	}
	var renewed uuid.UUID
	copy(renewed[:], sum[:])
	// Version 4 tells the new ids from the ones that demoID made.
	renewed[6], renewed[8] = renewed[6]&0x0f|0x40, renewed[8]&0x3f|0x80
	if id == strings.ToUpper(id) && id != strings.ToLower(id) {
		return strings.ToUpper(renewed.String())
	}
	return renewed.String()
}

// text renews a text that is an id.
func (ids demoIDs) text(text string) string {
	if ids.known[text] {
		return ids.of(text)
	}
	if len(text) == 36 {
		if id, err := uuid.Parse(text); err == nil && id.Version() == 5 {
			return ids.of(text)
		}
	}
	return text
}

// walk renews the texts of a value, in place. One that is reached twice is
// renewed once: a new id is not known, and none of demoID's.
func (ids demoIDs) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			ids.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			ids.walk(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				ids.walk(v.Field(i))
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := v.MapIndex(key)
			if value.Kind() != reflect.String {
				continue
			}
			if text := ids.text(value.String()); text != value.String() {
				v.SetMapIndex(key, reflect.ValueOf(text).Convert(value.Type()))
			}
		}
	case reflect.String:
		// What needs no new id is left alone: worlds share it.
		if text := ids.text(v.String()); text != v.String() {
			v.SetString(text)
		}
	}
}
