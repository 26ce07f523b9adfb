internal import MeshMessages

extension DealFeed.Entry {
  init(_ deal: PricingV1.Deal, _ context: PageContext) {
    let language = context.language
    let price = deal.price.map { language.price($0) } ?? ""
    id = deal.id
    title =
      "\(deal.productTitle): \(price), "
      + language(.realDiscount, ["percent": language.percent(Int64(deal.realDiscountBasisPoints))])
    path = context.path("/p/\(deal.productId)")
    summary =
      "\(language(VerdictTone(deal.verdict).phrase)). \(Judgement.reason(deal, language)) (\(language.shop(deal.shop)))"
    published = deal.openedAt?.seconds ?? 0
    updated = deal.updatedAt?.seconds ?? published
    category = deal.category
  }
}
