import HTTPTypes
import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@testable import EdgeGateway

@Suite("What operators do at the gateway")
struct AdminTests {
  @Test("Operators see the status, pause and resume jobs, and have listings checked")
  func admin() async throws {
    let gateway = try GatewayFixture()
    let status = try await gateway.asAdmin("GET", "/v1/admin/status")
    #expect(status.status == 200 && status["cache-control"] == "no-store")
    #expect(status.body.hasPrefix(#"{"scheduler":{"jobs":[{"name":"price-check""#))
    #expect(status.body.contains(#""notifier":{"#) && status.body.hasSuffix(#""errors":{}}"#))
    #expect(try await gateway.asAdmin("GET", "/v1/admin/jobs").body.contains("price-check"))
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/price-check/pause").status == 200)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/nothing/pause").status == 404)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/Nothing/pause").status == 400)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/notify/pause").body.contains(#""paused":true"#))
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/resume").status == 200)
    #expect(gateway.services.last(NotifierV1.PauseSendingRequest.self)?.paused == false)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/listings/11/check").status == 202)
    #expect(gateway.services.last(PricingV1.CheckNowRequest.self)?.listingId == 11)
    gateway.services.fail(with: RPCError(code: .unavailable, message: "x"))
    let away = try await gateway.asAdmin("GET", "/v1/admin/status")
    #expect(away.status == 200 && away.body.contains(#""errors":{"scheduler":"a service that is needed is away"#))
  }

  @Test("Services are told with readiness, version and lag; one that is away has a reason")
  func services() async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.asAdmin("GET", "/v1/admin/services")
    #expect(reply.status == 200)
    #expect(reply.body.contains(#"{"name":"edge","ready":false,"version":"0.1.0"}"#))
    #expect(reply.body.contains(#"{"name":"catalog","ready":true,"version":"9.8.7","answeredInMilliseconds":"#))
    #expect(reply.body.contains(#""lagMilliseconds":1250}"#))
    gateway.services.fail(with: RPCError(code: .unavailable, message: "x"))
    let away = try await gateway.asAdmin("GET", "/v1/admin/services")
    #expect(away.status == 200)
    #expect(away.body.contains(#"{"name":"notifier","ready":false,"reason":"a service that is needed is away"#))
  }

  @Test("A source is changed in what the body names, and keeps the rest")
  func sources() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.asAdmin("GET", "/v1/admin/sources").body.contains(#""name":"shop.example""#))
    #expect(try await gateway.asAdmin("GET", "/v1/admin/sources/shop.example").body.contains(#""dailyBudget":1000"#))
    #expect(try await gateway.asAdmin("GET", "/v1/admin/sources/other.example").status == 404)
    let path = "/v1/admin/sources/shop.example"
    #expect(try await gateway.asAdmin("PATCH", path, body: #"{"dailyBudget":0,"paused":true}"#).status == 200)
    let sent = try #require(gateway.services.last(PricingV1.UpdateSourceRequest.self)?.source)
    #expect(sent.dailyBudget == 0 && sent.paused && sent.rateMillihertz == 500 && sent.concurrency == 2)
    for (body, field) in [
      (#"{"name":"x"}"#, "name"), (#"{"rateMillihertz":-1}"#, "rateMillihertz"),
      (#"{"rateMillihertz":2000000}"#, "rate_millihertz"),
    ] {
      let wrong = try await gateway.asAdmin("PATCH", path, body: body)
      #expect(wrong.status == 400 && wrong.body.contains("\"field\":\"\(field)\""), "\(wrong.body)")
    }
    #expect(try await gateway.asAdmin("PATCH", path, body: "{}").status == 400)
    #expect(try await gateway.asAdmin("PATCH", "/v1/admin/sources/other", body: #"{"paused":true}"#).status == 404)
  }

  @Test("Runs are listed by job, listing and outcome, part by part")
  func runs() async throws {
    let gateway = try GatewayFixture()
    let path = "/v1/admin/runs?job=price-check&listing=21&outcome=not_modified&limit=5&page_token=abc_-"
    let reply = try await gateway.asAdmin("GET", path)
    #expect(reply.status == 200 && reply.body.contains(#""nextPageToken":"bmV4dA""#))
    let sent = try #require(gateway.services.last(PricingV1.ListRunsRequest.self))
    #expect(sent.job == "price-check" && sent.listingId == 21 && sent.outcome == .notModified)
    #expect(sent.page == CommonV1.Page(size: 5, token: "abc_-"))
    #expect(try await gateway.asAdmin("GET", "/v1/admin/runs?outcome=lost").status == 400)
  }

  @Test("Overdue listings are listed by job, as many as are wanted")
  func overdue() async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.asAdmin("GET", "/v1/admin/listings/overdue?job=price-check&limit=7")
    #expect(reply.status == 200 && reply.body.contains(#""listingId":"21""#))
    let sent = try #require(gateway.services.last(PricingV1.ListOverdueRequest.self))
    #expect(sent.job == "price-check" && sent.limit == 7)
    #expect(try await gateway.asAdmin("GET", "/v1/admin/listings/overdue?job=notify").status == 400)
  }

  @Test("A product is made, changed in what the body names, and retired")
  func products() async throws {
    let gateway = try GatewayFixture()
    let body =
      #"{"title":"X","attributes":{"color":"red"},"listings":[{"shop":"a","externalId":"1","currency":"TRY"}]}"#
    let created = try await gateway.asAdmin("POST", "/v1/admin/products", body: body)
    #expect(created.status == 201, "\(created.body)")
    let made = try #require(gateway.services.last(CatalogV1.CreateProductRequest.self)?.product)
    #expect(made.title == "X" && made.attributes == ["color": "red"] && made.listings.map(\.externalId) == ["1"])
    for (body, field) in [
      (#"{"title":""}"#, "title"), (#"{"id":"5","title":"x"}"#, "id"), (#"{"price":{}}"#, "price"),
      (#"{"title":7}"#, "title"), (#"{"priority":"PRIORITY_CLASS_NONE","title":"x"}"#, "priority"),
    ] {
      let wrong = try await gateway.asAdmin("POST", "/v1/admin/products", body: body)
      #expect(wrong.status == 400 && wrong.body.contains("\"field\":\"\(field)\""), "\(wrong.body)")
    }
    let change = #"{"imageUrl":"https://x.test/i","brand":"","version":"2"}"#
    #expect(try await gateway.asAdmin("PATCH", "/v1/admin/products/7", body: change).status == 200)
    let update = try #require(gateway.services.last(CatalogV1.UpdateProductRequest.self))
    #expect(update.updateMask?.paths == ["brand", "image_url"] && update.expectedVersion == 2)
    #expect(update.product?.id == 7)
    let late = try await gateway.asAdmin("PATCH", "/v1/admin/products/7", body: #"{"title":"y","version":"3"}"#)
    #expect(late.status == 409 && late.body.contains("version 4"))
    for body in ["{}", #"{"version":"2"}"#, #"{"title":"y","version":"-1"}"#, #"{"listings":[]}"#] {
      #expect(try await gateway.asAdmin("PATCH", "/v1/admin/products/7", body: body).status == 400)
    }
    #expect(try await gateway.asAdmin("DELETE", "/v1/admin/products/7").status == 204)
    let retired = try #require(gateway.services.last(CatalogV1.UpdateProductRequest.self))
    #expect(retired.product?.status == .retired && retired.updateMask?.paths == ["status"])
    #expect(try await gateway.asAdmin("DELETE", "/v1/admin/products/8").status == 404)
  }

  @Test("Listings are added and removed, and checked one by one or all of a product")
  func listings() async throws {
    let gateway = try GatewayFixture()
    let body = #"{"shop":"a","externalId":"9","url":"https://a.test/9","currency":"TRY","source":"page"}"#
    #expect(try await gateway.asAdmin("POST", "/v1/admin/products/7/listings", body: body).status == 201)
    let added = try #require(gateway.services.last(CatalogV1.AddListingRequest.self)?.listing)
    #expect(added.productId == 7 && added.externalId == "9" && added.source == "page")
    let wrong = try await gateway.asAdmin("POST", "/v1/admin/products/7/listings", body: #"{"productId":"8"}"#)
    #expect(wrong.status == 400 && wrong.body.contains(#""field":"productId""#))
    #expect(try await gateway.asAdmin("DELETE", "/v1/admin/listings/11").status == 204)
    #expect(gateway.services.last(CatalogV1.RemoveListingRequest.self)?.id == 11)
    let checked = try await gateway.asAdmin("POST", "/v1/admin/products/7/check")
    #expect(checked.status == 202)
    #expect(
      checked.body == #"{"listings":[{"listingId":"11","due":true},{"listingId":"12","due":false,"#
        + #""reason":"the prices of listing 12 are pushed"}]}"#)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/products/8/check").status == 404)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/listings/12/check").status == 409)
  }

  @Test("Everyone's deliveries are listed, and a parked one is sent again")
  func deliveries() async throws {
    let gateway = try GatewayFixture()
    let path = "/v1/admin/deliveries?state=parked&subscriber=mail:ayse@example.com&limit=3&page_token=b9"
    #expect(try await gateway.asAdmin("GET", path).status == 200)
    let sent = try #require(gateway.services.last(NotifierV1.ListDeliveriesRequest.self))
    #expect(sent.state == .parked && sent.subscriber == "mail:ayse@example.com")
    #expect(sent.page == CommonV1.Page(size: 3, token: "b9"))
    let retried = try await gateway.asAdmin("POST", "/v1/admin/deliveries/5/retry")
    #expect(retried.status == 202 && retried.body.contains(#""state":"DELIVERY_STATE_PENDING""#))
    #expect(try await gateway.asAdmin("POST", "/v1/admin/deliveries/6/retry").status == 409)
  }

  @Test("A flush without Redis forgets this gateway's answers, and says that it is alone")
  func flush() async throws {
    let gateway = try GatewayFixture()
    for _ in 0..<2 { #expect(try await gateway.get("/v1/products/7").status == 200) }
    #expect(gateway.services.requestCount == 1 && gateway.parts.cache.table.count == 1)
    let flushed = try await gateway.asAdmin("POST", "/v1/admin/cache/flush")
    #expect(flushed.status == 200 && flushed.body.hasPrefix(#"{"everywhere":false,"reason":"Redis is away"#))
    #expect(gateway.parts.cache.table.count == 0)
  }

  @Test("Nobody but operators is let in")
  func access() async throws {
    let gateway = try GatewayFixture()
    let routes = gateway.routes.filter { $0.pattern.hasPrefix("/v1/admin/") }
    #expect(routes.count >= 20)
    for route in routes {
      let path = route.pattern.replacing("{id}", with: "7").replacing("{name}", with: "x")
      #expect(try await gateway.send(route.method.rawValue, path).status == 401, "\(route.operation)")
      #expect(try await gateway.asSubscriber(route.method.rawValue, path).status == 403, "\(route.operation)")
    }
    #expect(gateway.services.requestCount == 0)
  }
}
