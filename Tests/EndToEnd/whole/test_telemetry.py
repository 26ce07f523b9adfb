"""Traces and reports of errors: whoever watches gets what it should, and when it hangs or dies nothing else notices."""

import contextlib
import http.client
import json
import re
import secrets
import subprocess
import time
import urllib.request

import pytest

import meshkit
import outside as outsides
import watchers
from meshes import SERVICES, eventually

pytestmark = pytest.mark.timeout(300)

SERVER, CLIENT, INTERNAL = 2, 3, 1
PAGE = """<html><head><script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product",
"name": "Ürün", "offers": {"@type": "Offer", "price": "119.90", "priceCurrency": "TRY",
"availability": "https://schema.org/InStock"}}</script></head><body></body></html>"""


class World:
  def __init__(self, kit, watch, outside, shop):
    self.kit, self.watch, self.outside, self.shop = kit, watch, outside, shop
    self.products = []

  def ask(self, path, trace=None, timeout=30):
    """Status and headers of a request to the gateway, and how long it took."""
    headers = {"X-Api-Key": self.kit.mesh.load_key}
    if trace:
      headers["traceparent"] = trace
    start = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.kit.mesh.ports["edge"], timeout=timeout)) as c:
      c.request("GET", path, headers=headers)
      answer = c.getresponse()
      answer.read()
      return answer.status, dict(answer.getheaders()), time.monotonic() - start

  def new_product(self):
    """A product whose page nobody has asked for, so that no kept answer serves it."""
    return self.products.pop()

  def metric(self, service, name, **labels):
    url = f"http://127.0.0.1:{self.kit.mesh.ports[service + '-ops']}/metrics"
    with urllib.request.urlopen(url, timeout=30) as response:
      text = response.read().decode()
    return sum(float(value) for series, value in re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
               if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()))

  def behave(self, what, kinds=("traces", "errors")):
    for kind in kinds:
      self.watch.behaviour[kind] = what


def fresh(sampled=True):
  """A `traceparent` of a caller's, its trace and its span."""
  trace, span = secrets.token_hex(16), secrets.token_hex(8)
  return f"00-{trace}-{span}-{'01' if sampled else '00'}", trace, span


@pytest.fixture(scope="module")
def world():
  watch, visits = watchers.Watchers(), []

  async def shop(request):
    visits.append(request)
    return outsides.Response(404) if request.path == "/robots.txt" else outsides.Response.html(PAGE)

  with outsides.Outside(watch) as receivers, outsides.Outside(shop) as market:
    settings = {name: watchers.settings(receivers.port) for name in SERVICES}
    settings["edge"]["LOG_LEVEL"] = settings["catalog"]["LOG_LEVEL"] = "debug"
    for name in ("catalog", "pricing"):
      settings[name]["OUTBOUND_ALLOW"] = f"127.0.0.1:{market.port}"
    with meshkit.running(settings) as kit:
      kit.healthy()
      world = World(kit, watch, receivers, visits)
      world.market = market
      rows = [{"external_id": f"t{number}", "title": f"Ürün {number}", "url": f"https://shop.example/{number}"}
              for number in range(400)]
      kit.add_products(rows)
      world.products = [row[0] for row in kit.rows("SELECT id FROM catalog.product ORDER BY id")]
      yield world
  assert not receivers.failures and not market.failures, (receivers.failures, market.failures)


@pytest.fixture(autouse=True)
def well(world):
  world.behave("take")
  yield
  world.behave("take")


def test_a_request_is_one_tree_through_gateway_services_and_sql(world):
  parent, trace, span = fresh()
  assert world.ask(f"/v1/products/{world.new_product()}", parent)[0] == 200

  def told():
    spans = world.watch.of(trace)
    by_id = {s.id: s for s in spans}
    # Each service tells by itself: the tree is whole when every parent has come.
    whole = all(s.parent in by_id or s.parent == span for s in spans)
    return whole and {"edge", "catalog"} <= {s.service for s in spans} and by_id

  by_id = eventually("the tree is whole", told, 30)
  roots = [s for s in by_id.values() if s.parent == span]
  assert [(s.service, s.kind, s.name) for s in roots] == [("edge", SERVER, "GET /v1/products/{id}")]
  assert roots[0].attributes == {
      "http.request.method": "GET", "http.route": "/v1/products/{id}", "http.response.status_code": 200}

  calls = [s for s in by_id.values() if s.service == "edge" and s.kind == CLIENT and "/" in s.name]
  served = [s for s in by_id.values() if s.service == "catalog" and s.kind == SERVER]
  name = "fiyatradari.catalog.v1.CatalogService/GetProduct"
  assert name in {s.name for s in served}
  for s in served:
    call = by_id[s.parent]
    assert call in calls and call.name == s.name and call.attributes == s.attributes
    assert s.attributes["rpc.system"] == "grpc" and s.attributes["rpc.grpc.status_code"] == 0
  statements = [s for s in by_id.values() if s.attributes.get("db.system.name") == "postgresql"]
  assert {by_id[s.parent].name for s in statements if s.service == "catalog"} >= {name}
  for s in statements:
    assert s.kind == CLIENT and re.fullmatch(r"[A-Z]+( [a-z_.]+)?", s.name), s.name


def test_prices_behind_the_gateway_are_in_the_tree_too(world):
  parent, trace, _ = fresh()
  assert world.ask(f"/v1/products/{world.new_product()}/history?days=30", parent)[0] == 200
  spans = eventually("pricing's part has come", lambda: [
      s for s in world.watch.of(trace) if s.service == "pricing" and s.attributes.get("db.system.name")] and
      world.watch.of(trace), 30)
  by_id = {s.id: s for s in spans}
  statement = next(s for s in spans if s.service == "pricing" and s.attributes.get("db.system.name"))
  assert by_id[statement.parent].kind == SERVER and by_id[statement.parent].service == "pricing"


def test_what_the_caller_does_not_want_recorded_is_not_and_logs_bear_the_trace(world):
  parent, trace, _ = fresh(sampled=False)
  assert world.ask(f"/v1/products/{world.new_product()}", parent)[0] == 200
  wanted, second, _ = fresh()
  assert world.ask(f"/v1/products/{world.new_product()}", wanted)[0] == 200
  spans = eventually("the one that is wanted has come", lambda: [
      s for s in world.watch.of(second) if s.kind == SERVER and s.service == "edge"], 30)
  assert not world.watch.of(trace)

  def lines(service, of):
    text = (world.kit.mesh.folder / "log" / f"{service}.log").read_text()
    return [line for line in map(json.loads, filter(lambda line: of in line, text.splitlines()))
            if line.get("trace_id") == of]

  for service in ("edge", "catalog"):
    recorded = eventually("the line is written", lambda: lines(service, second))
    assert all(re.fullmatch("[0-9a-f]{16}", line["span_id"]) for line in recorded)
    plain = eventually("that of the other too", lambda: lines(service, trace))
    assert all("span_id" not in line for line in plain)
  assert spans[0].id in {line["span_id"] for line in lines("edge", second)}


def test_a_check_is_a_trace_and_the_shop_is_told_its_place_in_it(world):
  kit = world.kit
  listing, = kit.add_products([{"external_id": "page", "title": "Sayfa", "source": "page",
                                "url": f"http://127.0.0.1:{world.market.port}/p/1"}])
  kit.pricing.CheckNow(kit.new("pricing", "CheckNowRequest", listing_id=listing), timeout=20)
  visit = eventually("the shop was visited", lambda: next(
      (request for request in list(world.shop) if request.path == "/p/1" and "traceparent" in request.headers), None), 60)
  version, trace, span, flags = visit.headers["traceparent"].split("-")
  assert (version, flags) == ("00", "01")
  root = eventually("the check is told", lambda: next(
      (s for s in world.watch.of(trace) if s.name == "check page"), None), 30)
  assert root.parent is None and root.kind == INTERNAL and root.attributes["fiyatradari.outcome"] == "succeeded"
  request = next(s for s in world.watch.of(trace) if s.id == span)
  assert request.parent == root.id and request.kind == CLIENT and request.name == "GET"
  assert request.attributes == {"http.request.method": "GET", "server.address": "127.0.0.1",
                                "server.port": world.market.port, "http.response.status_code": 200}


@contextlib.contextmanager
def without(kit, table):
  """A table that the program believes in is away."""
  kit.mesh.sql(f"ALTER TABLE {table} RENAME TO away", "fiyatradari")
  try:
    yield
  finally:
    kit.mesh.sql(f"ALTER TABLE {table.split('.')[0]}.away RENAME TO {table.split('.')[1]}", "fiyatradari")


def test_an_error_that_nobody_expected_is_reported_once_by_each_with_its_trace_and_without_values(world):
  parent, trace, _ = fresh()
  product = world.new_product()
  with without(world.kit, "catalog.product"):
    assert world.ask(f"/v1/products/{product}", parent)[0] == 500

  def reports():
    return [e for e in list(world.watch.events) if e["contexts"].get("trace", {}).get("trace_id") == trace]

  eventually("both have reported", lambda: {e["tags"]["service"] for e in reports()} >= {"edge", "catalog"}, 30)
  by_service = {e["tags"]["service"]: e for e in reports()}
  assert len(reports()) == 2, reports()
  edge, catalog = by_service["edge"], by_service["catalog"]
  assert edge["transaction"] == edge["tags"]["route"] == "/v1/products/{id}" and edge["tags"]["work"] == "request"
  assert catalog["transaction"] == "/fiyatradari.catalog.v1.CatalogService/GetProduct"
  assert catalog["tags"]["work"] == "rpc" and catalog["environment"] == edge["environment"] == "tests"
  assert catalog["exception"]["values"][0]["type"].startswith("PostgresError")
  assert edge["tags"]["request_id"] == catalog["tags"]["request_id"]
  assert product not in json.dumps(catalog["exception"]) and world.kit.mesh.load_key not in json.dumps(reports())
  # The tree says where, too.
  spans = eventually("the span has come", lambda: [
      s for s in world.watch.of(trace) if s.id == catalog["contexts"]["trace"]["span_id"]], 30)
  assert spans[0].service == "catalog" and spans[0].failure
  failed = eventually("the statement has come", lambda: [
      s for s in world.watch.of(trace) if (s.failure or "").startswith("SQLSTATE")], 30)
  assert failed[0].failure == "SQLSTATE 42P01"


def test_a_flood_of_one_error_is_a_few_reports_and_a_count(world):
  dropped = world.metric("edge", "telemetry_dropped_total", signal="errors", reason="repeated")
  before = len(world.watch.events)
  with without(world.kit, "catalog.product"):
    for _ in range(40):
      assert world.ask(f"/v1/products/{world.new_product()}")[0] == 500
  more = world.metric("edge", "telemetry_dropped_total", signal="errors", reason="repeated") - dropped
  assert more >= 30, more
  # A minute's window may end meanwhile, and begin anew with a few.
  assert len(world.watch.events) - before <= 2 * 2 * 5


def test_a_background_task_that_fails_is_reported(world):
  def reported():
    return next((e for e in list(world.watch.events) if e["tags"]["work"] == "task"), None)

  with without(world.kit, "pricing.check_schedule"):
    event = eventually("a task is reported", reported, 60)
  assert event["tags"]["service"] == "pricing" and event["transaction"] == "check-worker"
  assert event["exception"]["values"][0]["type"] == "PostgresError" and event["level"] == "error"
  assert event["tags"]["role"] == "all"
  world.kit.healthy()


@pytest.mark.parametrize("what", [
    "hang", "cut", (500, ()), (503, (("retry-after", "1"),)), (429, (("retry-after", "1"),)), (302, (("location", "/"),))],
    ids=["hang", "cut", "500", "503", "429", "302"])
def test_receivers_that_are_unwell_disturb_nobody_and_are_told_again_when_they_are_well(world, what):
  usual = sorted(world.ask(f"/v1/products/{world.new_product()}")[2] for _ in range(10))
  failures = world.metric("edge", "telemetry_failures_total", signal="traces")
  world.behave(what, kinds=("traces",))
  asked = len(world.watch.asked["traces"])
  times = []
  for _ in range(15):
    status, _, seconds = world.ask(f"/v1/products/{world.new_product()}")
    assert status == 200
    times.append(seconds)
  eventually("the receiver is asked", lambda: len(world.watch.asked["traces"]) > asked, 30)
  assert sorted(times)[7] < max(4 * usual[5], 0.25), (usual, times)
  eventually("the failure is counted", lambda: world.metric(
      "edge", "telemetry_failures_total", signal="traces") > failures, 30)
  assert all(world.kit.mesh.is_ready(name) for name in SERVICES)
  world.behave("take")

  def arrives():
    parent, trace, _ = fresh()
    assert world.ask(f"/v1/products/{world.new_product()}" if len(world.products) > 150 else "/v1/categories",
                     parent)[0] == 200
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
      if any(s.service == "edge" for s in world.watch.of(trace)):
        return True
      time.sleep(0.05)
    return False

  eventually("traces arrive again", arrives, 60)


def test_a_receiver_of_reports_that_asks_for_less_is_left_alone(world):
  world.behave((429, (("x-sentry-rate-limits", "3600:error:key"),)), kinds=("errors",))
  mesh = world.kit.mesh
  # A process of its own, whose errors are new and whose limit ends with it.
  mesh.stop("edge")
  mesh.start("edge")
  asked = len(world.watch.asked["errors"])
  paths = ["", "/history", "/statistics", "/deals"]
  with without(world.kit, "pricing.listing"), without(world.kit, "catalog.product"):
    for path in paths:
      world.ask(f"/v1/products/{world.new_product()}{path}")
  eventually("reports are dropped", lambda: world.metric(
      "edge", "telemetry_dropped_total", signal="errors", reason="limited") >= 2, 30)
  edge = world.metric("edge", "telemetry_sent_total", signal="errors")
  assert edge == 0 and len(world.watch.asked["errors"]) > asked
  mesh.stop("edge")
  mesh.start("edge")


def test_receivers_that_are_dead_or_hang_hold_up_no_end_and_what_waits_is_told_at_the_end(world):
  mesh = world.kit.mesh
  parent, trace, _ = fresh()
  assert world.ask(f"/v1/products/{world.new_product()}", parent)[0] == 200
  # Within the time in which spans gather.
  mesh.stop("edge")
  assert any(s.service == "edge" and s.kind == SERVER for s in world.watch.of(trace)), world.watch.of(trace)
  for settings in ({}, watchers.settings(9)):
    world.behave("hang")
    mesh.start_service("edge", settings)
    world.kit.healthy(("edge",))
    for _ in range(5):
      assert world.ask(f"/v1/products/{world.new_product()}")[0] == 200
    start = time.monotonic()
    mesh.stop("edge")
    assert time.monotonic() - start < 8
  world.behave("take")
  mesh.start("edge")


def test_a_service_that_cannot_start_reports_why(world):
  mesh = world.kit.mesh
  environment = {**mesh.environment("catalog"), "LISTEN": "127.0.0.1:0", "OPS_LISTEN": "127.0.0.1:0",
                 "DATABASE_URL": "host=127.0.0.1 port=9 dbname=x user=x password=hunter2", "DATABASE_WAIT": "100ms"}
  done = subprocess.run([str(mesh.program("catalog-service"))], env=environment, capture_output=True, timeout=60,
                        check=False)
  assert done.returncode == 69, done.stderr
  # It was told before the process ended.
  event = next(e for e in list(world.watch.events) if e["tags"]["work"] == "process")
  assert event["level"] == "fatal" and event["transaction"] == "start" and event["tags"]["service"] == "catalog"
  assert event["exception"]["values"][0]["type"] == "ServiceError" and "hunter2" not in json.dumps(event)


@pytest.mark.parametrize("name, value, message", [
    ("SENTRY_DSN", "https://host/1", "SENTRY_DSN: expected https://KEY@HOST/PROJECT"),
    ("SENTRY_SAMPLE_RATE", "2", "SENTRY_SAMPLE_RATE: expected a number from 0 to 1"),
    ("OTEL_TRACES_SAMPLER_ARG", "x", "OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "secret-without-name", "OTEL_EXPORTER_OTLP_HEADERS: expected NAME=VALUE"),
])
def test_settings_that_cannot_be_used_are_named_and_not_shown(world, name, value, message):
  mesh = world.kit.mesh
  environment = {**mesh.environment("catalog", {name: value}), "LISTEN": "127.0.0.1:0", "OPS_LISTEN": "127.0.0.1:0"}
  done = subprocess.run([str(mesh.program("catalog-service"))], env=environment, capture_output=True, text=True,
                        timeout=60, check=False)
  text = done.stdout + done.stderr
  assert done.returncode == 78 and message in text, text
  assert "secret-without-name" not in text
