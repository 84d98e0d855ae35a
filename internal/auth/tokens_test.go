package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"provost/internal/auth"
	"provost/internal/commerce"
)

const (
	base   = "https://issuer.example"
	tenant = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	user   = "88c855f3-4105-4913-97df-b1a2a6efee9f"
	app    = "199044aa-0019-4213-9c14-cbd49666a53f"
)

// The keys of the trusted issuer and of someone else.
var (
	issuerKey = newRSA(2048)
	curveKey  = newEC(elliptic.P256())
	otherKey  = newRSA(2048)
	weakKey   = newRSA(1024)
)

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func newEC(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

type object = map[string]any

// with gives the object with some members changed; nil leaves one out.
func with(o object, changes object) object {
	o = maps.Clone(o)
	for name, value := range changes {
		if value == nil {
			delete(o, name)
		} else {
			o[name] = value
		}
	}
	return o
}

func rs256() object { return object{"alg": "RS256", "typ": "JWT", "kid": "one"} }

// userClaims are those of an App+User token in the v1 form (reference 5.2).
func userClaims() object {
	now := time.Now().Unix()
	return object{
		"aud": auth.ServiceAddress, "iss": base + "/" + tenant + "/", "iat": now, "nbf": now, "exp": now + 3600,
		"acr": "1", "amr": []string{"pwd", "mfa"}, "appid": app, "appidacr": "0", "name": "Ada Admin", "oid": user,
		"scp": "user_impersonation", "tid": tenant, "unique_name": "ada@northlight.example",
		"upn": "ada@northlight.example", "ver": "1.0",
	}
}

// appClaims are those of an app-only token in the v1 form.
func appClaims() object {
	now := time.Now().Unix()
	return object{
		"aud": auth.ServiceAddress, "iss": base + "/" + tenant + "/", "iat": now, "nbf": now, "exp": now + 3600,
		"appid": app, "appidacr": "1", "idtyp": "app", "oid": user, "sub": user, "roles": []string{}, "tid": tenant, "ver": "1.0",
	}
}

// sign makes a token of the parts as they are, sound or not.
func sign(key crypto.Signer, header, claims object) string {
	return signText(key, text(header), text(claims))
}

func signText(key crypto.Signer, header, payload string) string {
	input := encode(header) + "." + encode(payload)
	return input + "." + encode(string(signature(key, input)))
}

func signature(key crypto.Signer, input string) []byte {
	digest := sha256.Sum256([]byte(input))
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, ec, digest[:])
		if err != nil {
			panic(err)
		}
		size := (ec.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	made, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return made
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func text(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func speaks(iss, tid string) bool {
	return iss == base+"/"+tid+"/" || iss == base+"/"+tid+"/v2.0"
}

func newVerifier(tb testing.TB, settings auth.Settings) *auth.Verifier {
	tb.Helper()
	if settings.Issuers == nil {
		settings.Issuers = []auth.Issuer{auth.Static(speaks, &issuerKey.PublicKey, &curveKey.PublicKey)}
	}
	v := auth.New(settings)
	tb.Cleanup(v.Close)
	return v
}

func verify(tb testing.TB, v *auth.Verifier, authorization ...string) (commerce.Claims, error) {
	r := httptest.NewRequest(http.MethodGet, "/v1/customers", nil)
	for _, value := range authorization {
		r.Header.Add("Authorization", value)
	}
	claims, err := v.Verify(tb.Context(), r)
	if err == nil && claims.Token == [32]byte{} {
		tb.Error("the claims do not say of which token they are")
	}
	claims.Token = [32]byte{} // who compares claims knows the token
	return claims, err
}
