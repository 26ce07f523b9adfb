internal import MeshMessages
internal import ProtobufBridge

/// Looks things up in JSON that came from outside.
struct JSONObject: Sendable {
  private let fields: [String: GoogleProtobuf.Value]

  /// Nil when the bytes are no JSON object, too large or nested too deep.
  init?(_ bytes: [UInt8]) {
    var options = JSONOptions()
    options.maximumDepth = 32
    guard let document = try? GoogleProtobuf.Struct(json: bytes, options: options) else { return nil }
    fields = document.fields
  }

  private init(_ document: GoogleProtobuf.Struct) { fields = document.fields }

  func string(_ name: String) -> String? {
    if case .stringValue(let text)? = fields[name]?.kind { text } else { nil }
  }

  func bool(_ name: String) -> Bool? {
    if case .boolValue(let flag)? = fields[name]?.kind { flag } else { nil }
  }

  /// A whole number that a double holds exactly.
  func integer(_ name: String) -> Int64? {
    if case .numberValue(let number)? = fields[name]?.kind { Int64(exactly: number) } else { nil }
  }

  func object(_ name: String) -> JSONObject? {
    if case .structValue(let document)? = fields[name]?.kind { JSONObject(document) } else { nil }
  }

  /// The objects in an array.
  func objects(_ name: String) -> [JSONObject]? {
    guard case .listValue(let list)? = fields[name]?.kind else { return nil }
    return list.values.compactMap { value in
      if case .structValue(let document)? = value.kind { JSONObject(document) } else { nil }
    }
  }
}
