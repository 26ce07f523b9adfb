/// What a client allows, and how long it waits. The defaults suit shop pages.
package struct OutboundConfiguration: Sendable {
  package var addressPolicy = AddressPolicy.publicOnly
  /// CA certificates (PEM) that servers must be signed by; nil takes the system's.
  package var caPath: String?
  package var userAgent = "Fiyatradari"

  package var maxRedirects = 5
  /// Bytes of a response's status line and header fields. Default 64 KiB.
  package var maxHeaderBytes = 64 * 1024
  package var maxHeaderFields = 256
  /// Bytes of a body as it is sent, compressed or not. Default 8 MiB.
  package var maxEncodedBytes = 8 * 1024 * 1024
  /// Bytes of a body after decompression. Default 16 MiB.
  package var maxResponseBytes = 16 * 1024 * 1024

  /// For looking up a name.
  package var resolveTimeout = Duration.seconds(5)
  /// For reaching one of a host's addresses, TLS handshake included.
  package var connectTimeout = Duration.seconds(5)
  /// From the request to the end of the response's head.
  package var headTimeout = Duration.seconds(15)
  /// From there to the end of the body.
  package var bodyTimeout = Duration.seconds(30)
  /// For everything, with waiting for a connection and redirects.
  package var totalTimeout = Duration.seconds(60)

  /// Connections in total, in use and kept.
  package var maxConnections = 256
  package var maxConnectionsPerHost = 8
  /// Requests that wait for a connection; more fail with `.overloaded`.
  package var maxWaiting = 1024
  /// How long a connection is kept without a request. Servers' own limits are often 60 s or less.
  package var idleTimeout = Duration.seconds(30)
  /// Threads for name lookups, which block.
  package var lookupThreads = 4

  package init() {}

  /// - Throws: `OutboundError` `.invalidConfiguration` that names the setting.
  func check() throws(OutboundError) {
    let counts = [
      ("maxHeaderBytes", maxHeaderBytes), ("maxHeaderFields", maxHeaderFields), ("maxConnections", maxConnections),
      ("maxConnectionsPerHost", maxConnectionsPerHost), ("lookupThreads", lookupThreads),
    ]
    for (name, value) in counts where value < 1 {
      throw OutboundError(.invalidConfiguration, "\(name) must be 1 or more")
    }
    let sizes = [
      ("maxRedirects", maxRedirects), ("maxEncodedBytes", maxEncodedBytes), ("maxResponseBytes", maxResponseBytes),
      ("maxWaiting", maxWaiting),
    ]
    for (name, value) in sizes where value < 0 {
      throw OutboundError(.invalidConfiguration, "\(name) must be 0 or more")
    }
    let times = [
      ("resolveTimeout", resolveTimeout), ("connectTimeout", connectTimeout), ("headTimeout", headTimeout),
      ("bodyTimeout", bodyTimeout), ("totalTimeout", totalTimeout), ("idleTimeout", idleTimeout),
    ]
    for (name, value) in times where value <= .zero {
      throw OutboundError(.invalidConfiguration, "\(name) must be more than 0")
    }
  }
}
