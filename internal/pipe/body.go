package pipe

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"provost/partnercenter"
)

// readBody holds every body, wanted or not, to what a body may be: JSON in
// UTF-8, neither compressed nor too large nor nested too deep.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, partnercenter.ErrBodyTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, partnercenter.ErrBodyTooLarge
	case err != nil:
		return nil, partnercenter.ErrInput.About("body")
	case len(body) == 0:
		return nil, nil
	}
	if err := foreign(r.Header); err != nil {
		return nil, err
	}
	if !utf8.Valid(body) || depth(body) > maxDepth || !json.Valid(body) {
		return nil, partnercenter.ErrInput.About("body")
	}
	return body, nil
}

// foreign says of a body that is not JSON in UTF-8 which header is in the way;
// nil: it is. One without Content-Type is taken for JSON, as real clients send
// it.
func foreign(h http.Header) error {
	for _, encoding := range h.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return partnercenter.ErrMediaType.About("Content-Encoding", "identity")
		}
	}
	given := h.Values("Content-Type")
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return nil
	}
	another := partnercenter.ErrMediaType.About("Content-Type", "application/json")
	if len(given) > 1 {
		return another
	}
	mediaType, parameters, err := mime.ParseMediaType(given[0])
	if err != nil || (mediaType != "application/json" && mediaType != "text/json") {
		return another
	}
	if charset, ok := parameters["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return another
	}
	return nil
}

// depth is how deep objects and arrays nest; brackets inside strings do not
// count.
func depth(body []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
