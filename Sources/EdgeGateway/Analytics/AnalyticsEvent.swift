internal import MeshMessages
internal import PostgresClient

/// Something that a visitor did, as it is kept.
struct AnalyticsEvent: Sendable, Equatable {
  /// When it arrived.
  var at: Timestamp
  var kind: EdgeV1.EventKind
  /// Whose it is, until the day's salt makes a visitor id of it.
  var mark: VisitorMark
  var product: Int64?
  var deal: Int64?
  var listing: Int64?
  var shop: String?
  var query: String?
  /// Found by a search.
  var results: Int32?
  var page: String?
  var language: String?

  init(at: Timestamp, kind: EdgeV1.EventKind, mark: VisitorMark) {
    self.at = at
    self.kind = kind
    self.mark = mark
  }
}
