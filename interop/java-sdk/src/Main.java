import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.store.partnercenter.AuthenticationToken;
import com.microsoft.store.partnercenter.IAggregatePartner;
import com.microsoft.store.partnercenter.PartnerService;
import com.microsoft.store.partnercenter.customers.ICustomer;
import com.microsoft.store.partnercenter.extensions.PartnerCredentials;
import com.microsoft.store.partnercenter.models.orders.Order;
import com.microsoft.store.partnercenter.models.orders.OrderLineItemProvisioningStatus;
import com.microsoft.store.partnercenter.models.subscriptions.ProvisioningStatus;
import com.microsoft.store.partnercenter.models.subscriptions.Subscription;
import com.microsoft.store.partnercenter.models.subscriptions.SubscriptionProvisioningStatus;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * The official SDK reads a subscription, an order and both provisioning
 * statuses.
 *
 * <p>Its user sign-in is the one that provisioning statuses take: the caller
 * hands it a handler that brings a token when one is needed. Its sign-in as an
 * app is of no use here: it takes an authority, but not the setting that keeps
 * its MSAL from asking Microsoft whether that is one.
 */
public final class Main {
    private static boolean failed;

    interface Check {
        void run() throws Exception;
    }

    public static void main(String[] args) {
        PartnerService.getInstance().setApiRootUrl(given("PROVOST_HTTP_URL"));
        check("signs in, and gets a subscription", () -> {
            Subscription subscription = customer().getSubscriptions().byId(given("PROVOST_SUBSCRIPTION")).get();
            same("id", given("PROVOST_SUBSCRIPTION"), subscription.getId());
            same("objectType", "Subscription", subscription.getAttributes().getObjectType());
        });
        check("gets its provisioning status", () -> {
            SubscriptionProvisioningStatus status =
                    customer().getSubscriptions().byId(given("PROVOST_SUBSCRIPTION")).getProvisioningStatus().get();
            same("status", ProvisioningStatus.SUCCESS, status.getStatus());
            same("quantity", 5, status.getQuantity());
            same("endDate", new DateTime(2018, 5, 10, 0, 0, DateTimeZone.UTC), status.getEndDate().withZone(DateTimeZone.UTC));
        });
        check("gets an order", () -> {
            Order order = customer().getOrders().byId(given("PROVOST_ORDER")).get();
            same("id", given("PROVOST_ORDER").toLowerCase(), order.getId().toLowerCase());
            same("lineItemNumber", 0, order.getLineItems().iterator().next().getLineItemNumber());
        });
        check("gets its provisioning status, line by line", () -> {
            OrderLineItemProvisioningStatus line =
                    customer().getOrders().byId(given("PROVOST_ORDER")).getProvisioningStatus().get().getItems().iterator().next();
            same("status", "fulfilled", line.getStatus());
            same("quantity", 1, line.getQuantityProvisioningInformation().iterator().next().getQuantity());
        });
        // The SDK's HTTP client keeps threads that would outlive this one.
        System.exit(failed ? 1 : 0);
    }

    private static ICustomer customer() throws Exception {
        IAggregatePartner partner = PartnerService.getInstance().createPartnerOperations(
                PartnerCredentials.getInstance().generateByUserCredentials(given("PROVOST_CLIENT_ID"), token(), () -> {
                    try {
                        return token();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }));
        return partner.getCustomers().byId(given("PROVOST_CUSTOMER"));
    }

    private static AuthenticationToken token() throws IOException, InterruptedException {
        String form = "grant_type=password&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com&scope=openid"
                + "&client_id=" + escaped("PROVOST_CLIENT_ID") + "&client_secret=" + escaped("PROVOST_CLIENT_SECRET")
                + "&username=" + escaped("PROVOST_USER") + "&password=" + escaped("PROVOST_PASSWORD");
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create(given("PROVOST_HTTP_URL") + "/" + given("PROVOST_TENANT") + "/oauth2/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("the token endpoint answers " + answer.statusCode() + " " + answer.body());
        }
        JsonNode token = new ObjectMapper().readTree(answer.body());
        return new AuthenticationToken(token.get("access_token").asText(), DateTime.now().plusSeconds(token.get("expires_in").asInt()));
    }

    private static void check(String what, Check check) {
        try {
            check.run();
            System.out.println("ok    java-sdk " + what);
        } catch (Exception | AssertionError | LinkageError e) {
            failed = true;
            System.out.println("FAIL  java-sdk " + what + ": " + e.toString().replace('\n', ' '));
        }
    }

    private static void same(String name, Object want, Object got) {
        if (!want.equals(got)) {
            throw new AssertionError(name + " is " + got + ", not " + want);
        }
    }

    private static String given(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(name + " is not set: interop/run sets it");
        }
        return value;
    }

    private static String escaped(String name) {
        return URLEncoder.encode(given(name), StandardCharsets.UTF_8);
    }
}
