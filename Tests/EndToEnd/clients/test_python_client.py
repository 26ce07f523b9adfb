"""A program that was written from the contracts alone talks to the services: Examples/python/radar.py with grpcio."""

import datetime
import os
import pathlib
import queue
import subprocess
import sys
import threading

import grpc
import pytest

import meshes

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "Examples" / "python"
sys.path.insert(0, str(EXAMPLE))
import radar as example  # noqa: E402

pytestmark = pytest.mark.timeout(300)
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


@pytest.fixture(scope="module")
def radar(mesh, tmp_path_factory):
    modules = example.stubs(
        pathlib.Path(os.environ.get("FIYATRADARI_PROTO") or example.PROTO), tmp_path_factory.mktemp("stubs"))
    with example.Radar(f"127.0.0.1:{mesh.ports['catalog']}", f"127.0.0.1:{mesh.ports['pricing']}", modules) as radar:
        report = radar.import_products([
            {"line": number, "title": f"Kulaklık {number}", "shop": "dis", "external_id": f"d-{number}",
             "currency": "TRY", "category_path": "Elektronik > Kulaklık", "source": "push"} for number in range(1, 121)])
        assert (report.created, report.rejected) == (120, 0)
        yield radar


def listing_of(radar, external_id):
    product, = radar.products(shop="dis", external_id=external_id)
    return product.listings[0].id


def record(radar, external_id, prices):
    """Records (days ago, amount) pairs; the first may come before pricing has heard of the listing."""
    seen = [radar.observation("dis", external_id, amount, "TRY", NOW - datetime.timedelta(days=days), line)
            for line, (days, amount) in enumerate(prices, 1)]

    def taken():
        answer = radar.record(seen)
        unknown = radar.modules["pricing"].REJECTION_REASON_UNKNOWN_LISTING
        return None if any(each.reason == unknown for each in answer.rejections) else answer
    return meshes.eventually("pricing knows the listing", taken)


def test_products_are_listed_page_by_page(radar):
    products = list(radar.products(page_size=7, shop="dis"))
    assert len(products) == 120 and len({product.id for product in products}) == 120
    assert {product.category for product in products} == {"elektronik/kulaklik"}


def test_deals_that_its_own_observations_open_are_streamed_live(radar):
    listing = listing_of(radar, "d-1")
    assert record(radar, "d-1", [(60, "1000.00"), (40, "1000.00")]).recorded == 2
    received = queue.Queue()
    call = radar.watch_deals(listing_id=listing)

    def follow():
        try:
            for message in call:
                received.put(message)
        except grpc.RpcError as error:
            received.put(error)

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        # The first message is a sign of life: from here on nothing is missed.
        first = received.get(timeout=30)
        assert first.HasField("position") and not first.HasField("deal")
        assert record(radar, "d-1", [(0, "750.00")]).recorded == 1

        def deal():
            while not (message := received.get(timeout=30)).HasField("deal"):
                pass
            return message
        opened = deal()
        assert opened.deal.listing_id == listing and opened.deal.product_title == "Kulaklık 1"
        assert opened.deal.real_discount_basis_points == 2500 and not opened.deal.HasField("closed_at")
        assert opened.deal.evidence.reference_price.minor_units == 100_000
        assert opened.deal.verdict == radar.modules["market"].VERDICT_GENUINE
    finally:
        call.cancel()
        follower.join(timeout=10)
    assert isinstance(received.queue[-1], grpc.RpcError) and received.queue[-1].code() == grpc.StatusCode.CANCELLED
    # What was missed comes when the stream goes on from an earlier position.
    again = radar.watch_deals(after=first.position, listing_id=listing)
    assert next(message for message in again if message.HasField("deal")).deal.id == opened.deal.id
    again.cancel()


def test_history_and_statistics_are_read(radar):
    listing = listing_of(radar, "d-2")
    assert record(radar, "d-2", [(20, "100.00"), (10, "200.00"), (5, None), (0, "200.00")]).recorded == 4
    assert record(radar, "d-2", [(20, "100.00")]).duplicates == 1
    history = radar.history(listing)
    assert [point.price for point in history.points] == [10_000, 20_000, 0, 20_000]
    assert history.currency == "TRY" and history.shop == "dis"
    month = radar.statistics(listing, NOW).windows[0]
    # 10 days at 100, 5 at 200, 5 out of stock.
    assert month.average.minor_units == 13_333 and month.out_of_stock_basis_points == 2500
    assert (month.lowest.minor_units, month.highest.minor_units) == (10_000, 20_000)


def test_a_bad_observation_is_told_by_its_line_and_does_not_stop_the_others(radar):
    pricing = radar.modules["pricing"]
    answer = record(radar, "d-3", [(3, "10.00"), (2, "0"), (-1, "11.00"), (1, "12.00")])
    assert answer.recorded == 2 and answer.rejected == 2
    reasons = {each.line: (each.reason, each.message) for each in answer.rejections}
    assert reasons[2][0] == pricing.REJECTION_REASON_PRICE_NOT_POSITIVE and reasons[2][1].startswith("price: expected")
    assert reasons[3][0] == pricing.REJECTION_REASON_TIME and reasons[3][1].startswith("observed_at: expected")
    dollars = radar.record([radar.observation("dis", "d-3", "1.00", "USD", NOW, 9)])
    assert [(each.line, each.reason) for each in dollars.rejections] == [(9, pricing.REJECTION_REASON_CURRENCY)]


@pytest.mark.parametrize("ask, code, words", [
    (lambda r, p: r.pricing.GetPriceHistory(p.GetPriceHistoryRequest()), "INVALID_ARGUMENT", "subject"),
    (lambda r, p: r.pricing.GetPriceHistory(p.GetPriceHistoryRequest(listing_id=10**12)), "NOT_FOUND", "no such listing"),
    (lambda r, p: r.pricing.GetDeal(p.GetDealRequest(id=-1)), "INVALID_ARGUMENT", "id"),
    (lambda r, p: r.record([p.Observation()], source="Not A Source"), "INVALID_ARGUMENT", "source"),
    (lambda r, p: r.record([p.Observation()] * 10_001, batch=10_001), "INVALID_ARGUMENT", "observations"),
    (lambda r, p: list(r.products(page_size=1000)), "INVALID_ARGUMENT", "page"),
    (lambda r, p: next(r.watch_deals(min_discount_basis_points=20_000)), "INVALID_ARGUMENT", "min_discount"),
    # A stream without end: any other call may be answered within whatever time it is given.
    (lambda r, p: list(r.pricing.StreamDeals(p.StreamDealsRequest(), timeout=0.2)), "DEADLINE_EXCEEDED", ""),
])
def test_bad_input_gets_a_status_that_names_it(radar, ask, code, words):
    with pytest.raises(grpc.RpcError) as raised:
        ask(radar, radar.modules["pricing"])
    assert raised.value.code().name == code
    assert words in raised.value.details()


def test_the_example_runs_as_its_text_says(mesh, radar):
    record(radar, "d-4", [(1, "42.50")])
    addresses = ["--catalog", f"127.0.0.1:{mesh.ports['catalog']}", "--pricing", f"127.0.0.1:{mesh.ports['pricing']}"]

    def run(*arguments):
        return subprocess.run([sys.executable, str(EXAMPLE / "radar.py"), *addresses, *arguments], capture_output=True,
                              text=True, timeout=60, check=False)
    listed = run("products", "--shop", "dis")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 120, listed.stderr
    recorded = run("record", "dis", "d-4", "41.00")
    assert recorded.stdout.startswith("1 recorded, 0 known already, 0 rejected"), recorded.stderr
    history = run("history", str(listing_of(radar, "d-4")))
    assert [line.split()[1] for line in history.stdout.splitlines()] == ["4250", "4100"]
    missing = run("history", "999999999")
    assert missing.returncode == 1 and missing.stderr.startswith("NOT_FOUND: ")
