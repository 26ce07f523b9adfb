"""What the pages' script tells of visits, and of whom it tells nothing."""

import re

import pytest

from meshes import eventually

pytestmark = pytest.mark.timeout(300)


def figures(site, product):
    found = next((each for each in site.report("products")["products"] if each["productId"] == product), {})
    return [int(found.get(name, "0")) for name in ("views", "listingClicks", "dealClicks", "shares")]


def searches(site, query):
    return next((each for each in site.report("searches")["searches"] if each["query"] == query), None)


def test_a_visit_is_counted_from_the_search_to_the_shop(site, look):
    page = look("/search?q=%20KULAKLIK%20sayılan")
    assert page.locator("form.filters").get_attribute("data-found") == "0"
    found = eventually("the search is told", lambda: searches(site, "kulaklik sayilan"))
    assert (found["searches"], found["withoutResults"]) == ("1", "1"), found
    deal = site.deal()
    product, before = deal["productId"], figures(site, deal["productId"])
    page = look(f"/p/{product}")
    eventually("the view is told", lambda: figures(site, product)[0] == before[0] + 1)
    page.locator("#embed").evaluate("field => { field.focus(); field.select(); document.execCommand('copy'); }")
    eventually("the sharing is told", lambda: figures(site, product)[3] == before[3] + 1)
    way = page.locator("main a[href^='/go/']").first.get_attribute("href")
    assert re.fullmatch(r"/go/[0-9]+", way) and site.api(f"/v1/products/{product}")["listings"]
    assert not page.context.cookies()


def test_a_deal_that_is_chosen_is_counted(site, look):
    def clicks():
        return sum(int(point["dealClicks"]) for point in site.report("traffic")["points"])
    before = clicks()
    page = look("/deals")
    page.locator("[data-deal] h3 a").first.click()
    page.wait_for_url(re.compile(r"/p/[0-9]+"))
    eventually("the choice is told", lambda: clicks() == before + 1)


@pytest.mark.parametrize("wish", ["doNotTrack", "globalPrivacyControl"])
def test_the_script_is_silent_where_that_is_wished(site, look, wish):
    product = site.api("/v1/products?limit=3")["products"][2]["id"]
    page = look("/categories")
    page.context.add_init_script(
        f"Object.defineProperty(Navigator.prototype, '{wish}', {{ get: () => '{wish}' === 'doNotTrack' ? '1' : true }})")
    told = []
    page.on("request", lambda request: told.append(request.url) if "/v1/events" in request.url else None)
    page.goto(f"/p/{product}", wait_until="networkidle")
    page.goto("/search?q=kulaklik", wait_until="networkidle")
    assert not told
