import MeshMessages
import MeshRPC
import PostgresClient

/// Lists of products in wire form, straight from the database's rows: to make a `CatalogV1.Product` of each takes several
/// times as long, and nobody looks at them here. `ProductRow` reads the same for those who do; a test compares the two.
extension WireFieldWriter {
  /// The fields of `ListProductsResponse` and `SearchProductsResponse`.
  /// - Throws: `PostgresError` `.decoding`.
  init(_ page: ProductPage) throws(PostgresError) {
    self.init()
    reserveCapacity(page.rows.count * 512)
    for row in page.rows.prefix(page.count) { try append(1, product: row) }
    append(2, page.next)
  }

  private mutating func append(_ field: UInt32, product row: PostgresRow) throws(PostgresError) {
    let start = begin(field)
    append(1, try row.column(0, as: Int64.self))
    try row.withText(1) { append(2, $0) }
    try row.withText(2) { append(3, $0) }
    try row.withText(3) { append(4, ProductRow.displayed($0)) }
    try row.withText(4) { append(5, $0) }
    try row.withText(5) { append(6, $0) }
    try row.withTexts(6) { append(7, attributes: $0) }
    let status: CatalogV1.ProductStatus = try row.column(7) ? .active : .retired
    append(8, Int64(status.rawValue))
    append(9, Int64(ProductRow.priority(try row.column(8)).rawValue))
    if try row.column(12, as: String?.self) != nil {
      let price = begin(11)
      try appendPrice(row)
      end(price)
    }
    append(12, try row.column(10, as: Timestamp.self))
    append(13, try row.column(11, as: Timestamp.self))
    append(14, try row.column(9, as: Int64.self))
    end(start)
  }

  /// The fields of `CurrentPrice`.
  private mutating func appendPrice(_ row: PostgresRow) throws(PostgresError) {
    try row.withText(12) { (currency) throws(PostgresError) in
      append(1, try row.column(13), currency)
      if let listPrice = try row.column(14, as: Int64?.self) { append(2, listPrice, currency) }
    }
    append(3, try row.column(15, as: Int64.self))
    try row.withText(16) { append(4, $0) }
    append(5, Int64(try row.column(17, as: Int16.self)))
    append(6, Int64(UInt32(clamping: try row.column(18, as: Int32.self))))
    append(7, try row.column(19, as: Int64.self))
    append(8, try row.column(20, as: Timestamp.self))
  }

  private mutating func append(_ field: UInt32, attributes: [UnsafeRawBufferPointer]) {
    for index in stride(from: 0, to: attributes.count - 1, by: 2) {
      let name = attributes[index]
      // Of equal names the last one counts. There are a few at most, and 64 by the rules.
      let isRepeated = stride(from: index + 2, to: attributes.count - 1, by: 2).contains {
        attributes[$0].elementsEqual(name)
      }
      if isRepeated { continue }
      let start = begin(field)
      append(1, name)
      append(2, attributes[index + 1])
      end(start)
    }
  }

  private mutating func append(_ field: UInt32, _ minorUnits: Int64, _ currency: UnsafeRawBufferPointer) {
    let start = begin(field)
    append(1, currency)
    append(2, minorUnits)
    end(start)
  }

  private mutating func append(_ field: UInt32, _ time: Timestamp) {
    let message = time.message
    let start = begin(field)
    append(1, message.seconds)
    append(2, Int64(message.nanos))
    end(start)
  }
}
