import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.aad.msal4j.AbstractClientApplicationBase;
import com.microsoft.aad.msal4j.AuthorizationCodeParameters;
import com.microsoft.aad.msal4j.AuthorizationRequestUrlParameters;
import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.DeviceCodeFlowParameters;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.InteractiveRequestParameters;
import com.microsoft.aad.msal4j.PublicClientApplication;
import com.microsoft.aad.msal4j.RefreshTokenParameters;
import com.microsoft.aad.msal4j.SilentParameters;
import com.microsoft.aad.msal4j.SystemBrowserOptions;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import java.util.UUID;

/**
 * MSAL for Java gets its tokens, and each App+User token reads a provisioning
 * status.
 *
 * <p>The one setting that an authority besides Microsoft's own takes is
 * instanceDiscovery: without it, MSAL asks Microsoft about this one.
 */
final class SignIn {
    private static final Set<String> SCOPES = Set.of("https://api.partnercenter.microsoft.com/.default");

    private final Shop shop;
    private final Checks checks;
    private final Person person = new Person();
    private final Reading reading;

    SignIn(Shop shop, Checks checks) {
        this.shop = shop;
        this.checks = checks;
        this.reading = new Reading(shop);
    }

    void run() {
        checks.check("MSAL client credentials: the app reads a subscription", this::clientCredentials);
        checks.check("MSAL authorization code, PKCE and a secret: the user reads a provisioning status", this::authorizationCode);
        checks.check("MSAL interactive sign-in of a public client, PKCE of its own: the user reads a provisioning status", this::interactive);
        checks.check("MSAL device code: the user reads a provisioning status", this::deviceCode);
        checks.check("MSAL refresh tokens, rotating, with and without a secret: each new token reads a provisioning status", this::refresh);
        checks.check("MSAL tells a wrong secret by Entra's code", this::wrongSecret);
    }

    String userToken() throws Exception {
        return byCode(confidential(Shop.CLIENT_SECRET)).accessToken();
    }

    private void clientCredentials() throws Exception {
        IAuthenticationResult result = confidential(Shop.CLIENT_SECRET).acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get();
        Checks.that(result.expiresOnDate().after(new Date()), "the token has expired: " + result.expiresOnDate());
        reading.subscription(result.accessToken());
    }

    private void authorizationCode() throws Exception {
        reads(byCode(confidential(Shop.CLIENT_SECRET)));
    }

    private void interactive() throws Exception {
        reads(inBrowser(publicClient()));
    }

    private void deviceCode() throws Exception {
        DeviceCodeFlowParameters parameters = DeviceCodeFlowParameters.builder(SCOPES, code -> {
            try {
                person.enter(URI.create(code.verificationUri()), code.userCode());
            } catch (Exception e) {
                throw new IllegalStateException("the person cannot enter the code: " + e, e);
            }
        }).build();
        reads(publicClient().acquireToken(parameters).get());
    }

    private void refresh() throws Exception {
        ConfidentialClientApplication confidential = confidential(Shop.CLIENT_SECRET);
        refreshTwice(confidential, byCode(confidential));
        PublicClientApplication open = publicClient();
        refreshTwice(open, inBrowser(open));
    }

    /**
     * The second exchange is by the token that the first one brought. MSAL keeps
     * these tokens to itself and exchanges them in acquireTokenSilently, which
     * asks at port 443 whatever port the authority names; so they come out of
     * its cache here, as for a program that stores them.
     */
    private void refreshTwice(AbstractClientApplicationBase app, IAuthenticationResult first) throws Exception {
        Checks.same("the token that MSAL has kept", first.accessToken(),
                app.acquireTokenSilently(SilentParameters.builder(SCOPES, first.account()).build()).get().accessToken());
        String refreshToken = kept(app);
        for (int i = 0; i < 2; i++) {
            IAuthenticationResult next = app.acquireToken(RefreshTokenParameters.builder(SCOPES, refreshToken).build()).get();
            Checks.that(!next.accessToken().equals(first.accessToken()), "the token is the same as before");
            reads(next);
            Checks.that(!kept(app).equals(refreshToken), "the refresh token is the same as before");
            refreshToken = kept(app);
        }
    }

    private static String kept(AbstractClientApplicationBase app) throws IOException {
        JsonNode tokens = new ObjectMapper().readTree(app.tokenCache().serialize()).get("RefreshToken");
        Checks.same("refresh tokens", 1, tokens.size());
        return tokens.elements().next().get("secret").asText();
    }

    private void wrongSecret() throws Exception {
        try {
            confidential("not the secret").acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get();
        } catch (Exception e) {
            Checks.that(e.getMessage().contains("AADSTS7000215"), "the refusal is " + e);
            return;
        }
        throw new AssertionError("it got a token");
    }

    private IAuthenticationResult byCode(ConfidentialClientApplication app) throws Exception {
        URI redirect = URI.create("http://localhost:8400/signin");
        String verifier = UUID.randomUUID().toString() + UUID.randomUUID();
        String state = UUID.randomUUID().toString();
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
        URI page = app.getAuthorizationRequestUrl(AuthorizationRequestUrlParameters.builder(redirect.toString(), SCOPES)
                .codeChallenge(Base64.getUrlEncoder().withoutPadding().encodeToString(hash))
                .codeChallengeMethod("S256")
                .state(state)
                .build()).toURI();
        Person.Return back = person.signIn(page);
        Checks.same("where the page leads", redirect, back.posted() ? back.to() : URI.create(back.to().toString().split("\\?")[0]));
        Checks.same("state", state, back.parameters().get("state"));
        return app.acquireToken(AuthorizationCodeParameters.builder(back.parameters().get("code"), redirect).scopes(SCOPES).codeVerifier(verifier).build()).get();
    }

    private IAuthenticationResult inBrowser(PublicClientApplication app) throws Exception {
        // MSAL awaits the answer while the browser is open, so this one returns at once.
        SystemBrowserOptions browser = SystemBrowserOptions.builder().openBrowserAction(page -> new Thread(() -> {
            try {
                person.signInAndReturn(page.toURI());
            } catch (Exception e) {
                System.err.println("the person cannot sign in: " + e);
            }
        }).start()).build();
        return app.acquireToken(InteractiveRequestParameters.builder(URI.create("http://localhost"))
                .scopes(SCOPES)
                .systemBrowserOptions(browser)
                .httpPollingTimeoutInSeconds(30)
                .build()).get();
    }

    private void reads(IAuthenticationResult result) throws Exception {
        Checks.same("the account", Shop.USER, result.account().username());
        Checks.that(result.idToken() != null, "there is no id token");
        reading.provisioningStatus(result.accessToken());
    }

    private ConfidentialClientApplication confidential(String secret) throws MalformedURLException {
        return ConfidentialClientApplication.builder(Shop.CLIENT_ID, ClientCredentialFactory.createFromSecret(secret))
                .authority(authority())
                .instanceDiscovery(false)
                .build();
    }

    private PublicClientApplication publicClient() throws MalformedURLException {
        return PublicClientApplication.builder(Shop.CLIENT_ID)
                .authority(authority())
                .instanceDiscovery(false)
                .build();
    }

    private String authority() {
        return shop.url + "/" + Shop.TENANT + "/";
    }
}
