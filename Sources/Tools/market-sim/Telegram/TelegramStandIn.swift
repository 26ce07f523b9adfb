internal import Synchronization

/// A stand-in for Telegram's Bot API: enough of it to talk to a bot and to see what it says.
///
/// As with Telegram, a bot may only write to chats whose person wrote first.
package final class TelegramStandIn: Sendable {
  /// A message that the bot sent.
  package struct Sent: Sendable, Hashable {
    package var id: Int64
    package var chat: Int64
    package var text: String
    package var sentAt: Int64
  }

  private struct Update: Sendable {
    var id: Int64
    var json: String
  }

  private struct State {
    var updates: [Update] = []
    var nextUpdate: Int64 = 1
    var nextMessage: Int64 = 1
    var chats: [Int64: String] = [:]
    var blocked: Set<Int64> = []
    var sent: [Sent] = []
    /// Calls of `sendMessage`, refused ones too.
    var calls = 0
    var limited = 0
    var retryAfter: Int64 = 1
    var polls: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextPoll: UInt64 = 0
    var ended: Set<UInt64> = []
  }

  private let state = Mutex(State())
  private static let maximumKept = 5_000

  package init() {}

  // MARK: For people and tests

  /// A person writes to the bot.
  package func write(_ text: String, chat: Int64, name: String, now: Int64) {
    let polls = state.withLock { state in
      state.chats[chat] = name
      let message = state.nextMessage
      state.nextMessage += 1
      let command = text.hasPrefix("/") ? text.prefix { $0 != " " } : ""
      let entities =
        command.isEmpty
        ? "" : ",\"entities\":[{\"type\":\"bot_command\",\"offset\":0,\"length\":\(command.utf16.count)}]"
      // Never below those before a restart, of which the bot remembers the last.
      let id = max(state.nextUpdate, now)
      state.nextUpdate = id + 1
      let person = MarkupText.json(name)
      state.updates.append(
        Update(
          id: id,
          json: """
            {"update_id":\(id),"message":{"message_id":\(message),"date":\(now),\
            "from":{"id":\(chat),"is_bot":false,"first_name":\(person),"language_code":"tr"},\
            "chat":{"id":\(chat),"type":"private","first_name":\(person)},\
            "text":\(MarkupText.json(text))\(entities)}}
            """))
      if state.updates.count > Self.maximumKept { state.updates.removeFirst() }
      defer { state.polls = [:] }
      return Array(state.polls.values)
    }
    for poll in polls { poll.resume() }
  }

  /// The next `count` messages are refused with 429.
  package func limitNext(_ count: Int, retryAfter: Int64) {
    state.withLock {
      $0.limited = count
      $0.retryAfter = retryAfter
    }
  }

  /// A person blocks the bot, or lets it write again.
  package func setBlocked(_ isBlocked: Bool, chat: Int64) {
    state.withLock { state in
      if isBlocked { state.blocked.insert(chat) } else { state.blocked.remove(chat) }
    }
  }

  package var sent: [Sent] { state.withLock { $0.sent } }

  /// Calls of `sendMessage`, refused ones too.
  package var calls: Int { state.withLock { $0.calls } }

  package func clear() {
    state.withLock {
      $0.sent = []
      $0.calls = 0
    }
  }

  // MARK: For the bot

  /// An answer with its HTTP status.
  struct Answer: Sendable {
    var status = 200
    var json: String

    static func ok(_ result: String) -> Answer { Answer(json: "{\"ok\":true,\"result\":\(result)}") }

    static func error(_ code: Int, _ description: String, parameters: String = "") -> Answer {
      let more = parameters.isEmpty ? "" : ",\"parameters\":{\(parameters)}"
      return Answer(
        status: code,
        json: "{\"ok\":false,\"error_code\":\(code),\"description\":\(MarkupText.json(description))\(more)}")
    }
  }

  func call(_ method: String, _ arguments: TelegramArguments, now: Int64) async -> Answer {
    switch method.lowercased() {
    case "getme":
      return .ok(
        """
        {"id":4242,"is_bot":true,"first_name":"Fiyatradari","username":"fiyatradari_demo_bot",\
        "can_join_groups":false,"can_read_all_group_messages":false,"supports_inline_queries":false}
        """)
    case "sendmessage": return send(arguments, now: now)
    case "getupdates": return await updates(arguments)
    case "setmycommands", "deletewebhook", "answercallbackquery", "sendchataction", "close", "logout":
      return .ok("true")
    case "getwebhookinfo":
      let pending = state.withLock { $0.updates.count }
      return .ok("{\"url\":\"\",\"has_custom_certificate\":false,\"pending_update_count\":\(pending)}")
    default: return .error(404, "Not Found")
    }
  }

  private func send(_ arguments: TelegramArguments, now: Int64) -> Answer {
    guard let chat = arguments.integer("chat_id") else { return .error(400, "Bad Request: chat_id is empty") }
    guard let text = arguments["text"], text.contains(where: { !$0.isWhitespace }) else {
      return .error(400, "Bad Request: message text is empty")
    }
    guard text.utf16.count <= 4_096 else { return .error(400, "Bad Request: message is too long") }
    return state.withLock { state in
      state.calls += 1
      if state.limited > 0 {
        state.limited -= 1
        return .error(
          429, "Too Many Requests: retry after \(state.retryAfter)", parameters: "\"retry_after\":\(state.retryAfter)")
      }
      guard let name = state.chats[chat] else { return .error(400, "Bad Request: chat not found") }
      guard !state.blocked.contains(chat) else { return .error(403, "Forbidden: bot was blocked by the user") }
      let id = state.nextMessage
      state.nextMessage += 1
      state.sent.append(Sent(id: id, chat: chat, text: text, sentAt: now))
      if state.sent.count > Self.maximumKept { state.sent.removeFirst() }
      return .ok(
        """
        {"message_id":\(id),"date":\(now),"chat":{"id":\(chat),"type":"private","first_name":\(MarkupText.json(name))},\
        "from":{"id":4242,"is_bot":true,"first_name":"Fiyatradari","username":"fiyatradari_demo_bot"},\
        "text":\(MarkupText.json(text))}
        """)
    }
  }

  // MARK: Long polling

  private func updates(_ arguments: TelegramArguments) async -> Answer {
    let offset = arguments.integer("offset") ?? 0
    let limit = Int(min(100, max(1, arguments.integer("limit") ?? 100)))
    let timeout = min(50, max(0, arguments.integer("timeout") ?? 0))
    let first = take(offset: offset, limit: limit)
    if !first.isEmpty || timeout == 0 { return .ok("[\(first.joined(separator: ","))]") }
    await waitForUpdate(.seconds(timeout))
    return .ok("[\(take(offset: offset, limit: limit).joined(separator: ","))]")
  }

  /// Updates from `offset` on; asking for them confirms all before. A negative offset counts from the end.
  private func take(offset: Int64, limit: Int) -> [String] {
    state.withLock { state in
      if offset < 0 {
        state.updates = Array(state.updates.suffix(Int(min(5_000, -max(offset, -5_000)))))
      } else {
        state.updates.removeAll { $0.id < offset }
      }
      return state.updates.prefix(limit).map(\.json)
    }
  }

  private func waitForUpdate(_ timeout: Duration) async {
    let id = state.withLock { state in
      state.nextPoll += 1
      return state.nextPoll
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await withTaskCancellationHandler {
          await withCheckedContinuation { continuation in
            let isOver = self.state.withLock { state in
              if state.ended.remove(id) != nil { return true }
              state.polls[id] = continuation
              return false
            }
            if isOver { continuation.resume() }
          }
        } onCancel: {
          self.endPoll(id)
        }
      }
      group.addTask {
        do { try await Task.sleep(for: timeout) } catch { return }
      }
      _ = await group.next()
      group.cancelAll()
    }
    state.withLock { _ = $0.ended.remove(id) }
  }

  private func endPoll(_ id: UInt64) {
    let poll = state.withLock { state in
      let poll = state.polls.removeValue(forKey: id)
      if poll == nil { state.ended.insert(id) }
      return poll
    }
    poll?.resume()
  }
}
