/// A statement's parameters in one buffer.
struct PostgresParameters: Sendable {
  struct Slot: Sendable {
    var offset: Int32
    /// -1 for NULL.
    var length: Int32
    var isText: Bool
  }

  /// The protocol counts parameters in 16 bits.
  static let maximumCount = 65_535
  /// A message's length is an `Int32`; far less is already a mistake.
  static let maximumBytes = 512 << 20

  private(set) var types: [PostgresType] = []
  private(set) var slots: [Slot] = []
  private(set) var bytes: [UInt8] = []

  init() {}

  /// - Throws: `PostgresError` `.invalidParameter`, naming the parameter.
  init(_ values: [any PostgresEncodable]) throws(PostgresError) {
    guard values.count <= Self.maximumCount else {
      throw PostgresError(
        .invalidParameter, "\(values.count) parameters; a statement takes at most \(Self.maximumCount)")
    }
    types.reserveCapacity(values.count)
    slots.reserveCapacity(values.count)
    var writer = ByteWriter(capacity: values.count * 16)
    for value in values {
      try append(value, to: &writer)
    }
    bytes = writer.take()
  }

  private mutating func append(_ value: some PostgresEncodable, to writer: inout ByteWriter) throws(PostgresError) {
    let offset = writer.count
    let type = type(of: value)
    let isValue: Bool
    do {
      isValue = try value.encode(into: &writer)
    } catch {
      var named = error
      named.message = "parameter $\(slots.count + 1): \(error.message)"
      throw named
    }
    let length = writer.count - offset
    // libpq finds the end of a text parameter by its NUL.
    if type.isPostgresText { writer.write(UInt8(0)) }
    guard writer.count <= Self.maximumBytes else {
      throw PostgresError(
        .invalidParameter, "the parameters exceed \(Self.maximumBytes >> 20) MiB: use COPY or several statements")
    }
    types.append(type.postgresType)
    slots.append(
      Slot(offset: Int32(offset), length: isValue ? Int32(length) : -1, isText: type.isPostgresText))
  }
}
