import MeshMessages
import ProtobufBridge

/// Messages that use every feature, each field with a value of its own.
enum Samples {
  static let scalars = TestingV1.Scalars(
    int32Value: -1, int64Value: .min, uint32Value: .max, uint64Value: .max, sint32Value: .min, sint64Value: -2,
    fixed32Value: 7, fixed64Value: 8, sfixed32Value: -9, sfixed64Value: -10, floatValue: 1.5, doubleValue: -2.25,
    boolValue: true, stringValue: "İğne & iplik 🧵", bytesValue: [0, 1, 255], color: .infraRed)

  static let lists = TestingV1.Lists(
    int32Values: [0, -1, 2, .max, .min], int64Values: [0, .min, .max], uint32Values: [0, 1, .max],
    uint64Values: [0, 1, .max], sint32Values: [0, -1, 1, .min, .max], sint64Values: [0, -1, .min, .max],
    fixed32Values: [0, .max], fixed64Values: [0, .max], sfixed32Values: [0, .min], sfixed64Values: [0, .min],
    floatValues: [0, -0.0, .infinity, 1e-20], doubleValues: [0, -0.0, -.infinity, 1e300],
    boolValues: [true, false, true], stringValues: ["", "a", "ü"], bytesValues: [[], [0], [1, 2]],
    colors: [.red, .unspecified, .init(rawValue: 77), .infraRed], scalars: [scalars, .init()],
    unpackedValues: [1, 2, 3], farValues: [-5, 5])

  static let maps = TestingV1.Maps(
    stringToString: ["": "empty", "a": "", "b": "c"], int32ToInt64: [-1: .min, 0: 0, 1: .max],
    int64ToBool: [.min: true, 0: false], uint32ToDouble: [.max: 0.5, 0: 0], uint64ToBytes: [.max: [1], 0: []],
    sint32ToColor: [-3: .green, 0: .unspecified, 4: .init(rawValue: 99)], sint64ToFloat: [-9: 1.25],
    fixed32ToUint32: [4: 5], fixed64ToUint64: [6: 7], sfixed32ToSint32: [-8: -9], sfixed64ToFixed64: [-10: 11],
    boolToString: [true: "yes", false: "no"], stringToScalars: ["x": scalars, "empty": .init()],
    stringToTree: ["t": tree])

  static let tree = TestingV1.Tree(
    label: "root", left: .init(label: "l", left: .init(label: "ll")), right: .init(),
    branches: [.init(label: "b0"), .init(right: .init(label: "b1r"))], named: ["n": .init(label: "named")])

  static let choices: [TestingV1.Choices] = [
    .init(), .init(choice: .number(0)), .init(choice: .number(-5)), .init(choice: .bigNumber(.min)),
    .init(choice: .text("")), .init(choice: .text("text")), .init(choice: .data([])), .init(choice: .data([9])),
    .init(choice: .flag(false)), .init(choice: .flag(true)), .init(choice: .real(0)), .init(choice: .real(-0.0)),
    .init(choice: .color(.unspecified)), .init(choice: .color(.init(rawValue: -77))), .init(choice: .scalars(.init())),
    .init(choice: .scalars(scalars)), .init(choice: .nested(.init(choice: .nested(.init(maybeText: "deep"))))),
    .init(choice: .time(.init(seconds: 1))),
    .init(maybeInt: 0), .init(maybeInt: 4, maybeText: "", maybeColor: .unspecified, maybeData: [], maybeFlag: false),
  ]

  static let names = TestingV1.Names(
    default: "d", self_: "s", init_: "i", class: 1, mixedCaseName: 2, layout: 3, unknownFields_: [4], withJsonName: 5,
    leading: 6, type: 7, hashValue_: 8, int: "int", typeCase: .some_(14))

  static let order = TestingV1.Order(
    id: 1 << 60, title: "Kulaklık siparişi",
    items: (0..<20).map { .init(name: "item \($0)", price: .init(units: Int64($0) * 100, currency: "TRY")) },
    note: "n")
}
