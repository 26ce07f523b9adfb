/// Texts as they lie in the result, for those who copy them elsewhere.
extension PostgresRow {
  /// Calls `body` with a text column's UTF-8, which is valid until `body` ends.
  /// - Returns: false for NULL, without having called `body`.
  /// - Throws: `PostgresError` `.decoding` where `column` as a `String` would; what `body` throws.
  @discardableResult
  package func withText(
    _ column: Int, _ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Void
  ) throws(PostgresError) -> Bool {
    let cell = try cell(column)
    guard !cell.isNull else { return false }
    let text: UnsafeRawBufferPointer
    do {
      text = try String.utf8(of: cell)
    } catch {
      throw named(error, column)
    }
    try body(text)
    return true
  }

  /// Calls `body` with the UTF-8 of an array's texts, which is valid until `body` ends.
  /// - Throws: `PostgresError` `.decoding` where `column` as an array of `String` would; what `body` throws.
  package func withTexts(
    _ column: Int, _ body: ([UnsafeRawBufferPointer]) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    let cell = try cell(column)
    var texts: [UnsafeRawBufferPointer] = []
    do {
      var array = try ArrayReader(cell, of: String.self)
      texts.reserveCapacity(array.remaining)
      while let element = try array.next() { texts.append(try String.utf8(of: element)) }
    } catch {
      throw named(error, column)
    }
    try body(texts)
  }
}
