/// What connections have in common that may serve each other's requests.
struct PoolKey: Hashable, Sendable {
  var scheme: OutboundURL.Scheme
  var host: OutboundURL.Host
  var port: Int

  init(_ url: OutboundURL) {
    scheme = url.scheme
    host = url.host
    port = url.port
  }
}
