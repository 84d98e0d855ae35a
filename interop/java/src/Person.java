import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Someone with a browser, who signs in at the pages that a library sends them to. */
final class Person {
    private static final Pattern TICKET = Pattern.compile("name=\"ticket\" value=\"([^\"]+)\"");
    private static final Pattern PROBLEM = Pattern.compile("<p role=\"alert\">([^<]+)");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]+)\"");
    private static final Pattern HIDDEN = Pattern.compile("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"");

    private final HttpClient browser = HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** Where the page sends the browser in the end, and the parameters that it takes along, by POST or in the address. */
    record Return(URI to, Map<String, String> parameters, boolean posted) {}

    Return signIn(URI page) throws IOException, InterruptedException {
        HttpResponse<String> sent = send(page, answer(open(page)));
        Optional<String> location = sent.headers().firstValue("Location");
        if (location.isPresent()) {
            URI to = URI.create(location.get());
            return new Return(to, read(to.getRawQuery()), false);
        }
        URI to = URI.create(find(ACTION, sent.body()));
        Map<String, String> parameters = new LinkedHashMap<>();
        Matcher hidden = HIDDEN.matcher(sent.body());
        while (hidden.find()) {
            parameters.put(text(hidden.group(1)), text(hidden.group(2)));
        }
        return new Return(to, parameters, true);
    }

    /** Signs in, and goes where the page leads: to the library that listens there. */
    void signInAndReturn(URI page) throws IOException, InterruptedException {
        Return back = signIn(page);
        if (!back.posted()) {
            open(back.to());
            return;
        }
        send(back.to(), back.parameters().entrySet().stream().map(e -> field(e.getKey(), e.getValue())).collect(Collectors.joining("&")));
    }

    void enter(URI page, String userCode) throws IOException, InterruptedException {
        String form = field("ticket", find(TICKET, open(page))) + "&" + field("user_code", userCode);
        HttpResponse<String> next = send(page, form);
        HttpResponse<String> done = send(page, answer(next.body()));
        if (done.statusCode() != 200 || !done.body().contains("role=\"status\"")) {
            throw new IOException("the device page answers " + done.statusCode() + " " + done.body());
        }
    }

    private String answer(String page) throws IOException {
        Pattern user = Pattern.compile("name=\"user\"[^>]* value=\"([^\"]+)\"[^>]*>\\s*<label[^>]*><strong>[^<]*</strong> " + Pattern.quote(Shop.USER));
        return field("ticket", find(TICKET, page)) + "&" + field("user", find(user, page)) + "&" + field("password", Shop.PASSWORD)
                + "&" + field("mfa", "true") + "&" + field("action", "signin");
    }

    private String open(URI page) throws IOException, InterruptedException {
        return browser.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private HttpResponse<String> send(URI page, String form) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(page)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Origin", page.getScheme() + "://" + page.getAuthority())
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String find(Pattern pattern, String page) throws IOException {
        Matcher found = pattern.matcher(page);
        if (!found.find()) {
            Matcher problem = PROBLEM.matcher(page);
            throw new IOException(problem.find() ? "the page says: " + text(problem.group(1)) : "the page has nothing like " + pattern + ": " + page);
        }
        return found.group(1);
    }

    private static String field(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static Map<String, String> read(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String parameter : query.split("&")) {
            int is = parameter.indexOf('=');
            parameters.put(parameter.substring(0, is), URLDecoder.decode(parameter.substring(is + 1), StandardCharsets.UTF_8));
        }
        return parameters;
    }

    /** The text of an attribute. */
    private static String text(String html) {
        return html.replace("&#43;", "+").replace("&#34;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    }
}
