internal import MeshMessages
internal import ProtobufBridge

/// JSON schemas of messages, from what the bridge that reads and writes their JSON knows of them: the document cannot tell
/// anything else than what is sent and taken.
///
/// A message has one schema as it is sent, in which everything that is always written is required, and another as it is
/// taken, in which nothing is, but nothing unknown may stand.
struct MessageSchemas {
  enum Direction { case sent, taken }

  /// Messages that were referred to and must be described.
  private var wanted: [(layout: MessageLayout, direction: Direction)] = []

  /// The schemas of all that was referred to, and of what these refer to.
  mutating func components() -> [(name: String, value: JSONTree)] {
    var components: [(String, JSONTree)] = []
    var next = 0
    // Describing one may ask for more.
    while next < wanted.count {
      let (layout, direction) = wanted[next]
      next += 1
      components.append((Self.name(layout, direction), object(layout, direction)))
    }
    return components
  }

  /// `fiyatradari.catalog.v1.Product` is `CatalogV1Product`, and `CatalogV1ProductInput` as it is taken.
  static func name(_ layout: MessageLayout, _ direction: Direction) -> String {
    layout.fullName.split(separator: ".").filter { $0 != "fiyatradari" && $0 != "google" }
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + (direction == .taken ? "Input" : "")
  }

  /// A schema that refers to the message's own.
  mutating func reference(_ layout: MessageLayout, _ direction: Direction) -> JSONTree {
    if let text = Self.text(layout) { return text }
    if !wanted.contains(where: { $0.layout === layout && $0.direction == direction }) {
      wanted.append((layout, direction))
    }
    return ["$ref": .string("#/components/schemas/\(Self.name(layout, direction))")]
  }

  /// - Parameter fields: JSON names of the members to show; nil for all.
  mutating func object(_ layout: MessageLayout, _ direction: Direction, fields: [String]? = nil) -> JSONTree {
    if layout === CommonV1.Money.layout { return Self.money(direction) }
    let shown = layout.fields.filter { fields?.contains($0.jsonName) ?? true }
    var schema: JSONTree = ["type": "object"]
    let required = shown.filter(Self.isAlwaysWritten).map(\.jsonName)
    if direction == .sent, !required.isEmpty { schema = schema.with("required", .strings(required)) }
    var properties: [(name: String, value: JSONTree)] = []
    for field in shown { properties.append((field.jsonName, self.field(field, direction))) }
    schema = schema.with("properties", .object(properties))
    // Answers may get further members in time; in requests they are refused.
    return direction == .taken ? schema.with("additionalProperties", false) : schema
  }

  /// What is unset is written as its default, but for messages and members of a oneof.
  private static func isAlwaysWritten(_ field: FieldLayout) -> Bool {
    switch field.cardinality {
    case .repeated, .required: true
    case .implicit: field.kind != .message
    case .oneof, .explicit: false
    }
  }

  private static func money(_ direction: Direction) -> JSONTree {
    let schema: JSONTree = [
      "type": "object", "description": "An exact amount, with as many decimals as the currency has.",
      "required": ["amount", "currency"],
      "properties": [
        "amount": ["type": "string", "pattern": "^-?[0-9]{1,18}(\\.[0-9]{1,4})?$", "examples": ["1299.00"]],
        // Empty in answers where the amount is 0 of nothing.
        "currency": [
          "type": "string", "pattern": direction == .taken ? "^[A-Z]{3}$" : "^([A-Z]{3})?$", "examples": ["TRY"],
        ],
      ],
    ]
    return direction == .taken ? schema.with("additionalProperties", false) : schema
  }

  private mutating func field(_ field: FieldLayout, _ direction: Direction) -> JSONTree {
    guard field.cardinality == .repeated else {
      let value = value(field, direction)
      // null is the same as leaving a member out.
      return direction == .taken ? ["anyOf": [value, ["type": "null"]]] : value
    }
    let type: JSONTree = direction == .taken ? ["array", "null"] : "array"
    if field.isMap, let entry = field.message, let item = entry.field(2) {
      return [
        "type": direction == .taken ? ["object", "null"] : "object", "additionalProperties": value(item, direction),
      ]
    }
    return ["type": type, "items": value(field, direction)]
  }

  private mutating func value(_ field: FieldLayout, _ direction: Direction) -> JSONTree {
    if field.kind == .message, let layout = field.message { return reference(layout, direction) }
    let isTaken = direction == .taken
    switch field.kind {
    case .bool: return ["type": "boolean"]
    case .float, .double: return ["type": "number"]
    case .int32, .sint32, .sfixed32:
      return Self.integer(-2_147_483_648...2_147_483_647, "int32", isTaken)
    case .uint32, .fixed32: return Self.integer(0...4_294_967_295, "uint32", isTaken)
    case .int64, .sint64, .sfixed64: return Self.longInteger("int64", "^-?[0-9]{1,19}$", isTaken)
    case .uint64, .fixed64: return Self.longInteger("uint64", "^[0-9]{1,20}$", isTaken)
    case .enum:
      // The numbers of our enums are small.
      let names = (Int32(0)..<256).compactMap { field.enumeration?.name(of: $0) }
      let named: JSONTree = ["type": "string", "enum": .strings(names)]
      return isTaken ? ["anyOf": [named, ["type": "integer", "description": "The same by number."]]] : named
    case .bytes: return ["type": "string", "contentEncoding": "base64"]
    default: return ["type": "string"]
    }
  }

  /// Numbers are taken in quotes as well, as proto3's JSON has it.
  private static func integer(_ range: ClosedRange<Int>, _ format: String, _ isTaken: Bool) -> JSONTree {
    let number: JSONTree = [
      "type": isTaken ? ["integer", "string"] : "integer", "format": .string(format),
      "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
    ]
    return isTaken ? number.with("pattern", "^-?[0-9]{1,10}$") : number
  }

  private static func longInteger(_ format: String, _ pattern: String, _ isTaken: Bool) -> JSONTree {
    [
      "type": isTaken ? ["string", "integer"] : "string", "format": .string(format), "pattern": .string(pattern),
    ]
  }

  /// Messages that JSON has as a text.
  private static func text(_ layout: MessageLayout) -> JSONTree? {
    switch layout.fullName {
    case "google.protobuf.Timestamp": ["type": "string", "format": "date-time"]
    case "google.protobuf.Duration":
      ["type": "string", "pattern": "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$", "examples": ["90s"]]
    case "google.protobuf.FieldMask": ["type": "string"]
    default: nil
    }
  }
}
