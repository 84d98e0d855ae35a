package partnercenter_test

import (
	"encoding/json"
	"testing"

	"provost/partnercenter"
)

func TestDatesOfEveryDocumentedFormAreReadAndWrittenInOne(t *testing.T) {
	for text, want := range map[string]string{
		"2018-05-10T00:00:00Z":           "2018-05-10T00:00:00Z",
		"2016-05-10T07:30:05.427Z":       "2016-05-10T07:30:05.427Z",
		"2021-01-14T16:57:15.0966728Z":   "2021-01-14T16:57:15.0966728Z",
		"2021-01-14T16:57:15.0850000Z":   "2021-01-14T16:57:15.085Z",
		"2019-01-16T00:48:44.76+00:00":   "2019-01-16T00:48:44.76Z",
		"2019-01-16T00:48:44.76-08:00":   "2019-01-16T08:48:44.76Z",
		"2023-07-31T00:00:00":            "2023-07-31T00:00:00Z",
		"9999-12-10T00:00:00Z":           "9999-12-10T00:00:00Z",
		"9999-12-31T23:59:59.9970000":    "9999-12-31T23:59:59.997Z",
		"0001-01-01T00:00:00":            "0001-01-01T00:00:00Z",
		"2018-05-10":                     "2018-05-10T00:00:00Z",
		"2021-01-14T16:57:15.123456789Z": "2021-01-14T16:57:15.1234567Z",
	} {
		var at partnercenter.Time
		if err := json.Unmarshal([]byte(`"`+text+`"`), &at); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if wire, err := json.Marshal(at); string(wire) != `"`+want+`"` || err != nil {
			t.Errorf("%s is written as %s (%v), want %s", text, wire, err, want)
		}
	}
	for _, unset := range []string{`null`, `""`} {
		var at partnercenter.Time
		if err := json.Unmarshal([]byte(unset), &at); err != nil || !at.IsZero() {
			t.Errorf("%s: %v, %v", unset, at, err)
		}
	}
	for _, bad := range []string{`"yesterday"`, `"1/13/2022"`, `7`, `"2018-13-10T00:00:00Z"`} {
		var at partnercenter.Time
		if err := json.Unmarshal([]byte(bad), &at); err == nil {
			t.Errorf("%s is read as %s", bad, at)
		}
	}
}
