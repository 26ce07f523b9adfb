"""What goes wrong outside, or is sent in to do harm: receivers, Telegram, shops, clocks, prices, calls."""

from __future__ import annotations

import asyncio
import gzip
import json
import pathlib
import time

import grpc
import meshkit
import outside as outsides
import pytest
from meshkit import eventually

pytestmark = pytest.mark.timeout(240)

SUCCEEDED, UNREACHABLE, REFUSED, UNREADABLE, GONE = 1, 2, 3, 4, 6
PAGE = ('<html><head><script type="application/ld+json">{"@type":"Product","name":"x","offers":{"@type":"Offer",'
        '"price":"10.00","priceCurrency":"TRY"}}</script></head><body>')


async def endless():
  while True:
    yield b"a" * 65536
    await asyncio.sleep(0)


class World(outsides.People):
  """People, and a shop whose pages are as bad as their names say."""

  def __init__(self):
    super().__init__()
    self.bomb = gzip.compress(PAGE.encode() + bytes(256 << 20), 9)

  async def __call__(self, request: outsides.Request) -> outsides.Response:
    match request.path:
      case "/robots.txt":
        return outsides.Response(404)
      case "/p/good":
        return outsides.Response.html(PAGE + "</body></html>")
      case "/p/busy":
        return outsides.Response(429, headers={"retry-after": "600"})
      case "/p/silent":
        await asyncio.sleep(60)
        return outsides.Response(504)
      case "/p/broken":
        return outsides.Response.html(
            '<html><div><p itemprop=price>1.2.3,4 TL<div></p></b><script type="application/ld+json">{"@t')
      case "/p/endless":
        return outsides.Response(200, endless(), {"content-type": "text/html"})
      case "/p/bomb":
        return outsides.Response(200, self.bomb, {"content-type": "text/html", "content-encoding": "gzip"})
      case "/p/deep":
        return outsides.Response.html("<div>" * 200_000)
      case "/p/nested":
        return outsides.Response.html('<script type="application/ld+json">' + "[" * 100_000 + "</script>")
      case "/p/image":
        return outsides.Response(200, b"\x89PNG", {"content-type": "image/png"})
      case "/p/error":
        return outsides.Response(500)
      case "/p/gone":
        return outsides.Response(410)
      case "/p/loop":
        return outsides.Response(302, headers={"location": "/p/loop"})
    return await super().__call__(request)


@pytest.fixture(scope="module")
def world():
  people = World()
  # The second address is a host of its own for the shop that is busy: it is left alone as a whole.
  with outsides.Outside(people, ("127.0.0.1", "127.0.0.2")) as outside:
    allowed = f"127.0.0.1:{outside.port},127.0.0.2:{outside.port}"
    settings = {
        "catalog": {"OUTBOUND_ALLOW": allowed},
        "pricing": {"OUTBOUND_ALLOW": allowed, "SOURCE_RATE_MILLIHERTZ": 1_000_000, "SOURCE_CONCURRENCY": 100,
                    "CHECK_TIMEOUT": "8s"},
        "notifier": {"OUTBOUND_ALLOW": allowed, "TELEGRAM_URL": f"http://127.0.0.1:{outside.port}",
                     "TELEGRAM_TOKEN": "1:test"},
    }
    with meshkit.running(settings) as kit:
      yield kit, people, outside
    assert not outside.failures, outside.failures


def alert_of(request: outsides.Request) -> bool:
  return json.loads(request.body)["type"] == "alert"


def deliveries(kit, subscriber: str, kind: int) -> list[list[str]]:
  """State, attempts, failures and last error of a person's alert messages."""
  return kit.rows("SELECT state, attempts, failures, last_error FROM notifier.delivery"
                  f" WHERE subscriber = '{subscriber}' AND kind = {kind} AND alert_id > 0")


def test_bad_answers_of_some_receivers_hold_nobody_else_up(world):
  kit, people, outside = world
  names = ["fine", "flaky", "gone", "slow", "endless", "moved", "waits", "wordy"]
  for index, name in enumerate(names):
    kit.person(name, 100 + index, outside.port, people, outside)
  kit.verified(2 * len(names))
  [listing] = kit.add_products([{"external_id": "hooks", "title": "Ürün"}])
  now = int(time.time()) - 3600
  kit.record([kit.observation(listing, now, 100_000)])
  for name in names:
    kit.alert(name, listing, any_change=kit.new("notifier", "AnyChange"))
  tries: dict[str, list[float]] = {name: [] for name in names}
  keys: dict[str, set[str]] = {name: set() for name in names}

  async def answer(name: str, request: outsides.Request) -> outsides.Response | None:
    if not alert_of(request):
      return None
    tries[name].append(request.at)
    keys[name].add(request.headers["idempotency-key"])
    first = len(tries[name]) == 1
    match name:
      case "flaky" if len(tries[name]) <= 2:
        return outsides.Response(500)
      case "gone":
        return outsides.Response(410)
      case "slow" if first:
        await asyncio.sleep(15)
        return outsides.Response(200)
      case "endless":
        return outsides.Response(200, endless())
      case "moved":
        return outsides.Response(301, headers={"location": "/hooks/fine"})
      case "waits" if first:
        return outsides.Response(429, headers={"retry-after": "3"})
      case "wordy":
        return outsides.Response(200, b"x", {"content-type": "application/json", "content-encoding": "br"})
    return None

  people.hook_answer = answer
  chats: dict[str, list[float]] = {}

  def telegram(arguments: dict) -> outsides.Response | None:
    chat = str(arguments["chat_id"])
    asked = chats.setdefault(chat, [])
    asked.append(time.monotonic())
    if chat == "101" and len(asked) == 1:
      return outsides.Response.json({"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 3",
                                     "parameters": {"retry_after": 3}}, 429)
    if chat == "102":
      return outsides.Response.json(
          {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 403)
    if chat == "103" and len(asked) == 1:
      return outsides.Response(502, b"<html>bad gateway")
    return None

  eventually("the bot's greetings are out", lambda: kit.count(
      "SELECT count(*) FROM notifier.delivery WHERE state = 1") == 0)
  people.telegram_answer = telegram
  start = time.monotonic()
  kit.record([kit.observation(listing, now + 60, 90_000)])
  eventually("the fine one is told", lambda: tries["fine"], 10)
  fine = tries["fine"][0] - start
  eventually("all is settled", lambda: kit.count(
      "SELECT count(*) FROM notifier.delivery WHERE alert_id > 0 AND state = 1") == 0, 60)
  hook = {name: deliveries(kit, name, 2)[0] for name in names}
  chat = {name: deliveries(kit, name, 1)[0] for name in names}
  assert fine < 5, fine
  assert hook["fine"][:3] == ["2", "1", "0"]
  assert hook["flaky"][:3] == ["2", "3", "2"] and len(tries["flaky"]) == 3
  assert hook["gone"][0] == "3" and "410" in hook["gone"][3]
  assert hook["slow"][:3] == ["2", "2", "1"]
  # Who has answered 2xx has the message; what else it says, or how long, changes nothing.
  assert hook["endless"][:2] == ["2", "1"] and len(tries["endless"]) == 1
  assert hook["wordy"][:2] == ["2", "1"] and len(tries["wordy"]) == 1
  assert hook["moved"][0] == "3" and "301" in hook["moved"][3]
  # To be asked to wait is no failure, and is done.
  assert hook["waits"][:3] == ["2", "2", "0"] and tries["waits"][1] - tries["waits"][0] >= 3
  assert all(len(found) == 1 for found in keys.values()), keys
  assert chat["flaky"][:3] == ["2", "2", "0"] and chats["101"][1] - chats["101"][0] >= 3
  assert chat["gone"][0] == "3" and "blocked" in chat["gone"][3]
  assert chat["slow"][:3] == ["2", "2", "1"]
  assert all(chat[name][:2] == ["2", "1"] for name in names if name not in ("flaky", "gone", "slow")), chat
  disabled = kit.rows("SELECT kind, address FROM notifier.channel WHERE disabled_at IS NOT NULL ORDER BY kind")
  assert [row[1].rsplit("/", 1)[-1] for row in disabled] == ["102", "gone"], disabled
  # What comes next goes to those that are left, and to nobody else.
  kit.record([kit.observation(listing, now + 120, 80_000)])
  eventually("the next change is told", lambda: len(tries["fine"]) == 2, 10)
  eventually("all of it", lambda: len(deliveries(kit, "flaky", 1)) == 2)
  people.hook_answer, people.telegram_answer = lambda name, request: None, lambda arguments: None
  assert len(tries["gone"]) == 1 and len(deliveries(kit, "gone", 2)) == len(deliveries(kit, "gone", 1)) == 1


def test_bad_pages_are_told_apart_cost_little_and_become_no_price(world):
  kit, _, outside = world
  pages = {"good": SUCCEEDED, "silent": UNREACHABLE, "broken": UNREADABLE, "endless": UNREADABLE, "bomb": UNREADABLE,
           "deep": UNREADABLE, "nested": UNREADABLE, "image": UNREADABLE, "error": UNREACHABLE, "gone": GONE,
           "loop": UNREADABLE, "busy": REFUSED}
  pid = kit.mesh.pid("pricing")

  def peak() -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024

  before = peak()
  listings = kit.add_products([
      {"external_id": name, "title": name, "shop": "bad", "source": "page", "priority": 1,
       "url": f"http://127.0.0.{2 if name == 'busy' else 1}:{outside.port}/p/{name}"} for name in pages])
  for listing in listings:
    kit.pricing.CheckNow(kit.new("pricing", "CheckNowRequest", listing_id=listing), timeout=20)
  found = {}
  for name, listing in zip(pages, listings):
    runs = eventually(f"{name} was checked", lambda: kit.scheduler.ListRuns(
        kit.new("pricing", "ListRunsRequest", listing_id=listing), timeout=20).runs, 60)
    found[name] = (runs[0].outcome, runs[0].detail)
  assert {name: result for name, (result, _) in found.items()} == pages, found
  assert kit.count("SELECT count(*) FROM pricing.observation WHERE price IS NOT NULL AND listing_id IN "
                   f"({','.join(map(str, listings))})") == 1
  print(f"\nlargest memory of pricing {before} MB before the bad pages, {peak()} MB after")
  assert peak() - before < 150
  sources = {source.name: source for source in kit.scheduler.ListSources(
      kit.new("pricing", "ListSourcesRequest"), timeout=20).sources}
  blocked = sources["127.0.0.2"].blocked_until.seconds - time.time()
  assert 500 < blocked <= 600, blocked
  assert not sources["127.0.0.1"].HasField("blocked_until")


def test_clocks_that_run_ahead_and_prices_that_are_none_are_refused_with_the_reason(world):
  kit, _, _ = world
  [listing] = kit.add_products([{"external_id": "clock", "title": "Ürün", "shop": "clock"}])
  now = time.time()
  seen = [kit.observation(listing, now + 240, 10_000), kit.observation(listing, now + 420, 9_000),
          kit.observation(listing, now - 60, 0), kit.observation(listing, now - 50, -5),
          kit.observation(987_654_321, now, 5_000), kit.observation(listing, now - 40, 10_000)]
  seen[5].price.currency = "USD"
  for line, observation in enumerate(seen, 1):
    observation.line = line
  answer = kit.record(seen)
  # Of pricing.proto: 3 time, 2 price not positive, 1 unknown listing, 4 currency.
  assert answer.recorded == 1 and answer.rejected == 5
  assert {rejection.line: rejection.reason for rejection in answer.rejections} == {2: 3, 3: 2, 4: 2, 5: 1, 6: 4}
  assert all(rejection.message for rejection in answer.rejections)
  prices = kit.pricing.GetPrices(kit.new("pricing", "GetPricesRequest", listing_ids=[listing]), timeout=20).prices
  assert prices[0].price.minor_units == 10_000


def test_a_glitch_is_told_to_nobody_and_a_confirmed_price_to_all(world):
  kit, people, outside = world
  kit.person("watcher", 500, outside.port, people, outside)
  eventually("the channels are verified", lambda: kit.count(
      "SELECT count(*) FROM notifier.channel WHERE verified_at IS NOT NULL AND subscriber = 'watcher'") == 2)
  [listing] = kit.add_products([{"external_id": "glitch", "title": "Ürün", "shop": "glitch"}])
  start = int(time.time()) - 3600
  kit.record([kit.observation(listing, start, 100_000)])
  alert = kit.alert("watcher", listing, any_change=kit.new("notifier", "AnyChange"))
  # 96 % off for one look; back; then a true fall, seen twice.
  for after, kurus in ((60, 4_000), (180, 100_000), (300, 30_000), (420, 30_000)):
    assert kit.record([kit.observation(listing, start + after, kurus)]).recorded == 1
  eventually("the confirmed price is told", lambda: kit.count(
      f"SELECT count(*) FROM notifier.delivery WHERE alert_id = {alert} AND state = 2") == 2)
  told = [hook.body["price"]["amount"] for hook in people.hooks
          if hook.to == "watcher" and hook.body["type"] == "alert"]
  assert told == ["300.00"], told
  roles = [row[0] for row in kit.rows(
      f"SELECT role FROM pricing.observation WHERE listing_id = {listing} ORDER BY observed_at")]
  # Of the schema: 0 repeat, 1 change, 3 glitch. What was confirmed holds from its own time on.
  assert roles == ["1", "3", "0", "1", "0"], roles


def test_endless_and_malformed_calls_leave_the_services_alive(world):
  kit, _, _ = world
  # The first field of each is a string.
  for service, method in (("catalog", "SuggestProducts"), ("scheduler", "PauseJob"), ("notifier", "ListChannels")):
    port, name = kit.mesh.ports[meshkit.SERVICES[service][0]], meshkit.SERVICES[service][1]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    call = channel.unary_unary(f"/{name}/{method}", request_serializer=bytes, response_deserializer=bytes)
    for body in (b"\xff" * 50, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x02\xc3\x28", bytes(8 << 20)):
      with pytest.raises(grpc.RpcError) as caught:
        call(body, timeout=20)
      assert caught.value.code() in (
          grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL, grpc.StatusCode.RESOURCE_EXHAUSTED), caught.value
    channel.close()
  kit.healthy(seconds=20)
