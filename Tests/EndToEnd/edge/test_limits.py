"""Limits by address: over two gateways as over one, and not to be cheated."""

import http.client
import threading
import time

import pytest

pytestmark = pytest.mark.timeout(120)

RATE, BURST = 10, 20


def hail(mesh, seconds, headers):
    """Requests as fast as they go at both gateways; how many were granted, and how long it really took."""
    granted, ends = [], time.monotonic() + seconds
    start = time.monotonic()

    def one(gateway):
        connection = http.client.HTTPConnection("127.0.0.1", mesh.ports[gateway], timeout=30)
        turn = 0
        while time.monotonic() < ends:
            turn += 1
            connection.request("GET", "/v1/products?limit=20", headers=headers(turn))
            response = connection.getresponse()
            response.read()
            assert response.status in (200, 429), response.status
            if response.status == 200:
                granted.append(gateway)
            else:
                assert int(response.headers["Retry-After"]) >= 1 and "r=0" in response.headers["RateLimit"]
        connection.close()

    threads = [threading.Thread(target=one, args=(gateway,)) for gateway in ("edge", "edge2", "edge", "edge2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(granted), time.monotonic() - start


def test_two_gateways_grant_what_one_may_whatever_the_client_says_of_itself(mesh):
    mesh.ask("/v1/products?limit=20"), mesh.ask("/v1/products?limit=20", "edge2")
    # The bucket is full, whatever ran before.
    time.sleep(BURST / RATE + 0.2)
    granted, seconds = hail(mesh, 10, lambda turn: {
        "X-Forwarded-For": f"203.0.113.{turn % 250}", "Forwarded": f"for=198.51.100.{turn % 250}",
        "X-Real-IP": f"192.0.2.{turn % 250}"})
    wanted = BURST + RATE * seconds
    assert wanted * 0.95 <= granted <= wanted * 1.05, f"{granted} of {wanted:.0f}"


def test_health_is_exempt_and_the_internal_key_too(mesh):
    for _ in range(60):
        assert mesh.ask("/healthz", limited=True).status == 200
        assert mesh.ask("/v1/products?limit=20").status == 200
    assert "the internal key is used" in (mesh.folder / "log" / "edge.log").read_text()


def test_the_eleventh_connection_of_an_address_waits_for_a_place(mesh):
    open_ones = []
    try:
        for _ in range(10):
            connection = http.client.HTTPConnection("127.0.0.1", mesh.ports["edge"], timeout=30)
            connection.request("GET", "/v1/nothing")
            response = connection.getresponse()
            response.read()
            assert response.status in (404, 429)
            open_ones.append(connection)
        refused = mesh.ask("/v1/nothing", limited=True)
        assert refused.status == 429 and refused.json["code"] == "too_many_connections"
        assert mesh.ask("/v1/nothing").status == 404
    finally:
        for connection in open_ones:
            connection.close()
