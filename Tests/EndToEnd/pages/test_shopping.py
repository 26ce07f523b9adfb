"""What people do on the pages: find a product, read its chart, judge a deal; with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from meshes import eventually

# Starting and filling a mesh takes longer than other tests may, the more so on a busy machine.
pytestmark = pytest.mark.timeout(300)

SCRIPTS = pytest.mark.parametrize("scripts", (True, False), ids=("with JavaScript", "without JavaScript"))


@SCRIPTS
def test_a_product_is_found_with_turkish_letters_missing(look, scripts):
    page = look("/", scripts=scripts)
    page.get_by_role("searchbox").or_(page.get_by_role("combobox", name="Ürün ara")).fill("isikli calisma lambasi")
    page.get_by_role("button", name="Ara").click()
    expect(page).to_have_title(re.compile("isikli calisma lambasi"))
    first = page.locator(".card h3 a").first
    expect(first).to_contain_text("Işıklı Çalışma Lambası")
    title = first.inner_text()
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".now")).to_contain_text("TL")
    expect(page.locator("figure.chart svg.wide .c-line")).to_be_visible()


def test_suggestions_are_chosen_by_keyboard_and_by_pointer(look):
    page = look("/")
    field = page.get_by_role("combobox", name="Ürün ara")
    field.press_sequentially("kulakl")
    options = page.get_by_role("listbox", name="Öneriler").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    field.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("Escape")
    expect(options).to_have_count(0)
    field.fill("")
    field.press_sequentially("pars ekr")
    product = page.locator("[role=option][data-product]").first
    expect(product).to_be_visible()
    text = product.inner_text()
    product.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_the_chart_is_read_by_keyboard_and_by_pointer_as_its_table_says(look, site):
    page = look(f"/p/{site.deal()['productId']}")
    chart = page.get_by_role("slider", name=re.compile("Grafik"))
    rows = [re.sub(r"\s+", " ", ": ".join(row.locator("td").all_inner_texts()))
            for row in page.locator(".changes tbody tr").all()]
    # The table is closed: its texts are there all the same.
    rows = [re.sub(r"\s+", " ", text) for text in page.eval_on_selector_all(
        ".changes tbody tr", "rows => rows.map(row => row.cells[0].textContent + ': ' + row.cells[1].textContent)")]
    assert len(rows) >= 3

    def said():
        return re.sub(r"\s+", " ", chart.get_attribute("aria-valuetext"))

    chart.focus()
    chart.press("End")
    assert said() == rows[-1]
    chart.press("ArrowLeft")
    assert said() == rows[-2]
    chart.press("Home")
    assert said() == rows[0] and chart.get_attribute("aria-valuenow") == "1"
    chart.press("ArrowLeft")
    assert said() == rows[0]
    chart.press("ArrowRight")
    assert said() == rows[1]
    expect(page.locator(".readout")).to_have_text(re.compile(re.escape(rows[1]).replace(r"\ ", r"\s+")))
    expect(page.locator("svg.wide .cursor line")).to_be_attached()
    box = page.locator("svg.wide").bounding_box()

    # Where the first change is and the last, on the side that no other one is on: the next may be a few minutes away.
    first, last = page.eval_on_selector("svg.wide", """svg => {
        const points = svg.dataset.points.split(" ")
        return [points.at(0), points.at(-1)].map(point => Number(point.split(",")[0]) / svg.viewBox.baseVal.width)
    }""")
    page.mouse.move(box["x"] + max(box["width"] * first - 1, 0.5), box["y"] + box["height"] / 2)
    assert said() == rows[0]
    page.mouse.move(box["x"] + box["width"] * last + 1, box["y"] + box["height"] / 2)
    assert said() == rows[-1]


@SCRIPTS
def test_the_chart_has_a_table_and_spans_without_a_script_as_well(look, site, scripts):
    page = look(f"/p/{site.deal()['productId']}", scripts=scripts)
    table = page.locator(".changes")
    expect(table).not_to_be_visible()
    page.locator("summary").click()
    expect(table).to_be_visible()
    page.get_by_role("navigation", name="Dönem").get_by_role("link", name="365 gün").click()
    expect(page).to_have_url(re.compile(r"\?days=365#history$"))
    expect(page.get_by_role("link", name="365 gün")).to_have_attribute("aria-current", "true")


def test_a_product_is_shared_by_its_link_and_embedded_by_its_chart(look, site):
    product = site.deal()["productId"]
    page = look(f"/p/{product}")
    page.get_by_role("button", name="Paylaş").click()
    expect(page.locator(".share [role=status]")).to_have_text(
        re.compile(f"^(Bağlantı kopyalandı.|{re.escape(site.base)}/p/{product})$"))
    assert f'src="{site.base}/chart/{product}.svg' in page.get_by_label("Grafiği gösteren HTML").input_value()
    # Without a script there is the address bar.
    expect(look(f"/p/{product}", scripts=False).locator("[data-share]")).not_to_be_visible()


def percents(page):
    return [float(re.search(r"%([\d,.]+)", text)[1].replace(".", "").replace(",", "."))
            for text in page.locator(".deal .badge").all_inner_texts()]


@SCRIPTS
def test_deals_are_filtered_and_sorted(look, site, scripts):
    page = look("/deals", scripts=scripts)
    assert len(percents(page)) > 3
    page.get_by_label("Gerçek indirim", exact=True).select_option("2000")
    page.get_by_label("Karar").select_option("genuine")
    page.get_by_label("Sıralama").select_option("discount")
    page.get_by_role("button", name="Uygula").click()
    expect(page).to_have_url(re.compile("min_discount=2000"))
    found = percents(page)
    assert found and min(found) >= 20 and found == sorted(found, reverse=True)
    expect(page.locator(".verdict.inflated, .verdict.unknown")).to_have_count(0)
    expect(page.get_by_label("Karar")).to_have_value("genuine")
    wanted = [deal for deal in site.api("/v1/deals?min_discount=2000&verdict=genuine&limit=24")["deals"]]
    assert len(wanted) == len(found)
    # The other language keeps the filters.
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label("Verdict")).to_have_value("genuine")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_search_filters_say_how_much_they_leave(look):
    page = look("/search?q=kulaklik")
    option = page.locator("#f-brand option").nth(1)
    brand, count = re.fullmatch(r"(.+) \((\d+)\)", option.inner_text()).groups()
    page.get_by_label("Marka").select_option(option.get_attribute("value"))
    page.get_by_role("button", name="Uygula").click()
    expect(page).to_have_url(re.compile("brand="))
    cards = page.locator(".card h3")
    expect(cards).to_have_count(int(count))
    assert all(text.startswith(brand) for text in cards.all_inner_texts())


def test_categories_lead_to_products_page_by_page(look, site):
    page = look("/categories")
    page.get_by_role("link", name="Kulaklık", exact=True).click()
    expect(page).to_have_url(re.compile("/c/elektronik/kulaklik$"))
    page.get_by_label("Sıralama").select_option("price")
    page.get_by_role("button", name="Uygula").click()
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("navigation", name="Konum").get_by_role("link", name="Elektronik").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Elektronik")


def test_the_verdict_is_told_with_its_reason_in_both_languages(look, site):
    deal = next(deal for deal in site.api("/v1/deals?verdict=genuine&limit=50")["deals"]
                if deal["price"]["currency"] == "TRY")
    for language, words in (("", "Son 30 günün en düşük fiyatı"), ("/en", "The lowest price of the 30 days before")):
        page = look(f"{language}/p/{deal['productId']}")
        expect(page.locator(".judgement.genuine p")).to_contain_text(words)


def test_a_new_price_is_on_the_page_at_once(site):
    products = site.api("/v1/products?shop=anadolu&currency=TRY&listings=true&limit=20")["products"]
    product, listing = next((product, listing) for product in products for listing in product["listings"]
                            if listing["shop"] == "anadolu")
    path = f"/p/{product['id']}"
    assert site.text(path)[0] == 200
    price = f"{float(product['price']['price']['amount']) * 0.9:.2f}"
    site.push(listing["externalId"], price)
    eventually("the page shows the new price", lambda: as_shown(price) in site.text(path)[2].decode())


def as_shown(price):
    """An amount of TRY as Turkish pages have it."""
    whole, cents = price.split(".")
    return f"{int(whole):,}".replace(",", ".") + f",{cents}\u00a0TL"


def test_the_front_page_follows_deals_without_being_loaded_anew(look, site):
    page = look("/")
    shown = {card.get_attribute("data-deal") for card in page.locator("#live [data-deal]").all()}
    deal = next(deal for deal in site.api("/v1/deals?verdict=genuine&limit=100")["deals"]
                if deal["id"] in shown and deal["price"]["currency"] == "TRY")
    listing = next(listing for listing in site.api(f"/v1/products/{deal['productId']}")["listings"]
                   if listing["id"] == deal["listingId"])
    price = f"{float(deal['price']['amount']) * 0.97:.2f}"
    page.evaluate("window.isTheSame = true")
    site.push(listing["externalId"], price, shop=listing["shop"])
    expect(page.locator(f"#live [data-deal='{deal['id']}']")).to_contain_text(as_shown(price), timeout=30_000)
    assert page.evaluate("window.isTheSame")


def test_problems_are_pages_for_people(site):
    for path, status, words in (("/yok", 404, "Burada bir şey yok"), ("/en/p/999999999", 404, "nothing here"),
                                ("/deals?min_discount=abc", 400, "anlayamadık")):
        got, fields, body = site.text(path)
        assert got == status and words in body.decode() and fields["content-type"].startswith("text/html")
        got, fields, body = site.text(path, {"Accept": "application/json"})
        assert got == status and fields["content-type"] == "application/problem+json"
