import HTTPTransport
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Telegram's Bot API as far as the service uses it, on a real HTTP server of 127.0.0.1. It can be told how to answer.
/// The same server stands in for webhooks: every path that is not the bot's.
final class TelegramStandIn: Sendable {
  struct Received: Sendable {
    var chat: String
    var text: String
    var at: ContinuousClock.Instant
    var wasAccepted: Bool
  }

  struct Hook: Sendable {
    var headers: HTTPFields
    var body: [UInt8]

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
  }

  enum Answer: Sendable {
    case accept
    case refuse(status: Int, json: String)
    /// Accepts, and answers so late that nobody waits any more.
    case acceptLate(Duration)
    /// Breaks the connection off without an answer, having accepted nothing.
    case breakOff
  }

  private struct State {
    var received: [Received] = []
    var hooks: [Hook] = []
    var hookStatuses: [Int] = []
    var updates: [(id: Int, json: String)] = []
    var answer: @Sendable (_ chat: String, _ count: Int) -> Answer = { _, _ in .accept }
  }

  private let state = Mutex(State())
  private let server = Mutex<HTTPServer?>(nil)
  let port: Int

  private init(port: Int) { self.port = port }

  var url: String { "http://127.0.0.1:\(port)" }
  var received: [Received] { state.withLock { $0.received } }
  var accepted: [Received] { received.filter(\.wasAccepted) }
  var hooks: [Hook] { state.withLock { $0.hooks } }

  func answer(_ answer: @escaping @Sendable (_ chat: String, _ count: Int) -> Answer) {
    state.withLock { $0.answer = answer }
  }

  /// The next answers to webhooks; then 200.
  func answerHooks(_ statuses: [Int]) { state.withLock { $0.hookStatuses = statuses } }

  /// What a person writes to the bot.
  func write(_ text: String, chat: Int, language: String = "tr") {
    state.withLock { state in
      let id = 100 + state.updates.count
      state.updates.append(
        (
          id,
          """
          {"update_id":\(id),"message":{"message_id":1,"from":{"id":\(chat),"language_code":"\(language)"},\
          "chat":{"id":\(chat),"type":"private"},"text":"\(text)"}}
          """
        ))
    }
  }

  /// The handler is made before the port is known.
  private final class Holder: Sendable {
    let standIn = Mutex<TelegramStandIn?>(nil)
  }

  static func withServer<Value>(_ body: (TelegramStandIn) async throws -> Value) async throws -> Value {
    let holder = Holder()
    let handler = AsyncHTTPHandler { request, body, writer in
      guard let standIn = holder.standIn.withLock({ $0 }) else { return }
      let bytes = Array(try await body.collect(upTo: 1 << 20).readableBytesView)
      try await standIn.serve(request, bytes, writer)
    }
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0)), handler: handler,
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "telegram-stand-in"))
    let standIn = TelegramStandIn(port: try await server.start().port ?? 0)
    holder.standIn.withLock { $0 = standIn }
    do {
      let value = try await body(standIn)
      await server.shutdown(grace: .zero)
      return value
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
  }

  private func serve(_ request: HTTPRequest, _ body: [UInt8], _ writer: HTTPResponseWriter) async throws {
    let path = request.path ?? ""
    let text = String(decoding: body, as: UTF8.self)
    if path.hasSuffix("/getUpdates") {
      let offset = Int(Self.member("offset", of: text) ?? "") ?? 0
      let updates = state.withLock { $0.updates.filter { $0.id >= offset }.map(\.json) }
      if updates.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
      reply(writer, 200, "{\"ok\":true,\"result\":[\(updates.joined(separator: ","))]}")
    } else if path.hasSuffix("/sendMessage") {
      try await message(text, writer)
    } else {
      let status = state.withLock { state in
        state.hooks.append(Hook(headers: request.headerFields, body: body))
        return state.hookStatuses.isEmpty ? 200 : state.hookStatuses.removeFirst()
      }
      reply(writer, status, "{}")
    }
  }

  private func message(_ text: String, _ writer: HTTPResponseWriter) async throws {
    let chat = Self.member("chat_id", of: text) ?? ""
    let at = ContinuousClock.now
    let answer = state.withLock { state in
      let answer = state.answer(chat, state.received.filter { $0.chat == chat }.count)
      let wasAccepted =
        switch answer {
        case .accept, .acceptLate: true
        case .refuse, .breakOff: false
        }
      state.received.append(Received(chat: chat, text: text, at: at, wasAccepted: wasAccepted))
      return answer
    }
    switch answer {
    case .accept: reply(writer, 200, "{\"ok\":true,\"result\":{\"message_id\":1}}")
    case .refuse(let status, let json): reply(writer, status, json)
    case .acceptLate(let pause):
      try await Task.sleep(for: pause)
      reply(writer, 200, "{\"ok\":true,\"result\":{\"message_id\":1}}")
    case .breakOff: writer.reset()
    }
  }

  private func reply(_ writer: HTTPResponseWriter, _ status: Int, _ json: String) {
    writer.respond(
      HTTPResponse(status: .init(code: status), headerFields: [.contentType: "application/json"]),
      body: ByteBuffer(string: json))
  }

  /// A number or text in the service's own JSON.
  static func member(_ name: String, of json: String) -> String? {
    guard let start = json.firstRange(of: "\"\(name)\":")?.upperBound else { return nil }
    return String(json[start...].drop { $0 == "\"" }.prefix { $0 != "," && $0 != "}" && $0 != "\"" })
  }
}
