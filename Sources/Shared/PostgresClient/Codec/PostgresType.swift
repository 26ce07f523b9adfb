/// A type's object id in `pg_type`.
package struct PostgresType: Hashable, Sendable, CustomStringConvertible {
  package var oid: UInt32

  package init(oid: UInt32) {
    self.oid = oid
  }

  /// Left to the server, which takes it from the statement.
  package static let unspecified = PostgresType(oid: 0)
  package static let bool = PostgresType(oid: 16)
  package static let bytea = PostgresType(oid: 17)
  package static let char = PostgresType(oid: 18)
  package static let name = PostgresType(oid: 19)
  package static let int8 = PostgresType(oid: 20)
  package static let int2 = PostgresType(oid: 21)
  package static let int4 = PostgresType(oid: 23)
  package static let text = PostgresType(oid: 25)
  package static let oid = PostgresType(oid: 26)
  package static let json = PostgresType(oid: 114)
  package static let float4 = PostgresType(oid: 700)
  package static let float8 = PostgresType(oid: 701)
  package static let unknown = PostgresType(oid: 705)
  package static let bpchar = PostgresType(oid: 1042)
  package static let varchar = PostgresType(oid: 1043)
  package static let date = PostgresType(oid: 1082)
  package static let timestamp = PostgresType(oid: 1114)
  package static let timestamptz = PostgresType(oid: 1184)
  package static let numeric = PostgresType(oid: 1700)
  package static let uuid = PostgresType(oid: 2950)
  package static let jsonb = PostgresType(oid: 3802)
  package static let xid8 = PostgresType(oid: 5069)
  package static let boolArray = PostgresType(oid: 1000)
  package static let byteaArray = PostgresType(oid: 1001)
  package static let int2Array = PostgresType(oid: 1005)
  package static let int4Array = PostgresType(oid: 1007)
  package static let textArray = PostgresType(oid: 1009)
  package static let int8Array = PostgresType(oid: 1016)
  package static let float4Array = PostgresType(oid: 1021)
  package static let float8Array = PostgresType(oid: 1022)
  package static let timestamptzArray = PostgresType(oid: 1185)
  package static let numericArray = PostgresType(oid: 1231)
  package static let uuidArray = PostgresType(oid: 2951)
  package static let jsonbArray = PostgresType(oid: 3807)

  package static let xml = PostgresType(oid: 142)
  package static let jsonArray = PostgresType(oid: 199)
  package static let nameArray = PostgresType(oid: 1003)
  package static let bpcharArray = PostgresType(oid: 1014)
  package static let varcharArray = PostgresType(oid: 1015)
  package static let timestampArray = PostgresType(oid: 1115)

  /// The first id that the system does not keep for itself (`FirstNormalObjectId`): types of users and extensions.
  private static let firstOfUsers: UInt32 = 16_384

  /// Whether the type's binary form is its text: texts, and what users define (enums; a domain shows as what it is made
  /// of).
  var isSentAsText: Bool {
    switch self {
    case .text, .varchar, .bpchar, .name, .char, .json, .xml, .unknown: true
    default: oid >= Self.firstOfUsers
    }
  }

  /// Whether a column of this type can be read as what is sent as `array`.
  func isArray(readAs array: PostgresType) -> Bool {
    if self == array { return true }
    return switch array {
    case .textArray: [.varcharArray, .bpcharArray, .nameArray, .jsonArray].contains(self) || oid >= Self.firstOfUsers
    case .int2Array, .int4Array, .int8Array: [.int2Array, .int4Array, .int8Array].contains(self)
    case .timestamptzArray: self == .timestampArray
    case .jsonbArray: self == .jsonArray
    default: false
    }
  }

  package var description: String { PostgresType.names[oid] ?? "type \(oid)" }

  private static let names: [UInt32: String] = [
    16: "boolean", 17: "bytea", 18: "char", 19: "name", 20: "bigint", 21: "smallint", 23: "integer", 25: "text",
    26: "oid", 114: "json", 700: "real", 701: "double precision", 1042: "character", 1043: "varchar", 1082: "date",
    1114: "timestamp", 1184: "timestamptz", 1700: "numeric", 2950: "uuid", 3802: "jsonb", 5069: "xid8",
    1000: "boolean[]", 1001: "bytea[]", 1005: "smallint[]", 1007: "integer[]", 1009: "text[]", 1016: "bigint[]",
    1021: "real[]", 1022: "double precision[]", 1185: "timestamptz[]", 1231: "numeric[]", 2951: "uuid[]",
    3807: "jsonb[]", 142: "xml", 199: "json[]", 1003: "name[]", 1014: "character[]", 1015: "varchar[]",
    1115: "timestamp[]", 705: "unknown",
  ]
}
