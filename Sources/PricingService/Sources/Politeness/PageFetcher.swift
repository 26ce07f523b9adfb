package import OutboundHTTP

/// Sends requests to the outside: `OutboundClient`, or a stand-in in tests.
package protocol PageFetcher: Sendable {
  func send(_ request: OutboundRequest) async throws -> OutboundResponse
}

extension OutboundClient: PageFetcher {}
