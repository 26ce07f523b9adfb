/// What one HTTP/2 connection may cost us. All have safe defaults; a service changes them from its configuration.
package struct HTTP2Limits: Sendable {
  /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS). Default 256.
  package var maxConcurrentStreams: UInt32 = 256
  /// Bytes of a header list, counted as RFC 9113 §6.5.2 does. Larger requests get 431. Default 16 KiB.
  package var maxHeaderListSize = 16 * 1024
  /// Header fields in a list. Default 128.
  package var maxHeaderFields = 128
  /// Body bytes that a stream's peer may send ahead of the application. Default 128 KiB.
  package var streamWindow: Int32 = 128 * 1024
  /// The same for all streams of the connection together. Default 1 MiB.
  package var connectionWindow: Int32 = 1024 * 1024
  /// Body bytes received but not yet consumed, over all streams, above which the connection's window is no longer
  /// given back: with `connectionWindow` this bounds what a connection can make us hold. Default 4 MiB.
  package var maxInboundBuffer = 4 * 1024 * 1024
  /// Response bytes that wait for the peer's windows, over all streams, above which new streams are refused
  /// (REFUSED_STREAM, safe to repeat). Default 32 MiB.
  package var maxOutboundBuffer = 32 * 1024 * 1024
  /// Streams that the peer may break off (RST_STREAM, or by provoking one): a burst, and how many a second it regains.
  package var resetBurst = 1000
  package var resetsPerSecond = 200
  /// Frames that carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE without need, empty DATA): a burst and a rate.
  /// Frames that carry a body byte earn more, so that busy connections may ping and update windows. Frames of unknown
  /// types are skipped by nghttp2 before they cost anything.
  package var controlFrameBurst = 4000
  package var controlFramesPerSecond = 400

  package init() {}
}
