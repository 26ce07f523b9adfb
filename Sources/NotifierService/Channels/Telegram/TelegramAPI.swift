/// Telegram's Bot API over HTTP.
struct TelegramAPI: Sendable {
  private let prefix: String
  private let poster: any HTTPPoster

  /// - Parameters:
  ///   - base: "https://api.telegram.org", or that of a server of one's own, without a slash at its end.
  ///   - token: the bot's. It stands in every request's path, so that paths are never logged.
  init(base: String, token: String, poster: any HTTPPoster) {
    prefix = base + "/bot" + token + "/"
    self.poster = poster
  }

  enum Reply: Sendable {
    /// The member `result`, in an object of its own.
    case ok(JSONObject)
    case refused(code: Int64, description: String, retryAfter: Int64?)
  }

  /// - Throws: `HTTPFailure` when there is no answer, or none that can be read; `CancellationError`.
  func call(_ method: String, _ arguments: JSONValue, timeout: Duration) async throws -> Reply {
    let answer = try await poster.post(
      HTTPPost(
        url: prefix + method, headers: [("content-type", "application/json")], body: Array(arguments.text.utf8),
        timeout: timeout))
    guard let object = JSONObject(answer.body) else {
      throw HTTPFailure(message: "Telegram answered with status \(answer.status) and no JSON", isPermanent: false)
    }
    if object.bool("ok") == true { return .ok(object) }
    let code = object.integer("error_code") ?? Int64(answer.status)
    return .refused(
      code: code, description: (object.string("description") ?? "").tamed(limit: 200),
      retryAfter: object.object("parameters")?.integer("retry_after") ?? answer.retryAfter.map { Int64($0) })
  }
}
