import CSVText
import Compression
import Glibc
import NIOCore

/// A CSV file, plain or gzip by its name, read row by row in bounded memory.
struct TableFile {
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

  /// - Throws: `FiyatError`.
  init(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Self.failure(path) }
    size = Int64(status.st_size)
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    inflate = path.hasSuffix(".gz") ? try InflateStream(.gzip) : nil
  }

  /// To be called once, at the end.
  func close() { Glibc.close(descriptor) }

  /// The next row behind the header, or what is wrong with it; nil at the end.
  /// - Throws: `FiyatError` when the file cannot be read, `CompressionError`.
  mutating func next() throws -> CSVReader.Element? {
    while true {
      if let element = reader.next() {
        guard header == nil else { return element }
        switch element {
        case .row(let row): header = CSVHeader(row)
        case .fault(let fault): throw FiyatError("line \(fault.line), the header: \(fault.reason)")
        }
        continue
      }
      guard !hasEnded else { return nil }
      try readPiece()
    }
  }

  private mutating func readPiece() throws {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw FiyatError("the file cannot be read: \(String(cString: strerror(errno)))") }
    guard count > 0 else {
      try inflate?.finish()
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
    try inflate.append(ByteBuffer(bytes: bytes[..<count]), to: &plain, limit: Self.maximumPiece)
    reader.append(plain.readableBytesView)
  }

  private static func failure(_ path: String) -> FiyatError {
    FiyatError("\(path): \(String(cString: strerror(errno)))")
  }
}
