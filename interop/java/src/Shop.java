import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;

/** A server, and what the runner says is in it. */
final class Shop {
    static final String TENANT = given("PROVOST_TENANT");
    static final String CLIENT_ID = given("PROVOST_CLIENT_ID");
    static final String CLIENT_SECRET = given("PROVOST_CLIENT_SECRET");
    static final String USER = given("PROVOST_USER");
    static final String PASSWORD = given("PROVOST_PASSWORD");
    static final String CUSTOMER = given("PROVOST_CUSTOMER");
    static final String SUBSCRIPTION = given("PROVOST_SUBSCRIPTION");
    static final String ORDER = given("PROVOST_ORDER");

    final String url;
    private final HttpClient http = HttpClient.newHttpClient();

    Shop(String url) {
        this.url = url;
    }

    static String given(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(name + " is not set: interop/run sets it");
        }
        return value;
    }

    static String subscription() {
        return "customers/" + CUSTOMER + "/subscriptions/" + SUBSCRIPTION;
    }

    static String order() {
        return "customers/" + CUSTOMER + "/orders/" + ORDER;
    }

    /** Gets the body of an answer of this status, asked for with the headers that the official SDK sends. */
    String get(String token, String path, int status) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + "/v1/" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Accept", "application/json")
                        .header("MS-Contract-Version", "v1")
                        .header("MS-RequestId", UUID.randomUUID().toString())
                        .header("MS-CorrelationId", UUID.randomUUID().toString())
                        .header("X-Locale", "en-US")
                        .header("MS-PartnerCenter-Client", "Partner Center Java SDK")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != status) {
            throw new IOException("GET " + path + " answers " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }
}
