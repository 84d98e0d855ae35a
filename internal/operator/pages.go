package operator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// maxPage is how much a page holds, unless less is asked for.
const maxPage = 1000

// readPage reads how much a page is to hold, and after which place it begins, in
// as many words as the places of the list have; nil: from the start.
func readPage(r *pipe.Request, words int) (size int, after []string, err error) {
	if size, err = r.Query.Int("size", maxPage); err != nil {
		return 0, nil, err
	}
	size = cmp.Or(size, maxPage)
	token := r.Query["after"]
	if token == "" {
		return size, nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(text, &after) != nil || len(after) != words {
		return 0, nil, badPlace
	}
	return size, after, nil
}

var badPlace = commerce.Refuse(partnercenter.ErrInput.About("after"),
	"after is the next of an answer of this list, as it came; the list begins without it")

// cut gives what a page holds of what was found, one more than that at most,
// and where the next page begins. The token needs no seal: it grants nothing
// that the caller could not list.
func cut[T any](found []T, size int, place func(T) []string) (page []T, next string) {
	if len(found) <= size {
		return found, ""
	}
	text, _ := json.Marshal(place(found[size-1])) // texts always have a form
	return found[:size], base64.RawURLEncoding.EncodeToString(text)
}
