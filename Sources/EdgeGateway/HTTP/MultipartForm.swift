internal import Glibc
internal import HTTPTypes

/// A file that a form brought.
struct UploadedFile: Sendable, Equatable {
  /// As the browser named it, without folders, fit to be shown.
  var name: String
  var bytes: [UInt8]
}

/// The body of a form with a file (multipart/form-data, RFC 7578).
struct MultipartForm: Sendable {
  /// The texts, by field.
  private(set) var fields: [(name: String, value: String)] = []
  private(set) var file: UploadedFile?

  private static let maximumHeader = 2048
  private static let maximumText = 1024
  private static let maximumParts = 20

  /// What stands between parts, of a Content-Type; nil for one of another kind.
  static func boundary(of contentType: String) -> String? {
    let parts = contentType.split(separator: ";", omittingEmptySubsequences: false)
    guard let type = parts.first?.lowercased().filter({ $0 != " " }), type == "multipart/form-data" else { return nil }
    for part in parts.dropFirst() {
      let text = part.drop { $0 == " " }
      guard text.lowercased().hasPrefix("boundary=") else { continue }
      var value = text.dropFirst(9)
      if value.hasPrefix("\""), value.hasSuffix("\""), value.utf8.count >= 2 { value = value.dropFirst().dropLast() }
      // RFC 2046 §5.1.1.
      guard (1...70).contains(value.utf8.count), value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
      return String(value)
    }
    return nil
  }

  /// - Parameters:
  ///   - fileField: the one field that may bring a file.
  /// - Throws: `Problem` 400 that names the field.
  init(_ body: [UInt8], boundary: String, fileField: String) throws {
    let line = Array("--\(boundary)".utf8)
    let mark = Array("\r\n".utf8) + line
    guard body.starts(with: line) else { throw Self.malformed }
    var rest = body[line.count...]
    var count = 0
    while !rest.starts(with: "--".utf8) {
      count += 1
      guard rest.starts(with: "\r\n".utf8), count <= Self.maximumParts else { throw Self.malformed }
      rest = rest.dropFirst(2)
      guard let end = Self.find(mark, in: rest) else { throw Self.malformed }
      try add(rest[rest.startIndex..<end], fileField)
      rest = rest[(end + mark.count)...]
    }
  }

  private mutating func add(_ part: ArraySlice<UInt8>, _ fileField: String) throws {
    let blank = Array("\r\n\r\n".utf8)
    guard let end = Self.find(blank, in: part.prefix(Self.maximumHeader)),
      let header = String(validating: part[part.startIndex..<end], as: UTF8.self),
      let disposition = header.split(separator: "\r\n").first(where: {
        $0.lowercased().hasPrefix("content-disposition:")
      }), let name = Self.parameter("name", of: disposition), !name.isEmpty
    else { throw Self.malformed }
    let content = part[(end + blank.count)...]
    let shown = QueryItems.shown(name)
    guard !fields.contains(where: { $0.name == name }) else { throw Self.invalid(shown, "is given twice") }
    if name == fileField {
      guard file == nil else { throw Self.invalid(shown, "is given twice") }
      let path = Self.parameter("filename", of: disposition) ?? ""
      let last = path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map { String($0) } ?? ""
      file = UploadedFile(name: QueryItems.shown(last, limit: 100), bytes: Array(content))
      return
    }
    guard content.count <= Self.maximumText, let text = String(validating: content, as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw Self.invalid(shown, "expected a text of at most \(Self.maximumText) bytes") }
    fields.append((name, text))
  }

  /// `name="value"` in a header's line. Browsers write a quote in a value as %22 (URL standard, multipart/form-data).
  private static func parameter(_ name: String, of line: Substring) -> String? {
    guard let start = line.firstRange(of: "; \(name)=\"") else { return nil }
    let rest = line[start.upperBound...]
    guard let end = rest.firstIndex(of: "\"") else { return nil }
    return String(rest[..<end])
  }

  private static func find(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, let first = pattern.first else { return nil }
      var place = 0
      while place + pattern.count <= bytes.count {
        guard let found = memchr(base + place, Int32(first), bytes.count - place) else { return nil }
        place = UnsafeRawPointer(found) - base
        guard place + pattern.count <= bytes.count else { return nil }
        if memcmp(found, pattern, pattern.count) == 0 { return place }
        place += 1
      }
      return nil
    }.map { bytes.startIndex + $0 }
  }

  private static let malformed = Problem(.badRequest, .invalidBody, "the body is no well-formed multipart/form-data")

  private static func invalid(_ field: String, _ detail: String) -> Problem {
    Problem(.badRequest, .invalidBody, "\(field): \(detail)", field: field)
  }
}
