"""Real catalogues through the whole mesh: what goes in by `fiyat import` is what the gateway serves, and what the mesh
makes of it is what docs/pricing-rules.md says, by a second implementation."""

import datetime
import json
import random
import subprocess
import time

import pytest

import meshes
from meshes import eventually
from pipelined import get_all
from real.catalogues import DATA, Catalogue
from reference.pricing_rules import DAY, confirmed, deals, points, statistics

# On a busy machine; alone it takes two minutes with a debug build.
pytestmark = pytest.mark.timeout(900)

SEED = 20230706


class World:
    """The mesh, what was imported into it, and where the imports' rows ended up."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.pcparts = Catalogue("pcparts", DATA / "pcparts", compressed=True)
        self.amazon = Catalogue("amazon_us", DATA / "amazon_us", compressed=False)
        self.reports = {}
        self.interruptions = []

    def import_file(self, kind, file, shop, *more):
        currency = ["--currency", "USD"] if kind == "prices" else []
        report = json.loads(self.mesh.fiyat(
            "import", kind, file, "--shop", shop, *currency, "--output", "json", *more))
        self.reports[shop, kind] = report
        return report

    def import_interrupted(self, kind, file, shop, lines):
        """An import that is killed when the services have acknowledged so many lines, and then goes on."""
        state = self.mesh.folder / "state" / "fiyatradari"
        process = subprocess.Popen(
            self.mesh.fiyat_command("import", kind, file, "--shop", shop, "--output", "json",
                                    *(["--currency", "USD"] if kind == "prices" else [])),
            env=self.mesh.fiyat_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def acknowledged():
            assert process.poll() is None, "the import ended before it could be killed"
            kept = [path.read_text() for path in state.glob("*") if path.suffix != ".new"]
            return any(int(text.split("\t", 1)[0]) >= lines for text in kept if f"\t{kind} {shop} " in text)

        try:
            eventually(f"{lines} lines of {kind} are imported", acknowledged, 300)
        finally:
            process.kill()
            process.wait()
        report = self.import_file(kind, file, shop)
        self.interruptions.append((kind, lines, report))
        return report

    def get(self, paths):
        return get_all(self.mesh, paths, self.mesh.secrets["admin-token"])

    def products(self, shop):
        """The gateway's products of a shop by the shop's ids, page by page."""
        found, token = {}, ""
        while True:
            path = f"/v1/products?shop={shop}&limit=200&listings=true{token}"
            page = self.get([path])[path]
            for product in page["products"]:
                for listing in product["listings"]:
                    if listing["shop"] == shop:
                        assert listing["externalId"] not in found
                        found[listing["externalId"]] = product
            if not page["nextPageToken"]:
                return found
            token = f"&page_token={page['nextPageToken']}"

    def fingerprint(self):
        """What the services keep, as numbers that change with any row."""
        tables = {
            "pricing": ("observation", "listing_state", "deal", "event_log", "listing"),
            "catalog": ("product", "listing", "listing_price", "product_price", "category", "event_log"),
        }
        return {f"{schema}.{table}": self.mesh.sql(
            f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {schema}.{table} t", "fiyatradari")
            for schema, names in tables.items() for table in names}

    def settled(self):
        """Waits until the followers have applied what they have been told."""
        def is_applied():
            lags = self.mesh.sql(
                "SELECT count(*) FROM catalog.event_inbox i, LATERAL (SELECT max(sequence) AS last"
                " FROM pricing.event_log e WHERE e.partition = i.partition) t WHERE t.last > i.sequence", "fiyatradari")
            return lags == "0"
        eventually("the catalogue has applied pricing's events", is_applied, 120)


@pytest.fixture(scope="module")
def world():
    missing = [path for path in (DATA / "pcparts", DATA / "amazon_us") if not path.is_dir()]
    assert not missing, f"the real catalogues are not there: {missing}"
    with meshes.running() as mesh:
        world = World(mesh)
        pcparts, amazon = world.pcparts, world.amazon
        world.import_interrupted("products", pcparts.products_file, "pcparts", 4000)
        world.import_interrupted("prices", pcparts.prices_file, "pcparts", 60_000)
        world.import_file("products", amazon.products_file, "amazon_us")
        world.import_file("prices", amazon.prices_file, "amazon_us")
        yield world


@pytest.fixture(scope="module")
def served(world):
    """Product and history of everything that was imported, by shop and the shop's id."""
    found = {}
    for catalogue in (world.pcparts, world.amazon):
        products = world.products(catalogue.shop)
        paths = {id: f"/v1/products/{product['id']}/history?days=36500&resolution=changes"
                 for id, product in products.items()}
        histories = world.get(paths.values())
        for id, product in products.items():
            found[catalogue.shop, id] = product, histories[paths[id]]
    return found


def moment(milliseconds):
    """As the gateway writes it."""
    text = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{milliseconds % 1000:03}Z" if milliseconds % 1000 else f"{text}Z"


def money(units):
    return None if units is None else {"amount": f"{units // 100}.{units % 100:02}", "currency": "USD"}


def given(fields):
    """Without what is not known, which the gateway leaves out."""
    return {name: value for name, value in fields.items() if value is not None}


def served_points(history, shop):
    listing, = [listing for listing in history["listings"] if listing["shop"] == shop]
    assert listing["currency"] == "USD" and not listing["truncated"]
    return [(point["at"], int(point["price"]), int(point["listPrice"]), point["availability"])
            for point in listing["points"]]


def as_served(observation):
    return (moment(observation.at), observation.price or 0, observation.list_price or 0,
            "AVAILABILITY_" + observation.availability.upper())


def test_an_import_goes_on_where_it_was_killed_and_reports_each_bad_line(world):
    for kind, lines, report in world.interruptions:
        assert report["resumed behind"] >= lines, (kind, report)
        # What was sent but not acknowledged is known already; nothing is taken over twice.
        total = len(world.pcparts.products) if kind == "products" else len(world.pcparts.rows)
        assert report["rows"] < total
    (_, _, products), (_, _, prices) = world.interruptions
    assert products["rejected"] == products["updated"] == 0
    recorded = world.mesh.sql(
        "SELECT count(*) FROM pricing.observation o JOIN pricing.listing l ON l.id = o.listing_id"
        " WHERE l.shop = 'pcparts'", "fiyatradari")
    assert int(recorded) == len(world.pcparts.rows) - len(world.pcparts.refused)
    amazon = world.reports["amazon_us", "prices"]
    kinds = {}
    for _, row in world.amazon.rows:
        kinds.setdefault((row["product_id"], row["observed_at"]), set()).add(row["price"])
    conflicts = sum(len(prices) - 1 for prices in kinds.values())
    assert amazon["recorded"] == len(kinds) and amazon["rejected"] == conflicts > 0
    assert amazon["known already"] == len(world.amazon.rows) - len(kinds) - conflicts
    assert {"line", "reason"} == set(amazon["rejections"][0])


def test_every_products_served_history_is_its_sources(world, served):
    wrong, checked, priced = [], 0, 0
    for catalogue in (world.pcparts, world.amazon):
        for id, observations in catalogue.observations.items():
            assert (catalogue.shop, id) in served, f"{catalogue.shop} {id} is not served"
            found = served_points(served[catalogue.shop, id][1], catalogue.shop)
            if found != [as_served(point) for point in points(observations)]:
                wrong.append((catalogue.shop, id))
                continue
            # The same once more without the rules: at each row's time the row's own state is in effect.
            index = -1
            for row in confirmed(observations):
                at, *state = as_served(row)
                while index + 1 < len(found) and found[index + 1][0] <= at:
                    index += 1
                if list(found[index][1:]) != state:
                    wrong.append((catalogue.shop, id))
                checked += 1
                priced += row.price is not None
    assert not wrong, f"{len(wrong)} differ, such as {wrong[:5]}"
    assert len(served) == len(world.pcparts.products) + len(world.amazon.products)
    assert checked > 200_000 and priced > 150_000


def test_the_catalogue_shows_every_products_present_price(world):
    world.settled()
    wrong = []
    for catalogue in (world.pcparts, world.amazon):
        for id, product in world.products(catalogue.shop).items():
            history = points(catalogue.observations[id])
            last = history[-1] if history else None
            expected = money(last.price) if last and last.availability == "in_stock" else None
            shown = product.get("price") or {}
            in_stock = shown.get("availability") == "AVAILABILITY_IN_STOCK"
            if (shown.get("price") if in_stock else None) != expected:
                wrong.append((catalogue.shop, id, shown, expected))
    assert not wrong, f"{len(wrong)} differ, such as {wrong[:3]}"


def sample(world):
    """500 (catalogue, id), the same each time."""
    draw = random.Random(SEED)
    return [(catalogue, id) for catalogue, count in ((world.pcparts, 400), (world.amazon, 100))
            for id in draw.sample(sorted(id for id, rows in catalogue.observations.items() if rows), count)]


def expected_statistics(observations, as_of):
    figures = statistics(points(observations), as_of)

    def window(figures):
        lowest, highest = figures["lowest"] or (None, None), figures["highest"] or (None, None)
        return given({
            "days": figures["days"], "average": money(figures["average"]), "lowest": money(lowest[0]),
            "lowestAt": lowest[1] and moment(lowest[1]), "highest": money(highest[0]),
            "highestAt": highest[1] and moment(highest[1]), "outOfStockBasisPoints": figures["out_of_stock"]})

    return {"currency": "USD", "asOf": moment(as_of), "price": money(figures["price"]),
            "windows": [window(each) for each in figures["windows"]],
            "firstObservedAt": moment(min(o.at for o in observations))}


def test_statistics_of_sampled_products_are_those_of_the_reference(world, served):
    draw = random.Random(SEED + 1)
    expected = {}
    for catalogue, id in sample(world):
        observations = catalogue.observations[id]
        first, last = min(o.at for o in observations), max(o.at for o in observations)
        product = served[catalogue.shop, id][0]
        assert len(product["listings"]) == 1
        # At an observation, between the first and the last, and long after.
        for as_of in {draw.choice(observations).at, draw.randrange(first // 1000, last // 1000 + 1) * 1000,
                      last + draw.randrange(400) * DAY}:
            expected[f"/v1/products/{product['id']}/statistics?as_of={moment(as_of)}"] = expected_statistics(
                observations, as_of)
    found = world.get(expected)
    wrong = [(path, found[path], value) for path, value in expected.items()
             if {key: found[path].get(key) for key in value} != value]
    assert not wrong, f"{len(wrong)} of {len(expected)} differ, such as {wrong[0]}"
    assert len(expected) >= 1000


REASONS = {"short_history": "SHORT_HISTORY", "claim_exceeds_truth": "CLAIM_EXCEEDS_TRUTH",
           "raised_before": "RAISED_BEFORE", "below_reference": "BELOW_REFERENCE"}


def expected_deal(deal):
    facts, score = deal.evidence, deal.score
    lowest = facts["earlier_lowest"] or (None, None)
    return {
        "price": money(deal.price), "previousPrice": money(deal.previous_price),
        "realDiscountBasisPoints": deal.real_discount, "claimedDiscountBasisPoints": deal.claimed_discount,
        "verdict": f"VERDICT_{deal.verdict.upper()}", "verdictReason": f"VERDICT_REASON_{REASONS[deal.reason]}",
        "flags": sorted(f"DEAL_FLAG_{flag.upper()}" for flag in deal.flags),
        "score": {"total": score["total"], "discount": score["discount"], "position": score["position"],
                  "allTimeLow": score["all_time_low"], "verdict": score["verdict"], "volatility": score["volatility"]},
        "openedAt": moment(deal.opened_at), "updatedAt": moment(deal.updated_at),
        "closedAt": deal.closed_at and moment(deal.closed_at),
        "closeReason": "DEAL_CLOSE_REASON_" + (deal.close_reason or "unspecified").upper(),
        "outOfStock": deal.out_of_stock and deal.closed_at is None,
        "evidence": {
            "reductionStartedAt": moment(facts["started_at"]), "referencePrice": money(facts["reference"]),
            "referenceAt": moment(facts["reference_at"]), "windowDays": facts["window_days"],
            "referencePrice10Days": money(facts["ten_days"]), "listPrice": money(deal.list_price),
            "earlierLowest": money(lowest[0]), "earlierLowestAt": lowest[1] and moment(lowest[1]),
            "priceBeforeRaise": money(facts["before_raise"])},
    }


def served_deal(deal):
    return {**deal, "flags": sorted(deal["flags"]), "outOfStock": deal["outOfStock"] and not deal.get("closedAt"),
            "claimedDiscountBasisPoints": deal.get("claimedDiscountBasisPoints"),
            "evidence": {name: deal["evidence"].get(name) for name in (
                "reductionStartedAt", "referencePrice", "referenceAt", "windowDays", "referencePrice10Days", "listPrice",
                "earlierLowest", "earlierLowestAt", "priceBeforeRaise")}}


def compare_deals(world, subjects):
    """Compares all deals of (product id, observations); returns how many there were."""
    now = time.time_ns() // 1_000_000
    expected = {f"/v1/products/{product}/deals?limit=200": [expected_deal(deal) for deal in deals(observations, now)]
                for product, observations in subjects}
    found = world.get(expected)
    wrong = []
    for path, value in expected.items():
        shown = sorted(map(served_deal, found[path]["deals"]), key=lambda deal: deal["openedAt"])
        shown = [{key: deal.get(key) for key in value[0]} for deal in shown] if value else shown
        if shown != value:
            wrong.append((path, shown, value))
    assert not wrong, f"{len(wrong)} of {len(expected)} differ, such as {wrong[0]}"
    return sum(map(len, expected.values()))


def test_deals_of_sampled_products_are_those_of_the_reference(world, served):
    count = compare_deals(world, [
        (served[catalogue.shop, id][0]["id"], catalogue.observations[id]) for catalogue, id in sample(world)])
    assert count >= 300


def test_a_second_import_changes_nothing(world):
    world.settled()
    before = world.fingerprint()
    for catalogue in (world.pcparts, world.amazon):
        products = world.import_file("products", catalogue.products_file, catalogue.shop)
        assert products["created"] == products["updated"] == products["rejected"] == 0
        assert products["unchanged"] == len(catalogue.products)
        prices = world.import_file("prices", catalogue.prices_file, catalogue.shop)
        assert prices["recorded"] == 0 and prices["rows"] == len(catalogue.rows)
        if catalogue is world.pcparts:
            assert [each["line"] for each in prices["rejections"]] == catalogue.refused
            assert prices["rejections"][0]["reason"].startswith("price: expected more than 0")
            assert prices["known already"] == len(catalogue.rows) - len(catalogue.refused)
    world.settled()
    assert world.fingerprint() == before


def test_rows_in_any_order_give_the_same(world, tmp_path):
    draw = random.Random(SEED + 2)
    ids = draw.sample(sorted(world.pcparts.observations), 3000)

    def shuffled(rows):
        draw.shuffle(rows)
        return rows

    products_file, prices_file = world.pcparts.subset("shuffled", ids, tmp_path, shuffled)
    assert world.import_file("products", products_file, "shuffled")["created"] == len(ids)
    report = world.import_file("prices", prices_file, "shuffled")
    refused = sum(1 for line, row in world.pcparts.rows if line in world.pcparts.refused and row["product_id"] in ids)
    assert report["rejected"] == refused and report["recorded"] == report["rows"] - refused
    products = world.products("shuffled")
    paths = {id: f"/v1/products/{products[id]['id']}/history?days=36500&resolution=changes" for id in ids}
    histories = world.get(paths.values())
    wrong = [id for id in ids if served_points(histories[paths[id]], "shuffled") != [
        as_served(point) for point in points(world.pcparts.observations[id])]]
    assert not wrong, f"{len(wrong)} differ, such as {wrong[:5]}"
    assert compare_deals(world, [(products[id]["id"], world.pcparts.observations[id]) for id in ids]) > 1000
