package authority

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// configuration is the discovery document (OpenID Connect Discovery 1.0).
type configuration struct {
	TokenEndpoint               string   `json:"token_endpoint"`
	TokenEndpointAuthMethods    []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	JWKSURI                     string   `json:"jwks_uri"`
	ResponseModes               []string `json:"response_modes_supported"`
	SubjectTypes                []string `json:"subject_types_supported"`
	SigningAlgorithms           []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes               []string `json:"response_types_supported"`
	GrantTypes                  []string `json:"grant_types_supported"`
	Scopes                      []string `json:"scopes_supported"`
	Issuer                      string   `json:"issuer"`
	AuthorizationEndpoint       string   `json:"authorization_endpoint"`
	DeviceEndpoint              string   `json:"device_authorization_endpoint"`
	ChallengeMethods            []string `json:"code_challenge_methods_supported"`
	Claims                      []string `json:"claims_supported"`
	RegionScope                 *string  `json:"tenant_region_scope"`
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
			TokenEndpoint:               a.tokenEndpoint(tenant, v),
			TokenEndpointAuthMethods:    []string{"client_secret_post", "client_secret_basic", "private_key_jwt"},
			TokenEndpointAuthAlgorithms: algorithmNames(),
			JWKSURI:                     at + "/discovery" + form + "/keys",
			ResponseModes:               responseModes,
			SubjectTypes:                []string{"pairwise"},
			SigningAlgorithms:           []string{string(jose.RS256)},
			ResponseTypes:               []string{"code"},
			GrantTypes:                  grants,
			Scopes:                      []string{"openid", "profile", "email", "offline_access"},
			Issuer:                      a.issuer(issuerOf, v),
			AuthorizationEndpoint:       at + "/oauth2" + form + "/authorize",
			DeviceEndpoint:              at + "/oauth2" + form + "/devicecode",
			ChallengeMethods:            []string{challengeMethod},
			Claims: []string{
				"sub", "iss", "aud", "exp", "iat", "nbf", "acr", "amr", "nonce", "oid", "tid", "name", "given_name", "family_name",
				"upn", "unique_name", "preferred_username", "appid", "azp", "scp", "roles", "wids", "idtyp", "ver",
			},
		})
	}
}

func (a *Authority) tokenEndpoint(tenant string, v version) string {
	if v == v2 {
		return a.base + "/" + tenant + "/oauth2/v2.0/token"
	}
	return a.base + "/" + tenant + "/oauth2/token"
}

// instances is the answer of instance discovery: which names are this
// authority's, and where a tenant is discovered.
type instances struct {
	TenantDiscovery string     `json:"tenant_discovery_endpoint"`
	APIVersion      string     `json:"api-version"`
	Metadata        []instance `json:"metadata,omitempty"`
}

type instance struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

// instance answers GET /common/discovery/instance, by which Microsoft's
// libraries ask whether an authority is one. This one vouches for itself alone:
// by the name of its base, and by the one it was asked under.
func (a *Authority) instance(w http.ResponseWriter, r *http.Request, _ string) error {
	query := r.URL.Query()
	form := query.Get("api-version")
	if form == "" {
		form = "1.0"
	}
	if form != "1.0" && form != "1.1" {
		return refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter 'api-version' is 1.0 or 1.1.")
	}
	asked := query.Get("authorization_endpoint")
	if asked == "" {
		return errMissing("authorization_endpoint")
	}
	own, err := url.Parse(a.base)
	if err != nil {
		return err
	}
	names := []string{own.Host}
	if r.Host != "" && !strings.EqualFold(r.Host, own.Host) {
		names = append(names, strings.ToLower(r.Host))
	}
	u, err := url.Parse(asked)
	if err != nil || !slices.ContainsFunc(names, func(name string) bool { return isHost(u, name) }) {
		return refuse(http.StatusBadRequest, "invalid_instance", 50049,
			"Unknown or invalid instance: '%s' is not an address of this authority.", clip(asked))
	}
	path := strings.FieldsFunc(u.EscapedPath(), func(c rune) bool { return c == '/' })
	tenant, discovery := "common", "/.well-known/openid-configuration"
	if len(path) > 0 {
		tenant = path[0]
	}
	if slices.ContainsFunc(path, func(segment string) bool { return strings.EqualFold(segment, "v2.0") }) {
		discovery = "/v2.0" + discovery
	}
	answer := instances{TenantDiscovery: a.base + "/" + tenant + discovery, APIVersion: form}
	if form == "1.1" {
		answer.Metadata = []instance{{own.Host, own.Host, names}}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// isHost says whether an address is on a host. MSAL for Python leaves the port
// out when it asks.
func isHost(u *url.URL, host string) bool {
	name := url.URL{Host: host}
	return strings.EqualFold(u.Host, host) || u.Port() == "" && strings.EqualFold(u.Hostname(), name.Hostname())
}

// keys answers GET /{tenant}/discovery/keys and its v2.0 form. One key serves
// every tenant.
func (a *Authority) keys(w http.ResponseWriter, r *http.Request, tenant string) error {
	if !isShared(tenant) {
		if _, err := a.find(r.Context(), tenant); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: a.key.published(a.now())})
}
