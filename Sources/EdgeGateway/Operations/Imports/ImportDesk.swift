internal import CSVText
internal import HTTPTypes
internal import ImportTable
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import ServiceKit

/// Takes files of products and hands them to the catalogue, one after the other, in the background.
struct ImportDesk: Sendable {
  /// Bytes of a file. A larger one is `fiyat import`'s.
  static let maximumBytes = 8 << 20
  /// Rows that are handed over together.
  private static let batch = 2000
  /// Bytes that are read at a time.
  private static let chunk = 64 << 10

  private struct Work: Sendable {
    var record: ImportRecord
    var rows: ProductRows
    var bytes: [UInt8]
  }

  private let log: any ImportLog
  private let works: AsyncStream<Work>
  private let entrance: AsyncStream<Work>.Continuation

  init(log: any ImportLog) {
    self.log = log
    // One is under way, and one waits: files are kept in memory.
    (works, entrance) = AsyncStream.makeStream(of: Work.self, bufferingPolicy: .bufferingOldest(1))
  }

  /// Takes a file.
  ///
  /// - Returns: the import's id.
  /// - Throws: `Problem` 400 for what cannot be a table of products, 409 where another one waits already.
  func take(_ file: UploadedFile, _ rows: ProductRows) async throws -> Int64 {
    try Self.check(file)
    var record = ImportRecord(fileName: file.name, shop: rows.shop, bytes: Int64(file.bytes.count))
    record.id = try await log.begin(record)
    switch entrance.yield(Work(record: record, rows: rows, bytes: file.bytes)) {
    case .enqueued: return record.id
    default:
      record.failure = "another import was under way"
      try await log.update(record, hasEnded: true)
      throw Problem(.conflict, .conflict, "other imports are under way; try again when they have ended")
    }
  }

  /// Looks at the header alone.
  private static func check(_ file: UploadedFile) throws {
    var reader = CSVReader()
    reader.append(file.bytes.prefix(chunk))
    if file.bytes.count <= chunk { reader.finish() }
    guard case .row(let row)? = reader.next() else {
      throw Problem(.badRequest, .invalidBody, "file: expected CSV with a header line", field: "file")
    }
    let missing = ProductRows.missing(in: CSVHeader(row))
    guard missing.isEmpty else {
      throw Problem(
        .badRequest, .invalidBody, "file: expected the columns \(missing.joined(separator: ", "))", field: "file")
    }
  }

  /// Until it is cancelled.
  func run(_ backends: Backends, logger: Logger) async {
    for await work in works {
      do {
        try await run(work, backends)
      } catch {
        logger.error(
          "an import's outcome was not written",
          metadata: ["import": "\(work.record.id)", "error": "\(SafeDescription.of(error))"])
      }
    }
  }

  private func run(_ work: Work, _ backends: Backends) async throws {
    var record = work.record
    do {
      try await read(work, &record, backends)
    } catch let error as RPCError {
      record.failure = StatusMapping.problem(for: error).detail
    } catch is CancellationError {
      record.failure = "the gateway was stopped"
    }
    try await log.update(record, hasEnded: true)
  }

  private func read(_ work: Work, _ record: inout ImportRecord, _ backends: Backends) async throws {
    var reader = CSVReader()
    var header: CSVHeader?
    var batch: [CatalogV1.ImportProduct] = []
    var position = 0
    while true {
      while let element = reader.next() {
        switch element {
        case .fault(let fault): record.reject(line: Int64(fault.line), fault.reason)
        case .row(let row):
          guard let header else {
            header = CSVHeader(row)
            continue
          }
          record.rows += 1
          do throws(RowFault) {
            try RowFault.checkText(row, header)
            batch.append(try work.rows.product(header, row))
          } catch {
            record.reject(line: Int64(row.line), error.reason)
          }
        }
        guard batch.count == Self.batch else { continue }
        try await hand(batch, &record, position, backends)
        batch.removeAll(keepingCapacity: true)
      }
      guard position < work.bytes.count else { break }
      let end = min(position + Self.chunk, work.bytes.count)
      reader.append(work.bytes[position..<end])
      position = end
      if end == work.bytes.count { reader.finish() }
    }
    if !batch.isEmpty { try await hand(batch, &record, position, backends) }
    record.doneBytes = Int64(position)
  }

  private func hand(
    _ batch: [CatalogV1.ImportProduct], _ record: inout ImportRecord, _ position: Int, _ backends: Backends
  ) async throws {
    let request = CatalogV1.ImportProductsRequest(products: batch)
    let response = try await backends.catalog.importProducts(options: CallOptions(timeout: .seconds(120))) { writer in
      try await writer.write(request)
    }
    record.created += response.created
    record.updated += response.updated
    record.unchanged += response.unchanged
    for rejection in response.rejections { record.reject(line: rejection.line, rejection.reason) }
    record.rejected += response.rejected - Int64(response.rejections.count)
    record.doneBytes = Int64(position)
    try await log.update(record, hasEnded: false)
  }
}
