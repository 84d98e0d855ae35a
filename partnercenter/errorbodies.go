package partnercenter

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// readError makes an [Error] of whatever a refusal's body is: the documented
// envelope with its code as text or as a number, the gateway's message, an HTML
// page, some text, or nothing (reference 4.1).
func readError(res *http.Response, body []byte) *Error {
	e := &Error{
		StatusCode:    res.StatusCode,
		Data:          []string{},
		RequestID:     res.Header.Get("MS-RequestId"),
		CorrelationID: res.Header.Get("MS-CorrelationId"),
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil && members != nil {
		e.readMembers(members)
	} else {
		e.Description = readPage(body)
	}
	if e.Description == "" {
		_, reason, _ := strings.Cut(res.Status, " ")
		e.Description = firstOf(reason, http.StatusText(res.StatusCode), "The service refused without a word.")
	}
	if to := res.Header.Get("Location"); to != "" && res.StatusCode < 400 {
		e.Description += ": the service redirects to " + to + ", and tokens do not follow"
	}
	e.Code, e.Source, e.Description = cutText(e.Code, 64), cutText(e.Source, 128), cutText(e.Description, mostText)
	if pause, told := after(res.Header, time.Now()); told {
		e.RetryAfter = pause
	} else if found := tryAgain.FindStringSubmatch(e.Description); found != nil {
		seconds, _ := strconv.Atoi(found[1])
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// mostText is how long a description is at most, by the service's own rule;
// mostData how many things a refusal is about that anyone would look at.
const (
	mostText = 1024
	mostData = 100
)

var (
	tryAgain  = regexp.MustCompile(`(?i)try again in (\d{1,6}) second`)
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	pageTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

func (e *Error) readMembers(members map[string]json.RawMessage) {
	for name, value := range members {
		switch strings.ToLower(name) {
		case "code":
			e.Code = readText(value)
		case "description":
			e.Description = readText(value)
		case "source":
			e.Source = readText(value)
		case "data":
			e.Data = readData(value)
		}
	}
	for name, value := range members {
		switch strings.ToLower(name) {
		case "message":
			e.Description = firstOf(e.Description, readText(value))
		case "error": // of a proxy or an issuer: {"error":{"code","message"}}
			var inner map[string]json.RawMessage
			if json.Unmarshal(value, &inner) == nil && e.Code == "" {
				e.readMembers(inner)
			}
		}
	}
}

// readText takes text, or a number as it is written; null is nothing.
func readText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var short bytes.Buffer
	if json.Compact(&short, value) != nil {
		return ""
	}
	return short.String()
}

func readData(value json.RawMessage) []string {
	data := []string{}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		items = []json.RawMessage{value}
	}
	for _, item := range items[:min(len(items), mostData)] {
		if text := cutText(readText(item), mostText); text != "" {
			data = append(data, text)
		}
	}
	return data
}

// readPage takes what a page says to people: its title, or else its text.
func readPage(body []byte) string {
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	if title := pageTitle.FindStringSubmatch(text); title != nil {
		text = title[1]
	}
	text = html.UnescapeString(pageTag.ReplaceAllString(cutText(text, 16<<10), " "))
	return strings.Join(strings.Fields(text), " ")
}

func cutText(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
