internal import CNghttp2
import NIOCore

/// nghttp2's C callbacks. They recover the session from the user pointer, note what happened and return; nothing that
/// could call back into nghttp2's receive or send path runs here.
enum HTTP2Callbacks {
  /// Made once for the process and never freed: nghttp2 copies it into each session. Nil when memory was short.
  nonisolated(unsafe) static let shared: OpaquePointer? = {
    var callbacks: OpaquePointer?
    guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks else { return nil }
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, onBeginFrame)
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
    nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrameReceived)
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, onInvalidFrame)
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onDataChunk)
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClose)
    nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
    return callbacks
  }()

  static func dataProvider(for stream: HTTP2Stream) -> nghttp2_data_provider {
    nghttp2_data_provider(
      source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()), read_callback: readData)
  }

  private static let callbackFailure = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
  private static let endStreamFlag = UInt8(NGHTTP2_FLAG_END_STREAM.rawValue)

  private static func session(_ userData: UnsafeMutableRawPointer?) -> HTTP2Session? {
    userData.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func stream(_ handle: OpaquePointer?, _ id: Int32) -> HTTP2Stream? {
    nghttp2_session_get_stream_user_data(handle, id).map {
      Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue()
    }
  }

  private static let onBeginFrame: nghttp2_on_begin_frame_callback = { _, header, userData in
    guard let session = session(userData), let header = header?.pointee else { return callbackFailure }
    guard session.countFrame(type: header.type, length: header.length, flags: header.flags),
      session.checkStreamID(type: header.type, id: header.stream_id)
    else { return callbackFailure }
    return 0
  }

  private static let onBeginHeaders: nghttp2_on_begin_headers_callback = { handle, frame, userData in
    guard let session = session(userData), let frame else { return callbackFailure }
    let id = frame.pointee.hd.stream_id
    session.beginHeaders()
    if session.role == .server, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
      guard !session.refusesNewStreams, session.outboundBuffered <= session.limits.maxOutboundBuffer else {
        _ = nghttp2_submit_rst_stream(
          handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, HTTP2ErrorCode.refusedStream.rawValue)
        session.currentHeaderStream = nil
        // A peer that goes on asking pays for it as one that resets its streams does.
        return session.countReset() ? 0 : callbackFailure
      }
      let stream = HTTP2Stream(id: id, session: session)
      session.streams[id] = stream
      _ = nghttp2_session_set_stream_user_data(handle, id, Unmanaged.passUnretained(stream).toOpaque())
      session.currentHeaderStream = stream
    } else {
      session.currentHeaderStream = stream(handle, id)
    }
    session.currentHeaderStream?.beginCollecting()
    return 0
  }

  private static let onHeader: nghttp2_on_header_callback = {
    _, _, name, nameLength, value, valueLength, flags, userData in
    guard let session = session(userData) else { return callbackFailure }
    return session.collect(
      UnsafeRawBufferPointer(start: name, count: nameLength), UnsafeRawBufferPointer(start: value, count: valueLength),
      isSensitive: flags & UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) != 0) ? 0 : callbackFailure
  }

  private static let onFrameReceived: nghttp2_on_frame_recv_callback = { handle, frame, userData in
    guard let session = session(userData), let frame else { return callbackFailure }
    let header = frame.pointee.hd
    let ended = header.flags & endStreamFlag != 0
    switch nghttp2_frame_type(UInt32(header.type)) {
    case NGHTTP2_DATA:
      if ended, let stream = stream(handle, header.stream_id) { session.noteEnd(of: stream) }
    case NGHTTP2_HEADERS:
      session.headersBegan = nil
      if let stream = session.currentHeaderStream, stream.id == header.stream_id {
        session.currentHeaderStream = nil
        session.noteHeaders(of: stream, endStream: ended)
      }
    case NGHTTP2_RST_STREAM:
      stream(handle, header.stream_id)?.isResetByPeer = true
    case NGHTTP2_SETTINGS:
      if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { session.events.append(.settings) }
    case NGHTTP2_PING:
      if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 {
        session.events.append(.ping)
      } else {
        let data = withUnsafeBytes(of: frame.pointee.ping.opaque_data) { $0.loadUnaligned(as: UInt64.self) }
        session.events.append(.pingAck(UInt64(bigEndian: data)))
      }
    case NGHTTP2_GOAWAY:
      let goAway = frame.pointee.goaway
      let text = UnsafeRawBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 256))
      session.events.append(
        .goAway(
          goAway.last_stream_id, HTTP2ErrorCode(rawValue: goAway.error_code), String(decoding: text, as: UTF8.self)))
    default: break
    }
    return 0
  }

  private static let onInvalidFrame: nghttp2_on_invalid_frame_recv_callback = { _, _, _, userData in
    guard let session = session(userData) else { return callbackFailure }
    // A peer that makes us reset its own streams spends from the same purse as one that resets them itself.
    return session.countReset() ? 0 : callbackFailure
  }

  private static let onDataChunk: nghttp2_on_data_chunk_recv_callback = {
    handle, _, id, data, length, userData in
    guard let session = session(userData) else { return callbackFailure }
    guard let stream = stream(handle, id), let data, length > 0 else {
      _ = nghttp2_session_consume_connection(handle, length)
      return 0
    }
    session.noteData(data, length, on: stream)
    return 0
  }

  private static let onFrameSent: nghttp2_on_frame_send_callback = { handle, frame, userData in
    guard let session = session(userData), let header = frame?.pointee.hd else { return callbackFailure }
    guard header.type <= UInt8(NGHTTP2_HEADERS.rawValue) else { return 0 }
    session.lastResponseFrame = session.clock
    if session.role == .client { stream(handle, header.stream_id)?.isOnWire = true }
    // A complete response to an unfinished request: the rest of the request is not wanted (RFC 9113 §8.1).
    if session.role == .server, header.flags & endStreamFlag != 0,
      let stream = stream(handle, header.stream_id), !stream.remoteEnded, stream.resetByUs == nil
    {
      stream.hasAnsweredEarly = true
      _ = nghttp2_submit_rst_stream(
        handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), header.stream_id, HTTP2ErrorCode.noError.rawValue)
    }
    return 0
  }

  private static let onStreamClose: nghttp2_on_stream_close_callback = { handle, id, code, userData in
    guard let session = session(userData) else { return callbackFailure }
    session.noteClosed(id, HTTP2ErrorCode(rawValue: code))
    return 0
  }

  private static let readData: nghttp2_data_source_read_callback = { handle, _, _, length, flags, source, _ in
    guard let pointer = source?.pointee.ptr, let flags else { return Int(callbackFailure) }
    let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    let available = stream.outboundBufferedBytes
    if available == 0, !stream.endQueued {
      stream.isDeferred = true
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    let count = min(available, length)
    if count > 0 { flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
    if count == available, stream.endQueued {
      flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
      stream.endSubmitted = true
      if let trailers = stream.trailers {
        stream.trailers = nil
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        let code = trailers.withFields { nghttp2_submit_trailer(handle, stream.id, $0.baseAddress, $0.count) }
        if code != 0 { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
      }
    }
    return count
  }

  private static let sendData: nghttp2_send_data_callback = { _, frame, frameHeader, length, source, userData in
    guard let session = session(userData), let pointer = source?.pointee.ptr, let frameHeader else {
      return callbackFailure
    }
    let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    session.writeData(header: frameHeader, length: length, from: stream)
    return 0
  }
}
