import ArgumentParser
package import HTTPTransport

/// `HOST:PORT` on the command line; `[::1]:PORT` for IPv6. Port 0 takes a free one.
package struct ListenAddress: ExpressibleByArgument, Sendable {
  package let host: String
  package let port: Int

  package init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else {
      return nil
    }
    var host = argument[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self.host = String(host)
    self.port = Int(port)
  }

  package var serverAddress: HTTPServerConfiguration.Address { .hostPort(host, port) }
}
