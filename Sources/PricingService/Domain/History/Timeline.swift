/// A listing's confirmed history in order of time: the recent points, and a summary of those before.
package struct Timeline: Hashable, Sendable {
  /// Of points that were left out; empty where `points` is everything.
  package private(set) var past = PastSummary()
  /// Each differs from the one before it.
  package private(set) var points: [HistoryPoint] = []

  package init() {}

  package init(past: PastSummary, points: [HistoryPoint]) {
    self.past = past
    self.points = points
  }

  /// The complete history; repeats are left out.
  /// - Precondition: `points` is in order of time.
  package init(_ points: some Sequence<HistoryPoint>) {
    for point in points { append(point) }
  }

  package var isEmpty: Bool { points.isEmpty }
  package var last: HistoryPoint? { points.last }

  /// Whether everything that was in effect from `moment` on is among the points.
  package func covers(_ moment: Moment) -> Bool {
    past.isEmpty || points.first.map { $0.at <= moment } ?? false
  }

  /// Adds the next state.
  /// - Returns: false if it says what was known.
  /// - Precondition: `point` is younger than the last one.
  @discardableResult
  package mutating func append(_ point: HistoryPoint) -> Bool {
    if let last {
      precondition(last.at < point.at, "points are added in order of time")
      if last.states(point) { return false }
    }
    points.append(point)
    return true
  }

  /// Moves points into the summary: those whose time ended by `horizon`, and the oldest ones beyond `maximum`. The last
  /// one always stays.
  package mutating func prune(before horizon: Moment, keeping maximum: Int) {
    var count = 0
    while count + 1 < points.count, points[count + 1].at <= horizon || points.count - count > maximum {
      past.add(points[count], from: points[count].at, duration: points[count + 1].at - points[count].at)
      count += 1
    }
    points.removeFirst(count)
  }

  /// Calls `body` with each point that was in effect within `from..<to`, oldest first, and the part of its time within.
  /// - Precondition: the timeline covers `from`.
  func forEach(from: Moment, to: Moment, _ body: (HistoryPoint, _ start: Moment, _ end: Moment) -> Void) {
    var index = firstIndex(at: from)
    while index < points.count, points[index].at < to {
      let end = index + 1 < points.count ? min(points[index + 1].at, to) : to
      let start = max(points[index].at, from)
      if start < end { body(points[index], start, end) }
      index += 1
    }
  }

  /// The index of the point in effect at `moment`, else of the first one.
  func firstIndex(at moment: Moment) -> Int {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].at <= moment { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The state in effect at `moment`; nil before the first observation.
  package func state(at moment: Moment) -> HistoryPoint? {
    guard let first = points.first, first.at <= moment else { return nil }
    return points[firstIndex(at: moment)]
  }

  /// This history up to and with `moment`.
  package func upTo(_ moment: Moment) -> Timeline {
    guard let last, last.at > moment else { return self }
    return Timeline(past: past, points: Array(points.prefix { $0.at <= moment }))
  }
}
