package server

import (
	"bufio"
	"bytes"
	"maps"
	"net/http"
	"slices"
	"testing"
)

// FuzzPlain holds what is read here to what net/http reads.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(aPlainOne))
	for _, c := range ofManyForms {
		f.Add([]byte(c.text))
	}
	f.Add([]byte("GET /v1/a?b=c,d&e HTTP/1.1\r\nHost: [::1]:80\r\nAuthorization: Bearer a.b.c\r\nMS-RequestId: x\r\nMS-CV:\r\nConnection: keep-alive\r\n\r\n"))
	f.Add([]byte("GET /again HTTP/1.1\r\nHost: localhost\r\nPragma: no-cache\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		mine, ok := new(plain).read(sent)
		if !ok {
			return
		}
		rest := bytes.NewReader(sent)
		reader := bufio.NewReader(rest)
		theirs, err := http.ReadRequest(reader)
		if err != nil {
			t.Fatalf("%q is plain, and net/http says %v", sent, err)
		}
		if reader.Buffered()+rest.Len() != 0 || theirs.ContentLength != 0 || theirs.Close || len(theirs.TransferEncoding) != 0 {
			t.Errorf("%q is more than a head", sent)
		}
		theirs.Header.Del("Connection")
		if mine.Method != theirs.Method || mine.RequestURI != theirs.RequestURI || mine.Host != theirs.Host || mine.Proto != theirs.Proto ||
			*mine.URL != *theirs.URL || !maps.EqualFunc(mine.Header, theirs.Header, slices.Equal) {
			t.Errorf("%q is read as %+v, by net/http as %+v", sent, mine, theirs)
		}
	})
}
