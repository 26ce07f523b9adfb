import ArgumentParser
import MeshMessages
import MeshRPC

/// `fiyat history ID`: the price over time as a chart.
struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Draws the price of a product in every shop.")

  @Argument(help: "The product's id; with --listing, the listing's.")
  var id: Int64

  @Flag(help: "The id is a listing's.")
  var listing = false

  @Option(help: "How many days back; 0: all.")
  var days: Int64 = 90

  @OptionGroup var mesh: MeshOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard id > 0 else { throw ValidationError("ID: expected a number above 0") }
    guard (0...36_500).contains(days) else { throw ValidationError("--days: expected 0 to 36500") }
  }

  func run() async throws {
    let now = SystemClock.seconds()
    var request = PricingV1.GetPriceHistoryRequest(
      subject: listing ? .listingId(id) : .productId(id), resolution: .changes)
    if days > 0 { request.from = GoogleProtobuf.Timestamp(seconds: now - days * 86_400) }
    let finished = request
    let response = try await mesh.with(.pricing) { channel in
      try await PricingV1.PricingService.Client(channel).getPriceHistory(finished, options: callTimeout)
    }
    guard output.output == .table else {
      print(try JSONLine.text(response))
      return
    }
    guard response.listings.contains(where: { !$0.points.isEmpty }) else {
      print("no prices yet")
      return
    }
    for history in response.listings { Self.draw(history, until: now) }
  }

  private static func draw(_ history: PricingV1.ListingHistory, until now: Int64) {
    let points = history.points.map { point in
      let isSold = point.price > 0 && point.availability != .outOfStock
      return TerminalChart.Point(at: point.at?.seconds ?? 0, price: isSold ? point.price : nil)
    }
    print("\(Table.printable(history.shop)), listing \(history.listingId), \(history.currency)")
    let chart = TerminalChart(points: points, currency: history.currency, width: 72, height: 10)
    for line in chart.lines(until: now) { print(line) }
    if history.truncated { print("(older points were left out)") }
    print("")
  }
}
