"""What every page is measured by: accessibility, valid HTML, weight, no shift, no stranger asked."""

import gzip
import re
import xml.etree.ElementTree as ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe

import pagechecks
import people

pytestmark = pytest.mark.timeout(300)

NAMES = ("home", "deals", "search", "search-none", "search-start", "categories", "category", "product", "product-year",
         "product-plain")


@pytest.fixture(scope="module")
def paths(site):
    """Every kind of page, by name, as it is in Turkish."""
    product = site.deal()["productId"]
    plain = next(product["id"] for product in site.api("/v1/products?limit=100&currency=TRY")["products"]
                 if product.get("price") and product["price"]["dealId"] == "0")
    return dict(zip(NAMES, (
        "/", "/deals?sort=newest", "/search?q=kulaklik", "/search?q=zzzzqqq", "/search", "/categories",
        "/c/elektronik/kulaklik", f"/p/{product}", f"/p/{product}?days=365", f"/p/{plain}?days=all")))


def english(path):
    return "/en" if path == "/" else "/en" + path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("language", ("tr", "en"))
def test_axe_finds_no_violation(look, paths, name, scheme, language):
    path = paths[name] if language == "tr" else english(paths[name])
    page = look(path, width=360 if scheme == "dark" else 1280, scheme=scheme)
    pagechecks.assert_accessible(page)


def personal(settled, name):
    """The path of a page of the account, and what a browser needs to see it."""
    if name in people.ENTRIES:
        return people.ENTRIES[name], {}
    return settled.paths[name], {"storage_state": settled.state}


@pytest.mark.parametrize("name", (*people.ENTRIES, *people.OWN))
def test_axe_finds_no_violation_on_pages_of_accounts(look, settled, name):
    path, options = personal(settled, name)
    for language in ("", "/en"):
        for scheme, width in (("light", 1280), ("dark", 360)):
            page = look(language + path, width=width, scheme=scheme, **options)
            pagechecks.assert_accessible(page)
            page.context.close()


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_axe_finds_no_violation_on_forms_that_come_back(look, settled, scheme):
    page = look("/account/sign-in", scheme=scheme, refusals=True)
    people.sign_in(page, "kimse@posta.test", "yanlis bir parola")
    page.get_by_role("alert").wait_for()
    pagechecks.assert_accessible(page)
    page = look(settled.paths["new-alert"], scheme=scheme, refusals=True, storage_state=settled.state)
    page.get_by_label("Hedef fiyat").fill("ucuz")
    page.get_by_role("button", name="Alarmı kur").click()
    page.get_by_role("alert").wait_for()
    pagechecks.assert_accessible(page)


@pytest.mark.parametrize("width", (320, 360, 768, 1280))
def test_no_page_of_accounts_is_wider_than_its_window(look, settled, width):
    for name in (*people.ENTRIES, *people.OWN):
        path, options = personal(settled, name)
        page = look(path, width=width, **options)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


@pytest.mark.parametrize("name", (*people.ENTRIES, *people.OWN))
def test_html_of_accounts_is_valid_and_stored_by_nobody(site, settled, name):
    path, options = personal(settled, name)
    headers = {"Accept": "text/html", **({"Cookie": settled.cookie} if options else {})}
    for language in ("", "/en"):
        status, fields, body = site.text(language + path, headers)
        assert status == 200 and "no-store" in fields["cache-control"], path
        policy = fields["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        pagechecks.assert_valid(body.decode())


def test_axe_finds_what_is_wrong(look):
    page = look("/")
    page.evaluate("() => document.querySelector('label[for=q]').remove()")
    page.evaluate("() => document.querySelector('#q').removeAttribute('placeholder')")
    assert "label" in [each["id"] for each in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("name", (*NAMES, "problem"))
def test_html_is_valid(site, paths, name):
    for path in ("/yok", "/en/yok") if name == "problem" else (paths[name], english(paths[name])):
        pagechecks.assert_valid(site.text(path)[2].decode())


@pytest.mark.parametrize("width", (320, 360, 768, 1280))
def test_no_page_is_wider_than_its_window(look, paths, width):
    for path in paths.values():
        page = look(path, width=width)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("name", ("home", "deals", "product"))
def test_nothing_moves_while_a_page_is_built_up(look, paths, name):
    page = look(paths[name], width=360)
    page.mouse.wheel(0, 4000)
    page.wait_for_load_state("networkidle")
    shift = page.evaluate("""() => new Promise(resolve => {
        let sum = 0;
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
        }).observe({type: 'layout-shift', buffered: true});
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
    })""")
    assert shift < 0.01, shift


def test_a_product_page_weighs_at_most_30_kilobytes(site, paths):
    compressed = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    _, fields, page = site.text(paths["product-year"], compressed)
    assert fields["content-encoding"] == "gzip"
    total = len(page)
    for asset in re.findall(r'(?:href|src)="(/assets/[^"]+)"', gzip.decompress(page).decode()):
        _, fields, body = site.text(asset, compressed)
        assert fields["content-encoding"] == "gzip" and "immutable" in fields["cache-control"]
        total += len(body)
    print(f"\nHTML, CSS and JavaScript of a product's page: {total} bytes")
    assert total <= 30_000


def test_pages_are_revalidated_like_the_api(site, paths):
    for path in paths.values():
        status, fields, _ = site.text(path)
        assert status == 200 and fields["cache-control"].startswith("public, max-age=")
        policy = fields["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        status, _, body = site.text(path, {"Accept": "text/html", "If-None-Match": fields["etag"]})
        # One that has just changed has a new tag.
        assert (status == 304 and not body) or status == 200


def test_feeds_sitemap_charts_and_manifest_are_well_formed(site, paths, look):
    product = paths["product"].rsplit("/", 1)[1]
    for path, tag in (
            ("/deals.atom", "{http://www.w3.org/2005/Atom}feed"), ("/en/deals.atom?min_discount=1000",
                                                                  "{http://www.w3.org/2005/Atom}feed"),
            ("/feed.atom", "{http://www.w3.org/2005/Atom}feed"), ("/deals.rss", "rss"),
            ("/sitemap.xml", "{http://www.sitemaps.org/schemas/sitemap/0.9}sitemapindex"),
            (f"/chart/{product}.svg", "{http://www.w3.org/2000/svg}svg"),
            (f"/chart/{product}.svg?theme=dark&days=all&lang=en", "{http://www.w3.org/2000/svg}svg"),
            ("/icon.svg", "{http://www.w3.org/2000/svg}svg")):
        status, _, body = site.text(path)
        assert status == 200 and ElementTree.fromstring(body).tag == tag, path
    index = ElementTree.fromstring(site.text("/sitemap.xml")[2])
    parts = [location.text for location in index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    pages = [location.text for part in parts
             for location in ElementTree.fromstring(site.text(part.removeprefix(site.base))[2]).iter(
                 "{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"{site.base}/p/{product}" in pages and f"{site.base}/en/c/elektronik/kulaklik" in pages
    # A chart is shown as a picture elsewhere, and by itself under its own policy.
    page = look(f"/chart/{product}.svg")
    assert page.evaluate("document.querySelector('path').getBoundingClientRect().width") > 0
