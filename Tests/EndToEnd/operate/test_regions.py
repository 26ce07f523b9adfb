"""Two regions 80 ms apart: reads are local, writes go over, and what a cut link, a lost region and its return cost."""

import contextlib
import pathlib
import sys
import time

import outside
import pytest
from meshes import eventually

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import regions  # noqa: E402
from regions import ROUND_TRIP, Reader, Writer, quantiles, working  # noqa: E402

pytestmark = pytest.mark.timeout(900)
PRODUCTS = 60
# What asynchronous replication between the regions may lack when one is lost.
WINDOW = 2.0
# How long the gateway waits for a write (WRITE_TIMEOUT) or its own database (DATABASE_TIMEOUT, and two seconds until it knows that
# a statement was not done), and something for a busy machine.
DEADLINE = 5.0 + 2.0 + 5.0


class World:
    """The drill and what its steps share."""

    def __init__(self, drill, people):
        self.drill, self.people = drill, people
        self.a, self.b, self.link = drill.a, drill.b, drill.link
        self.kit_a, self.kit_b = drill.kits
        now = int(time.time())
        # Prices that people hear of are of today; what writers record is older, each writer's in a day of its own or
        # between the other's seconds.
        self.clock, self.past = now - 4 * 3600, now - 20 * 86_400

    def moment(self):
        self.clock += 1
        return self.clock

    def prepare(self):
        """Products with prices, and a person who is told of one of them."""
        a = self.a
        self.listings = self.kit_a.add_products([
            {"external_id": f"r{index}", "title": f"Ürün {index}", "shop": "shop-r", "category_path": "elektronik"}
            for index in range(PRODUCTS)])
        at = self.moment()
        assert self.kit_a.record([self.kit_a.observation(each, at, 100_000) for each in self.listings]).recorded == PRODUCTS
        self.products = [int(row[0]) for row in self.kit_a.rows(
            f"SELECT product_id FROM pricing.listing WHERE id IN ({','.join(map(str, self.listings))}) ORDER BY id")]
        eventually("the catalogue knows the prices", lambda: all(
            product.get("price") for product in a.get("/v1/products?limit=200").json["products"]))
        made = a.as_person("POST", "/v1/channels", {
            "kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://127.0.0.1:{a.webhook_port}/hooks/person"})
        assert made.status == 201, made.body
        code = eventually("the code arrives", lambda: next(
            (arrived.body["code"] for arrived in list(self.people.hooks) if arrived.body["type"] == "verification"), None))
        channel = made.json["channel"]["id"]
        verified = a.as_person("POST", f"/v1/channels/{channel}/verify", {"code": code})
        assert verified.status == 200, verified.body
        # The last listing is the one that the person hears of; writers leave it alone.
        self.watched, self.price = self.listings[-1], 100_000
        alert = a.as_person("POST", "/v1/alerts", {"listingId": str(self.watched), "anyChange": {}})
        assert alert.status == 201, alert.body

    def tell(self, kit, timeout=20.0):
        """A new price of what the person watches, recorded; the price, once it is acknowledged."""
        self.price += 1000
        answer = kit.record([kit.observation(self.watched, self.moment(), self.price)], timeout)
        assert answer.recorded == 1
        return self.price

    def told(self, price):
        """The messages that tell of a price."""
        amount = f"{price / 100:.2f}"
        return [each for each in list(self.people.hooks) if each.body.get("price", {}).get("amount") == amount]

    def writer(self, kit, listing, offset, **options):
        """A writer whose moments are no other writer's, though the listing may be."""
        return Writer(kit, self.listings[listing], self.past + offset, 4, **options)

    def alert(self, region, listing):
        """Asks for an alert at a region's gateway."""
        return region.as_person("POST", "/v1/alerts", {"listingId": str(self.listings[listing]), "anyChange": {}})

    def observed(self, region):
        """All observations that a region's database has."""
        rows = region.sql("SELECT listing_id, extract(epoch FROM observed_at)::bigint FROM pricing.observation", "fiyatradari")
        return {tuple(map(int, row.split("|"))) for row in rows.splitlines()}


@pytest.fixture(scope="module")
def world():
    people = outside.People()
    with regions.running(people) as drill:
        world = World(drill, people)
        world.prepare()
        seconds = world.b.follow()
        drill.note("a region is added", "copy made, services of B ready", f"{seconds:.1f} s")
        yield world
        print(drill.table())



def acknowledged(*writers):
    return {(writer.listing, entry[0]) for writer in writers for entry in writer.acknowledged}


def seconds_until(what, condition, since, seconds=120.0, interval=0.02):
    """How long after `since` a condition was true."""
    eventually(what, condition, seconds, interval)
    return time.monotonic() - since


def round_trips(seconds):
    return f"{seconds * 1000:.0f} ms, {seconds / ROUND_TRIP:.1f} round trips"


def test_reads_are_local(world):
    step = f"reads, {len(world.products) * 2} each"
    medians, slowest = {}, {}
    # Once, so that no first connection is measured.
    for region in (world.a, world.b):
        assert region.get("/v1/products?limit=3").status == region.get(f"/v1/products/{world.products[0]}/statistics").status == 200
    for region in (world.a, world.b):
        before, started = world.link.bytes(), time.monotonic()
        for kind, wanted in (("asked of the services", "fwd=miss"), ("kept by the gateway", "hit")):
            answers = [region.get(f"/v1/products/{product}{part}") for product in world.products for part in ("", "/history")]
            assert all(answer.status == 200 for answer in answers)
            assert all(wanted in answer.headers["cache-status"] for answer in answers), answers[0].headers
            median, slow = quantiles([answer.seconds for answer in answers])
            medians[region.name, kind], slowest[region.name, kind] = median, slow
            world.drill.note(step, f"{region.name.upper()}, {kind}: median, 95 %", f"{median:.1f} ms, {slow:.1f} ms")
        taken = time.monotonic() - started
        world.drill.note(step, f"{region.name.upper()}: over the link meanwhile, all in all",
                         f"{(world.link.bytes() - before) / taken / 1000:.1f} kB/s")
    for kind in ("asked of the services", "kept by the gateway"):
        assert medians["b", kind] < ROUND_TRIP * 1000 / 2, "half of the reads take as long as a way to the other region"
        # The copy's region serves as the other one does, but for what a busy machine does to so short times.
        assert medians["b", kind] < 3 * medians["a", kind] + 5
        assert slowest["b", kind] < max(ROUND_TRIP * 1000, 3 * slowest["a", kind]), "reads wait for the other region"


def test_writes_go_over_and_are_seen(world):
    a, b, drill = world.a, world.b, world.drill
    step = "writes in B"

    def measured(what, act, count=6):
        answers = [act(number) for number in range(count)]
        median = sorted(answer.seconds for answer in answers)[count // 2]
        drill.note(step, what, round_trips(median))
        assert ROUND_TRIP * 0.9 < median < ROUND_TRIP * 20 + 1, "a write goes to the other region, a few times"
        return answers

    alerts = measured("an alert is made (A's notifier)", lambda number: world.alert(b, number))
    assert all(answer.status == 201 for answer in alerts), alerts[0].body
    own = measured("own alerts, at once", lambda number: b.as_person("GET", "/v1/alerts?limit=100"))
    assert {answer.json["id"] for answer in alerts} <= {each["id"] for each in own[0].json["alerts"]}
    # What operators change, they see.
    jobs = measured("a job is paused or resumed, with its audit entry", lambda number: b.as_admin(
        "POST", f"/v1/admin/jobs/price-check/{'resume' if number % 2 else 'pause'}"))
    assert all(answer.status == 200 for answer in jobs), jobs[0].body
    paused = b.as_admin("POST", "/v1/admin/jobs/price-check/pause")
    listed = b.as_admin("GET", "/v1/admin/jobs").json["jobs"]
    assert paused.status == 200 and next(each for each in listed if each["name"] == "price-check")["paused"]
    assert b.as_admin("POST", "/v1/admin/jobs/price-check/resume").status == 200

    product = world.products[1]
    titles = measured("a product's title is changed, with its audit entry", lambda number: b.as_admin(
        "PATCH", f"/v1/admin/products/{product}", {"title": f"Neu {number}"}))
    assert all(answer.status == 200 for answer in titles), titles[0].body
    behind = seconds_until("B's catalogue shows the title", lambda: world.kit_b.catalog.GetProduct(
        world.kit_b.new("catalog", "GetProductRequest", id=product), timeout=20).title == "Neu 5", time.monotonic())
    drill.note(step, "the title in B's copy, after the answer", f"{behind * 1000:.0f} ms")
    shown = seconds_until("B's gateway shows the title", lambda: b.get(f"/v1/products/{product}").json["title"] == "Neu 5",
                          time.monotonic())
    drill.note(step, "and at B's gateway", f"{(behind + shown) * 1000:.0f} ms")

    with working(writer := world.writer(world.kit_b, 2, 0, timeout=20)):
        eventually("B has recorded", lambda: len(writer.acknowledged) >= 8)
    median, _ = quantiles([end - start for _, start, end in writer.acknowledged])
    drill.note(step, "a price is recorded", round_trips(median / 1000))
    assert not writer.refused, writer.refused


def test_what_a_records_is_soon_in_b(world):
    behind, shown = [], []
    kit = world.kit_b
    request = kit.new("pricing", "GetPricesRequest", listing_ids=[world.watched])
    # The gateway keeps it, so that an empty cache is not what is measured.
    product = world.products[-1]
    for _ in range(10):
        assert world.b.get(f"/v1/products/{product}/statistics").status == 200
        price = world.tell(world.kit_a)
        since = time.monotonic()
        behind.append(seconds_until("B's copy has the price", lambda: kit.pricing.GetPrices(
            request, timeout=20).prices[0].price.minor_units == price, since, interval=0.002))
        shown.append(seconds_until("B's gateway shows the price", lambda: world.b.get(
            f"/v1/products/{product}").json["price"]["price"]["amount"] == f"{price / 100:.2f}", since))
    for what, taken in (("B's copy", behind), ("B's gateway, kept answers and all", shown)):
        world.drill.note("a price recorded in A", f"shown by {what}: median, slowest", (
            f"{quantiles(taken)[0]:.0f} ms, {max(taken) * 1000:.0f} ms"))
    assert max(behind) < 5, "replication is behind by more than it can be between regions that are well"
    assert max(shown) < 60, "the gateway shows old prices for longer than CACHE_PRODUCTS"
    # Each was told, once, by the one region that tells.
    eventually("the person was told", lambda: world.told(world.price))
    assert len(world.told(world.price)) == 1


def test_a_copy_that_is_too_far_behind_is_not_read(world):
    kit = world.kit_b
    request = kit.new("pricing", "GetPricesRequest", listing_ids=[world.watched])

    def shows(price):
        return kit.pricing.GetPrices(request, timeout=20).prices[0].price.minor_units == price

    world.b.sql("SELECT pg_wal_replay_pause()")
    try:
        price = world.tell(world.kit_a)
        taken = seconds_until("B shows the price", lambda: shows(price), time.monotonic())
        assert not world.b.has(world.a.position()), "the copy did not stand still"
    finally:
        world.b.sql("SELECT pg_wal_replay_resume()")
    world.drill.note("B's copy stands still", "B shows a price recorded in A, from A's database", f"{taken:.1f} s")
    # DATABASE_REPLICA_MAX_LAG is 10 s; how far the copy was behind at first is known to a second.
    assert 5 < taken < 10 + 5, taken
    position = world.a.position()
    eventually("B's copy goes on", lambda: world.b.has(position))
    eventually("the person was told", lambda: world.told(price))


def test_lost_packets_cost_writes_time_and_reads_none(world):
    share = 0.02
    reads = Reader(lambda number: world.b.get(f"/v1/products/{world.products[number % 20]}/statistics").status)
    world.link.lose(share)
    try:
        with working(writer := world.writer(world.kit_b, 12, 0, timeout=20), reads):
            eventually("B has recorded", lambda: len(writer.acknowledged) >= 25)
            position = world.a.position()
            behind = seconds_until("B's copy has all", lambda: world.b.has(position), time.monotonic())
    finally:
        world.link.heal()
    assert not writer.refused and not reads.bad(), (writer.refused, reads.bad())
    median, slow = quantiles([end - start for _, start, end in writer.acknowledged])
    step = f"{share * 100:.0f} % of packets lost"
    world.drill.note(step, "B: a price is recorded: median, 95 %", f"{median:.0f} ms, {slow:.0f} ms, none failed")
    world.drill.note(step, "B's copy has what A had", f"{behind * 1000:.0f} ms")
    assert quantiles(reads.times())[0] < ROUND_TRIP * 1000 / 2, "reads wait for the other region"


@contextlib.contextmanager
def cut_off(link):
    """A link that carries nothing; when that began."""
    link.cut()
    try:
        yield time.monotonic()
    finally:
        link.heal()


def while_cut_off(world, cut, ours, theirs):
    """What each region does meanwhile, for as long as it takes until dead connections are known to be dead."""
    a, b, drill = world.a, world.b, world.drill
    first = seconds_until("A writes on, at the listing that B was writing at, too", lambda: len(ours.since(cut)) > 5, cut, 60)
    drill.note("cut off", "A: six prices more at a listing that B was writing at", f"{first:.1f} s")
    price = world.tell(world.kit_a, 60)
    recorded = time.monotonic()
    refusals = {
        "an alert": lambda: world.alert(b, 5),
        "an operator's act": lambda: b.as_admin("POST", "/v1/admin/jobs/price-check/resume"),
        "own alerts": lambda: b.as_person("GET", "/v1/alerts")}
    for _ in range(2):
        for what, act in refusals.items():
            answer = act()
            drill.note("cut off", f"B: {what}, {time.monotonic() - cut:.0f} s after the cut", (
                f"{answer.status} after {answer.seconds:.1f} s"))
            assert answer.status in (503, 504) and answer.json["code"] in ("unavailable", "timeout"), answer.body
            assert answer.seconds < DEADLINE, "a write hangs"
        eventually("the cut lasts", lambda: time.monotonic() > cut + 40, 60, 0.2)
    # What B had begun in A's database ends when that gives B up; until then no consumer of events gets beyond it.
    told = eventually("A's people are told", lambda: world.told(price), 60)[0].at - recorded
    drill.note("cut off", "A: the first message, after its price", f"{told:.1f} s")
    price, recorded = world.tell(world.kit_a, 60), time.monotonic()
    told = eventually("A's people are told again", lambda: world.told(price), 60)[0].at - recorded
    drill.note("cut off", "A: a later message, after its price", f"{told:.1f} s")
    refused = [entry for writer in theirs for entry in writer.refused if entry[1] > cut]
    assert refused and not any(writer.since(cut) for writer in theirs)
    assert {code for *_, code in refused} <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}, refused


def test_cut_off_each_region_does_what_it_can(world):
    a, b, drill, link = world.a, world.b, world.drill, world.link
    pids = b.pids()
    ours, theirs = world.writer(world.kit_a, 3, 1), world.writer(world.kit_b, 3, 2)
    # Both at the same listing, and many in B, so that some of them are cut off within a transaction.
    others = [world.writer(world.kit_b, 20 + index, 0) for index in range(8)]
    kept = Reader(lambda number: b.get(f"/v1/products/{world.products[number % 20]}").status)
    found = Reader(lambda number: b.get(f"/v1/search?q=urun%20{number % 50}&limit={number % 40 + 1}").status)
    get_prices = world.kit_b.new("pricing", "GetPricesRequest", listing_ids=world.listings)
    prices = Reader(lambda number: 200 if len(world.kit_b.pricing.GetPrices(get_prices, timeout=10).prices) == PRODUCTS else 0)
    ready = Reader(lambda number: 200 if all(b.is_ready(name) for name in regions.READERS) else 503, pause=0.5)
    with working(ours, theirs, *others, kept, found, prices, ready):
        eventually("all write and read", lambda: all(
            len(each.acknowledged) > 5 for each in (ours, theirs, *others)) and len(found.answers) > 5)
        with cut_off(link) as cut:
            while_cut_off(world, cut, ours, [theirs, *others])
            lasted = time.monotonic() - cut
            position = a.position()
        healed = time.monotonic()
        with working(alerts := Reader(lambda number: world.alert(b, 5).status, pause=0.2)):
            caught_up = seconds_until("B's copy has all", lambda: b.has(position), healed)
            drill.note("healed", f"B's copy has what A wrote in the {lasted:.0f} s", f"{caught_up:.1f} s")
            eventually("B writes again", lambda: all(writer.since(healed) for writer in (theirs, *others)))
            eventually("B makes alerts again", lambda: any(status == 201 for _, status, _ in alerts.answers))
        drill.note("healed", "B: first price recorded, by the first and the last of nine writers", " and ".join(
            f"{of(writer.since(healed)[0][2] - healed for writer in (theirs, *others)):.1f} s" for of in (min, max)))
        drill.note("healed", "B: first alert made", (
            f"{next(at for at, status, _ in alerts.answers if status == 201) - healed:.1f} s"))
    for what, reader in (("kept products", kept), ("searches", found), ("prices of 60 listings, by gRPC", prices)):
        assert not reader.bad(), f"{what}: {reader.bad()[:3]}"
        median, slow = quantiles([seconds for at, _, seconds in reader.answers if cut < at < healed])
        drill.note("cut off", f"B: {what}: median, 95 %", f"{median:.1f} ms, {slow:.1f} ms, none failed")
    assert not ready.bad(), f"B was not ready: {ready.bad()[:3]}"
    assert b.pids() == pids, "something was started anew"
    assert not [entry for entry in ours.refused if entry[1] > cut + 30], "A refuses writes long after the cut"
    assert acknowledged(ours, theirs, *others) <= world.observed(a)
    eventually("both have the same", lambda: world.observed(a) == world.observed(b), 30, 0.5)


def duplicates(world):
    """Messages that came more than once, by their key."""
    keys = {}
    for each in list(world.people.hooks):
        keys.setdefault(each.key, []).append(each)
    return {key: each for key, each in keys.items() if len(each) > 1}


def test_the_writing_region_is_lost(world):
    a, b, drill = world.a, world.b, world.drill
    dry, _ = b.script("fail-over.sh", "--dry-run", "--lost-is-gone")
    assert "promote.sh" in dry and "systemctl restart" in dry
    assert b.sql("SELECT pg_is_in_recovery()") == "t" and b.role == "reading"
    assert not duplicates(world)
    here, there = world.writer(world.kit_a, 6, 0), world.writer(world.kit_b, 7, 0)
    reads = Reader(lambda number: b.get(f"/v1/products/{world.products[number % 20]}").status, pause=0.02)
    told = []
    # A message that is taken, and not yet known to be, when all is lost.
    world.people.delay = lambda: 0.3
    with working(here, there, reads):
        eventually("both write", lambda: min(len(here.acknowledged), len(there.acknowledged)) > 20)
        for _ in range(12):
            told.append(world.tell(world.kit_a))
        eventually("the last one arrives", lambda: world.told(told[-1]), interval=0.002)
        # As a site goes: its network first. What A acknowledges from now on is known to A alone.
        with cut_off(world.link) as cut:
            eventually("A writes on", lambda: len(here.since(cut)) > 20)
            a.lose()
            lost_at = time.monotonic()
        world.people.delay = lambda: 0
        _, script = b.script("fail-over.sh", "--lost-is-gone")
        over = time.monotonic()
        drill.note("A is lost", "fail-over.sh, until all services are ready in their new role", f"{script:.1f} s")
        seconds_until("B records prices", lambda: len(there.since(lost_at)) > 5, lost_at)
        drill.note("A is lost", "first price recorded, after the loss", f"{there.since(lost_at)[0][2] - lost_at:.1f} s")
        alert = seconds_until("B makes alerts", lambda: world.alert(b, 8).status == 201, lost_at)
        drill.note("A is lost", "first alert made, after the loss", f"{alert:.1f} s")
    gone = acknowledged(here, there) - world.observed(b)
    ends = {(writer.listing, at): end for writer in (here, there) for at, _, end in writer.acknowledged}
    alone = {(here.listing, at) for at, _, _ in here.since(cut) if ends[here.listing, at] < lost_at}
    drill.note("A is lost", f"acknowledged prices that are lost, of {len(ends)}", (
        f"{len(gone)}: {len(alone)} of the {lost_at - cut:.1f} s between its network and itself, {len(gone - alone)} of before"))
    assert alone and alone <= gone, "what nobody else had was not lost?"
    assert all(cut - WINDOW < ends[each] < lost_at for each in gone), "more is lost than the link was behind"
    away = [entry for entry in reads.bad() if entry[0] > lost_at]
    drill.note("A is lost", "B: reads that failed while its services were started anew", (
        f"{len(away)} of {len([entry for entry in reads.answers if lost_at < entry[0] < over])}"))
    assert not [entry for entry in reads.bad() if entry[0] > over], "reads fail after the fail-over"
    # Messages: of each price that B has, and of a price twice only if B could not know of the first time.
    known = {int(row) for row in b.sql(
        f"SELECT price FROM pricing.observation WHERE listing_id = {world.watched} AND price IS NOT NULL", "fiyatradari").split()}
    survived = [price for price in told if price in known]
    eventually("all that survived is told", lambda: all(world.told(price) for price in survived))
    price = world.tell(world.kit_b)
    arrived = seconds_until("B tells", lambda: world.told(price), time.monotonic())
    # A's consumers had leases, which the copy has as well: B's wait until these are over.
    drill.note("A is lost", "B: from its first price to the message", f"{arrived:.1f} s")
    # Also what A had in its hands: that is B's when A's lease is over.
    eventually("nothing waits to be sent", lambda: b.sql(
        "SELECT count(*) FROM notifier.delivery WHERE state = 1", "fiyatradari") == "0", 120, 0.5)
    twice = duplicates(world)
    drill.note("A is lost", f"messages told twice, of the last {len(told)}", f"{len(twice)}, with the same key")
    assert all(cut - WINDOW < each[0].at < lost_at for each in twice.values()), twice
    for price in survived:
        assert len({each.key for each in world.told(price)}) == 1, "a price was told by two messages"
    assert b.sql((regions.OPS / "backup" / "invariants.sql").read_text(), "fiyatradari") == ""


def test_it_comes_back_and_follows(world):
    a, b, drill = world.a, world.b, world.drill
    with working(writer := world.writer(world.kit_b, 9, 0)):
        eventually("B writes", lambda: len(writer.acknowledged) > 5)
        seconds = a.follow()
        drill.note("A is back", "follow.sh: copied anew, services ready", f"{seconds:.1f} s")
        position, since = b.position(), time.monotonic()
        drill.note("A is back", "A's copy has what B had then", (
            f"{seconds_until('A has it', lambda: a.has(position), since) * 1000:.0f} ms"))
        made = world.alert(a, 10)
        assert made.status == 201, made.body
        drill.note("A is back", "A: an alert is made (B's notifier)", round_trips(made.seconds))
        assert a.get(f"/v1/products/{world.products[0]}").status == 200
    assert not writer.refused, "B was disturbed"
    assert list(a.data.parent.glob("data.before-*")), "the old database was not kept"
    eventually("both have the same", lambda: world.observed(a) == world.observed(b), 30, 0.5)


def test_it_takes_writes_again_at_a_quiet_hour(world):
    a, b, drill = world.a, world.b, world.drill
    with working(here := world.writer(world.kit_b, 11, 0)):
        eventually("B writes", lambda: len(here.acknowledged) > 10)
        since = time.monotonic()
        # A clean end of PostgreSQL sends all that it has.
        b.script("hand-over.sh", environment={"PGHOST": str(b.socket_folder), "PGPORT": str(b.ports["postgres"])})
        _, seconds = a.script("fail-over.sh", "--lost-is-gone")
    drill.note("switched back", "no region takes writes for", f"{time.monotonic() - since:.1f} s")
    assert acknowledged(here) <= world.observed(a), "the switch has lost something"
    drill.note("switched back", "B follows again", f"{b.follow():.1f} s")
    price = world.tell(world.kit_b)
    eventually("A tells what is recorded in B", lambda: world.told(price))
    eventually("both have the same", lambda: world.observed(a) == world.observed(b), 30, 0.5)
    assert len(world.told(price)) == 1
