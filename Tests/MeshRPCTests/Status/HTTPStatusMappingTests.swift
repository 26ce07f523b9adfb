import Testing

@testable import MeshRPC

@Suite("Codes for replies without grpc-status")
struct HTTPStatusMappingTests {
  @Test("HTTP statuses follow gRPC's table and all others are UNKNOWN")
  func httpStatuses() {
    let table: [Int: RPCError.Code] = [
      400: .internal, 401: .unauthenticated, 403: .permissionDenied, 404: .unimplemented, 429: .unavailable,
      502: .unavailable, 503: .unavailable, 504: .unavailable,
    ]
    for status in 0...999 {
      #expect(HTTPStatusMapping.code(httpStatus: status) == table[status] ?? .unknown)
    }
  }

  @Test(
    "HTTP/2 error codes follow gRPC's table and all others are UNKNOWN",
    arguments: [
      (UInt32(0), RPCError.Code.internal), (1, .internal), (2, .internal), (3, .internal), (4, .internal),
      (5, .internal),
      (6, .internal), (7, .unavailable), (8, .cancelled), (9, .internal), (10, .internal), (11, .resourceExhausted),
      (12, .permissionDenied), (13, .unknown), (14, .unknown), (0xFFFF_FFFF, .unknown),
    ])
  func http2Errors(error: UInt32, code: RPCError.Code) {
    #expect(HTTPStatusMapping.code(http2Error: error) == code)
    #expect(HTTPStatusMapping.isTransparentlyRetryable(http2Error: error) == (error == 7))
  }
}
