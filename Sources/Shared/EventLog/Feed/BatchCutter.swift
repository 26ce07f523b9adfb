/// Cuts a stretch of events into batches that fit a message.
enum BatchCutter {
  /// - Parameters:
  ///   - end: all up to here has been looked at: the last batch's horizon.
  ///   - backlog: behind `end`.
  static func cut(
    _ events: [StoredEvent], end: EventPosition, backlog: Int64, maximumCount: Int, maximumBytes: Int
  ) -> [FeedBatch] {
    var batches: [FeedBatch] = []
    var current: [StoredEvent] = []
    var bytes = 0
    func close(_ horizon: EventPosition) {
      let behind = backlog + max(0, end.sequence - horizon.sequence)
      batches.append(FeedBatch(events: current, horizon: horizon, backlog: behind))
      current.removeAll(keepingCapacity: true)
      bytes = 0
    }
    for event in events {
      if let last = current.last, current.count >= maximumCount || bytes + event.payload.count > maximumBytes {
        close(last.position)
      }
      current.append(event)
      bytes += event.payload.count
    }
    if !current.isEmpty { close(end) }
    return batches
  }
}
