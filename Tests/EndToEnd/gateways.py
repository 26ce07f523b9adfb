"""Two gateways over one mesh, and plain ways to ask them."""

import csv
import http.client
import json
import re
import time
import urllib.request

from meshes import eventually

NAMES = ("edge", "edge2")


class Answer:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def json(self):
        return json.loads(self.body)


class Gateways:
    def __init__(self, mesh):
        self.mesh = mesh

    def port(self, gateway="edge"):
        return self.mesh.ports[gateway]

    def ask(self, path, gateway="edge", headers=None, limited=False, method="GET", body=None):
        """One request on a connection of its own; without limits unless they are asked for."""
        headers = dict(headers or {})
        if not limited:
            headers["X-Api-Key"] = self.mesh.load_key
        connection = http.client.HTTPConnection("127.0.0.1", self.port(gateway), timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def as_person(self, method, path, body=None, gateway="edge"):
        """A request of the demo's person, with a body of JSON if there is one."""
        return self._as(self.mesh.access_token, method, path, body, gateway)

    def as_admin(self, method, path, body=None, gateway="edge"):
        """A request of an operator's."""
        return self._as(self.mesh.secrets["admin-token"], method, path, body, gateway)

    def _as(self, token, method, path, body, gateway):
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.ask(path, gateway, headers, method=method, body=None if body is None else json.dumps(body))

    def metric(self, name, gateway="edge", **labels):
        """The sum of a metric's series that bear these labels."""
        url = f"http://127.0.0.1:{self.mesh.ports[gateway + '-ops']}/metrics"
        with urllib.request.urlopen(url, timeout=30) as response:
            text = response.read().decode()
        return sum(float(value) for series, value in re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
                   if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()))

    def import_products(self, count):
        file = self.mesh.folder / "shop-a.csv"
        with open(file, "w", newline="", encoding="utf-8") as out:
            rows = csv.writer(out)
            rows.writerow(["id", "title", "brand", "category_path", "url", "currency"])
            for index in range(count):
                rows.writerow([f"sku{index}", f"Kulaklık {index} Bluetooth", "Marka", "elektronik/kulaklik",
                               f"https://shop.example/p/{index}", "TRY"])
        self.mesh.fiyat("import", "products", file, "--shop", "shop-a", "--source", "push")
        self.push({f"sku{index}": f"{100 + index}.00" for index in range(count)}, at=time.time() - 3600)
        # Pricing learns of listings, and the catalogue of prices, by events.
        eventually("every product has a price", lambda: all(
            product.get("price") for product in self.ask("/v1/products?limit=200&shop=shop-a").json["products"]))

    def push(self, prices, at=None):
        """Has prices recorded, in TRY, by the shop's ids."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        file = self.mesh.folder / "push.csv"
        file.write_text("product_id,observed_at,price\n" + "".join(
            f"{external_id},{moment},{price}\n" for external_id, price in prices.items()))
        report = json.loads(self.mesh.fiyat(
            "import", "prices", file, "--shop", "shop-a", "--currency", "TRY", "--output", "json", "--from-start"))
        assert report["rejected"] == 0, report

    def product(self, external_id):
        return self.ask(f"/v1/products?shop=shop-a&external_id={external_id}").json["products"][0]["id"]

    def settle(self):
        """Returns when no change is recent: from then on lists are kept for long."""
        for gateway in NAMES:
            eventually("lists are kept", lambda: int(self.ask("/v1/products?limit=3", gateway).headers["age"]) >= 2)
