"use strict";

const assert = require("node:assert/strict");

// Does at the server's pages what someone does with a browser.
class Person {
  constructor(user, password) {
    this.user = user;
    this.password = password;
    this.cookies = new Map();
  }

  // Fills in the sign-in page; gives what the app is sent.
  async signIn(page) {
    const answer = await this.#choose(page, (await this.#send(page)).text);
    assert.ok(answer.location, `${page} leads nowhere: ${answer.text}`);
    return Object.fromEntries(new URL(answer.location).searchParams);
  }

  // Enters what the device shows, then signs in.
  async approve(page, userCode) {
    const code = (await this.#send(page)).text;
    const who = (await this.#send(page, { ticket: ticket(code), user_code: userCode })).text;
    const done = (await this.#choose(page, who)).text;
    assert.match(done, /You have signed in/);
  }

  // Picks the user on a page that asks who signs in.
  async #choose(page, text) {
    const name = this.user.replaceAll(".", "\\.");
    const found = text.match(new RegExp(`value="([^"]+)"[^>]*>\\s*<label[^>]*><strong>[^<]*</strong> ${name}`));
    assert.ok(found, `${page} does not offer ${this.user}: ${text}`);
    return this.#send(page, { ticket: ticket(text), user: found[1], password: this.password, mfa: "true", action: "signin" });
  }

  async #send(page, form) {
    const headers = { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const body = form && new URLSearchParams(form);
    const answer = await fetch(page, { method: form ? "POST" : "GET", headers, body, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      this.cookies.set(name, value);
    }
    const text = await answer.text();
    assert.ok(answer.status < 400, `${page} answers ${answer.status}: ${text}`);
    return { text, location: answer.headers.get("Location") };
  }
}

function ticket(text) {
  return text.match(/name="ticket" value="([^"]+)"/)?.[1] ?? "";
}

module.exports = { Person };
