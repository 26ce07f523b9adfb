/// The best in-stock price of a product over its listings of one currency, as one history.
package enum ProductTimeline {
  /// One listing's part.
  package struct Part: Sendable {
    /// Complete: without a summary.
    package var timeline: Timeline
    /// When the catalogue dropped the listing; it does not count from then on.
    package var removedAt: Moment?

    package init(timeline: Timeline, removedAt: Moment? = nil) {
      self.timeline = timeline
      self.removedAt = removedAt
    }
  }

  private struct Step {
    var at: Moment
    var part: Int
    var point: HistoryPoint?
  }

  /// At each moment the lowest in-stock price of all parts; where none is in stock, out of stock if one says so (or
  /// preorder), else unknown.
  package static func merge(_ parts: [Part]) -> Timeline {
    var steps: [Step] = []
    for (index, part) in parts.enumerated() {
      for point in part.timeline.points where part.removedAt.map({ point.at < $0 }) ?? true {
        steps.append(Step(at: point.at, part: index, point: point))
      }
      if let removedAt = part.removedAt { steps.append(Step(at: removedAt, part: index, point: nil)) }
    }
    steps.sort { ($0.at, $0.part) < ($1.at, $1.part) }
    var merged = Timeline()
    var states = [HistoryPoint?](repeating: nil, count: parts.count)
    var next = 0
    while next < steps.count {
      let at = steps[next].at
      while next < steps.count, steps[next].at == at {
        states[steps[next].part] = steps[next].point
        next += 1
      }
      if let best = best(of: states, at: at) {
        merged.append(best)
      } else if !merged.isEmpty {
        merged.append(HistoryPoint(at: at, price: nil, availability: .unknown))
      }
    }
    return merged
  }

  private static func best(of states: [HistoryPoint?], at moment: Moment) -> HistoryPoint? {
    var best: HistoryPoint?
    for case let state? in states {
      let candidate = HistoryPoint(at: moment, price: state.inStockPrice, availability: state.availability)
      guard let current = best else {
        best = candidate
        continue
      }
      let isBetter =
        candidate.availability == current.availability
        ? candidate.price ?? .max < current.price ?? .max
        : candidate.availability.rank < current.availability.rank
      if isBetter { best = candidate }
    }
    return best
  }
}
