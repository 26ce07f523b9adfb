"""People with accounts: what they do in a browser, and where their mails and chats are."""

import itertools
import json
import re
import urllib.parse
import urllib.request

from playwright.sync_api import expect

from meshes import eventually

PASSWORD = "uzun bir cumle 1923"
# Pages of those who are not signed in.
ENTRIES = {
    "sign-in": "/account/sign-in?next=%2Fdeals&done=signed-out", "sign-up": "/account/sign-up",
    "check-mail": "/account/check-mail", "verify": "/account/verify?token=fv_x", "verify-typed": "/account/verify",
    "forgotten": "/account/forgotten", "reset": "/account/reset?token=fr_x",
}
# Those of `Settled.paths`.
OWN = ("account", "password", "delete", "alerts", "new-alert", "new-deals", "alert", "deal-alert", "delete-alert", "channels",
       "verify-channel", "delete-channel", "deliveries", "keys", "revoke-key", "sessions")
_numbers = itertools.count(1)


def address():
    """One that nobody has had."""
    return f"kisi{next(_numbers)}@posta.test"


class Outside:
    """What reaches people: the demo market's mail server and its stand-in for Telegram."""

    def __init__(self, site):
        self.site = site

    def mails(self, recipient):
        arrivals = self.site.market("/api/arrivals")["mails"]
        return [mail["text"] for mail in arrivals if mail["to"] == [recipient]]

    def link(self, recipient, part, after=0):
        """The path and query of the link to a page that the newest mail but the first `after` ones holds."""

        def found():
            links = [re.search(r"https?://\S+" + part + r"\S*", text) for text in self.mails(recipient)]
            links = [link[0] for link in links if link]
            return links[after] if len(links) > after else None

        url = urllib.parse.urlsplit(eventually(f"a mail to {recipient} leads to {part}", found))
        assert f"{url.scheme}://{url.netloc}" == self.site.base
        return f"{url.path}?{url.query}"

    def say(self, chat, text):
        """A person writes to the bot."""
        self.site.market("/admin/telegram/message", chat=chat, name="Ayşe", text=text)

    def messages(self, chat):
        return [sent["text"] for sent in self.site.market("/api/arrivals")["telegram"]["messages"]
                if sent["chat"] == chat]


def sign_up(page, outside, email, password=PASSWORD):
    """From the header's link to an address that is verified."""
    page.get_by_role("navigation", name="Ana gezinme").get_by_role("link", name="Giriş yap").click()
    page.get_by_role("link", name=re.compile("Hesabınız yok mu")).click()
    page.get_by_label("E-posta adresi").fill(email)
    page.get_by_label("Yeni parola").fill(password)
    page.get_by_role("button", name="Hesap aç").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Postanıza bakın")
    page.goto(outside.link(email, "/account/verify"))
    page.get_by_role("button", name="Adresim bu").click()
    expect(page.locator(".done")).to_contain_text("Adresiniz doğrulandı")


def sign_in(page, email, password=PASSWORD):
    """On the page where one signs in."""
    page.get_by_label("E-posta adresi").fill(email)
    page.get_by_label("Parola").fill(password)
    page.get_by_role("button", name="Giriş yap").click()


def arrive(page, outside, email=None):
    """A person who is signed in; returns the address."""
    email = email or address()
    sign_up(page, outside, email)
    sign_in(page, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hesabım")
    return email


class Settled:
    """A person who has something of everything: for those who look at the pages."""

    def __init__(self, browser, site, outside):
        self.site = site
        context = browser.new_context(base_url=site.base, locale="tr-TR")
        page = context.new_page()
        page.goto("/")
        self.email = arrive(page, outside)
        self.state = context.storage_state()
        context.close()
        self.cookie = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in self.state["cookies"])
        self.token = self._ask("/v1/sessions", {"email": self.email, "password": PASSWORD})["token"]
        product = site.api("/v1/products?currency=TRY&limit=5")["products"][0]
        started = self._ask("/v1/channels", {"kind": "CHANNEL_KIND_TELEGRAM"})
        outside.say(7100, f"/start {started['startCode']}")
        channel = started["channel"]["id"]
        eventually("the chat is verified", lambda: any(
            each["id"] == channel and each["verified"] for each in self._ask("/v1/channels")["channels"]))
        self._ask(f"/v1/channels/{channel}/test", {})
        waiting = self._ask("/v1/channels", {"kind": "CHANNEL_KIND_EMAIL", "address": self.email})["channel"]["id"]
        alert = self._ask("/v1/alerts", {
            "productId": product["id"], "targetPrice": {"price": {"amount": "9.90", "currency": "TRY"}},
            "label": "Doğum günü için, uzunca bir notla birlikte"})["id"]
        deal = self._ask("/v1/alerts", {"dealInCategory": {"minDiscountBasisPoints": 2000, "genuineOnly": True}})["id"]
        self._ask(f"/v1/alerts/{deal}", {"paused": True}, method="PATCH")
        key = self._ask("/v1/api-keys", {"name": "betik", "scopes": ["read", "alerts"]})["apiKey"]["id"]
        eventually("the test is sent", lambda: self._ask("/v1/deliveries?state=sent")["deliveries"])
        self.paths = {
            "account": "/account", "password": "/account/password", "delete": "/account/delete",
            "alerts": "/account/alerts?done=saved", "new-alert": f"/account/alerts/new?product={product['id']}",
            "new-deals": "/account/alerts/new", "alert": f"/account/alerts/{alert}", "deal-alert": f"/account/alerts/{deal}",
            "delete-alert": f"/account/alerts/{alert}/delete", "channels": "/account/channels",
            "verify-channel": f"/account/channels/{waiting}/verify",
            "delete-channel": f"/account/channels/{channel}/delete", "deliveries": "/account/deliveries",
            "keys": "/account/keys", "revoke-key": f"/account/keys/{key}/revoke", "sessions": "/account/sessions",
        }

    def _ask(self, path, body=None, method=None):
        headers = {"Content-Type": "application/json"}
        if path != "/v1/sessions":
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            self.site.base + path, json.dumps(body).encode() if body is not None else None, headers,
            method=method or ("GET" if body is None else "POST"))
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")
