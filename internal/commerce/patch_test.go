package commerce_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// What other products the shop sells.
const (
	officeE1     = "CFQ7TTC0LF8Q:0001:CFQ7TTCQ7D3B" // P1Y, P1M or P3Y, monthly or in one
	azurePlan    = "DZH318Z0BPS6:0001:DZH318ZQTN9Z"
	reservation  = "DZH318Z0BQ3Q:00BN:DZH318Z1DKQ7"
	server       = "DG7GMGF0D5RK:0004:DG7GMGFJXMXN" // for good
	sqlServer    = "DG7GMGF0FLR2:0001:DG7GMGF4M9KT" // software for a term
	meadowlark   = "DZH318Z09XLQ:0001:DZH318ZH5JQN" // a publisher's own
	archivingAdd = "CFQ7TTC0LH0J:0001:CFQ7TTCV4P8S"
)

func TestPatchOfNothingWritesNothing(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	whole, err := json.Marshal(bought)
	if err != nil {
		t.Fatal(err)
	}
	events, audits := len(s.events("")), len(s.audits())
	for _, body := range []string{string(whole), `{"autoRenewEnabled":true}`, `{"autoRenewEnabled":true,"quantity":5,"status":"Active","billingCycle":"Monthly","termDuration":"p1y"}`} {
		if after := s.patched(bought.ID, body); !reflect.DeepEqual(after, bought) {
			t.Errorf("%s made %+v", body, after)
		}
	}
	if len(s.events("")) != events || len(s.audits()) != audits || len(s.changes(bought.ID)) != 1 {
		t.Errorf("%d events, %d audit records, %d changes", len(s.events("")), len(s.audits()), len(s.changes(bought.ID)))
	}
}

// What clients send back is read-modify-write of the whole resource, or a fresh
// object in which everything else is a default.
func TestPatchTakesTheBodiesOfRealClients(t *testing.T) {
	pascal := func(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
	for name, spell := range map[string]func(map[string]any){
		"a client that sends the resource back as it is": func(map[string]any) {},
		"the .NET SDK, in Pascal case with nulls": func(m map[string]any) {
			for key, value := range m {
				delete(m, key)
				if key == "isTrial" || key == "links" {
					value = nil
				}
				m[pascal(key)] = value
			}
			m["Attributes"].(map[string]any)["Etag"] = m["Attributes"].(map[string]any)["etag"]
			delete(m["Attributes"].(map[string]any), "etag")
			m["SuspensionReasons"], m["PartnerId"], m["ConsumptionType"], m["BillingCycle"] = nil, nil, nil, "Monthly"
		},
		"the Java SDK, with a name of its own": func(m map[string]any) {
			m["hasPurchasableAddOns"] = m["hasPurchasableAddons"]
			delete(m, "hasPurchasableAddons")
			m["creationDate"] = "1/13/2022 12:00:00 AM"
		},
		"the Python client, with an empty link": func(m map[string]any) {
			m["links"], m["totalPrice"], m["refundOptions"] = map[string]any{"self": map[string]any{}}, 0.0, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			bought := s.buy(businessBasic, 5)
			text, _ := json.Marshal(bought)
			var members map[string]any
			if err := json.Unmarshal(text, &members); err != nil {
				t.Fatal(err)
			}
			members["quantity"] = 9
			spell(members)
			body, _ := json.Marshal(members)
			after := s.patched(bought.ID, string(body))
			if after.Quantity != 9 || !after.AutoRenewEnabled || after.Status != "active" || after.FriendlyName != bought.FriendlyName {
				t.Errorf("%+v", after)
			}
		})
	}
}

func TestPatchNamesTheMemberThatCannotBeRead(t *testing.T) {
	for body, member := range map[string]string{
		`{"quantity":"5"}`: "quantity", `{"Status":{}}`: "status", `{"billingCycle":5}`: "billingCycle", `{"attributes":{"etag":[]}}`: "attributes.etag",
	} {
		_, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(body), commerce.SubscriptionMembers()...)
		var mistyped *json.UnmarshalTypeError
		if !errors.As(err, &mistyped) || mistyped.Field != member {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPatchTakesTheFreshObjectOfTheDotNetSample(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	after := s.patched(bought.ID, `{"Id":null,"OfferId":null,"OfferName":null,"FriendlyName":null,"Quantity":0,"UnitType":null,"ParentSubscriptionId":null,
		"CreationDate":"0001-01-01T00:00:00","EffectiveStartDate":"0001-01-01T00:00:00","CommitmentEndDate":"0001-01-01T00:00:00","Status":"Suspended",
		"AutoRenewEnabled":false,"BillingType":"none","BillingCycle":"unknown","PartnerId":null,"SuspensionReasons":null,"ContractType":"subscription",
		"ProductType":null,"RefundOptions":null,"ScheduledNextTermInstructions":null,"TermDuration":null,"Links":null,"Attributes":{"ObjectType":"Subscription","Etag":null}}`)
	if after.Status != "suspended" || after.Quantity != 5 || after.AutoRenewEnabled || after.FriendlyName != bought.FriendlyName || *after.BillingCycle != "monthly" {
		t.Errorf("%+v", after)
	}
}

// A retry may come after the etag that it is based on has gone stale by its own
// doing.
func TestPatchThatIsAskedTwiceIsDoneOnce(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	by := s.ada
	by.Key = "the hash of a request"
	body := `{"quantity":9,"autoRenewEnabled":true,"attributes":{"etag":"` + *bought.Attributes.ETag + `"}}`
	first, err := s.patchAs(by, bought.ID, body)
	if err != nil {
		t.Fatal(err)
	}
	s.advance("PT90S")
	if again, err := s.patchAs(by, bought.ID, body); err != nil || dereferenced(again) != dereferenced(first) {
		t.Errorf("%+v, %v", again, err)
	}
	if n := len(s.changes(bought.ID)); n != 2 {
		t.Errorf("%d changes", n)
	}
}

func TestPatchRenames(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	after := s.patched(bought.ID, `{"friendlyName":" Everyone in Leeds ","autoRenewEnabled":true}`)
	if after.FriendlyName != "Everyone in Leeds" || *after.Attributes.ETag == *bought.Attributes.ETag {
		t.Errorf("%+v", after)
	}
	s.refused(bought.ID, `{"friendlyName":"bell \u0007","autoRenewEnabled":true}`, partnercenter.ErrInput)
	events := s.events(bought.ID)
	last := events[len(events)-1]
	if last.Kind != commerce.MembersChanged || !slices.Equal(last.Members, []string{"friendlyName"}) || last.User != "ada" {
		t.Errorf("%+v", last)
	}
	record := s.audited(partnercenter.AuditUpdateSubscription)
	if !strings.Contains(*record.ResourceNewValue, "Leeds") || strings.Contains(*record.ResourceOldValue, "Leeds") {
		t.Errorf("%+v", record)
	}
	if s.patched(bought.ID, `{"friendlyName":"A","autoRenewEnabled":true}`); s.audited(partnercenter.AuditUpdateSubscription).ID == record.ID {
		t.Error("two writes at one instant have one audit record")
	}
}

func TestPatchWithoutAutoRenewTurnsItOffUnlessTheWorldKeepsWhatIsOmitted(t *testing.T) {
	const body, scheduled = `{"friendlyName":"Kept"}`, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7}}`
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	s.patched(bought.ID, scheduled)
	for _, null := range []string{body, `{"friendlyName":"Kept","autoRenewEnabled":null}`} {
		if after := s.patched(bought.ID, null); after.AutoRenewEnabled || after.ScheduledNextTermInstructions != nil {
			t.Errorf("%+v", after)
		}
	}
	s = openShop(t, func(w *commerce.WorldSettings) { w.KeepOmitted = true })
	bought = s.buy(businessBasic, 5)
	s.patched(bought.ID, scheduled)
	if after := s.patched(bought.ID, body); !after.AutoRenewEnabled || after.ScheduledNextTermInstructions == nil {
		t.Errorf("%+v", after)
	}
	if after := s.patched(bought.ID, `{"autoRenewEnabled":false}`); after.AutoRenewEnabled {
		t.Error("false is not kept")
	}
}

func TestPatchRenewsWhatCanBeRenewed(t *testing.T) {
	s := openShop(t)
	for _, offer := range []string{e5Trial, server} {
		bought := s.buy(offer, 5)
		s.refused(bought.ID, `{"autoRenewEnabled":true}`, partnercenter.ErrAutoRenew)
	}
	waiting := s.buy(meadowlark, 5, over("P1Y"))
	s.patched(waiting.ID, `{}`)
	s.refused(waiting.ID, `{"autoRenewEnabled":true}`, partnercenter.ErrNotActive)
	bought := s.buy(businessBasic, 5)
	s.patched(bought.ID, `{}`)
	if after := s.patched(bought.ID, `{"autoRenewEnabled":true}`); !after.AutoRenewEnabled {
		t.Error("it does not go on")
	}
}

func TestPatchNamesAResellerOfTheCustomer(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	s.refused(bought.ID, `{"partnerId":"1234567"}`, partnercenter.ErrPartnerID)
	s.refused(bought.ID, `{"partnerId":"`+shopProviderMPN+`"}`, partnercenter.ErrPartnerID) // who sells to it itself
	if _, err := s.patchAs(s.rosa, bought.ID, `{"partnerId":"`+shopResellerMPN+`"}`); !errors.Is(err, partnercenter.ErrPartnerOfRecord) {
		t.Errorf("a reseller: %v", err)
	}
	sells := commerce.Relationship{World: "shop", Partner: shopReseller, Customer: shopCustomer, Kind: commerce.ResellerOf}
	s.write(func(tx commerce.Tx) error { return tx.Relationships().End(t.Context(), sells) })
	s.refused(bought.ID, `{"partnerId":"`+shopResellerMPN+`"}`, partnercenter.ErrPartnerID)
	s.write(func(tx commerce.Tx) error { return tx.Relationships().Insert(t.Context(), sells) })
	if after := s.patched(bought.ID, `{"partnerId":"`+shopResellerMPN+`"}`); after.PartnerID == nil || *after.PartnerID != shopResellerMPN {
		t.Errorf("%+v", after)
	}
	if after := s.patched(bought.ID, `{"partnerId":""}`); after.PartnerID == nil {
		t.Error("an empty id takes the reseller away")
	}
	found, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer, MPNID: shopResellerMPN})
	if err != nil || len(found) != 1 {
		t.Errorf("%d subscriptions are the reseller's, %v", len(found), err)
	}
}

func TestPatchOfADeletedSubscriptionIsRefused(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	s.patched(bought.ID, `{"status":"deleted"}`)
	for _, body := range []string{`{}`, `{"friendlyName":"A"}`, `{"status":"active"}`, `{"quantity":6}`} {
		s.refused(bought.ID, body, partnercenter.ErrDeleted)
	}
}

func TestPatchAtTheEndOfATermIsRefused(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	end := s.now().Add(-time.Second)
	s.alter(bought.ID, func(k *commerce.Subscription) { k.Resource.CommitmentEndDateTime = new(partnercenter.At(end)) })
	s.refused(bought.ID, `{"friendlyName":"A"}`, partnercenter.ErrExpiring)
	s.alter(bought.ID, func(k *commerce.Subscription) {
		k.Resource.CommitmentEndDateTime = new(partnercenter.At(end.AddDate(0, 0, -1)))
	})
	s.patched(bought.ID, `{"friendlyName":"A"}`)
}

func TestPatchIsBasedOnTheNewestVersion(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	old := *bought.Attributes.ETag
	renamed := s.patched(bought.ID, `{"friendlyName":"A","attributes":{"etag":"`+old+`"}}`)
	s.refused(bought.ID, `{"friendlyName":"B","attributes":{"etag":"`+old+`"}}`, partnercenter.ErrStale)
	s.patched(bought.ID, `{"friendlyName":"C","attributes":{"etag":"W/\"`+*renamed.Attributes.ETag+`\""}}`)
	s.patched(bought.ID, `{"friendlyName":"D","attributes":{"etag":""}}`)

	body, _ := commerce.ReadPatch[partnercenter.Subscription]([]byte(`{"friendlyName":"E","attributes":{"etag":"`+old+`"}}`), commerce.SubscriptionMembers()...)
	for _, holds := range []bool{false, true} {
		_, err := s.PatchSubscription(t.Context(), s.ada, shopCustomer, bought.ID, body, func(etag string, shown any) bool {
			if r, ok := shown.(*partnercenter.Subscription); !ok || r.FriendlyName != "D" || etag != *r.Attributes.ETag {
				t.Errorf("the condition is about %+v", shown)
			}
			return holds
		})
		if holds && err != nil || !holds && !errors.Is(err, partnercenter.ErrStale) {
			t.Errorf("the header says %v: %v", holds, err)
		}
	}
	s = openShop(t, func(w *commerce.WorldSettings) { w.PreconditionFailed = true })
	bought = s.buy(businessBasic, 5)
	s.refused(bought.ID, `{"attributes":{"etag":"AAAA"}}`, partnercenter.ErrPrecondition)
}
