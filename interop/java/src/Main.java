/** What Java programs do with a server, as interop/run starts it. */
public final class Main {
    public static void main(String[] args) {
        Checks checks = new Checks();
        Shop shop = new Shop(Shop.given("PROVOST_URL"));
        SignIn signIn = new SignIn(shop, checks);
        signIn.run();
        Reading reading = new Reading(shop);
        checks.check("the SDK's types take a subscription", () -> reading.subscription(signIn.userToken()));
        checks.check("the SDK's types take its provisioning status", () -> reading.provisioningStatus(signIn.userToken()));
        checks.check("the SDK's types take an order", () -> reading.order(signIn.userToken()));
        checks.check("the SDK's types take its provisioning status, line by line", () -> reading.orderProvisioningStatus(signIn.userToken()));
        checks.check("the SDK's types take a refusal", () -> reading.refusal(signIn.userToken()));
        checks.check("the SDK's types take all that the demo shop holds", () -> reading.everything(signIn.userToken()));
        System.exit(checks.failed() ? 1 : 0);
    }
}
