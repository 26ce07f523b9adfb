internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Products and their listings.
extension Operations {
  /// Changes the fields that `paths` name.
  ///
  /// - Parameter version: the one that is changed, and no other; 0 for whatever it has.
  /// - Throws: `Problem` 400; `RPCError` `.aborted` where the product has another version.
  func update(_ product: CatalogV1.Product, _ paths: [String], version: Int64) async throws -> CatalogV1.Product {
    guard version >= 0 else {
      throw Problem(.badRequest, .invalidBody, "version: expected that of a product", field: "version")
    }
    let message = CatalogV1.UpdateProductRequest(
      product: product, updateMask: GoogleProtobuf.FieldMask(paths: paths), expectedVersion: version)
    return try await backends.catalog.updateProduct(message, options: backends.write)
  }

  /// It is not listed nor checked any more, and can still be read.
  func retire(product id: Int64) async throws {
    _ = try await update(.with { ($0.id, $0.status) = (id, .retired) }, ["status"], version: 0)
  }

  func remove(listing id: Int64) async throws {
    _ = try await backends.catalog.removeListing(.init(id: id), options: backends.write)
  }
}
