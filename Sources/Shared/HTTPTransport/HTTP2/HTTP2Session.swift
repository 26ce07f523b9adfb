internal import CNghttp2
package import NIOCore

/// An HTTP/2 connection without its socket: bytes in, bytes out (RFC 9113, by libnghttp2).
///
/// Confined to one event loop. nghttp2's callbacks only take notes; streams and their delegates are told after
/// `receive` has returned from nghttp2, so a delegate may call back into its stream at any time.
package final class HTTP2Session {
  package enum Role: Sendable { case server, client }

  /// What the connection's driver wants to know besides its streams' own events.
  package protocol Driver: AnyObject {
    /// Something was queued outside `receive`: call `fill` before long.
    func sessionNeedsFlush()
    /// A request head has arrived (servers).
    func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool)
    /// The peer's first SETTINGS, or a later one.
    func sessionReceivedSettings()
    /// The peer answered one of our pings.
    func sessionReceivedPingAck(_ data: UInt64)
    /// The peer sent a ping; it has been answered.
    func sessionReceivedPing()
    /// The peer will accept no streams above `lastStreamID`.
    func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String)
    /// A stream is over; its delegate has been told.
    func sessionStreamClosed()
  }

  package let role: Role
  package let eventLoop: any EventLoop
  package let connection: HTTPConnectionInfo
  package let limits: HTTP2Limits
  package weak var driver: (any Driver)?

  /// Open streams by id.
  package internal(set) var streams: [Int32: HTTP2Stream] = [:]
  /// Response or request bytes queued on all streams.
  package internal(set) var outboundBuffered = 0
  /// Body bytes delivered and not yet consumed, over all streams.
  package private(set) var inboundBuffered = 0
  /// The time at which `receive` or `fill` was last called: fine enough for time-outs, and far cheaper than asking the
  /// clock for each frame.
  package private(set) var clock: NIODeadline
  /// When the last bytes arrived from the peer.
  package private(set) var lastReceive: NIODeadline
  /// When a HEADERS or DATA frame last went out.
  package internal(set) var lastResponseFrame: NIODeadline
  /// When a header block began that has not ended yet.
  package internal(set) var headersBegan: NIODeadline?
  /// Whether new streams of the peer are turned away (REFUSED_STREAM).
  package var refusesNewStreams = false

  private let handle: OpaquePointer
  var guardian: FloodGuard
  var violation: HTTP2ErrorCode?
  var highestStreamID: Int32 = 0
  /// The latest ranges of stream ids that the peer left out; few, as honest peers leave out none.
  var skippedIDs: [ClosedRange<Int32>] = []
  var events: [HTTP2Event] = []
  var currentHeaderStream: HTTP2Stream?
  /// Size so far of the header list that is arriving.
  var headerListSize = 0
  var input = ByteBuffer()
  var inputBase: UnsafeRawPointer?
  var out = ByteBuffer()
  private var connectionOwed = 0
  /// What was handed to `receive` by a delegate that it was just telling something.
  private var deferredInput: [ByteBuffer] = []
  private var isInsideLibrary = false
  private var isDelivering = false
  private var isTerminated = false

  /// - Throws: `HTTPTransportError` when nghttp2 has no memory or refuses the limits.
  package init(role: Role, connection: HTTPConnectionInfo, limits: HTTP2Limits = HTTP2Limits()) throws {
    self.role = role
    self.connection = connection
    self.limits = limits
    eventLoop = connection.executor.eventLoop
    let now = NIODeadline.now()
    guardian = FloodGuard(limits: limits, now: now.uptimeNanoseconds)
    clock = now
    lastReceive = now
    lastResponseFrame = now
    var option: OpaquePointer?
    var session: OpaquePointer?
    guard let callbacks = HTTP2Callbacks.shared, nghttp2_option_new(&option) == 0, let option else {
      throw HTTPTransportError(.limitExceeded, "no memory for an HTTP/2 session")
    }
    defer { nghttp2_option_del(option) }
    // Windows are given back as the application consumes, not as bytes arrive.
    nghttp2_option_set_no_auto_window_update(option, 1)
    // Our own guard is stricter, and answers with ENHANCE_YOUR_CALM.
    nghttp2_option_set_stream_reset_rate_limit(option, UInt64(Int32.max), UInt64(Int32.max))
    nghttp2_option_set_max_outbound_ack(option, 1000)
    nghttp2_option_set_max_settings(option, 32)
    let created =
      role == .server
      ? nghttp2_session_server_new2(&session, callbacks, nil, option)
      : nghttp2_session_client_new2(&session, callbacks, nil, option)
    guard created == 0, let session else {
      throw HTTPTransportError(.limitExceeded, "no memory for an HTTP/2 session")
    }
    handle = session
    nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
    try submitInitialSettings()
  }

  deinit {
    // Closed first: their delegates may still call them, and this session can no longer be reached.
    for stream in streams.values { stream.close() }
    for stream in streams.values {
      stream.tellClosed(.connectionLost(unprocessed: role == .client && !stream.isOnWire))
    }
    for case .closed(let stream, let reason) in events { stream.tellClosed(reason) }
    nghttp2_session_del(handle)
  }

  private func submitInitialSettings() throws {
    var entries: [nghttp2_settings_entry] = [
      .init(settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: limits.maxConcurrentStreams),
      .init(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
        value: UInt32(bitPattern: limits.streamWindow)),
      .init(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
        value: UInt32(clamping: limits.maxHeaderListSize)),
    ]
    if role == .client {
      entries.append(.init(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
      entries[0].value = 0
    }
    guard nghttp2_submit_settings(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), &entries, entries.count) == 0,
      nghttp2_session_set_local_window_size(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, limits.connectionWindow) == 0
    else {
      throw HTTPTransportError(
        .invalidConfiguration, "HTTP/2 limits: windows must lie between 65,535 and 2,147,483,647 bytes")
    }
  }

  // MARK: Bytes in

  /// Takes bytes from the peer and tells streams and driver what they meant.
  ///
  /// - Throws: `HTTPTransportError` when the connection cannot go on; a GOAWAY with the reason is then queued, and the
  ///   driver writes what `fill` yields and closes.
  package func receive(_ buffer: ByteBuffer, now: NIODeadline = .now()) throws {
    guard !isTerminated else { return }
    guard !isDelivering else {
      deferredInput.append(buffer)
      return
    }
    if deferredInput.isEmpty { try process(buffer, now: now) } else { deferredInput.append(buffer) }
    while !deferredInput.isEmpty, !isTerminated { try process(deferredInput.removeFirst(), now: now) }
  }

  private func process(_ buffer: ByteBuffer, now: NIODeadline) throws {
    guardian.advance(to: now.uptimeNanoseconds)
    clock = now
    lastReceive = now
    input = buffer
    let taken = buffer.withUnsafeReadableBytes { bytes -> Int in
      guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
      inputBase = base
      isInsideLibrary = true
      defer {
        isInsideLibrary = false
        inputBase = nil
      }
      return nghttp2_session_mem_recv(handle, base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    deliverEvents()
    input = ByteBuffer()
    if taken < 0 {
      currentHeaderStream = nil
      throw fail(with: Int32(truncatingIfNeeded: taken))
    }
  }

  private func fail(with code: Int32) -> HTTPTransportError {
    let reason: HTTP2ErrorCode
    if let violation {
      reason = violation
    } else if code == NGHTTP2_ERR_FLOODED.rawValue || code == Self.tooManyContinuations {
      reason = .enhanceYourCalm
    } else if code == NGHTTP2_ERR_NOMEM.rawValue {
      reason = .internalError
    } else {
      reason = .protocolError
    }
    terminate(reason)
    return HTTPTransportError(
      reason == .enhanceYourCalm ? .limitExceeded : .protocolViolation,
      "HTTP/2 connection ended with \(reason) (\(String(cString: nghttp2_strerror(code))))")
  }

  /// NGHTTP2_ERR_TOO_MANY_CONTINUATIONS, which the header of an older, patched version may not declare.
  private static let tooManyContinuations: Int32 = -905

  /// Tells streams and driver what has been noted. Delegates may queue frames meanwhile.
  package func deliverEvents() {
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while !events.isEmpty {
      var batch: [HTTP2Event] = []
      swap(&batch, &events)
      for event in batch { deliver(event) }
      if events.isEmpty, batch.count <= 256 {
        batch.removeAll(keepingCapacity: true)
        events = batch
      }
    }
  }

  private func deliver(_ event: HTTP2Event) {
    switch event {
    case .head(let stream, let block, let endStream):
      guard stream.resetByUs == nil else { return }
      if role == .server {
        driver?.sessionAccepted(stream, head: block, endStream: endStream)
      } else {
        stream.delegate?.streamReceived(head: block, endStream: endStream)
      }
    case .data(let stream, let offset, let length, let endStream):
      if stream.resetByUs == nil, let delegate = stream.delegate,
        let slice = input.getSlice(at: input.readerIndex + offset, length: length)
      {
        delegate.streamReceived(data: slice, endStream: endStream)
      } else {
        stream.consumed(length)
      }
    case .trailers(let stream, let block):
      if stream.resetByUs == nil { stream.delegate?.streamReceived(trailers: block) }
    case .end(let stream):
      if stream.resetByUs == nil { stream.delegate?.streamReceived(data: ByteBuffer(), endStream: true) }
    case .writable(let stream):
      if !stream.isClosed { stream.delegate?.streamBecameWritable() }
    case .closed(let stream, let reason):
      stream.tellClosed(reason)
      driver?.sessionStreamClosed()
    case .settings: driver?.sessionReceivedSettings()
    case .ping: driver?.sessionReceivedPing()
    case .pingAck(let data): driver?.sessionReceivedPingAck(data)
    case .goAway(let last, let code, let text):
      driver?.sessionReceivedGoAway(lastStreamID: last, code: code, debugData: text)
    }
  }

  func noteReceived(_ count: Int, on stream: HTTP2Stream) {
    stream.unconsumed += count
    stream.bodyClock.received(count)
    inboundBuffered += count
    if inboundBuffered <= limits.maxInboundBuffer {
      nghttp2_session_consume_connection(handle, count)
    } else {
      connectionOwed += count
    }
  }

  // MARK: Bytes out

  /// Appends frames to `buffer` until it holds `limit` bytes or nothing is left to send.
  ///
  /// - Throws: `HTTPTransportError` when nghttp2 cannot go on.
  package func fill(_ buffer: inout ByteBuffer, upTo limit: Int, now: NIODeadline = .now()) throws {
    clock = now
    swap(&out, &buffer)
    defer { swap(&out, &buffer) }
    isInsideLibrary = true
    defer { isInsideLibrary = false }
    while out.readableBytes < limit {
      var pointer: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(handle, &pointer)
      if count == 0 { return }
      guard count > 0, let pointer else {
        isTerminated = true
        throw HTTPTransportError(
          .protocolViolation,
          "HTTP/2 connection cannot send (\(String(cString: nghttp2_strerror(Int32(truncatingIfNeeded: count)))))")
      }
      out.writeBytes(UnsafeRawBufferPointer(start: pointer, count: count))
    }
  }

  /// Whether neither side has anything left to do: the socket may be closed.
  package var isFinished: Bool {
    nghttp2_session_want_read(handle) == 0 && nghttp2_session_want_write(handle) == 0
  }

  package var wantsWrite: Bool { nghttp2_session_want_write(handle) != 0 }

  private func needsFlush() {
    if !isInsideLibrary { driver?.sessionNeedsFlush() }
  }

  // MARK: What streams ask for

  func submitHead(_ block: HeaderBlock, on stream: HTTP2Stream, endStream: Bool) {
    let code = block.withFields { fields -> Int32 in
      if endStream { return nghttp2_submit_response(handle, stream.id, fields.baseAddress, fields.count, nil) }
      var provider = HTTP2Callbacks.dataProvider(for: stream)
      return nghttp2_submit_response(handle, stream.id, fields.baseAddress, fields.count, &provider)
    }
    // Only for want of memory; a stream without an answer must not stay open.
    if code != 0 { stream.reset(.internalError) }
    needsFlush()
  }

  func submitTrailers(_ block: HeaderBlock, on stream: HTTP2Stream) {
    let code = block.withFields { nghttp2_submit_trailer(handle, stream.id, $0.baseAddress, $0.count) }
    if code != 0 { stream.reset(.internalError) }
    needsFlush()
  }

  func resume(_ stream: HTTP2Stream) {
    if stream.isDeferred {
      stream.isDeferred = false
      _ = nghttp2_session_resume_data(handle, stream.id)
    }
    needsFlush()
  }

  func submitReset(_ code: HTTP2ErrorCode, on stream: HTTP2Stream) {
    _ = nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    needsFlush()
  }

  func consume(_ bytes: Int, on stream: HTTP2Stream) {
    inboundBuffered -= bytes
    stream.lastProgress = clock
    if !stream.remoteEnded {
      _ = nghttp2_session_consume_stream(handle, stream.id, bytes)
    }
    giveBackConnectionWindow()
  }

  /// A closed stream's bytes no longer count, consumed or not.
  func release(_ stream: HTTP2Stream) {
    outboundBuffered -= stream.outboundBufferedBytes
    inboundBuffered -= stream.unconsumed
    stream.close()
    giveBackConnectionWindow()
  }

  private func giveBackConnectionWindow() {
    if connectionOwed > 0, inboundBuffered <= limits.maxInboundBuffer {
      _ = nghttp2_session_consume_connection(handle, connectionOwed)
      connectionOwed = 0
    }
    if wantsWrite { needsFlush() }
  }

  // MARK: What the driver asks for

  /// Opens a stream with a request head (clients).
  ///
  /// - Throws: `HTTPTransportError` `.connectionClosed` when the connection takes no more streams.
  package func openStream(
    head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate
  ) throws -> HTTP2Stream {
    let next = Int32(truncatingIfNeeded: nghttp2_session_get_next_stream_id(handle))
    guard next > 0, allowsRequests else {
      throw HTTPTransportError(.connectionClosed, "the connection takes no new requests; open another one")
    }
    let stream = HTTP2Stream(id: next, session: self)
    stream.delegate = delegate
    stream.headSent = true
    stream.endSubmitted = endStream
    let opaque = Unmanaged.passUnretained(stream).toOpaque()
    let id = head.withFields { fields -> Int32 in
      if endStream {
        return nghttp2_submit_request(handle, nil, fields.baseAddress, fields.count, nil, opaque)
      }
      var provider = HTTP2Callbacks.dataProvider(for: stream)
      return nghttp2_submit_request(handle, nil, fields.baseAddress, fields.count, &provider, opaque)
    }
    guard id == next else {
      throw HTTPTransportError(.connectionClosed, "the connection takes no new requests; open another one")
    }
    streams[id] = stream
    needsFlush()
    return stream
  }

  /// Whether the connection takes further requests: neither side has said that it will end.
  package var allowsRequests: Bool { !isTerminated && nghttp2_session_check_request_allowed(handle) != 0 }

  /// How many streams the peer allows us at once.
  package var remoteMaxConcurrentStreams: UInt32 {
    nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
  }

  package func ping(_ data: UInt64) {
    withUnsafeBytes(of: data.bigEndian) { bytes in
      _ = nghttp2_submit_ping(
        handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), bytes.bindMemory(to: UInt8.self).baseAddress)
    }
    needsFlush()
  }

  /// First step of a graceful drain: a GOAWAY that still allows what is under way (RFC 9113 §6.8).
  package func announceShutdown() {
    guard !isTerminated else { return }
    _ = nghttp2_submit_shutdown_notice(handle)
    needsFlush()
  }

  /// Second step: a GOAWAY that names the last stream that will be answered; open ones go on.
  package func refuseFurtherStreams(_ code: HTTP2ErrorCode = .noError, debugData: StaticString = "") {
    guard !isTerminated else { return }
    refusesNewStreams = true
    _ = nghttp2_submit_goaway(
      handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(handle), code.rawValue,
      debugData.utf8Start, debugData.utf8CodeUnitCount)
    needsFlush()
  }

  /// Ends the connection at once with GOAWAY; what `fill` yields afterwards is the last.
  package func terminate(_ code: HTTP2ErrorCode, debugData: StaticString = "") {
    guard !isTerminated else { return }
    // nghttp2's own last GOAWAY carries no data.
    if debugData.utf8CodeUnitCount > 0 { refuseFurtherStreams(code, debugData: debugData) }
    isTerminated = true
    _ = nghttp2_session_terminate_session(handle, code.rawValue)
    needsFlush()
  }

  /// The socket is gone: every stream ends here.
  package func connectionLost() {
    isTerminated = true
    let open = streams.values.sorted { $0.id < $1.id }
    streams.removeAll()
    for stream in open {
      release(stream)
      let unprocessed = role == .client && !stream.isOnWire
      events.append(.closed(stream, .connectionLost(unprocessed: unprocessed)))
    }
    deliverEvents()
  }
}

/// What nghttp2's callbacks note during one call into the library.
enum HTTP2Event {
  case head(HTTP2Stream, HeaderBlock, endStream: Bool)
  /// `offset` counts from the reader index of the buffer being received.
  case data(HTTP2Stream, offset: Int, length: Int, endStream: Bool)
  case trailers(HTTP2Stream, HeaderBlock)
  case end(HTTP2Stream)
  case writable(HTTP2Stream)
  case closed(HTTP2Stream, HTTPStreamCloseReason)
  case settings
  case ping
  case pingAck(UInt64)
  case goAway(Int32, HTTP2ErrorCode, String)
}

extension HeaderBlock {
  /// The fields as nghttp2 takes them; valid during `body` only.
  func withFields<R>(_ body: (UnsafeMutableBufferPointer<nghttp2_nv>) -> R) -> R {
    bytes.withUnsafeBufferPointer { all in
      withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(slots.count, 1)) { fields in
        // nghttp2 copies names and values and never writes through these pointers.
        let base = UnsafeMutablePointer(mutating: all.baseAddress)
        for (index, slot) in slots.enumerated() {
          let name = base.map { $0 + Int(slot.start) }
          fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: name, value: name.map { $0 + Int(slot.nameLength) }, namelen: Int(slot.nameLength),
              valuelen: Int(slot.valueLength),
              flags: UInt8(slot.isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX.rawValue : NGHTTP2_NV_FLAG_NONE.rawValue)))
        }
        return body(UnsafeMutableBufferPointer(rebasing: fields[..<slots.count]))
      }
    }
  }
}
