/// A proto file as gRPC's reflection service sends it.
package struct FileDescriptor: @unchecked Sendable {
  /// The path under the import root, as in `grpc/health/v1/health.proto`.
  package let name: String
  /// The names of the files that it imports.
  package let dependencies: [String]
  /// The full names of the services that it declares.
  package let services: [String]
  /// The full names of the messages, enums, services and methods that it declares.
  package let symbols: [String]
  // Constant memory of the program: this is what `@unchecked Sendable` rests on.
  private let start: UnsafePointer<UInt8>?
  private let count: Int

  init(
    name: String, start: UnsafePointer<UInt8>?, count: Int, dependencies: [String], services: [String],
    symbols: [String]
  ) {
    self.name = name
    self.start = start
    self.count = count
    self.dependencies = dependencies
    self.services = services
    self.symbols = symbols
  }

  /// The serialized `google.protobuf.FileDescriptorProto`, without source positions.
  package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)) }
}
