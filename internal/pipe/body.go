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
	if !jsonBody(r.Header) {
		return nil, partnercenter.ErrMediaType
	}
	if !utf8.Valid(body) || depth(body) > maxDepth || !json.Valid(body) {
		return nil, partnercenter.ErrInput.About("body")
	}
	return body, nil
}

// jsonBody takes a body without Content-Type for JSON, as real clients send it.
func jsonBody(h http.Header) bool {
	for _, encoding := range h.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return false
		}
	}
	given := h.Values("Content-Type")
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return true
	}
	if len(given) > 1 {
		return false
	}
	mediaType, parameters, err := mime.ParseMediaType(given[0])
	if err != nil || (mediaType != "application/json" && mediaType != "text/json") {
		return false
	}
	charset, ok := parameters["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
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
