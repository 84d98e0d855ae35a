"""Gets every kind of token from a development server by MSAL for Python, and
reads with each what it may and may not."""

import json
import os
import sys
import threading
import time

import msal

from person import Person
from shop import Shop

SCOPES = ["https://api.partnercenter.microsoft.com/.default"]
# Nobody's: what the browser would send there is read from the page.
REDIRECT = "http://localhost:8400/signed-in"


def given(name):
    value = os.environ.get("PROVOST_" + name)
    if not value:
        sys.exit(f"PROVOST_{name} is not set: start this by interop/run")
    return value


URL, TENANT, CLIENT_ID, SECRET = given("URL"), given("TENANT"), given("CLIENT_ID"), given("CLIENT_SECRET")
USER = given("USER")
SHOP = Shop(URL, given("CUSTOMER"), given("SUBSCRIPTION"), given("ORDER"))
failures = 0


def check(what, do):
    """Gives what the check finds, or None where it fails."""
    global failures
    try:
        found = do()
    except Exception as e:  # whatever a library raises is its verdict
        failures += 1
        print(f"FAIL  python {what}: {type(e).__name__}: {' '.join(str(e).split())}", flush=True)
        return None
    print(f"ok    python {what}", flush=True)
    return found


def app(kind, **more):
    # Without instance_discovery=False the library would ask Microsoft whether this is an authority.
    return kind(CLIENT_ID, authority=f"{URL}/{TENANT}", token_cache=msal.SerializableTokenCache(), **{"instance_discovery": False, **more})


def must(result, source="identity_provider"):
    if not result or "access_token" not in result:
        raise AssertionError(f"no token: {result}")
    if result.get("token_source") != source:
        raise AssertionError(f"the token is from {result.get('token_source')}")
    return result["access_token"]


def client_credentials():
    client = check("client credentials: an app", lambda: app(msal.ConfidentialClientApplication, client_credential=SECRET))
    token = check("client credentials: a token", lambda: must(client.acquire_token_for_client(SCOPES)))
    check("client credentials: the same token out of the library's cache", lambda: same(token, must(client.acquire_token_for_client(SCOPES), "cache")))
    check("client credentials: the subscription and the order", lambda: SHOP.reads(token))
    check("client credentials: neither provisioning status, 403 900329", lambda: SHOP.refuses_apps(token))


def instance_discovery():
    """The server vouches for itself, too, when it is asked instead of Microsoft."""
    client = check("instance discovery: an app",
                   lambda: app(msal.ConfidentialClientApplication, client_credential=SECRET, instance_discovery=f"{URL}/common/discovery/instance"))
    check("instance discovery: a token", lambda: must(client.acquire_token_for_client(SCOPES)))


def same(a, b):
    if a is None or a != b:
        raise AssertionError("they are two")


def by_code(client):
    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT, login_hint=USER, response_mode="form_post")
    return client.acquire_token_by_auth_code_flow(flow, Person(USER, given("PASSWORD")).sign_in(flow["auth_uri"]))


def by_device(client):
    """The person comes after the device has asked for the first time, so that it learns to wait."""
    flow = client.initiate_device_flow(SCOPES)
    if "user_code" not in flow:
        raise AssertionError(f"no code: {flow}")
    problems = []

    def approve():
        time.sleep(1)
        try:
            Person(USER, given("PASSWORD")).approve(flow["verification_uri"], flow["user_code"])
        except Exception as e:
            problems.append(e)
            flow["expires_at"] = 0  # the documented way to have the library stop waiting

    person = threading.Thread(target=approve)
    person.start()
    result = client.acquire_token_by_device_flow(flow)
    person.join()
    if problems:
        raise problems[0]
    return result


def signed_in(how, client, sign_in):
    """Has a person sign in, then goes on by the refresh token."""
    result = check(f"{how}: a token", lambda: whole(sign_in(client)))
    token = result and result["access_token"]
    check(f"{how}: the account", lambda: account_of(client, result))
    check(f"{how}: the same token out of the library's cache", lambda: same(token, must(silent(client), "cache")))
    check(f"{how}: both provisioning statuses", lambda: SHOP.reads_statuses(token))
    spent = check(f"{how}: a refresh token", lambda: refresh_token(client))
    token = check(f"{how}: a refreshed token", lambda: another(token, must(silent(client, force_refresh=True))))
    check(f"{how}: both provisioning statuses, refreshed", lambda: SHOP.reads_statuses(token))
    check(f"{how}: the next refresh token", lambda: another(spent, refresh_token(client)))
    check(f"{how}: a refresh token is good once", lambda: refused(client.acquire_token_by_refresh_token(spent, SCOPES), "invalid_grant"))


def whole(result):
    must(result)
    if not result.get("id_token_claims"):
        raise AssertionError(f"there is no id_token: {sorted(result)}")
    return result


def account_of(client, result):
    """The account's ids come from client_info, not from the id_token."""
    claims = result["id_token_claims"]
    found = [(a["username"], a["home_account_id"], a["realm"]) for a in client.get_accounts()]
    want = [(USER, f"{claims['oid']}.{TENANT}", TENANT)]
    if found != want or claims["preferred_username"] != USER or claims["tid"] != TENANT:
        raise AssertionError(f"{found}, not {want}")


def silent(client, **more):
    return client.acquire_token_silent_with_error(SCOPES, account=client.get_accounts()[0], **more)


def refresh_token(client):
    [kept] = json.loads(client.token_cache.serialize())["RefreshToken"].values()
    return kept["secret"]


def another(before, after):
    if not before or before == after:
        raise AssertionError("it is the one from before")
    return after


def refused(result, error):
    if not result or result.get("error") != error:
        raise AssertionError(f"not refused with {error}: {result}")


client_credentials()
instance_discovery()
signed_in("authorization code", app(msal.ConfidentialClientApplication, client_credential=SECRET), by_code)
signed_in("authorization code of a public client", app(msal.PublicClientApplication), by_code)
signed_in("device code", app(msal.PublicClientApplication), by_device)
sys.exit(1 if failures else 0)
