internal import MeshMessages

/// What is said of a product's price, with the reason: the verdict on its open deal, or how it stands to its past.
enum Judgement {
  /// Why a deal's verdict is what it is, in a sentence made of its evidence.
  static func reason(_ deal: PricingV1.Deal, _ language: Language) -> String {
    let evidence = deal.evidence ?? PricingV1.DealEvidence()
    var values = ["real": language.percent(Int64(deal.realDiscountBasisPoints)), "days": String(evidence.windowDays)]
    values["reference"] = evidence.referencePrice.map { language.price($0) }
    values["claimed"] = deal.claimedDiscountBasisPoints.map { language.percent(Int64($0)) }
    values["list"] = evidence.listPrice.map { language.price($0) }
    if deal.verdictReason == .raisedBefore, let before = evidence.priceBeforeRaise, let price = deal.price,
      let change = Ratio.below(price.minorUnits, before.minorUnits)
    {
      values["before"] = language.price(before)
      // Below zero the price is even higher than it was.
      values["change"] = language.percent(max(0, change))
      return language(.whyRaised, values)
    }
    if deal.verdictReason == .shortHistory || values["reference"] == nil { return language(.whyShort) }
    if values["claimed"] == nil { return language(.whyGenuineUnclaimed, values) }
    if deal.verdictReason == .claimExceedsTruth, values["list"] != nil { return language(.whyInflated, values) }
    return language(.whyGenuine, values)
  }

  /// How a price without a deal stands to what was charged before, by the longest window of up to 90 days that it was
  /// watched in.
  static func standing(_ statistics: PricingV1.PriceStatistics?, _ language: Language) -> String {
    guard let statistics, let price = statistics.price,
      let window = statistics.windows.last(where: { [30, 90].contains($0.days) && $0.average != nil }),
      let average = window.average, let low = window.lowest, let high = window.highest
    else { return language(.standingNone) }
    var values = [
      "days": String(window.days), "average": language.price(average), "low": language.price(low),
      "high": language.price(high),
    ]
    if low.minorUnits == high.minorUnits, price.minorUnits == low.minorUnits {
      return language(.standingEqual, values)
    }
    if price.minorUnits <= low.minorUnits { return language(.standingLow, values) }
    let below = Ratio.below(price.minorUnits, average.minorUnits) ?? 0
    values["percent"] = language.percent(abs(below))
    return language(below >= 0 ? .standingBelow : .standingAbove, values)
  }

  /// A target that is worth waiting for: the lowest of 90 days where the price is above it, else a twentieth less than the
  /// price; in whole units of the currency where it is large enough. Nil without a price.
  static func suggestedTarget(_ statistics: PricingV1.PriceStatistics?) -> CommonV1.Money? {
    guard let statistics, let price = statistics.price, price.minorUnits > 0 else { return nil }
    let lowest = statistics.windows.first { $0.days == 90 }?.lowest?.minorUnits
    var target = price.minorUnits - max(1, price.minorUnits / 20)
    if let lowest, lowest > 0, lowest < target { target = lowest }
    guard target > 0 else { return nil }
    var unit: Int64 = 1
    for _ in 0..<CurrencyAmount.decimals(of: price.currency) { unit *= 10 }
    if target >= 100 * unit { target -= target % unit }
    return CommonV1.Money(currency: price.currency, minorUnits: target)
  }
}
