/// A day's alerts in one message. Its entries were rendered when they came up; here they are put together.
enum DigestMessage {
  /// Joins entries to one text that stays within a channel's limit.
  ///
  /// - Parameters:
  ///   - entries: rendered, in order.
  ///   - limit: in UTF-16 units; nil for none.
  static func join(_ entries: [String], language: Language, limit: Int?, render: (RichText) -> String) -> String {
    let words = MessageWords(language)
    var heading = RichText()
    heading.line(.bold(words.digestHeadline(count: entries.count)))
    var text = render(heading)
    // Room for the line that tells what was left out.
    let room = limit.map { $0 - 64 } ?? .max
    var size = text.utf16.count
    for (index, entry) in entries.enumerated() {
      let cost = entry.utf16.count + 2
      guard size + cost <= room else {
        var rest = RichText()
        rest.line(.plain(words.more(entries.count - index)))
        return text + "\n\n" + render(rest)
      }
      text += "\n\n" + entry
      size += cost
    }
    return text
  }
}
