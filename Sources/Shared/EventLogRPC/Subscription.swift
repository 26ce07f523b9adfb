package import EventLog
package import MeshMessages
package import MeshRPC

/// A `SubscribeRequest`, checked.
package struct Subscription: Sendable, Equatable {
  package var after: EventPosition
  /// Empty: all.
  package var partitions: Set<Int>
  package var maxBatchSize: Int
  package var subscriber: String?

  /// - Throws: `RPCError` INVALID_ARGUMENT, naming the field and what was expected.
  package init(_ request: CommonV1.SubscribeRequest) throws(RPCError) {
    after = request.after.map { EventPosition($0) } ?? .start
    guard after.sequence >= 0 else { throw Self.invalid("after.sequence", "0 or more") }
    guard after.transaction <= UInt64(Int64.max) else { throw Self.invalid("after.transaction", "below 2^63") }
    guard request.partitions.count <= EventPartition.count else {
      throw Self.invalid("partitions", "at most \(EventPartition.count)")
    }
    guard request.partitions.allSatisfy({ $0 < EventPartition.count }) else {
      throw Self.invalid("partitions", "each 0 to \(EventPartition.count - 1)")
    }
    partitions = Set(request.partitions.map { Int($0) })
    guard request.maxBatchSize <= 1000 else { throw Self.invalid("max_batch_size", "1 to 1000, or 0 for 500") }
    maxBatchSize = request.maxBatchSize == 0 ? 500 : Int(request.maxBatchSize)
    subscriber = request.subscriber.isEmpty ? nil : request.subscriber
    if let subscriber, !EventFeed.isSubscriberName(subscriber) {
      throw Self.invalid("subscriber", "1 to 64 of a-z, 0-9, '-', '_', '.'")
    }
  }

  private static func invalid(_ field: String, _ expected: String) -> RPCError {
    RPCError(code: .invalidArgument, message: "\(field): expected \(expected)")
  }
}

/// The log's errors as they cross the wire.
enum EventLogStatus {
  static func rpcError(for error: any Error) -> RPCError {
    if let error = error as? RPCError { return error }
    if error is CancellationError { return RPCError(code: .cancelled, message: "the call was cancelled") }
    switch (error as? EventLogError)?.code {
    case .positionDropped?: return RPCError(code: .outOfRange, message: message(error), cause: error)
    case .positionUnknown?: return RPCError(code: .failedPrecondition, message: message(error), cause: error)
    case .invalidArgument?: return RPCError(code: .invalidArgument, message: message(error), cause: error)
    case .closing?: return RPCError(code: .unavailable, message: message(error), cause: error)
    case _?: return RPCError(code: .internal, message: "the event log cannot be read", cause: error)
    case nil: return RPCError(code: .unavailable, message: "the event log cannot be read now", cause: error)
    }
  }

  private static func message(_ error: any Error) -> String { (error as? EventLogError)?.message ?? "" }

  /// The same, back again at the consumer.
  static func eventLogError(for error: RPCError) -> any Error {
    switch error.code {
    case .outOfRange: EventLogError(.positionDropped, error.message, cause: error)
    case .failedPrecondition: EventLogError(.positionUnknown, error.message, cause: error)
    default: error
    }
  }
}
