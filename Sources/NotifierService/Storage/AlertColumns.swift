internal import PostgresClient

/// A rule's figures as its columns have them.
struct AlertColumns {
  let rule: Int16
  var amount: Int64?
  var currency: String?
  var basisPoints: Int32?
  var isFromLastNotified = false
  var days: Int16?
  var category: String?
  var isGenuineOnly = false

  init(_ rule: AlertRule) {
    switch rule {
    case .targetPrice(let price):
      self.rule = 5
      amount = price.minorUnits
      currency = price.currency
    case .drop(let drop):
      self.rule = 6
      isFromLastNotified = drop.base == .lastNotified
      switch drop.by {
      case .basisPoints(let points): basisPoints = Int32(clamping: points)
      case .amount(let value):
        amount = value.minorUnits
        currency = value.currency
      }
    case .anyChange: self.rule = 7
    case .backInStock: self.rule = 8
    case .allTimeLow: self.rule = 9
    case .lowestInDays(let days):
      self.rule = 10
      self.days = Int16(clamping: days)
    case .dealInCategory(let deal):
      self.rule = 11
      category = deal.category
      basisPoints = Int32(clamping: deal.minimumDiscount)
      isGenuineOnly = deal.isGenuineOnly
    }
  }

  /// In the order `rule, amount, currency, basis_points, from_last_notified, days, category, genuine_only`.
  var values: [any PostgresEncodable] {
    [rule, amount, currency, basisPoints, isFromLastNotified, days, category, isGenuineOnly]
  }
}

extension Rearm {
  var columns: (mode: Int16, seconds: Int64) {
    switch self {
    case .once: (1, 0)
    case .whenFalse: (2, 0)
    case .after(let pause): (3, pause.components.seconds)
    }
  }
}
