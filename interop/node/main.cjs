// Gets every kind of token from a development server by MSAL for Node, and
// reads with each what it may and may not.
"use strict";

const assert = require("node:assert/strict");
const { setTimeout: pause } = require("node:timers/promises");
const { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } = require("@azure/msal-node");
const { Person } = require("./person.cjs");
const { Shop } = require("./shop.cjs");

const scopes = ["https://api.partnercenter.microsoft.com/.default"];
// Nobody's: the code is read from the address, as the app would that listens there.
const redirectUri = "http://localhost:8400/signed-in";

function given(name) {
  const value = process.env["PROVOST_" + name];
  if (!value) {
    console.error(`PROVOST_${name} is not set: start this by interop/run`);
    process.exit(2);
  }
  return value;
}

const url = given("URL");
const tenant = given("TENANT");
const user = given("USER");
const shop = new Shop(url, given("CUSTOMER"), given("SUBSCRIPTION"), given("ORDER"));
const auth = {
  clientId: given("CLIENT_ID"),
  authority: `${url}/${tenant}`,
  // Else the library would ask Microsoft whether this is an authority.
  knownAuthorities: [new URL(url).host],
};
const confidential = () => new ConfidentialClientApplication({ auth: { ...auth, clientSecret: given("CLIENT_SECRET") } });
const open = () => new PublicClientApplication({ auth });

// Gives what the check finds, or undefined where it fails.
async function check(what, act) {
  try {
    const found = await act();
    console.log(`ok    node ${what}`);
    return found;
  } catch (e) {
    console.log(`FAIL  node ${what}: ${e.name}: ${e.message.replaceAll(/\s+/g, " ")}`);
    process.exitCode = 1;
  }
}

async function clientCredentials() {
  const app = confidential();
  const first = await check("client credentials: a token", async () => {
    const result = await app.acquireTokenByClientCredential({ scopes });
    assert.equal(result.fromCache, false);
    return result.accessToken;
  });
  await check("client credentials: the same token out of the library's cache", async () => {
    const result = await app.acquireTokenByClientCredential({ scopes });
    assert.ok(first && result.fromCache && result.accessToken === first, "it is another");
  });
  await check("client credentials: the subscription and the order", () => shop.reads(first));
  await check("client credentials: neither provisioning status, 403 900329", () => shop.refusesApps(first));
}

async function byCode(app) {
  const crypto = new CryptoProvider();
  const { verifier, challenge } = await crypto.generatePkceCodes();
  const state = crypto.createNewGuid();
  const nonce = crypto.createNewGuid();
  const page = await app.getAuthCodeUrl({
    scopes, redirectUri, state, nonce, loginHint: user, codeChallenge: challenge, codeChallengeMethod: "S256", responseMode: "query",
  });
  const answer = await new Person(user, given("PASSWORD")).signIn(page);
  return app.acquireTokenByCode({ scopes, redirectUri, code: answer.code, codeVerifier: verifier, state, nonce }, answer);
}

// The person comes after the device has asked for the first time, so that it
// learns to wait.
async function byDevice(app) {
  let came;
  const request = { scopes };
  request.deviceCodeCallback = (started) => {
    came = pause(started.interval * 1000 + 1000)
      .then(() => new Person(user, given("PASSWORD")).approve(started.verificationUri, started.userCode))
      .catch((e) => {
        request.cancel = true; // the documented way to have the library stop waiting
        return e;
      });
  };
  try {
    return await app.acquireTokenByDeviceCode(request);
  } catch (e) {
    throw (await came) ?? e;
  }
}

// Has a person sign in, then goes on by the refresh token.
async function signedIn(how, app, signIn) {
  const first = await check(`${how}: a token`, async () => {
    const result = await signIn(app);
    assert.ok(result.accessToken && result.idToken, "it is not whole");
    return result;
  });
  await check(`${how}: the account`, () => accountOf(app, first));
  await check(`${how}: the same token out of the library's cache`, async () => {
    const result = await silent(app);
    assert.ok(result.fromCache && result.accessToken === first.accessToken, "it is another");
  });
  await check(`${how}: both provisioning statuses`, () => shop.readsStatuses(first?.accessToken));
  const spent = await check(`${how}: a refresh token`, () => refreshToken(app));
  const second = await check(`${how}: a refreshed token`, async () => {
    const result = await silent(app, { forceRefresh: true });
    assert.ok(!result.fromCache && result.accessToken !== first.accessToken, "it is the one from before");
    return result;
  });
  await check(`${how}: both provisioning statuses, refreshed`, () => shop.readsStatuses(second?.accessToken));
  await check(`${how}: the next refresh token`, () => assert.ok(spent && refreshToken(app) !== spent, "it is the one from before"));
  await check(`${how}: a refresh token is good once`, () => {
    assert.ok(spent, "there was none");
    return assert.rejects(app.acquireTokenByRefreshToken({ refreshToken: spent, scopes }), (e) => {
      assert.equal(e.errorCode, "invalid_grant", `refused with ${e}`);
      return true;
    });
  });
}

// The account's ids come from client_info, not from the id_token.
async function accountOf(app, result) {
  const claims = result.idTokenClaims;
  const found = (await app.getTokenCache().getAllAccounts()).map((a) => [a.username, a.homeAccountId, a.tenantId]);
  assert.deepEqual(found, [[user, `${claims.oid}.${tenant}`, tenant]]);
  assert.deepEqual([claims.preferred_username, claims.tid], [user, tenant]);
}

async function silent(app, more) {
  const [account] = await app.getTokenCache().getAllAccounts();
  return app.acquireTokenSilent({ scopes, account, ...more });
}

function refreshToken(app) {
  const kept = Object.values(JSON.parse(app.getTokenCache().serialize()).RefreshToken);
  assert.equal(kept.length, 1);
  return kept[0].secret;
}

async function main() {
  await clientCredentials();
  await signedIn("authorization code", confidential(), byCode);
  await signedIn("authorization code of a public client", open(), byCode);
  await signedIn("device code", open(), byDevice);
}

main();
