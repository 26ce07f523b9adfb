"""No address that a person, a shop or a webhook's owner gives makes the mesh call inside the network."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request

import grpc
import meshkit
import outside as outsides
import pytest
from meshkit import eventually

pytestmark = pytest.mark.timeout(240)

EVERYTHING = "0.0.0.0/0,::/0"
FORBIDDEN, UNREADABLE, SUCCEEDED = 5, 4, 1


class Shop(outsides.People):
  """An allowed host: pages, and redirects to wherever its owner likes; Telegram and webhooks as well."""

  def __init__(self):
    super().__init__()
    self.targets: list[str] = []

  async def __call__(self, request: outsides.Request) -> outsides.Response:
    if request.path.startswith("/p/"):
      return outsides.Response.html(
          '<script type="application/ld+json">{"@type":"Product","name":"x","offers":{"@type":"Offer","price":"10.00",'
          '"priceCurrency":"TRY"}}</script>')
    if request.path.startswith("/to/"):
      return outsides.Response(302, headers={"location": self.targets[int(request.path[4:])]})
    if request.path == "/robots.txt":
      return outsides.Response(404)
    return await super().__call__(request)


async def trap(_: outsides.Request) -> outsides.Response:
  return outsides.Response.html("you should not be here")


@pytest.fixture(scope="module")
def world():
  shop = Shop()
  # The trap is on the shop's own address, on others of loopback, and on IPv6: whoever gets in is counted.
  with outsides.Outside(shop) as outside, outsides.Outside(trap, ("127.0.0.1", "127.0.0.2")) as inside, \
      outsides.Outside(trap, ("::1",), inside.port) as inside6:
    allowed = f"127.0.0.1:{outside.port}"
    settings = {
        "catalog": {"OUTBOUND_ALLOW": allowed},
        "pricing": {"OUTBOUND_ALLOW": allowed, "SOURCE_RATE_MILLIHERTZ": 1_000_000, "SOURCE_CONCURRENCY": 100},
        "notifier": {"OUTBOUND_ALLOW": allowed, "TELEGRAM_URL": f"http://{allowed}", "TELEGRAM_TOKEN": "1:test",
                     "TRACK_SHOPS": "shop.example=shop,TRY,/p/{id}"},
    }
    with meshkit.running(settings) as kit:
      yield kit, shop, outside, lambda: inside.connections + inside6.connections, inside.port
    assert not outside.failures, outside.failures


def addresses(port: int) -> list[str]:
  """URLs whose host is an address inside, however it is written."""
  return [
      f"http://127.0.0.1:{port}/", f"http://127.0.0.2:{port}/", f"http://[::1]:{port}/", f"http://0.0.0.0:{port}/",
      f"http://[::]:{port}/", f"http://[::ffff:127.0.0.1]:{port}/", f"http://[::ffff:7f00:2]:{port}/",
      f"http://[64:ff9b::7f00:1]:{port}/", f"http://[2002:7f00:1::]:{port}/", f"http://[::127.0.0.1]:{port}/",
      "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://100.64.0.1/",
      "http://169.254.169.254/latest/meta-data/", "http://224.0.0.1/", "http://239.255.255.255/",
      "http://255.255.255.255/", "http://192.0.2.1/", "http://198.18.0.1/", "http://[fc00::1]/", "http://[fd12:3::1]/",
      "http://[fe80::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[64:ff9b:1::1]/", "http://[2001::1]/",
  ]


def tricks(port: int) -> list[str]:
  """URLs that two programs could read in two ways, and those that are no plain http."""
  return [
      f"http://2130706433:{port}/", f"http://0x7f000001:{port}/", f"http://017700000001:{port}/",
      f"http://127.1:{port}/", f"http://0177.0.0.1:{port}/", f"http://0x7f.0.0.1:{port}/", f"http://127.0.0.1.:{port}/",
      f"http://127.0.0.01:{port}/", f"http://shop.example@127.0.0.1:{port}/", f"http://user:word@127.0.0.1:{port}/",
      f"http://shop.example\\@127.0.0.1:{port}/", f"http://[::1%25lo]:{port}/", "ftp://shop.example/",
      "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:alert(1)", "http:///p", "http://shop.example:0/",
      "http://shop.example:99999/",
  ]


def names_and_ports(port: int) -> list[str]:
  """Names of this machine or network, and ports of other services than the web's."""
  return [f"http://localhost:{port}/", "http://localhost/", "http://a.localhost/", "http://nas.local/",
          "http://metadata.google.internal/", "http://shop.example:6379/", "https://8.8.8.8:22/"]


def refusal(call) -> grpc.RpcError:
  with pytest.raises(grpc.RpcError) as caught:
    call()
  return caught.value


def add(kit, external_id: str, url: str) -> int:
  listing = kit.new("catalog", "Listing", shop="demo", external_id=external_id, url=url, currency="TRY", source="page")
  made = kit.catalog.CreateProduct(kit.new("catalog", "CreateProductRequest", product=kit.new(
      "catalog", "Product", title=f"Ürün {external_id}", listings=[listing])), timeout=20)
  return made.listings[0].id


def outcome(kit, listing: int) -> tuple[int, str]:
  """What came of the first check of a listing, which is asked for as soon as pricing knows it."""
  def asked():
    try:
      return kit.pricing.CheckNow(kit.new("pricing", "CheckNowRequest", listing_id=listing), timeout=20)
    except grpc.RpcError as error:
      assert error.code() == grpc.StatusCode.NOT_FOUND, error
      return None
  eventually("pricing knows the listing", asked, 30)
  run = eventually("it was checked", lambda: kit.scheduler.ListRuns(
      kit.new("pricing", "ListRunsRequest", listing_id=listing), timeout=20).runs, 60)[0]
  return run.outcome, run.detail


def test_what_a_urls_text_gives_away_is_refused_by_its_field_and_nothing_is_left(world):
  kit, _, outside, trapped, port = world
  urls = addresses(port) + tricks(port) + names_and_ports(port) + [f"http://localhost:{outside.port}/p/1"]
  for url in urls:
    error = refusal(lambda: add(kit, "refused", url))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and error.details().startswith("url: "), (url, error)
    error = refusal(lambda: kit.notifier.RegisterChannel(kit.new(
        "notifier", "RegisterChannelRequest", subscriber="a", kind=2, address=url), timeout=20))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and error.details().startswith("address: "), (url, error)
  rows = [kit.new("catalog", "ImportProduct", line=line, title="x", shop="demo", external_id=str(line), currency="TRY",
                  source="page", url=url) for line, url in enumerate(urls, 1)]
  answer = kit.catalog.ImportProducts(iter([kit.new("catalog", "ImportProductsRequest", products=rows)]), timeout=20)
  assert answer.rejected == len(urls) and all(row.reason.startswith("url: ") for row in answer.rejections)
  assert kit.count("SELECT count(*) FROM catalog.product") == kit.count("SELECT count(*) FROM notifier.channel") == 0
  assert trapped() == 0
  print(f"\n{len(urls)} URLs refused as page, import and webhook; no connection inside")


def test_the_gateway_says_so_to_the_one_who_asks(world):
  kit, _, _, trapped, port = world
  request = urllib.request.Request(
      f"http://127.0.0.1:{kit.mesh.ports['edge']}/v1/channels", method="POST",
      data=json.dumps({"kind": "CHANNEL_KIND_WEBHOOK", "address": f"http://[::ffff:127.0.0.1]:{port}/"}).encode(),
      headers={"Authorization": f"Bearer {kit.mesh.access_token}", "Content-Type": "application/json"})
  with pytest.raises(urllib.error.HTTPError) as caught:
    urllib.request.urlopen(request, timeout=20)
  problem = json.loads(caught.value.read())
  assert caught.value.code == 400 and "address" in json.dumps(problem) and "public" in json.dumps(problem), problem
  assert trapped() == 0


def test_track_reads_a_page_and_takes_back_one_that_leads_inside(world):
  kit, shop, outside, trapped, port = world
  base = f"http://127.0.0.1:{outside.port}"
  said = kit.mesh.fiyat("track", f"{base}/p/1", "--title", "Ürün", "--shop", "track", "--wait", 60)
  assert "its price is watched" in said, said
  before = kit.count("SELECT count(*) FROM catalog.product")
  shop.targets = [f"http://127.0.0.2:{port}/"]
  for url, word in ((f"http://127.0.0.2:{port}/", "url: expected"), (f"{base}/to/0", "not a public one")):
    with pytest.raises(meshkit.meshes.MeshError) as caught:
      kit.mesh.fiyat("track", url, "--title", "Ürün", "--shop", "track", "--wait", 60)
    assert word in str(caught.value), caught.value
  assert kit.count("SELECT count(*) FROM catalog.product") == before
  assert trapped() == 0


def test_the_bot_tracks_no_page_on_another_services_port(world):
  kit, shop, outside, trapped, port = world
  before = kit.count("SELECT count(*) FROM catalog.product")
  for url in (f"http://127.0.0.1:{port}/p/7", "http://shop.example:6379/p/7", f"http://localhost:{port}/p/7",
              "http://user:word@shop.example/p/7", "file://shop.example/p/7"):
    seen = len(shop.messages)
    outside.call(lambda: shop.write(77, f"/track {url}"))
    eventually("the bot answers", lambda: len(shop.messages) > seen)
    assert "izleyemiyorum" in shop.messages[-1].text, (url, shop.messages[-1].text)
  assert kit.count("SELECT count(*) FROM catalog.product") == before
  seen = len(shop.messages)
  outside.call(lambda: shop.write(77, "/track http://shop.example/p/7"))
  eventually("the bot answers", lambda: len(shop.messages) > seen)
  assert kit.count("SELECT count(*) FROM catalog.product") == before + 1, shop.messages[-1].text
  assert trapped() == 0


def test_workers_refuse_what_the_catalogue_did_not_and_every_redirect_inside(world):
  kit, shop, outside, trapped, port = world
  base = f"http://127.0.0.1:{outside.port}"
  # A catalogue that lets everything pass: the workers' own check has to do.
  kit.mesh.stop("catalog")
  kit.mesh.start_service("catalog", {"OUTBOUND_ALLOW": EVERYTHING})
  shop.targets = addresses(port) + tricks(port) + [f"http://localhost:{port}/", f"//127.0.0.2:{port}/x"]
  direct = addresses(port) + [f"http://localhost:{port}/", f"http://localhost:{outside.port}/p/1"]
  name = socket.gethostname()
  inside = [found[4][0] for found in socket.getaddrinfo(name, 80, proto=socket.IPPROTO_TCP)] if name else []
  if inside:
    direct.append(f"http://{name}/")
  listings = {add(kit, f"direct{index}", url): url for index, url in enumerate(direct)}
  redirected = {add(kit, f"to{index}", f"{base}/to/{index}"): target for index, target in enumerate(shop.targets)}
  counts = {FORBIDDEN: 0, UNREADABLE: 0}
  for listing, url in {**listings, **redirected}.items():
    result, detail = outcome(kit, listing)
    # What is no URL at all is unreadable; every address is forbidden, by name.
    if listing in listings or url in addresses(port):
      assert result == FORBIDDEN and "not a public one" in detail, (url, result, detail)
    assert result in (FORBIDDEN, UNREADABLE), (url, result, detail)
    assert "/" not in detail.replace("://", ""), f"a path is shown: {detail}"
    counts[result] += 1
  assert trapped() == 0
  # A redirect that stays with the allowed host is followed.
  shop.targets = [f"{base}/p/1"]
  assert outcome(kit, add(kit, "allowed", f"{base}/to/0"))[0] == SUCCEEDED
  print(f"\n{len(listings)} pages and {len(redirected)} redirects: {counts[FORBIDDEN]} forbidden, "
        f"{counts[UNREADABLE]} unreadable; no connection inside")


def test_webhooks_that_lead_inside_are_parked_with_the_reason(world):
  kit, shop, outside, trapped, port = world

  async def away(_, __):
    return outsides.Response(307, headers={"location": f"http://127.0.0.2:{port}/"})

  shop.hook_answer = lambda name, request: away(name, request) if name == "away" else None
  expected = {f"http://127.0.0.1:{outside.port}/hooks/away": "307"}
  name = socket.gethostname()
  if name and "." not in name and all(c.isalnum() or c == "-" for c in name):
    expected[f"http://{name}/hooks/x"] = "not a public one"
  for address, reason in expected.items():
    channel = kit.notifier.RegisterChannel(kit.new(
        "notifier", "RegisterChannelRequest", subscriber="led", kind=2, address=address), timeout=20).channel.id
    [[error]] = eventually(f"{address} is parked", lambda: kit.rows(
        f"SELECT last_error FROM notifier.delivery WHERE channel_id = {channel} AND state = 3"))
    assert reason in error, error
  assert trapped() == 0


def test_without_the_setting_the_demo_shops_are_refused_too(world):
  kit, _, outside, trapped, _ = world
  base = f"http://127.0.0.1:{outside.port}"
  known = add(kit, "known", f"{base}/p/2")
  assert outcome(kit, known)[0] == SUCCEEDED
  for service in ("catalog", "pricing", "notifier"):
    kit.mesh.stop(service)
    # As it is without a word in the configuration.
    kit.mesh.settings[service].pop("OUTBOUND_ALLOW")
    kit.mesh.start_service(service)
  before = outside.connections
  assert refusal(lambda: add(kit, "late", f"{base}/p/3")).code() == grpc.StatusCode.INVALID_ARGUMENT
  assert refusal(lambda: kit.notifier.RegisterChannel(kit.new(
      "notifier", "RegisterChannelRequest", subscriber="late", kind=2, address=f"{base}/hooks/late"), timeout=20)
  ).code() == grpc.StatusCode.INVALID_ARGUMENT
  runs = kit.new("pricing", "ListRunsRequest", listing_id=known)
  kit.pricing.CheckNow(kit.new("pricing", "CheckNowRequest", listing_id=known), timeout=20)
  eventually("it is checked again", lambda: len(kit.scheduler.ListRuns(runs, timeout=20).runs) == 2)
  assert kit.scheduler.ListRuns(runs, timeout=20).runs[0].outcome == FORBIDDEN
  assert outside.connections == before and trapped() == 0
