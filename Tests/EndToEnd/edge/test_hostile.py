"""What is malformed or malicious is refused, and nobody else notices."""

import json
import re
import select
import socket
import time

import pytest

pytestmark = pytest.mark.timeout(120)

HEAD = b"GET /v1/products?limit=20 HTTP/1.1\r\nHost: h\r\n"


def exchange(edge, data, seconds=15):
    """Sends bytes, whose last request is to be the connection's last, and reads until the gateway closes."""
    with socket.create_connection(("127.0.0.1", edge.port()), timeout=seconds) as connection:
        connection.sendall(data)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nHost: other\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nA: b\x00c\r\n\r\n",
    b"NONSENSE\r\n\r\n",
], ids=["cl-te", "two lengths", "list of lengths", "signed length", "te not last", "two hosts", "no host", "space in name",
        "nul", "nonsense"])
def test_shapes_that_smuggle_are_refused(edge, data):
    received = statuses(exchange(edge, data))
    assert received in ([400], [501]), received


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: a\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\nHost: h\nConnection: close\n\n",
], ids=["folded", "bare line feeds"])
def test_old_line_forms_make_no_second_request(edge, data):
    received = statuses(exchange(edge, data))
    assert len(received) == 1 and received[0] in (200, 400), received


def test_huge_heads_and_paths_are_refused(edge):
    assert statuses(exchange(edge, HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n")) == [431]
    assert statuses(exchange(edge, HEAD + b"".join(b"X%d: a\r\n" % i for i in range(300)) + b"\r\n")) == [431]
    assert edge.ask("/v1/search?q=" + "a" * 9000).status == 414


@pytest.mark.parametrize("path", [
    "/../etc/passwd", "/..%2f..%2fetc/passwd", "/v1/products/../../admin", "/v1/products/%2e%2e/status", "/%00", "//etc",
])
def test_paths_lead_nowhere_else(edge, path):
    assert edge.ask(path).status in (400, 404)


def test_bodies_that_are_too_large_too_deep_or_no_text_are_refused(edge):
    headers = {"Authorization": f"Bearer {edge.mesh.access_token}", "Content-Type": "application/json"}
    for body, wanted in [
        (b'{"kind":"' + b"a" * 100_000 + b'"}', 413), (b"[" * 50_000, 400), (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (b'{"kind":"\xff\xfe"}', 400), (b"", 400), (b"nonsense", 400),
    ]:
        answer = edge.ask("/v1/channels", method="POST", body=body, headers=headers)
        assert answer.status == wanted, (body[:20], answer.status, answer.body[:200])
        assert json.loads(answer.body)["status"] == wanted


def test_slow_clients_are_shown_the_door_and_others_are_served(edge):
    slow_head, silent, slow_body = (
        socket.create_connection(("127.0.0.1", edge.port()), timeout=60) for _ in range(3))
    body = (f"POST /v1/channels HTTP/1.1\r\nHost: h\r\nX-Api-Key: {edge.mesh.load_key}\r\n"
            f"Authorization: Bearer {edge.mesh.access_token}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{")
    begun = time.monotonic()
    try:
        slow_head.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
        slow_body.sendall(body.encode())
        # A byte now and then is no progress.
        while not select.select([slow_head], [], [], 0.5)[0]:
            assert time.monotonic() - begun < 30, "the head may take for ever"
            assert edge.ask("/v1/products?limit=20").status == 200
            slow_head.sendall(b"X")
        assert b" 408 " in slow_head.recv(4096)
        assert silent.recv(4096) == b""
        assert b" 408 " in slow_body.recv(4096)
        assert edge.ask("/v1/products?limit=20").status == 200
    finally:
        for client in (slow_head, silent, slow_body):
            client.close()


def test_pipelined_requests_are_answered_in_order(edge):
    key = edge.mesh.load_key.encode()
    one = HEAD + b"X-Api-Key: " + key + b"\r\n\r\n"
    other = b"HEAD /v1/categories HTTP/1.1\r\nHost: h\r\nX-Api-Key: " + key + b"\r\n\r\n"
    missing = b"GET /v1/nothing HTTP/1.1\r\nHost: h\r\nX-Api-Key: " + key + b"\r\n\r\n"
    last = one.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"
    received = exchange(edge, (one + other) * 20 + missing + last)
    assert statuses(received) == [200] * 40 + [404, 200]
