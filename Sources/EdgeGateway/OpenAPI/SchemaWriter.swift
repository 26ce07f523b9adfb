internal import MeshMessages
internal import ProtobufBridge

/// JSON schemas of messages, from what the bridge that writes their JSON knows of them: the document cannot tell
/// anything else than what is sent.
struct SchemaWriter {
  var json: JSONWriter
  /// Messages that were referred to and must be described.
  private(set) var wanted: [MessageLayout] = []

  init(_ json: JSONWriter) { self.json = json }

  /// `fiyatradari.catalog.v1.Product` is `CatalogV1Product`.
  static func name(_ layout: MessageLayout) -> String {
    layout.fullName.split(separator: ".").filter { $0 != "fiyatradari" && $0 != "google" }
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// A schema that refers to the message's own.
  mutating func reference(_ layout: MessageLayout) {
    if let format = Self.wellKnown(layout) {
      json.beginObject()
      json.name("type")
      json.string("string")
      if let pattern = format.pattern {
        json.name("pattern")
        json.string(pattern)
      } else {
        json.name("format")
        json.string(format.name)
      }
      json.endObject()
      return
    }
    if !wanted.contains(where: { $0 === layout }) { wanted.append(layout) }
    json.beginObject()
    json.name("$ref")
    json.string("#/components/schemas/\(Self.name(layout))")
    json.endObject()
  }

  /// - Parameter fields: JSON names of the members to show; nil for all.
  mutating func object(_ layout: MessageLayout, fields: [String]? = nil) {
    json.beginObject()
    json.name("type")
    json.string("object")
    json.name("properties")
    json.beginObject()
    if layout === CommonV1.Money.layout {
      for (name, pattern) in [("amount", "^-?[0-9]+(\\.[0-9]+)?$"), ("currency", "^[A-Z]{3}$")] {
        json.name(name)
        json.beginObject()
        json.name("type")
        json.string("string")
        json.name("pattern")
        json.string(pattern)
        json.endObject()
      }
    } else {
      for field in layout.fields where fields?.contains(field.jsonName) ?? true {
        json.name(field.jsonName)
        self.field(field)
      }
    }
    json.endObject()
    if fields != nil {
      json.name("additionalProperties")
      json.bool(false)
    }
    json.endObject()
  }

  private mutating func field(_ field: FieldLayout) {
    guard field.cardinality == .repeated else { return value(field) }
    json.beginObject()
    json.name("type")
    if field.isMap, let entry = field.message, let item = entry.field(2) {
      json.string("object")
      json.name("additionalProperties")
      value(item)
    } else {
      json.string("array")
      json.name("items")
      value(field)
    }
    json.endObject()
  }

  private mutating func value(_ field: FieldLayout) {
    if field.kind == .message, let layout = field.message { return reference(layout) }
    json.beginObject()
    json.name("type")
    switch field.kind {
    case .bool: json.string("boolean")
    case .float, .double: json.string("number")
    case .int32, .sint32, .sfixed32, .uint32, .fixed32:
      json.string("integer")
      json.name("format")
      json.string("int32")
    case .int64, .sint64, .sfixed64, .uint64, .fixed64:
      json.string("string")
      json.name("format")
      json.string("int64")
    case .enum:
      json.string("string")
      json.name("enum")
      json.beginArray()
      // The numbers of our enums are small.
      for number in Int32(0)..<256 { if let name = field.enumeration?.name(of: number) { json.string(name) } }
      json.endArray()
    default: json.string("string")
    }
    json.endObject()
  }

  private static func wellKnown(_ layout: MessageLayout) -> (name: String, pattern: String?)? {
    switch layout.fullName {
    case "google.protobuf.Timestamp": ("date-time", nil)
    case "google.protobuf.Duration": ("duration", "^-?[0-9]+(\\.[0-9]+)?s$")
    case "google.protobuf.FieldMask": ("field-mask", nil)
    default: nil
    }
  }
}
