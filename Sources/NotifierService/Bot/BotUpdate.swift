/// A message that somebody sent the bot.
struct BotUpdate: Sendable {
  /// Rises from update to update.
  var id: Int64
  /// Nil for updates that are no text messages: they are passed over.
  var message: Message?

  struct Message: Sendable {
    var chat: String
    var language: Language
    var text: String
  }

  /// - Returns: nil for an update without a number.
  init?(_ object: JSONObject) {
    guard let id = object.integer("update_id") else { return nil }
    self.id = id
    guard let body = object.object("message"), let chat = body.object("chat")?.integer("id"),
      let text = body.string("text")
    else { return }
    message = Message(
      chat: String(chat), language: Language(tag: body.object("from")?.string("language_code")), text: text)
  }
}
