import CSVText
import ImportTable

/// The loop of an import: rows into batches, batches to a service, and word of what came of it.
struct ImportRun {
  let options: ImportOptions
  let purpose: String
  let batchSize: Int
  /// Columns that a file must have, each by the names that it may bear.
  let required: [[String]]
  /// Where the rows go: a file that was half taken over by one mesh is new to another.
  let address: String

  /// - Parameters:
  ///   - parse: makes an item of a row; throws `RowFault` for one that is none.
  ///   - send: hands a batch over and says what came of it.
  /// - Throws: `FiyatError`, what `send` throws.
  func run<Item>(
    _ parse: (CSVHeader, CSVRow) throws(RowFault) -> Item, _ send: ([Item], inout ImportReport) async throws -> Void
  ) async throws {
    let checkpoint = try ImportCheckpoint(file: options.file, purpose: "\(purpose) \(options.shop) \(address)")
    let done = options.fromStart ? 0 : checkpoint.acknowledgedLines()
    var file = try TableFile(options.file, required: required)
    defer { file.close() }
    let progress = ImportProgress(total: file.size)
    var report = ImportReport()
    report.resumedBehind = done
    var batch: [Item] = []
    var lastLine: Int64 = 0
    while let element = try file.next() {
      guard let header = file.header else { break }
      switch element {
      case .fault(let fault):
        if Int64(fault.line) > done { report.reject(line: Int64(fault.line), fault.reason) }
      case .row(let row):
        lastLine = Int64(row.line)
        guard lastLine > done else { continue }
        report.rows += 1
        do throws(RowFault) {
          try RowFault.checkText(row, header)
          batch.append(try parse(header, row))
        } catch {
          report.reject(line: lastLine, error.reason)
        }
      }
      guard batch.count == batchSize else { continue }
      try await send(batch, &report)
      batch.removeAll(keepingCapacity: true)
      try checkpoint.record(lines: lastLine)
      progress.show(bytes: file.position, rows: report.rows)
    }
    guard file.header != nil else { throw FiyatError("\(options.file): expected a header line, but it is empty") }
    if !batch.isEmpty { try await send(batch, &report) }
    checkpoint.clear()
    progress.finish()
    let rate = progress.rate(rows: report.rows)
    print(options.output.output == .json ? report.json(rate: rate) : report.text(rate: rate))
  }
}
