"""What makes the demo market talk: a person with a Telegram chat, a webhook and a mailbox, alerts, and a sale that begins at once.

Everything goes through the gateway's public API with the demo's bearer token, as any client would do it; the market's
own interface plays the person, the shops and the webhook's owner.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from mesh import MeshError, wait_for

CHAT = 1001
HOOK = "demo"
MAILBOX = "ayse@mailbox.example"
# Products on sale at once, and how much they cost of the lowest price of the last 30 days.
SALES, SHARE = 3, 0.75
# Seconds for what the mesh brings about.
PATIENCE = 60


class Demo:
    """The demo's person at a mesh that runs with the demo market."""

    def __init__(self, mesh):
        self.mesh = mesh

    def _call(self, port, path, body=None, method=None, token=None):
        """The answer's JSON. While a service behind the gateway is away (503), it is asked again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._ask(port, path, body, method, token)
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > deadline:
                    text = error.read(1000).decode(errors="replace")
                    raise MeshError(f"{path}: {error.code} {text}") from error
                time.sleep(0.5)
            except OSError as error:
                raise MeshError(f"{path}: {error}") from error

    def _ask(self, port, path, body, method, token):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.mesh.ports[port]}{path}", data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or b"{}")

    def gateway(self, path, body=None):
        """A request as the demo's person."""
        return self._call("edge", path, body, "POST" if body is not None else None, self.mesh.access_token)

    def market(self, path, **query):
        """An order to the market, or a question."""
        text = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        return self._call("market", text, method="POST" if path.startswith("/admin/") else None)

    def messages(self):
        """Texts that the bot has sent to the demo's chat."""
        return [sent["text"] for sent in self.market("/api/arrivals")["telegram"]["messages"] if sent["chat"] == CHAT]

    def alerts_received(self):
        """What came to the demo's webhook for alerts, with a valid signature."""
        return [body for signature, body in self._hook_bodies() if signature == "valid" and body["type"] == "alert"]

    def mails(self):
        """What came to the demo's mailbox."""
        return [mail for mail in self.market("/api/arrivals")["mails"] if mail["to"] == [MAILBOX]]

    def _hook_bodies(self):
        return [(each["signature"], json.loads(each["body"]))
                for each in self.market("/api/arrivals")["webhooks"] if each["hook"] == HOOK]

    def subscribe(self):
        """Registers and verifies the channels and makes the alert for deals; returns whether it was for the first time.

        Later on it only tells the market anew what it forgot when it was stopped: the webhook's key and the chat.
        """
        kept = self.mesh.folder / "webhook-key"
        if kept.exists():
            self.market(f"/admin/hooks/{HOOK}/secret", secret=kept.read_text())
            self.market("/admin/telegram/message", chat=CHAT, name="Ayşe", text="/start")
            return False
        key, webhook = self._webhook()
        self.gateway("/v1/alerts", {
            "dealInCategory": {"minDiscountBasisPoints": 1000}, "channelIds": [webhook, self._telegram(), self._mailbox()],
            "label": "Deals of 10 % and more"})
        kept.touch(mode=0o600)
        kept.write_text(key)
        return True

    def _webhook(self):
        made = self.gateway("/v1/channels", {
            "kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://127.0.0.1:{self.mesh.ports['market']}/hooks/{HOOK}"})
        self.market(f"/admin/hooks/{HOOK}/secret", secret=made["signingSecret"])

        def code():
            bodies = [body for _, body in self._hook_bodies() if body["type"] == "verification"]
            return bodies[-1]["code"] if bodies else None

        channel = made["channel"]["id"]
        self.gateway(f"/v1/channels/{channel}/verify", {"code": wait_for("the webhook's code", code, PATIENCE)})
        return made["signingSecret"], channel

    def _telegram(self):
        made = self.gateway("/v1/channels", {"kind": "CHANNEL_KIND_TELEGRAM"})
        self.market("/admin/telegram/message", chat=CHAT, name="Ayşe", text=f"/start {made['startCode']}")
        channel = made["channel"]["id"]
        wait_for("the verification of the Telegram chat", lambda: any(
            each["id"] == channel and each["verified"] for each in self.gateway("/v1/channels")["channels"]), PATIENCE)
        return channel

    def _mailbox(self):
        channel = self.gateway("/v1/channels", {"kind": "CHANNEL_KIND_EMAIL", "address": MAILBOX})["channel"]["id"]

        def code():
            found = [re.search(r": ([0-9A-Z]{8}) ", mail["text"]) for mail in self.mails()]
            return found[-1][1] if found and found[-1] else None

        self.gateway(f"/v1/channels/{channel}/verify", {"code": wait_for("the mailbox's code", code, PATIENCE)})
        return channel

    def hold_sale(self):
        """Lets the market cut some prices, watches those products, and has the shops' pages looked at right away.

        Returns the ids of the listings on sale.
        """
        held = []
        for product in self.gateway("/v1/products?limit=100&listings=true&currency=TRY&sort=updated")["products"]:
            listing = next((each for each in product["listings"] if each["shop"] == "anadolu"), None)
            if listing is None:
                continue
            figures = self.gateway(f"/v1/products/{product['id']}/statistics?listing={listing['id']}")
            lowest = figures["windows"][0].get("lowest")
            if lowest is None or figures.get("price") is None:
                continue
            price = int(float(lowest["amount"]) * SHARE)
            if price < 10:
                continue
            self.gateway("/v1/alerts", {
                "listingId": listing["id"], "anyChange": {}, "label": f"Every change of {product['title']}"[:200]})
            self.market("/admin/price", shop="anadolu", product=listing["externalId"], price=f"{price}.00")
            self.mesh.fiyat("check", listing["id"])
            held.append(listing["id"])
            if len(held) == SALES:
                return held
        raise MeshError(f"the demo market has only {len(held)} products that can go on sale")

    def begin(self):
        """All of it, the first time; returns when the first messages have arrived, in seconds since it began.

        Later on the person is known, and the market moves by itself: then it returns None.
        """
        started = time.monotonic()
        if not self.subscribe():
            return None
        known = len(self.alerts_received()), len(self.messages()), len(self.mails())
        self.hold_sale()
        wait_for("an alert at the webhook", lambda: len(self.alerts_received()) > known[0], PATIENCE)
        wait_for("a message in the chat", lambda: len(self.messages()) > known[1], PATIENCE)
        wait_for("a mail in the mailbox", lambda: len(self.mails()) > known[2], PATIENCE)
        return time.monotonic() - started
