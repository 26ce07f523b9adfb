import ArgumentParser
import MeshMessages
import MeshRPC

/// `fiyat deals`: what is cheaper than it was.
struct DealsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "deals", abstract: "Lists open deals.")

  @Option(help: "Only this category and those below it, by path.")
  var category = ""

  @Option(help: "Only this shop.")
  var shop = ""

  @Option(help: "Only with at least this real discount, in per cent.")
  var minDiscount: UInt32 = 0

  @Option(help: "How many, 1 to 200.")
  var limit: UInt32 = 20

  @Flag(help: "Then tells of every deal that opens, changes or closes, until interrupted.")
  var watch = false

  @OptionGroup var mesh: MeshOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...200).contains(limit) else { throw ValidationError("--limit: expected 1 to 200") }
    guard minDiscount <= 100 else { throw ValidationError("--min-discount: expected 0 to 100") }
  }

  func run() async throws {
    let filter = PricingV1.DealFilter(category: category, shop: shop, minDiscountBasisPoints: minDiscount * 100)
    let format = output.output
    let (limit, watch) = (limit, watch)
    try await mesh.with(.pricing) { channel in
      let client = PricingV1.PricingService.Client(channel)
      let response = try await client.listDeals(
        PricingV1.ListDealsRequest(filter: filter, page: CommonV1.Page(size: limit)), options: callTimeout)
      try Self.show(response.deals, format)
      guard watch else { return }
      try await client.streamDeals(PricingV1.StreamDealsRequest(filter: filter)) { responses in
        for try await message in responses {
          if let deal = message.deal { try Self.show(change: deal, format) }
        }
      }
    }
  }

  private static func show(_ deals: [PricingV1.Deal], _ format: OutputFormat) throws {
    guard format == .table else {
      for deal in deals { print(try JSONLine.text(deal)) }
      return
    }
    var table = Table([
      ("id", .right), ("score", .right), ("price", .right), ("was", .right), ("real", .right), ("claimed", .right),
      ("verdict", .left), ("shop", .left), ("product", .left),
    ])
    for deal in deals {
      table.add([
        String(deal.id), String(deal.score?.total ?? 0), MoneyText.text(deal.price),
        MoneyText.text(deal.evidence?.referencePrice), MoneyText.percentage(deal.realDiscountBasisPoints),
        deal.claimedDiscountBasisPoints.map(MoneyText.percentage) ?? "-", verdict(deal.verdict), deal.shop,
        String(deal.productTitle.prefix(60)),
      ])
    }
    print(deals.isEmpty ? "no open deals" : table.text)
  }

  private static func show(change deal: PricingV1.Deal, _ format: OutputFormat) throws {
    guard format == .table else {
      print(try JSONLine.text(deal))
      return
    }
    let what = deal.closedAt == nil ? "open  " : "closed"
    let when = (deal.closedAt ?? deal.updatedAt)?.rfc3339 ?? ""
    print(
      "\(when) \(what) \(MoneyText.text(deal.price)) -\(MoneyText.percentage(deal.realDiscountBasisPoints)) "
        + "\(verdict(deal.verdict)) \(Table.printable(deal.shop)) \(Table.printable(deal.productTitle))")
  }

  private static func verdict(_ verdict: CommonV1.Verdict) -> String {
    switch verdict {
    case .genuine: "genuine"
    case .inflated: "inflated"
    default: "unknown"
    }
  }
}
