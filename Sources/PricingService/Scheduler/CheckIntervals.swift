/// About how long between two checks of a listing, by class, in milliseconds.
package struct CheckIntervals: Hashable, Sendable {
  package var hot: Int64
  package var normal: Int64
  package var cold: Int64

  /// Five minutes, an hour, a day.
  package static let standard = CheckIntervals(hot: 300_000, normal: 3_600_000, cold: Moment.day)

  package init(hot: Int64, normal: Int64, cold: Int64) {
    self.hot = hot
    self.normal = normal
    self.cold = cold
  }

  package subscript(_ priority: PriorityClass) -> Int64 {
    switch priority {
    case .hot: hot
    case .normal: normal
    case .cold: cold
    }
  }

  /// In the order of the classes' numbers, for SQL.
  var all: [Int64] { [hot, normal, cold] }
}
