package authority

import (
	encoding "encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	// This fork of encoding/json refuses an object that has a name twice.
	"github.com/go-jose/go-jose/v4/json"
)

// grantJWT is the one grant of /generatetoken.
const grantJWT = "jwt_token"

// serviceID is the app id of Partner Center, which stands for its address.
const serviceID = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"

// generated is what /generatetoken answers.
type generated struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	ExpiresOn   string `json:"expires_on"`
	Resource    string `json:"resource"`
}

// generate answers POST /generatetoken and /v3/generatetoken (reference 5.6):
// a token of this authority is exchanged for one that says the same, for
// exactly as long. Nothing is gained by it; clients of 2015 ask for it.
func (a *Authority) generate(w http.ResponseWriter, r *http.Request, _ string) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	switch grant := form.Get("grant_type"); grant {
	case grantJWT:
	case "":
		return errMissing("grant_type")
	default:
		return refuse(http.StatusBadRequest, "unsupported_grant_type", 70003, "The grant_type '%s' is not supported; there is %s.", clip(grant), grantJWT)
	}
	claims, err := a.ownToken(r.Header.Values("Authorization"))
	if err != nil {
		return err
	}
	var expires int64
	if err := json.Unmarshal(claims["exp"], &expires); err != nil {
		return errBearer
	}
	var audience string
	if err := json.Unmarshal(claims["aud"], &audience); err != nil {
		return errBearer
	}
	if plain := strings.ToLower(strings.TrimSuffix(audience, "/")); plain != defaultResource && plain != serviceID {
		return refuse(http.StatusUnauthorized, "invalid_token", 500011, "The token is for %s; one for %s is needed.", clip(audience), defaultResource)
	}
	seconds := expires - a.now().Unix()
	if seconds <= 0 {
		return errBearer
	}
	id, err := json.Marshal(randomText(16))
	if err != nil {
		return err
	}
	claims["uti"] = id
	same := make(map[string]encoding.RawMessage, len(claims))
	for name, value := range claims {
		same[name] = encoding.RawMessage(value)
	}
	token, err := a.sign(same)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, generated{token, "Bearer", seconds, strconv.FormatInt(expires, 10), audience})
}

var errBearer = refuse(http.StatusUnauthorized, "invalid_token", 50013,
	"The Authorization header holds no access token of this authority that is in force.")

// ownToken gives the claims of an access token that this authority has issued.
func (a *Authority) ownToken(headers []string) (map[string]json.RawMessage, error) {
	if len(headers) != 1 {
		return nil, errBearer
	}
	scheme, raw, _ := strings.Cut(headers[0], " ")
	jws, err := jose.ParseSignedCompact(strings.TrimSpace(raw), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || !strings.EqualFold(scheme, "Bearer") {
		return nil, errBearer
	}
	payload, err := jws.Verify(a.PublicKey())
	if err != nil {
		return nil, errBearer
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, errBearer
	}
	var issuer, tenant string
	var from int64
	if json.Unmarshal(claims["iss"], &issuer) != nil || json.Unmarshal(claims["tid"], &tenant) != nil ||
		json.Unmarshal(claims["nbf"], &from) != nil || !a.Speaks(issuer, tenant) || a.now().Add(time.Minute).Unix() < from {
		return nil, errBearer
	}
	return claims, nil
}
