import EdgeGateway
import HTTPTypes
import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@Suite("The gateway over its services")
struct GatewayTests {
  @Test("A list of products: filters reach the catalog, money is readable, the next part has a token")
  func products() async throws {
    let gateway = try GatewayFixture()
    let path =
      "/v1/products?category=elektronik/kulaklik&brand=X&shop=shop-a&external_id=B0&status=retired&currency=TRY"
      + "&min_price=10&max_price=1299.90&min_discount=500&on_sale=true&sort=-price&limit=5&page_token=abc_-"
    let reply = try await gateway.get(path)
    #expect(reply.status == 200)
    #expect(reply["content-type"] == "application/json")
    #expect(reply.body.contains(#""price":{"amount":"1299.00","currency":"TRY"}"#))
    #expect(reply.body.contains(#""id":"7","title":"Kulaklık \"X\" "#))
    #expect(reply.body.contains(#""nextPageToken":"bmV4dA""#))
    let request = try #require(gateway.services.last(CatalogV1.ListProductsRequest.self))
    let filter = try #require(request.filter)
    #expect(filter.category == "elektronik/kulaklik" && filter.brand == "X" && filter.shop == "shop-a")
    #expect(filter.externalId == "B0" && filter.status == .retired && filter.currency == "TRY" && filter.onSale)
    #expect(filter.minPrice == 1000 && filter.maxPrice == 129_990)
    #expect(filter.minDiscountBasisPoints == 500 && request.order == .priceDescending)
    #expect(request.page == CommonV1.Page(size: 5, token: "abc_-"))
  }

  @Test("Without filters the defaults are asked for")
  func defaults() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/v1/products").status == 200)
    let request = try #require(gateway.services.last(CatalogV1.ListProductsRequest.self))
    #expect(request.filter == .with { $0.status = .active } && request.order == .newest)
    #expect(request.page?.size == 20 && !request.includeListings)
    #expect(try await gateway.get("/v1/products?listings=true").status == 200)
    #expect(gateway.services.last(CatalogV1.ListProductsRequest.self)?.includeListings == true)
    #expect(try await gateway.get("/v1/products?sort=price").status == 200)
    #expect(gateway.services.last(CatalogV1.ListProductsRequest.self)?.filter?.currency == "TRY")
  }

  @Test(
    "Every public read answers with JSON, a tag and how long it stays fresh",
    arguments: [
      "/v1/products", "/v1/products/7", "/v1/products/7/history?days=30", "/v1/products/7/statistics",
      "/v1/products/7/statistics?listing=11&as_of=2026-05-01T12:00:00%2B03:00", "/v1/products/7/deals",
      "/v1/search?q=kulaklik", "/v1/suggest?q=kul", "/v1/categories", "/v1/deals?verdict=genuine&sort=newest",
      "/v1/deals/3", "/openapi.json",
    ])
  func reads(path: String) async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.get(path, [("x-request-id", "req-1")])
    #expect(reply.status == 200, "\(reply.body)")
    #expect(reply["content-type"] == "application/json")
    #expect(reply["cache-control"]?.hasPrefix("public, max-age=") == true)
    #expect(reply["x-request-id"] == "req-1")
    #expect(reply["x-content-type-options"] == "nosniff")
    let tag = try #require(reply["etag"])
    let again = try await gateway.get(path, [("if-none-match", "\"other\", \(tag)")])
    #expect(again.status == 304 && again.body.isEmpty && again["etag"] == tag)
    #expect(try await gateway.get(path, [("if-none-match", "\"other\"")]).status == 200)
    let head = try await gateway.send("HEAD", path)
    #expect(head.status == 200 && head.body.isEmpty)
    #expect(head["content-length"] == String(reply.body.utf8.count) && head["etag"] == tag)
  }

  @Test("History and statistics ask for the right times and listings")
  func prices() async throws {
    let gateway = try GatewayFixture()
    let history = try await gateway.get("/v1/products/7/history?days=2&listing=12")
    #expect(history.body.contains(#""listingId":"12""#) && !history.body.contains(#""listingId":"11""#))
    let request = try #require(gateway.services.last(PricingV1.GetPriceHistoryRequest.self))
    #expect(request.subject == .productId(7) && request.from?.seconds == 1_764_000_000 - 2 * 86_400)
    #expect(request.resolution == .unspecified)
    #expect(try await gateway.get("/v1/products/7/history?days=36500&resolution=changes").status == 200)
    #expect(gateway.services.last(PricingV1.GetPriceHistoryRequest.self)?.resolution == .changes)
    #expect(try await gateway.get("/v1/products/7/history?listing=13").status == 404)
    #expect(try await gateway.get("/v1/products/7/statistics?listing=11&as_of=2026-05-01T12:00:00Z").status == 200)
    let statistics = try #require(gateway.services.last(PricingV1.GetPriceStatisticsRequest.self))
    #expect(statistics.subject == .listingId(11) && statistics.asOf?.seconds == 1_777_636_800)
    #expect(try await gateway.get("/v1/products/8/statistics?listing=11").status == 404)
    #expect(try await gateway.get("/v1/products/7/deals").status == 200)
    #expect(gateway.services.last(PricingV1.ListDealsRequest.self)?.filter?.productId == 7)
  }

  @Test(
    "Bad input is refused, the parameter is named, and no service is asked",
    arguments: [
      ("/v1/products?limit=0", "limit"), ("/v1/products?limit=201", "limit"), ("/v1/products?limit=x", "limit"),
      ("/v1/products?limit=5&limit=6", "limit"), ("/v1/products?page_token=%22", "page_token"),
      ("/v1/products?page_token=", "page_token"), ("/v1/products?sort=relevance", "sort"),
      ("/v1/products?min_price=-1", "min_price"), ("/v1/products?min_price=1.005&currency=TRY", "min_price"),
      ("/v1/products?max_price=1.5&currency=JPY", "max_price"), ("/v1/products?min_price=2&max_price=1", "max_price"),
      ("/v1/products?currency=try", "currency"), ("/v1/products?shop=A", "shop"),
      ("/v1/products?external_id=1", "shop"), ("/v1/products?status=gone", "status"),
      ("/v1/products?on_sale=1", "on_sale"), ("/v1/products?min_discount=10001", "min_discount"),
      ("/v1/products?category=%ff", "category"), ("/v1/products?category=a%0Ab", "category"),
      ("/v1/products?foo=1", "foo"), ("/v1/products/x", "id"), ("/v1/products/0", "id"),
      ("/v1/products/99999999999999999999", "id"), ("/v1/products/7?foo=1", "foo"),
      ("/v1/products/7/history?days=0", "days"), ("/v1/products/7/history?listing=-1", "listing"),
      ("/v1/products/7/statistics?as_of=yesterday", "as_of"),
      ("/v1/products/7/statistics?as_of=2026-02-30T00:00:00Z", "as_of"), ("/v1/search", "q"), ("/v1/search?q=", "q"),
      ("/v1/suggest?q=a&limit=21", "limit"), ("/v1/deals?verdict=maybe", "verdict"), ("/v1/deals/abc", "id"),
    ])
  func badInput(path: String, field: String) async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.get(path)
    #expect(reply.status == 400, "\(reply.body)")
    #expect(reply["content-type"] == "application/problem+json")
    #expect(reply["cache-control"] == "no-store")
    #expect(reply.body.contains(#""status":400"#) && reply.body.contains(#""field":"\#(field)""#), "\(reply.body)")
    #expect(gateway.services.requestCount == 0)
  }

  @Test("A huge query is refused, as is a long search, and a path that is no text")
  func hugeInput() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/v1/search?q=" + String(repeating: "a", count: 9000)).status == 414)
    #expect(try await gateway.get("/v1/search?q=" + String(repeating: "a", count: 201)).status == 400)
    #expect(try await gateway.get("/v1/search?q=" + String(repeating: "%C5%9F", count: 200)).status == 200)
    #expect(try await gateway.get("/v1/products/%ff").status == 400)
    #expect(try await gateway.get("/v1/prod\u{1}ucts").status == 400)
    #expect(try await gateway.get("/v1/nothing").status == 404)
  }

  @Test("A token that the service does not know is a bad page_token")
  func foreignToken() async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.get("/v1/products?page_token=AAAA")
    #expect(reply.status == 400)
    #expect(
      reply.body.contains(
        #""detail":"page_token: is not one of this list","code":"invalid_parameter","field":"page_token""#))
  }

  @Test("Methods: the wrong one is told which are right, OPTIONS lists them")
  func methods() async throws {
    let gateway = try GatewayFixture()
    let wrong = try await gateway.send("POST", "/v1/products")
    #expect(wrong.status == 405 && wrong["allow"] == "GET, HEAD, OPTIONS")
    let options = try await gateway.send("OPTIONS", "/v1/alerts/3")
    #expect(options.status == 204 && options["allow"] == "DELETE, OPTIONS, PATCH" && options.body.isEmpty)
    #expect(try await gateway.send("OPTIONS", "/nothing").status == 404)
  }

  @Test(
    "Statuses of services become statuses of HTTP in one way, and nothing from inside shows",
    arguments: [
      (RPCError.Code.invalidArgument, 400), (.outOfRange, 400), (.notFound, 404), (.alreadyExists, 409),
      (.aborted, 409),
      (.failedPrecondition, 409), (.permissionDenied, 403), (.resourceExhausted, 429), (.unimplemented, 501),
      (.unavailable, 503), (.deadlineExceeded, 504), (.internal, 500), (.unknown, 500), (.dataLoss, 500),
      (.unauthenticated, 500),
    ])
  func statuses(code: RPCError.Code, status: Int) async throws {
    let gateway = try GatewayFixture()
    gateway.services.fail(with: RPCError(code: code, message: "relation \"secret\" at 10.0.0.1"))
    let reply = try await gateway.get("/v1/deals")
    #expect(reply.status == status)
    if status >= 500 || status == 403 || status == 429 { #expect(!reply.body.contains("10.0.0.1")) }
    if status == 429 || status == 503 { #expect(reply["retry-after"] == "1") }
    #expect(reply["etag"] == nil)
  }

  @Test("Request id and trace are sent on to the services")
  func propagation() async throws {
    let gateway = try GatewayFixture()
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    let given = try await gateway.get(
      "/v1/deals", [("x-request-id", "req-7"), ("traceparent", "00-\(trace)-00f067aa0ba902b7-01")])
    #expect(given["x-request-id"] == "req-7")
    #expect(gateway.services.lastMetadata?["x-request-id"] == "req-7")
    #expect(gateway.services.lastMetadata?["traceparent"]?.hasPrefix("00-\(trace)-") == true)
    let replaced = try await gateway.get("/v1/deals?limit=5", [("x-request-id", "bad id!")])
    #expect(replaced["x-request-id"]?.utf8.count == 16)
    #expect(gateway.services.lastMetadata?["x-request-id"] == replaced["x-request-id"])
  }
}

@Suite("The gateway's private parts")
struct GatewayAccessTests {
  @Test(
    "Without a valid token nobody gets in",
    arguments: ["/v1/channels", "/v1/alerts", "/v1/deliveries", "/v1/admin/status", "/v1/admin/jobs"])
  func closed(path: String) async throws {
    let gateway = try GatewayFixture()
    for fields in [[], [("authorization", "Bearer wrong-wrong-wrong-wrong")], [("authorization", "Basic YTpi")]] {
      let reply = try await gateway.get(path, fields)
      #expect(reply.status == 401)
      #expect(reply["www-authenticate"] == "Bearer realm=\"fiyatradari\"")
    }
    #expect(gateway.services.requestCount == 0)
  }

  @Test("Subscribers are no operators, and operators no subscribers")
  func separated() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.asSubscriber("GET", "/v1/admin/status").status == 403)
    #expect(try await gateway.asAdmin("GET", "/v1/alerts").status == 403)
  }

  @Test("Channels: listed, added, verified, tested, removed, all in the subscriber's name")
  func channels() async throws {
    let gateway = try GatewayFixture()
    let list = try await gateway.asSubscriber("GET", "/v1/channels")
    #expect(list.status == 200 && list["cache-control"] == "private, no-cache")
    #expect(list.body.contains(#""subscriber":"ayse""#))
    let body = #"{"kind":"CHANNEL_KIND_WEBHOOK","address":"https://example.com/hook"}"#
    let added = try await gateway.asSubscriber("POST", "/v1/channels", body: body)
    #expect(added.status == 201 && added.body.contains(#""signingSecret":"s""#) && added["cache-control"] == "no-store")
    let request = try #require(gateway.services.last(NotifierV1.RegisterChannelRequest.self))
    #expect(request.subscriber == "ayse" && request.kind == .webhook)
    let verified = try await gateway.asSubscriber("POST", "/v1/channels/5/verify", body: #"{"code":"123456"}"#)
    #expect(verified.status == 200)
    #expect(gateway.services.last(NotifierV1.VerifyChannelRequest.self)?.code == "123456")
    #expect(try await gateway.asSubscriber("POST", "/v1/channels/5/test").status == 202)
    #expect(gateway.services.last(NotifierV1.SendTestRequest.self)?.channelId == 5)
    let removed = try await gateway.asSubscriber("DELETE", "/v1/channels/5")
    #expect(removed.status == 204 && removed.body.isEmpty)
    #expect(gateway.services.last(NotifierV1.RemoveChannelRequest.self)?.subscriber == "ayse")
  }

  @Test("Alerts: made, changed by what the body names, removed; deliveries listed")
  func alerts() async throws {
    let gateway = try GatewayFixture()
    let body = #"{"productId":"7","targetPrice":{"price":{"amount":"999.90","currency":"TRY"}},"label":"x"}"#
    let made = try await gateway.asSubscriber("POST", "/v1/alerts", body: body)
    #expect(made.status == 201, "\(made.body)")
    let alert = try #require(gateway.services.last(NotifierV1.CreateAlertRequest.self)?.alert)
    #expect(alert.subscriber == "ayse" && alert.subject == .productId(7))
    #expect(alert.rule == .targetPrice(.with { $0.price = .init(currency: "TRY", minorUnits: 99_990) }))
    let changed = try await gateway.asSubscriber(
      "PATCH", "/v1/alerts/4", body: #"{"paused":true,"anyChange":{},"quiet_hours":{"startMinute":60}}"#)
    #expect(changed.status == 200, "\(changed.body)")
    let update = try #require(gateway.services.last(NotifierV1.UpdateAlertRequest.self))
    #expect(update.alert?.id == 4 && update.updateMask?.paths == ["paused", "quiet_hours", "rule"])
    #expect(try await gateway.asSubscriber("DELETE", "/v1/alerts/4").status == 204)
    #expect(try await gateway.asSubscriber("GET", "/v1/deliveries?state=parked&alert=4").status == 200)
    let deliveries = try #require(gateway.services.last(NotifierV1.ListDeliveriesRequest.self))
    #expect(deliveries.subscriber == "ayse" && deliveries.state == .parked && deliveries.alertId == 4)
  }

  @Test(
    "Bad bodies are refused with the field named, and nothing is done",
    arguments: [
      ("", 400, nil), ("{", 400, nil), ("[]", 400, nil), ("{}", 400, "rule"),
      (#"{"anyChange":{},"id":"1"}"#, 400, "id"),
      (#"{"anyChange":{},"subscriber":"can"}"#, 400, "subscriber"), (#"{"anyChange":{},"foo":1}"#, 400, "foo"),
      (#"{"anyChange":{},"label":1}"#, 400, "label"),
      (#"{"targetPrice":{"price":{"amount":"1.005","currency":"TRY"}}}"#, 400, "targetPrice.price.amount"),
      (#"{"targetPrice":{"price":{"amount":1,"currency":"TRY"}}}"#, 400, "targetPrice.price.amount"),
      (#"{"targetPrice":{"price":{"amount":"1","currency":"tl"}}}"#, 400, "targetPrice.price.currency"),
      (#"{"anyChange":{},"backInStock":{}}"#, 400, "backInStock"),
    ] as [(String, Int, String?)])
  func badBodies(body: String, status: Int, field: String?) async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.asSubscriber("POST", "/v1/alerts", body: body)
    #expect(reply.status == status)
    #expect(reply.body.contains(#""code":"invalid_body""#), "\(reply.body)")
    if let field { #expect(reply.body.contains(#""field":"\#(field)""#), "\(reply.body)") }
    #expect(gateway.services.requestCount == 0)
  }

  @Test("Large bodies and other types are refused")
  func bodyLimits() async throws {
    let gateway = try GatewayFixture()
    let large = #"{"label":""# + String(repeating: "a", count: 70_000) + #""}"#
    #expect(try await gateway.asSubscriber("POST", "/v1/alerts", body: large).status == 413)
    let fields = [("authorization", "Bearer " + GatewayFixture.token), ("content-type", "text/plain")]
    #expect(try await gateway.send("POST", "/v1/alerts", fields, body: "{}").status == 415)
    let empty = try await gateway.asSubscriber("PATCH", "/v1/alerts/4", body: "{}")
    #expect(empty.status == 400)
  }
}

@Suite("The gateway's pages")
struct GatewayPageTests {
  @Test("The link of a mail leads to a page that asks, and its POST ends the mails, by one click of a mail program too")
  func unsubscribe() async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get("/unsubscribe?token=5-ab")
    #expect(page.status == 200 && page.body.contains(#"<form method="post" action="/unsubscribe?token=5-ab">"#))
    #expect(page["content-security-policy"]?.contains("form-action 'self'") == true)
    #expect(page["cache-control"] == "no-store" && gateway.services.requestCount == 0)
    let fields = [("content-type", "application/x-www-form-urlencoded")]
    let click = try await gateway.send("POST", "/unsubscribe?token=5-ab", fields, body: "List-Unsubscribe=One-Click")
    #expect(click.status == 200 && click.body.contains("no more mails"))
    #expect(gateway.services.last(NotifierV1.UnsubscribeRequest.self)?.token == "5-ab")
    let wrong = try await gateway.send("POST", "/unsubscribe?token=6-ab")
    #expect(wrong.status == 404 && wrong.body.contains("not valid"))
    for path in ["/unsubscribe", "/unsubscribe?token=", "/unsubscribe?token=%22%3E", "/unsubscribe?token=5-AB"] {
      #expect(try await gateway.get(path).status == 400, "\(path)")
    }
  }

  @Test("Health: alive at once, ready when the service says so")
  func health() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/healthz").status == 200)
    let starting = try await gateway.get("/readyz")
    #expect(starting.status == 503 && starting.body.contains(#""ready":false"#))
  }

  @Test("The OpenAPI document is JSON that describes every route, parameter and message that it refers to")
  func openAPI() async throws {
    let gateway = try GatewayFixture()
    let document = try await gateway.get("/openapi.json").body
    let root = try GoogleProtobuf.Struct(json: Array(document.utf8))
    let paths = try #require(root.object("paths"))
    for route in gateway.routes where route.tag != "pages" {
      let operation = try #require(
        paths.object(route.plainPattern)?.object(route.method.rawValue.lowercased()), "\(route.pattern)")
      #expect(operation.string("operationId") == route.operation)
      let names = operation.list("parameters").compactMap { $0.string("name") }
      #expect(names == route.parameters.map(\.name))
      #expect(Set(route.pathParameters) == Set(route.parameters.filter { $0.place == .path }.map(\.name)))
      #expect(operation.object("responses")?.object(String(route.status.code)) != nil)
    }
    #expect(Set(gateway.routes.map(\.operation)).count == gateway.routes.count)
    let described = gateway.routes.filter { $0.tag != "pages" }
    #expect(paths.fields.count == Set(described.map(\.plainPattern)).count)
    let schemas = try #require(root.object("components")?.object("schemas"))
    let references = document.split(separator: "\"#/components/schemas/").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(!references.isEmpty)
    for reference in references { #expect(schemas.fields[String(reference)] != nil, "\(reference)") }
    let money = try #require(schemas.object("CommonV1Money")?.object("properties"))
    #expect(money.fields.keys.sorted() == ["amount", "currency"])
    let product = try #require(schemas.object("CatalogV1Product")?.object("properties"))
    #expect(product.object("createdAt")?.string("format") == "date-time")
    #expect(product.object("id")?.string("format") == "int64")
  }

  @Test("The OpenAPI document tells which refusals follow from what a route is")
  func refusals() async throws {
    func route(
      _ method: HTTPRequest.Method, _ pattern: String, access: Route.Access = .anyone, body: Route.Content? = nil,
      limit: RouteLimit = .api, _ change: (inout Route) -> Void = { _ in }
    ) -> [Int] {
      var route = Route(
        method, pattern, "operation", tag: "", "", access: access, limit: limit, body: body, response: .nothing
      ) { _ in .noContent }
      change(&route)
      return route.refusals.map(\.code)
    }
    #expect(route(.get, "/a") == [400, 414, 429, 500, 501, 503, 504])
    #expect(route(.get, "/a", limit: .exempt) { $0.asksServices = false } == [400, 414])
    #expect(route(.get, "/a/{id}", limit: .exempt) { $0.asksServices = false } == [400, 404, 414])
    #expect(
      route(.post, "/a", access: .admin, body: .anyJSON) { $0.further = [.conflict] }
        == [400, 401, 403, 409, 413, 414, 415, 429, 500, 501, 503, 504])
    #expect(route(.get, "/a") { $0.sameContent = [.serviceUnavailable] } == [400, 414, 429, 500, 501, 504])
  }

  @Test("A message is described as it is sent, with what is always there, and as it is taken, with nothing unknown")
  func directions() async throws {
    let root = try GoogleProtobuf.Struct(json: Array(try await GatewayFixture().get("/openapi.json").body.utf8))
    let schemas = try #require(root.object("components")?.object("schemas"))
    let sent = try #require(schemas.object("NotifierV1QuietHours"))
    #expect(sent.texts("required") == ["startMinute", "endMinute", "timeZone"])
    #expect(sent.fields["additionalProperties"] == nil)
    let taken = try #require(schemas.object("NotifierV1QuietHoursInput"))
    #expect(taken.fields["required"] == nil && taken.fields["additionalProperties"]?.kind == .boolValue(false))
    let deal = try #require(schemas.object("PricingV1Deal"))
    // Objects are left out where they are unset.
    #expect(deal.texts("required").contains("id") && !deal.texts("required").contains("price"))
    let body = try #require(
      root.object("paths")?.object("/v1/alerts")?.object("post")?.object("requestBody")?.object("content")?
        .object("application/json"))
    #expect(body.object("schema")?.list("oneOf").count == 7)
    #expect(body.object("example")?.string("productId") == "1")
  }

  @Test("The page for people has every operation, with its address and a command that fits it")
  func docs() async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get("/docs")
    #expect(page.status == 200 && page["content-security-policy"]?.contains("script") == false)
    for route in gateway.routes where route.tag != "pages" {
      #expect(page.body.contains("<article id=\"\(route.operation)\">"))
      #expect(page.body.contains("<code>\(route.pattern)</code>"))
    }
    #expect(page.body.contains("curl &quot;$GATEWAY/v1/search?q=kulaklik&quot;"))
    #expect(page.body.contains("curl -X PATCH &quot;$GATEWAY/v1/alerts/1&quot;"))
    #expect(page.body.contains("<th scope=\"row\">limit</th>") && page.body.contains("q (required)"))
    #expect(!page.body.contains("<script") && !page.body.contains("style=") && !page.body.contains("http://"))
  }

  @Test("An id has one spelling, a number no plus sign, and characters are counted as JSON schemas do")
  func spellings() async throws {
    let gateway = try GatewayFixture()
    for path in ["/v1/products/07", "/v1/products/0", "/v1/products?limit=%2B5", "/v1/products/9223372036854775808"] {
      #expect(try await gateway.get(path).status == 400, "\(path)")
    }
    // 200 code points that are 100 characters, and one more.
    let accents = String(repeating: "e%CC%81", count: 100)
    #expect(try await gateway.get("/v1/search?q=" + accents).status == 200)
    #expect(try await gateway.get("/v1/search?q=" + accents + "e").status == 400)
  }
}

extension GoogleProtobuf.Struct {
  fileprivate func object(_ name: String) -> GoogleProtobuf.Struct? {
    guard case .structValue(let value) = fields[name]?.kind else { return nil }
    return value
  }

  fileprivate func string(_ name: String) -> String? {
    guard case .stringValue(let value) = fields[name]?.kind else { return nil }
    return value
  }

  fileprivate func texts(_ name: String) -> [String] {
    guard case .listValue(let value) = fields[name]?.kind else { return [] }
    return value.values.compactMap { value in
      guard case .stringValue(let text) = value.kind else { return nil }
      return text
    }
  }

  fileprivate func list(_ name: String) -> [GoogleProtobuf.Struct] {
    guard case .listValue(let value) = fields[name]?.kind else { return [] }
    return value.values.compactMap { value in
      guard case .structValue(let object) = value.kind else { return nil }
      return object
    }
  }
}
