internal import HTTPTypes
internal import MeshMessages
internal import PostgresClient

/// What clients tell of visitors, checked.
enum AnalyticsInput {
  static let maximumEvents = 50
  private static let maximumPageBytes = 200
  private static let maximumQueryCharacters = 200

  /// The events of a body, or none of them.
  ///
  /// - Throws: `Problem` 400 that names the field: `events[3].kind`.
  static func events(
    _ request: EdgeV1.RecordEventsRequest, at: Timestamp, _ mark: VisitorMark
  ) throws -> [AnalyticsEvent] {
    guard (1...maximumEvents).contains(request.events.count) else {
      throw invalid("events", "expected 1 to \(maximumEvents)")
    }
    return try request.events.enumerated().map { index, message in
      do throws(Fault) {
        return try event(message, at, mark)
      } catch {
        throw invalid("events[\(index)].\(error.field)", error.expectation)
      }
    }
  }

  private static func invalid(_ field: String, _ detail: String) -> Problem {
    Problem(.badRequest, .invalidBody, "\(field): \(detail)", field: field)
  }

  private struct Fault: Error {
    var field: String
    var expectation: String
  }

  private static func event(
    _ message: EdgeV1.AnalyticsEvent, _ at: Timestamp, _ mark: VisitorMark
  ) throws(Fault) -> AnalyticsEvent {
    var event = AnalyticsEvent(at: at, kind: message.kind, mark: mark)
    event.page = try page(message.page)
    guard ["", "tr", "en"].contains(message.language) else {
      throw Fault(field: "language", expectation: "expected tr or en")
    }
    event.language = message.language.isEmpty ? nil : message.language
    event.product = try id(message.productId, "productId")
    event.deal = try id(message.dealId, "dealId")
    event.listing = try id(message.listingId, "listingId")
    // Queries of other events are of no use, and so not kept.
    let query = try query(message.query)
    if message.kind == .search {
      event.query = query.flatMap { isPersonal($0) ? nil : $0 }
      event.results = message.results.map { Int32(clamping: $0) }
    }
    try check(event, hasQuery: query != nil)
    return event
  }

  /// What each kind needs.
  private static func check(_ event: AnalyticsEvent, hasQuery: Bool) throws(Fault) {
    func need(_ isThere: Bool, _ field: String) throws(Fault) {
      if !isThere { throw Fault(field: field, expectation: "is missing: this kind of event needs it") }
    }
    switch event.kind {
    case .pageView: try need(event.page != nil, "page")
    case .productView: try need(event.product != nil, "productId")
    case .dealClick: try need(event.deal != nil, "dealId")
    case .listingClick: try need(event.listing != nil, "listingId")
    case .search: try need(hasQuery, "query")
    case .share: try need(event.product != nil || event.deal != nil || event.page != nil, "page")
    default:
      throw Fault(
        field: "kind",
        expectation: "expected EVENT_KIND_PAGE_VIEW, EVENT_KIND_PRODUCT_VIEW, EVENT_KIND_DEAL_CLICK, "
          + "EVENT_KIND_LISTING_CLICK, EVENT_KIND_SEARCH or EVENT_KIND_SHARE")
    }
  }

  private static func id(_ id: Int64, _ field: String) throws(Fault) -> Int64? {
    guard id >= 0 else { throw Fault(field: field, expectation: "expected a positive whole number") }
    return id == 0 ? nil : id
  }

  private static func page(_ path: String) throws(Fault) -> String? {
    guard !path.isEmpty else { return nil }
    let isPath = path.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }
    guard path.hasPrefix("/"), path.utf8.count <= maximumPageBytes, isPath else {
      throw Fault(
        field: "page",
        expectation:
          "expected a path such as /deals of at most \(maximumPageBytes) visible ASCII characters, without query")
    }
    return path
  }

  // MARK: Queries

  /// Case and blanks evened out, and the two letters i of Turkish made one: `KULAKLIK ` and `kulaklık` are the same.
  private static func query(_ text: String) throws(Fault) -> String? {
    let scalars = text.unicodeScalars
    guard text.utf8.count <= maximumQueryCharacters * 4, scalars.count <= maximumQueryCharacters,
      !scalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw Fault(
        field: "query",
        expectation: "expected at most \(maximumQueryCharacters) characters, none of them control characters")
    }
    let words = text.split { $0.isWhitespace }.joined(separator: " ").lowercased()
    let even = String(
      String.UnicodeScalarView(
        words.unicodeScalars.compactMap { scalar in
          // What lower case makes of İ is an i with a dot above it.
          scalar == "\u{307}" ? nil : scalar == "ı" ? "i" : scalar
        }))
    return even.isEmpty ? nil : even
  }

  /// Whether it may be about a person: an address of mail, or a number as long as those of telephones.
  private static func isPersonal(_ query: String) -> Bool {
    if query.contains("@") { return true }
    var digits = 0
    for character in query {
      if character.isNumber {
        digits += 1
        if digits >= 7 { return true }
      } else if !" -./()+".contains(character) {
        digits = 0
      }
    }
    return false
  }
}
