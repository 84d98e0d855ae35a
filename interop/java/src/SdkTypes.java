import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.joda.time.DateTime;

/**
 * What the official SDK 1.15 reads the answers into: the members that it knows,
 * of the types that it gives them. Its enumerations are short, and a value that
 * they lack is an error.
 */
final class SdkTypes {
    enum ProvisioningStatus {
        @JsonProperty("none") NONE,
        @JsonProperty("success") SUCCESS,
        @JsonProperty("pending") PENDING,
        @JsonProperty("failed") FAILED
    }

    enum SubscriptionStatus {
        @JsonProperty("none") NONE,
        @JsonProperty("active") ACTIVE,
        @JsonProperty("suspended") SUSPENDED,
        @JsonProperty("deleted") DELETED
    }

    enum BillingCycle {
        @JsonProperty("unknown") UNKNOWN,
        @JsonProperty("monthly") MONTHLY,
        @JsonProperty("annual") ANNUAL,
        @JsonProperty("none") NONE,
        @JsonProperty("one_time") ONE_TIME
    }

    enum BillingType {
        @JsonProperty("none") NONE,
        @JsonProperty("usage") USAGE,
        @JsonProperty("license") LICENSE
    }

    enum ContractType {
        @JsonProperty("subscription") SUBSCRIPTION
    }

    static final class Attributes {
        public String etag;
        public String objectType;
    }

    static final class Header {
        public String key;
        public String value;
    }

    static final class Link {
        public URI uri;
        public String method;
        public List<Header> headers;
    }

    static final class Customer {
        public String id;
    }

    static final class Collection<T> {
        public int totalCount;
        public List<T> items;
        public Map<String, Link> links;
        public Attributes attributes;
    }

    static final class Refund {
        public DateTime expiresAt;
        public String type;
    }

    static final class Subscription {
        public String id;
        public String orderId;
        public String offerId;
        public String offerName;
        public String entitlementId;
        public String friendlyName;
        public String parentSubscriptionId;
        public String partnerId;
        public String publisherName;
        public String termDuration;
        public String renewalTermDuration;
        public String unitType;
        public int quantity;
        public boolean autoRenewEnabled;
        public boolean hasPurchasableAddons;
        public boolean isMicrosoftProduct;
        public boolean isTrial;
        public DateTime creationDate;
        public DateTime effectiveStartDate;
        public DateTime commitmentEndDate;
        public SubscriptionStatus status;
        public BillingType billingType;
        public BillingCycle billingCycle;
        public ContractType contractType;
        public List<String> actions;
        public List<String> suspensionReasons;
        public List<Refund> refundOptions;
        public Map<String, Link> links;
        public Attributes attributes;
    }

    static final class SubscriptionProvisioning {
        public String skuId;
        public ProvisioningStatus status;
        public int quantity;
        public DateTime endDate;
        public Attributes attributes;
    }

    static final class Pricing {
        public Double discountedPrice;
        public Double extendedPrice;
        public Double listPrice;
        public Double price;
        public Double proratedPrice;
    }

    static final class RenewsTo {
        public String termDuration;
    }

    static final class LineItem {
        public int lineItemNumber;
        public int quantity;
        public String friendlyName;
        public String offerId;
        public String parentSubscriptionId;
        public String partnerIdOnRecord;
        public String subscriptionId;
        public String termDuration;
        public String transactionType;
        public Pricing pricing;
        public RenewsTo renewsTo;
        public Map<String, String> provisioningContext;
        public Map<String, Link> links;
        public Attributes attributes;
    }

    static final class Order {
        public String id;
        public String referenceCustomerId;
        public String currencyCode;
        public String currencySymbol;
        public String status;
        public String transactionType;
        public double totalPrice;
        public BillingCycle billingCycle;
        public DateTime creationDate;
        public List<LineItem> lineItems;
        public Map<String, Link> links;
        public Attributes attributes;
    }

    static final class QuantityProvisioning {
        public int quantity;
        public String status;
    }

    static final class LineItemProvisioning {
        public int lineItemNumber;
        public String status;
        public List<QuantityProvisioning> quantityProvisioningInformation;
        public Attributes attributes;
    }

    static final class Fault {
        public String code;
        public String description;
        public List<String> data;
    }

    private SdkTypes() {}
}
