package authority

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// maxRegistered bounds an app's redirect URIs, and its certificates.
const maxRegistered = 20

// register answers POST /provost/v1/accounts: an app that shows its secret
// says where people may be sent back to and which certificates it signs with.
// What it says takes the place of what it said before.
func (a *Authority) register(w http.ResponseWriter, r *http.Request) error {
	form, err := readLists(w, r)
	if err != nil {
		return err
	}
	single := url.Values{}
	for name, values := range form {
		if name != "redirect_uri" && name != "certificate" {
			single[name] = values
		}
	}
	if err := once(single); err != nil {
		return err
	}
	kept, err := readRegistration(form)
	if err != nil {
		return err
	}
	homes, err := a.find(r.Context(), first(form.Get("tenant"), "common"))
	if err != nil {
		return err
	}
	c, err := clientOf(r, single)
	if err != nil {
		return err
	}
	if c.proof != bySecret {
		return errNoProof
	}
	apps, err := a.admitClient(r.Context(), homes, c, grantClientCredentials, "")
	if err != nil {
		return err
	}
	if len(apps) > 1 {
		return errAmbiguous
	}
	app := apps[0]
	kept.World, kept.Partner, kept.App = app.world.ID, app.partner.ID, app.ID
	if err := a.store.Write(r.Context(), func(tx commerce.Tx) error { return tx.AppRegistrations().Put(r.Context(), kept) }); err != nil {
		return err
	}
	list := extension.Accounts{}
	err = a.store.Read(r.Context(), func(tx commerce.Tx) error {
		list.Items, err = listAccounts(r.Context(), tx, app.home)
		return err
	})
	if err != nil {
		return err
	}
	list.Items = slices.DeleteFunc(list.Items, func(listed extension.Account) bool { return listed.ID != app.ID })
	return writeJSON(w, http.StatusOK, list)
}

func readRegistration(form url.Values) (commerce.AppRegistration, error) {
	var kept commerce.AppRegistration
	malformed := func(text string, args ...any) (commerce.AppRegistration, error) {
		return kept, refuse(http.StatusBadRequest, "invalid_request", 90023, text, args...)
	}
	if len(form["redirect_uri"]) > maxRegistered || len(form["certificate"]) > maxRegistered {
		return malformed("An app has %d redirect URIs and %d certificates at most.", maxRegistered, maxRegistered)
	}
	for _, uri := range form["redirect_uri"] {
		if !isRegistrable(uri) {
			return malformed("The redirect_uri '%s' is no absolute address without a fragment, wildcard or user name.", clip(uri))
		}
		kept.RedirectURIs = append(kept.RedirectURIs, uri)
	}
	for _, text := range form["certificate"] {
		block, _ := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" {
			return malformed("A certificate is sent in PEM: -----BEGIN CERTIFICATE-----.")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return malformed("A certificate cannot be read.")
		}
		if key, ok := certificate.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() < keyBits {
			return malformed("A certificate's key is RSA with %d bits at least.", keyBits)
		}
		kept.Certificates = append(kept.Certificates, block.Bytes)
	}
	switch form.Get("assertions") {
	case "", "reusable":
	case "single-use":
		kept.SingleUse = true
	default:
		return malformed("The parameter 'assertions' is reusable or single-use.")
	}
	return kept, nil
}

func addRegistration(ctx context.Context, tx commerce.Tx, app resident, listed *extension.Account) error {
	kept, err := registration(ctx, tx, app)
	if err != nil {
		return fmt.Errorf("read registration of app %s: %w", app.ID, err)
	}
	listed.RedirectURIs = kept.RedirectURIs
	for _, der := range kept.Certificates {
		one, two := thumbprints(der)
		listed.Certificates = append(listed.Certificates, extension.Certificate{X5T: one, X5TS256: two})
	}
	if len(kept.Certificates) > 0 && kept.SingleUse {
		listed.Assertions = "single-use"
	}
	return nil
}
