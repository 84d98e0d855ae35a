package commerce_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func TestAuditRecordsHoldResourcesInPascalCaseWithNulls(t *testing.T) {
	order := partnercenter.Order{
		ID: "1a2b", BillingCycle: partnercenter.BillingCycleOneTime, TotalPrice: new(0.5), Status: partnercenter.OrderPending,
		CreationDate: partnercenter.At(time.Date(2026, 3, 2, 8, 30, 0, 100, time.UTC)),
		LineItems: []partnercenter.OrderLineItem{{
			FriendlyName: new("<Tea & \"Cake\">"), ProvisioningContext: map[string]string{"subscriptionId": "x"}, Links: &partnercenter.OrderLineItemLinks{SKU: partnercenter.GetLink("/sku")},
		}},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Order"},
	}
	text, err := commerce.AuditText(&order)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`{"Id":"1a2b","AlternateId":null,"ReferenceCustomerId":"","BillingCycle":"one_time","CurrencyCode":null,`,
		`"LineItems":[{"LineItemNumber":0,`, `"FriendlyName":"<Tea & \"Cake\">"`, `"ProvisioningContext":{"subscriptionId":"x"}`, `"AdditionalPartnerIdsOnRecord":null`,
		`"CreationDate":"2026-03-02T08:30:00.0000001Z"`, `"Sku":{"Uri":"/sku","Method":"GET","Headers":[],"Body":null}`, `"TotalPrice":0.5`,
		`"Attributes":{"Etag":null,"ObjectType":"Order"}}`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
	if _, err := commerce.AuditText(map[string]any{"broken": func() {}}); err == nil {
		t.Error("a function passes for a resource")
	}
}

// Words go a shorter way than what an encoder has to look at, to the same end.
func TestWordsOfAuditRecordsAreWrittenAsJSONHasThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.StringMatching(`[ -~]*`), rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "word")
		want := struct {
			ID       string                       `json:"Id"`
			Body     *string                      `json:"Body"`
			Currency *string                      `json:"Currency"`
			Status   partnercenter.OrderStatus    `json:"Status"`
			Cycle    *partnercenter.BillingCycle  `json:"Cycle"`
			None     []partnercenter.BillingCycle `json:"None"`
		}{word, &word, nil, partnercenter.OrderStatus(word), new(partnercenter.BillingCycle(word)), nil}
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(want); err != nil {
			t.Fatal(err)
		}
		if got, err := commerce.AuditText(want); err != nil || got+"\n" != text.String() {
			t.Errorf("%q becomes %s, not %s: %v", word, got, text.String(), err)
		}
	})
}

func TestAuditDataHasNullWhereThereIsNoValue(t *testing.T) {
	data := commerce.AuditData([]partnercenter.KeyValue{{Key: "OrderId", Value: "1a2b"}, {Key: "PartnerOnRecord-0"}})
	if len(data) != 2 || *data[0].Value != "1a2b" || data[1].Value != nil || data[1].Key != "PartnerOnRecord-0" {
		t.Errorf("%+v", data)
	}
}
