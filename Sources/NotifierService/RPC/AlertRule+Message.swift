internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension AlertRule {
  /// Reads the rule of a request.
  /// - Throws: `RPCError` INVALID_ARGUMENT that names the field.
  init(_ rule: NotifierV1.Alert.Rule?) throws(RPCError) {
    switch rule {
    case nil: throw .field("alert.rule", "expected exactly one rule")
    case .targetPrice(let target):
      self = .targetPrice(try .checked(target.price, field: "alert.target_price.price"))
    case .drop(let drop): self = .drop(try Drop(drop))
    case .anyChange: self = .anyChange
    case .backInStock: self = .backInStock
    case .allTimeLow: self = .allTimeLow
    case .lowestInDays(let lowest):
      guard [30, 90, 365].contains(lowest.days) else {
        throw .field("alert.lowest_in_days.days", "expected 30, 90 or 365")
      }
      self = .lowestInDays(Int(lowest.days))
    case .dealInCategory(let deal): self = .dealInCategory(try CategoryDeal(deal))
    }
  }

  var message: NotifierV1.Alert.Rule {
    switch self {
    case .targetPrice(let price): .targetPrice(.with { $0.price = price.message })
    case .drop(let drop): .drop(drop.message)
    case .anyChange: .anyChange(NotifierV1.AnyChange())
    case .backInStock: .backInStock(NotifierV1.BackInStock())
    case .allTimeLow: .allTimeLow(NotifierV1.AllTimeLow())
    case .lowestInDays(let days): .lowestInDays(.with { $0.days = UInt32(days) })
    case .dealInCategory(let deal):
      .dealInCategory(
        .with {
          $0.category = deal.category
          $0.minDiscountBasisPoints = UInt32(clamping: deal.minimumDiscount)
          $0.genuineOnly = deal.isGenuineOnly
        })
    }
  }

  /// Whether it is about a category and not about a product or listing.
  var isAboutCategory: Bool {
    if case .dealInCategory = self { true } else { false }
  }
}

extension AlertRule.Drop {
  fileprivate init(_ drop: NotifierV1.Drop) throws(RPCError) {
    switch drop.by {
    case nil: throw .field("alert.drop.by", "expected basis_points or amount")
    case .basisPoints(let points):
      guard (1...9999).contains(points) else {
        throw .field("alert.drop.basis_points", "expected 1 to 9999; 1000 is 10 %")
      }
      by = .basisPoints(Int(points))
    case .amount(let amount): by = .amount(try .checked(amount, field: "alert.drop.amount"))
    }
    switch drop.countedFrom {
    case .unspecified, .priceAtCreation: base = .priceAtCreation
    case .lastNotified: base = .lastNotified
    default: throw .field("alert.drop.counted_from", "expected PRICE_AT_CREATION or LAST_NOTIFIED")
    }
  }

  fileprivate var message: NotifierV1.Drop {
    .with {
      switch by {
      case .basisPoints(let points): $0.by = .basisPoints(UInt32(clamping: points))
      case .amount(let amount): $0.by = .amount(amount.message)
      }
      $0.countedFrom = base == .lastNotified ? .lastNotified : .priceAtCreation
    }
  }
}

extension AlertRule.CategoryDeal {
  fileprivate init(_ deal: NotifierV1.DealInCategory) throws(RPCError) {
    guard deal.category.unicodeScalars.count <= 500, !deal.category.hasPrefix("/"), !deal.category.hasSuffix("/") else {
      throw .field("alert.deal_in_category.category", "expected a path such as elektronik/kulaklik, or nothing for all")
    }
    guard deal.minDiscountBasisPoints <= 10_000 else {
      throw .field("alert.deal_in_category.min_discount_basis_points", "expected 0 to 10000; 1000 is 10 %")
    }
    self.init(
      category: deal.category, minimumDiscount: Int(deal.minDiscountBasisPoints), isGenuineOnly: deal.genuineOnly)
  }
}
