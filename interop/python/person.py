"""Does at the server's pages what someone does with a browser."""

import html
import re

import requests


class Person:
    def __init__(self, user, password):
        self.user, self.password = user, password
        self.browser = requests.Session()

    def sign_in(self, page):
        """Fills in the sign-in page; gives what the app is sent."""
        answer = self._choose(page, self._must(self.browser.get(page)).text).text
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer))
        if not re.search(r'<form method="post" action="http://localhost:8400/', answer):
            raise AssertionError(f"{page} does not lead to the app: {answer}")
        return {name: html.unescape(value) for name, value in sent.items()}

    def approve(self, page, user_code):
        """Enters what the device shows, then signs in."""
        asked = self._must(self.browser.get(page)).text
        asked = self._must(self.browser.post(page, {"ticket": ticket(asked), "user_code": user_code})).text
        done = self._choose(page, asked)
        if "You have signed in" not in done.text:
            raise AssertionError(f"{page} does not say that the person has signed in: {done.text}")

    def _choose(self, page, text):
        """Picks the user on a page that asks who signs in."""
        found = re.search(r'value="([^"]+)"[^>]*>\s*<label[^>]*><strong>[^<]*</strong> ' + re.escape(self.user), text)
        if not found:
            raise AssertionError(f"{page} does not offer {self.user}: {text}")
        form = {"ticket": ticket(text), "user": html.unescape(found[1]), "password": self.password, "mfa": "true", "action": "signin"}
        return self._must(self.browser.post(page, form, allow_redirects=False))

    @staticmethod
    def _must(answer):
        if answer.status_code >= 400:
            raise AssertionError(f"{answer.url} answers {answer.status_code}: {answer.text}")
        return answer


def ticket(text):
    found = re.search(r'name="ticket" value="([^"]+)"', text)
    return html.unescape(found[1]) if found else ""
