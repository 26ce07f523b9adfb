/// What is watched over time. All figures are whole numbers of the unit that is named here.
enum TrendFigure: Int, CaseIterable, Sendable {
  /// Of this gateway, in thousandths of a request a second.
  case requestRate
  /// Of its requests those answered with 500 and above, in basis points.
  case failureShare
  /// Of the answers that may be kept those that were, in basis points.
  case hitShare
  /// Of all jobs.
  case due, overdue
  /// Milliseconds.
  case catalogLag, pricingLag
  /// Deliveries.
  case pending, parked
  /// Of the checks of the last 24 hours, in basis points.
  case sourceSuccess
}

/// The figures of one moment. What could not be told is nil.
struct TrendSample: Sendable, Equatable {
  /// Seconds since 1970.
  var at: Int64
  private var values = [Int64?](repeating: nil, count: TrendFigure.allCases.count)

  init(at: Int64) { self.at = at }

  subscript(_ figure: TrendFigure) -> Int64? {
    get { values[figure.rawValue] }
    set { values[figure.rawValue] = newValue }
  }
}

/// The last samples, as many as there is room for.
struct TrendRing: Sendable {
  let capacity: Int
  private var kept: [TrendSample] = []
  private var oldest = 0

  /// - Parameter capacity: at least one.
  init(capacity: Int) { self.capacity = max(1, capacity) }

  mutating func add(_ sample: TrendSample) {
    guard kept.count == capacity else {
      kept.append(sample)
      return
    }
    kept[oldest] = sample
    oldest = (oldest + 1) % capacity
  }

  /// Oldest first.
  var samples: [TrendSample] { Array(kept[oldest...] + kept[..<oldest]) }
}
