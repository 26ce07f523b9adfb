"""Deals as they happen: told at once everywhere, without a gap over restarts, and never kept without end for the slow."""

import csv
import json
import socket
import time

import pytest
import websockets.exceptions
from websockets.sync.client import connect

import h2raw
from gateways import NAMES
from meshes import eventually
from streams import EventStream

pytestmark = pytest.mark.timeout(300)


def cut(edge, name, price):
    """Has a product's price changed; a moment has one price, so it is a moment of its own."""
    time.sleep(max(0.0, getattr(edge, "next_moment", 0) - time.time()))
    edge.next_moment = int(time.time()) + 1.01
    edge.push({name: price})


def listen(edge, gateway="edge", path="/v1/deals/stream", last=None):
    return EventStream(edge.port(gateway), path, last, {"X-Api-Key": edge.mesh.load_key}).started()


def place(number):
    """Where an event stands; for clients an id is a word without a meaning."""
    return tuple(int(part) for part in number.split("-"))


def socket_to(edge, gateway="edge", **options):
    return connect(f"ws://127.0.0.1:{edge.port(gateway)}/v1/live", subprotocols=["fiyatradari.v1.json"],
                   additional_headers={"X-Api-Key": edge.mesh.load_key, **options.pop("headers", {})}, **options)


def ask(client, **members):
    client.send(json.dumps(members))
    return json.loads(client.recv(timeout=30))


def test_a_deal_is_told_within_a_second_at_both_gateways_as_it_opens_changes_and_closes(edge):
    product = edge.product("sku10")
    streams = [listen(edge, gateway) for gateway in NAMES]
    try:
        for kind, price in (("deal.opened", "92.00"), ("deal.changed", "80.00"), ("deal.closed", "140.00")):
            cut(edge, "sku10", price)
            told = time.monotonic()
            for stream in streams:
                event = stream.wait(lambda event: event.kind == kind and event.json["productId"] == product, kind)
                assert event.at - told < 1.0, f"{kind} came {event.at - told:.2f} s after the price was recorded"
        first, second = ([(event.id, event.data) for event in stream.events] for stream in streams)
        assert first == second and len({number for number, _ in first}) == len(first)
        opened = streams[0].events[0].json
        assert opened["price"] == {"amount": "92.00", "currency": "TRY"} and opened["shop"] == "shop-a"
    finally:
        for stream in streams:
            stream.close()


def test_filters_choose(edge):
    paths = {"category=elektronik": 1, "category=elektronik%2Fkulaklik&shop=shop-a&verdict=unknown": 1,
             "category=elektro": 0, "shop=shop-b": 0, "min_discount=5000": 0, "verdict=genuine": 0}
    streams = {query: listen(edge, path=f"/v1/deals/stream?{query}") for query in paths}
    with listen(edge) as everything:
        cut(edge, "sku11", "93.00")
        last = everything.wait(lambda event: event.kind == "deal.opened", "the deal")
        # Heartbeats tell the position that a stream has reached.
        for query, stream in streams.items():
            eventually("it is past the deal", lambda: place(stream.last_id) >= place(last.id), 30)
            assert len(stream.events) == paths[query], query
            stream.close()


def test_a_client_that_comes_back_misses_nothing_over_a_restart_of_its_gateway(edge):
    with listen(edge, "edge2") as steady:
        gone = listen(edge)
        cut(edge, "sku12", "94.00")
        gone.wait(lambda event: event.kind == "deal.opened", "the first deal")
        gone.close()
        cut(edge, "sku13", "95.00")
        edge.mesh.stop("edge")
        cut(edge, "sku14", "96.00")
        edge.mesh.start_service("edge")
        cut(edge, "sku15", "97.00")
        steady.wait(lambda event: event.json["price"]["amount"] == "97.00", "the last deal")
        with listen(edge, last=gone.last_id) as back:
            back.wait(lambda event: event.id == steady.ids[-1], "the last deal for the one that came back")
            cut(edge, "sku16", "98.00")
            back.wait(lambda event: event.json["price"]["amount"] == "98.00", "what came after it")
            eventually("the other one has it", lambda: len(steady.events) == 5)
            assert gone.ids + back.ids == steady.ids
    assert edge.metric("edge_live_resumed_total", outcome="asked") >= 1
    # One that has an id of nowhere loads anew.
    with listen(edge, last="1-1") as lost:
        assert lost.wait(lambda event: True, "something").kind == "reset"


def test_when_pricing_is_away_clients_stay_and_nothing_is_missed(edge):
    with listen(edge) as first, listen(edge, "edge2") as second:
        # More than once: a stream that broke without news goes on from where it was all the same.
        for _ in range(3):
            edge.mesh.kill("pricing")
            for stream in (first, second):
                before = stream.comments
                eventually("heartbeats go on", lambda: stream.comments > before + 1)
            edge.mesh.start_service("pricing")
        cut(edge, "sku17", "99.00")
        for stream in (first, second):
            stream.wait(lambda event: event.json["price"]["amount"] == "99.00", "the deal", 60)
            assert [event.kind for event in stream.events] == ["deal.opened"] and not stream.ended.is_set()


def test_http2_and_limits_of_an_address(edge):
    common = [(":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", "/v1/deals/stream")]
    with h2raw.RawConnection(f"127.0.0.1:{edge.port()}", timeout=30) as connection:
        for index in range(20):
            connection.headers(2 * index + 1, common, end_stream=True)
            assert connection.response_headers(2 * index + 1).status == 200
        ids = iter(range(41, 10_000, 2))

        def ask():
            """One more stream; None while the limit of requests is what refuses it."""
            number = next(ids)
            connection.headers(number, common, end_stream=True)
            if connection.response_headers(number).status == 200:
                return number, None
            refused = connection.response(number)
            return None if b"too_many_requests" in bytes(refused.data) else (number, refused)
        _, refused = eventually("the limit of streams refuses one", ask, 20, 0.1)
        assert refused.status == 429 and refused.field("retry-after") == "10"
        assert b"too_many_streams" in bytes(refused.data)
        connection.reset(1)
        connection.reset(3)
        cut(edge, "sku18", "100.00")
        stream = connection.response_headers(5)
        connection.wait(lambda: b"event: deal.opened" in bytes(stream.data), "the deal", 30)
        # Two places are free again.
        number, refused = eventually("a place is given", ask, 20, 0.1)
        assert refused is None


def import_many(edge, count):
    rows = [[f"big{index}", f"{index} " + "kulaklık " * 45, "Marka", "elektronik/kulaklik",
             f"https://shop.example/b/{index}", "TRY"] for index in range(count)]
    file = edge.mesh.folder / "big.csv"
    with open(file, "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["id", "title", "brand", "category_path", "url", "currency"], *rows])
    edge.mesh.fiyat("import", "products", file, "--shop", "shop-a", "--source", "push")
    eventually("pricing knows them", lambda: int(edge.mesh.sql(
        "SELECT count(*) FROM pricing.listing WHERE external_id LIKE 'big%'", "fiyatradari")) == count, 120, 0.2)
    edge.push({f"big{index}": "100.00" for index in range(count)}, at=time.time() - 7200)


def test_the_slow_are_dropped_while_others_are_served_and_memory_stays(edge):
    count = 1500
    import_many(edge, count)
    request = (f"GET /v1/deals/stream HTTP/1.1\r\nHost: h\r\nX-Api-Key: {edge.mesh.load_key}\r\n\r\n").encode()
    slow = []
    with listen(edge) as quick:
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", edge.port()))
            client.sendall(request)
            slow.append(client)
        eventually("all are there", lambda: edge.metric("edge_live_clients") >= 21)
        before = edge.metric("process_resident_memory_bytes")
        dropped = edge.metric("edge_live_dropped_total")
        for turn, price in enumerate(("85.00", "80.00", "75.00", "70.00"), 1):
            cut_all(edge, count, price)
            eventually("the quick one has all", lambda: len(quick.events) >= turn * count, 120)
        eventually("the slow are dropped", lambda: edge.metric("edge_live_dropped_total") - dropped == 20, 60)
        assert len(set(quick.ids)) == len(quick.ids) == 4 * count
        grown = edge.metric("process_resident_memory_bytes") - before
        total = sum(len(event.data) for event in quick.events)
        print(f"\n{total / 2**20:.1f} MiB of events, {grown / 2**20:.1f} MiB more memory with 20 slow clients")
        assert total > 6 << 20 and grown < 60 << 20
        assert not quick.ended.is_set()
    for client in slow:
        client.close()


def cut_all(edge, count, price):
    time.sleep(max(0.0, getattr(edge, "next_moment", 0) - time.time()))
    edge.next_moment = int(time.time()) + 1.01
    edge.push({f"big{index}": price for index in range(count)})


def test_a_websocket_tells_what_is_subscribed_to(edge):
    product = edge.product("sku20")
    with socket_to(edge) as client, socket_to(edge, "edge2") as other:
        assert client.subprotocol == "fiyatradari.v1.json"
        answer = ask(client, type="subscribe", products=[product])
        assert {name: answer[name] for name in answer if name != "id"} == {
            "type": "subscribed", "products": [product], "categories": [], "deals": None}
        ask(other, type="subscribe", categories=["elektronik"], deals={"min_discount": 100})
        for wrong, field in (({"type": "subscribe", "products": [7]}, "products[0]"), ({"type": "x"}, "type")):
            answer = ask(client, **wrong)
            assert answer["type"] == "error" and answer["field"] == field
        cut(edge, "sku21", "101.00")
        cut(edge, "sku20", "102.00")
        told = time.monotonic()
        event = json.loads(client.recv(timeout=30))
        assert time.monotonic() - told < 1.0
        assert event["type"] == "price.changed" and event["data"]["productId"] == product
        assert event["data"]["price"] == {"amount": "102.00", "currency": "TRY"}
        kinds = [json.loads(other.recv(timeout=30))["type"] for _ in range(4)]
        assert sorted(kinds) == ["deal.opened", "deal.opened", "price.changed", "price.changed"]
        assert ask(client, type="unsubscribe", products=[product])["products"] == []
        assert client.ping().wait(10)


def deals_until(client, price):
    """Ids of the deals that are told, up to that of a price."""
    ids = []
    while True:
        event = json.loads(client.recv(timeout=30))
        assert event["type"].startswith("deal."), event
        ids.append(event["id"])
        if event["data"]["price"]["amount"] == price:
            return ids


def test_a_websocket_that_comes_back_misses_no_deal_over_a_restart_of_its_gateway(edge):
    with socket_to(edge, "edge2") as steady:
        ask(steady, type="subscribe", deals=True)
        with socket_to(edge) as gone:
            ask(gone, type="subscribe", deals=True)
            cut(edge, "sku33", "103.00")
            first = deals_until(gone, "103.00")
        cut(edge, "sku34", "104.00")
        with socket_to(edge) as back:
            answer = ask(back, type="subscribe", deals=True, last_event_id=first[-1])
            assert answer["type"] == "subscribed" and "id" not in answer
            second = deals_until(back, "104.00")
        edge.mesh.stop("edge")
        cut(edge, "sku35", "105.00")
        edge.mesh.start_service("edge")
        with socket_to(edge) as back:
            ask(back, type="subscribe", deals={"shop": "shop-a"}, last_event_id=second[-1])
            third = deals_until(back, "105.00")
            cut(edge, "sku36", "106.00")
            third += deals_until(back, "106.00")
            again = ask(back, type="subscribe", deals=True, last_event_id=first[-1])
            assert again["type"] == "error" and again["field"] == "last_event_id", again
        assert first + second + third == deals_until(steady, "106.00")


def test_a_websocket_is_told_that_its_id_is_too_old(edge):
    with socket_to(edge) as lost:
        ask(lost, type="subscribe", deals=True, last_event_id="1-1")
        reset = json.loads(lost.recv(timeout=30))
        assert reset["type"] == "reset" and place(reset["id"]) > (1, 1), reset
        cut(edge, "sku37", "107.00")
        assert deals_until(lost, "107.00")
    with socket_to(edge) as wrong:
        answer = ask(wrong, type="subscribe", deals=True, last_event_id="yesterday")
        assert answer["type"] == "error" and answer["field"] == "last_event_id"


def test_a_websocket_is_for_pages_that_may_connect(edge):
    host = f"127.0.0.1:{edge.port()}"
    with socket_to(edge, origin=f"http://{host}"):
        pass
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        socket_to(edge, origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403
    answer = edge.ask("/v1/live")
    assert answer.status == 426 and answer.headers["upgrade"] == "websocket"


def test_too_much_from_a_websocket_closes_it(edge):
    for message, code in ((b"x", 1003), ("x" * 5000, 1009)):
        with socket_to(edge) as client:
            client.send(message)
            with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
                client.recv(timeout=10)
            assert closed.value.rcvd.code == code
    with socket_to(edge) as client:
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
            for _ in range(200):
                client.send("{}")
            while True:
                client.recv(timeout=10)
        assert closed.value.rcvd.code == 1008


def test_a_gateway_that_ends_sends_its_clients_elsewhere_and_does_not_wait_for_them(edge):
    streams = [listen(edge, "edge2") for _ in range(10)]
    with socket_to(edge, "edge2") as client:
        ask(client, type="subscribe", deals=True)
        start = time.monotonic()
        edge.mesh.stop("edge2")
        taken = time.monotonic() - start
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
            client.recv(timeout=10)
        assert closed.value.rcvd.code == 1001
    edge.mesh.start_service("edge", name="edge2")
    for stream in streams:
        assert stream.ended.wait(10) and 500 <= stream.retry <= 8000
    assert taken < 6, f"the end took {taken:.1f} s"
