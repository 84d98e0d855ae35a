package auth_test

import (
	"context"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/partnercenter"
)

func TestSoundTokensSayWhoCalls(t *testing.T) {
	ada := commerce.Claims{Tenant: tenant, User: user, UPN: "ada@northlight.example", App: app, MFA: true}
	alone := commerce.Claims{Tenant: tenant, App: app}
	es256 := object{"alg": "ES256", "typ": "JWT"}
	v2 := object{
		"iss": base + "/" + tenant + "/v2.0", "aud": auth.ServiceID, "appid": nil, "azp": app, "azpacr": "1", "appidacr": nil, "ver": "2.0",
	}
	v2User := with(with(userClaims(), v2), object{"upn": nil, "unique_name": nil, "preferred_username": "ada@northlight.example"})
	v2App := with(with(appClaims(), v2), object{"idtyp": nil})
	withoutMFA := ada
	withoutMFA.MFA = false
	for name, c := range map[string]struct {
		token string
		want  commerce.Claims
	}{
		"v1 user":                  {sign(issuerKey, rs256(), userClaims()), ada},
		"v2 user":                  {sign(issuerKey, rs256(), v2User), ada},
		"v1 app":                   {sign(issuerKey, rs256(), appClaims()), alone},
		"v2 app":                   {sign(issuerKey, rs256(), v2App), alone},
		"ES256":                    {sign(curveKey, es256, userClaims()), ada},
		"no typ":                   {sign(issuerKey, with(rs256(), object{"typ": nil}), userClaims()), ada},
		"typ of RFC 9068":          {sign(issuerKey, with(rs256(), object{"typ": "at+JWT"}), userClaims()), ada},
		"thumbprint in the header": {sign(issuerKey, with(rs256(), object{"x5t": "abc"}), userClaims()), ada},
		"several audiences": {sign(issuerKey, rs256(), with(userClaims(), object{
			"aud": []string{"https://graph.windows.net", auth.ServiceAddress}})), ada},
		"audience with a slash":    {sign(issuerKey, rs256(), with(userClaims(), object{"aud": auth.ServiceAddress + "/"})), ada},
		"expired within the skew":  {sign(issuerKey, rs256(), with(userClaims(), object{"exp": time.Now().Unix() - 30})), ada},
		"early within the skew":    {sign(issuerKey, rs256(), with(userClaims(), object{"nbf": time.Now().Unix() + 30})), ada},
		"no nbf":                   {sign(issuerKey, rs256(), with(userClaims(), object{"nbf": nil})), ada},
		"fractions of a second":    {sign(issuerKey, rs256(), with(userClaims(), object{"exp": float64(time.Now().Unix()) + 60.5})), ada},
		"user by scope alone":      {sign(issuerKey, rs256(), with(userClaims(), object{"upn": nil, "unique_name": nil, "name": nil})), commerce.Claims{Tenant: tenant, User: user, App: app, MFA: true}},
		"user by name alone":       {sign(issuerKey, rs256(), with(userClaims(), object{"scp": nil})), ada},
		"user with app roles":      {sign(issuerKey, rs256(), with(userClaims(), object{"roles": []string{"Reader"}})), ada},
		"app by roles alone":       {sign(issuerKey, rs256(), with(appClaims(), object{"idtyp": nil, "roles": []string{"Reader"}})), alone},
		"app as Entra v1 shows it": {sign(issuerKey, rs256(), with(appClaims(), object{"idtyp": nil, "roles": nil})), alone},
		"one factor":               {sign(issuerKey, rs256(), with(userClaims(), object{"amr": []string{"pwd"}})), withoutMFA},
		"no amr":                   {sign(issuerKey, rs256(), with(userClaims(), object{"amr": nil})), withoutMFA},
		"mfa in capitals":          {sign(issuerKey, rs256(), with(userClaims(), object{"amr": []string{"MFA"}})), withoutMFA},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t, auth.Settings{})
			for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
				got, err := verify(t, v, scheme+c.token)
				if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Fatalf("%s: %+v, %v; want %+v", scheme, got, err, c.want)
				}
			}
		})
	}
}

func TestMFAShowsInConfiguredClaims(t *testing.T) {
	issuer := auth.Static(speaks, &issuerKey.PublicKey)
	issuer.MFA = map[string][]string{"acrs": {"c1"}, "strong": {"true"}, "acr": {"possession", "possessionorinherence"}}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{issuer}})
	for name, c := range map[string]struct {
		claim object
		want  bool
	}{
		"no evidence":        {object{}, false},
		"a string":           {object{"acr": "possessionorinherence"}, true},
		"among others":       {object{"acrs": []string{"c0", "c1"}}, true},
		"a boolean":          {object{"strong": true}, true},
		"another value":      {object{"acrs": []string{"c2"}, "strong": false}, false},
		"a longer value":     {object{"acrs": "c11"}, false},
		"an object":          {object{"acrs": object{"c1": "c1"}}, false},
		"amr still counts":   {object{"amr": []string{"rsa", "mfa"}}, true},
		"amr as one word":    {object{"amr": "mfa"}, true},
		"amr that is absurd": {object{"amr": object{"mfa": true}}, false},
	} {
		claims, err := verify(t, v, "Bearer "+sign(issuerKey, rs256(), with(with(userClaims(), object{"amr": nil}), c.claim)))
		if err != nil || claims.MFA != c.want {
			t.Errorf("%s: MFA %v, %v; want %v", name, claims.MFA, err, c.want)
		}
	}
}

// hostile are tokens that must not pass; each is one change away from one that
// does.
func hostile() map[string]struct {
	authorization []string
	want          error
} {
	type row = struct {
		authorization []string
		want          error
	}
	rows := map[string]row{}
	refuse := func(name string, want error, authorization ...string) { rows[name] = row{authorization, want} }
	no, audience := partnercenter.ErrUnauthenticated, partnercenter.ErrAudience
	good := sign(issuerKey, rs256(), userClaims())
	parts := strings.Split(good, ".")
	header := func(name string, changes object) {
		refuse(name, no, "Bearer "+sign(issuerKey, with(rs256(), changes), userClaims()))
	}
	claims := func(name string, want error, changes object) {
		refuse(name, want, "Bearer "+sign(issuerKey, rs256(), with(userClaims(), changes)))
	}
	now := time.Now().Unix()

	refuse("no header", no)
	refuse("an empty header", no, "")
	refuse("no token", no, "Bearer ")
	refuse("the word null", no, "Bearer null")
	refuse("another scheme", no, "Basic "+good)
	refuse("no scheme", no, good)
	refuse("a tab for a space", no, "Bearer\t"+good)
	refuse("two headers", no, "Bearer "+good, "Bearer "+good)
	refuse("two headers, the second empty", no, "Bearer "+good, "")
	refuse("two tokens in one header", no, "Bearer "+good+", Bearer "+good)
	refuse("huge", no, "Bearer "+sign(issuerKey, rs256(), with(userClaims(), object{"pad": strings.Repeat("x", 20_000)})))
	refuse("truncated by one", no, "Bearer "+good[:len(good)-1])
	refuse("truncated by half", no, "Bearer "+good[:len(good)/2])
	refuse("trailing data", no, "Bearer "+good+" x")
	refuse("trailing dot", no, "Bearer "+good+".")
	refuse("trailing newline in the signature", no, "Bearer "+good+"\n")
	refuse("padding", no, "Bearer "+good+"==")
	refuse("the last bits of the signature changed", no, "Bearer "+respell(good))
	refuse("beyond ASCII", no, "Bearer "+good+"é")
	refuse("five parts, as encrypted tokens have", no, "Bearer "+good+".AAAA.AAAA")
	refuse("JSON serialization", no, `Bearer {"protected":"`+parts[0]+`","payload":"`+parts[1]+`","signature":"`+parts[2]+`"}`)
	refuse("no signature", no, "Bearer "+parts[0]+"."+parts[1]+".")
	refuse("someone else's signature", no, "Bearer "+parts[0]+"."+parts[1]+"."+strings.Split(sign(issuerKey, rs256(), appClaims()), ".")[2])
	refuse("another payload under the signature", no, "Bearer "+parts[0]+"."+encode(text(with(userClaims(), object{"oid": app})))+"."+parts[2])

	refuse("alg none", no, "Bearer "+encode(`{"alg":"none","typ":"JWT"}`)+"."+parts[1]+".")
	refuse("alg none with a signature", no, "Bearer "+encode(`{"alg":"none"}`)+"."+parts[1]+"."+parts[2])
	refuse("alg None", no, "Bearer "+encode(`{"alg":"None"}`)+"."+parts[1]+".")
	refuse("no alg", no, "Bearer "+signText(issuerKey, `{"typ":"JWT"}`, text(userClaims())))
	refuse("HS256 with the public key", no, "Bearer "+publicKeyAsSecret())
	header("RS512", object{"alg": "RS512"})
	header("PS256", object{"alg": "PS256"})
	header("ES256 over an RSA key", object{"alg": "ES256"})
	refuse("RS256 over a curve's key", no, "Bearer "+sign(curveKey, rs256(), userClaims()))
	refuse("another curve", no, "Bearer "+sign(newEC(elliptic.P384()), object{"alg": "ES256"}, userClaims()))
	refuse("another issuer's key", no, "Bearer "+sign(otherKey, rs256(), userClaims()))
	refuse("key id that is a path", no, "Bearer "+sign(otherKey, with(rs256(), object{"kid": "../../../../dev/null"}), userClaims()))
	refuse("key id that is a query", no, "Bearer "+sign(otherKey, with(rs256(), object{"kid": "x' UNION SELECT 'k"}), userClaims()))
	header("key id that is an object", object{"kid": object{"a": 1}})
	header("crit", object{"crit": []string{"exp"}})
	header("crit b64", object{"crit": []string{"b64"}, "b64": false})
	header("b64", object{"b64": true})
	header("zip", object{"zip": "DEF"})
	header("enc", object{"enc": "A128GCM"})
	header("nested", object{"cty": "JWT"})
	header("typ of a logout token", object{"typ": "logout+jwt"})
	header("jku", object{"jku": "https://attacker.example/keys"})
	header("x5u", object{"x5u": "https://attacker.example/cert"})
	header("x5c", object{"x5c": []string{"MIIB"}})
	header("x5c of the issuer's own key", object{"x5c": []string{certificateOf(issuerKey)}})
	header("the issuer's own key in jwk", object{"jwk": object{
		"kty": "RSA", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(issuerKey.N.Bytes())}})
	refuse("its own key in jwk", no, "Bearer "+sign(otherKey, with(rs256(), object{"jwk": object{
		"kty": "RSA", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(otherKey.N.Bytes())}}), userClaims()))
	refuse("alg twice", no, "Bearer "+signText(issuerKey, `{"alg":"none","alg":"RS256"}`, text(userClaims())))
	refuse("a header that is no object", no, "Bearer "+signText(issuerKey, `["RS256"]`, text(userClaims())))

	refuse("a token within a token", no, "Bearer "+signText(issuerKey, text(rs256()), good))
	refuse("a payload that is no JSON", no, "Bearer "+signText(issuerKey, text(rs256()), "aud=all"))
	refuse("a payload that is an array", no, "Bearer "+signText(issuerKey, text(rs256()), "["+text(userClaims())+"]"))
	refuse("a payload that is null", no, "Bearer "+signText(issuerKey, text(rs256()), "null"))
	refuse("an empty payload", no, "Bearer "+signText(issuerKey, text(rs256()), ""))
	refuse("JSON after the payload", no, "Bearer "+signText(issuerKey, text(rs256()), text(userClaims())+"{}"))
	refuse("tid twice", no, "Bearer "+signText(issuerKey, text(rs256()), strings.Replace(text(userClaims()), "{", `{"tid":"`+app+`",`, 1)))
	refuse("names in capitals", no, "Bearer "+signText(issuerKey, text(rs256()), strings.ReplaceAll(text(userClaims()), `"exp"`, `"EXP"`)))

	for _, name := range []string{"iss", "tid", "exp", "oid", "appid", "aud"} {
		claims("no "+name, no, object{name: nil})
	}
	claims("another iss", no, object{"iss": "https://attacker.example/" + tenant + "/"})
	claims("iss of another tenant", no, object{"iss": base + "/" + app + "/"})
	claims("iss that is an array", no, object{"iss": []string{base + "/" + tenant + "/"}})
	claims("iss with more behind it", no, object{"iss": base + "/" + tenant + "/x"})
	claims("tid that is a domain", no, object{"tid": "northlight.example", "iss": base + "/northlight.example/"})
	claims("tid in braces", no, object{"tid": "{" + tenant + "}", "iss": base + "/{" + tenant + "}/"})
	claims("tid that is a number", no, object{"tid": 1})
	claims("expired", no, object{"exp": now - 61})
	claims("exp as text", no, object{"exp": "4102444800"})
	claims("exp below zero", no, object{"exp": -1})
	claims("exp beyond all years", no, object{"exp": 1e18})
	refuse("exp beyond all numbers", no, "Bearer "+signText(issuerKey, text(rs256()), strings.Replace(text(with(userClaims(), object{"exp": nil})), "{", `{"exp":1e999,`, 1)))
	claims("exp that is true", no, object{"exp": true})
	claims("not yet valid", no, object{"nbf": now + 90})
	claims("nbf as text", no, object{"nbf": "0"})
	claims("oid that is empty", no, object{"oid": ""})
	claims("oid with a line break", no, object{"oid": "a\nb"})
	claims("name with a line break", no, object{"upn": "ada\r\nX: y"})
	claims("appid that is absurd", no, object{"appid": strings.Repeat("a", 200)})
	claims("scp that is an array", no, object{"scp": []string{"user_impersonation"}})
	claims("roles that are numbers", no, object{"roles": []int{1}})
	claims("a user that is an app", no, object{"idtyp": "app"})
	claims("neither user nor app", no, object{"scp": nil, "upn": nil, "unique_name": nil})

	claims("aud that is empty", no, object{"aud": ""})
	claims("aud that is an empty array", no, object{"aud": []string{}})
	claims("aud that is a number", no, object{"aud": 7})
	claims("aud in an object", no, object{"aud": object{"a": auth.ServiceAddress}})
	claims("aud graph.windows.net", audience, object{"aud": "https://graph.windows.net"})
	claims("aud graph.windows.net/", audience, object{"aud": "https://graph.windows.net/"})
	claims("aud graph.chinacloudapi.cn", audience, object{"aud": "https://graph.chinacloudapi.cn"})
	claims("aud graph.windows.net in an array", audience, object{"aud": []string{"https://graph.windows.net"}})
	claims("aud of another service", audience, object{"aud": "https://graph.microsoft.com"})
	claims("aud that begins alike", audience, object{"aud": auth.ServiceAddress + ".attacker.example"})
	claims("aud with a path", audience, object{"aud": auth.ServiceAddress + "/v1"})
	refuse("aud graph.windows.net, badly signed", no, "Bearer "+sign(otherKey, rs256(), with(userClaims(), object{"aud": "https://graph.windows.net"})))
	return rows
}

// certificateOf is a key's, signed by itself, as x5c writes it.
func certificateOf(key *rsa.PrivateKey) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// respell changes the bits of the last character that base64 leaves unused.
func respell(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last^1])
}

// publicKeyAsSecret is a token for verifiers that let the token choose the
// algorithm: its HMAC secret is the issuer's public key.
func publicKeyAsSecret() string {
	der, err := x509.MarshalPKIXPublicKey(&issuerKey.PublicKey)
	if err != nil {
		panic(err)
	}
	input := encode(`{"alg":"HS256","typ":"JWT"}`) + "." + encode(text(userClaims()))
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(input))
	return input + "." + encode(string(mac.Sum(nil)))
}

func TestHostileTokensAreRefused(t *testing.T) {
	rows := hostile()
	if len(rows) < 40 {
		t.Fatalf("%d rows", len(rows))
	}
	v := newVerifier(t, auth.Settings{})
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time it would come from the cache
				claims, err := verify(t, v, row.authorization...)
				if !errors.Is(err, row.want) {
					t.Fatalf("%+v, %v; want %v", claims, err, row.want)
				}
				var refusal *commerce.Refusal
				if !errors.As(err, &refusal) || refusal.Cure == "" {
					t.Fatalf("no cure in %v", err)
				}
				for _, value := range row.authorization {
					for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == '.' || c == ' ' }) {
						if len(part) > 20 && strings.Contains(err.Error(), part) {
							t.Fatalf("the cure repeats the token: %v", err)
						}
					}
				}
				if strings.ContainsAny(err.Error(), "\r\n") {
					t.Fatalf("the cure breaks a line: %q", err)
				}
			}
		})
	}
}

func TestKeysAreNotAskedBeforeTheHeaderIsAdmitted(t *testing.T) {
	keys := &countingKeys{KeySet: credulous{}}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: keys}}})
	if _, err := verify(t, v, "Bearer "+sign(otherKey, rs256(), userClaims())); err != nil {
		t.Fatalf("a set of keys that takes every signature: %v", err)
	}
	for _, changes := range []object{
		{"alg": "none"}, {"alg": "HS256"}, {"alg": "RS512"}, {"alg": nil}, {"typ": "logout+jwt"}, {"crit": []string{"exp"}}, {"jku": "https://attacker.example"},
	} {
		token := sign(issuerKey, with(rs256(), changes), userClaims())
		if _, err := verify(t, v, "Bearer "+token); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Errorf("%v: %v", changes, err)
		}
	}
	if keys.asked.Load() != 1 {
		t.Errorf("the keys were asked %d times", keys.asked.Load())
	}
}

// credulous takes every signature.
type credulous struct{}

func (credulous) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
}

// deaf takes every token and gives the payload of another.
type deaf struct{ other string }

func (d deaf) VerifySignature(context.Context, string) ([]byte, error) { return []byte(d.other), nil }

func TestOnlyWhatWasSignedIsBelieved(t *testing.T) {
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: deaf{text(appClaims())}}}})
	if claims, err := verify(t, v, "Bearer "+sign(otherKey, rs256(), userClaims())); !errors.Is(err, partnercenter.ErrUnauthenticated) {
		t.Errorf("claims beside the signed ones: %+v, %v", claims, err)
	}
}

func TestCuresNameTheCommandThatHelps(t *testing.T) {
	v := newVerifier(t, auth.Settings{})
	for name, c := range map[string]struct{ token, says string }{
		"expired":      {sign(issuerKey, rs256(), with(userClaims(), object{"exp": 86400})), "expired at 1970-01-02T00:00:00Z, and it is " + time.Now().UTC().Format("2006-01-02T")},
		"too early":    {sign(issuerKey, rs256(), with(userClaims(), object{"nbf": 4102444800})), "not valid before 2100-01-01T00:00:00Z, and it is " + time.Now().UTC().Format("2006-01-02T")},
		"old audience": {sign(issuerKey, rs256(), with(userClaims(), object{"aud": "https://graph.windows.net"})), "resource " + auth.ServiceAddress},
		"unclear":      {sign(issuerKey, rs256(), with(userClaims(), object{"scp": nil, "upn": nil, "unique_name": nil})), "provost token --app-only"},
		"other issuer": {sign(issuerKey, rs256(), with(userClaims(), object{"iss": "https://other.example\r\n"})), `no trusted issuer is "https://other.example\r\n"`},
	} {
		if _, err := verify(t, v, "Bearer "+c.token); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q in it", name, err, c.says)
		}
	}
}

func TestVerifiedTokensAreRemembered(t *testing.T) {
	keys := &countingKeys{KeySet: auth.Static(speaks, &issuerKey.PublicKey).Keys}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: keys}}})
	token := "Bearer " + sign(issuerKey, rs256(), userClaims())
	for range 3 {
		if _, err := verify(t, v, token); err != nil {
			t.Fatal(err)
		}
	}
	if keys.asked.Load() != 1 {
		t.Errorf("the keys were asked %d times for one token", keys.asked.Load())
	}
	v.Flush()
	if _, err := verify(t, v, token); err != nil {
		t.Fatal(err)
	}
	if keys.asked.Load() != 2 {
		t.Errorf("the keys were asked %d times; a flush must forget the token", keys.asked.Load())
	}
}

func TestRefusalsAreNotRemembered(t *testing.T) {
	keys := &countingKeys{KeySet: auth.Static(speaks, &issuerKey.PublicKey).Keys}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: keys}}})
	for range 2 {
		if _, err := verify(t, v, "Bearer "+sign(otherKey, rs256(), userClaims())); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	if keys.asked.Load() != 2 {
		t.Errorf("the keys were asked %d times", keys.asked.Load())
	}
}

func TestRememberedTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := &countingKeys{KeySet: auth.Static(speaks, &issuerKey.PublicKey).Keys}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: keys}}})
		defer v.Close()
		hour := "Bearer " + sign(issuerKey, rs256(), userClaims())
		brief := "Bearer " + sign(issuerKey, rs256(), with(userClaims(), object{"exp": time.Now().Unix() + 100}))
		pass := func(token string, asked int32) {
			t.Helper()
			if _, err := verify(t, v, token); err != nil || keys.asked.Load() != asked {
				t.Fatalf("%v; keys asked %d times, want %d", err, keys.asked.Load(), asked)
			}
		}
		pass(hour, 1)
		pass(brief, 2)
		time.Sleep(99 * time.Second)
		pass(brief, 2)
		time.Sleep(time.Second)
		pass(brief, 3) // past its exp only the skew carries it, which is not remembered
		pass(brief, 4)
		time.Sleep(60 * time.Second)
		if _, err := verify(t, v, brief); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Fatalf("an expired token passes: %v", err)
		}
		pass(hour, 5)
		time.Sleep(cachedFor)
		pass(hour, 6)
		time.Sleep(time.Hour)
		if _, err := verify(t, v, hour); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Fatalf("an expired token passes: %v", err)
		}
	})
}

func TestFlushForgetsTokensThatAreUnderWay(t *testing.T) {
	keys := &countingKeys{KeySet: auth.Static(speaks, &issuerKey.PublicKey).Keys}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{{Speaks: speaks, Keys: keys}}})
	keys.during = v.Flush
	token := "Bearer " + sign(issuerKey, rs256(), userClaims())
	for range 2 {
		if _, err := verify(t, v, token); err != nil {
			t.Fatal(err)
		}
	}
	if keys.asked.Load() != 2 {
		t.Error("a token that was verified by keys from before a flush is remembered after it")
	}
}

func FuzzVerify(f *testing.F) {
	// The seeds' own key is not trusted here, so that a change which mends one
	// of them makes no sound token.
	trusted := newEC(elliptic.P256())
	v := newVerifier(f, auth.Settings{Issuers: []auth.Issuer{auth.Static(speaks, &trusted.PublicKey)}})
	es256 := text(object{"alg": "ES256", "typ": "JWT"})
	claims := text(with(userClaims(), object{"exp": 4102444800, "nbf": nil}))
	good := signText(trusted, es256, claims)
	parts := strings.Split(good, ".")
	f.Add("Bearer " + good)
	f.Add("bearer  " + good)
	f.Add(es256)
	f.Add(claims)
	f.Add(text(appClaims()))
	for _, row := range hostile() {
		if len(row.authorization) > 0 {
			f.Add(row.authorization[0])
		}
	}
	f.Fuzz(func(t *testing.T, input string) {
		check := func(authorization string, mayPass bool) {
			claims, err := verify(t, v, authorization)
			switch {
			case err != nil && !errors.Is(err, partnercenter.ErrUnauthenticated) && !errors.Is(err, partnercenter.ErrAudience):
				t.Fatalf("%q is no refusal of a token: %v", authorization, err)
			case err == nil && !mayPass:
				t.Fatalf("%q passes as %+v", authorization, claims)
			case err == nil && (claims.Tenant == "" || claims.App == "" || claims.AppOnly() && claims.MFA):
				t.Fatalf("%q passes as %+v", authorization, claims)
			}
		}
		check(input, strings.HasSuffix(input, " "+good))
		check("Bearer "+encode(input)+"."+parts[1]+"."+parts[2], input == es256)
		check("Bearer "+parts[0]+"."+encode(input)+"."+parts[2], input == claims)
		check("Bearer "+signText(trusted, input, claims), true)
		check("Bearer "+signText(trusted, es256, input), true)
	})
}

func BenchmarkVerify(b *testing.B) {
	v := newVerifier(b, auth.Settings{})
	r := httptest.NewRequest(http.MethodGet, "/v1/customers", nil)
	r.Header.Set("Authorization", "Bearer "+sign(issuerKey, rs256(), userClaims()))
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Flush()
			if _, err := v.Verify(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestOnlyTokensThatWereVerifiedAreKnown(t *testing.T) {
	v := newVerifier(t, auth.Settings{})
	known := func(token string) bool {
		r := httptest.NewRequest(http.MethodGet, "/v1/customers", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		claims, ok := v.Known(r)
		return ok && claims.Token != [32]byte{}
	}
	good := sign(issuerKey, rs256(), userClaims())
	bad := sign(issuerKey, rs256(), with(userClaims(), object{"aud": "https://elsewhere.example"}))
	if known(good) {
		t.Error("a token is known that nobody has verified")
	}
	for _, token := range []string{good, bad} {
		_, _ = verify(t, v, "Bearer "+token)
	}
	if !known(good) || known(bad) {
		t.Errorf("verified: %t, refused: %t", known(good), known(bad))
	}
	v.Flush()
	if known(good) {
		t.Error("a token is known whose keys were forgotten")
	}
	if _, ok := v.Known(httptest.NewRequest(http.MethodGet, "/", nil)); ok {
		t.Error("no token is known")
	}
}
