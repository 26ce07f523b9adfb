#!/usr/bin/env python3
"""Pictures of every page at 360 and 1280 px, light and dark, in both languages where words matter, under `.run/screenshots`.

    dev/screenshots.py                    starts a mesh of its own with the demo market, a person and an admin, and ends it
    dev/screenshots.py http://HOST:PORT   of pages that run already; those of accounts and operators are left out

Run it with the tests' Python: `make screenshots`.
"""

import contextlib
import json
import pathlib
import sys
import urllib.parse
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "Tests" / "EndToEnd"))

import browsers  # noqa: E402
import meshes  # noqa: E402
import people  # noqa: E402

OUT = PROJECT / ".run" / "screenshots"
WIDTHS, SCHEMES = (360, 1280), ("light", "dark")


class Site:
    """Pages, with the mesh and the demo market that they show; neither where they run already."""

    def __init__(self, base, market=None, mesh=None):
        self.base, self.market_port, self.mesh = base, market, mesh

    def api(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as response:
            return json.loads(response.read())

    def market(self, path, **query):
        text = f"http://127.0.0.1:{self.market_port}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(text, method="POST" if path.startswith("/admin/") else "GET")
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")


@contextlib.contextmanager
def pages_at(address):
    """Where the pages are."""
    if address:
        yield Site(address.rstrip("/"))
        return
    settings = {"edge": {"RATE_LIMITS": "false"}}
    with meshes.running(settings, market=meshes.consecutive_ports(8)) as mesh:
        mesh.fill(days=120)
        yield Site(f"http://127.0.0.1:{mesh.ports['edge']}", mesh.ports["market"], mesh)


def addresses(api):
    """What is pictured, by name."""
    deals = api("/v1/deals?limit=200")["deals"]

    def product(verdict):
        found = [deal for deal in deals if deal["verdict"] == verdict] or deals
        return f"/p/{found[0]['productId']}"

    plain = next((product["id"] for product in api("/v1/products?limit=100&currency=TRY")["products"]
                  if product.get("price") and product["price"]["dealId"] == "0"), "1")
    category = max((node for node in api("/v1/categories")["categories"] if "/" in node["path"]),
                   key=lambda node: int(node["productCount"]))["path"]
    return {
        "home": "/", "home-en": "/en", "deals": "/deals", "deals-filtered": "/deals?min_discount=2000&verdict=genuine",
        "search": "/search?q=kulaklik", "search-none": "/search?q=zzzzqqq", "search-start": "/search",
        "categories": "/categories", "category": f"/c/{category}", "product": product("VERDICT_GENUINE"),
        "product-all": product("VERDICT_GENUINE") + "?days=all", "product-inflated": product("VERDICT_INFLATED"),
        "product-plain": f"/p/{plain}?days=365", "product-en": f"/en{product('VERDICT_GENUINE')}",
        "not-found": "/yok", "bad": "/p/abc",
    }


def operators(browser, site, person):
    """An admin's state, and what is pictured of the operators' pages, by name."""
    email, password = "yonetici@posta.test", people.PASSWORD
    site.mesh.create_admin(email, password)
    context = browser.new_context(base_url=site.base, locale="tr-TR")
    page = context.new_page()
    page.goto("/account/sign-in?next=%2Fadmin")
    people.sign_in(page, email, password)
    page.wait_for_url(site.base + "/admin")

    def read(path):
        return page.request.get(path).json()

    def write(path, body):
        token = read("/v1/sessions/current")["csrfToken"]
        answer = page.request.fetch(path, method="POST", data=body, headers={"X-CSRF-Token": token, "Origin": site.base})
        assert answer.ok, answer.text()

    product = read("/v1/products?limit=1&shop=anadolu&listings=true")["products"][0]
    source = read("/v1/admin/sources")["sources"][0]["name"]
    account = read(f"/v1/admin/accounts?email={urllib.parse.quote(person)}")["accounts"][0]["id"]
    key = read("/v1/admin/keys")["apiKeys"][0]["id"]
    write("/v1/admin/jobs/price-check/pause", {})
    write("/v1/admin/jobs/price-check/resume", {})
    paths = {
        "overview": "/admin", "jobs": "/admin/jobs", "pause": "/admin/jobs/pause",
        "pause-one": "/admin/jobs/price-check/pause", "paused": "/admin/jobs?did=paused", "runs": "/admin/runs",
        "sources": "/admin/sources", "source": f"/admin/sources/{source}", "products": "/admin/products?q=kulaklik",
        "product": f"/admin/products/{product['id']}", "retire": f"/admin/products/{product['id']}/retire",
        "import": "/admin/import", "deliveries": "/admin/deliveries?state=all", "flush": "/admin/cache/flush",
        "accounts": "/admin/accounts", "account": f"/admin/accounts/{account}",
        "role": f"/admin/accounts/{account}/role?role=operator", "keys": "/admin/keys",
        "tier": f"/admin/keys/{key}/tier?tier=partner", "audit": "/admin/audit"}
    state = context.storage_state()
    context.close()
    return state, paths


def picture(browser, base, name, path, **options):
    """One page in every width and scheme."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, locale="tr-TR", **options)
            page = context.new_page()
            page.goto(base + path, wait_until="networkidle")
            page.screenshot(path=OUT / f"{name}-{width}-{scheme}.png", full_page=True)
            context.close()
    print(name, path, flush=True)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    with pages_at(sys.argv[1] if len(sys.argv) > 1 else None) as site, browsers.chromium() as browser:
        for name, path in (addresses(site.api) | people.ENTRIES).items():
            picture(browser, site.base, name, path)
        if site.market_port:
            settled = people.Settled(browser, site, people.Outside(site))
            for name, path in settled.paths.items():
                picture(browser, site.base, f"own-{name}", path, storage_state=settled.state)
            picture(browser, site.base, "own-keys-en", "/en/account/keys", storage_state=settled.state)
            state, paths = operators(browser, site, settled.email)
            for name, path in paths.items():
                picture(browser, site.base, f"admin-{name}", path, storage_state=state)
            picture(browser, site.base, "admin-overview-en", "/en/admin", storage_state=state)
    print(f"pictures are in {OUT}")


if __name__ == "__main__":
    main()
