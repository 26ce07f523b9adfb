/// Where everything of a price chart lies, in tenths of a unit: whole numbers all the way.
struct ChartPlan: Sendable {
  struct Size: Sendable, Equatable {
    var width: Int64
    var height: Int64
    /// Room above the plot.
    var top: Int64 = 240
    /// The most labels on the axis of time.
    var dates: Int

    static let wide = Size(width: 9000, height: 3200, dates: 7)
    static let narrow = Size(width: 3400, height: 2400, dates: 4)
    /// For a picture of its own, which has its legend above the plot.
    static let picture = Size(width: 7200, height: 3200, top: 520, dates: 7)
  }

  struct Tick: Sendable, Equatable {
    var place: Int64
    var label: String
  }

  struct Spot: Sendable, Equatable {
    var x: Int64
    var y: Int64
  }

  let size: Size
  let series: PriceSeries
  /// The plot's edges.
  let left: Int64 = 60
  let top: Int64
  let right: Int64
  let bottom: Int64
  private let low: Int64
  private let high: Int64
  private(set) var priceTicks: [Tick] = []
  private(set) var dateTicks: [Tick] = []
  /// The legal reference price, and since when it counts; nil without a deal.
  let reference: (price: Int64, since: Int64)?

  /// - Parameter reference: of the open deal.
  /// - Returns: nil when there is no price to show.
  init?(
    _ series: PriceSeries, size: Size, reference: (price: Int64, since: Int64)? = nil, language: Language
  ) {
    guard let lowest = series.lowest?.price, let highest = series.highest?.price, series.start < series.end else {
      return nil
    }
    self.series = series
    self.size = size
    top = size.top
    right = size.width - 620
    bottom = size.height - 300
    let isNear = { (price: Int64) in price > 0 && price / 2 <= highest && price >= lowest / 2 }
    self.reference = reference.flatMap { isNear($0.price) && $0.since < series.end ? $0 : nil }
    var values = [lowest, highest]
    // A list price out of all proportion would press the rest of the chart flat.
    values += series.points.compactMap(\.listPrice).filter(isNear)
    if let reference = self.reference { values.append(reference.price) }
    let step = Self.step(from: values.min() ?? lowest, to: values.max() ?? highest)
    low = max(0, ((values.min() ?? lowest) - 1) / step * step)
    let most = values.max() ?? highest
    // A price near the end of what fits in 64 bits has no line above it.
    let above = (most / step + 1).multipliedReportingOverflow(by: step)
    high = above.overflow ? most : above.partialValue
    priceTicks = Self.priceTicks(low, high, step, series.currency, language) { y($0) }
    dateTicks = Self.dateTicks(series.start, series.end, size.dates, language) { x($0) }
  }

  func x(_ at: Int64) -> Int64 {
    let share = Int128(at - series.start) * Int128(right - left) / Int128(series.end - series.start)
    return left + min(max(0, Int64(clamping: share)), right - left)
  }

  func y(_ price: Int64) -> Int64 {
    guard high > low else { return (top + bottom) / 2 }
    let share = Int128(min(max(price, low), high) - low) * Int128(bottom - top) / (Int128(high) - Int128(low))
    return bottom - Int64(clamping: share)
  }

  func spot(_ point: PriceSeries.Point) -> Spot? { point.price.map { Spot(x: x(point.at), y: y($0)) } }

  // MARK: Ticks

  /// 1, 2 or 5 times a power of ten, so that three to six lines cover the range.
  static func step(from low: Int64, to high: Int64) -> Int64 {
    let range = max(high - low, high / 50, 4)
    var step: Int64 = 1
    while true {
      for factor: Int64 in [1, 2, 5] where range / (step * factor) < 5 { return step * factor }
      guard step < Int64.max / 100 else { return step }
      step *= 10
    }
  }

  private static func priceTicks(
    _ low: Int64, _ high: Int64, _ step: Int64, _ currency: String, _ language: Language, _ place: (Int64) -> Int64
  ) -> [Tick] {
    var unit: Int64 = 1
    for _ in 0..<CurrencyAmount.decimals(of: currency) { unit *= 10 }
    return (0...8).compactMap { count in
      let (offset, overflow) = step.multipliedReportingOverflow(by: Int64(count))
      guard !overflow, low <= Int64.max - offset, low + offset <= high else { return nil }
      let price = low + offset
      let label =
        step % unit == 0
        ? language.number(price / unit)
        : language.price(price, currency).filter { !$0.isLetter && !$0.isWhitespace }
      return Tick(place: place(price), label: label)
    }
  }

  /// Days of the month for short times, beginnings of months for longer ones, of years for very long ones.
  private static func dateTicks(
    _ start: Int64, _ end: Int64, _ most: Int, _ language: Language, _ place: (Int64) -> Int64
  ) -> [Tick] {
    let days = (end - start) / 86_400
    if days <= 75 {
      let steps: [Int64] = [1, 2, 3, 7, 14, 21]
      let step = steps.first { days / $0 < Int64(most) } ?? 28
      let first = CivilTime(start)
      let midnight = CivilTime.startOfDay(year: first.year, month: first.month, day: first.day)
      return (0...Int64(most) + 1).compactMap { count in
        let at = midnight + count * step * 86_400
        return at >= start && at <= end ? Tick(place: place(at), label: language.shortDate(at)) : nil
      }
    }
    let first = CivilTime(start)
    let months = Int(days / 30)
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240].first { months / $0 < most } ?? 480
    // Steps of a year and more begin in January.
    let begin = step >= 12 ? first.year * 12 : first.year * 12 + (first.month - 1) / min(step, 12) * min(step, 12)
    return (0...most + 2).compactMap { count in
      let month = begin + count * step
      let at = CivilTime.startOfDay(year: month / 12, month: month % 12 + 1)
      guard at >= start, at <= end else { return nil }
      let isNewYear = month % 12 == 0 || step >= 12
      return Tick(place: place(at), label: isNewYear ? String(month / 12) : language.month(month % 12 + 1))
    }
  }

  // MARK: Lines

  /// The path of a step line: each value holds until the next; nothing where there is none.
  func path(_ value: (PriceSeries.Point) -> Int64?) -> HTML {
    var path = HTML()
    var isDrawing = false
    for (index, point) in series.points.enumerated() {
      let until = index + 1 < series.points.count ? series.points[index + 1].at : series.end
      guard let price = value(point) else {
        isDrawing = false
        continue
      }
      let (left, right, height) = (Self.text(x(point.at)), Self.text(x(until)), Self.text(y(price)))
      path += isDrawing ? "V\(height)H\(right)" : "M\(left) \(height)H\(right)"
      isDrawing = true
    }
    return path
  }

  /// `123.4`
  static func text(_ tenths: Int64) -> HTML {
    let whole = tenths / 10
    let rest = abs(tenths % 10)
    return rest == 0 ? "\(whole)" : "\(whole).\(rest)"
  }
}
