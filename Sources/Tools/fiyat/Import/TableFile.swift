import CSVText
import Compression
import Glibc
import NIOCore

/// A CSV file, plain or gzip by its name, read row by row in bounded memory.
struct TableFile {
  private let path: String
  private let required: [[String]]
  private let descriptor: Int32
  private let inflate: InflateStream?
  private var reader = CSVReader()
  /// Of the file.
  let size: Int64
  /// Bytes of the file that have been read.
  private(set) var position: Int64 = 0
  private(set) var header: CSVHeader?
  private var hasEnded = false

  /// What one piece of a compressed file may become.
  private static let maximumPiece = 64 << 20

  /// - Parameter required: columns that the header must have, each by the names that it may bear.
  /// - Throws: `FiyatError`.
  init(_ path: String, required: [[String]]) throws {
    self.path = path
    self.required = required
    var status = stat()
    guard stat(path, &status) == 0 else { throw Self.failure(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FiyatError("\(path): expected a file, and this is a folder") }
    size = Int64(status.st_size)
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    inflate = path.hasSuffix(".gz") ? try InflateStream(.gzip) : nil
  }

  /// To be called once, at the end.
  func close() { Glibc.close(descriptor) }

  /// The next row behind the header, or what is wrong with it; nil at the end.
  /// - Throws: `FiyatError` when the file cannot be read, is not compressed as its name says, or lacks a column.
  mutating func next() throws -> CSVReader.Element? {
    while true {
      if let element = reader.next() {
        guard header == nil else { return element }
        switch element {
        case .row(let row): header = try checked(CSVHeader(row), line: row.line)
        case .fault(let fault): throw FiyatError("\(path), line \(fault.line), the header: \(fault.reason)")
        }
        continue
      }
      guard !hasEnded else { return nil }
      try readPiece()
    }
  }

  private func checked(_ header: CSVHeader, line: Int) throws -> CSVHeader {
    let names = Set(header.names.map { $0.lowercased() })
    for column in required where names.isDisjoint(with: column) {
      let found = Table.printable(String(header.names.joined(separator: ", ").unicodeScalars.prefix(200)))
      throw FiyatError(
        "\(path), line \(line), the header: expected a column \(column.joined(separator: " or ")), found \(found)")
    }
    return header
  }

  private mutating func readPiece() throws {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw Self.failure(path) }
    guard count > 0 else {
      try decompressing { try inflate?.finish() }
      reader.finish()
      hasEnded = true
      return
    }
    position += Int64(count)
    guard let inflate else {
      reader.append(bytes[..<count])
      return
    }
    var plain = ByteBuffer()
    try decompressing { try inflate.append(ByteBuffer(bytes: bytes[..<count]), to: &plain, limit: Self.maximumPiece) }
    reader.append(plain.readableBytesView)
  }

  private func decompressing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as CompressionError {
      throw FiyatError("\(path): expected a whole gzip file: \(error.description)")
    }
  }

  private static func failure(_ path: String) -> FiyatError {
    FiyatError("\(path): \(String(cString: strerror(errno)))")
  }
}
