import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.datatype.joda.JodaModule;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * Reads answers as the official SDK does: with its Jackson, set as it sets it,
 * into its types. In two things it is harder than the SDK: no text passes for a
 * number, and no null for a member that cannot be null.
 */
final class Reading {
    /** The documents' words that the SDK's enumerations lack: it fails on them at Microsoft too. */
    private static final Map<Class<?>, Set<String>> UNKNOWN_TO_IT = Map.of(
            SdkTypes.SubscriptionStatus.class, Set.of("expired", "disabled", "pending"),
            SdkTypes.BillingType.class, Set.of("benefit"),
            SdkTypes.BillingCycle.class, Set.of("triennial"),
            SdkTypes.ContractType.class, Set.of("product_key", "redemption_code"));

    private final Shop shop;
    private final ObjectMapper sdk = new ObjectMapper()
            .registerModule(new JodaModule())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .addHandler(new DeserializationProblemHandler() {
                @Override
                public Object handleWeirdStringValue(DeserializationContext context, Class<?> type, String word, String problem) {
                    return UNKNOWN_TO_IT.getOrDefault(type, Set.of()).contains(word) ? null : NOT_HANDLED;
                }
            });

    Reading(Shop shop) {
        this.shop = shop;
    }

    void subscription(String token) throws IOException, InterruptedException {
        SdkTypes.Subscription subscription = read(token, Shop.subscription(), SdkTypes.Subscription.class);
        Checks.same("id", Shop.SUBSCRIPTION, subscription.id);
        Checks.same("status", SdkTypes.SubscriptionStatus.ACTIVE, subscription.status);
        Checks.same("objectType", "Subscription", subscription.attributes.objectType);
        // The SDK follows a link as it stands, so that two slashes meet: /v1//customers/…
        SdkTypes.Subscription again = read(token, subscription.links.get("self").uri.toString(), SdkTypes.Subscription.class);
        Checks.same("id by the link to itself", Shop.SUBSCRIPTION, again.id);
    }

    void provisioningStatus(String token) throws IOException, InterruptedException {
        SdkTypes.SubscriptionProvisioning status = read(token, Shop.subscription() + "/provisioningstatus", SdkTypes.SubscriptionProvisioning.class);
        Checks.same("status", SdkTypes.ProvisioningStatus.SUCCESS, status.status);
        Checks.same("quantity", 5, status.quantity);
        Checks.same("endDate", new DateTime(2018, 5, 10, 0, 0, DateTimeZone.UTC), status.endDate);
        Checks.that(status.skuId != null, "there is no skuId");
    }

    void order(String token) throws IOException, InterruptedException {
        SdkTypes.Order order = read(token, Shop.order(), SdkTypes.Order.class);
        Checks.same("id", Shop.ORDER.toLowerCase(), order.id.toLowerCase());
        Checks.same("lines", 1, order.lineItems.size());
        Checks.same("lineItemNumber", 0, order.lineItems.get(0).lineItemNumber);
        Checks.that(order.creationDate != null, "there is no creationDate");
    }

    void orderProvisioningStatus(String token) throws IOException, InterruptedException {
        SdkTypes.Collection<SdkTypes.LineItemProvisioning> lines =
                read(token, Shop.order() + "/provisioningstatus", new TypeReference<SdkTypes.Collection<SdkTypes.LineItemProvisioning>>() {});
        Checks.same("lines", 1, lines.items.size());
        SdkTypes.LineItemProvisioning line = lines.items.get(0);
        Checks.same("status", "fulfilled", line.status);
        Checks.same("quantity", 1, line.quantityProvisioningInformation.get(0).quantity);
        Checks.same("its status", "fulfilled", line.quantityProvisioningInformation.get(0).status);
    }

    void refusal(String token) throws IOException, InterruptedException {
        String body = shop.get(token, "customers/" + Shop.CUSTOMER + "/subscriptions/" + UUID.randomUUID(), 404);
        SdkTypes.Fault fault = sdk.readValue(body, SdkTypes.Fault.class);
        Checks.that(fault.code != null && fault.description != null, "it has no code or no description: " + body);
    }

    void everything(String token) throws IOException, InterruptedException {
        int statuses = 0;
        for (SdkTypes.Customer customer : read(token, "customers", new TypeReference<SdkTypes.Collection<SdkTypes.Customer>>() {}).items) {
            String path = "customers/" + customer.id + "/";
            for (SdkTypes.Subscription s : read(token, path + "subscriptions", new TypeReference<SdkTypes.Collection<SdkTypes.Subscription>>() {}).items) {
                read(token, path + "subscriptions/" + s.id, SdkTypes.Subscription.class);
                if (s.billingType == SdkTypes.BillingType.LICENSE) {
                    read(token, path + "subscriptions/" + s.id + "/provisioningstatus", SdkTypes.SubscriptionProvisioning.class);
                    statuses++;
                }
            }
            for (SdkTypes.Order o : read(token, path + "orders", new TypeReference<SdkTypes.Collection<SdkTypes.Order>>() {}).items) {
                read(token, path + "orders/" + o.id + "?include_price=true", SdkTypes.Order.class);
                read(token, path + "orders/" + o.id + "/provisioningstatus", new TypeReference<SdkTypes.Collection<SdkTypes.LineItemProvisioning>>() {});
                statuses++;
            }
        }
        Checks.that(statuses > 20, "it holds only " + statuses + " provisioning statuses");
    }

    private <T> T read(String token, String path, Class<T> type) throws IOException, InterruptedException {
        return read(token, path, sdk.constructType(type));
    }

    private <T> T read(String token, String path, TypeReference<T> type) throws IOException, InterruptedException {
        return read(token, path, sdk.getTypeFactory().constructType(type));
    }

    private <T> T read(String token, String path, JavaType type) throws IOException, InterruptedException {
        String body = shop.get(token, path, 200);
        try {
            return sdk.readValue(body, type);
        } catch (JsonMappingException e) {
            throw new IOException("GET " + path + ": " + e.getOriginalMessage() + " at " + e.getPathReference(), e);
        }
    }
}
