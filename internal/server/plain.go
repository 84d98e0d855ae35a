package server

import (
	"bytes"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// plain is a request that can be read in one way only: a GET in HTTP/1.1 without a
// body, in one piece and in the letters that clients use, with headers of which
// each is known and comes once. Whatever else there is, net/http reads.
//
// Its parts are used again for the next one: whoever is given the request has it
// until then. What the next one has as well, as clients have their token and their
// name, is not copied again.
type plain struct {
	request      http.Request
	url          url.URL
	target, host string
	values       [len(plainHeaders)][1]string
}

// same is the text, in the string that had it before: which may be another
// caller's token, so that the time tells nothing of how much of it fits.
func same(before string, text []byte) string {
	if subtle.ConstantTimeCompare([]byte(before), text) == 1 {
		return before
	}
	return string(text)
}

// plainHeaders are those that mean nothing to net/http, in the spelling that it
// gives to handlers. One that is not here costs speed and nothing else.
var plainHeaders = [...]string{
	"Accept", "Authorization", "If-None-Match", "Ms-Correlationid", "Ms-Cv", "Ms-Requestid",
	"Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Type", "Cookie", "Forwarded", "Ms-Partnercenter-Application",
	"Ms-Partnercenter-Client", "Priority", "Traceparent", "Tracestate", "User-Agent", "Via", "X-Correlation-Id", "X-Forwarded-For",
	"X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Locale", "X-Real-Ip", "X-Request-Id",
}

// Headers that do mean something, and have one value that changes nothing.
const (
	hostHeader = -1 - iota
	connectionHeader
)

// longestName is the longest of a header that is known.
const longestName = 32

// plainNames finds a header by its name in lower case.
var plainNames = func() map[string]int {
	names := map[string]int{"host": hostHeader, "connection": connectionHeader}
	for i, name := range plainHeaders {
		names[strings.ToLower(name)] = i
	}
	return names
}()

var (
	plainBegin = []byte("GET ")
	plainEnd   = []byte(" HTTP/1.1")
	lineEnd    = []byte("\r\n")
	headEnd    = []byte("\r\n\r\n")
)

// read reads a head that is plain, and nothing more than a head; ok says whether
// it is.
func (q *plain) read(sent []byte) (r *http.Request, ok bool) {
	if !bytes.HasPrefix(sent, plainBegin) || !bytes.HasSuffix(sent, headEnd) {
		return nil, false
	}
	line, lines, _ := bytes.Cut(sent[len(plainBegin):len(sent)-len(lineEnd)], lineEnd)
	target, ended := bytes.CutSuffix(line, plainEnd)
	if !ended || !q.aim(target) {
		return nil, false
	}
	header := q.request.Header
	if header == nil {
		header = http.Header{}
	}
	clear(header)
	q.request = http.Request{
		Method: http.MethodGet, URL: &q.url, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: http.NoBody, RequestURI: q.target,
	}
	for len(lines) > 0 {
		line, lines, _ = bytes.Cut(lines, lineEnd)
		if !q.add(line) {
			return nil, false
		}
	}
	return &q.request, q.request.Host != ""
}

// aim takes the path and the query of an address that nothing in has to be
// decoded of.
func (q *plain) aim(target []byte) bool {
	if !bytes.HasPrefix(target, []byte("/")) || bytes.HasPrefix(target, []byte("//")) || bytes.HasSuffix(target, []byte("?")) {
		return false
	}
	queried := false
	for _, c := range target {
		switch {
		case isPlain(c):
		case queried && (c == '=' || c == '&' || c == ','), !queried && c == '/':
		case !queried && c == '?':
			queried = true
		default:
			return false
		}
	}
	q.target = same(q.target, target)
	path, query, _ := strings.Cut(q.target, "?")
	q.url = url.URL{Path: path, RawQuery: query}
	return true
}

// isPlain says whether an address may have the byte anywhere, and means itself.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// add takes one line of the headers.
func (q *plain) add(line []byte) bool {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || len(name) > longestName {
		return false
	}
	value = bytes.Trim(value, " ")
	for _, c := range value {
		if c < ' ' || c > '~' {
			return false
		}
	}
	var lower [longestName]byte
	for i, c := range name {
		lower[i] = c
		if 'A' <= c && c <= 'Z' {
			lower[i] = c - 'A' + 'a'
		}
	}
	known, found := plainNames[string(lower[:len(name)])]
	switch {
	case !found:
		return false
	case known == hostHeader:
		return q.address(value)
	case known == connectionHeader:
		return bytes.EqualFold(value, []byte("keep-alive"))
	}
	header, of := q.request.Header, plainHeaders[known]
	if header[of] != nil {
		return false
	}
	q.values[known][0] = same(q.values[known][0], value)
	header[of] = q.values[known][:]
	return true
}

// address takes the name that the server is called by.
func (q *plain) address(host []byte) bool {
	for _, c := range host {
		if !isPlain(c) && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	if len(host) == 0 || q.request.Host != "" {
		return false
	}
	q.host = same(q.host, host)
	q.request.Host = q.host
	return true
}
