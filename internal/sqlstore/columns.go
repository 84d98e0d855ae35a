package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// fold gives the form in which texts are compared, whatever their case. It is
// Go's doing: the engines' own lower() differ beyond ASCII.
func fold(text string) string { return strings.ToLower(text) }

// cased gives a text as it is where folding changes it, else NULL.
func cased(text string) *string {
	if fold(text) == text {
		return nil
	}
	return &text
}

// filled gives NULL for "", which is how absent ids are told apart.
func filled(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// startsWith is the LIKE pattern, with \ as its escape, of folded texts that
// start with the text.
func startsWith(text string) string { return escapeLike.Replace(fold(text)) + "%" }

// contains is the LIKE pattern of folded texts that hold the text; empty: all.
func contains(text string) string {
	if text == "" {
		return ""
	}
	return "%" + startsWith(text)
}

// document is a column that keeps a value whole, as compact JSON.
type document[T any] struct{ of *T }

// Value writes the JSON.
func (d document[T]) Value() (driver.Value, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d.of); err != nil {
		return nil, err
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// null is the document of nothing.
const null = "null"

// Scan reads the JSON.
func (d document[T]) Scan(from any) error {
	switch text := from.(type) {
	case string:
		if text == null {
			return nil
		}
		return json.Unmarshal([]byte(text), d.of)
	case []byte:
		return json.Unmarshal(text, d.of)
	default:
		return fmt.Errorf("read %T: %T is no JSON text", d.of, from)
	}
}
