package operator

import (
	"net/http"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// listOperatorKeys gives the keys page by page, but none of what opens a door.
//
// GET /operator/v1/keys
func (c calls) listOperatorKeys(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("size", "after"); err != nil {
		return pipe.Reply{}, err
	}
	size, place, err := readPage(r, 2)
	if err != nil {
		return pipe.Reply{}, err
	}
	var after *commerce.Cursor
	if place != nil {
		made, err := time.Parse(time.RFC3339Nano, place[0])
		if err != nil {
			return pipe.Reply{}, badPlace
		}
		after = &commerce.Cursor{CreatedAt: made, ID: place[1]}
	}
	found, err := c.shop.OperatorKeysPage(r.Context(), after, size+1)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, next := cut(found, size, func(k commerce.OperatorKey) []string {
		return []string{k.CreatedAt.UTC().Format(time.RFC3339Nano), k.Name}
	})
	list := extension.OperatorKeys{Items: []extension.OperatorKey{}, Next: next}
	for _, k := range page {
		list.Items = append(list.Items, keyOf(k))
	}
	return pipe.Reply{Body: list}, nil
}

// createOperatorKey makes a key and shows it, once.
//
// POST /operator/v1/keys
func (c calls) createOperatorKey(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.NewOperatorKey](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	kept, text, err := c.shop.CreateOperatorKey(r.Context(), r.Operator, asked.Name)
	if err != nil {
		return pipe.Reply{}, err
	}
	key := keyOf(kept)
	key.Key = text
	return pipe.Reply{Body: key, Status: http.StatusCreated}, nil
}

// revokeOperatorKey makes a key worthless.
//
// DELETE /operator/v1/keys/{key}
func (c calls) revokeOperatorKey(r *pipe.Request) (pipe.Reply, error) {
	err := c.shop.RevokeOperatorKey(r.Context(), r.Operator, r.PathValue("key"))
	return pipe.Reply{Status: http.StatusNoContent}, err
}

func keyOf(k commerce.OperatorKey) extension.OperatorKey {
	return extension.OperatorKey{
		ID: k.ID, Name: k.Name, CreatedAt: partnercenter.At(k.CreatedAt), CreatedBy: k.CreatedBy,
		LastUsedAt: maybe(k.LastUsedAt), RevokedAt: maybe(k.RevokedAt),
	}
}
