package import HTTPTransport

/// What accompanies a call besides its messages: an ordered list of lower-case keys, each with a text or a binary
/// value; a key may occur several times (gRPC over HTTP2, "Custom-Metadata").
///
/// - Keys consist of `0-9 a-z _ - .` (upper case is lowered). A key that ends in `-bin` has binary values, any other
///   has text of the printable ASCII characters 0x20...0x7E without white space at either end.
/// - What the protocol itself uses is reserved (`isReserved(key:)`): it can't be set here and never shows up here.
///
/// An empty value costs no allocation, and neither does reading a block that holds reserved fields only.
package struct Metadata: Sendable, Hashable {
  package enum Value: Sendable, Hashable {
    case text(String)
    case binary([UInt8])
  }

  package struct Entry: Sendable, Hashable {
    package let key: String
    package let value: Value
  }

  /// The entries in the order in which they were added or received.
  package private(set) var entries: [Entry] = []

  package init() {}

  /// Metadata of text values, in order. Throws as `append(_:for:)` does.
  package init(_ pairs: [(key: String, value: String)]) throws(RPCError) {
    for pair in pairs { try append(pair.value, for: pair.key) }
  }

  package var isEmpty: Bool { entries.isEmpty }
  package var count: Int { entries.count }

  /// Adds a text value behind those that `key` has already. White space at either end of the value is dropped, as gRPC
  /// allows: HTTP/2 peers refuse it (RFC 9113 §8.2.1).
  ///
  /// - Throws: INTERNAL for a key that is malformed, reserved or ends in `-bin`, or for a value that is not printable
  ///   ASCII. INTERNAL and not INVALID_ARGUMENT, for it is this program's mistake and not the caller's.
  package mutating func append(_ value: String, for key: String) throws(RPCError) {
    let key = try Self.checkedKey(key, isBinary: false)
    guard let value = Self.checkedText(value) else {
      throw RPCError(
        code: .internal,
        message: "metadata value of \"\(key)\" is not printable ASCII; use a key that ends in -bin for other values")
    }
    entries.append(Entry(key: key, value: .text(value)))
  }

  /// Adds a binary value behind those that `key` has already; `key` ends in `-bin`.
  ///
  /// - Throws: INTERNAL for a key that is malformed, reserved or doesn't end in `-bin`.
  package mutating func append(binary value: [UInt8], for key: String) throws(RPCError) {
    entries.append(Entry(key: try Self.checkedKey(key, isBinary: true), value: .binary(value)))
  }

  /// Replaces all values of `key` by this one. Throws as `append(_:for:)` does, and then changes nothing.
  package mutating func set(_ value: String, for key: String) throws(RPCError) {
    let count = entries.count
    try append(value, for: key)
    guard count > 0 else { return }
    let added = entries.removeLast()
    entries.removeAll { $0.key == added.key }
    entries.append(added)
  }

  /// Adds all entries of `other`.
  package mutating func append(contentsOf other: Metadata) {
    entries.append(contentsOf: other.entries)
  }

  /// Removes all values of `key` (any case).
  package mutating func removeAll(for key: String) {
    let key = key.lowercased()
    entries.removeAll { $0.key == key }
  }

  /// The first text value of `key` (lower case), or nil.
  package subscript(_ key: String) -> String? {
    for entry in entries where entry.key == key {
      if case .text(let text) = entry.value { return text }
    }
    return nil
  }

  /// The first binary value of `key` (lower case, ends in `-bin`), or nil.
  package subscript(binary key: String) -> [UInt8]? {
    for entry in entries where entry.key == key {
      if case .binary(let bytes) = entry.value { return bytes }
    }
    return nil
  }

  /// All values of `key` (lower case), in order.
  package func values(for key: String) -> [Value] {
    entries.compactMap { $0.key == key ? $0.value : nil }
  }
}

// MARK: - Rules

extension Metadata {
  /// Whether `key` (lower case) belongs to the protocol, not to applications: pseudo-header fields, all that begins
  /// with `grpc-`, and fields of HTTP that gRPC or a hop owns (RFC 9110 §7.6.1, RFC 9113 §8.2.2).
  ///
  /// Two keys of gRPC's own travel as metadata nevertheless: `grpc-status-details-bin` (the rich error model) and
  /// `grpc-retry-pushback-ms` (gRFC A6), which a handler adds to the metadata of its error.
  package static func isReserved(key: String) -> Bool {
    var key = key
    return key.withUTF8 { isReserved(UnsafeRawBufferPointer($0)) }
  }

  private static let reservedFields: [StaticString] = [
    "te", "host", "content-type", "user-agent", "connection", "keep-alive", "proxy-connection", "transfer-encoding",
    "upgrade", "trailer", "content-length", "content-encoding", "accept-encoding",
  ]

  private static func isReserved(_ key: UnsafeRawBufferPointer) -> Bool {
    guard let first = key.first else { return false }
    if first == UInt8(ascii: ":") { return true }
    if first == UInt8(ascii: "g"), key.count >= 5, equal(UnsafeRawBufferPointer(rebasing: key[..<5]), "grpc-") {
      return !equal(key, "grpc-status-details-bin") && !equal(key, "grpc-retry-pushback-ms")
    }
    for field in reservedFields where equal(key, field) { return true }
    return false
  }

  private static func equal(_ bytes: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
    guard bytes.count == other.utf8CodeUnitCount else { return false }
    return bytes.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isBinaryKey(_ key: UnsafeRawBufferPointer) -> Bool {
    key.count > 4 && equal(UnsafeRawBufferPointer(rebasing: key[(key.count - 4)...]), "-bin")
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var bytes = bytes[...]
    while let first = bytes.first, isWhiteSpace(first) { bytes.removeFirst() }
    while let last = bytes.last, isWhiteSpace(last) { bytes.removeLast() }
    return UnsafeRawBufferPointer(rebasing: bytes)
  }

  private static func checkedKey(_ key: String, isBinary: Bool) throws(RPCError) -> String {
    enum Flaw { case none, malformed, reserved, otherKind }
    var key = key.lowercased()
    let flaw = key.withUTF8 { utf8 -> Flaw in
      let bytes = UnsafeRawBufferPointer(utf8)
      if isReserved(bytes) { return .reserved }
      if bytes.isEmpty || !bytes.allSatisfy(isKeyByte) { return .malformed }
      return isBinaryKey(bytes) == isBinary ? .none : .otherKind
    }
    switch flaw {
    case .none: return key
    case .malformed:
      throw RPCError(code: .internal, message: "metadata key must consist of the characters 0-9 a-z _ - .")
    case .reserved:
      throw RPCError(code: .internal, message: "metadata key \"\(key)\" is reserved for the protocol")
    case .otherKind:
      let rule = isBinary ? "must end in -bin to hold" : "ends in -bin and can't hold"
      throw RPCError(
        code: .internal, message: "metadata key \"\(key)\" \(rule) a \(isBinary ? "binary" : "text") value")
    }
  }

  private static func checkedText(_ value: String) -> String? {
    let whole = value
    var value = value
    return value.withUTF8 { utf8 in
      let text = trimmed(UnsafeRawBufferPointer(utf8))
      guard text.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else { return nil }
      return text.count == utf8.count ? whole : String(decoding: text, as: UTF8.self)
    }
  }
}

// MARK: - On the wire

extension Metadata {
  /// The size limit when none is given, as `size` counts: that of a header list on our connections.
  package static let defaultSizeLimit = 16_384

  /// The size on the wire before compression, as SETTINGS_MAX_HEADER_LIST_SIZE counts it: name and value (binary ones
  /// as base64) plus 32 for each field (RFC 9113 §6.5.2).
  package var size: Int {
    var size = 0
    for entry in entries {
      size += 32 + entry.key.utf8.count
      switch entry.value {
      case .text(let text): size += text.utf8.count
      case .binary(let bytes): size += Base64.encodedCount(bytes.count)
      }
    }
    return size
  }

  /// Throws RESOURCE_EXHAUSTED when `size` is over `limit`.
  package func checkSize(limit: Int = defaultSizeLimit) throws(RPCError) {
    let size = size
    guard size > limit else { return }
    throw RPCError(code: .resourceExhausted, message: "metadata of \(size) bytes is over the limit of \(limit)")
  }

  /// Adds a field to `block` for every entry. Binary values are base64 without padding. What proves an identity
  /// (`authorization`, `cookie` …) is marked sensitive, so that it never enters a compression table.
  package func append(to block: inout HeaderBlock) {
    for entry in entries {
      switch entry.value {
      case .text(let text): block.append(entry.key, text, isSensitive: Self.isSensitive(entry.key))
      case .binary(let bytes): block.append(entry.key, Base64.encode(bytes))
      }
    }
  }

  private static func isSensitive(_ key: String) -> Bool {
    switch key {
    case "authorization", "proxy-authorization", "cookie", "set-cookie": true
    default: false
    }
  }

  /// The metadata among the fields of a received block. A `-bin` field may hold several values joined by commas, with
  /// or without padding.
  ///
  /// Left out are reserved fields, and fields that are legal in HTTP but not in gRPC (other characters in the name, a
  /// text value outside 0x20...0x7E): gRPC forbids to fail a call over them, and what is kept here can be sent on.
  ///
  /// - Throws: INTERNAL for a `-bin` value that is not base64; RESOURCE_EXHAUSTED when the fields kept are larger than
  ///   `sizeLimit`.
  package init(_ block: HeaderBlock, sizeLimit: Int = defaultSizeLimit) throws(RPCError) {
    var size = 0
    for index in 0..<block.count {
      let kind = block.withName(at: index) { Self.kind(ofReceivedKey: $0) }
      guard kind != .other else { continue }
      // Each value of a joined list counts as a field of its own: it takes as much memory.
      let values = kind == .binary ? block.withValue(at: index) { Self.count(ofList: $0) } : 1
      size += values * (32 + block.withName(at: index) { $0.count }) + block.withValue(at: index) { $0.count }
      if size > sizeLimit {
        throw RPCError(code: .resourceExhausted, message: "metadata is over the limit of \(sizeLimit) bytes")
      }
      let key = block.name(at: index)
      if kind == .binary {
        let isValid = block.withValue(at: index) { appendBinary(list: $0, for: key) }
        if !isValid { throw RPCError(code: .internal, message: "metadata value of \"\(key)\" is not base64") }
      } else {
        block.withValue(at: index) { bytes in
          let text = Self.trimmed(bytes)
          guard text.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else { return }
          entries.append(Entry(key: key, value: .text(String(decoding: text, as: UTF8.self))))
        }
      }
    }
  }

  private enum ReceivedKind { case text, binary, other }

  private static func kind(ofReceivedKey key: UnsafeRawBufferPointer) -> ReceivedKind {
    if key.isEmpty || isReserved(key) || !key.allSatisfy(isKeyByte) { return .other }
    return isBinaryKey(key) ? .binary : .text
  }

  private static func count(ofList list: UnsafeRawBufferPointer) -> Int {
    list.reduce(1) { $1 == UInt8(ascii: ",") ? $0 + 1 : $0 }
  }

  private mutating func appendBinary(list: UnsafeRawBufferPointer, for key: String) -> Bool {
    for part in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let value = Base64.decode(Self.trimmed(UnsafeRawBufferPointer(rebasing: part))) else { return false }
      entries.append(Entry(key: key, value: .binary(value)))
    }
    return true
  }
}

extension Metadata: CustomStringConvertible {
  /// The keys only: values may be secrets.
  package var description: String {
    "[" + entries.map(\.key).joined(separator: ", ") + "]"
  }
}
