/// Bounds on what one reply may hold, so that a hostile or broken peer cannot exhaust memory.
package struct ReplyLimits: Hashable, Sendable {
  /// Bytes of one string.
  package var stringBytes: Int
  /// Bytes of one whole reply, all strings together.
  package var replyBytes: Int
  /// Elements of one whole reply, at all depths together.
  package var elements: Int
  /// Bytes of a line: a status, an error, a number, a length. Redis itself sends at most a few hundred.
  package var lineBytes: Int

  package init(
    stringBytes: Int = 128 << 20, replyBytes: Int = 256 << 20, elements: Int = 1 << 20, lineBytes: Int = 64 << 10
  ) {
    self.stringBytes = stringBytes
    self.replyBytes = replyBytes
    self.elements = elements
    self.lineBytes = lineBytes
  }
}
