"""Limits by address: over two gateways as over one, and not to be cheated."""

import http.client
import os
import re
import stat
import threading
import time

import pytest

from gateways import NAMES
from meshes import eventually

pytestmark = pytest.mark.timeout(120)

RATE, BURST = 10, 20


def fill(edge):
    """Returns when the bucket of this address is full, but for what it takes to see that."""
    def remaining():
        fields = edge.ask("/v1/products?limit=20", limited=True).headers
        return int(re.search(r"r=(\d+)", fields["ratelimit"])[1])
    # Slower than the bucket fills.
    eventually("the bucket is full", lambda: remaining() >= BURST - 2, interval=0.3)


def hail(edge, seconds, headers):
    """Requests as fast as they go at both gateways; how many were granted, and how long it really took."""
    granted, failures = [], []
    start = time.monotonic()
    ends = start + seconds

    def one(gateway):
        connection = http.client.HTTPConnection("127.0.0.1", edge.port(gateway), timeout=30)
        turn = 0
        while time.monotonic() < ends:
            turn += 1
            connection.request("GET", "/v1/products?limit=20", headers=headers(turn))
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                granted.append(gateway)
            elif (response.status != 429 or int(response.headers["Retry-After"]) < 1
                  or "r=0" not in response.headers["RateLimit"]
                  or not response.headers["RateLimit-Policy"].startswith(f'"api";q={BURST};w=')):
                failures.append((response.status, dict(response.headers)))
        connection.close()

    threads = [threading.Thread(target=one, args=(gateway,)) for gateway in NAMES * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    return granted, time.monotonic() - start


def test_two_gateways_grant_what_one_may_whatever_the_client_says_of_itself(edge):
    fill(edge)
    granted, seconds = hail(edge, 12, lambda turn: {
        "X-Forwarded-For": f"203.0.113.{turn % 250}", "Forwarded": f"for=198.51.100.{turn % 250}",
        "X-Real-IP": f"192.0.2.{turn % 250}"})
    wanted = BURST + RATE * seconds
    shares = [granted.count(name) for name in NAMES]
    print(f"\n{len(granted)} granted of {wanted:.0f}, by the two gateways {shares}")
    assert wanted * 0.95 <= len(granted) <= wanted * 1.05, f"{len(granted)} of {wanted:.0f}"
    assert min(shares) > 0


def test_health_is_exempt_and_the_internal_key_too_and_its_use_is_written_down(edge):
    for _ in range(60):
        assert edge.ask("/healthz", limited=True).status == 200
        answer = edge.ask("/v1/products?limit=20")
        assert answer.status == 200 and "ratelimit" not in answer.headers
    lines = [line for line in (edge.mesh.folder / "log" / "edge.log").read_text().splitlines()
             if "the internal key is used" in line]
    assert lines and all("127.0.0.1" in line for line in lines)
    assert edge.mesh.load_key not in (edge.mesh.folder / "log" / "edge.log").read_text()


def test_whoever_guesses_tokens_is_slowed_down(edge):
    fill(edge)
    statuses = [edge.ask("/v1/alerts", limited=True, headers={"Authorization": f"Bearer {index:048}"}).status
                for index in range(30)]
    assert set(statuses) == {401, 429} and statuses.count(401) < 15, statuses
    assert edge.ask("/v1/alerts", limited=True,
                    headers={"Authorization": f"Bearer {edge.mesh.access_token}"}).status in (200, 429)


def test_the_eleventh_connection_of_an_address_waits_for_a_place(edge):
    open_ones = []
    try:
        for _ in range(10):
            connection = http.client.HTTPConnection("127.0.0.1", edge.port(), timeout=30)
            connection.request("GET", "/v1/nothing")
            response = connection.getresponse()
            body = response.read()
            assert response.status in (404, 429) and b"too_many_connections" not in body
            open_ones.append(connection)
        refused = edge.ask("/v1/nothing", limited=True)
        assert refused.status == 429 and refused.json["code"] == "too_many_connections"
        assert edge.ask("/v1/nothing").status == 404
    finally:
        for connection in open_ones:
            connection.close()
    eventually("the places are free again", lambda:
               b"too_many_connections" not in edge.ask("/v1/nothing", limited=True).body)


def test_the_load_key_is_left_where_load_tests_look_for_it(edge, tmp_path):
    for _ in range(2):
        edge.mesh.leave_load_key(tmp_path)
        assert (tmp_path / "load-key").read_text().strip() == edge.mesh.load_key
        assert stat.S_IMODE(os.stat(tmp_path / "load-key").st_mode) == 0o600
    assert len(edge.mesh.load_key) >= 32
