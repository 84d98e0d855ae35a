package pipe

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"provost/partnercenter"
)

// Query holds a request's query parameters, by name in lower case; of a name
// that comes twice, the first counts.
type Query map[string]string

// parseQuery is more patient than net/url: a second "?" separates like "&"
// (a slip of the documents that clients copied), and ";" is a character.
func parseQuery(raw string) (Query, error) {
	q := Query{}
	for pair := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == '?' }) {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, partnercenter.ErrInput.About("query")
		}
		value, err = url.QueryUnescape(value)
		if err != nil || !utf8.ValidString(name+value) || strings.ContainsFunc(name+value, isControl) {
			return nil, partnercenter.ErrInput.About("query")
		}
		name = strings.ToLower(name)
		if _, twice := q[name]; !twice {
			q[name] = value
		}
	}
	return q, nil
}

// Int reads a whole number from 0 to most; absent or empty is 0.
func (q Query) Int(name string, most int) (int, error) {
	text := q[strings.ToLower(name)]
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, partnercenter.ErrInput.About(name, "a whole number from 0 to "+strconv.Itoa(most))
	}
	return n, nil
}

// Digits reads a number that is a name, such as an MPN id; absent or empty is
// empty.
func (q Query) Digits(name string) (string, error) {
	text := q[strings.ToLower(name)]
	if strings.Trim(text, "0123456789") != "" || len(text) > 20 {
		return "", partnercenter.ErrInput.About(name, "a number")
	}
	return text, nil
}

// OrderID reads an order's id, as the path takes it; absent is empty.
func (q Query) OrderID(name string) (string, error) {
	id := q[strings.ToLower(name)]
	if !isVisible(id) || len(id) > maxID {
		return "", partnercenter.ErrInput.About(name)
	}
	return id, nil
}

// Bool reads true or false in any case; absent or empty is false.
func (q Query) Bool(name string) (bool, error) {
	switch text := q[strings.ToLower(name)]; {
	case text == "", strings.EqualFold(text, "false"):
		return false, nil
	case strings.EqualFold(text, "true"):
		return true, nil
	default:
		return false, partnercenter.ErrInput.About(name, "true or false")
	}
}

// QueryEnum reads a word of an enumeration in any case, with or without
// underscores; absent or empty is the empty word.
func QueryEnum[E partnercenter.Enum](q Query, name string) (E, error) {
	text := q[strings.ToLower(name)]
	if text == "" {
		return "", nil
	}
	word, known := partnercenter.ParseEnum[E](text)
	if !known {
		return "", partnercenter.ErrEnum.About(append([]string{name}, word.Words()...)...)
	}
	return word, nil
}
