"""The operators' side of the gateway on a real mesh."""

import time

import pytest

import outside
from gateways import NAMES
from meshes import eventually

pytestmark = pytest.mark.timeout(120)

HOST = "shop.admin.example"


@pytest.fixture(scope="module")
def product(edge):
    """A product with a listing whose page cannot be reached, made as operators make it."""
    made = edge.as_admin("POST", "/v1/admin/products", {
        "title": "Elektrikli Çaydanlık", "brand": "Marka", "category": "ev/mutfak", "listings": [
            {"shop": "admin-shop", "externalId": "k1", "url": f"https://{HOST}/p/k1", "currency": "TRY", "source": "page"}]})
    assert made.status == 201, made.body
    return made.json


def test_a_product_is_made_seen_changed_and_retired(edge, product):
    path = f"/v1/products/{product['id']}"
    assert edge.ask(path).json["title"] == "Elektrikli Çaydanlık"
    changed = edge.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {
        "title": "Cam Çaydanlık", "version": edge.ask(path).json["version"]})
    assert changed.status == 200 and changed.json["brand"] == "Marka", changed.body
    for gateway in NAMES:
        eventually("everyone sees the new title", lambda: edge.ask(path, gateway).json["title"] == "Cam Çaydanlık")
    stale = edge.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {"title": "X", "version": product["version"]})
    assert stale.status == 409 and stale.json["code"] == "conflict", stale.body
    for body, field in (({"title": ""}, "title"), ({"price": {}}, "price"), ({"gtin": "123"}, "gtin")):
        wrong = edge.as_admin("PATCH", f"/v1/admin/products/{product['id']}", body)
        assert wrong.status == 400 and wrong.json["field"] == field, wrong.body

    other = edge.as_admin("POST", f"/v1/admin/products/{product['id']}/listings", {
        "shop": "admin-shop", "externalId": "k2", "currency": "TRY", "source": "push"})
    assert other.status == 201, other.body
    again = edge.as_admin("POST", f"/v1/admin/products/{product['id']}/listings", {
        "shop": "admin-shop", "externalId": "k2", "currency": "TRY", "source": "push"})
    assert again.status == 409, again.body
    eventually("it has two listings", lambda: len(edge.ask(path).json["listings"]) == 2)
    assert edge.as_admin("DELETE", f"/v1/admin/listings/{other.json['id']}").status == 204
    eventually("it has one again", lambda: len(edge.ask(path).json["listings"]) == 1)

    query = "/v1/products?category=ev/mutfak"
    eventually("it is listed", lambda: edge.ask(query).json["products"])
    assert edge.as_admin("DELETE", f"/v1/admin/products/{product['id']}").status == 204
    for gateway in NAMES:
        eventually("it is listed no more", lambda: not edge.ask(query, gateway).json["products"])
    assert edge.ask(path).status == 200
    assert edge.as_admin("PATCH", f"/v1/admin/products/{product['id']}", {"status": "PRODUCT_STATUS_ACTIVE"}).status == 200
    eventually("it is back", lambda: edge.ask(query).json["products"])


def test_a_check_is_a_run_and_its_sources_budget_is_changed(edge, product):
    listing = product["listings"][0]["id"]

    def checked():
        answer = edge.as_admin("POST", f"/v1/admin/products/{product['id']}/check")
        assert answer.status == 202, answer.body
        return answer.json["listings"] == [{"listingId": listing, "due": True}]
    eventually("pricing knows the listing", checked)
    # The host's name leads nowhere.
    run = eventually("the check is a run", lambda: next(iter(
        edge.as_admin("GET", f"/v1/admin/runs?listing={listing}&job=price-check").json["runs"]), None))
    assert run["outcome"] != "RUN_OUTCOME_SUCCEEDED" and run["listingId"] == listing, run
    assert edge.as_admin("POST", f"/v1/admin/listings/{listing}/check").status == 202
    path = f"/v1/admin/sources/{HOST}"
    before = eventually("the host is a source", lambda: (
        answer := edge.as_admin("GET", path)).status == 200 and answer.json)
    changed = edge.as_admin("PATCH", path, {"dailyBudget": 77, "paused": True})
    assert changed.status == 200, changed.body
    after = edge.as_admin("GET", path, gateway="edge2").json
    assert (after["dailyBudget"], after["paused"]) == (77, True)
    assert after["rateMillihertz"] == before["rateMillihertz"] and after["concurrency"] == before["concurrency"]
    wrong = edge.as_admin("PATCH", path, {"rateMillihertz": 2_000_000})
    assert wrong.status == 400 and wrong.json["field"] == "rate_millihertz", wrong.body
    assert edge.as_admin("PATCH", path, {"paused": False}).json["dailyBudget"] == 77


def test_a_parked_delivery_is_found_and_sent_again(edge, people):
    made = edge.as_person("POST", "/v1/channels", {
        "kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://127.0.0.1:{people.port}/hooks/admin"})
    assert made.status == 201, made.body
    channel = made.json["channel"]["id"]
    code = eventually("the code arrives", lambda: next(
        (arrived.body["code"] for arrived in list(people.hooks) if arrived.to == "admin"), None))
    assert edge.as_person("POST", f"/v1/channels/{channel}/verify", {"code": code}).status == 200

    async def refuse(*_):
        return outside.Response(400)
    people.hook_answer = lambda name, request: refuse()
    test = edge.as_person("POST", f"/v1/channels/{channel}/test")
    assert test.status == 202, test.body
    delivery = test.json["deliveryId"]
    parked = eventually("it is parked", lambda: next(
        (each for each in edge.as_admin("GET", "/v1/admin/deliveries?state=parked&subscriber=demo").json["deliveries"]
         if each["id"] == delivery), None))
    assert parked["lastError"] == "the webhook answered with status 400"
    people.hook_answer = lambda name, request: None
    retried = edge.as_admin("POST", f"/v1/admin/deliveries/{delivery}/retry")
    assert retried.status == 202 and retried.json["state"] == "DELIVERY_STATE_PENDING", retried.body
    eventually("it arrives", lambda: any(arrived.body["type"] == "test" for arrived in list(people.hooks)))
    eventually("it is recorded", lambda: any(
        each["id"] == delivery
        for each in edge.as_admin("GET", "/v1/admin/deliveries?state=sent&limit=1").json["deliveries"]))
    assert edge.as_admin("POST", f"/v1/admin/deliveries/{delivery}/retry").status == 409
    edge.as_person("DELETE", f"/v1/channels/{channel}")


def test_a_flush_at_one_gateway_empties_both_and_without_redis_only_that_one(edge):
    path = "/v1/categories"

    def fill():
        for gateway in NAMES:
            eventually("the answer is kept", lambda: int(edge.ask(path, gateway).headers["age"]) >= 1, interval=0.3)

    def age(gateway):
        return int(edge.ask(path, gateway).headers["age"])

    fill()
    flushed = edge.as_admin("POST", "/v1/admin/cache/flush")
    assert flushed.status == 200 and flushed.json == {"everywhere": True}, flushed.body
    start = time.monotonic()
    assert age("edge") == 0
    eventually("the other one has forgotten it too", lambda: age("edge2") == 0, seconds=10)
    print(f"\nthe other gateway followed within {time.monotonic() - start:.2f} s")
    fill()
    edge.mesh.kill("redis")
    try:
        alone = edge.as_admin("POST", "/v1/admin/cache/flush")
        assert alone.status == 200 and alone.json["everywhere"] is False and "Redis" in alone.json["reason"], alone.body
        assert age("edge") == 0 and age("edge2") >= 1
    finally:
        edge.mesh.start("redis")
    for gateway in NAMES:
        eventually("Redis is reached again", lambda: edge.as_admin(
            "POST", "/v1/admin/cache/flush", gateway=gateway).json["everywhere"])


def test_services_tell_how_they_are(edge):
    def told(gateway="edge"):
        answer = edge.as_admin("GET", "/v1/admin/services", gateway=gateway)
        return {each["name"]: each for each in answer.json["services"]}

    services = told()
    assert list(services) == ["edge", "catalog", "pricing", "notifier"]
    assert all(each["ready"] for each in services.values()), services
    assert len({each["version"] for each in services.values()}) == 1, services
    assert services["pricing"]["lagMilliseconds"] >= 0 and services["notifier"]["lagMilliseconds"] >= 0
    edge.mesh.stop("notifier")
    try:
        away = told()
        assert not away["notifier"]["ready"] and away["notifier"]["reason"], away
        assert away["catalog"]["ready"]
    finally:
        edge.mesh.start("notifier")
    for gateway in NAMES:
        eventually("the notifier is reached again", lambda: told(gateway)["notifier"]["ready"])
