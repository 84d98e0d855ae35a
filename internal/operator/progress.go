package operator

import (
	"net/http"

	"provost/internal/pipe"
)

// signatureHeader carries the signature of an outside system.
const signatureHeader = "Provost-Signature"

// hearProgress takes what an outside system says of a change unasked.
//
// POST /provost/v1/worlds/{world}/changes/{change}/progress
func (c calls) hearProgress(r *pipe.Request) (pipe.Reply, error) {
	err := c.hear(r.Context(), r.PathValue("world"), r.PathValue("change"), r.Header.Get(signatureHeader), r.Content())
	return pipe.Reply{Status: http.StatusNoContent}, err
}
