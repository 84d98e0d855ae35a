package authority_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// certificate is one of an app, with its key.
type certificate struct {
	key *rsa.PrivateKey
	der []byte
}

func newCertificate(t *testing.T, from, until time.Time) certificate {
	t.Helper()
	return certify(t, newKey(), from, until)
}

func certify(t *testing.T, key *rsa.PrivateKey, from, until time.Time) certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate{key, der}
}

func (c certificate) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der}))
}

func (c certificate) x5t() string {
	sum := sha1.Sum(c.der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c certificate) x5tS256() string {
	sum := sha256.Sum256(c.der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// jwt signs claims by hand, so that nothing keeps a test from a bad token.
func (c certificate) jwt(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch header["alg"] {
	case "PS256":
		signature, err = rsa.SignPSS(rand.Reader, c.key, crypto.SHA256, sum[:], nil)
	case "RS512":
		long := sha512.Sum512([]byte(signed))
		signature, err = rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA512, long[:])
	case "HS256": // for issuers that let the assertion choose: the secret is the certificate
		mac := hmac.New(sha256.New, []byte(c.pem()))
		mac.Write([]byte(signed))
		signature = mac.Sum(nil)
	case "none":
	default:
		signature, err = rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func with(m map[string]any, changes map[string]any) map[string]any {
	all := map[string]any{}
	for _, part := range []map[string]any{m, changes} {
		for name, value := range part {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
	}
	return all
}

var serial int

func (c certificate) header() map[string]any {
	return map[string]any{"alg": "RS256", "typ": "JWT", "x5t": c.x5t()}
}

func claimsAt(now time.Time) map[string]any {
	serial++
	return map[string]any{"iss": app, "sub": app, "aud": base + atV2, "jti": fmt.Sprint("id", serial), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}
}

func byAssertion(raw string) form {
	return form{"grant_type": "client_credentials", "client_id": app, "client_assertion": raw,
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
}

// registers posts a registration of the app.
func registers(t *testing.T, a http.Handler, values url.Values) (int, map[string]any) {
	t.Helper()
	form := url.Values{"client_id": {app}, "client_secret": {secret}}
	for name, all := range values {
		form[name] = all
	}
	status, body, _ := serve(t, a, request(http.MethodPost, extension.AccountsPath, form.Encode()))
	return status, body
}

func TestCertificateShowsTheApp(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	cert := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(time.Hour))
	if status, body := registers(t, a, url.Values{"certificate": {newCertificate(t, c.now, c.now.Add(time.Hour)).pem(), cert.pem()}}); status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	for name, header := range map[string]map[string]any{
		"x5t":              cert.header(),
		"x5t#S256":         with(cert.header(), map[string]any{"x5t": nil, "x5t#S256": cert.x5tS256()}),
		"x5t, padded":      with(cert.header(), map[string]any{"x5t": cert.x5t() + "="}),
		"x5t#S256, padded": with(cert.header(), map[string]any{"x5t": nil, "x5t#S256": cert.x5tS256() + "="}),
		"PSS and x5t#S256": {"alg": "PS256", "x5t#S256": cert.x5tS256()},
		"the chain":        with(cert.header(), map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(cert.der)}}),
	} {
		claims := claimsIn(t, granted(t, a, atV2, byAssertion(cert.jwt(t, header, claimsAt(c.now))))["access_token"])
		if claims["azpacr"] != "2" || claims["azp"] != app || claims["idtyp"] != "app" {
			t.Errorf("%s: %v", name, claims)
		}
	}
	for _, aud := range []any{base + atV1, base + "/" + providerTenant + "/v2.0", []string{base + atV2}} {
		granted(t, a, atV2, byAssertion(cert.jwt(t, cert.header(), with(claimsAt(c.now), map[string]any{"aud": aud}))))
	}
	granted(t, a, atV2, byAssertion(cert.jwt(t, cert.header(), claimsAt(c.now))).and(form{"client_id": "-"}))
	code := codeOf(t, a, authorizeV2, asking)
	body := granted(t, a, atV2, redeeming.and(byAssertion(cert.jwt(t, cert.header(), claimsAt(c.now)))).and(form{"grant_type": "authorization_code", "code": code}))
	refusedWith(t, a, atV2, again(body["refresh_token"]), "invalid_client", 7000218)
	if claims := claimsIn(t, body["access_token"]); claims["azpacr"] != "2" || claims["oid"] != ada {
		t.Errorf("%v", claims)
	}
}

func TestAssertionsThatShowNothing(t *testing.T) {
	c := newClock()
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthorityAt(t, store, c)
	cert := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(time.Hour))
	over, early := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(-time.Minute)), newCertificate(t, c.now.Add(time.Minute), c.now.Add(time.Hour))
	stranger := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(time.Hour))
	if status, body := registers(t, a, url.Values{"tenant": {providerTenant}, "certificate": {cert.pem(), over.pem(), early.pem()}}); status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	at, good := cert.header(), claimsAt(c.now)
	change := func(name string, value any) string {
		return cert.jwt(t, at, with(claimsAt(c.now), map[string]any{name: value}))
	}
	unsigned := cert.jwt(t, map[string]any{"alg": "none", "x5t": cert.x5t()}, good)
	for name, w := range map[string]struct {
		raw    string
		number int
	}{
		"another key under its name":     {stranger.jwt(t, at, good), 700027},
		"a certificate never registered": {stranger.jwt(t, stranger.header(), good), 700027},
		"a certificate that has expired": {over.jwt(t, over.header(), good), 700027},
		"a certificate of tomorrow":      {early.jwt(t, early.header(), good), 700027},
		"unsigned":                       {unsigned, 700027},
		"another algorithm":              {cert.jwt(t, with(at, map[string]any{"alg": "RS512"}), good), 700027},
		"the certificate as a secret":    {cert.jwt(t, with(at, map[string]any{"alg": "HS256"}), good), 700027},
		"a key of its own":               {stranger.jwt(t, with(at, map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(stranger.der)}}), good), 700027},
		"no name of a certificate":       {cert.jwt(t, map[string]any{"alg": "RS256"}, good), 700027},
		"its key, another's name":        {cert.jwt(t, with(at, map[string]any{"x5t": stranger.x5t()}), good), 700027},
		"two names, one wrong":           {cert.jwt(t, with(at, map[string]any{"x5t#S256": stranger.x5tS256()}), good), 700027},
		"no token":                       {"x.y.z", 700027},
		"changed":                        {strings.Replace(cert.jwt(t, at, good), ".", ".e", 1), 700027},
		"another app's":                  {change("sub", everywhere), 700021},
		"issued by another":              {change("iss", everywhere), 700021},
		"no subject":                     {change("sub", nil), 700021},
		"for another tenant":             {change("aud", base+"/"+resellerTenant+"/oauth2/v2.0/token"), 700023},
		"for another server":             {change("aud", "https://login.microsoftonline.com"+atV2), 700023},
		"for several":                    {change("aud", []string{base + atV2, "https://evil.example"}), 700023},
		"for nobody":                     {change("aud", nil), 700023},
		"expired":                        {change("exp", c.now.Unix()), 700024},
		"without an end":                 {change("exp", nil), 700024},
		"for more than a day":            {change("exp", c.now.Add(25*time.Hour).Unix()), 700024},
		"not yet":                        {change("nbf", c.now.Add(6*time.Minute).Unix()), 700024},
		"without an id":                  {change("jti", nil), 50013},
	} {
		t.Run(name, func(t *testing.T) { refusedWith(t, a, atV2, byAssertion(w.raw), "invalid_client", w.number) })
	}
	fresh := func() string { return cert.jwt(t, at, claimsAt(c.now)) }
	refusedWith(t, a, atV2, byAssertion(fresh()).and(form{"client_secret": secret}), "invalid_request", 90023)
	refusedWith(t, a, atV2, byAssertion(fresh()).and(form{"client_assertion_type": "-"}), "invalid_request", 50027)
	refusedWith(t, a, atV2, byAssertion(fresh()).and(form{"client_assertion": "-"}), "invalid_request", 900144)
	refusedWith(t, a, "/"+otherTenant+"/oauth2/v2.0/token",
		byAssertion(change("aud", base+"/"+otherTenant+"/oauth2/v2.0/token")), "invalid_client", 700027)
	granted(t, a, atV2, byAssertion(fresh()))
}

func TestAssertionComesAgainForTenMinutesAtMost(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	cert := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(3*time.Hour))
	registers(t, a, url.Values{"certificate": {cert.pem()}})
	claims := with(claimsAt(c.now), map[string]any{"exp": c.now.Add(time.Hour).Unix()})
	raw := cert.jwt(t, cert.header(), claims)
	granted(t, a, atV2, byAssertion(raw))
	granted(t, a, atV2, byAssertion(raw))
	refusedWith(t, a, atV2, byAssertion(cert.jwt(t, cert.header(), with(claims, map[string]any{"nbf": c.now.Unix() - 1}))), "invalid_client", 50013)
	c.pass(10 * time.Minute)
	refusedWith(t, a, atV2, byAssertion(raw), "invalid_client", 50013)
}

func TestSingleUseAssertionsAreRefusedWhenTheyComeAgain(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	cert := newCertificate(t, c.now.Add(-time.Hour), c.now.Add(time.Hour))
	registers(t, a, url.Values{"certificate": {cert.pem()}, "assertions": {"single-use"}})
	raw := cert.jwt(t, cert.header(), claimsAt(c.now))
	granted(t, a, atV2, byAssertion(raw))
	refusedWith(t, a, atV2, byAssertion(raw), "invalid_client", 50013)
}

func TestAppsRegisterForThemselves(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	cert := newCertificate(t, time.Now(), time.Now().Add(time.Hour))
	mine := url.Values{"tenant": {providerTenant}, "redirect_uri": {"https://shop.example/a", "https://shop.example/b"}, "certificate": {cert.pem()}, "assertions": {"single-use"}}
	status, body := registers(t, a, mine)
	items, _ := body["items"].([]any)
	if status != http.StatusOK || len(items) != 1 {
		t.Fatalf("%d %v", status, body)
	}
	listed := items[0].(map[string]any)
	if listed["tenant"] != providerTenant || listed["id"] != app || fmt.Sprint(listed["redirectUris"]) != "[https://shop.example/a https://shop.example/b]" ||
		fmt.Sprint(listed["certificates"]) != fmt.Sprint([]any{map[string]any{"x5t": cert.x5t(), "x5t#S256": cert.x5tS256()}}) || listed["assertions"] != "single-use" {
		t.Errorf("%v", listed)
	}
	newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": "https://shop.example/b"})).ticket(t)
	if v := newBrowser(t, a).open("/"+otherTenant+"/oauth2/authorize", asking.and(form{"redirect_uri": "https://shop.example/b"})); v.status != http.StatusBadRequest {
		t.Errorf("in another world: %d", v.status)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ec := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	for name, c := range map[string]struct {
		change url.Values
		number float64
	}{
		"wrong secret":               {url.Values{"client_secret": {"wrong"}}, 7000215},
		"empty secret":               {url.Values{"client_secret": {""}}, 7000215},
		"no app of the tenant":       {url.Values{"tenant": {resellerTenant}}, 7000215},
		"unknown tenant":             {url.Values{"tenant": {strangerTenant}}, 90002},
		"an app of two tenants":      {url.Values{"tenant": {""}}, 50059},
		"two secrets":                {url.Values{"client_secret": {secret, secret}}, 90023},
		"a script":                   {url.Values{"redirect_uri": {"javascript:alert(1)"}}, 90023},
		"a script with a host":       {url.Values{"redirect_uri": {"javascript://x/%0aalert(1)"}}, 90023},
		"a wildcard":                 {url.Values{"redirect_uri": {"https://*.example/"}}, 90023},
		"a fragment":                 {url.Values{"redirect_uri": {"https://a.example/#"}}, 90023},
		"a user name":                {url.Values{"redirect_uri": {"https://a@b.example/"}}, 90023},
		"a policy's end":             {url.Values{"redirect_uri": {"https://a.example;script-src/"}}, 90023},
		"no address":                 {url.Values{"redirect_uri": {"/back"}}, 90023},
		"no host":                    {url.Values{"redirect_uri": {"https:///back"}}, 90023},
		"many":                       {url.Values{"redirect_uri": strings.Split(strings.Repeat("https://a.example ", 21), " ")[:21]}, 90023},
		"no certificate":             {url.Values{"certificate": {"hello"}}, 90023},
		"a certificate that is none": {url.Values{"certificate": {ec}}, 90023},
		"a key of 1024 bits":         {url.Values{"certificate": {certify(t, weak, time.Now(), time.Now().Add(time.Hour)).pem()}}, 90023},
		"another word":               {url.Values{"assertions": {"twice"}}, 90023},
	} {
		values := url.Values{"tenant": {providerTenant}}
		for n, v := range c.change {
			values[n] = v
		}
		if status, body := registers(t, a, values); status < 400 || body["error_codes"].([]any)[0] != c.number {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
	newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": "https://shop.example/b"})).ticket(t)
	registers(t, a, url.Values{"tenant": {providerTenant}})
	if v := newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": "https://shop.example/b"})); v.status != http.StatusBadRequest {
		t.Errorf("taken back: %d", v.status)
	}
}
