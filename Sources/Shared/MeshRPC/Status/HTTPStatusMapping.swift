/// What a client makes of replies that carry no `grpc-status`.
package enum HTTPStatusMapping {
  /// The code for a reply with this HTTP status and no `grpc-status` (gRPC's `http-grpc-status-mapping.md`): such
  /// replies come from proxies. To be used by clients only, and only where `grpc-status` is absent; 200 is UNKNOWN,
  /// since a gRPC server would have said OK.
  package static func code(httpStatus: Int) -> RPCError.Code {
    switch httpStatus {
    case 400: .internal
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }

  /// The code for a stream that the peer ended with RST_STREAM and this HTTP/2 error code (gRPC over HTTP2, "Errors").
  ///
  /// STREAM_CLOSED has no mapping there, as no stream is left to tell; it is INTERNAL here, like the other protocol
  /// errors. Codes that the table leaves out (HTTP_1_1_REQUIRED and those of extensions) are UNKNOWN.
  package static func code(http2Error: UInt32) -> RPCError.Code {
    switch http2Error {
    case 0x0,  // NO_ERROR: a status should have been sent
      0x1,  // PROTOCOL_ERROR
      0x2,  // INTERNAL_ERROR
      0x3,  // FLOW_CONTROL_ERROR
      0x4,  // SETTINGS_TIMEOUT
      0x5,  // STREAM_CLOSED
      0x6,  // FRAME_SIZE_ERROR
      0x9,  // COMPRESSION_ERROR
      0xA:  // CONNECT_ERROR
      .internal
    case 0x7: .unavailable  // REFUSED_STREAM
    case 0x8: .cancelled  // CANCEL
    case 0xB: .resourceExhausted  // ENHANCE_YOUR_CALM
    case 0xC: .permissionDenied  // INADEQUATE_SECURITY
    default: .unknown
    }
  }

  /// Whether a stream reset with this HTTP/2 error code was never seen by the peer's application, so that the call may
  /// be sent again without a retry policy (RFC 9113 §8.7, gRFC A6 "Transparent Retries"): REFUSED_STREAM.
  package static func isTransparentlyRetryable(http2Error: UInt32) -> Bool { http2Error == 0x7 }
}
