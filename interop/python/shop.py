"""Where the tokens are for."""

import requests


class Shop:
    def __init__(self, url, customer, subscription, order):
        self.ids = {
            f"{url}/v1/customers/{customer}/subscriptions/{subscription}": subscription,
            f"{url}/v1/customers/{customer}/orders/{order}": order,
        }
        self.subscription, self.order = self.ids

    def reads(self, token):
        for address, id in self.ids.items():
            found = get(token, address, 200)
            if found["id"].lower() != id.lower():
                raise AssertionError(f"{address} is {found['id']}")

    def reads_statuses(self, token):
        status = get(token, self.subscription + "/provisioningstatus", 200)
        found = (status["status"], status["quantity"], status["endDate"])
        if found != ("success", 5, "2018-05-10T00:00:00Z"):
            raise AssertionError(f"the subscription is {found}")
        lines = get(token, self.order + "/provisioningstatus", 200)["items"]
        if [line["status"] for line in lines] != ["fulfilled"]:
            raise AssertionError(f"the order's lines are {lines}")

    def refuses_apps(self, token):
        for address in self.ids:
            code = get(token, address + "/provisioningstatus", 403)["code"]
            if str(code) != "900329":
                raise AssertionError(f"{address}/provisioningstatus is refused with {code}")


def get(token, address, status):
    if not token:
        raise AssertionError("there is no token")
    answer = requests.get(address, headers={"Authorization": "Bearer " + token}, timeout=30)
    if answer.status_code != status:
        raise AssertionError(f"{address} answers {answer.status_code}: {answer.text}")
    return answer.json()
