internal import EventLog
package import MeshRPC
internal import PostgresClient

/// What clients see of the service's own errors.
package enum PricingErrors {
  /// Nil for an error that this service does not know.
  package static func status(for error: any Error) -> RPCError? {
    switch error {
    case let error as RPCError: return error
    case let error as PostgresError: return database(error)
    case let error as EventLogError: return log(error)
    case is PackingError:
      return RPCError(code: .dataLoss, message: "a stored state cannot be read", cause: error)
    case is CancellationError: return RPCError(code: .cancelled, message: "the call was cancelled", cause: error)
    default: return nil
    }
  }

  // Names of their own: an overload of `status` would be passed over for the one that returns an optional.
  private static func log(_ error: EventLogError) -> RPCError {
    switch error.code {
    case .positionDropped:
      RPCError(code: .outOfRange, message: "after: events behind this position have been dropped", cause: error)
    case .positionUnknown:
      RPCError(code: .failedPrecondition, message: "after: this log never had such a position", cause: error)
    case .invalidArgument:
      RPCError(code: .invalidArgument, message: "after: expected a position of this log", cause: error)
    default: RPCError(code: .internal, message: "the log of events cannot be read", cause: error)
    }
  }

  private static func database(_ error: PostgresError) -> RPCError {
    switch error.code {
    case .cancelled: RPCError(code: .cancelled, message: "the call was cancelled", cause: error)
    case .timeout, .poolTimeout:
      RPCError(code: .deadlineExceeded, message: "the database did not answer in time", cause: error)
    case .overloaded:
      RPCError(code: .resourceExhausted, message: "too much waits for the database: try again later", cause: error)
    case .connectFailed, .connectionLost, .poolClosed:
      RPCError(code: .unavailable, message: "the database is away: try again", cause: error)
    case .server where error.isRetryableTransactionFailure:
      RPCError(code: .aborted, message: "collided with another change: try again", cause: error)
    case .server where error.isServerUnavailable:
      RPCError(code: .unavailable, message: "the database is away: try again", cause: error)
    default: RPCError(code: .internal, message: "the database refused a statement", cause: error)
    }
  }
}
