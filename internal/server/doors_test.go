package server

import "testing"

func TestEveryPathFindsItsDoor(t *testing.T) {
	for path, want := range map[string]door{
		"/":                         contractDoor,
		"":                          contractDoor,
		"/v1":                       restDoor,
		"/v1/customers":             restDoor,
		"/V1/Customers":             restDoor,
		"//v1//customers/":          restDoor,
		"/v2/customers":             restDoor,
		"/v17":                      restDoor,
		"/v1.2/customers":           restDoor,
		"/v2shop.test/oauth2/token": authorityDoor,
		"/openapi.json":             contractDoor,
		"/docs":                     contractDoor,
		"/docs/":                    contractDoor,
		"/docs/more":                noDoor,
		"/v":                        noDoor,
		"/vault":                    noDoor,
		"/healthz":                  operatorDoor,
		"//readyz/":                 operatorDoor,
		"/metrics":                  operatorDoor,
		"/metrics/more":             noDoor,
		"/contoso/oauth2/token":     authorityDoor,
		"/contoso/OAuth2/v2.0/tok":  authorityDoor,
		"/contoso/.well-known/x":    authorityDoor,
		"/contoso/v2.0/.well-known": authorityDoor,
		"/contoso/v2.0/other":       noDoor,
		"/common/discovery/keys":    authorityDoor,
		"/provost/v1/accounts":      authorityDoor,
		"/provost/v1/accounts/more": bearerDoor,
		"/provost/v1":               bearerDoor,
		"//Provost/V1/mfa/report/":  bearerDoor,
		"/provost/v2/mfa/report":    noDoor,
		"/provost":                  noDoor,
		"/favicon.ico":              noDoor,
		"/operator/v1/worlds":       managementDoor,
		"//Operator/V1/keys/":       managementDoor,
		"/operator/v2/worlds":       noDoor,
		"/operator":                 noDoor,
	} {
		if got := doorOf(pathSegments(path)); got != want {
			t.Errorf("%q goes to door %d, want %d", path, got, want)
		}
	}
}
