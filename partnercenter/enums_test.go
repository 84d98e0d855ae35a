package partnercenter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"provost/partnercenter"
)

func TestKnownWordsAreReadInAnySpellingAndWrittenInOne(t *testing.T) {
	reads(t, partnercenter.SubscriptionStatus("").Words(), readWord[partnercenter.SubscriptionStatus])
	reads(t, partnercenter.BillingType("").Words(), readWord[partnercenter.BillingType])
	reads(t, partnercenter.BillingCycle("").Words(), readWord[partnercenter.BillingCycle])
	reads(t, partnercenter.ContractType("").Words(), readWord[partnercenter.ContractType])
	reads(t, partnercenter.ProvisioningState("").Words(), readWord[partnercenter.ProvisioningState])
	reads(t, partnercenter.FulfillmentState("").Words(), readWord[partnercenter.FulfillmentState])
	reads(t, partnercenter.OrderStatus("").Words(), readWord[partnercenter.OrderStatus])
	reads(t, partnercenter.CartStatus("").Words(), readWord[partnercenter.CartStatus])
	reads(t, partnercenter.CartErrorCode("").Words(), readWord[partnercenter.CartErrorCode])
	reads(t, partnercenter.CustomerRelationship("").Words(), readWord[partnercenter.CustomerRelationship])
	reads(t, partnercenter.Segment("").Words(), readWord[partnercenter.Segment])
	reads(t, partnercenter.CatalogView("").Words(), readWord[partnercenter.CatalogView])
	reads(t, partnercenter.ReservationScope("").Words(), readWord[partnercenter.ReservationScope])
	reads(t, partnercenter.AuditResourceType("").Words(), readWord[partnercenter.AuditResourceType])
	reads(t, partnercenter.AuditOperationType("").Words(), readWord[partnercenter.AuditOperationType])
	reads(t, partnercenter.AuditOperationStatus("").Words(), readWord[partnercenter.AuditOperationStatus])
}

func readWord[E partnercenter.Enum](text string) (string, bool, error) {
	var word E
	err := json.Unmarshal([]byte(text), &word)
	return string(word), partnercenter.Known(word), err
}

func reads(t *testing.T, words []string, read func(string) (string, bool, error)) {
	t.Helper()
	for _, word := range words {
		for _, spelling := range []string{word, strings.ToUpper(word), strings.ReplaceAll(word, "_", ""), strings.ToUpper(word[:1]) + word[1:]} {
			got, known, err := read(`"` + spelling + `"`)
			if got != word || !known || err != nil {
				t.Errorf("%q is read as %q (known %v, %v), want %q", spelling, got, known, err, word)
			}
		}
	}
	if got, known, err := read(`"fromTheFuture"`); got != "fromTheFuture" || known || err != nil {
		t.Errorf("an unknown word is read as %q (known %v, %v)", got, known, err)
	}
	if _, _, err := read(`7`); err == nil {
		t.Error("a number passes for a word")
	}
	if got, _, err := read(`null`); got != "" || err != nil {
		t.Errorf("null is read as %q, %v", got, err)
	}
}
