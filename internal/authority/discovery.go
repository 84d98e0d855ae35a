package authority

import (
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// configuration is the discovery document (OpenID Connect Discovery 1.0).
type configuration struct {
	TokenEndpoint            string   `json:"token_endpoint"`
	TokenEndpointAuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	JWKSURI                  string   `json:"jwks_uri"`
	ResponseModes            []string `json:"response_modes_supported"`
	SubjectTypes             []string `json:"subject_types_supported"`
	SigningAlgorithms        []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes            []string `json:"response_types_supported"`
	GrantTypes               []string `json:"grant_types_supported"`
	Scopes                   []string `json:"scopes_supported"`
	Issuer                   string   `json:"issuer"`
	// AuthorizationEndpoint is named although nothing answers there: the
	// specification requires it, and sign-in libraries read it before they
	// know whether they will use it.
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	Claims                []string `json:"claims_supported"`
	RegionScope           *string  `json:"tenant_region_scope"`
}

// discovery answers GET /{tenant}/.well-known/openid-configuration and its
// v2.0 form. Like Entra's, the documents of common and organizations name no
// tenant in their issuer.
func (a *Authority) discovery(v version) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		issuerOf := "{tenantid}"
		if !isShared(tenant) {
			homes, err := a.find(r.Context(), tenant)
			if err != nil {
				return err
			}
			if len(homes) > 1 {
				return errAmbiguous
			}
			tenant = homes[0].partner.Tenant
			issuerOf = tenant
		}
		at, form := a.base+"/"+tenant, ""
		if v == v2 {
			form = "/v2.0"
		}
		return writeJSON(w, http.StatusOK, configuration{
			TokenEndpoint:            at + "/oauth2" + form + "/token",
			TokenEndpointAuthMethods: []string{"client_secret_post", "client_secret_basic"},
			JWKSURI:                  at + "/discovery" + form + "/keys",
			ResponseModes:            []string{"query"},
			SubjectTypes:             []string{"pairwise"},
			SigningAlgorithms:        []string{string(jose.RS256)},
			ResponseTypes:            []string{"code"},
			GrantTypes:               []string{grantClientCredentials, grantPassword, grantRefreshToken},
			Scopes:                   []string{"openid", "profile", "email", "offline_access"},
			Issuer:                   a.issuer(issuerOf, v),
			AuthorizationEndpoint:    at + "/oauth2" + form + "/authorize",
			Claims: []string{
				"sub", "iss", "aud", "exp", "iat", "nbf", "acr", "amr", "oid", "tid", "name",
				"upn", "unique_name", "preferred_username", "appid", "azp", "scp", "roles", "idtyp", "ver",
			},
		})
	}
}

// keys answers GET /{tenant}/discovery/keys and its v2.0 form. One key serves
// every tenant.
func (a *Authority) keys(w http.ResponseWriter, r *http.Request, tenant string) error {
	if !isShared(tenant) {
		if _, err := a.find(r.Context(), tenant); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: &a.key.PublicKey, KeyID: a.keyID, Use: "sig", Algorithm: string(jose.RS256),
	}}})
}
