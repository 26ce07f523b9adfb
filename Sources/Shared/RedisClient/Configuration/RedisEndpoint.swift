/// Where a server listens.
package enum RedisEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// A host name or address, and a port.
  case tcp(host: String, port: Int)
  /// A Unix domain socket's path.
  case unix(path: String)

  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
