package storetest

import (
	"fmt"
	"reflect"
	"time"

	"pgregory.net/rapid"

	"provost/partnercenter"
)

// Subscription draws subscriptions with every member and each word of each
// enumeration, and one that no enumeration knows. What can be absent is at times,
// instants have seven fraction digits, and texts are any that JSON and XML can
// both carry.
func Subscription() *rapid.Generator[partnercenter.Subscription] {
	return resource[partnercenter.Subscription]()
}

// Order draws orders like [Subscription] draws subscriptions.
func Order() *rapid.Generator[partnercenter.Order] { return resource[partnercenter.Order]() }

// Customer draws customers like [Subscription] draws subscriptions.
func Customer() *rapid.Generator[partnercenter.Customer] { return resource[partnercenter.Customer]() }

// Cart draws carts like [Subscription] draws subscriptions.
func Cart() *rapid.Generator[partnercenter.Cart] { return resource[partnercenter.Cart]() }

// unheardOf is a word that no enumeration knows.
const unheardOf = "unheardOf"

// deepest ends what contains itself, such as a product's type.
const deepest = 6

var (
	enum    = reflect.TypeFor[interface{ Words() []string }]()
	instant = reflect.TypeFor[partnercenter.Time]()
)

func resource[T any]() *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		var drawn T
		fill(t, reflect.ValueOf(&drawn).Elem(), reflect.TypeFor[T]().Name(), 0)
		return drawn
	})
}

// fill draws a value and all that it holds; path names it.
func fill(t *rapid.T, v reflect.Value, path string, depth int) {
	switch {
	case v.Type() == instant:
		v.Set(reflect.ValueOf(times.Draw(t, path)))
		return
	case v.Kind() == reflect.String && v.Type().Implements(enum):
		words := v.Interface().(interface{ Words() []string }).Words()
		v.SetString(rapid.SampledFrom(append(words, unheardOf)).Draw(t, path))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts.Draw(t, path))
	case reflect.Int:
		v.SetInt(int64(rapid.Int().Draw(t, path)))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, path))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, path))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") == "-" {
				continue // does not travel, and is not kept
			}
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name, depth+1)
		}
	case reflect.Pointer:
		if depth < deepest && rapid.Bool().Draw(t, path+" is there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), path, depth)
		}
	case reflect.Slice, reflect.Map:
		if depth < deepest {
			fillMany(t, v, path, depth)
		}
	default:
		panic(fmt.Sprintf("draw %s: no way to draw a %s", path, v.Type()))
	}
}

// fillMany draws none, an empty, or a small slice or map.
func fillMany(t *rapid.T, v reflect.Value, path string, depth int) {
	size := rapid.IntRange(-1, 2).Draw(t, path+" size")
	switch {
	case size < 0:
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), size, size))
		for i := range size {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth)
		}
	default:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range size {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key, fmt.Sprintf("%s key %d", path, i), depth)
			fill(t, value, fmt.Sprintf("%s value %d", path, i), depth)
			v.SetMapIndex(key, value)
		}
	}
}

// times are whole ticks of 100 ns from the year 1 to the end of 9999.
var times = rapid.Custom(func(t *rapid.T) partnercenter.Time {
	first := time.Time{}.Unix()
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	seconds := rapid.OneOf(rapid.Int64Range(first, last), rapid.SampledFrom([]int64{first, last, 0})).Draw(t, "seconds")
	ticks := rapid.Int64Range(0, 9_999_999).Draw(t, "ticks")
	return partnercenter.At(time.Unix(seconds, ticks*100))
})

var texts = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", " ", " spaces around ", `"double" and 'single' \quotes\`, "<tag attribute=\"&amp;\">]]>", "two\r\nlines and a\ttab",
		"Größe 漢字 العربية 🧑‍🚀", "e\u0301 is not \u00e9", "\u2028\u2029\ufeff\ufffd", "100%_?$1", "null", "0", "İıſK",
	}),
	rapid.StringOf(rapid.Rune().Filter(travels)),
)

// travels says whether XML 1.0 has the character; JSON has them all.
func travels(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}
