package pipe_test

import (
	"errors"
	"testing"

	"provost/internal/pipe"
	"provost/partnercenter"
)

func TestQueriesAreReadAsClientsWriteThem(t *testing.T) {
	for raw, want := range map[string]map[string]string{
		"":                                {},
		"size=5&filter=x":                 {"size": "5", "filter": "x"},
		"Size=5":                          {"size": "5"},
		"size=5?filter=%7B%22a%22%3A1%7D": {"size": "5", "filter": `{"a":1}`},
		"size=1&SIZE=2":                   {"size": "1"},
		"a;b=c;d":                         {"a;b": "c;d"},
		"name=a+b&&empty=&flag":           {"name": "a b", "empty": "", "flag": ""},
	} {
		q, err := pipe.ParseQuery(raw)
		if err != nil || len(q) != len(want) {
			t.Errorf("%q: %v, %v", raw, q, err)
		}
		for name, value := range want {
			if q[name] != value {
				t.Errorf("%q: %s is %q, want %q", raw, name, q[name], value)
			}
		}
	}
	for _, raw := range []string{"a=%", "%zz=1", "a=%ff", "a=%00", "a=%0d%0a"} {
		if _, err := pipe.ParseQuery(raw); !errors.Is(err, partnercenter.ErrInput) {
			t.Errorf("%q: %v, want %v", raw, err, partnercenter.ErrInput)
		}
	}
}

func TestValuesOutsideTheirRangeAreRefused(t *testing.T) {
	q := pipe.Query{"size": "-1", "big": "10001", "huge": "99999999999999999999", "word": "x", "yes": "TRUE", "cycle": "OneTime"}
	for _, name := range []string{"size", "big", "huge", "word"} {
		if n, err := q.Int(name, 10000); !errors.Is(err, partnercenter.ErrInput) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := q.Bool("word"); !errors.Is(err, partnercenter.ErrInput) {
		t.Errorf("word is no boolean: %v", err)
	}
	if yes, err := q.Bool("Yes"); !yes || err != nil {
		t.Errorf("TRUE is %v, %v", yes, err)
	}
	if cycle, err := pipe.QueryEnum[partnercenter.BillingCycle](q, "cycle"); cycle != partnercenter.BillingCycleOneTime || err != nil {
		t.Errorf("OneTime is %q, %v", cycle, err)
	}
	if _, err := pipe.QueryEnum[partnercenter.BillingCycle](q, "word"); !errors.Is(err, partnercenter.ErrEnum) {
		t.Errorf("x is no billing cycle: %v", err)
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"size=5?filter=x", "a=%", "&&==?", "filter=%7B%7D", ";;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := pipe.ParseQuery(raw)
		if err != nil && !errors.Is(err, partnercenter.ErrInput) {
			t.Fatalf("%q: %v", raw, err)
		}
		_, _ = q.Int("size", 10)
		_, _ = q.Bool("size")
	})
}
