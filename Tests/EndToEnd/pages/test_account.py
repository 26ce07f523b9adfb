"""What people do with accounts on the pages: sign up, be told of a price, leave; with JavaScript and without."""

import json
import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

import people
from meshes import eventually
from people import PASSWORD

pytestmark = pytest.mark.timeout(300)

SCRIPTS = pytest.mark.parametrize("scripts", (True, False), ids=("with JavaScript", "without JavaScript"))


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def go(page, name):
    """To a part of the account."""
    page.get_by_role("navigation", name="Hesabım").get_by_role("link", name=name, exact=True).click()
    heading(page, name)


def item(page, text):
    return page.locator(".items > li").filter(has_text=text)


def offer(site, number):
    """A product that is sold in TRY, what `anadolu` has of it, and its best price."""
    products = site.api("/v1/products?shop=anadolu&currency=TRY&listings=true&limit=50")["products"]
    product = [product for product in products if product.get("price")][number]
    listing = next(listing for listing in product["listings"] if listing["shop"] == "anadolu")
    return product, listing, float(product["price"]["price"]["amount"])


@SCRIPTS
def test_from_signing_up_to_the_message_of_a_price_that_fell(look, site, outside, scripts):
    product, listing, price = offer(site, 0 if scripts else 1)
    page = look(f"/p/{product['id']}", scripts=scripts)
    email = people.arrive(page, outside)

    # Who signs in from a page comes back to it.
    page.goto(f"/p/{product['id']}")
    expect(page.get_by_role("navigation", name="Ana gezinme").get_by_role("link", name="Hesabım")).to_be_visible()
    page.get_by_role("navigation", name="Ana gezinme").get_by_role("link", name="Hesabım").click()

    go(page, "Kanallar")
    page.get_by_role("button", name="Telegram ekle").click()
    chat = 7001 if scripts else 7002
    outside.say(chat, page.locator("#start-code").inner_text())
    eventually("the bot answers", lambda: outside.messages(chat))
    page.get_by_role("link", name="Kanallara dön").click()
    expect(item(page, "Telegram")).to_contain_text("doğrulandı")
    known = len(outside.messages(chat))
    item(page, "Telegram").get_by_role("button", name="Dene").click()
    expect(page.locator(".done")).to_have_text("Gönderildi.")
    eventually("the test arrives", lambda: len(outside.messages(chat)) > known)

    page.goto(f"/p/{product['id']}")
    suggested = page.get_by_label("Hedef fiyat").input_value()
    target = float(suggested.replace(",", "."))
    assert 0 < target < price
    page.get_by_role("button", name="Haber ver").click()
    heading(page, "Haber ver")
    expect(page.get_by_label("Hedef fiyat")).to_have_value(suggested)
    # With a script only the amount is there that counts.
    expect(page.get_by_label("Yüzde kaç düşünce")).to_be_visible(visible=not scripts)
    page.get_by_label(re.compile("^Telegram")).check()
    page.get_by_role("button", name="Alarmı kur").click()
    heading(page, "Alarmlar")
    expect(item(page, product["title"])).to_contain_text("ya da altına inince")

    known = len(outside.messages(chat))
    site.push(listing["externalId"], f"{target * 0.99:.2f}")
    message = eventually("the message arrives", lambda: outside.messages(chat)[known:])[-1]
    assert product["title"] in message.replace("&amp;", "&").replace("&#39;", "'")

    page.reload()
    expect(item(page, product["title"])).to_contain_text("Son haber")
    go(page, "Gönderilenler")
    expect(page.locator(".items > li").first).to_contain_text(product["title"])
    expect(page.locator(".items > li").first).to_contain_text("gönderildi")
    assert email in page.request.get("/account/export").text()


@SCRIPTS
def test_an_alert_is_changed_paused_and_deleted(look, site, outside, scripts):
    product, _, _ = offer(site, 2)
    page = look("/", scripts=scripts)
    people.arrive(page, outside)
    page.goto(f"/account/alerts/new?product={product['id']}")
    expect(page.locator(".notice")).to_contain_text("Doğrulanmış bir kanalınız yok")
    page.get_by_label("Ne zaman haber verelim?").select_option("drop")
    page.get_by_label("Yüzde kaç düşünce").fill("15")
    page.get_by_role("button", name="Alarmı kur").click()
    expect(item(page, product["title"])).to_contain_text("Fiyat %15 düşünce")
    item(page, product["title"]).get_by_role("button", name="Duraklat").click()
    expect(item(page, product["title"])).to_contain_text("duraklatıldı")
    item(page, product["title"]).get_by_role("button", name="Sürdür").click()
    expect(item(page, product["title"])).not_to_contain_text("duraklatıldı")
    item(page, product["title"]).get_by_role("link", name="Düzenle").click()
    page.get_by_label("Başlangıç").fill("22:00")
    page.get_by_label("Bitiş").fill("08:00")
    page.get_by_label("Not").fill("<b>Doğum günü</b>")
    page.get_by_role("button", name="Kaydet").click()
    expect(item(page, product["title"])).to_contain_text("<b>Doğum günü</b>")
    expect(item(page, product["title"])).to_contain_text("Fiyat %15 düşünce")
    item(page, product["title"]).get_by_role("link", name="Düzenle").click()
    expect(page.get_by_label("Başlangıç")).to_have_value("22:00")
    page.get_by_role("link", name="Vazgeç").click()

    page.get_by_role("link", name="Fırsatlar için alarm kur").click()
    page.get_by_label("Gerçek indirim", exact=True).select_option("3000")
    page.get_by_role("button", name="Alarmı kur").click()
    expect(item(page, "en az %30 gerçek indirim")).to_be_visible()
    item(page, product["title"]).get_by_role("link", name="Sil").click()
    heading(page, "Bu alarm silinsin mi?")
    page.get_by_role("button", name="Evet, sil").click()
    expect(page.locator(".items > li")).to_have_count(1)


def test_a_form_that_is_wrong_says_so_where_it_is_wrong(look, site, outside):
    page = look("/account/sign-in", refusals=True)
    people.sign_in(page, "kimse@posta.test", "yanlis bir parola")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Adres ya da parola yanlış")
    expect(page.get_by_label("E-posta adresi")).to_have_value("kimse@posta.test")
    expect(page.get_by_label("Parola")).to_have_value("")
    page.goto("/account/sign-up")
    page.get_by_label("E-posta adresi").fill("ayse@posta.test")
    page.get_by_label("Yeni parola").fill("kisa")
    page.get_by_role("button", name="Hesap aç").click()
    field = page.get_by_label("Yeni parola")
    expect(field).to_have_attribute("aria-invalid", "true")
    note = page.locator("#" + field.get_attribute("aria-describedby").split()[-1])
    expect(note).to_contain_text("10 ile 256 karakter")
    page.get_by_role("alert").get_by_role("link").click()
    expect(field).to_be_focused()
    # An old link leads to a page that says so, and how to go on.
    page.goto("/account/verify?token=fv_" + "A" * 43)
    page.get_by_role("button", name="Adresim bu").click()
    expect(page.get_by_role("alert")).to_contain_text("Bu bağlantı geçerli değil")


def test_a_mailbox_is_added_by_its_code(look, outside):
    page = look("/", refusals=True)
    email = people.arrive(page, outside)
    go(page, "Kanallar")
    expect(page.locator("#email-address")).to_have_value(email)
    page.get_by_role("button", name="E-posta ekle").click()
    heading(page, "Kanalı doğrulayın")
    page.get_by_label("Kod").fill("AAAAAAAA")
    page.get_by_role("button", name="Doğrula").click()
    expect(page.get_by_role("alert")).to_contain_text("Kod yanlış")

    def code():
        found = [re.search(r": ([0-9A-Z]{8}) ", text) for text in outside.mails(email)]
        return next((each[1] for each in found if each), None)

    page.get_by_label("Kod").fill(eventually("the code arrives", code))
    page.get_by_role("button", name="Doğrula").click()
    expect(item(page, email)).to_contain_text("doğrulandı")
    item(page, email).get_by_role("link", name="Sil").click()
    page.get_by_role("button", name="Evet, sil").click()
    expect(page.locator(".done")).to_have_text("Kaldırıldı.")
    expect(page.locator(".items > li")).to_have_count(0)
    # One of the own network is none.
    page.locator("#webhook-address").fill("http://10.0.0.1/hook")
    page.get_by_role("button", name="Webhook ekle").click()
    expect(page.locator("#webhook-address-error")).to_contain_text("Bu adres kullanılamaz")


@SCRIPTS
def test_a_forgotten_password_is_replaced_by_mail(look, outside, scripts):
    page = look("/", scripts=scripts)
    email = people.arrive(page, outside)
    page.get_by_role("button", name="Çıkış yap").click()
    expect(page.locator(".done")).to_have_text("Çıkış yaptınız.")
    page.get_by_role("link", name="Parolamı unuttum").click()
    page.get_by_label("E-posta adresi").fill(email)
    page.get_by_role("button", name="Bağlantı gönder").click()
    page.goto(outside.link(email, "/account/reset"))
    page.get_by_label("Yeni parola").fill("baska uzun bir cumle")
    page.get_by_role("button", name="Parolayı değiştir").click()
    expect(page.locator(".done")).to_contain_text("Yeni parolanız geçerli")
    people.sign_in(page, email, "baska uzun bir cumle")
    heading(page, "Hesabım")


def test_a_key_is_shown_once_and_works_until_it_is_revoked(look, site, outside):
    page = look("/")
    people.arrive(page, outside)
    go(page, "API anahtarları")
    page.get_by_label("Ad", exact=True).fill("betik <1>")
    page.get_by_label("Kanal ve alarmları değiştirmek").check()
    page.get_by_label("Geçerlilik").select_option("30")
    page.get_by_role("button", name="Anahtar oluştur").click()
    key = page.locator("#key").inner_text()

    def status():
        request = urllib.request.Request(site.base + "/v1/alerts", headers={"X-Api-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    assert status() == 200
    page.get_by_role("link", name="Anahtarlara dön").click()
    entry = item(page, "betik <1>")
    expect(entry).to_contain_text("Kanal ve alarmları değiştirmek")
    assert key not in page.content()
    entry.get_by_role("link", name="İptal et").click()
    page.get_by_role("button", name="Evet, iptal et").click()
    expect(item(page, "betik <1>")).to_contain_text("geçersiz")
    assert status() == 401


def test_a_session_elsewhere_is_seen_and_ended_and_another_password_ends_them_all(look, outside):
    page = look("/")
    email = people.arrive(page, outside)
    elsewhere = look("/account/sign-in", user_agent="Baska bir tarayici")
    people.sign_in(elsewhere, email)
    heading(elsewhere, "Hesabım")
    go(page, "Oturumlar")
    item(page, "Baska bir tarayici").get_by_role("button", name="Kapat").click()
    expect(page.locator(".items > li")).to_have_count(1)
    elsewhere.goto("/account/alerts")
    heading(elsewhere, "Giriş yap")
    # From there one comes back to where one was.
    people.sign_in(elsewhere, email)
    heading(elsewhere, "Alarmlar")
    page.goto("/account/password")
    page.get_by_label("Şimdiki parola").fill(PASSWORD)
    page.get_by_label("Yeni parola").fill("yeni ve uzun bir cumle")
    page.get_by_role("button", name="Parolayı değiştir").click()
    expect(page.locator(".done")).to_have_text("Kaydedildi.")
    elsewhere.reload()
    heading(elsewhere, "Giriş yap")


def test_a_person_takes_the_data_along_and_leaves(look, outside):
    page = look("/", refusals=True)
    email = people.arrive(page, outside)
    page.get_by_label("Postaların dili").select_option("en")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.locator(".done")).to_have_text("Kaydedildi.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Verilerimi indir").click()
    with open(download.value.path(), encoding="utf-8") as file:
        export = json.load(file)
    assert download.value.suggested_filename == "fiyatradari.json"
    assert export["account"]["email"] == email and export["account"]["language"] == "en"
    page.get_by_role("link", name="Hesabı sil…").click()
    heading(page, "Hesabınız silinsin mi?")
    page.get_by_label("Parola").fill("yanlis bir parola")
    page.get_by_role("button", name="Evet, kalıcı olarak sil").click()
    expect(page.get_by_role("alert")).to_contain_text("Parola yanlış")
    page.get_by_label("Parola").fill(PASSWORD)
    page.get_by_role("button", name="Evet, kalıcı olarak sil").click()
    expect(page.locator(".done")).to_contain_text("Hesabınız")
    people.sign_in(page, email)
    expect(page.get_by_role("alert")).to_contain_text("Adres ya da parola yanlış")


def test_another_sites_form_changes_nothing(look, site, outside):
    page = look("/")
    people.arrive(page, outside)
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    other = page.context.new_page()
    # The cookie does not come along with another site's form, though the token does: nobody is signed out.
    other.set_content(f"""<form method="post" action="{site.base}/account/sign-out">
        <input name="csrf" value="{token}"><button>Go</button></form>""")
    other.get_by_role("button", name="Go").click()
    heading(other, "Hesabım")
    page.reload()
    heading(page, "Hesabım")
    page.get_by_role("button", name="Çıkış yap").click()
    expect(page.locator(".done")).to_have_text("Çıkış yaptınız.")
