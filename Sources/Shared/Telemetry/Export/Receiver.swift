internal import Logging
internal import NIOCore
internal import OutboundHTTP

/// A server that takes telemetry by HTTP: POST, and a status that says what became of it.
///
/// The operator has named it, so that its address may be a private one; redirects are not followed.
final class Receiver: Sendable {
  /// An attempt takes no longer.
  static let timeout = Duration.seconds(5)

  struct Answer: Sendable {
    var status: Int
    /// A field of the answer's head.
    var field: @Sendable (String) -> String?
  }

  private let client: OutboundClient
  private let url: String
  private let headers: [(name: String, value: String)]

  /// - Parameters:
  ///   - headers: with each request; they may hold secrets.
  ///   - caPath: authorities to trust instead of the system's.
  /// - Throws: `OutboundError`.
  init(
    _ url: String, headers: [(name: String, value: String)], caPath: String?, group: any EventLoopGroup, logger: Logger
  ) throws {
    let place = try OutboundURL(url)
    var configuration = OutboundConfiguration()
    configuration.addressPolicy.rules = [.endpoint(host: place.host.name, port: place.port)]
    configuration.caPath = caPath
    configuration.maxRedirects = 0
    configuration.maxConnections = 2
    configuration.lookupThreads = 1
    configuration.maxResponseBytes = 64 << 10
    configuration.maxEncodedBytes = 64 << 10
    configuration.totalTimeout = Self.timeout
    // Lines on each request would be of no use, and more of them than of anything else.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .info)
    client = try OutboundClient(configuration: configuration, group: group, logger: quiet)
    self.url = url
    self.headers = headers
  }

  /// Sends a body.
  ///
  /// - Returns: nil when there was no answer in time.
  func post(_ body: [UInt8], type: String) async -> Answer? {
    var request = OutboundRequest(.post, url, body: body)
    for (name, value) in headers { request.headers.append(name, value) }
    request.headers.set("content-type", type)
    request.ignoresBody = true
    do {
      let response = try await client.send(request)
      return Answer(status: response.status) { response.headers[$0] }
    } catch {
      return nil
    }
  }

  func shutdown() async { await client.shutdown() }
}
