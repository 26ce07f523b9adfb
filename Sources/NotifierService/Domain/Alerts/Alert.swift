/// What a person wants to be told, and what is remembered of it.
struct Alert: Sendable {
  var id: Int64
  var subscriber: String
  var subject: Subject
  var rule: AlertRule
  /// The channels that are told; empty: all of the subscriber's.
  var channels: [Int64] = []
  var rearm = Rearm.whenFalse
  var expiresAt: UnixTime
  var quietHours: QuietHours?
  /// Gathered into one message a day.
  var isDigest = false
  var isPaused = false
  var createdAt: UnixTime
  /// The person's own name for it; may be empty.
  var label = ""
  var state = AlertState()

  enum Subject: Hashable, Sendable {
    /// A product with all its listings.
    case product(Int64)
    case listing(Int64)
    /// With `AlertRule.dealInCategory`, which names the category.
    case category
  }

  /// How long an alert lives when nobody says otherwise.
  static let lifetime = Duration.days(730)

  func watches(_ event: MarketEvent) -> Bool {
    switch subject {
    case .product(let id): event.product == id
    case .listing(let id): event.listing == id
    case .category: true
    }
  }
}

/// When an alert that fired may fire again.
enum Rearm: Hashable, Sendable {
  case once
  /// When the condition was false in between.
  case whenFalse
  /// When the condition is true and this much time has passed; at least a minute.
  case after(Duration)
}
