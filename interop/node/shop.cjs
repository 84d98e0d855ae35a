"use strict";

const assert = require("node:assert/strict");

// Where the tokens are for.
class Shop {
  constructor(url, customer, subscription, order) {
    this.ids = { subscription, order };
    this.subscription = `${url}/v1/customers/${customer}/subscriptions/${subscription}`;
    this.order = `${url}/v1/customers/${customer}/orders/${order}`;
  }

  async reads(token) {
    for (const [noun, id] of Object.entries(this.ids)) {
      const found = await get(token, this[noun], 200);
      assert.equal(found.id.toLowerCase(), id.toLowerCase());
    }
  }

  async readsStatuses(token) {
    const { status, quantity, endDate } = await get(token, this.subscription + "/provisioningstatus", 200);
    assert.deepEqual({ status, quantity, endDate }, { status: "success", quantity: 5, endDate: "2018-05-10T00:00:00Z" });
    const { items } = await get(token, this.order + "/provisioningstatus", 200);
    assert.deepEqual(items.map((line) => line.status), ["fulfilled"]);
  }

  async refusesApps(token) {
    for (const address of [this.subscription, this.order]) {
      const { code } = await get(token, address + "/provisioningstatus", 403);
      assert.equal(String(code), "900329");
    }
  }
}

async function get(token, address, status) {
  assert.ok(token, "there is no token");
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
  const text = await answer.text();
  assert.equal(answer.status, status, `${address} answers ${answer.status}: ${text}`);
  return JSON.parse(text);
}

module.exports = { Shop };
