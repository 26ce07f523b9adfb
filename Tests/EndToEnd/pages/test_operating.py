"""What operators and admins do on their pages: see everything, stop and start work, change things, and are asked once more."""

import json
import re
import time
import urllib.parse

import pytest
from playwright.sync_api import expect

import browsers
import gateways
import meshes
import outside as outsides
import pagechecks
from meshes import eventually

# Starting and filling a mesh takes longer than other tests may, the more so on a busy machine.
pytestmark = pytest.mark.timeout(400)

SCRIPTS = pytest.mark.parametrize("scripts", (True, False), ids=("with JavaScript", "without JavaScript"))
PASSWORD = "correct horse battery"
MARKUP = """Kulaklık "><script>alert(1)</script> & <b>'ucuz'</b>"""


class Operated(gateways.Gateways):
    """A mesh with a market, an admin, an operator, a user, and somebody whose webhook refuses what it gets."""

    def __init__(self, mesh, people):
        super().__init__(mesh)
        self.people = people
        self.base = f"http://127.0.0.1:{mesh.ports['edge']}"

    def person(self, name, role):
        """An account that is verified, as far as the database knows."""
        email = f"{name}@example.com"
        answer = self._as_json("POST", "/v1/accounts", {"email": email, "password": PASSWORD})
        assert answer.status == 202, answer.body
        self.sql(f"UPDATE edge.account SET verified_at = now(), role = {role} WHERE email_key = '{email}'")

    def _as_json(self, method, path, body, **headers):
        return self.ask(path, headers={"Content-Type": "application/json", **headers}, method=method,
                        body=json.dumps(body))

    def key(self, email, name):
        """The id of a new API key."""
        session = self._as_json("POST", "/v1/sessions", {"email": email, "password": PASSWORD})
        assert session.status == 201, session.body
        answer = self._as_json("POST", "/v1/api-keys", {"name": name, "scopes": ["read"]},
                               Authorization=f"Bearer {session.json['token']}")
        assert answer.status == 201, answer.body
        return answer.json["apiKey"]["id"]

    def sql(self, text):
        return self.mesh.sql(text, "fiyatradari")

    def job(self, name="price-check"):
        return next(job for job in self.as_admin("GET", "/v1/admin/jobs").json["jobs"] if job["name"] == name)

    def runs(self, listing):
        return self.as_admin("GET", f"/v1/admin/runs?listing={listing}&limit=200").json["runs"]

    def product(self):
        """A product of the market and a listing of it whose page is looked at."""
        first = self.ask("/v1/products?limit=1&shop=anadolu").json["products"][0]
        whole = self.ask(f"/v1/products/{first['id']}").json
        return whole, next(listing["id"] for listing in whole["listings"] if listing["source"] == "page")

    def park(self):
        """The id of a delivery that was refused."""
        made = self.as_person("POST", "/v1/channels", {
            "kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://127.0.0.1:{self.people.port}/hooks/parked"})
        assert made.status == 201, made.body
        channel = made.json["channel"]["id"]
        code = eventually("the code arrives", lambda: next(
            (arrived.body["code"] for arrived in list(self.people.hooks) if arrived.to == "parked"), None))
        assert self.as_person("POST", f"/v1/channels/{channel}/verify", {"code": code}).status == 200

        async def refuse(*_):
            return outsides.Response(400)
        self.people.hook_answer = lambda name, request: refuse()
        delivery = self.as_person("POST", f"/v1/channels/{channel}/test").json["deliveryId"]
        eventually("it is parked", lambda: any(
            each["id"] == delivery for each in self.deliveries("parked")))
        self.people.hook_answer = lambda name, request: None
        return delivery

    def deliveries(self, state):
        return self.as_admin("GET", f"/v1/admin/deliveries?state={state}").json["deliveries"]


@pytest.fixture(scope="module")
def operated():
    people = outsides.People()
    with outsides.Outside(people) as outside:
        people.port = outside.port
        settings = {
            "edge": {"RATE_LIMITS": "false", "READ_TIMEOUT": "20s"},
            "notifier": {"OUTBOUND_ALLOW": f"127.0.0.1:{people.port}"}}
        with meshes.running(settings, market=meshes.consecutive_ports(8)) as mesh:
            mesh.fill(days=40)
            operated = Operated(mesh, people)
            mesh.create_admin("admin@example.com", PASSWORD)
            operated.person("operator", 2)
            operated.person("user", 1)
            yield operated
    assert not outside.failures, outside.failures


@pytest.fixture
def enter(operated, browser):
    """Signs somebody in, in a window of his own; at the end none may have misbehaved. With `refusals` he may be told that
    something is not in order."""
    contexts, watches = [], []

    def enter(name, path="/admin", width=1280, scripts=True, scheme="light", refusals=False):
        context = browser.new_context(
            base_url=operated.base, viewport={"width": width, "height": 800}, java_script_enabled=scripts,
            color_scheme=scheme, locale="tr-TR")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        watches.append(browsers.Watch(page, operated.base, refusals=refusals))
        page.goto("/account/sign-in?" + urllib.parse.urlencode({"next": path}))
        page.get_by_label("E-posta adresi").fill(f"{name}@example.com")
        page.get_by_label("Parola").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Giriş yap").click()
        page.wait_for_url(operated.base + path)
        return page

    yield enter
    for context in contexts:
        context.close()
    for watch in watches:
        watch.assert_clean()


def row(page, text):
    return page.get_by_role("row").filter(has_text=text)


def about(label, subject):
    """The name of a button whose subject is said to those who cannot see beside what it stands."""
    return re.compile(rf"^{label}\s*: {subject}$")


def done(page, text):
    expect(page.locator("main").get_by_role("status").filter(has_text=text)).to_be_visible()


@SCRIPTS
def test_price_checks_are_paused_and_resumed(operated, enter, scripts):
    product, listing = operated.product()
    page = enter("operator", "/admin/jobs", scripts=scripts)
    row(page, "Fiyat kontrolü").get_by_role("link", name="Duraklat").click()
    # Looking at the question has done nothing yet; no leads back.
    expect(page.get_by_role("heading", level=1)).to_have_text("“Fiyat kontrolü” duraklatılsın mı?")
    assert not operated.job()["paused"]
    page.get_by_role("link", name="Vazgeç").click()
    row(page, "Fiyat kontrolü").get_by_role("link", name="Duraklat").click()
    page.get_by_role("button", name="Duraklat").click()
    done(page, "İş duraklatıldı.")
    expect(row(page, "Fiyat kontrolü")).to_contain_text("duraklatıldı")
    assert operated.job()["paused"]
    eventually("what was under way has ended", lambda: operated.job()["leased"] == "0")
    before = operated.runs(listing)
    page.goto(f"/admin/products/{product['id']}")
    page.get_by_role("button", name=about("Şimdi kontrol et", listing)).click()
    done(page, "Hemen kontrol edilecek.")
    # It is due, and nobody takes it.
    eventually("the listing is due", lambda: operated.job()["due"] != "0" and operated.job()["leased"] == "0")
    page.goto("/admin/jobs")
    assert [run["id"] for run in operated.runs(listing)] == [run["id"] for run in before]
    resumed = time.time()
    row(page, "Fiyat kontrolü").get_by_role("button", name="Sürdür").click()
    done(page, "İş sürüyor.")
    new = eventually("it is checked again", lambda: [
        run for run in operated.runs(listing) if run["id"] not in {each["id"] for each in before}])
    started = min(run["startedAt"] for run in new)
    assert started >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(resumed - 1)), (started, resumed)


@SCRIPTS
def test_all_jobs_are_paused_and_resumed(operated, enter, scripts):
    page = enter("operator", "/admin/jobs", scripts=scripts)
    page.get_by_role("link", name="Hepsini duraklat").click()
    page.get_by_role("button", name="Hepsini duraklat").click()
    done(page, "Tüm işler duraklatıldı.")
    status = operated.as_admin("GET", "/v1/admin/status").json
    assert status["notifier"]["paused"] and all(job["paused"] for job in status["scheduler"]["jobs"])
    expect(page.get_by_role("cell", name="duraklatıldı")).to_have_count(3)
    page.get_by_role("button", name="Hepsini sürdür").click()
    done(page, "Tüm işler sürüyor.")
    status = operated.as_admin("GET", "/v1/admin/status").json
    assert not status["notifier"]["paused"] and not any(job["paused"] for job in status["scheduler"]["jobs"])


def test_what_another_does_is_seen_without_loading_the_page_anew(operated, enter):
    page = enter("operator", "/admin")
    jobs = page.get_by_role("region", name="İşler")
    expect(row(jobs, "Fiyat kontrolü")).to_contain_text("çalışıyor")
    page.evaluate("window.stays = true")
    assert operated.as_admin("POST", "/v1/admin/jobs/price-check/pause").status == 200
    try:
        expect(row(jobs, "Fiyat kontrolü")).to_contain_text("duraklatıldı", timeout=30_000)
    finally:
        operated.as_admin("POST", "/v1/admin/jobs/price-check/resume")
    expect(row(jobs, "Fiyat kontrolü")).to_contain_text("çalışıyor", timeout=30_000)
    assert page.evaluate("window.stays")


def test_whoever_reads_can_stop_what_is_live(operated, enter):
    page = enter("operator", "/admin")
    page.clock.install()
    page.goto("/admin")
    with page.expect_request("**/admin"):
        page.clock.run_for(6_000)
    # WCAG 2.2.2.
    page.get_by_role("button", name="Durdur").click()
    expect(page.get_by_text("Canlı değil")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(20_000)
    assert not asked
    with page.expect_request("**/admin"):
        page.get_by_role("button", name="Başlat").click()
    expect(page.get_by_text("Canlı", exact=True)).to_be_visible()


@SCRIPTS
def test_a_product_with_markup_in_its_title_is_changed_checked_retired_and_brought_back(operated, enter, scripts):
    product, _ = operated.product()
    path = f"/v1/products/{product['id']}"
    page = enter("operator", "/admin/products", scripts=scripts, refusals=True)
    page.get_by_label("Kelimeler").fill(product["title"])
    page.get_by_role("button", name="Uygula").click()
    page.get_by_role("rowheader", name=product["title"], exact=True).get_by_role("link").click()
    page.get_by_label("Başlık").fill(MARKUP)
    page.get_by_role("button", name="Kaydet").click()
    done(page, "Ürün değiştirildi.")
    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    eventually("shoppers see it", lambda: operated.ask(path).json["title"] == MARKUP)
    # What cannot be is said beside the field, and nothing typed is lost.
    page.get_by_label("Barkod").fill("123")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.get_by_label("Barkod")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Başlık")).to_have_value(MARKUP)
    page.goto(f"/admin/products/{product['id']}")
    page.get_by_role("button", name="Hepsini şimdi kontrol et").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text(re.compile("emen kontrol edil"))
    page.get_by_role("link", name="Ürünü kaldır").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(MARKUP)
    page.get_by_role("button", name="Ürünü kaldır").click()
    done(page, "Ürün kaldırıldı.")
    eventually("it is retired", lambda: operated.ask(path).json["status"] == "PRODUCT_STATUS_RETIRED")
    page.get_by_role("button", name="Geri getir").click()
    done(page, "Ürün geri geldi.")
    back = operated.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {"title": product["title"]})
    assert back.status == 200 and back.json["status"] == "PRODUCT_STATUS_ACTIVE", back.body


def test_a_product_that_was_changed_meanwhile_keeps_what_was_typed(operated, enter):
    product, _ = operated.product()
    page = enter("operator", f"/admin/products/{product['id']}", refusals=True)
    changed = operated.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {"brand": "Öteki"})
    assert changed.status == 200
    page.get_by_label("Marka").fill("Benimki")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.get_by_role("alert")).to_contain_text("bu arada değişti")
    expect(page.get_by_label("Marka")).to_have_value("Benimki")
    page.get_by_role("button", name="Kaydet").click()
    done(page, "Ürün değiştirildi.")
    operated.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {"brand": product["brand"]})


@SCRIPTS
def test_products_are_imported_and_what_cannot_be_is_told(operated, enter, tmp_path, scripts):
    shop = f"yeni-{'acik' if scripts else 'kapali'}"
    file = tmp_path / "ürünler.csv"
    rows = [f"sku{number},Yeni Ürün {number},ev/mutfak,TRY" for number in range(3000)]
    file.write_text("id,title,category_path,currency\n" + "\n".join(rows) + f"\nsku9,{MARKUP},a\n,adsız,ev,TRY\n")
    page = enter("operator", "/admin/import", scripts=scripts, refusals=True)
    page.get_by_label("CSV dosyası").set_input_files(str(file))
    page.get_by_label("Mağaza").fill("Yanlış Ad")
    page.get_by_role("button", name="Yükle").click()
    expect(page.get_by_label("Mağaza")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("CSV dosyası").set_input_files(str(file))
    page.get_by_label("Mağaza").fill(shop)
    page.get_by_role("button", name="Yükle").click()
    page.wait_for_url(re.compile(r"/admin/import/\d+$"))
    if scripts:
        # It goes on before one's eyes.
        expect(page.get_by_role("cell", name="bitti")).to_be_visible(timeout=60_000)
    else:
        eventually("it is done", lambda: page.reload() and page.get_by_role("cell", name="bitti").count(), 120, 0.5)
    expect(row(page, file.name)).to_contain_text("3.000")
    expect(page.locator("progress")).to_have_attribute("value", "10000")
    reasons = page.locator("[aria-labelledby=t-faults]")
    expect(reasons).to_contain_text("id: expected the shop's own id")
    with page.expect_download() as download:
        page.get_by_role("link", name="Hata dökümü").click()
    report = download.value.path().read_text().splitlines()
    assert report[0] == "line,reason" and len(report) == 3, report
    found = operated.ask(f"/v1/products?shop={shop}&external_id=sku2999").json["products"]
    assert [product["title"] for product in found] == ["Yeni Ürün 2999"]


def test_a_sources_budget_is_changed(operated, enter):
    name = operated.as_admin("GET", "/v1/admin/sources").json["sources"][0]["name"]
    before = operated.as_admin("GET", f"/v1/admin/sources/{name}").json
    page = enter("operator", "/admin/sources", refusals=True)
    page.get_by_role("link", name=name).click()
    page.get_by_label("Saniyede istek").fill("çok")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.get_by_label("Saniyede istek")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Saniyede istek").fill("12,5")
    page.get_by_label("Günde istek").fill("123456")
    page.get_by_role("button", name="Kaydet").click()
    done(page, "Kaynak değiştirildi.")
    after = operated.as_admin("GET", f"/v1/admin/sources/{name}").json
    assert (after["rateMillihertz"], after["dailyBudget"], after["concurrency"]) == (
        12_500, 123_456, before["concurrency"])
    operated.as_admin("PATCH", f"/v1/admin/sources/{name}", {
        "rateMillihertz": before["rateMillihertz"], "dailyBudget": before["dailyBudget"]})


@SCRIPTS
def test_a_failed_delivery_is_sent_again(operated, enter, scripts):
    delivery = operated.park()
    page = enter("operator", "/admin/deliveries", scripts=scripts)
    expect(row(page, "the webhook answered with status 400")).to_have_count(1)
    page.get_by_role("button", name=about("Yeniden gönder", delivery)).click()
    done(page, "Gönderim yeniden deneniyor.")
    eventually("it is sent", lambda: any(each["id"] == delivery for each in operated.deliveries("sent")))
    page.goto("/admin/deliveries")
    expect(page.get_by_text("Gönderilememiş bir şey yok.")).to_be_visible()
    for channel in operated.as_person("GET", "/v1/channels").json["channels"]:
        operated.as_person("DELETE", f"/v1/channels/{channel['id']}")
    operated.people.hooks.clear()


@SCRIPTS
def test_an_admin_changes_a_keys_tier_is_asked_once_more_and_finds_it_in_the_audit_log(operated, enter, scripts):
    name = f"Anahtar <i>{scripts}</i>"
    key = operated.key("user@example.com", name)

    def tier():
        keys = operated.as_admin("GET", "/v1/admin/keys").json["apiKeys"]
        return next(each for each in keys if each["id"] == key)

    page = enter("admin", "/admin/keys", scripts=scripts)
    line = row(page, name)
    line.get_by_label("Kademe").select_option("pro")
    line.get_by_role("button", name="Değiştir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"“{name}” anahtarı pro kademesine geçsin mi?")
    assert tier()["tier"] == "KEY_TIER_FREE"
    page.get_by_role("button", name="Değiştir").click()
    done(page, "Anahtarın kademesi değişti.")
    assert tier()["tier"] == "KEY_TIER_PRO"
    page.get_by_role("link", name="Denetim kaydı").click()
    entry = page.get_by_role("row").nth(1)
    for text in ("changeApiKey", key, "tier pro", "303"):
        expect(entry).to_contain_text(text)
    page.goto("/admin/keys")
    row(page, name).get_by_role("link", name="İptal et").click()
    page.get_by_role("button", name="İptal et").click()
    done(page, "Anahtar iptal edildi.")
    assert tier()["revokedAt"]


def test_an_account_gets_a_role_and_is_disabled_and_the_last_admin_stays(operated, enter):
    operated.person("somebody", 1)
    page = enter("admin", "/admin/accounts", refusals=True)
    page.get_by_label("E-posta adresi").fill("some")
    page.get_by_role("button", name="Uygula").click()
    page.get_by_role("link", name="somebody@example.com").click()
    page.get_by_label("Yeni rol").select_option("operator")
    page.get_by_role("button", name="Değiştir").click()
    page.get_by_role("button", name="Değiştir").click()
    done(page, "Rol değişti.")
    other = enter("somebody", "/admin")
    page.get_by_role("link", name="Hesabı kapat").click()
    page.get_by_role("button", name="Hesabı kapat").click()
    done(page, "Hesap kapatıldı.")
    # It is signed out at once.
    other.goto("/admin")
    expect(other).to_have_url(re.compile("/account/sign-in"))
    page.get_by_role("button", name="Hesabı aç").click()
    done(page, "Hesap açıldı.")
    page.goto("/admin/accounts?email=admin")
    page.get_by_role("link", name="admin@example.com").click()
    page.get_by_role("link", name="Hesabı kapat").click()
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/admin/" in answer.url) as answer:
        page.get_by_role("button", name="Hesabı kapat").click()
    assert answer.value.status == 409


def test_operators_and_users_see_what_is_theirs(operated, enter):
    page = enter("operator", "/admin")
    expect(page.get_by_role("link", name="Denetim kaydı")).to_have_count(0)
    for name, paths in (("operator", ("/admin/audit", "/admin/keys", "/admin/accounts")),
                        ("user", ("/admin", "/admin/jobs", "/en/admin/products"))):
        context = page.context if name == "operator" else enter("user", "/account").context
        for path in paths:
            answer = context.request.get(path, headers={"Accept": "text/html"})
            assert answer.status == 403 and "<h1>" in answer.text(), path
    answer = page.context.browser.new_context(base_url=operated.base).request.get(
        "/en/admin/jobs", headers={"Accept": "text/html"}, max_redirects=0)
    assert answer.status == 303 and answer.headers["location"] == "/en/account/sign-in?next=%2Fen%2Fadmin%2Fjobs"


def test_everything_is_done_by_keyboard(operated, enter):
    page = enter("operator", "/admin/jobs")

    def reach(name):
        """Goes on by the tab key until something of this name has the focus."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").startswith(name):
                return
        raise AssertionError(f"{name} is not reached")

    reach("Hepsini duraklat")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/jobs/pause")
    reach("Vazgeç")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/jobs")


# What every page is measured by.


@pytest.fixture(scope="module")
def paths(operated):
    """Every kind of page, as it is in Turkish."""
    product, listing = operated.product()
    source = operated.as_admin("GET", "/v1/admin/sources").json["sources"][0]["name"]
    accounts = operated.as_admin("GET", "/v1/admin/accounts?email=user").json["accounts"]
    key = operated.key("user@example.com", "Ölçü <b>")
    return (
        "/admin", "/admin/jobs", "/admin/jobs/pause", "/admin/jobs/price-check/pause", "/admin/runs?job=price-check",
        "/admin/sources", f"/admin/sources/{source}", "/admin/products?q=kulaklik", f"/admin/products/{product['id']}",
        f"/admin/products/{product['id']}/retire", f"/admin/listings/{listing}/remove", "/admin/deliveries?state=all",
        "/admin/cache/flush", "/admin/import", "/admin/accounts", f"/admin/accounts/{accounts[0]['id']}",
        f"/admin/accounts/{accounts[0]['id']}/role?role=operator", "/admin/keys", f"/admin/keys/{key}/tier?tier=partner",
        "/admin/audit", "/admin/jobs?did=paused")


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("language", ("tr", "en"))
def test_pages_are_accessible_valid_and_stored_by_nobody(enter, paths, scheme, language):
    page = enter("admin", "/admin", width=360 if scheme == "dark" else 1280, scheme=scheme)
    for path in paths:
        path = path if language == "tr" else "/en" + path
        answer = page.goto(path)
        assert answer.status == 200, path
        assert answer.headers["cache-control"] == "private, no-store"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        pagechecks.assert_valid(answer.text())
        pagechecks.assert_accessible(page)


@pytest.mark.parametrize("width", (320, 768, 1024))
def test_no_page_is_wider_than_its_window(enter, paths, width):
    page = enter("admin", "/admin", width=width)
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
