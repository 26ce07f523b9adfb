import MeshRPC
import PostgresClient

/// The one place where the catalogue's errors become statuses.
enum CatalogErrors {
  /// Runs a handler's body.
  /// - Throws: `RPCError`; cancellation as it is.
  static func mapped<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as InvalidField {
      throw RPCError(code: .invalidArgument, message: error.description)
    } catch let error as CatalogConflict {
      throw status(error)
    } catch let error as PostgresError {
      throw status(error)
    }
  }

  static func status(_ conflict: CatalogConflict) -> RPCError {
    switch conflict {
    case .noProduct: RPCError(code: .notFound, message: "id: there is no such product")
    case .noListing: RPCError(code: .notFound, message: "id: there is no such listing")
    case .version(let current):
      RPCError(
        code: .aborted, message: "expected_version: the product is at version \(current); read it and try again")
    case .gtinTaken(let id): RPCError(code: .alreadyExists, message: "gtin: product \(id) has it")
    case .listingTaken(let id):
      RPCError(code: .alreadyExists, message: "external_id: listing \(id) of this shop has it")
    }
  }

  static func status(_ error: PostgresError) -> RPCError {
    switch error.code {
    case .cancelled: RPCError(code: .cancelled, message: "the call was cancelled", cause: error)
    case .timeout: RPCError(code: .deadlineExceeded, message: "the database did not answer in time", cause: error)
    case .server where error.isServerUnavailable:
      RPCError(code: .unavailable, message: "the database is away; try again", cause: error)
    case .server, .decoding, .invalidParameter:
      RPCError(code: .internal, message: "the database refused what it was asked", cause: error)
    default: RPCError(code: .unavailable, message: "the database cannot be reached; try again", cause: error)
    }
  }
}
