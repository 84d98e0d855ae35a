package server

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// plain is a request that can be read in one way only: a GET in HTTP/1.1 without a
// body, in one piece and in the letters that clients use, with headers of which
// each is known and comes once. Whatever else there is, net/http reads.
//
// Its parts are used again for the next one: whoever is given the request has it
// until then.
type plain struct {
	request http.Request
	url     url.URL
	values  [len(plainHeaders)][1]string
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

const (
	plainBegin = "GET /"
	plainEnd   = " HTTP/1.1"
	lineEnd    = "\r\n"
)

// read reads a head that is plain, and nothing more than a head; ok says whether
// it is.
func (q *plain) read(sent []byte) (r *http.Request, ok bool) {
	if !bytes.HasPrefix(sent, []byte(plainBegin)) || !bytes.HasSuffix(sent, []byte(lineEnd+lineEnd)) {
		return nil, false
	}
	lines := string(sent[:len(sent)-len(lineEnd)])
	line, lines, _ := strings.Cut(lines, lineEnd)
	target, ended := strings.CutSuffix(line[len(plainBegin)-1:], plainEnd)
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
		Header: header, Body: http.NoBody, RequestURI: target,
	}
	for lines != "" {
		line, lines, _ = strings.Cut(lines, lineEnd)
		if !q.add(line) {
			return nil, false
		}
	}
	return &q.request, q.request.Host != ""
}

// aim takes the path and the query of an address that nothing in has to be
// decoded of.
func (q *plain) aim(target string) bool {
	path, query, _ := strings.Cut(target, "?")
	if len(path) > 1 && path[1] == '/' {
		return false
	}
	for i := range len(path) {
		if !isPlain(path[i]) && path[i] != '/' {
			return false
		}
	}
	for i := range len(query) {
		if c := query[i]; !isPlain(c) && c != '=' && c != '&' && c != ',' {
			return false
		}
	}
	q.url = url.URL{Path: path, RawQuery: query}
	return !strings.HasSuffix(target, "?")
}

// isPlain says whether an address may have the byte anywhere, and means itself.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// add takes one line of the headers.
func (q *plain) add(line string) bool {
	name, value, found := strings.Cut(line, ":")
	if !found || len(name) > longestName {
		return false
	}
	value = strings.Trim(value, " ")
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	var lower [longestName]byte
	for i := range len(name) {
		lower[i] = name[i]
		if c := name[i]; 'A' <= c && c <= 'Z' {
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
		return strings.EqualFold(value, "keep-alive")
	}
	name = plainHeaders[known]
	if q.request.Header[name] != nil {
		return false
	}
	q.values[known][0] = value
	q.request.Header[name] = q.values[known][:]
	return true
}

// address takes the name that the server is called by.
func (q *plain) address(host string) bool {
	for i := range len(host) {
		if c := host[i]; !isPlain(c) && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	twice := q.request.Host != ""
	q.request.Host = host
	return !twice && host != ""
}
