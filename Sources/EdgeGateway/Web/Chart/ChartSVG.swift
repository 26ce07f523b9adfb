/// A price chart as SVG: on a page, where the style sheet gives it its colours, or as a picture of its own.
struct ChartSVG {
  /// What each part looks like.
  enum Look: Sendable {
    /// By classes, for a page.
    case page
    /// By attributes of its own: a picture may not bring a style sheet under our policy.
    case light, dark

    enum Part: String {
      case ground, grid, axis, line, area, out, list, reference, mark, low, high
    }

    private typealias Colours = (
      ground: StaticString, grid: StaticString, text: StaticString, line: StaticString, shade: StaticString,
      strong: StaticString, reference: StaticString
    )

    private var colours: Colours {
      self == .dark
        ? ("#14181d", "#2b323b", "#a3adb8", "#4cc2a0", "#232a32", "#e8ecf0", "#e0a64a")
        : ("#ffffff", "#e4e7eb", "#56606b", "#0b7a5d", "#eceff2", "#1a2129", "#9a5b00")
    }

    func callAsFunction(_ part: Part) -> HTML {
      if self == .page { return HTML(trusted: Array(" class=\"c-\(part.rawValue)\"".utf8)) }
      let colours = colours
      let sans: HTML = #" font-family="system-ui,sans-serif" font-size="12""#
      func attribute(_ name: StaticString, _ value: StaticString) -> HTML {
        var whole = HTML(stringLiteral: name)
        whole += HTML(stringLiteral: value)
        whole += "\""
        return whole
      }
      switch part {
      case .ground: return attribute(" fill=\"", colours.ground)
      case .grid: return attribute(" stroke=\"", colours.grid)
      case .axis: return sans + attribute(" fill=\"", colours.text)
      case .line:
        return #" fill="none" stroke-width="2" stroke-linejoin="round""# + attribute(" stroke=\"", colours.line)
      case .area: return #" fill-opacity=".1""# + attribute(" fill=\"", colours.line)
      case .out: return attribute(" fill=\"", colours.shade)
      case .list: return #" fill="none" stroke-dasharray="2 3""# + attribute(" stroke=\"", colours.text)
      case .reference:
        return #" fill="none" stroke-width="1.5" stroke-dasharray="6 4""# + attribute(" stroke=\"", colours.reference)
      case .mark: return attribute(" fill=\"", colours.line) + attribute(" stroke=\"", colours.ground)
      case .low, .high: return sans + #" font-weight="600""# + attribute(" fill=\"", colours.strong)
      }
    }
  }

  let plan: ChartPlan
  let look: Look
  let language: Language
  /// What the chart is of, for who cannot see it.
  let title: String

  /// Where each point of the table is, in its order: for the read-out.
  var places: String {
    plan.series.points.map { point in
      let x = plan.x(point.at) / 10
      return point.price.map { "\(x),\(plan.y($0) / 10)" } ?? "\(x),"
    }.joined(separator: " ")
  }

  /// - Parameter name: the class that says on which screens it is shown; nil for a picture of its own.
  func drawing(_ name: String? = nil) -> HTML {
    let (width, height) = (plan.size.width / 10, plan.size.height / 10)
    let space: HTML = name == nil ? #" xmlns="http://www.w3.org/2000/svg""# : ""
    let points = name == nil ? nil : places
    var svg: HTML =
      "<svg\(space) viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\"\("class", attribute: name)\("data-points", attribute: points) aria-label=\"\(title)\">"
    if name == nil { svg += "<rect width=\"\(width)\" height=\"\(height)\"\(look(.ground))/>" }
    if name == nil { svg += legend }
    svg += stockOuts + grid
    svg += "<path\(look(.area)) d=\"\(area)\"/>"
    let list = plan.path { point in point.listPrice.flatMap { plan.series.isShown($0) ? $0 : nil } }
    if !list.bytes.isEmpty { svg += "<path\(look(.list)) d=\"\(list)\"/>" }
    svg += referenceLine
    svg += "<path\(look(.line)) d=\"\(plan.path(\.price))\"/>"
    return svg + marks + "</svg>"
  }

  private var stockOuts: HTML {
    plan.series.stockOuts.map { range -> HTML in
      let left = plan.x(range.lowerBound)
      let width = max(10, plan.x(range.upperBound) - left)
      return
        "<rect\(look(.out)) x=\"\(ChartPlan.text(left))\" y=\"\(ChartPlan.text(plan.top))\" width=\"\(ChartPlan.text(width))\" height=\"\(ChartPlan.text(plan.bottom - plan.top))\"/>"
    }.joined()
  }

  private var grid: HTML {
    var lines = HTML()
    var labels = HTML()
    for tick in plan.priceTicks {
      let y = ChartPlan.text(tick.place)
      lines += "M\(ChartPlan.text(plan.left)) \(y)H\(ChartPlan.text(plan.right))"
      labels +=
        "<text x=\"\(ChartPlan.text(plan.right + 70))\" y=\"\(ChartPlan.text(tick.place + 40))\">\(tick.label)</text>"
    }
    for tick in plan.dateTicks {
      let isLast = tick.place > plan.right - 200
      let anchor = tick.place < plan.left + 150 ? "start" : isLast ? "end" : "middle"
      labels +=
        "<text x=\"\(ChartPlan.text(tick.place))\" y=\"\(ChartPlan.text(plan.bottom + 200))\" text-anchor=\"\(anchor)\">\(tick.label)</text>"
    }
    return "<path\(look(.grid)) d=\"\(lines)\"/><g\(look(.axis))>\(labels)</g>"
  }

  /// Under the line, down to the axis: one piece for each time in stock.
  private var area: HTML {
    var path = HTML()
    let points = plan.series.points
    let floor = ChartPlan.text(plan.bottom)
    for (index, point) in points.enumerated() {
      guard let price = point.price else { continue }
      let until = index + 1 < points.count ? points[index + 1].at : plan.series.end
      let isFirst = index == 0 || points[index - 1].price == nil
      let isLast = index + 1 == points.count || points[index + 1].price == nil
      if isFirst { path += "M\(ChartPlan.text(plan.x(point.at))) \(floor)" }
      path += "V\(ChartPlan.text(plan.y(price)))H\(ChartPlan.text(plan.x(until)))"
      if isLast { path += "V\(floor)Z" }
    }
    return path
  }

  private var referenceLine: HTML {
    guard let reference = plan.reference else { return HTML() }
    let y = plan.y(reference.price)
    let left = plan.x(max(plan.series.start, reference.since))
    // Short ones begin earlier, so that they can be seen.
    let from = min(left, plan.right - 600)
    return
      "<path\(look(.reference)) d=\"M\(ChartPlan.text(from)) \(ChartPlan.text(y))H\(ChartPlan.text(plan.right))\"/>"
  }

  /// What the lines are; a page has its own below the chart.
  private var legend: HTML {
    var items: [(Look.Part, Phrase)] = [(.line, .price)]
    if plan.series.points.contains(where: { $0.listPrice.map(plan.series.isShown) ?? false }) {
      items.append((.list, .listPrice))
    }
    if plan.reference != nil { items.append((.reference, .reference)) }
    return items.enumerated().map { index, item -> HTML in
      let x = 6 + index * 200
      return """
        <path\(look(item.0)) d="M\(x) 16h22"/><text\(look(.axis)) x="\(x + 28)" y="20">\(language(item.1))</text>
        """
    }.joined()
  }

  private var marks: HTML {
    let (low, high) = (plan.series.lowest, plan.series.highest)
    guard let low, let high, low != high else { return low.map { dot($0) } ?? HTML() }
    return dot(low) + dot(high) + label(low, .lowest, .low, below: true) + label(high, .highest, .high, below: false)
  }

  private func dot(_ point: PriceSeries.Point) -> HTML {
    guard let spot = plan.spot(point) else { return HTML() }
    return
      "<circle\(look(.mark)) cx=\"\(ChartPlan.text(spot.x))\" cy=\"\(ChartPlan.text(spot.y))\" r=\"4\"/>"
  }

  private func label(_ point: PriceSeries.Point, _ phrase: Phrase, _ part: Look.Part, below: Bool) -> HTML {
    guard let spot = plan.spot(point), let price = point.price else { return HTML() }
    let third = (plan.right - plan.left) / 4
    let anchor = spot.x < plan.left + third ? "start" : spot.x > plan.right - third ? "end" : "middle"
    let y = below ? min(spot.y + 180, plan.bottom - 30) : max(spot.y - 90, plan.top - 110)
    let text = "\(language(phrase)) \(language.shortPrice(price, plan.series.currency))"
    return
      "<text\(look(part)) x=\"\(ChartPlan.text(spot.x))\" y=\"\(ChartPlan.text(y))\" text-anchor=\"\(anchor)\">\(text)</text>"
  }
}

extension PriceSeries {
  /// Whether a list price is drawn: not one that is out of all proportion to the prices.
  func isShown(_ listPrice: Int64) -> Bool {
    guard let highest = highest?.price else { return false }
    return listPrice / 2 <= highest
  }
}

extension ChartSVG {
  /// In place of a chart that has nothing to show.
  static func empty(_ text: String, _ look: Look) -> HTML {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 120" width="720" height="120" role="img" \
    aria-label="\(text)"><rect width="720" height="120"\(look(.ground))/><text\(look(.axis)) x="360" y="64" \
    text-anchor="middle">\(text)</text></svg>
    """
  }
}
