"""The whole mesh as `make up` runs it: a price arrives, a deal opens, a person is told, and the gateway shows it."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

import meshes  # it makes the modules of dev/ known
from meshes import eventually

import demo as demos

# Starting and filling a mesh takes longer than other tests may, the more so on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def mesh():
    with meshes.running(market=meshes.consecutive_ports(8)) as running:
        running.fill(days=90)
        yield running


def call(url, body=None, method=None, token=None, key=None):
    """Status and parsed answer of a request with JSON."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["X-Api-Key"] = key
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def gateway(mesh, path, **options):
    return call(f"http://127.0.0.1:{mesh.ports['edge']}{path}", key=mesh.load_key, **options)


def market(mesh, path, **options):
    return call(f"http://127.0.0.1:{mesh.ports['market']}{path}", **options)


def push(mesh, external_id, price, at=None):
    """Has a price of the shop `anadolu` recorded, in TRY."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    file = mesh.folder / "push.csv"
    file.write_text(f"product_id,observed_at,price\n{external_id},{moment},{price}\n")
    report = json.loads(mesh.fiyat(
        "import", "prices", file, "--shop", "anadolu", "--currency", "TRY", "--output", "json", "--from-start"))
    assert report["rejected"] == 0, report


def test_the_imported_past_is_served_with_deals_search_and_statistics(mesh):
    status, deals = gateway(mesh, "/v1/deals?limit=5")
    assert status == 200 and deals["deals"]
    deal = deals["deals"][0]
    assert deal["evidence"]["referencePrice"]["currency"] == deal["price"]["currency"]
    status, found = gateway(mesh, "/v1/search?q=kulaklik")
    assert status == 200 and any("Kulaklık" in product["title"] for product in found["products"])
    status, page = gateway(mesh, "/v1/products?limit=2&sort=price")
    assert status == 200 and page["nextPageToken"]
    amounts = [float(product["price"]["price"]["amount"]) for product in page["products"]]
    assert amounts == sorted(amounts)
    product = deal["productId"]
    for path in ("", "/history", "/statistics", "/deals"):
        assert gateway(mesh, f"/v1/products/{product}{path}")[0] == 200, path


def test_a_second_import_changes_nothing(mesh):
    past = mesh.folder / "past" / "anadolu"
    products = json.loads(mesh.fiyat(
        "import", "products", past / "products.csv", "--shop", "anadolu", "--source", "page", "--priority", "hot",
        "--output", "json"))
    assert products["created"] == products["updated"] == products["rejected"] == 0
    prices = json.loads(mesh.fiyat(
        "import", "prices", past / "prices.csv", "--shop", "anadolu", "--currency", "TRY", "--output", "json"))
    assert prices["recorded"] == prices["rejected"] == 0 and prices["known already"] == prices["rows"]


@pytest.mark.parametrize("path, field", [
    ("/v1/products?bogus=1", "bogus"), ("/v1/products/abc", "id"), ("/v1/products?limit=100000", "limit"),
    ("/v1/search?q=", "q"), ("/v1/products?page_token=zz", "page_token"),
])
def test_bad_input_is_refused_by_the_name_of_its_field(mesh, path, field):
    status, problem = gateway(mesh, path)
    assert status == 400 and problem["field"] == field, problem


def test_nothing_of_a_person_is_shown_without_their_token(mesh):
    assert gateway(mesh, "/v1/alerts")[0] == 401
    assert gateway(mesh, "/v1/alerts", token="x" * 48)[0] == 401
    assert gateway(mesh, "/v1/admin/status", token=mesh.access_token)[0] in (401, 403)


def webhooks(mesh, kind):
    """Bodies of the given kind that arrived at the person's webhook, each with its signature's state."""
    arrived = [entry for entry in market(mesh, "/api/arrivals")[1]["webhooks"] if entry["hook"] == "person"]
    bodies = [(entry, json.loads(entry["body"])) for entry in arrived]
    return [(entry, body) for entry, body in bodies if body["type"] == kind]


def test_a_price_reaches_a_person_once_and_signed_though_everything_is_killed(mesh):
    token = mesh.access_token
    status, made = gateway(
        mesh, "/v1/channels", method="POST", token=token,
        body={"kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://127.0.0.1:{mesh.ports['market']}/hooks/person"})
    assert status == 201, made
    channel = made["channel"]["id"]
    market(mesh, f"/admin/hooks/person/secret?secret={made['signingSecret']}", method="POST")
    _, verification = eventually("the code arrives", lambda: webhooks(mesh, "verification"))[-1]
    status, verified = gateway(
        mesh, f"/v1/channels/{channel}/verify", method="POST", token=token, body={"code": verification["code"]})
    assert status == 200 and verified["verified"]
    status, page = gateway(mesh, "/v1/products?limit=1&shop=anadolu")
    product = gateway(mesh, f"/v1/products/{page['products'][0]['id']}")[1]
    listing = next(listing for listing in product["listings"] if listing["shop"] == "anadolu")
    history = gateway(mesh, f"/v1/products/{product['id']}/history?listing={listing['id']}")[1]
    last = int(history["listings"][0]["points"][-1]["price"])
    status, alert = gateway(
        mesh, "/v1/alerts", method="POST", token=token,
        body={"listingId": listing["id"], "anyChange": {}, "channelIds": [channel]})
    assert status == 201, alert

    first = last * 95 // 100
    push(mesh, listing["externalId"], f"{first // 100}.{first % 100:02}")
    entry, body = eventually("the alert arrives", lambda: webhooks(mesh, "alert"))[0]
    assert entry["signature"] == "valid"
    assert body["listing_id"] == listing["id"] and body["price"]["amount"] == f"{first // 100}.{first % 100:02}"

    # The services die while a price is on its way, and come back by being started again.
    second = last * 90 // 100
    push(mesh, listing["externalId"], f"{second // 100}.{second % 100:02}", at=time.time() + 90)
    for service in ("notifier", "pricing", "catalog"):
        mesh.stop(service, signal.SIGKILL)
    for service in ("catalog", "pricing", "notifier"):
        mesh.start_service(service)
    amount = f"{second // 100}.{second % 100:02}"
    eventually("the second alert arrives", lambda: [
        body for _, body in webhooks(mesh, "alert") if body["price"]["amount"] == amount])
    rows = mesh.sql(
        "SELECT count(*), count(DISTINCT (alert_id, channel_id, event_transaction, event_sequence))"
        " FROM notifier.delivery WHERE alert_id IS NOT NULL", "fiyatradari")
    count, distinct = rows.split("|")
    # The shop's own page may have been looked at in between, which is a change too.
    assert count == distinct and int(count) >= 2
    amounts = [body["price"]["amount"] for entry, body in webhooks(mesh, "alert") if not entry["repeat"]]
    assert len(amounts) == len(set(amounts))
    eventually("the mesh is healthy", lambda: gateway(mesh, "/readyz")[0] == 200)


def test_the_demo_tells_its_person_of_a_sale_within_a_minute(mesh):
    demo = demos.Demo(mesh)
    # It throws when the minute is over.
    demo.begin()
    assert any("%" in text for text in demo.messages())
    assert any("%" in mail["text"] and mail["subject"] for mail in demo.mails())
    alerts = demo.alerts_received()
    labels = {alert["label"] for alert in gateway(mesh, "/v1/alerts", token=mesh.access_token)[1]["alerts"]}
    assert "Deals of 10 % and more" in labels and any(label.startswith("Every change of ") for label in labels)
    # The sale is a deal that anybody can see, by what the shop's page says.
    listing = alerts[-1]["listing_id"]

    def shown():
        status, page = gateway(mesh, "/v1/deals?shop=anadolu&sort=newest&limit=50")
        assert status == 200
        return next((deal for deal in page["deals"] if deal["listingId"] == listing), None)

    deal = eventually("the deal is listed", shown)
    assert deal["realDiscountBasisPoints"] >= 2000
    # A second start does not register the person again, and the market that forgot the chat hears of it.
    channels = gateway(mesh, "/v1/channels", token=mesh.access_token)[1]["channels"]
    mesh.stop("market")
    mesh.start_market()
    assert demo.begin() is None
    eventually("the bot answers the chat again", demo.messages)
    assert gateway(mesh, "/v1/channels", token=mesh.access_token)[1]["channels"] == channels


def test_a_person_tracks_a_page_by_the_telegram_bot(mesh):
    chat = 4711

    def say(text):
        """Tells the bot something and returns its answer."""
        known = len(told())
        status, _ = market(mesh, f"/admin/telegram/message?{urllib.parse.urlencode({'chat': chat, 'text': text})}",
                           method="POST")
        assert status == 200
        return eventually(f"the bot answers {text}", lambda: told()[known:])[0]

    def told():
        return [sent["text"] for sent in market(mesh, "/api/arrivals")[1]["telegram"]["messages"] if sent["chat"] == chat]

    assert "/track" in say("/start")
    assert say("/list") == "Henüz bir şey izlemiyorsun."
    page = gateway(mesh, "/v1/products?limit=50&shop=bogazici&currency=TRY&sort=-price&listings=true")[1]["products"]
    product, listing = next(
        (product, listing) for product in page for listing in product["listings"]
        if listing["shop"] == "bogazici" and market(
            mesh, f"/api/state?shop=bogazici&product={listing['externalId']}")[1]["in_stock"])
    asked = market(mesh, f"/api/state?shop=bogazici&product={listing['externalId']}")[1]["price"]
    target = int(float(asked) * 0.9)
    answer = say(f"/track {listing['url']} {target}")
    assert product["title"] in answer and "İzliyorum" in answer
    assert product["title"] in say("/list")
    assert "mağazanın ürün sayfası değil" in say("/track http://127.0.0.1:1/p/7 10")
    assert "Fiyatı anlayamadım" in say(f"/track {listing['url']} ucuz")
    assert "indirim" in say("/deals").lower()

    known = len(told())
    market(mesh, f"/admin/price?shop=bogazici&product={listing['externalId']}&price={target - 1}.00", method="POST")
    mesh.fiyat("check", listing["id"])
    message = eventually("the price reaches the person", lambda: told()[known:])[0]
    assert product["title"] in message

    alert = int(say("/list").splitlines()[1].split(" ", 1)[0])
    assert say(f"/stop {alert}") == f"{alert} bırakıldı."
    assert say("/list") == "Henüz bir şey izlemiyorsun."
    # Who says /stop hears nothing more, until they speak again.
    market(mesh, f"/admin/telegram/message?chat={chat}&text=/stop", method="POST")
    eventually("the chat is silenced", lambda: mesh.sql(
        f"SELECT count(*) FROM notifier.channel WHERE address = '{chat}' AND disabled_at IS NOT NULL",
        "fiyatradari") == "1")
    assert "/track" in say("/start")


def test_a_service_cannot_read_its_neighbours_tables(mesh):
    for service, neighbour in (("catalog", "pricing"), ("pricing", "notifier"), ("notifier", "catalog")):
        asked = subprocess.run(
            ["psql", mesh.database_url(service), "-X", "-c", f"SELECT * FROM {neighbour}.schema_migrations"],
            capture_output=True, text=True, check=False)
        assert asked.returncode != 0 and "permission denied for schema" in asked.stderr
