internal import MeshRPC
internal import PostgresClient
internal import Sodium

/// What RPC clients see of errors from inside.
enum NotifierErrors {
  static func rpcError(_ error: any Error) -> RPCError? {
    switch error {
    case let error as RPCError: error
    case let error as PostgresError: postgres(error)
    case let error as SodiumError:
      RPCError(code: .internal, message: "the service's secrets do not work; see its log", cause: error)
    default: nil
    }
  }

  private static func postgres(_ error: PostgresError) -> RPCError {
    switch error.code {
    case .timeout: return RPCError(code: .deadlineExceeded, message: "the database took too long", cause: error)
    case .cancelled: return RPCError(code: .cancelled, message: "the call was cancelled", cause: error)
    case .connectionLost, .connectFailed, .poolTimeout, .overloaded, .poolClosed:
      return RPCError(code: .unavailable, message: "the database cannot be reached; try again", cause: error)
    case .invalidParameter:
      return RPCError(code: .invalidArgument, message: "a text holds U+0000, which cannot be stored", cause: error)
    case .server where error.isRetryableTransactionFailure || error.isServerUnavailable:
      return RPCError(code: .unavailable, message: "the database is busy; try again", cause: error)
    default: return RPCError(code: .internal, message: "the database refused a statement; see the log", cause: error)
    }
  }
}
