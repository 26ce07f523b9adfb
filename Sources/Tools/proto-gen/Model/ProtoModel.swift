/// One proto file, as the generator sees it.
package struct ProtoFile: Sendable {
  /// The path under the import root, as in `grpc/health/v1/health.proto`.
  package var name: String
  /// The package, as in `grpc.health.v1`; empty if the file has none.
  package var package: String
  package var dependencies: [String]
  package var messages: [ProtoMessage]
  package var enums: [ProtoEnum]
  package var services: [ProtoService]
  /// The serialized `FileDescriptorProto` without source positions.
  package var descriptor: [UInt8]
}

/// A message declaration with all that is declared inside it.
package struct ProtoMessage: Sendable {
  package var name: String
  /// With the package and enclosing messages, without a leading dot.
  package var fullName: String
  package var comment: String
  package var fields: [ProtoField]
  package var oneofs: [ProtoOneof]
  package var messages: [ProtoMessage]
  package var enums: [ProtoEnum]
  package var isMapEntry: Bool
}

/// A oneof's name; its members point to it by index.
package struct ProtoOneof: Sendable {
  package var name: String
  package var comment: String
}

/// A field declaration.
package struct ProtoField: Sendable {
  package var name: String
  package var number: Int32
  package var jsonName: String
  package var type: ProtoType
  package var isRepeated: Bool
  /// Index among the message's oneofs, for a member of one.
  package var oneof: Int?
  package var isDeprecated: Bool
  package var comment: String
}

/// A field's type; messages and enums by full name without a leading dot.
package enum ProtoType: Sendable, Hashable {
  case double, float, int64, uint64, int32, fixed64, fixed32, bool, string, bytes, uint32, sfixed32, sfixed64
  case sint32, sint64
  case message(String)
  case enumeration(String)
}

/// An enum declaration.
package struct ProtoEnum: Sendable {
  package struct Value: Sendable {
    package var name: String
    package var number: Int32
    package var comment: String
  }

  package var name: String
  package var fullName: String
  package var comment: String
  package var values: [Value]
}

/// A service declaration.
package struct ProtoService: Sendable {
  package struct Method: Sendable {
    package var name: String
    /// Full name of the request type.
    package var input: String
    /// Full name of the response type.
    package var output: String
    package var streamsRequests: Bool
    package var streamsResponses: Bool
    /// Whether `idempotency_level` says that the call may be repeated.
    package var isIdempotent: Bool
    package var comment: String
  }

  package var name: String
  package var fullName: String
  package var comment: String
  package var methods: [Method]
}

/// Why nothing was generated: the message names the file or declaration and says what to change.
package struct GenerationError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
