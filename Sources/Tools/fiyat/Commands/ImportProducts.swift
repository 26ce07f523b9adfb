import ArgumentParser
import CSVText
import ImportTable
import MeshMessages
import MeshRPC

/// `fiyat import products`.
struct ImportProducts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products",
    abstract: "Columns: id, title, currency; gtin_or_sku, brand, category_path, url, image; others become attributes.")

  @OptionGroup var options: ImportOptions

  @Option(help: "How prices are observed: push, page or feed.")
  var source = "push"

  @Option(help: "The currency of rows without one.")
  var currency = ""

  @Option(help: "How prices are written at the shop, such as tr-TR.")
  var locale = ""

  @Option(help: "How soon prices are checked again: hot, normal or cold; default: as their products say.")
  var priority: ImportPriority?

  func run() async throws {
    let run = ImportRun(
      options: options, purpose: "products", batchSize: 2000, required: ProductRows.required,
      address: options.mesh.address(of: .catalog))
    let rows = ProductRows(
      shop: options.shop, source: source, currency: currency, locale: locale,
      priority: priority?.message ?? .unspecified)
    try await options.mesh.with(.catalog) { channel in
      let client = CatalogV1.CatalogService.Client(channel)
      try await run.run({ (header, row) throws(RowFault) in try rows.product(header, row) }) { batch, report in
        let request = CatalogV1.ImportProductsRequest(products: batch)
        let response = try await client.importProducts(options: CallOptions(timeout: .seconds(120))) { writer in
          try await writer.write(request)
        }
        report.add("created", response.created)
        report.add("updated", response.updated)
        report.add("unchanged", response.unchanged)
        for rejection in response.rejections { report.reject(line: rejection.line, rejection.reason) }
        report.rejected += response.rejected - Int64(response.rejections.count)
      }
    }
  }
}

/// Classes of priority by their names.
enum ImportPriority: String, ExpressibleByArgument, CaseIterable {
  case hot, normal, cold

  var message: CommonV1.PriorityClass {
    switch self {
    case .hot: .hot
    case .normal: .normal
    case .cold: .cold
    }
  }
}
