internal import PostgresClient

/// Pieces that several of the operators' pages are made of.
struct OperatorParts: Sendable {
  let context: OperatorContext

  var language: Language { context.language }

  // MARK: Words

  func moment(_ seconds: Int64?) -> HTML {
    guard let seconds, seconds > 0 else { return "<span class=\"muted\">—</span>" }
    return """
      <time datetime="\(CivilTime.rfc3339(seconds))" title="\(language.moment(seconds))">\
      \(language.preciseMoment(seconds))</time>
      """
  }

  func moment(_ time: Timestamp?) -> HTML { moment(time.map { $0.microseconds.floorDivided(by: 1_000_000) }) }

  func length(_ milliseconds: Int64?) -> HTML {
    guard let milliseconds else { return "<span class=\"muted\">—</span>" }
    return "\(language.length(milliseconds: milliseconds))"
  }

  func share(_ basisPoints: Int64?) -> HTML {
    guard let basisPoints else { return "<span class=\"muted\">—</span>" }
    return "\(language.percent(basisPoints))"
  }

  /// How a word is meant, beside what it says.
  enum Tone: String, Sendable { case good, bad, plain }

  func mark(_ text: String, _ tone: Tone) -> HTML { "<span class=\"mark \(tone.rawValue)\">\(text)</span>" }

  /// A few words of a long text; the whole of it to be opened.
  func excerpt(_ text: String, limit: Int = 80) -> HTML {
    guard text.count > limit else { return "\(text)" }
    return "<details class=\"more\"><summary>\(String(text.prefix(limit)))…</summary><p>\(text)</p></details>"
  }

  // MARK: Tables

  struct Column: Sendable {
    var name: OperatorPhrase
    var isNumber = false

    init(_ name: OperatorPhrase, isNumber: Bool = false) {
      self.name = name
      self.isNumber = isNumber
    }
  }

  /// A table whose first column names the row. Narrow windows show each row as a list: the roles keep it a table to those
  /// who hear it, whatever it looks like.
  func table(_ caption: OperatorPhrase, _ columns: [Column], _ rows: [[HTML]], none: OperatorPhrase = .none) -> HTML {
    guard !rows.isEmpty else { return "<p class=\"empty\">\(context(none))</p>" }
    let heads = columns.map { column -> HTML in
      let kind: String? = column.isNumber ? "number" : nil
      return "<th role=\"columnheader\" scope=\"col\"\("class", attribute: kind)>\(context(column.name))</th>"
    }
    let lines = rows.map { row -> HTML in
      let cells = zip(row, columns).enumerated().map { index, pair -> HTML in
        let (cell, column) = pair
        let kind: String? = column.isNumber ? "number" : nil
        if index == 0 { return "<th role=\"rowheader\" scope=\"row\">\(cell)</th>" }
        return """
          <td role="cell"\("class", attribute: kind) data-label="\(context(column.name))">\(cell.bytes.isEmpty ? cell : "<div>\(cell)</div>")</td>
          """
      }
      return "<tr role=\"row\">\(cells)</tr>\n"
    }
    return """
      <table role="table" class="rows-table"><caption class="hidden">\(context(caption))</caption>
      <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>
      <tbody role="rowgroup">
      \(lines)</tbody></table>
      """
  }

  // MARK: Acts

  /// A button that does something at once.
  ///
  /// - Parameters:
  ///   - path: as it is in Turkish.
  ///   - subject: what it is done to, for those who hear one button after the other.
  ///   - back: where the browser goes afterwards, as it is in Turkish; empty where the act knows best.
  func act(_ path: String, _ label: OperatorPhrase, subject: String? = nil, back: String = "") -> HTML {
    FormMarkup(context: context.page).button(
      path, context(label), about: subject, back.isEmpty ? [] : [(name: OperatorPages.back, value: back)])
  }

  /// A link to the question whether something shall really be done.
  func ask(_ path: String, _ label: OperatorPhrase, subject: String? = nil) -> HTML {
    let about: HTML? = subject.map { "<span class=\"hidden\">: \($0)</span>" }
    return "<a class=\"button small plain danger\" href=\"\(context.path(path))\">\(context(label))\(about)</a>"
  }

  // MARK: Filters

  /// A field that narrows a list down.
  func filter(
    _ name: String, _ label: OperatorPhrase, _ value: String, maximum: Int = 200, mode: String? = nil
  ) -> HTML {
    """
    <div class="field"><label for="f-\(name)">\(context(label))</label>
    <input id="f-\(name)" name="\(name)" value="\(value)" maxlength="\(maximum)"\("inputmode", attribute: mode)></div>
    """
  }

  struct Choice: Sendable {
    var value: String
    var label: String
  }

  /// - Parameter id: of the control, where a page has several of the same name.
  func select(_ name: String, _ label: OperatorPhrase, _ chosen: String, _ choices: [Choice], id: String? = nil) -> HTML
  {
    let options = choices.map { choice -> HTML in
      let mark: HTML = choice.value == chosen ? " selected" : ""
      return "<option value=\"\(choice.value)\"\(mark)>\(choice.label)</option>"
    }
    let place = id ?? "f-\(name)"
    return """
      <div class="field"><label for="\(place)">\(context(label))</label>
      <select id="\(place)" name="\(name)">\(options)</select></div>
      """
  }

  func filters(_ path: String, _ fields: [HTML]) -> HTML {
    """
    <form class="filters" method="get" action="\(context.path(path))" aria-label="\(context(.filters))">
    \(fields.joined("\n"))
    <div class="actions"><button class="button" type="submit">\(context(.apply))</button>
    <a href="\(context.path(path))">\(context(.clear))</a></div>
    </form>
    """
  }

  /// Links to further parts of a list.
  func pages(_ path: String, _ items: [(name: String, value: String)], token: String, next: String) -> HTML {
    Parts(context: context.page).pages(context.path(path), items, token: token, next: next)
  }

  // MARK: Figures

  /// A figure with how it went.
  func figure(_ label: OperatorPhrase, _ value: HTML, _ trend: Trend? = nil, tone: Tone = .plain) -> HTML {
    let picture = trend.map { Sparkline(values: $0.values, label: $0.label).drawing() }
    return """
      <div class="figure \(tone.rawValue)"><dt>\(context(label))</dt><dd>\(value)</dd>\
      <dd class="trend">\(picture)</dd></div>
      """
  }

  /// How a figure went, and the same in words.
  struct Trend: Sendable {
    var values: [Int64?]
    var label: String
  }

  func trend(_ samples: [TrendSample], _ figure: TrendFigure, _ shown: (Int64) -> String) -> Trend {
    let values = samples.map { $0[figure] }
    let told = values.compactMap { $0 }
    guard let low = told.min(), let high = told.max(), let last = told.last else {
      return Trend(values: values, label: context(.trendNone))
    }
    return Trend(
      values: values,
      label: context(.trendLabel, ["low": shown(low), "high": shown(high), "last": shown(last)]))
  }
}
