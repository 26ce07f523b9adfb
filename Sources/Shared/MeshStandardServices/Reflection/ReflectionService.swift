package import MeshMessages
package import MeshRPC

/// `grpc.reflection`, versions v1 and v1alpha: clients that hold no contract ask the server for it (gRPC's
/// `server-reflection.md`).
package enum ReflectionService {
  /// Both versions, as a server registers them.
  ///
  /// - Parameters:
  ///   - services: what the server offers besides reflection; `list_services` names these and the two of reflection.
  ///   - files: the contracts that can be asked for.
  package static func definitions(
    describing services: [ServiceDefinition], files: [FileDescriptor] = FileDescriptor.all
  ) -> [ServiceDefinition] {
    let names =
      services.map(\.name) + [GrpcReflectionV1.ServerReflection.name, GrpcReflectionV1alpha.ServerReflection.name]
    let catalog = ReflectionCatalog(files: files, services: names)
    return [
      GrpcReflectionV1.ServerReflection.definition(ReflectionV1Handler(catalog: catalog)),
      GrpcReflectionV1alpha.ServerReflection.definition(ReflectionV1alphaHandler(catalog: catalog)),
    ]
  }
}
