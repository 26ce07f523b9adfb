"""The mesh heals by itself: whatever is killed, in whatever order, starting it again is all the help it takes."""

from __future__ import annotations

import itertools
import os
import random
import time

import meshkit
import pytest
from meshkit import eventually

pytestmark = pytest.mark.timeout(240)

PARTS = ("catalog", "pricing", "notifier", "edge", "postgres", "redis")
# Much longer than it takes: the machine may be busy with other things.
BOUND = 45


@pytest.fixture(scope="module")
def world():
  with meshkit.with_people(lease="12s") as (kit, people, outside):
    kit.person("person", 1, outside.port, people, outside)
    kit.verified(2)
    [listing] = kit.add_products([{"external_id": "1", "title": "Ürün"}])
    kit.record([kit.observation(listing, next(MOMENTS), next(PRICES))])
    kit.alert("person", listing, any_change=kit.new("notifier", "AnyChange"))
    yield kit, people, listing


MOMENTS = itertools.count(int(time.time()) - 7200)
PRICES = itertools.count(100_000, 2_000)


def works(kit, people, listing):
  """Sees a price go all the way: recorded, told on both channels, and shown by the gateway."""
  kurus = next(PRICES)
  amount = f"{kurus // 100}.{kurus % 100:02}"
  assert kit.record([kit.observation(listing, next(MOMENTS), kurus)]).rejected == 0
  # A lost notifier's share of the events is taken over after ten seconds.
  eventually("the webhook is told", lambda: any(
      hook.body.get("price", {}).get("amount") == amount for hook in list(people.hooks)), BOUND)
  eventually("the chat is told", lambda: any(
      f"{kurus // 100 // 1000}.{kurus // 100 % 1000:03},{kurus % 100:02}" in message.text
      for message in list(people.messages)), BOUND)


def test_each_part_alone_and_all_together_come_back_in_any_order(world):
  kit, people, listing = world
  seed = int(os.environ.get("RELIABILITY_SEED") or random.randrange(1_000_000))
  print(f"\nRELIABILITY_SEED={seed}")
  chance = random.Random(seed)
  works(kit, people, listing)
  rounds = [[part] for part in chance.sample(PARTS, len(PARTS))]
  rounds += [chance.sample(PARTS, 3), list(PARTS)]
  for parts in rounds:
    killed = chance.sample(parts, len(parts))
    started = chance.sample(parts, len(parts))
    for part in killed:
      kit.mesh.kill(part)
    start = time.monotonic()
    for part in started:
      kit.mesh.start(part, wait=False)
    kit.healthy(seconds=BOUND)
    print(f"killed {' '.join(killed)}; started {' '.join(started)}; healthy after {time.monotonic() - start:.1f} s")
  works(kit, people, listing)


def test_services_started_while_postgresql_is_away_wait_for_it(world):
  kit, people, listing = world
  services = ("catalog", "pricing", "notifier", "edge")
  for part in ("postgres", *services):
    kit.mesh.kill(part)
  for service in services:
    kit.mesh.start(service, wait=False)

  def waits(service: str) -> bool:
    """Alive to its supervisor, and not yet ready."""
    port = kit.mesh.ports[f"{service}-ops"]
    return meshkit.meshes.answers(f"http://127.0.0.1:{port}/healthz") and not kit.mesh.is_ready(service)

  eventually("all that need it wait", lambda: all(map(waits, services)), BOUND)
  kit.mesh.start("postgres")
  print(f"\nhealthy {kit.healthy(seconds=BOUND):.1f} s after PostgreSQL's return")
  works(kit, people, listing)


def test_losing_postgresql_takes_readiness_away_and_its_return_gives_it_back(world):
  kit, people, listing = world
  pids = {service: kit.mesh.pid(service) for service in ("catalog", "pricing", "notifier")}
  kit.mesh.kill("postgres")
  eventually("services say that they are not ready", lambda: not any(map(kit.mesh.is_ready, pids)), BOUND)
  # It serves what it has kept, and says so of accounts alone that it cannot.
  assert kit.mesh.is_ready("edge")
  kit.mesh.start("postgres")
  kit.healthy(seconds=BOUND)
  assert pids == {service: kit.mesh.pid(service) for service in pids}, "a service was lost with PostgreSQL"
  works(kit, people, listing)
