package sqlstore

import (
	"database/sql/driver"
	"reflect"
	"testing"
	"time"

	"provost/internal/commerce"
)

func TestWhatSQLiteFindsBecomesWhatItWasAskedFor(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ticks, err := instant{noon}.Value()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from driver.Value
		want any
	}{
		{"text", "text"}, {"text", new("text")}, {nil, (*string)(nil)}, {"kind", commerce.WorldKind("kind")},
		{int64(7), 7}, {int64(7), new(7)}, {nil, (*int)(nil)}, {int64(7), int64(7)},
		{int64(1), true}, {int64(0), false}, {int64(1), new(true)}, {nil, (*bool)(nil)},
		{ticks, instant{noon}}, {ticks, &instant{noon}}, {nil, (*instant)(nil)},
		{[]byte{1, 2}, []byte{1, 2}}, {nil, []byte(nil)},
	} {
		into := reflect.New(reflect.TypeOf(c.want))
		if err := assign(into.Interface(), c.from); err != nil {
			t.Errorf("%T as %T: %v", c.from, c.want, err)
		}
		if got := into.Elem().Interface(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v as %T: %v", c.from, c.want, got)
		}
	}
	var place any
	var list []string
	if err := assignAll([]any{&place, document[[]string]{&list}}, []driver.Value{int64(3), `["a"]`}); err != nil || place != int64(3) || len(list) != 1 {
		t.Errorf("%v, %v: %v", place, list, err)
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	for _, c := range []struct {
		into any
		from driver.Value
	}{
		{new(string), nil}, {new(string), int64(1)}, {new(int), nil}, {new(int), "1"}, {new(bool), nil}, {new(int64), 1.5},
		{new(*int), "1"}, {new(instant), nil}, {new([]byte), "text"}, {new(commerce.WorldKind), nil}, {new(float64), 1.5},
	} {
		if err := assign(c.into, c.from); err == nil {
			t.Errorf("%v is taken for a %T", c.from, c.into)
		}
	}
	if err := assignAll([]any{new(int)}, []driver.Value{int64(1), int64(2)}); err == nil {
		t.Error("two columns are taken for one")
	}
}
