"""gRPC and gRPC-Web on the public port: reads for everyone, and nothing else."""

import base64
import http.client
import json
import struct
import threading
import time

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import contracts
import meshkit
from meshes import eventually

pytestmark = pytest.mark.timeout(300)

CATALOG, PRICING = "fiyatradari.catalog.v1.CatalogService", "fiyatradari.pricing.v1.PricingService"
OPEN = {
    CATALOG: {"GetProduct", "BatchGetProducts", "ListProducts", "SearchProducts", "SuggestProducts", "ListCategories"},
    PRICING: {"GetPrices", "GetPriceHistory", "GetPriceStatistics", "ListDeals", "GetDeal", "StreamDeals"},
}


@pytest.fixture(scope="module")
def protos(tmp_path_factory):
    return contracts.Contracts(tmp_path_factory.mktemp("protos"), meshkit.FILES)


@pytest.fixture
def channel(edge):
    with grpc.insecure_channel(f"127.0.0.1:{edge.port()}") as channel:
        yield channel


def key(edge):
    return [("x-api-key", edge.mesh.load_key)]


def test_reads_are_answered_over_the_public_port(edge, protos, channel):
    catalog, pricing = protos.stub(channel, CATALOG), protos.stub(channel, PRICING)
    id = int(edge.product("sku30"))
    product = catalog.GetProduct(protos.message("fiyatradari.catalog.v1.GetProductRequest")(id=id), metadata=key(edge))
    assert product.id == id and product.price.price.minor_units == 13000
    found = catalog.SearchProducts(protos.message("fiyatradari.catalog.v1.SearchProductsRequest")(
        query="kulaklik"), metadata=key(edge), compression=grpc.Compression.Gzip)
    assert len(found.products) == 20
    prices = pricing.GetPrices(protos.message("fiyatradari.pricing.v1.GetPricesRequest")(
        product_ids=[id]), metadata=key(edge))
    assert prices.prices[0].price.minor_units == 13000
    with pytest.raises(grpc.RpcError) as missing:
        catalog.GetProduct(protos.message("fiyatradari.catalog.v1.GetProductRequest")(id=10**9), metadata=key(edge))
    assert missing.value.code() == grpc.StatusCode.NOT_FOUND and missing.value.details()
    with pytest.raises(grpc.RpcError) as wrong:
        catalog.ListProducts(protos.message("fiyatradari.catalog.v1.ListProductsRequest")(
            page={"size": 5000}), metadata=key(edge))
    assert wrong.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "page.size" in wrong.value.details()


def test_deals_stream_until_the_gateway_ends(edge, protos, channel):
    pricing = protos.stub(channel, PRICING)
    call = pricing.StreamDeals(protos.message("fiyatradari.pricing.v1.StreamDealsRequest")(), metadata=key(edge))
    deals, ends = [], []

    def read():
        try:
            for response in call:
                if response.HasField("deal"):
                    deals.append(response.deal)
        except grpc.RpcError as error:
            ends.append(error.code())
    thread = threading.Thread(target=read)
    thread.start()
    prices = iter(range(9900, 5000, -400))

    def cut():
        edge.push({"sku31": f"{next(prices) / 100:.2f}"})
        time.sleep(1.1)  # a moment has one price
        return deals
    eventually("a deal comes", cut)
    assert edge.metric("edge_live_clients") >= 1
    start = time.monotonic()
    edge.mesh.stop("edge")
    thread.join(10)
    edge.mesh.start_service("edge")
    assert ends == [grpc.StatusCode.UNAVAILABLE] and time.monotonic() - start < 30


def test_only_the_public_reads_exist(edge, protos, channel):
    tried = 0
    for _, full in meshkit.SERVICES.values():
        for method in protos.service(full).methods:
            if method.name in OPEN.get(full, ()):
                continue
            call = channel.unary_unary(f"/{full}/{method.name}")
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", metadata=key(edge))
            assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED, f"{full}/{method.name}"
            tried += 1
    assert tried >= 30
    for full, names in OPEN.items():
        assert names <= {method.name for method in protos.service(full).methods}


def test_health_and_reflection_are_there(channel):
    status = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status
    assert status == health_pb2.HealthCheckResponse.SERVING
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    answer = next(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")])))
    names = {service.name for service in answer.list_services_response.service}
    assert {CATALOG, PRICING} <= names and not any("Notifier" in name or "Scheduler" in name for name in names)


def test_calls_are_limited_by_address(edge, protos, channel):
    catalog = protos.stub(channel, CATALOG)
    request = protos.message("fiyatradari.catalog.v1.GetProductRequest")(id=1)
    codes = set()
    for _ in range(400):
        try:
            catalog.GetProduct(request)
        except grpc.RpcError as error:
            codes.add(error.code())
            if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
                assert "try again" in error.details()
                break
    assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes


def test_a_key_has_limits_of_its_own_until_it_is_revoked(edge, protos, channel):
    email, password = "grpc@example.com", "correct horse battery"

    def ask(method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return edge.ask(path, method=method, headers=headers, body=body and json.dumps(body))
    assert ask("POST", "/v1/accounts", {"email": email, "password": password}).status == 202
    # As if the mail's link had been followed.
    eventually("the account is there", lambda: edge.mesh.sql(
        f"UPDATE edge.account SET verified_at = now() WHERE email_key = '{email}' RETURNING id", "fiyatradari"))
    session = ask("POST", "/v1/sessions", {"email": email, "password": password})
    assert session.status == 201, session.body
    token = session.json["token"]
    made = ask("POST", "/v1/api-keys", {"name": "grpc", "scopes": ["alerts"]}, token)
    assert made.status == 201, made.body
    catalog = protos.stub(channel, CATALOG)
    request = protos.message("fiyatradari.catalog.v1.GetProductRequest")(id=int(edge.product("sku30")))

    def code(*metadata):
        try:
            catalog.GetProduct(request, metadata=metadata)
            return None
        except grpc.RpcError as error:
            return error.code()

    def used_up(*metadata):
        codes = [code(*metadata) for _ in range(60)]
        return codes.count(None), grpc.StatusCode.RESOURCE_EXHAUSTED in codes
    # The tier free grants 10 at once and 2 a second, whatever the address has used.
    while code() is None:
        pass
    by_key = ("x-api-key", made.json["key"])
    granted, refused = used_up(by_key)
    assert granted >= 10 and refused, granted
    changed = edge.as_admin("PATCH", f"/v1/admin/keys/{made.json['apiKey']['id']}", {"tier": "KEY_TIER_PARTNER"})
    assert changed.status == 200, changed.body
    eventually("the key has another tier", lambda: used_up(("authorization", f"Bearer {made.json['key']}"))[0] == 60)
    assert ask("DELETE", f"/v1/api-keys/{made.json['apiKey']['id']}", token=token).status == 204
    with pytest.raises(grpc.RpcError) as revoked:
        catalog.GetProduct(request, metadata=(by_key,))
    assert revoked.value.code() == grpc.StatusCode.UNAUTHENTICATED and "API key" in revoked.value.details()
    # Those who guess are slowed down.
    codes = {code(("x-api-key", f"fk_{number:043}")) for number in range(30)}
    assert codes == {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.RESOURCE_EXHAUSTED}


def test_a_streaming_call_ends_after_its_time_and_goes_on_where_it_was(edge, protos):
    edge.mesh.stop("edge2")
    edge.mesh.start_service("edge", {"LIVE_CALL_LIFETIME": "3s"}, name="edge2")
    try:
        with grpc.insecure_channel(f"127.0.0.1:{edge.port('edge2')}") as channel:
            pricing = protos.stub(channel, PRICING)
            wanted = protos.message("fiyatradari.pricing.v1.StreamDealsRequest")

            def listen(after=None):
                """Positions with the prices of their deals, until the call ends; and how it does."""
                request, got = wanted(), []
                if after is not None:
                    request.after.CopyFrom(after)
                start = time.monotonic()
                try:
                    for response in pricing.StreamDeals(request, metadata=key(edge)):
                        got.append((response.position, response.deal.price.minor_units))
                except grpc.RpcError as error:
                    return got, error.code(), error.details(), time.monotonic() - start
                return got, None, None, time.monotonic() - start
            pushing = threading.Thread(target=lambda: (time.sleep(0.5), edge.push({"sku38": "97.00"})))
            pushing.start()
            got, code, details, seconds = listen()
            pushing.join()
            assert code == grpc.StatusCode.UNAVAILABLE and "call again" in details and 2.5 < seconds < 10
            deals = [position for position, price in got if price == 9700]
            assert deals, got
            # What happens between two calls is told by the second one.
            edge.push({"sku39": "96.00"})
            got, code, _, _ = listen(deals[-1])
            prices = [price for _, price in got if price]
            assert 9600 in prices and 9700 not in prices and code == grpc.StatusCode.UNAVAILABLE
    finally:
        edge.mesh.stop("edge2")
        edge.mesh.start_service("edge", name="edge2")


def frames(body):
    """The messages and the trailers of a gRPC-Web body."""
    messages, trailers = [], {}
    while body:
        flag, length = struct.unpack(">BI", body[:5])
        payload, body = body[5:5 + length], body[5 + length:]
        assert len(payload) == length
        if flag & 0x80:
            trailers = dict(line.split(": ", 1) for line in payload.decode().strip().split("\r\n"))
        else:
            messages.append(payload)
    return messages, trailers


def web(edge, path, message, text=False, origin=None):
    framed = struct.pack(">BI", 0, len(message)) + message
    kind = "application/grpc-web-text" if text else "application/grpc-web+proto"
    headers = {"Content-Type": kind, "X-Grpc-Web": "1", "X-User-Agent": "test", "Grpc-Timeout": "10S",
               "X-Api-Key": edge.mesh.load_key}
    if origin:
        headers["Origin"] = origin
    connection = http.client.HTTPConnection("127.0.0.1", edge.port(), timeout=30)
    connection.request("POST", path, base64.b64encode(framed) if text else framed, headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200 and response.getheader("content-type").startswith(kind.removesuffix("+proto"))
    if text:
        # Each piece is padded by itself.
        body = b"".join(base64.b64decode(body[start:start + 4]) for start in range(0, len(body), 4))
    return frames(body)


@pytest.mark.parametrize("text", [False, True])
def test_pages_call_by_grpc_web(edge, protos, text):
    id = int(edge.product("sku32"))
    request = protos.message("fiyatradari.catalog.v1.GetProductRequest")
    messages, trailers = web(edge, f"/{CATALOG}/GetProduct", request(id=id).SerializeToString(), text)
    product = protos.message("fiyatradari.catalog.v1.Product").FromString(messages[0])
    assert len(messages) == 1 and product.id == id and trailers == {"grpc-status": "0"}
    messages, trailers = web(edge, f"/{CATALOG}/GetProduct", request(id=10**9).SerializeToString(), text)
    assert messages == [] and trailers["grpc-status"] == "5" and trailers["grpc-message"]
    _, trailers = web(edge, f"/{CATALOG}/CreateProduct", b"", text)
    assert trailers["grpc-status"] == "12"


def test_native_grpc_needs_http2(edge):
    answer = edge.ask(f"/{CATALOG}/GetProduct", method="POST", headers={"Content-Type": "application/grpc"}, body=b"")
    assert answer.status == 505
