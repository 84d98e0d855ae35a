package partnercenter_test

import (
	"encoding/json"
	"testing"

	"provost/partnercenter"
)

// The documents show some members in two forms (reference 8.2).
func TestMembersOfTwoFormsAreReadInBoth(t *testing.T) {
	var line partnercenter.CartLineItem
	for _, body := range []string{`{"id":7,"renewsTo":{"termDuration":"P1Y"}}`, `{"ID":"7","RenewsTo":[{"TermDuration":"P1Y"}]}`} {
		line = partnercenter.CartLineItem{}
		if err := json.Unmarshal([]byte(body), &line); err != nil || line.ID != 7 || line.RenewsTo.TermDuration != "P1Y" {
			t.Errorf("%s is read as %+v, %v", body, line, err)
		}
	}
	for _, body := range []string{`{"id":null,"renewsTo":null}`, `{"id":"","renewsTo":[]}`} {
		line = partnercenter.CartLineItem{}
		if err := json.Unmarshal([]byte(body), &line); err != nil || line.ID != 0 || line.RenewsTo != nil && line.RenewsTo.TermDuration != "" {
			t.Errorf("%s is read as %+v, %v", body, line, err)
		}
	}
	for _, body := range []string{`{"id":"seven"}`, `{"id":1.5}`, `{"renewsTo":[{"termDuration":"P1Y"},{"termDuration":"P3Y"}]}`} {
		if err := json.Unmarshal([]byte(body), &line); err == nil {
			t.Errorf("%s is read", body)
		}
	}
	for _, body := range []string{`{"amount":12.5,"currency":"USD"}`, `{"Amount":"12.5","Currency":"USD"}`} {
		var commitment partnercenter.PurchaseCommitment
		if err := json.Unmarshal([]byte(body), &commitment); err != nil || commitment.Amount != 12.5 || commitment.Currency != "USD" {
			t.Errorf("%s is read as %+v, %v", body, commitment, err)
		}
	}
}
