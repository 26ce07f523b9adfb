"""Meshes for tests, and their services as grpcio sees them."""

from __future__ import annotations

import contextlib
import pathlib
import time

import grpc

import contracts
import meshes
import outside as outsides
from meshes import eventually

FILES = tuple(f"fiyatradari/{name}/v1/{file}.proto" for name, file in (
    ("catalog", "catalog"), ("pricing", "pricing"), ("pricing", "scheduler"), ("notifier", "notifier")))
SERVICES = {
    "catalog": ("catalog", "fiyatradari.catalog.v1.CatalogService"),
    "pricing": ("pricing", "fiyatradari.pricing.v1.PricingService"),
    "scheduler": ("pricing", "fiyatradari.pricing.v1.SchedulerService"),
    "notifier": ("notifier", "fiyatradari.notifier.v1.NotifierService"),
}


class Kit:
  """A mesh in a folder of its own, without the demo market."""

  living: list["Kit"] = []

  def __init__(self, mesh: meshes.Mesh, folder: pathlib.Path):
    self.mesh = mesh
    self.contracts = contracts.Contracts(folder, FILES)
    self._channels: dict[str, grpc.Channel] = {}
    Kit.living.append(self)
    # Services of a test are killed and come back: a client must not wait long before it tries again.
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]
    for service in ("catalog", "pricing", "notifier"):
      self._channels[service] = grpc.insecure_channel(mesh.target(service), options=options)
    for name, (service, full) in SERVICES.items():
      setattr(self, name, self.contracts.stub(self._channels[service], full))

  def close(self):
    Kit.living.remove(self)
    for channel in self._channels.values():
      channel.close()

  def new(self, package: str, name: str, /, **fields):
    """A message: `new("pricing", "Observation", …)`."""
    return self.contracts.message(f"fiyatradari.{package}.v1.{name}")(**fields)

  def timestamp(self, seconds: float):
    nanoseconds = round(seconds * 1000) * 1_000_000
    message = self.contracts.message("google.protobuf.Timestamp")()
    message.seconds, message.nanos = divmod(nanoseconds, 1_000_000_000)
    return message

  def lira(self, kurus: int):
    return self.new("common", "Money", minor_units=kurus, currency="TRY")

  def rows(self, statement: str) -> list[list[str]]:
    """What a statement finds in the mesh's database, as text."""
    text = self.mesh.sql(statement, "fiyatradari")
    return [line.split("|") for line in text.splitlines()]

  def count(self, statement: str) -> int:
    return int(self.rows(statement)[0][0])

  # The catalogue and its prices.

  def add_products(self, products: list[dict]) -> list[int]:
    """Imports products; the ids of their listings, in order, once pricing knows them."""
    kind = self.contracts.message("fiyatradari.catalog.v1.ImportProduct")
    rows = [kind(line=index + 1, **{"shop": "demo", "currency": "TRY", "source": "push", **product})
            for index, product in enumerate(products)]
    requests = [self.new("catalog", "ImportProductsRequest", products=rows[start:start + 2000])
                for start in range(0, len(rows), 2000)]
    start = time.monotonic()
    answer = self.catalog.ImportProducts(iter(requests), timeout=240)
    assert answer.rejected == 0, list(answer.rejections)[:3]
    imported = time.monotonic()
    wanted = len({(row.shop, row.external_id) for row in rows})
    shops = "', '".join(sorted({row.shop for row in rows}))
    eventually("pricing knows the listings", lambda: self.count(
        f"SELECT count(*) FROM pricing.listing WHERE shop IN ('{shops}')") >= wanted, 120, 0.1)
    if wanted > 1000:
      print(f"\n{wanted} products imported in {imported - start:.1f} s, "
            f"known to pricing {time.monotonic() - imported:.1f} s later")
    ids = {(shop, external): int(number) for number, shop, external in self.rows(
        f"SELECT id, shop, external_id FROM pricing.listing WHERE shop IN ('{shops}')")}
    return [ids[row.shop, row.external_id] for row in rows]

  def observation(self, listing: int, at: float, kurus: int | None):
    seen = self.new("pricing", "Observation", listing_id=listing, observed_at=self.timestamp(at))
    if kurus is not None:
      seen.price.CopyFrom(self.lira(kurus))
    return seen

  def record(self, observations: list, timeout: float = 20):
    request = self.new("pricing", "RecordObservationsRequest", observations=observations, source="push")
    return self.pricing.RecordObservations(iter([request]), timeout=timeout)

  # People.

  def person(self, name: str, chat: int, port: int, people, outside) -> tuple[int, int]:
    """A person with a verified Telegram chat and a verified webhook `/hooks/NAME`; the channels' ids."""
    chat_kind, hook_kind = 1, 2
    made = self.notifier.RegisterChannel(
        self.new("notifier", "RegisterChannelRequest", subscriber=name, kind=chat_kind), timeout=20)
    outside.call(lambda: people.write(chat, f"/start {made.start_code}"))
    hook = self.notifier.RegisterChannel(self.new(
        "notifier", "RegisterChannelRequest", subscriber=name, kind=hook_kind,
        address=f"http://127.0.0.1:{port}/hooks/{name}"), timeout=20)
    people.secrets[name] = hook.signing_secret
    code = eventually(f"{name}'s code arrives", lambda: next(
        (arrived.body["code"] for arrived in list(people.hooks)
         if arrived.to == name and arrived.body["type"] == "verification"), None))
    self.notifier.VerifyChannel(self.new(
        "notifier", "VerifyChannelRequest", id=hook.channel.id, subscriber=name, code=code), timeout=20)
    return made.channel.id, hook.channel.id

  def verified(self, channels: int):
    eventually("all channels are verified", lambda: self.count(
        "SELECT count(*) FROM notifier.channel WHERE verified_at IS NOT NULL") >= channels)

  def alert(self, subscriber: str, listing: int, **rule) -> int:
    made = self.notifier.CreateAlert(self.new("notifier", "CreateAlertRequest", alert=self.new(
        "notifier", "Alert", subscriber=subscriber, listing_id=listing, **rule)), timeout=20)
    return made.id

  # Processes.

  def healthy(self, names=meshes.SERVICES, seconds=60.0) -> float:
    """Waits until all say that they are ready; how long that took."""
    start = time.monotonic()
    waiting = list(names)

    def are_ready() -> bool:
      waiting[:] = [name for name in names if not self.mesh.is_ready(name)]
      return not waiting

    try:
      eventually("all services are ready", are_ready, seconds)
    except AssertionError as error:
      raise AssertionError(f"{error}: not ready: {waiting}, running: "
                           f"{[name for name in waiting if self.mesh.pid(name)]}") from None
    return time.monotonic() - start

  def logs(self) -> str:
    """The ends of the services' logs, for a failure's report."""
    parts = []
    for path in sorted((self.mesh.folder / "log").glob("*.log")):
      parts.append(f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-25:]))
    return "\n".join(parts)


@contextlib.contextmanager
def running(settings=None, extra_ports=(), start=None):
  """`meshes.running` with its services at hand."""
  with meshes.running(settings, extra_ports, start) as mesh:
    kit = Kit(mesh, mesh.folder)
    try:
      yield kit
    finally:
      kit.close()


@contextlib.contextmanager
def with_people(lease: str):
  """A mesh, people who write to its bot and take its webhooks, and their place; `lease` is a message's."""
  people = outsides.People()
  with outsides.Outside(people) as outside:
    allowed = f"127.0.0.1:{outside.port}"
    settings = {"notifier": {
        "OUTBOUND_ALLOW": allowed, "TELEGRAM_URL": f"http://{allowed}", "TELEGRAM_TOKEN": "1:test",
        "DELIVERY_LEASE": lease}}
    with running(settings) as kit:
      yield kit, people, outside
  assert not outside.failures, outside.failures
