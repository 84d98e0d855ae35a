package partnercenter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"provost/partnercenter"
)

func TestRefusalsTravelInTheDocumentedEnvelope(t *testing.T) {
	wire, err := json.Marshal(partnercenter.ErrSubscriptionNotFound.About("aaaa"))
	want := `{"code":"20003","description":"The subscription was not found.","data":["aaaa"],"source":"Provost"}`
	if string(wire) != want || err != nil {
		t.Errorf("%s (%v), want %s", wire, err, want)
	}
}

func TestRefusalsAreTheSameWhateverTheyAreAbout(t *testing.T) {
	err := fmt.Errorf("get status: %w", partnercenter.ErrSubscriptionNotFound.About("aaaa"))
	if !errors.Is(err, partnercenter.ErrSubscriptionNotFound) || errors.Is(err, partnercenter.ErrOrderNotFound) {
		t.Errorf("%v is compared wrongly", err)
	}
	var refusal *partnercenter.Error
	if !errors.As(err, &refusal) || refusal.StatusCode != 404 || len(partnercenter.ErrSubscriptionNotFound.Data) != 0 {
		t.Errorf("%v is read wrongly", err)
	}
}

// What error bodies are held to (reference 4.1).
func TestTheCatalogueKeepsTheEnvelopesRules(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range partnercenter.Errors() {
		if e.StatusCode < 400 || e.StatusCode > 599 || e.Code == "" || e.Description == "" || len(e.Description) > 1024 || e.Data == nil || e.Source == "" {
			t.Errorf("%+v breaks the envelope's rules", e)
		}
		key := fmt.Sprint(e.StatusCode, " ", e.Code)
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
	if len(seen) < 20 {
		t.Errorf("only %d refusals", len(seen))
	}
}
