/// Reads CSV (RFC 4180) and its tab-separated sister from chunks of bytes, row by row.
///
/// Quoted fields may hold delimiters, line breaks and doubled quotes. Rows end with LF, CRLF or CR. A byte order mark
/// at the start is skipped; a blank line is no row. Whatever is wrong with a row is a `CSVFault` with its line, and the
/// rows behind it are read as if nothing had been.
///
/// Memory is bounded by one chunk and one row of at most `limits.rowBytes`.
package struct CSVReader: Sendable {
  /// What one row may be.
  package struct Limits: Sendable {
    /// Bytes of a row's fields together. Default 1 MiB.
    package var rowBytes = 1 << 20
    /// Default 1,000.
    package var fields = 1_000

    package init() {}
  }

  /// What stands between fields.
  package enum Delimiter: UInt8, Sendable {
    case comma = 0x2c
    case semicolon = 0x3b
    case tab = 0x09
  }

  /// One step of reading.
  package enum Element: Sendable, Equatable {
    case row(CSVRow)
    case fault(CSVFault)
  }

  private enum State: Sendable {
    /// The last two forget what is left of a row that is at fault.
    case fieldStart, unquoted, quoted, quoteInQuoted, skipping, skippingQuoted, skippingClosed
  }

  private let delimiter: UInt8
  private let limits: Limits
  private var input: [UInt8] = []
  private var position = 0
  private var state = State.fieldStart
  private var field: [UInt8] = []
  private var fields: [String] = []
  private var rowBytes = 0
  /// The line that the next byte is on, from 1, and that the current row began on.
  private var line = 1
  private var rowLine = 1
  /// A CR was the last byte, so that an LF behind it is no further line.
  private var afterReturn = false
  private var isAtStart = true
  private var hasEnded = false

  package init(delimiter: Delimiter = .comma, limits: Limits = Limits()) {
    self.delimiter = delimiter.rawValue
    self.limits = limits
  }

  /// Takes the next bytes of the text.
  package mutating func append(_ bytes: some Collection<UInt8>) {
    input.removeSubrange(..<position)
    position = 0
    input.append(contentsOf: bytes)
  }

  /// Nothing more comes: the last row need not end with a line break.
  package mutating func finish() { hasEnded = true }

  /// The next row or fault; nil when more bytes must come first, or at the end.
  package mutating func next() -> Element? {
    if isAtStart, !skipByteOrderMark() { return nil }
    while position < input.count {
      let byte = input[position]
      position += 1
      if let element = step(byte) { return element }
    }
    return hasEnded ? finishRow() : nil
  }

  /// False while too few bytes are there to tell.
  private mutating func skipByteOrderMark() -> Bool {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    if input.count < mark.count, !hasEnded { return false }
    if input.starts(with: mark) { position = mark.count }
    isAtStart = false
    return true
  }

  private mutating func step(_ byte: UInt8) -> Element? {
    let isBreak = byte == 0x0a || byte == 0x0d
    if byte == 0x0a, afterReturn {
      // The second half of CRLF; inside quotes it belongs to the field.
      afterReturn = false
      if state == .quoted { return take(byte) }
      return nil
    }
    afterReturn = byte == 0x0d
    if isBreak { line += 1 }

    switch state {
    case .fieldStart where byte == 0x22:
      state = .quoted
    case .fieldStart, .unquoted:
      if byte == delimiter { return endField() }
      if isBreak { return endRow() }
      if byte == 0x22, state == .unquoted { return fault("a quote inside an unquoted field", next: .skipping) }
      state = .unquoted
      return take(byte)
    case .quoted:
      if byte == 0x22 { state = .quoteInQuoted } else { return take(byte) }
    case .quoteInQuoted:
      if byte == 0x22 {
        state = .quoted
        return take(byte)
      }
      if byte == delimiter { return endField() }
      if isBreak { return endRow() }
      return fault("a character behind a closing quote", next: .skipping)
    case .skipping:
      if isBreak { startRow() }
    case .skippingQuoted:
      // Only the closing quote tells where the row ends; a doubled one opens it again.
      if byte == 0x22 { state = .skippingClosed }
    case .skippingClosed:
      if byte == 0x22 {
        state = .skippingQuoted
      } else if isBreak {
        startRow()
      } else {
        state = .skipping
      }
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) -> Element? {
    rowBytes += 1
    guard rowBytes <= limits.rowBytes else {
      return fault(
        "more than \(limits.rowBytes) bytes; is a closing quote missing?",
        next: state == .quoted ? .skippingQuoted : .skipping)
    }
    field.append(byte)
    return nil
  }

  /// The row is not read; the rest of it is passed over in `next`.
  private mutating func fault(_ reason: String, next: State) -> Element {
    let fault = CSVFault(line: rowLine, reason: reason)
    discard()
    state = next
    return .fault(fault)
  }

  private mutating func endField() -> Element? {
    guard fields.count < limits.fields else { return fault("more than \(limits.fields) fields", next: .skipping) }
    fields.append(String(decoding: field, as: UTF8.self))
    field.removeAll(keepingCapacity: true)
    state = .fieldStart
    return nil
  }

  private mutating func endRow() -> Element? {
    // A blank line is no row; a quoted empty field is one.
    if fields.isEmpty, field.isEmpty, state == .fieldStart {
      startRow()
      return nil
    }
    guard fields.count < limits.fields else {
      let fault = CSVFault(line: rowLine, reason: "more than \(limits.fields) fields")
      startRow()
      return .fault(fault)
    }
    fields.append(String(decoding: field, as: UTF8.self))
    let row = CSVRow(line: rowLine, fields: fields)
    startRow()
    return .row(row)
  }

  private mutating func startRow() {
    discard()
    rowLine = line
    state = .fieldStart
  }

  private mutating func discard() {
    field.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    rowBytes = 0
  }

  /// What is left when the text has ended.
  private mutating func finishRow() -> Element? {
    switch state {
    case .quoted:
      return fault("the text ends inside a quoted field", next: .fieldStart)
    case .skipping, .skippingQuoted, .skippingClosed:
      startRow()
      return nil
    case .fieldStart, .unquoted, .quoteInQuoted:
      return endRow()
    }
  }
}
