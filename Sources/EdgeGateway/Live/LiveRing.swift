internal import EventLog
internal import NIOCore

/// The latest events of deals, for clients that come back. Without a gap: it holds all events behind `floor`.
struct LiveRing {
  private var events = CircularBuffer<LiveEvent>()
  private(set) var floor: EventPosition
  private var byteCount = 0
  private let configuration: LiveConfiguration

  init(floor: EventPosition, configuration: LiveConfiguration) {
    self.floor = floor
    self.configuration = configuration
  }

  var count: Int { events.count }

  mutating func append(_ event: LiveEvent) {
    events.append(event)
    byteCount += event.byteCount
    while let first = events.first, isTooMuch || event.receivedAt - first.receivedAt > configuration.maximumEventAge {
      events.removeFirst()
      byteCount -= first.byteCount
      floor = first.position
    }
  }

  private var isTooMuch: Bool {
    events.count > configuration.maximumEvents || byteCount > configuration.maximumEventBytes
  }

  /// Puts older events in front.
  ///
  /// - Parameters:
  ///   - older: all events behind `start`, as far as the floor at least; in order.
  ///   - end: up to where they are all.
  /// - Returns: whether it reaches as far back as `start` now. It does not where they don't fit, or a gap would remain.
  mutating func extend(_ older: [LiveEvent], from start: EventPosition, to end: EventPosition) -> Bool {
    if start >= floor { return true }
    guard end >= floor else { return false }
    let missing = older.filter { $0.position <= floor }
    let bytes = missing.reduce(0) { $0 + $1.byteCount }
    guard events.count + missing.count <= configuration.maximumEvents,
      byteCount + bytes <= configuration.maximumEventBytes
    else { return false }
    for event in missing.reversed() { events.prepend(event) }
    byteCount += bytes
    floor = start
    return true
  }

  /// The first event behind a position; nil when there is none.
  func first(after position: EventPosition) -> LiveEvent? {
    var low = 0
    var high = events.count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].position > position { high = middle } else { low = middle + 1 }
    }
    return low < events.count ? self[low] : nil
  }

  private subscript(_ offset: Int) -> LiveEvent { events[events.index(events.startIndex, offsetBy: offset)] }
}
