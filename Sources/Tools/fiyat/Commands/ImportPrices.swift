import ArgumentParser
import CSVText
import ImportTable
import MeshMessages
import MeshRPC
import PricingService

/// `fiyat import prices`.
struct ImportPrices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prices", abstract: "Columns: product_id, observed_at, price; list_price, availability.")

  @OptionGroup var options: ImportOptions

  @Option(help: "The currency of the prices (ISO 4217).")
  var currency: String

  @Option(help: "How the file writes prices, such as en-US or tr-TR.")
  var locale = "en-US"

  func run() async throws {
    let run = ImportRun(
      options: options, purpose: "prices", batchSize: 5000,
      required: [["product_id", "id"], ["observed_at"], ["price"]], address: options.mesh.address(of: .pricing))
    let parser = PriceText(currency: currency, locale: locale)
    let (shop, currency) = (options.shop, currency)
    try await options.mesh.with(.pricing) { channel in
      let client = PricingV1.PricingService.Client(channel)
      try await run.run({ (header, row) throws(RowFault) in
        try Self.observation(header, row, shop: shop, currency: currency, parser)
      }) { batch, report in
        try await Self.record(batch, with: client, into: &report)
      }
    }
  }

  /// Sends a batch; rows whose listing pricing has not heard of yet are sent again, for the catalogue may have told of
  /// it a moment ago only.
  private static func record(
    _ batch: [PricingV1.Observation], with client: PricingV1.PricingService.Client, into report: inout ImportReport
  ) async throws {
    var waiting = batch
    var pause = Duration.milliseconds(100)
    while true {
      let request = PricingV1.RecordObservationsRequest(observations: waiting, source: "import")
      let response = try await client.recordObservations(options: CallOptions(timeout: .seconds(120))) { writer in
        try await writer.write(request)
      }
      report.add("recorded", response.recorded)
      report.add("known already", response.duplicates)
      let unknown = Set(response.rejections.filter { $0.reason == .unknownListing }.map(\.line))
      let isLast = unknown.isEmpty || pause > .seconds(5)
      for rejection in response.rejections where isLast || rejection.reason != .unknownListing {
        report.reject(line: rejection.line, rejection.message)
      }
      let listed = Int64(response.rejections.count)
      if isLast {
        report.rejected += response.rejected - listed
        return
      }
      // Where not all rejections are listed, the whole batch goes again: what is known changes nothing.
      if response.rejected == listed { waiting.removeAll { !unknown.contains($0.line) } }
      try await Task.sleep(for: pause)
      pause *= 2
    }
  }

  static func observation(
    _ header: CSVHeader, _ row: CSVRow, shop: String, currency: String, _ parser: PriceText
  ) throws(RowFault) -> PricingV1.Observation {
    guard let id = header.value("product_id", "id", in: row) else {
      throw RowFault("product_id: expected the shop's own id")
    }
    guard let time = header.value("observed_at", in: row), let moment = GoogleProtobuf.Timestamp(rfc3339: time) else {
      throw RowFault("observed_at: expected a moment such as 2026-02-03T04:05:06Z")
    }
    var observation = PricingV1.Observation(
      listing: .key(PricingV1.ListingKey(shop: shop, externalId: id)), observedAt: moment, line: Int64(row.line))
    observation.price = try money(header, row, "price", currency, parser)
    observation.listPrice = try money(header, row, "list_price", currency, parser)
    switch header.value("availability", in: row) {
    case nil: break
    case "in_stock"?: observation.availability = .inStock
    case "out_of_stock"?, "unavailable"?: observation.availability = .outOfStock
    case "preorder"?: observation.availability = .preorder
    case "unknown"?: observation.availability = .unknown
    default: throw RowFault("availability: expected in_stock, out_of_stock, preorder or unknown")
    }
    return observation
  }

  private static func money(
    _ header: CSVHeader, _ row: CSVRow, _ column: String, _ currency: String, _ parser: PriceText
  ) throws(RowFault) -> CommonV1.Money? {
    guard let text = header.value(column, in: row) else { return nil }
    do {
      let reading = try parser.read(text)
      guard let minorUnits = reading.minorUnits, reading.currency == currency else {
        throw RowFault("\(column): expected an amount of \(currency)")
      }
      return CommonV1.Money(currency: currency, minorUnits: minorUnits)
    } catch let fault as RowFault {
      throw fault
    } catch {
      throw RowFault("\(column): expected one price, such as 1,234.56")
    }
  }
}
