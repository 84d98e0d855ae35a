package storetest_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"provost/internal/storetest"
	"provost/partnercenter"
)

// TestTheGeneratorsDrawEveryMemberAndEveryWord looks at many draws: each member
// was there and was absent where it can be, each enumeration said each word.
func TestTheGeneratorsDrawEveryMemberAndEveryWord(t *testing.T) {
	seen, wanted := map[string]bool{}, map[string]bool{}
	want(reflect.TypeFor[partnercenter.Subscription](), "Subscription", wanted, 0)
	want(reflect.TypeFor[partnercenter.Order](), "Order", wanted, 0)
	want(reflect.TypeFor[partnercenter.Customer](), "Customer", wanted, 0)
	for seed := range 2000 {
		see(reflect.ValueOf(storetest.Subscription().Example(seed)), "Subscription", seen)
		see(reflect.ValueOf(storetest.Order().Example(seed)), "Order", seen)
		see(reflect.ValueOf(storetest.Customer().Example(seed)), "Customer", seen)
		see(reflect.ValueOf(storetest.Cart().Example(seed)), "Cart", seen)
	}
	for _, path := range slices.Sorted(maps.Keys(wanted)) {
		if !seen[path] {
			t.Errorf("%s was never drawn", path)
		}
	}
	if len(wanted) < 400 {
		t.Errorf("only %d things were looked for", len(wanted))
	}
}

func want(typ reflect.Type, path string, wanted map[string]bool, depth int) {
	if depth > 8 {
		return
	}
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		wanted[path+" absent"], wanted[path+" there"] = true, true
		want(typ.Elem(), path, wanted, depth+1)
	case reflect.Struct:
		if typ == reflect.TypeFor[partnercenter.Time]() {
			return
		}
		for i := range typ.NumField() {
			if field := typ.Field(i); field.Type != reflect.PointerTo(typ) && field.Tag.Get("json") != "-" {
				want(field.Type, path+"."+field.Name, wanted, depth+1)
			}
		}
	case reflect.String:
		if words, ok := reflect.Zero(typ).Interface().(interface{ Words() []string }); ok {
			for _, word := range append(words.Words(), "unheardOf") {
				wanted[path+" says "+word] = true
			}
		}
	}
}

func see(v reflect.Value, path string, seen map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if v.IsNil() {
			seen[path+" absent"] = true
			return
		}
		seen[path+" there"] = true
		switch v.Kind() {
		case reflect.Pointer:
			see(v.Elem(), path, seen)
		case reflect.Slice:
			for i := range v.Len() {
				see(v.Index(i), path, seen)
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[partnercenter.Time]() {
			return
		}
		for i := range v.NumField() {
			see(v.Field(i), path+"."+v.Type().Field(i).Name, seen)
		}
	case reflect.String:
		seen[fmt.Sprintf("%s says %s", path, v.String())] = true
	}
}
