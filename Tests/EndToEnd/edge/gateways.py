"""Two gateways over one mesh, and plain ways to ask them."""

import csv
import http.client
import json
import pathlib
import re
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "dev"))
import mesh as meshes  # noqa: E402


class TwoGateways(meshes.Mesh):
    settings = {"SHUTDOWN_DELAY": "1s"}

    def service_settings(self, service):
        settings = super().service_settings(service)
        return {**settings, **self.settings} if service == "edge" else settings

    def start_second(self, wait=True):
        environment = self.environment("edge", {
            "LISTEN": f"127.0.0.1:{self.ports['edge2']}", "OPS_LISTEN": f"127.0.0.1:{self.ports['edge2-ops']}"})
        process = self._start("edge2", [self.program("edge-gateway")], environment)
        if wait:
            self.wait_ready("edge2", process)

    def import_products(self, count):
        folder = self.folder / "products"
        folder.mkdir(exist_ok=True)
        with open(folder / "products.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "gtin_or_sku", "title", "brand", "category_path", "url", "image", "currency"])
            for index in range(count):
                rows.writerow([f"sku{index}", "", f"Kulaklık {index} Bluetooth", "Marka", "elektronik/kulaklik",
                               f"https://shop.example/p/{index}", "", "TRY"])
        self.fiyat("import", "products", folder / "products.csv", "--shop", "shop-a", "--source", "push")
        self.push({f"sku{index}": f"{100 + index}.00" for index in range(count)}, at=time.time() - 3600)
        # Pricing learns of listings, and the catalog of prices, by events.
        wait("every product has a price", lambda: all(
            product["price"] for product in self.ask("/v1/products?limit=200&shop=shop-a").json["products"]), 60)

    def settle(self):
        """Returns when no change is recent: from then on lists are kept for long."""
        for gateway in ("edge", "edge2"):
            wait("lists are kept", lambda: int(self.ask("/v1/products?limit=3", gateway).headers["age"]) >= 2)

    def push(self, prices, at=None):
        """Has prices recorded, in TRY, by the shop's ids."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        file = self.folder / "push.csv"
        rows = "".join(f"{external_id},{moment},{price}\n" for external_id, price in prices.items())
        file.write_text("product_id,observed_at,price\n" + rows)
        report = json.loads(self.fiyat("import", "prices", file, "--shop", "shop-a", "--currency", "TRY", "--output",
                                       "json", "--from-start"))
        assert report["rejected"] == 0, report

    def ask(self, path, gateway="edge", headers=None, limited=False, method="GET", body=None):
        """One request on a connection of its own; without limits unless they are asked for."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[gateway], timeout=30)
        headers = dict(headers or {})
        if not limited:
            headers["X-Api-Key"] = self.load_key
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read())
        finally:
            connection.close()

    def metric(self, name, gateway="edge", **labels):
        """The sum of a metric's series that bear these labels."""
        url = f"http://127.0.0.1:{self.ports[gateway + '-ops']}/metrics"
        with urllib.request.urlopen(url, timeout=10) as response:
            text = response.read().decode()
        total = 0.0
        for series, value in re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE):
            if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()):
                total += float(value)
        return total


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


def wait(what, condition, seconds=30):
    """The first true value of a condition."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(0.02)
    return value
