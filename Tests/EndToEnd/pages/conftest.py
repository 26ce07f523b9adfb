"""A mesh with the demo market's past, and a browser that looks at its pages."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

import browsers
import meshes
import people
from meshes import eventually


class Site:
    """The pages of a mesh, and what the API says of the same things."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.base = f"http://127.0.0.1:{mesh.ports['edge']}"
        self.pictures = [f"http://127.0.0.1:{mesh.ports['market'] + number}/img/" for number in range(7)]

    def api(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as response:
            return json.loads(response.read())

    def text(self, path, headers=None):
        """Status, header fields and text of an answer, whatever its status."""
        request = urllib.request.Request(self.base + path, headers=headers or {"Accept": "text/html"})
        try:
            response = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            fields = {name.lower(): value for name, value in response.getheaders()}
            return response.status, fields, response.read()

    def market(self, path, **query):
        """An order to the demo market, or a question."""
        text = f"http://127.0.0.1:{self.mesh.ports['market']}{path}"
        if query:
            text += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(text, method="POST" if path.startswith("/admin/") else "GET")
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")

    def push(self, external_id, price, at=None, shop="anadolu"):
        """Has a price recorded, in TRY."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        file = self.mesh.folder / "push.csv"
        file.write_text(f"product_id,observed_at,price\n{external_id},{moment},{price}\n")
        report = json.loads(self.mesh.fiyat(
            "import", "prices", file, "--shop", shop, "--currency", "TRY", "--output", "json", "--from-start"))
        assert report["rejected"] == 0, report

    def report(self, name):
        """What operators are told of visits since yesterday."""
        start = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() - 86_400))
        more = "" if name == "traffic" else "&limit=200"
        request = urllib.request.Request(f"{self.base}/v1/admin/reports/{name}?from={start}{more}", headers={
            "Authorization": f"Bearer {self.mesh.secrets['admin-token']}"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    def deal(self):
        """The best open deal of a product that is sold in TRY."""
        return next(deal for deal in self.api("/v1/deals?limit=50")["deals"] if deal["price"]["currency"] == "TRY")


@pytest.fixture(scope="package")
def site():
    settings = {"edge": {"RATE_LIMITS": "false", "READ_TIMEOUT": "20s", "ANALYTICS_ROLL_UP": "300ms"}}
    with meshes.running(settings, market=meshes.consecutive_ports(8)) as mesh:
        # Nothing moves under the tests' eyes: the shops' pages are not looked at.
        mesh.fill(days=100)
        site = Site(mesh)
        eventually("there are deals", lambda: site.api("/v1/deals?limit=1&verdict=genuine")["deals"])
        yield site


@pytest.fixture(scope="package")
def outside(site):
    return people.Outside(site)


@pytest.fixture(scope="package")
def browser():
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def settled(browser, site, outside):
    """A person who has something of everything."""
    return people.Settled(browser, site, outside)


@pytest.fixture
def look(site, browser):
    """Opens pages in windows of their own; at the end none may have misbehaved. With `refusals` it may be told that
    something is not in order."""
    contexts, watches = [], []

    def look(path, width=1280, scripts=True, scheme="light", refusals=False, **options):
        context = browser.new_context(
            base_url=site.base, viewport={"width": width, "height": 800}, java_script_enabled=scripts,
            color_scheme=scheme, locale="tr-TR", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        watches.append(browsers.Watch(page, site.base, site.pictures, refusals))
        page.goto(path, wait_until="load")
        return page

    yield look
    for context in contexts:
        context.close()
    for watch in watches:
        watch.assert_clean()
