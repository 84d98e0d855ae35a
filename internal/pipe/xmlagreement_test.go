package pipe_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"provost/internal/storetest"
	"provost/partnercenter"
)

func TestResourceInXMLSaysWhatItsJSONSays(t *testing.T) {
	t.Run("Subscription", sameInBoth(storetest.Subscription()))
	t.Run("Order", sameInBoth(storetest.Order()))
	t.Run("Customer", sameInBoth(storetest.Customer()))
	t.Run("Cart", sameInBoth(storetest.Cart()))
	t.Run("AuditRecords", sameInBoth(pages(rapid.Custom(auditRecord))))
	t.Run("Subscriptions", sameInBoth(pages(storetest.Subscription())))
	t.Run("Orders", sameInBoth(pages(storetest.Order())))
	t.Run("Customers", sameInBoth(pages(storetest.Customer())))
	t.Run("SubscriptionProvisioningStatus", sameInBoth(rapid.Custom(func(t *rapid.T) partnercenter.SubscriptionProvisioningStatus {
		return partnercenter.SubscriptionProvisioningStatus{
			SKUID:    rapid.String().Draw(t, "skuId"),
			Status:   partnercenter.ProvisioningState(rapid.SampledFrom(partnercenter.ProvisioningNone.Words()).Draw(t, "status")),
			Quantity: rapid.Int().Draw(t, "quantity"),
		}
	})))
}

func auditRecord(t *rapid.T) partnercenter.AuditRecord {
	optional := rapid.Ptr(rapid.String(), true)
	return partnercenter.AuditRecord{
		ID: rapid.String().Draw(t, "id"), CustomerName: optional.Draw(t, "customerName"), ResourceNewValue: optional.Draw(t, "resourceNewValue"),
		ResourceType:  partnercenter.AuditResourceType(rapid.SampledFrom([]string{"order", "partner_customer_relationship"}).Draw(t, "resourceType")),
		OperationType: partnercenter.AuditOperationType(rapid.SampledFrom([]string{"create_order", "software_attestation"}).Draw(t, "operationType")),
		CustomizedData: rapid.SliceOf(rapid.Custom(func(t *rapid.T) partnercenter.AuditValue {
			return partnercenter.AuditValue{Key: rapid.String().Draw(t, "key"), Value: optional.Draw(t, "value")}
		})).Draw(t, "customizedData"),
	}
}

func pages[T any](items *rapid.Generator[T]) *rapid.Generator[partnercenter.Collection[T]] {
	return rapid.Map(rapid.SliceOfN(items, 0, 3), partnercenter.NewCollection[T])
}

func sameInBoth[T any](resources *rapid.Generator[T]) func(*testing.T) {
	return rapid.MakeCheck(func(t *rapid.T) {
		resource := resources.Draw(t, "resource")
		if err := equalsJSON(reflect.ValueOf(resource), encoded(t, resource)); err != nil {
			t.Fatal(err)
		}
	})
}

// node is an element as a reader of XML sees it.
type node struct {
	name     xml.Name
	null     bool
	text     string
	children []*node
}

func readXML(text string) (*node, error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	open := []*node{{}}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			if len(open) != 1 || len(open[0].children) != 1 {
				return nil, errors.New("not one root")
			}
			return open[0].children[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("read XML: %w", err)
		}
		within := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			element := &node{name: token.Name, null: slices.Contains(token.Attr, xml.Attr{Name: xml.Name{Space: xmlInstance, Local: "nil"}, Value: "true"})}
			within.children = append(within.children, element)
			open = append(open, element)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			within.text += string(token)
		default:
			return nil, fmt.Errorf("read XML: unexpected %T", token)
		}
	}
}

// equalsJSON says where the XML of a resource differs from its JSON.
func equalsJSON(resource reflect.Value, text string) error {
	root, err := readXML(text)
	if err != nil {
		return err
	}
	body, err := json.Marshal(resource.Interface())
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if root.name.Space != namespaceOf(resource.Type()) {
		return fmt.Errorf("root in %q", root.name.Space)
	}
	if err := sameValue(resource.Type(), want, root); err != nil {
		return fmt.Errorf("%w\nJSON %s\nXML  %s", err, body, text)
	}
	return nil
}

func sameValue(t reflect.Type, want any, got *node) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if got.null || want == nil {
		if want != nil || !got.null || len(got.children) > 0 || got.text != "" {
			return fmt.Errorf("%s: nil is %t, want %v", got.name.Local, got.null, want)
		}
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		if t.Kind() == reflect.Map {
			return samePairs(want, got)
		}
		return sameMembers(t, want, got)
	case []any:
		return sameItems(t.Elem(), want, got)
	}
	if len(got.children) > 0 || got.text != textOf(t, want) {
		return fmt.Errorf("%s: %q, want %q", got.name.Local, got.text, want)
	}
	return nil
}

func sameMembers(t reflect.Type, want map[string]any, got *node) error {
	members := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			members[strings.ToUpper(name[:1])+name[1:]] = field
		}
	}
	last := ""
	for _, child := range got.children {
		field, ok := members[child.name.Local]
		if !ok || child.name.Space != namespaceOf(t) || child.name.Local <= last {
			return fmt.Errorf("%s has %v after %q", t, child.name, last)
		}
		delete(members, child.name.Local)
		if child.name.Local != "Attributes" {
			last = child.name.Local
		} else if child != got.children[0] {
			return fmt.Errorf("%s: Attributes are not first", t)
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if err := sameValue(field.Type, want[name], child); err != nil {
			return fmt.Errorf("%s.%w", t.Name(), err)
		}
	}
	if len(members) > 0 {
		return fmt.Errorf("%s lacks %v", t, members)
	}
	return nil
}

func sameItems(t reflect.Type, want []any, got *node) error {
	if len(want) != len(got.children) {
		return fmt.Errorf("%s: %d items, want %d", got.name.Local, len(got.children), len(want))
	}
	name := t.Name()
	if t == reflect.TypeFor[partnercenter.KeyValue]() || t == reflect.TypeFor[partnercenter.AuditValue]() {
		name = "KeyValueOfstringstring"
	}
	for i, child := range got.children {
		if child.name != (xml.Name{Space: namespaceOf(t), Local: name}) {
			return fmt.Errorf("%s: item is %v", got.name.Local, child.name)
		}
		if err := sameValue(t, want[i], child); err != nil {
			return fmt.Errorf("%s[%d].%w", got.name.Local, i, err)
		}
	}
	return nil
}

func samePairs(want map[string]any, got *node) error {
	pairs := make([]any, 0, len(want))
	for key, value := range want {
		pairs = append(pairs, map[string]any{"key": key, "value": value})
	}
	slices.SortFunc(pairs, func(a, b any) int {
		return strings.Compare(a.(map[string]any)["key"].(string), b.(map[string]any)["key"].(string))
	})
	return sameItems(reflect.TypeFor[partnercenter.KeyValue](), pairs, got)
}

// clrWords are the names of the words of enumerations.
var clrWords = map[reflect.Type]map[string]string{
	reflect.TypeFor[partnercenter.SubscriptionStatus](): {
		"none": "None", "active": "Active", "pending": "Pending", "suspended": "Suspended",
		"expired": "Expired", "disabled": "Disabled", "deleted": "Deleted",
	},
	reflect.TypeFor[partnercenter.BillingType](): {"none": "None", "usage": "Usage", "license": "License", "benefit": "Benefit"},
	reflect.TypeFor[partnercenter.BillingCycle](): {
		"unknown": "Unknown", "monthly": "Monthly", "annual": "Annual", "none": "None",
		"one_time": "OneTime", "triennial": "Triennial", "biennial": "Biennial",
	},
	reflect.TypeFor[partnercenter.ContractType]():      {"subscription": "Subscription", "product_key": "ProductKey", "redemption_code": "RedemptionCode"},
	reflect.TypeFor[partnercenter.ProvisioningState](): {"none": "None", "success": "Success", "pending": "Pending", "failed": "Failed"},
	reflect.TypeFor[partnercenter.OrderStatus](): {
		"unknown": "Unknown", "completed": "Completed", "pending": "Pending", "cancelled": "Cancelled",
		"suspended": "Suspended", "pending_review": "PendingReview", "pending_po_upload": "PendingPoUpload",
		"po_upload_complete": "PoUploadComplete", "po_review_rejected": "PoReviewRejected",
		"partial_success": "PartialSuccess", "error": "Error",
	},
	reflect.TypeFor[partnercenter.CartStatus](): {"Active": "Active", "Ordered": "Ordered"},
	reflect.TypeFor[partnercenter.CartErrorCode](): {
		"unknown": "Unknown", "currency_is_not_supported": "CurrencyIsNotSupported", "catalog_item_id_is_not_valid": "CatalogItemIdIsNotValid",
		"quota_not_available": "QuotaNotAvailable", "inventory_not_available": "InventoryNotAvailable",
		"participants_is_not_supported_for_partner": "ParticipantsIsNotSupportedForPartner",
		"unable_to_process_cart_line_item":          "UnableToProcessCartLineItem", "subscription_is_not_valid": "SubscriptionIsNotValid",
		"subscription_is_not_enabled_for_r_i": "SubscriptionIsNotEnabledForRI", "sandbox_limit_exceeded": "SandboxLimitExceeded",
		"invalid_input": "InvalidInput", "subscription_not_registered": "SubscriptionNotRegistered", "attestation_not_accepted": "AttestationNotAccepted",
		"max_allowed_seats_per_subscription_exceeded": "MaxAllowedSeatsPerSubscriptionExceeded",
	},
	reflect.TypeFor[partnercenter.AuditResourceType]():  {"order": "Order", "partner_customer_relationship": "PartnerCustomerRelationship"},
	reflect.TypeFor[partnercenter.AuditOperationType](): {"create_order": "CreateOrder", "software_attestation": "SoftwareAttestation"},
	reflect.TypeFor[partnercenter.CustomerRelationship](): {
		"none": "None", "reseller": "Reseller", "advisor": "Advisor", "syndication": "Syndication",
		"microsoft_support": "MicrosoftSupport", "unknown": "Unknown",
	},
}

// textOf is how a JSON value reads in XML.
func textOf(t reflect.Type, value any) string {
	text, ok := value.(string)
	switch {
	case t.Kind() == reflect.Float64:
		number, _ := value.(json.Number).Float64()
		return strconv.FormatFloat(number, 'f', -1, 64)
	case !ok:
		return fmt.Sprint(value)
	case clrWords[t] != nil:
		return cmp.Or(clrWords[t][text], text)
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
			return '\uFFFD'
		}
		return c
	}, text)
}

// namespaceOf is where the members, or as an item the element, of a type are.
func namespaceOf(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	switch name {
	case "string", "KeyValue", "AuditValue":
		return arrays
	case "Link", "ResourceAttributes", "Collection", "CollectionLinks":
		return clr + "Core.Collections"
	case "AuditRecord":
		return clr + "Services.Auditing.V1.Models"
	case "Error":
		return clr + "Core.Exceptions"
	case "Cart", "CartLinks", "CartLineItem", "CartError", "CartErrorInformation", "CartCheckoutResult", "CartOrderError":
		return clr + "Services.Carts.V1.Models"
	case "Customer", "CustomerLinks", "CustomerCompanyProfile", "CustomerBillingProfile", "Address",
		"UserCredentials", "ProfileLinks":
		return clr + "Services.Customers.V1.Models"
	case "RenewsTo", "Pricing", "OrderLineItemProvisioningStatus", "QuantityProvisioningStatus",
		"Order", "PurchaseClient", "OrderLinks", "OrderLineItem", "OrderLineItemLinks":
		return clr + "Services.Orders.V1.Models"
	}
	return clr + "Services.Subscriptions.V1.Models"
}
