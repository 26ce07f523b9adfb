internal import HTTPTransport
internal import MeshRPC
internal import OutboundHTTP
internal import PostgresClient
internal import RedisClient

/// Errors as a log may show them: the words of our own errors, which are safe, and of others the type alone.
package enum SafeDescription {
  package static func of(_ error: any Error) -> String {
    switch error {
    case let error as PostgresError: "\(error)"
    case let error as RedisError: "\(error)"
    case let error as RPCError: "\(error)"
    case let error as HTTPTransportError: "\(error)"
    case let error as OutboundError: "\(error)"
    case let error as ServiceError: "\(error)"
    case let error as SettingsError: "\(error)"
    case let error as any SafelyDescribedError: error.safeDescription
    case is CancellationError: "cancelled"
    default: "\(type(of: error))"
    }
  }
}

/// An error of a service's own whose words are safe to log.
package protocol SafelyDescribedError: Error {
  /// What happened and what to do about it, without values or secrets.
  var safeDescription: String { get }
}
