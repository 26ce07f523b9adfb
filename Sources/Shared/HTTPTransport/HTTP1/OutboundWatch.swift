import NIOCore

/// Finds out that a peer takes nothing of what waits for it.
struct OutboundWatch {
  private var lastProgress = NIODeadline.now()
  private var lastBuffered = 0

  mutating func progressed(at now: NIODeadline) { lastProgress = now }

  /// To be asked regularly.
  ///
  /// - Parameter buffered: bytes that wait. Fewer than before mean that the peer reads; more may hide it, but only
  ///   until the writer has to wait, and then writability changes.
  mutating func isStalled(buffered: Int, now: NIODeadline, limit: TimeAmount) -> Bool {
    if buffered == 0 || buffered < lastBuffered || lastBuffered == 0 { lastProgress = now }
    lastBuffered = buffered
    return now - lastProgress > limit
  }
}
