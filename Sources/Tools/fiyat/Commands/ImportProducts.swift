import ArgumentParser
import CSVText
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

  private static let known: Set<String> = [
    "id", "gtin_or_sku", "title", "brand", "category_path", "url", "image", "currency",
  ]

  func run() async throws {
    let run = ImportRun(
      options: options, purpose: "products", batchSize: 2000, required: [["id"], ["title"]],
      address: options.mesh.address(of: .catalog))
    try await options.mesh.with(.catalog) { channel in
      let client = CatalogV1.CatalogService.Client(channel)
      try await run.run({ (header, row) throws(RowFault) in try product(header, row) }) { batch, report in
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

  private func product(_ header: CSVHeader, _ row: CSVRow) throws(RowFault) -> CatalogV1.ImportProduct {
    guard let id = header.value("id", in: row) else { throw RowFault("id: expected the shop's own id") }
    var product = CatalogV1.ImportProduct(line: Int64(row.line), shop: options.shop, externalId: id)
    product.title = header.value("title", in: row) ?? ""
    product.brand = header.value("brand", in: row) ?? ""
    product.gtinOrSku = header.value("gtin_or_sku", in: row) ?? ""
    product.categoryPath = header.value("category_path", in: row) ?? ""
    product.url = header.value("url", in: row) ?? ""
    product.imageUrl = header.value("image", in: row) ?? ""
    product.currency = header.value("currency", in: row) ?? currency
    product.locale = locale
    product.source = source
    product.priority = priority?.message ?? .unspecified
    for (index, name) in header.names.enumerated() where !Self.known.contains(name.lowercased()) {
      guard index < row.fields.count, !name.isEmpty, !row.fields[index].isEmpty else { continue }
      // Longer texts than an attribute holds are kept by their beginning.
      product.attributes[String(name.prefix(100))] = String(row.fields[index].unicodeScalars.prefix(2000))
    }
    return product
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
