internal import Glibc

/// Which statements a caller may send, judged by their first word.
///
/// A connection serves many tasks in turn. COPY would take it out of its pipeline's protocol, BEGIN or SET would change
/// it under those who come after, and a read is sent again by itself when its connection breaks. This is no security
/// boundary, since a function can do nearly all of it: it catches mistakes before they hurt a stranger.
enum StatementScreen {
  enum Use {
    /// Shares its transaction with other reads and may be sent twice.
    case read
    /// Has a transaction of its own on a connection of many.
    case statement
    /// Inside `withTransaction`.
    case transaction
    /// The client's own: BEGIN, COMMIT, LISTEN.
    case own
  }

  private enum Kind { case reads, copies, controlsTransaction, changesSession }

  /// - Throws: `PostgresError` `.invalidParameter` for U+0000, `.invalidUse` for a statement that does not fit `use`.
  static func check(_ sql: String, for use: Use) throws(PostgresError) {
    var sql = sql
    let (word, hasNUL) = sql.withUTF8 { bytes in (firstWord(of: bytes), contains(0, bytes)) }
    guard !hasNUL else {
      throw PostgresError(.invalidParameter, "the statement's text holds the character U+0000")
    }
    switch (use, kinds[word]) {
    case (.own, _), (.read, .reads), (.statement, .reads), (.statement, nil), (.transaction, .reads),
      (.transaction, .changesSession), (.transaction, nil):
      return
    case (_, .copies):
      throw PostgresError(.invalidUse, "COPY is not a query: use copyIn or copyOut")
    case (_, .controlsTransaction):
      throw PostgresError(.invalidUse, "transactions are begun and ended by withTransaction and withSavepoint")
    case (_, .changesSession):
      throw PostgresError(
        .invalidUse,
        "the connection is shared, so its session stays as it is: use SET LOCAL in a transaction, or listen")
    case (.read, nil):
      throw PostgresError(.invalidUse, "a read is SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN: use query or execute")
    }
  }

  private static func contains(_ byte: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let start = bytes.baseAddress else { return false }
    return memchr(start, byte, bytes.count) != nil
  }

  private static let kinds: [UInt64: Kind] = {
    var kinds: [UInt64: Kind] = [:]
    func add(_ words: String, _ kind: Kind) {
      for word in words.split(separator: " ") {
        var text = String(word)
        kinds[text.withUTF8 { firstWord(of: $0) }] = kind
      }
    }
    add("select with values table show explain", .reads)
    add("copy", .copies)
    add("begin start commit end abort rollback savepoint release prepare", .controlsTransaction)
    add("set reset listen unlisten discard deallocate", .changesSession)
    return kinds
  }()

  /// The first eight letters of the first word in lower case, behind what PostgreSQL's scanner skips: blanks, comments,
  /// empty statements, and opening parentheses.
  static func firstWord(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), 9...13, UInt8(ascii: ";"), UInt8(ascii: "("):
        index += 1
      case UInt8(ascii: "-") where bytes[(index + 1)...].first == UInt8(ascii: "-"):
        while index < bytes.count, bytes[index] != 10, bytes[index] != 13 { index += 1 }
      case UInt8(ascii: "/") where bytes[(index + 1)...].first == UInt8(ascii: "*"):
        index = endOfComment(bytes, from: index)
      default:
        return letters(bytes, from: index)
      }
    }
    return 0
  }

  /// Comments nest.
  private static func endOfComment(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var depth = 0
    var index = start
    while index + 1 < bytes.count {
      switch (bytes[index], bytes[index + 1]) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        depth += 1
        index += 2
      case (UInt8(ascii: "*"), UInt8(ascii: "/")):
        depth -= 1
        index += 2
        if depth == 0 { return index }
      default: index += 1
      }
    }
    return bytes.count
  }

  private static func letters(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt64 {
    var word: UInt64 = 0
    for byte in bytes[start...].prefix(8) {
      let lower = byte | 0x20
      guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) else { break }
      word = word << 8 | UInt64(lower)
    }
    return word
  }
}
