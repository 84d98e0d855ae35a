package pipe

import (
	"reflect"

	"provost/partnercenter"
)

// qualified is a CLR name and the XML namespace that stands for its CLR
// namespace.
type qualified struct{ name, namespace string }

// Document 004 names the first two CLR namespaces; those of orders, customers,
// the catalogue and refusals follow their pattern (assumed).
const (
	clr             = "http://schemas.datacontract.org/2004/07/"
	clrSubscription = clr + "Microsoft.Partner.Services.Subscriptions.V1.Models"
	clrCollections  = clr + "Microsoft.Partner.Core.Collections"
	clrOrders       = clr + "Microsoft.Partner.Services.Orders.V1.Models"
	clrCarts        = clr + "Microsoft.Partner.Services.Carts.V1.Models"
	clrCustomers    = clr + "Microsoft.Partner.Services.Customers.V1.Models"
	clrCatalog      = clr + "Microsoft.Partner.Services.Catalog.V1.Models"
	clrAgreements   = clr + "Microsoft.Partner.Services.Agreements.V1.Models"
	clrAuditing     = clr + "Microsoft.Partner.Services.Auditing.V1.Models"
	clrExceptions   = clr + "Microsoft.Partner.Core.Exceptions"

	clrArrays = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
)

// contracts says what .NET calls a type. It has a row for every one that is a
// resource, a part of one, or an item of a list.
var contracts = map[reflect.Type]qualified{
	reflect.TypeFor[string]():                 {"string", clrArrays},
	reflect.TypeFor[partnercenter.KeyValue](): {"KeyValueOfstringstring", clrArrays},

	// A pair is a pair to .NET, whether or not its value can be null.
	reflect.TypeFor[partnercenter.AuditValue](): {"KeyValueOfstringstring", clrArrays},

	reflect.TypeFor[partnercenter.Link]():               {"Link", clrCollections},
	reflect.TypeFor[partnercenter.ResourceAttributes](): {"ResourceAttributes", clrCollections},
	reflect.TypeFor[partnercenter.CollectionLinks]():    {"ResourceCollectionLinks", clrCollections},

	reflect.TypeFor[partnercenter.Collection[partnercenter.Customer]]():                        resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.Order]]():                           resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.OrderLineItemProvisioningStatus]](): resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.Subscription]]():                    resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.Product]]():                         resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.SKU]]():                             resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.Availability]]():                    resourceCollection,
	reflect.TypeFor[partnercenter.Collection[partnercenter.AuditRecord]]():                     resourceCollection,

	reflect.TypeFor[partnercenter.Subscription]():                   {"Subscription", clrSubscription},
	reflect.TypeFor[partnercenter.ItemType]():                       {"ItemType", clrSubscription},
	reflect.TypeFor[partnercenter.RefundOption]():                   {"RefundOption", clrSubscription},
	reflect.TypeFor[partnercenter.RefundableQuantity]():             {"RefundableQuantity", clrSubscription},
	reflect.TypeFor[partnercenter.RefundableQuantityDetail]():       {"RefundableQuantityDetail", clrSubscription},
	reflect.TypeFor[partnercenter.ProductTerm]():                    {"ProductTerm", clrSubscription},
	reflect.TypeFor[partnercenter.ScheduledNextTermInstructions]():  {"ScheduledNextTermInstructions", clrSubscription},
	reflect.TypeFor[partnercenter.NextChargeInstructions]():         {"NextChargeInstructions", clrSubscription},
	reflect.TypeFor[partnercenter.SubscriptionLineItemDetail]():     {"SubscriptionLineItemDetail", clrSubscription},
	reflect.TypeFor[partnercenter.Scope]():                          {"Scope", clrSubscription},
	reflect.TypeFor[partnercenter.PurchaseCommitment]():             {"PurchaseCommitment", clrSubscription},
	reflect.TypeFor[partnercenter.SubscriptionLinks]():              {"SubscriptionLinks", clrSubscription},
	reflect.TypeFor[partnercenter.SubscriptionProvisioningStatus](): {"SubscriptionProvisioningStatus", clrSubscription},

	reflect.TypeFor[partnercenter.Order]():                           {"Order", clrOrders},
	reflect.TypeFor[partnercenter.PurchaseClient]():                  {"OrderClient", clrOrders},
	reflect.TypeFor[partnercenter.OrderLinks]():                      {"OrderLinks", clrOrders},
	reflect.TypeFor[partnercenter.OrderLineItem]():                   {"OrderLineItem", clrOrders},
	reflect.TypeFor[partnercenter.OrderLineItemLinks]():              {"OrderLineItemLinks", clrOrders},
	reflect.TypeFor[partnercenter.RenewsTo]():                        {"RenewsTo", clrOrders},
	reflect.TypeFor[partnercenter.Pricing]():                         {"Pricing", clrOrders},
	reflect.TypeFor[partnercenter.OrderLineItemProvisioningStatus](): {"OrderLineItemProvisioningStatus", clrOrders},
	reflect.TypeFor[partnercenter.QuantityProvisioningStatus]():      {"QuantityProvisioningStatus", clrOrders},

	reflect.TypeFor[partnercenter.Cart]():                 {"Cart", clrCarts},
	reflect.TypeFor[partnercenter.CartLinks]():            {"CartLinks", clrCarts},
	reflect.TypeFor[partnercenter.CartLineItem]():         {"CartLineItem", clrCarts},
	reflect.TypeFor[partnercenter.CartError]():            {"CartError", clrCarts},
	reflect.TypeFor[partnercenter.CartErrorInformation](): {"CartErrorAdditionalInformation", clrCarts},
	reflect.TypeFor[partnercenter.CartCheckoutResult]():   {"CartCheckoutResult", clrCarts},
	reflect.TypeFor[partnercenter.CartOrderError]():       {"OrderError", clrCarts},

	reflect.TypeFor[partnercenter.Customer]():               {"Customer", clrCustomers},
	reflect.TypeFor[partnercenter.CustomerLinks]():          {"CustomerLinks", clrCustomers},
	reflect.TypeFor[partnercenter.CustomerCompanyProfile](): {"CustomerCompanyProfile", clrCustomers},
	reflect.TypeFor[partnercenter.CustomerBillingProfile](): {"CustomerBillingProfile", clrCustomers},
	reflect.TypeFor[partnercenter.Address]():                {"Address", clrCustomers},
	reflect.TypeFor[partnercenter.UserCredentials]():        {"UserCredentials", clrCustomers},
	reflect.TypeFor[partnercenter.ProfileLinks]():           {"ProfileLinks", clrCustomers},

	reflect.TypeFor[partnercenter.Collection[partnercenter.Agreement]](): resourceCollection,
	reflect.TypeFor[partnercenter.Agreement]():                           {"Agreement", clrAgreements},
	reflect.TypeFor[partnercenter.AgreementContact]():                    {"Contact", clrAgreements},

	reflect.TypeFor[partnercenter.Product]():                   {"Product", clrCatalog},
	reflect.TypeFor[partnercenter.ProductLinks]():              {"ProductLinks", clrCatalog},
	reflect.TypeFor[partnercenter.SKU]():                       {"Sku", clrCatalog},
	reflect.TypeFor[partnercenter.SKUAttributes]():             {"SkuDynamicAttributes", clrCatalog},
	reflect.TypeFor[partnercenter.SKULinks]():                  {"SkuLinks", clrCatalog},
	reflect.TypeFor[partnercenter.AttestationProperties]():     {"SkuAttestationProperties", clrCatalog},
	reflect.TypeFor[partnercenter.MinimumPurchaseCommitment](): {"MinimumPurchaseCommitment", clrCatalog},
	reflect.TypeFor[partnercenter.BillingCycle]():              {"BillingCycleType", clrCatalog},
	reflect.TypeFor[partnercenter.Availability]():              {"Availability", clrCatalog},
	reflect.TypeFor[partnercenter.AvailabilityLinks]():         {"AvailabilityLinks", clrCatalog},
	reflect.TypeFor[partnercenter.AvailabilityTerm]():          {"AvailabilityTerm", clrCatalog},
	reflect.TypeFor[partnercenter.CurrencyInfo]():              {"CurrencyInfo", clrCatalog},
	reflect.TypeFor[partnercenter.RenewalInstruction]():        {"RenewalInstruction", clrCatalog},
	reflect.TypeFor[partnercenter.RenewalOption]():             {"RenewalOption", clrCatalog},
	reflect.TypeFor[partnercenter.CancellationPolicy]():        {"CancellationPolicy", clrCatalog},
	reflect.TypeFor[partnercenter.CancellationRefundOption]():  {"CancellationRefundOption", clrCatalog},

	reflect.TypeFor[partnercenter.AuditRecord](): {"AuditRecord", clrAuditing},

	reflect.TypeFor[partnercenter.Error](): {"ApiFault", clrExceptions},
}

// resourceCollection is every page's root. The CLR type is generic, and .NET
// would add a hash to its name; this name is our own.
var resourceCollection = qualified{"ResourceCollection", clrCollections}

// clrGUIDs are the members whose CLR type is Guid, which .NET writes in lower
// case.
var clrGUIDs = map[reflect.Type]string{
	reflect.TypeFor[partnercenter.SubscriptionProvisioningStatus](): "SkuId",
}

// clrStrings are the enumerations that clients model as text (reference 2.6);
// their words are not CLR names.
var clrStrings = map[reflect.Type]bool{
	reflect.TypeFor[partnercenter.FulfillmentState](): true,
}
