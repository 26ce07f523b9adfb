internal import CProtoDescriptor

/// A `google.protobuf.FileDescriptorSet` as `protoc --descriptor_set_out` writes it, unpacked by protobuf-c.
///
/// Owns the C structs and frees them once.
package final class DescriptorSet {
  private let set: UnsafeMutablePointer<Google__Protobuf__FileDescriptorSet>

  /// - Throws: `GenerationError` if the bytes are not a descriptor set.
  package init(_ bytes: [UInt8]) throws(GenerationError) {
    guard let set = google__protobuf__file_descriptor_set__unpack(nil, bytes.count, bytes) else {
      throw GenerationError("the input is not a FileDescriptorSet; make it with protoc --descriptor_set_out")
    }
    self.set = set
  }

  deinit { google__protobuf__file_descriptor_set__free_unpacked(set, nil) }

  /// The files, each behind those that it imports.
  ///
  /// - Throws: `GenerationError` naming a construct that the generator does not have.
  package func files() throws(GenerationError) -> [ProtoFile] {
    var files: [ProtoFile] = []
    for file in elements(set.pointee.file, set.pointee.n_file) {
      files.append(try FileReader(file).read())
    }
    return files
  }
}

/// The pointers of a C array of pointers.
private func elements<Element>(
  _ start: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?, _ count: Int
) -> [UnsafeMutablePointer<Element>] {
  UnsafeBufferPointer(start: UnsafePointer(start), count: start == nil ? 0 : count).compactMap { $0 }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

/// Reads one file's declarations.
private struct FileReader {
  typealias CFile = Google__Protobuf__FileDescriptorProto
  typealias CMessage = Google__Protobuf__DescriptorProto
  typealias CField = Google__Protobuf__FieldDescriptorProto
  typealias CEnum = Google__Protobuf__EnumDescriptorProto
  typealias CService = Google__Protobuf__ServiceDescriptorProto

  // Field numbers in descriptor.proto, of which the paths of comments consist (SourceCodeInfo.Location.path).
  private enum Path {
    static let fileMessage: Int32 = 4
    static let fileEnum: Int32 = 5
    static let fileService: Int32 = 6
    static let messageField: Int32 = 2
    static let messageNested: Int32 = 3
    static let messageEnum: Int32 = 4
    static let messageOneof: Int32 = 8
    static let enumValue: Int32 = 2
    static let serviceMethod: Int32 = 2
  }

  private let file: UnsafeMutablePointer<CFile>
  private let name: String
  private let comments: [[Int32]: String]

  init(_ file: UnsafeMutablePointer<CFile>) {
    self.file = file
    name = text(file.pointee.name)
    var comments: [[Int32]: String] = [:]
    if let info = file.pointee.source_code_info {
      for location in elements(info.pointee.location, info.pointee.n_location) {
        let leading = text(location.pointee.leading_comments)
        let comment = leading.isEmpty ? text(location.pointee.trailing_comments) : leading
        guard !comment.isEmpty else { continue }
        comments[Array(UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path))] = comment
      }
    }
    self.comments = comments
  }

  func read() throws(GenerationError) -> ProtoFile {
    let syntax = text(file.pointee.syntax)
    guard syntax == "proto3" else {
      throw GenerationError("\(name): syntax is \(syntax.isEmpty ? "proto2" : syntax); only proto3 is supported")
    }
    let package = text(file.pointee.package)
    var messages: [ProtoMessage] = []
    for (index, message) in elements(file.pointee.message_type, file.pointee.n_message_type).enumerated() {
      messages.append(try read(message, scope: package, path: [Path.fileMessage, Int32(index)]))
    }
    let enums = elements(file.pointee.enum_type, file.pointee.n_enum_type).enumerated().map {
      read($1, scope: package, path: [Path.fileEnum, Int32($0)])
    }
    let services = elements(file.pointee.service, file.pointee.n_service).enumerated().map {
      read($1, scope: package, path: [Path.fileService, Int32($0)])
    }
    let dependencies = (0..<file.pointee.n_dependency).map { text(file.pointee.dependency[$0]) }
    return ProtoFile(
      name: name, package: package, dependencies: dependencies, messages: messages, enums: enums, services: services,
      descriptor: serialized())
  }

  /// The descriptor without source positions, as servers with reflection send it.
  private func serialized() -> [UInt8] {
    let info = file.pointee.source_code_info
    file.pointee.source_code_info = nil
    defer { file.pointee.source_code_info = info }
    return [UInt8](
      unsafeUninitializedCapacity: google__protobuf__file_descriptor_proto__get_packed_size(file)
    ) { buffer, count in
      count = google__protobuf__file_descriptor_proto__pack(file, buffer.baseAddress)
    }
  }

  private func read(
    _ message: UnsafeMutablePointer<CMessage>, scope: String, path: [Int32]
  ) throws(GenerationError) -> ProtoMessage {
    let name = text(message.pointee.name)
    let fullName = scope.isEmpty ? name : "\(scope).\(name)"
    var fields: [ProtoField] = []
    for (index, field) in elements(message.pointee.field, message.pointee.n_field).enumerated() {
      fields.append(try read(field, message: fullName, path: path + [Path.messageField, Int32(index)]))
    }
    var nested: [ProtoMessage] = []
    for (index, child) in elements(message.pointee.nested_type, message.pointee.n_nested_type).enumerated() {
      nested.append(try read(child, scope: fullName, path: path + [Path.messageNested, Int32(index)]))
    }
    return ProtoMessage(
      name: name, fullName: fullName, comment: comments[path] ?? "",
      fields: fields.sorted { $0.number < $1.number },
      oneofs: elements(message.pointee.oneof_decl, message.pointee.n_oneof_decl).enumerated().map {
        ProtoOneof(
          name: text($1.pointee.name), comment: comments[path + [Path.messageOneof, Int32($0)]] ?? "")
      },
      messages: nested,
      enums: elements(message.pointee.enum_type, message.pointee.n_enum_type).enumerated().map {
        read($1, scope: fullName, path: path + [Path.messageEnum, Int32($0)])
      },
      isMapEntry: message.pointee.options.map { $0.pointee.map_entry != 0 } ?? false)
  }

  private func read(
    _ field: UnsafeMutablePointer<CField>, message: String, path: [Int32]
  ) throws(GenerationError) -> ProtoField {
    let name = text(field.pointee.name)
    guard let type = type(of: field) else {
      throw GenerationError("\(self.name): \(message).\(name) is a group; use a message field")
    }
    guard field.pointee.proto3_optional == 0 else {
      throw GenerationError(
        "\(self.name): \(message).\(name) is `optional`, which protoc-c refuses; write oneof _\(name) { … } instead")
    }
    return ProtoField(
      name: name, number: field.pointee.number, jsonName: text(field.pointee.json_name), type: type,
      isRepeated: field.pointee.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
      oneof: field.pointee.has_oneof_index != 0 ? Int(field.pointee.oneof_index) : nil,
      isDeprecated: field.pointee.options.map { $0.pointee.deprecated != 0 } ?? false,
      comment: comments[path] ?? "")
  }

  private func type(of field: UnsafeMutablePointer<CField>) -> ProtoType? {
    let typeName = String(text(field.pointee.type_name).drop { $0 == "." })
    return switch field.pointee.type.rawValue {
    case 1: .double
    case 2: .float
    case 3: .int64
    case 4: .uint64
    case 5: .int32
    case 6: .fixed64
    case 7: .fixed32
    case 8: .bool
    case 9: .string
    case 11: .message(typeName)
    case 12: .bytes
    case 13: .uint32
    case 14: .enumeration(typeName)
    case 15: .sfixed32
    case 16: .sfixed64
    case 17: .sint32
    case 18: .sint64
    default: nil
    }
  }

  private func read(_ enumeration: UnsafeMutablePointer<CEnum>, scope: String, path: [Int32]) -> ProtoEnum {
    let name = text(enumeration.pointee.name)
    return ProtoEnum(
      name: name, fullName: scope.isEmpty ? name : "\(scope).\(name)", comment: comments[path] ?? "",
      values: elements(enumeration.pointee.value, enumeration.pointee.n_value).enumerated().map {
        ProtoEnum.Value(
          name: text($1.pointee.name), number: $1.pointee.number,
          comment: comments[path + [Path.enumValue, Int32($0)]] ?? "")
      })
  }

  private func read(_ service: UnsafeMutablePointer<CService>, scope: String, path: [Int32]) -> ProtoService {
    let name = text(service.pointee.name)
    return ProtoService(
      name: name, fullName: scope.isEmpty ? name : "\(scope).\(name)", comment: comments[path] ?? "",
      methods: elements(service.pointee.method, service.pointee.n_method).enumerated().map {
        let level = $1.pointee.options.map { $0.pointee.idempotency_level.rawValue } ?? 0
        return ProtoService.Method(
          name: text($1.pointee.name),
          input: String(text($1.pointee.input_type).drop { $0 == "." }),
          output: String(text($1.pointee.output_type).drop { $0 == "." }),
          streamsRequests: $1.pointee.client_streaming != 0,
          streamsResponses: $1.pointee.server_streaming != 0,
          isIdempotent: level != 0,
          comment: comments[path + [Path.serviceMethod, Int32($0)]] ?? "")
      })
  }
}
