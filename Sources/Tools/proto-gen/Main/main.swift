import ArgumentParser
import FoundationEssentials
import ProtoGen

/// `proto-gen DESCRIPTOR-SET OUTPUT-FOLDER`
struct ProtoGenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proto-gen",
    abstract: "Writes Swift messages, their bridge to protobuf-c, and gRPC stubs.",
    discussion: "The descriptor set is what `protoc --include_imports --include_source_info "
      + "--descriptor_set_out=FILE` writes. `dev/generate.sh` calls this with the right arguments.")

  @Argument(help: "The serialized FileDescriptorSet.")
  var descriptorSet: String

  @Argument(help: "The folder to write to; it is made if it does not exist.")
  var output: String

  func run() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: descriptorSet))
    let files = try DescriptorSet([UInt8](bytes)).files()
    for file in try Generator.generate(files) {
      let target = URL(fileURLWithPath: output).appendingPathComponent(file.path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: target)
    }
  }
}

ProtoGenCommand.main()
