package cli

import "testing"

func TestHealthAsksWhereServeListens(t *testing.T) {
	for _, c := range []struct {
		address   string
		certified bool
		want      string
	}{
		{"127.0.0.1:4178", false, "http://127.0.0.1:4178/readyz"},
		{"127.0.0.1:4178", true, "http://127.0.0.1:4178/readyz"},
		{"localhost:4178", true, "http://localhost:4178/readyz"},
		{"[::1]:4178", true, "http://[::1]:4178/readyz"},
		{"0.0.0.0:4178", false, "http://127.0.0.1:4178/readyz"},
		{":4178", true, "https://127.0.0.1:4178/readyz"},
		{"[::]:4178", true, "https://127.0.0.1:4178/readyz"},
		{"10.0.0.7:4178", true, "https://10.0.0.7:4178/readyz"},
		{"127.0.0.1:0", false, ""},
		{"4178", false, ""},
	} {
		got, err := HealthOfDoor(c.address, c.certified)
		if (err != nil) != (c.want == "") || err == nil && got.String() != c.want {
			t.Errorf("at %q, certified %t, it asks %v (%v), want %s", c.address, c.certified, got, err, c.want)
		}
	}
}

func TestHealthTakesURLsOfServers(t *testing.T) {
	for given, want := range map[string]string{
		"http://127.0.0.1:4177":          "http://127.0.0.1:4177/readyz",
		"http://127.0.0.1:4177/":         "http://127.0.0.1:4177/readyz",
		"https://shop.example/healthz":   "https://shop.example/healthz",
		"127.0.0.1:4178":                 "",
		"shop.example":                   "",
		"ftp://127.0.0.1:4178":           "",
		"http://127.0.0.1:4178/\x00path": "",
	} {
		got, err := HealthURL(given)
		if (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%q is asked as %v (%v), want %q", given, got, err, want)
		}
	}
}

func TestHealthIsToldInOneLine(t *testing.T) {
	for body, want := range map[string]string{
		"ok\n": "ok",
		`{"status":"ready","store":"ready","issuers":[]}`: "ready",
		`{"status":"unavailable","store":"unavailable","issuers":[{"url":"https://a.example/","status":"unavailable"},{"url":"https://b.example/","status":"ready"}],"failing":3}`: "unavailable, the store is unavailable, the issuer https://a.example/ is unavailable, due work that fails: 3",
		"<html>\n<body>\x1b[31m": "<html>",
		`{"code":"404"}`:         `{"code":"404"}`,
	} {
		if got := healthWords([]byte(body)); got != want {
			t.Errorf("%s is told as %q, want %q", body, got, want)
		}
	}
}
