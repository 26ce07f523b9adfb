"""An observation becomes one message to each channel, within a second, and whatever is killed meanwhile."""

from __future__ import annotations

import collections
import hashlib
import os
import random
import statistics
import threading
import time

import grpc
import meshkit
import outside as outsides
import pytest
from meshkit import eventually

pytestmark = pytest.mark.timeout(300)

PEOPLE = 20
# What a sender that was lost had taken is sent by another after this time: the shortest that may be set.
LEASE = 12
KURUS = 100_000


class World:
  """A mesh, the people outside, and alerts that were not told of anything yet."""

  def __init__(self, kit: meshkit.Kit, people: outsides.People, outside: outsides.Outside):
    self.kit, self.people, self.outside = kit, people, outside
    for index in range(PEOPLE):
      kit.person(f"person{index}", 1000 + index, outside.port, people, outside)
    kit.verified(2 * PEOPLE)
    # Observations are a second apart and lie in the last hours: in order, and news.
    self._clock = int(time.time()) - 4 * 3600

  def moment(self) -> int:
    self._clock += 1
    return self._clock

  def listings(self, prefix: str, count: int) -> list[int]:
    """Listings that cost 1000 TL, one after the other a person's."""
    found = self.kit.add_products([{"external_id": f"{prefix}{index}", "title": f"Ürün {prefix}{index}",
                                    "shop": f"shop-{prefix}"} for index in range(count)])
    answer = self.kit.record([self.kit.observation(listing, self.moment(), KURUS) for listing in found])
    assert answer.recorded == count
    return found

  def target(self, listing: int, index: int) -> int:
    return self.kit.alert(f"person{index % PEOPLE}", listing, target_price=self.kit.new(
        "notifier", "TargetPrice", price=self.kit.lira(KURUS * 95 // 100)))

  def any_change(self, listing: int, index: int) -> int:
    return self.kit.alert(f"person{index % PEOPLE}", listing, any_change=self.kit.new("notifier", "AnyChange"))

  def hooks_of(self, listing: int) -> list[outsides.Message]:
    return [message for message in list(self.people.hooks) if message.body.get("listing_id") == str(listing)]

  def chats_of(self, title: str) -> list[outsides.Message]:
    return [message for message in list(self.people.messages) if f"\n<b>{title}</b>" in message.text
            or f"{title}\n" in message.text]

  def settled(self, alerts: list[int], deliveries: int, seconds: float):
    """Waits until so many deliveries of these alerts are recorded as sent."""
    ids = ",".join(map(str, alerts))
    eventually(f"{deliveries} deliveries are sent", lambda: self.kit.count(
        f"SELECT count(*) FROM notifier.delivery WHERE state = 2 AND alert_id IN ({ids})") >= deliveries, seconds, 0.1)


@pytest.fixture(scope="module")
def world():
  with meshkit.with_people(lease=f"{LEASE}s") as (kit, people, outside):
    yield World(kit, people, outside)


def test_a_crossed_target_is_told_once_on_each_channel_and_within_a_second(world):
  kit = world.kit
  listings = world.listings("idle", 20)
  alerts = [world.target(listing, index) for index, listing in enumerate(listings)]
  times: dict[str, list[float]] = {"Telegram": [], "webhook": []}
  for index, listing in enumerate(listings):
    start = time.monotonic()
    assert kit.record([kit.observation(listing, world.moment(), 90_000)]).recorded == 1
    hook = eventually("the webhook is called", lambda: world.hooks_of(listing), 10, 0.002)
    chat = eventually("the chat is told", lambda: world.chats_of(f"Ürün idle{index}"), 10, 0.002)
    times["webhook"].append(hook[0].at - start)
    times["Telegram"].append(chat[0].at - start)
    assert hook[0].body["price"] == {"amount": "900.00", "currency": "TRY"} and hook[0].to == f"person{index}"
    assert chat[0].to == str(1000 + index)
  for name, taken in times.items():
    print(f"\nobservation to {name}: {len(taken)} of them, median {statistics.median(taken) * 1000:.0f} ms, "
          f"slowest {max(taken) * 1000:.0f} ms")
    assert max(taken) <= 1, f"{name}: {taken}"
  world.settled(alerts, 2 * len(alerts), 20)
  ids = ",".join(map(str, alerts))
  rows = kit.rows(f"SELECT alert_id, kind, count(*), count(DISTINCT channel_id), max(attempts) FROM notifier.delivery"
                  f" WHERE alert_id IN ({ids}) GROUP BY alert_id, kind")
  assert len(rows) == 2 * len(alerts) and all(row[2:] == ["1", "1", "1"] for row in rows), rows


class Feeder(threading.Thread):
  """Streams observations, and repeats those that were not acknowledged."""

  def __init__(self, world: World, steps, pause: float):
    super().__init__(daemon=True)
    self.world, self.steps, self.pause = world, steps, pause
    self.acknowledged: list[tuple[int, int, int]] = []
    self.repeated = self.known = 0
    self.error: BaseException | None = None
    self.ends = threading.Event()

  def run(self):
    try:
      for batch in self.steps:
        self._send(batch)
        if self.ends.wait(self.pause):
          return
    except BaseException as error:  # Shown by the test.
      self.error = error

  def _send(self, batch: list[tuple[int, int, int]]):
    kit = self.world.kit
    deadline = time.monotonic() + 90
    while True:
      try:
        answer = kit.record([kit.observation(*step) for step in batch], timeout=5)
        break
      except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), error
        assert time.monotonic() < deadline, f"no acknowledgement for 90 s: {error}"
        self.repeated += 1
        if self.ends.wait(0.05) and time.monotonic() > deadline:
          return
    assert answer.rejected == 0 and answer.recorded + answer.duplicates == len(batch), answer
    self.known += answer.duplicates
    self.acknowledged += batch

  def finish(self):
    self.ends.set()
    self.join(100)
    assert not self.is_alive(), "the last observations were not acknowledged"
    if self.error:
      raise self.error


def stream(world: World, targets: list[int], changing: list[int], chance: random.Random):
  """Batches of observations without end; each changes its listing's price, and of the targets' each crosses once."""
  waiting = list(targets)
  prices = dict.fromkeys(changing, KURUS)
  while True:
    batch = []
    for _ in range(chance.randint(1, 3)):
      if waiting and chance.random() < 0.3:
        batch.append((waiting.pop(), world.moment(), 90_000 + chance.randrange(4000)))
        continue
      listing = chance.choice(changing)
      # Each price is another one, so that each change can be told from the others.
      prices[listing] += 1100
      batch.append((listing, world.moment(), prices[listing]))
    yield batch


def test_ten_kills_lose_nothing_and_repeat_only_what_a_lost_sender_did_not_record(world):
  kit, people = world.kit, world.people
  seed = int(os.environ.get("RELIABILITY_SEED") or random.randrange(1_000_000))
  print(f"\nRELIABILITY_SEED={seed}")
  chance = random.Random(seed)
  targets, changing = world.listings("target", 40), world.listings("change", 30)
  alerts = [world.target(listing, index) for index, listing in enumerate(targets)]
  alerts += [world.any_change(listing, index) for index, listing in enumerate(changing)]
  # The other side answers after a while, so that senders are lost between acceptance and record.
  delays = random.Random(seed + 1)
  people.delay = lambda: delays.uniform(0.005, 0.25)
  told_before = len(people.hooks), len(people.messages)

  feeder = Feeder(world, stream(world, targets, changing, chance), 0.12)
  feeder.start()
  kills: list[tuple[float, str, float]] = []
  victims = ["notifier"] * 4 + ["pricing"] * 3 + ["postgres"] * 3
  chance.shuffle(victims)
  for victim in victims:
    seen = len(people.hooks) + len(people.messages)
    if chance.random() < 0.8:
      # Most are killed at work; a few while all still recover from the one before.
      eventually("messages come again", lambda: len(people.hooks) + len(people.messages) > seen + 2, 60)
    feeder.ends.wait(chance.uniform(0, 1.5))
    at = time.monotonic()
    kit.mesh.kill(victim)
    kit.mesh.start(victim, wait=False)
    kills.append((at, victim, time.monotonic()))
  healed = kit.healthy(seconds=60)
  feeder.finish()
  acknowledged = feeder.acknowledged
  target_set = set(targets)
  deliveries = 2 * len(acknowledged)
  world.settled(alerts, deliveries, 120)

  # Every acknowledged observation is in history, as it was sent, and nothing else is.
  listings = ",".join(map(str, targets + changing))
  history = collections.Counter((int(listing), int(at), int(price)) for listing, at, price in kit.rows(
      f"SELECT listing_id, extract(epoch FROM observed_at)::bigint, price FROM pricing.observation"
      f" WHERE role = 1 AND price <> {KURUS} AND listing_id IN ({listings})"))
  assert history == collections.Counter(acknowledged)

  # One delivery row for each alert, event and channel, and as many as there are events and channels.
  ids = ",".join(map(str, alerts))
  assert kit.rows(
      "SELECT count(*), count(DISTINCT (alert_id, event_transaction, event_sequence, channel_id)),"
      f" count(*) FILTER (WHERE state = 2) FROM notifier.delivery WHERE alert_id IN ({ids})"
  ) == [[str(deliveries)] * 3]
  hooks = people.hooks[told_before[0]:]
  arrived = {(int(hook.body["listing_id"]), hook.body["price"]["amount"]) for hook in hooks}
  assert arrived == {(listing, f"{kurus // 100}.{kurus % 100:02}") for listing, _, kurus in acknowledged}

  # Webhooks are known by their idempotency key, messages by chat and text.
  rows = kit.rows(
      "SELECT d.kind, CASE d.kind WHEN 2 THEN d.idempotency_key ELSE c.address || md5(d.body) END, d.attempts"
      f" FROM notifier.delivery d JOIN notifier.channel c ON c.id = d.channel_id WHERE d.alert_id IN ({ids})")
  arrivals: dict[str, list[float]] = collections.defaultdict(list)
  for hook in hooks:
    arrivals[hook.key].append(hook.at)
  for message in people.messages[told_before[1]:]:
    arrivals[message.to + hashlib.md5(message.text.encode()).hexdigest()].append(message.at)
  repeats = {"1": 0, "2": 0}
  for kind, key, attempts in rows:
    times = arrivals.pop(key, [])
    assert times, f"delivery {key} was recorded as sent and never arrived"
    assert len(times) <= int(attempts), f"{key} arrived {len(times)} times by {attempts} attempts"
    repeats[kind] += len(times) - 1
    for first, second in zip(times, times[1:]):
      assert excused(first, second, kills), f"{key} was repeated without a lost sender: {first}, {second}; {kills}"
  assert not arrivals, f"messages of no delivery: {arrivals}"
  assert not people.unsigned
  people.delay = lambda: 0
  count = collections.Counter(name for _, name, _ in kills)
  retaken = sum(int(attempts) > 1 for _, _, attempts in rows)
  print(f"killed: {dict(count)}; healthy {healed:.1f} s after the last\n"
        f"observations: {len(acknowledged)} acknowledged, all in history; {feeder.repeated} calls were repeated, "
        f"{feeder.known} observations of which were known\n"
        f"deliveries: {deliveries} rows, all distinct, none missing; {retaken} were taken more than once\n"
        f"webhook: {len(hooks)} requests, {len(rows) // 2} idempotency keys, {repeats['2']} repeats\n"
        f"Telegram: {len(rows) // 2 + repeats['1']} messages, {len(rows) // 2} distinct, {repeats['1']} repeats")
  assert target_set & {listing for listing, _, _ in acknowledged}, "no target was crossed"


def excused(first: float, second: float, kills) -> bool:
  """Whether a notifier was killed between a message's acceptance and its record: while the other side still answered or
  the record was under way, or while the record waited for the database."""
  for at, name, _ in kills:
    if name == "notifier" and first <= at <= second:
      last_outage = max((back for start, other, back in kills if other == "postgres" and start <= at and back >= first),
                        default=first)
      if at <= max(first, last_outage) + 5:
        return True
  return False


def test_alerts_go_on_while_redis_is_lost_and_comes_back(world):
  kit = world.kit
  listings = world.listings("redis", 15)
  alerts = [world.target(listing, index) for index, listing in enumerate(listings)]
  for index, listing in enumerate(listings):
    if index == 5:
      kit.mesh.kill("redis")
    if index == 10:
      kit.mesh.start("redis")
    assert kit.record([kit.observation(listing, world.moment(), 90_000)]).recorded == 1
    eventually("both channels are told", lambda: world.hooks_of(listing) and world.chats_of(f"Ürün redis{index}"), 10)
    for service in ("catalog", "pricing", "notifier", "edge"):
      assert kit.mesh.is_ready(service), f"{service} is not ready; Redis' process: {kit.mesh.pid('redis')}"
  world.settled(alerts, 2 * len(alerts), 20)
  assert all(len(world.hooks_of(listing)) == 1 for listing in listings)
