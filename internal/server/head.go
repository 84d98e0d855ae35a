package server

import "bytes"

// head looks at the bytes of a request's head for the two forms that net/http
// takes and that proxies read in another way: a line that ends without a carriage
// return, and a line that goes on in the next. Where two disagree about the lines
// of a head, they disagree about where the next request begins.
//
// What net/http has in hand before the last request was answered is not looked at,
// which is what a client sends that does not wait for answers: proxies do wait.
type head struct {
	// begun says that a line that is not empty has come.
	begun bool
	// length is how much of the line has come, and last its last byte.
	length int
	last   byte
	ended  bool
}

// wrong says whether the bytes that come next have one of the forms.
func (h *head) wrong(p []byte) bool {
	for !h.ended && len(p) > 0 {
		if h.length == 0 && h.begun && (p[0] == ' ' || p[0] == '\t') {
			return true
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			h.length, h.last = h.length+len(p), p[len(p)-1]
			return false
		}
		if end > 0 {
			h.last = p[end-1]
		}
		if h.length+end == 0 || h.last != '\r' {
			return true
		}
		empty := h.length+end == len("\r")
		h.ended, h.begun = empty && h.begun, h.begun || !empty
		h.length, p = 0, p[end+1:]
	}
	return false
}

// refusedHead is what net/http reads in the place of such a head, and refuses,
// whichever part of a line it is at. An end of a line at its begin would end the
// head, were a line to begin here: what came of it so far would be served.
const refusedHead = "?\r\n?\r\n\r\n"
