internal import HTTPTypes

/// Where files of products are brought, and what became of those before.
struct ImportsPage: Sendable {
  let layout: OperatorLayout
  let form: FormMarkup
  let imports: [ImportRecord]
  var status = HTTPResponse.Status.ok

  /// The fields besides the file.
  static let fields = ["shop", "currency", "locale", "source", "priority"]
  static let file = "file"
  static let sources: [(word: String, phrase: OperatorPhrase)] = [
    ("push", .sourcePush), ("page", .sourcePage), ("feed", .sourceFeed),
  ]

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let sources = Self.sources.map { (value: $0.word, label: context($0.phrase)) }
    let priorities = ProductEditPage.priorities.map { (value: $0.word, label: context($0.phrase)) }
    let fields =
      form.file(Self.file, context(.importFile), accept: ".csv,text/csv", hint: context(.importHint))
      + form.field("shop", context(.shop), .init(autocomplete: "off", maximum: 64), hint: context(.shopHint))
      + form.field(
        "currency", context(.currency), .init(autocomplete: "off", maximum: 3), hint: context(.currencyHint),
        isRequired: false)
      + form.field(
        "locale", context(.locale), .init(autocomplete: "off", maximum: 35), hint: context(.localeHint),
        isRequired: false)
      + form.select("source", context(.sourceKind), sources)
      + form.select("priority", context(.priority), priorities)
    return layout.response(
      """
      <p class="lead">\(context(.importText))</p>
      <section class="panel" aria-labelledby="t-new"><h2 id="t-new">\(context(.importNew))</h2>
      \(form.form("/admin/import", fields, button: context(.importStart), isUpload: true))</section>
      <section data-fresh="imports" aria-labelledby="t-list"><h2 id="t-list">\(context(.importsBefore))</h2>
      \(Self.table(parts, imports))</section>
      """, status: status)
  }

  static func table(_ parts: OperatorParts, _ imports: [ImportRecord]) -> HTML {
    let context = parts.context
    let number: (Int64) -> HTML = { "\(context.language.number($0))" }
    return parts.table(
      .importsBefore,
      [
        .init(.number), .init(.begun), .init(.fileName), .init(.shop), .init(.state), .init(.rows, isNumber: true),
        .init(.importCreated, isNumber: true), .init(.importUpdated, isNumber: true),
        .init(.importUnchanged, isNumber: true), .init(.importRejected, isNumber: true),
      ],
      imports.map { record in
        [
          "<a href=\"\(context.path("/admin/import/\(record.id)"))\">\(record.id)</a>", parts.moment(record.begunAt),
          "\(record.fileName)", "\(record.shop)", state(record, parts), number(record.rows), number(record.created),
          number(record.updated), number(record.unchanged), number(record.rejected),
        ]
      }, none: .importsNone)
  }

  static func state(_ record: ImportRecord, _ parts: OperatorParts) -> HTML {
    let context = parts.context
    if !record.failure.isEmpty || record.isLost { return parts.mark(context(.importFailed), .bad) }
    return record.endedAt == nil
      ? parts.mark(context(.importRunning), .plain) : parts.mark(context(.importDone), .good)
  }
}

/// How far one import is, and what could not be taken over.
struct ImportPage: Sendable {
  let layout: OperatorLayout
  let record: ImportRecord

  /// As many of the rejected as the page itself lists.
  private static let shown = 20

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let language = context.language
    let failure: HTML? =
      record.isLost
      ? "<p class=\"notice\" role=\"alert\">\(context(.importLost))</p>"
      : record.failure.isEmpty
        ? nil : "<p class=\"notice\" role=\"alert\">\(context(.importBroken)): \(record.failure)</p>"
    let share = Share.basisPoints(record.doneBytes, of: record.bytes) ?? 0
    let report: HTML? =
      record.faults.isEmpty
      ? nil
      : """
      <p><a class="button plain" href="\(context.path("/admin/import/\(record.id)/report"))" \
      download="import-\(record.id).csv">\(context(.importReport))</a></p>
      """
    let faults = parts.table(
      .importRejected, [.init(.line), .init(.reason)],
      record.faults.prefix(Self.shown).map { ["\($0.line)", "\($0.reason)"] }, none: .importNoFaults)
    return layout.response(
      """
      <div data-fresh="import">\(failure)
      \(ImportsPage.table(parts, [record]))
      <p><label for="p-import">\(context(.importRead, ["percent": language.percent(share)]))</label>
      <progress id="p-import" class="progress" max="10000" value="\(share)">\(language.percent(share))</progress></p>
      <section aria-labelledby="t-faults"><h2 id="t-faults">\(context(.importRejected))</h2>
      \(faults)\(report)</section></div>
      <p><a href="\(context.path("/admin/import"))">\(context(.importsBefore))</a></p>
      """)
  }

  /// The reasons as a table for other programs (RFC 4180). What begins like a formula does not become one in a
  /// spreadsheet.
  static func report(_ record: ImportRecord) -> String {
    var text = "line,reason\r\n"
    for fault in record.faults {
      let guarded = fault.reason.first.map { "=+-@\t\r".contains($0) } == true ? "'" + fault.reason : fault.reason
      text += "\(fault.line),\"" + guarded.replacing("\"", with: "\"\"") + "\"\r\n"
    }
    return text
  }
}
