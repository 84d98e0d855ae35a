package server

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// trusted is a client that trusts the server's own authority.
func trusted(t *testing.T, s *Server, protocols ...string) *http.Client {
	t.Helper()
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots(t, s.CAFile()), NextProtos: protocols},
		ForceAttemptHTTP2: len(protocols) == 0,
	}}
}

func roots(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	certificate, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		t.Fatalf("no certificate in %s", certificate)
	}
	return pool
}

func withTLS(s *Settings) { s.TLS = true }

func TestBothProtocolsAreSpokenOverTLS(t *testing.T) {
	s, _ := running(t, withTLS)
	if !strings.HasPrefix(s.URL(), "https://") || s.PublicURL() != s.URL() {
		t.Errorf("the server is at %s, publicly at %s", s.URL(), s.PublicURL())
	}
	for protocol, client := range map[string]*http.Client{"HTTP/2.0": trusted(t, s), "HTTP/1.1": trusted(t, s, "http/1.1")} {
		for _, path := range []string{"/healthz", "/v1/customers", "/nothing"} {
			response, err := client.Get(s.URL() + path)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.Proto != protocol || response.TLS.Version < tls.VersionTLS12 || response.Header.Get("MS-CV") == "" || response.Header.Get("MS-ServerId") == "" {
				t.Errorf("%s answered %s %d with %v", path, response.Proto, response.StatusCode, response.Header)
			}
		}
	}
}

func TestUnreadableRequestsAreRefusedInTheEnvelopeUnderTLS(t *testing.T) {
	s, _ := running(t, withTLS)
	config := &tls.Config{RootCAs: roots(t, s.CAFile())}
	for name, c := range unreadable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := tls.Dial("tcp", s.Addr().String(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
			go func() { _, _ = io.WriteString(connection, c.request) }()
			answer, err := io.ReadAll(connection)
			if err != nil {
				t.Fatalf("%v after %q", err, answer)
			}
			checkRefusal(t, answer, c.status, c.code)
		})
	}
}

func checkRefusal(t *testing.T, answer []byte, status int, code string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	defer response.Body.Close()
	var refusal partnercenter.Error
	if err := json.NewDecoder(response.Body).Decode(&refusal); err != nil || response.StatusCode != status || refusal.Code != code {
		t.Errorf("answered %q (%v)", answer, err)
	}
	if !bytes.Contains(answer, []byte("\r\nMS-CV: ")) || !bytes.Contains(answer, []byte("\r\nMS-CorrelationId: ")) {
		t.Errorf("the answer lacks our headers: %q", answer)
	}
}

func TestPlainHTTPToAnHTTPSAddressIsExplained(t *testing.T) {
	s, _ := running(t, withTLS)
	for _, request := range []string{
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		answer := sendRaw(t, s.Addr().String(), request)
		checkRefusal(t, answer, http.StatusBadRequest, "800002")
		if !bytes.Contains(answer, []byte("speaks https")) {
			t.Errorf("%q is answered %q", request, answer)
		}
	}
	if answer := sendRaw(t, s.Addr().String(), "nonsense that is neither\r\n\r\n"); bytes.Contains(answer, []byte("HTTP")) {
		t.Errorf("nonsense is answered %q", answer)
	}
}

func TestHTTP2RefusesWithOurHeaders(t *testing.T) {
	s, _ := running(t, withTLS)
	client := trusted(t, s)
	for name, c := range map[string]struct {
		edit   func(*http.Request)
		status int
		code   string
	}{
		"100 KB of headers": {func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 100<<10)) }, 431, "431"},
		"900 KB of headers": {func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 900<<10)) }, 431, "431"},
		"a long path":       {func(r *http.Request) { r.URL.Path = "/" + strings.Repeat("x", 10<<10) }, 414, "414"},
		"a foreign host":    {func(r *http.Request) { r.Host = "evil.example" }, 403, "2032"},
		"no such path":      {func(r *http.Request) { r.URL.Path = "/nothing" }, 404, "1000"},
		"OPTIONS *":         {func(r *http.Request) { r.Method = "OPTIONS"; r.URL.Opaque = "*" }, 404, "1000"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodGet, s.URL()+"/v1/customers", nil)
			if err != nil {
				t.Fatal(err)
			}
			c.edit(request)
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var refusal partnercenter.Error
			err = json.NewDecoder(response.Body).Decode(&refusal)
			if response.Proto != "HTTP/2.0" || response.StatusCode != c.status || refusal.Code != c.code || response.Header.Get("MS-CV") == "" {
				t.Errorf("answered %s %d, %+v (%v) with %v", response.Proto, response.StatusCode, refusal, err, response.Header)
			}
		})
	}
}

func TestStopEndsBothProtocols(t *testing.T) {
	s, stop := running(t, withTLS)
	two, one := trusted(t, s), trusted(t, s, "http/1.1")
	for _, client := range []*http.Client{one, two} {
		response, err := client.Get(s.URL() + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	begun := time.Now()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("idle connections held the end up for %v", took)
	}
	for _, client := range []*http.Client{one, two} {
		if response, err := client.Get(s.URL() + "/healthz"); err == nil {
			response.Body.Close()
			t.Error("a stopped server answers")
		}
	}
}

func TestAuthorityIsMadeOnceAndKeptPrivately(t *testing.T) {
	data := t.TempDir()
	var kept [][]byte
	for range 2 {
		s, stop := running(t, func(s *Settings) { s.TLS, s.Data = true, data })
		certificate, err := os.ReadFile(s.CAFile())
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, certificate)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(kept[0], kept[1]) {
		t.Error("the authority was made anew")
	}
	for _, name := range []string{caFile, caKeyFile} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", name, info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(data, ".ca*-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBrokenAuthorityIsExplainedAndOneThatEndsIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	ca, err := openCA(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, caKeyFile), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openCA(dir, quiet); err == nil || !strings.Contains(err.Error(), caKeyFile) {
		t.Errorf("a broken authority: %v", err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, caFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if made, err := openCA(other, quiet); err != nil || made.certificate.Equal(ca.certificate) {
		t.Errorf("an authority without its key: %v", err)
	}
}

func TestCertificateIsForTheServersNamesAlone(t *testing.T) {
	s, _ := running(t, func(s *Settings) {
		s.TLS, s.AllowHosts, s.PublicURL = true, []string{"shop.example", "192.0.2.7"}, "https://Public.Example:8443/"
	})
	if s.PublicURL() != "https://public.example:8443" {
		t.Errorf("the public address is %s", s.PublicURL())
	}
	pool := roots(t, s.CAFile())
	for name, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "shop.example": true, "192.0.2.7": true, "public.example": true,
		"evil.example": false, "192.0.2.8": false, "a.shop.example": false,
	} {
		c, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{RootCAs: pool, ServerName: name})
		if err == nil {
			_ = c.Close()
		}
		if (err == nil) != want {
			t.Errorf("as %s: %v", name, err)
		}
	}
}

func TestOwnCertificateIsRenewedBeforeItEnds(t *testing.T) {
	ca, err := openCA(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		own := ownCertificate{ca: ca, names: []string{"localhost"}}
		first, err := own.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(leafTime - renewBefore - time.Hour)
		if same, err := own.get(nil); err != nil || same != first {
			t.Errorf("renewed too early (%v)", err)
		}
		time.Sleep(2 * time.Hour)
		next, err := own.get(nil)
		if err != nil || next == first || next.Leaf.NotAfter.Before(time.Now().Add(leafTime-time.Hour)) {
			t.Errorf("not renewed (%v)", err)
		}
	})
}

// pair writes a certificate for the name and its key into the files.
func pair(t *testing.T, certificatePath, keyPath, name string) {
	t.Helper()
	ca, err := openCA(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	made, err := ca.issue([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	putPair(t, certificatePath, keyPath, made.Certificate[0], made.PrivateKey)
}

// endedPair writes a certificate whose time is over.
func endedPair(t *testing.T, certificatePath, keyPath, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(-time.Second)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	putPair(t, certificatePath, keyPath, der, key)
}

func putPair(t *testing.T, certificatePath, keyPath string, certificate []byte, key any) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, certificatePath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	put(t, keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestReplacedCertificateIsTakenAndABrokenOneIsNot(t *testing.T) {
	certificatePath, keyPath := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	if _, err := openCertificate(certificatePath, keyPath, quiet); err == nil {
		t.Error("files that are not there were read")
	}
	pair(t, certificatePath, keyPath, "one.example")
	var log safeBuffer
	files, err := openCertificate(certificatePath, keyPath, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		t.Helper()
		files.mu.Lock()
		files.looked = time.Time{}
		files.mu.Unlock()
		got, err := files.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.DNSNames[0]
	}
	if got := shown(); got != "one.example" {
		t.Errorf("shown: %s", got)
	}
	pair(t, certificatePath, filepath.Join(t.TempDir(), "another.pem"), "two.example")
	for range 3 {
		if got := shown(); got != "one.example" {
			t.Errorf("a certificate without its key is shown: %s", got)
		}
	}
	if text := log.String(); strings.Count(text, "the last one stays") != 1 {
		t.Errorf("the log says %s", text)
	}
	if err := os.Remove(keyPath); err != nil {
		t.Fatal(err)
	}
	if got := shown(); got != "one.example" {
		t.Errorf("without a key: %s", got)
	}
	endedPair(t, certificatePath, keyPath, "ended.example")
	if got := shown(); got != "one.example" {
		t.Errorf("a certificate that has ended is shown: %s", got)
	}
	for what, half := range map[string]func(certificate, key []byte) ([]byte, []byte){
		"an empty certificate": func(_, key []byte) ([]byte, []byte) { return nil, key },
		"half a certificate":   func(c, key []byte) ([]byte, []byte) { return c[:len(c)/2], key },
		"half a chain":         func(c, key []byte) ([]byte, []byte) { return append(bytes.Clone(c), c[:len(c)/2]...), key },
		"half a key":           func(c, key []byte) ([]byte, []byte) { return c, key[:len(key)/2] },
	} {
		pair(t, certificatePath, keyPath, "half.example")
		certificate, key := half(read(t, certificatePath), read(t, keyPath))
		put(t, certificatePath, certificate)
		put(t, keyPath, key)
		if got := shown(); got != "one.example" {
			t.Errorf("%s: %s", what, got)
		}
	}
	pair(t, certificatePath, keyPath, "three.example")
	chain := read(t, certificatePath)
	put(t, certificatePath, append(chain, chain...))
	if got := shown(); got != "three.example" {
		t.Errorf("shown: %s", got)
	}
	if strings.Contains(log.String(), "PRIVATE") {
		t.Error("the log holds a key")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
