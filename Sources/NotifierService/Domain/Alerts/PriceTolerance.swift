/// What counts as the same price. docs/alert-rules.md tells why these figures.
enum PriceTolerance {
  /// Half a percent: a price so near to the one that was told is that one, moved by an exchange rate.
  static let noise = 50
  /// One percent: a condition that held holds on until the price is farther above its threshold than this, and a repeat
  /// within the day needs a price farther below what was told.
  static let margin = 100
  /// How long the same alert is not repeated for a price that is no better.
  static let repetition = Duration.hours(24)
  /// A shorter time out of stock is a stock figure that flaps.
  static let stockGap = Duration.minutes(30)

  /// Whether two amounts of one currency differ by less than `noise` of the first.
  static func isNoise(from told: Int64, to price: Int64) -> Bool {
    let difference = Int128(price) - Int128(told)
    return (difference < 0 ? -difference : difference) * 10_000 < Int128(told) * Int128(noise)
  }

  /// Whether `price` is above `threshold` by more than the margin.
  static func isClearlyAbove(_ price: Int64, _ threshold: Int64) -> Bool {
    Int128(price) * 10_000 > Int128(threshold) * Int128(10_000 + margin)
  }

  /// Whether `price` is below `told` by more than the margin.
  static func isClearlyBelow(_ price: Int64, _ told: Int64) -> Bool {
    Int128(price) * 10_000 < Int128(told) * Int128(10_000 - margin)
  }
}
