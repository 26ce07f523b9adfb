internal import HTTPTransport
internal import HTTPTypes
internal import NIOCore

/// The market's own site: what arrived, orders of faults, and the stand-ins for Telegram and webhook receivers. What
/// arrived by mail is shown too.
///
/// | path | what it does |
/// |---|---|
/// | `GET /` | shows what arrived |
/// | `GET /api/arrivals` | the same as JSON |
/// | `DELETE /api/arrivals` | forgets it |
/// | `GET /api/state?shop=&product=` | what a shop asks now |
/// | `/bot<token>/<method>` | Telegram's Bot API |
/// | `POST /hooks/<name>` | a webhook receiver |
/// | `POST /admin/faults?shop=&kind=&count=&retry_after=&status=` | orders faults; `DELETE` clears them |
/// | `POST /admin/price?shop=&product=&price=&list_price=` | sets a price; without `price`: out of stock |
/// | `POST /admin/clock?advance=` | moves the market's time on by seconds |
/// | `POST /admin/telegram/message?chat=&name=&text=` | a person writes to the bot |
/// | `POST /admin/telegram/limit?count=&retry_after=` | refuses the next messages with 429 |
/// | `POST /admin/telegram/block?chat=&blocked=` | a person blocks the bot |
/// | `POST /admin/hooks/<name>/secret?secret=` | what signatures are checked with |
/// | `POST /admin/hooks/fail?count=&status=` | lets webhook requests fail |
/// | `POST /admin/mail/faults?kind=&count=&seconds=` | lets mails fail: greylist, refuse, slow, drop, silent |
struct ControlSite: Sendable {
  let world: MarketWorld
  let faults: MarketFaults
  let telegram: TelegramStandIn
  let webhooks: WebhookReceiver
  let mail: MailStandIn
  let shops: [(shop: MarketShop, base: String)]
  let realTime: @Sendable () -> Int64

  private static let maximumBody = 256 * 1_024

  func answer(_ request: HTTPRequest, _ body: HTTPRequestBody, _ writer: HTTPResponseWriter) async throws {
    let target = request.path ?? "/"
    let path = String(target.prefix { $0 != "?" })
    let query = QueryText(target.drop { $0 != "?" }.dropFirst())
    let bytes = Array(try await body.collect(upTo: Self.maximumBody).readableBytesView)
    if path.hasPrefix("/bot") { return try await bot(path, query, request, bytes, writer) }
    if path.hasPrefix("/hooks/"), request.method == .post {
      return hook(String(path.dropFirst(7)), request, bytes, writer)
    }
    switch (request.method, path) {
    case (.get, "/"): Reply.html(writer, page())
    case (.get, "/healthz"): Reply.text(writer, "ok\n")
    case (.get, "/api/arrivals"): Reply.json(writer, arrivals())
    case (.delete, "/api/arrivals"):
      telegram.clear()
      webhooks.clear()
      mail.clear()
      Reply.json(writer, "{}")
    case (.get, "/api/state"): state(query, writer)
    case (.delete, "/admin/faults"):
      faults.clear()
      Reply.json(writer, "{}")
    case (.post, _) where path.hasPrefix("/admin/"): admin(path, query, writer)
    default: Reply.text(writer, "no such page\n", status: 404)
    }
  }

  // MARK: Stand-ins

  private func bot(
    _ path: String, _ query: QueryText, _ request: HTTPRequest, _ body: [UInt8], _ writer: HTTPResponseWriter
  ) async throws {
    let parts = path.dropFirst(4).split(separator: "/", omittingEmptySubsequences: false)
    // 123456:letters-and-digits
    let token = parts.first?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    guard parts.count == 2, token.count == 2, !token[0].isEmpty, token[0].allSatisfy(\.isNumber), !token[1].isEmpty
    else {
      return Reply.json(writer, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", status: 401)
    }
    let arguments: TelegramArguments
    do {
      arguments = try TelegramArguments(
        query: query, contentType: request.headerFields[.contentType] ?? "", body: body)
    } catch {
      return Reply.json(
        writer, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse request body\"}",
        status: 400)
    }
    let answer = await telegram.call(String(parts[1]), arguments, now: realTime())
    Reply.json(writer, answer.json, status: answer.status)
  }

  private func hook(_ name: String, _ request: HTTPRequest, _ body: [UInt8], _ writer: HTTPResponseWriter) {
    func field(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headerFields[$0] } ?? "" }
    let status = webhooks.receive(
      hook: name, body: body, key: field("idempotency-key"), timestamp: field("fiyatradari-timestamp"),
      signature: field("fiyatradari-signature"), now: realTime())
    Reply.json(writer, "{}", status: status)
  }

  // MARK: Orders

  private func admin(_ path: String, _ query: QueryText, _ writer: HTTPResponseWriter) {
    func refuse(_ field: String, _ expected: String) {
      Reply.json(writer, "{\"error\":\(MarkupText.json("\(field): expected \(expected)"))}", status: 400)
    }
    func number(_ name: String, _ standard: Int, _ range: ClosedRange<Int>) -> Int? {
      guard let text = query[name] else { return standard }
      return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
    switch path {
    case "/admin/faults":
      guard let shop = shop(query) else { return refuse("shop", shopNames) }
      guard let kind = query["kind"].flatMap({ MarketFaults.Kind(rawValue: $0) }) else {
        return refuse("kind", MarketFaults.Kind.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard let count = number("count", 1, 0...1_000_000) else { return refuse("count", "0 to 1,000,000") }
      guard let after = number("retry_after", 1, 0...86_400) else { return refuse("retry_after", "seconds to 86,400") }
      guard let status = number("status", 500, 200...599) else { return refuse("status", "200 to 599") }
      faults.order(MarketFaults.Order(kind: kind, count: count, retryAfter: after, status: status), at: shop)
    case "/admin/price":
      guard let shop = shop(query) else { return refuse("shop", shopNames) }
      guard let product = query["product"].flatMap({ world.product($0, in: shop) }) else {
        return refuse("product", "an id of the shop")
      }
      guard let price = units(query["price"]), let list = units(query["list_price"]) else {
        return refuse("price", "an amount such as 1299.00, or none")
      }
      faults.set(
        MarketState(price: price.value, listPrice: list.value, isInStock: price.value != nil, isGlitch: false),
        of: product, at: shop)
    case "/admin/clock":
      guard let seconds = number("advance", 0, 0...400 * 86_400) else { return refuse("advance", "seconds") }
      faults.advance(by: Int64(seconds))
    case "/admin/telegram/message":
      guard let chat = query["chat"].flatMap({ Int64($0) }) else { return refuse("chat", "a whole number") }
      guard let text = query["text"], !text.isEmpty else { return refuse("text", "a message") }
      telegram.write(text, chat: chat, name: query["name"] ?? "Ayşe", now: realTime())
    case "/admin/telegram/limit":
      guard let count = number("count", 1, 0...1_000_000), let after = number("retry_after", 1, 0...3_600) else {
        return refuse("count, retry_after", "whole numbers")
      }
      telegram.limitNext(count, retryAfter: Int64(after))
    case "/admin/telegram/block":
      guard let chat = query["chat"].flatMap({ Int64($0) }) else { return refuse("chat", "a whole number") }
      telegram.setBlocked(query["blocked"] != "false", chat: chat)
    case "/admin/hooks/fail":
      guard let count = number("count", 1, 0...1_000_000), let status = number("status", 500, 300...599) else {
        return refuse("count, status", "whole numbers")
      }
      webhooks.failNext(count, status: status)
    case "/admin/mail/faults":
      guard let fault = query["kind"].flatMap({ MailStandIn.Fault(rawValue: $0) }) else {
        return refuse("kind", MailStandIn.Fault.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard let count = number("count", 1, 0...1_000_000), let seconds = number("seconds", 5, 0...3_600) else {
        return refuse("count, seconds", "whole numbers")
      }
      mail.order(fault, count: count, seconds: Int64(seconds))
    default:
      let parts = path.split(separator: "/")
      guard parts.count == 4, parts[1] == "hooks", parts[3] == "secret", let secret = query["secret"], !secret.isEmpty
      else { return Reply.text(writer, "no such order\n", status: 404) }
      webhooks.setSecret(secret, of: String(parts[2]))
    }
    Reply.json(writer, "{}")
  }

  private func shop(_ query: QueryText) -> MarketShop? { query["shop"].flatMap { MarketShop(rawValue: $0) } }

  private var shopNames: String { MarketShop.allCases.map(\.rawValue).joined(separator: ", ") }

  /// `1299.00`, or nothing.
  private func units(_ text: String?) -> (value: Int64?, Void)? {
    guard let text, !text.isEmpty else { return (nil, ()) }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]), (0...1_000_000_000).contains(whole) else { return nil }
    guard parts.count == 2 else { return (whole * 100, ()) }
    guard parts[1].utf8.count == 2, let cents = Int64(parts[1]), cents >= 0 else { return nil }
    return (whole * 100 + cents, ())
  }

  // MARK: What is shown

  private func state(_ query: QueryText, _ writer: HTTPResponseWriter) {
    guard let shop = shop(query), let product = query["product"].flatMap({ world.product($0, in: shop) }) else {
      return Reply.json(writer, "{\"error\":\"shop, product: expected those of the market\"}", status: 404)
    }
    let moment = faults.moment(at: realTime())
    let state = faults.price(of: product, at: shop) ?? world.state(shop, product, at: moment)
    func amount(_ units: Int64?) -> String { units.map { "\"\(PriceWriting.plain($0))\"" } ?? "null" }
    Reply.json(
      writer,
      """
      {"moment":\(moment),"price":\(amount(state.price)),"list_price":\(amount(state.listPrice)),\
      "currency":"\(shop.currency)","in_stock":\(state.isInStock),"glitch":\(state.isGlitch)}
      """)
  }

  private func arrivals() -> String {
    let messages = telegram.sent.map {
      "{\"message_id\":\($0.id),\"chat\":\($0.chat),\"sent_at\":\($0.sentAt),\"text\":\(MarkupText.json($0.text))}"
    }
    let hooks = webhooks.arrivals.map {
      """
      {"hook":\(MarkupText.json($0.hook)),"idempotency_key":\(MarkupText.json($0.idempotencyKey)),\
      "signature":"\($0.signature)","repeat":\($0.isRepeat),"received_at":\($0.receivedAt),\
      "body":\(MarkupText.json($0.body))}
      """
    }
    let mails = mail.mails.map {
      """
      {"from":\(MarkupText.json($0.from)),"to":[\($0.to.map(MarkupText.json).joined(separator: ","))],\
      "received_at":\($0.receivedAt),"subject":\(MarkupText.json($0.subject)),"text":\(MarkupText.json($0.text)),\
      "raw":\(MarkupText.json($0.raw))}
      """
    }
    return """
      {"telegram":{"calls":\(telegram.calls),"messages":[\(messages.joined(separator: ","))]},\
      "webhooks":[\(hooks.joined(separator: ","))],"mails":[\(mails.joined(separator: ","))]}
      """
  }

  private func page() -> String {
    let shopLinks = shops.map { "<li><a href=\"\($0.base)/\">\(MarkupText.html($0.shop.title))</a></li>" }.joined()
    let messages = telegram.sent.suffix(100).reversed().map {
      "<tr><td>\(Timestamp.text($0.sentAt))<td>\($0.chat)<td><pre>\(MarkupText.html($0.text))</pre></tr>"
    }
    let hooks = webhooks.arrivals.suffix(100).reversed().map {
      """
      <tr><td>\(Timestamp.text($0.receivedAt))<td>\(MarkupText.html($0.hook))<td>\($0.signature)\
      <td>\(MarkupText.html($0.idempotencyKey))\($0.isRepeat ? " (repeat)" : "")\
      <td><pre>\(MarkupText.html($0.body))</pre></tr>
      """
    }
    let mails = mail.mails.suffix(100).reversed().map {
      """
      <tr><td>\(Timestamp.text($0.receivedAt))<td>\(MarkupText.html($0.to.joined(separator: ", ")))\
      <td>\(MarkupText.html($0.subject))<td><pre>\(MarkupText.html($0.text))</pre></tr>
      """
    }
    return """
      <!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Demo market</title>
      <style>body{font-family:system-ui;margin:2rem}td{vertical-align:top;padding:.3rem .8rem;border-top:1px solid #ccc}
      pre{white-space:pre-wrap;margin:0}</style>
      <h1>Demo market</h1><p>It is \(Timestamp.text(faults.moment(at: realTime()))) here.</p><ul>\(shopLinks)</ul>
      <h2>Telegram: what the bot sent</h2><table>\(messages.joined())</table>
      <h2>Webhooks</h2><table>\(hooks.joined())</table>
      <h2>Mail</h2><table>\(mails.joined())</table></html>
      """
  }
}
