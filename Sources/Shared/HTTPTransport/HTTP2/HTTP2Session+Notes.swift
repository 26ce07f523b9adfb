internal import CNghttp2
import NIOCore

/// What the callbacks note: one small function for each, called by nghttp2 in the middle of `receive` or `fill`.
extension HTTP2Session {
  /// Counts a frame against the flood guard. False ends the connection.
  func countFrame(type: UInt8, length: Int, flags: UInt8) -> Bool {
    let endStream = flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    switch nghttp2_frame_type(UInt32(type)) {
    case NGHTTP2_DATA where length > 0 || endStream, NGHTTP2_HEADERS:
      guardian.noteUsefulFrame()
      return true
    case NGHTTP2_RST_STREAM:
      return countReset()
    case NGHTTP2_CONTINUATION:
      return true  // nghttp2 itself bounds how many may follow one HEADERS frame
    default:
      guard guardian.allowsControlFrame() else {
        violation = .enhanceYourCalm
        return false
      }
      return true
    }
  }

  /// Refuses a request head on a stream id that the peer has skipped (RFC 9113 §5.1.1: ids only grow), which nghttp2
  /// lets pass. A head on an open stream is trailers; one on a stream that has been open is nghttp2's to refuse.
  func checkStreamID(type: UInt8, id: Int32) -> Bool {
    guard role == .server, type == UInt8(NGHTTP2_HEADERS.rawValue) else { return true }
    if id > highestStreamID {
      if id - highestStreamID > 2 { skippedIDs.append(highestStreamID + 1...id - 1) }
      highestStreamID = id
      if skippedIDs.count > 16 { skippedIDs.removeFirst() }
    } else if skippedIDs.contains(where: { $0.contains(id) }) {
      violation = .protocolError
      return false
    }
    return true
  }

  func countReset() -> Bool {
    guard role == .client || guardian.allowsReset() else {
      violation = .enhanceYourCalm
      return false
    }
    return true
  }

  func beginHeaders() {
    headersBegan = clock
    headerListSize = 0
  }

  /// Takes one field. False when the peer goes far beyond what it was told, which no honest one does.
  func collect(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, isSensitive: Bool) -> Bool {
    headerListSize += name.count + value.count + 32
    // Decompression goes on behind an overflow or a refusal, to keep the tables in step, but not without end.
    if headerListSize > limits.maxHeaderListSize * 16 {
      violation = .enhanceYourCalm
      return false
    }
    guard let stream = currentHeaderStream, !stream.headersOverflowed else { return true }
    if headerListSize > limits.maxHeaderListSize || stream.collecting.count >= limits.maxHeaderFields {
      stream.headersOverflowed = true
      return true
    }
    stream.collecting.append(name: name, value: value, isSensitive: isSensitive)
    return true
  }

  func noteHeaders(of stream: HTTP2Stream, endStream: Bool) {
    var block = HeaderBlock()
    swap(&block, &stream.collecting)
    stream.lastProgress = clock
    if endStream { stream.remoteEnded = true }
    // A request head is answered with 431; what came too long otherwise must not pass for the whole.
    if stream.headersOverflowed, role == .client || stream.receivedHead {
      if stream.resetByUs == nil {
        stream.resetByUs = .enhanceYourCalm
        submitReset(.enhanceYourCalm, on: stream)
      }
      return
    }
    if stream.receivedHead {
      events.append(.trailers(stream, block))
      return
    }
    if role == .client, !endStream, block.isInterim { return }
    stream.receivedHead = true
    events.append(.head(stream, block, endStream: endStream))
  }

  func noteData(_ data: UnsafePointer<UInt8>, _ length: Int, on stream: HTTP2Stream) {
    guard let inputBase else { return }
    noteReceived(length, on: stream)
    stream.lastProgress = clock
    events.append(
      .data(stream, offset: UnsafeRawPointer(data) - inputBase, length: length, endStream: false))
  }

  func noteEnd(of stream: HTTP2Stream) {
    stream.remoteEnded = true
    if case .data(let last, let offset, let length, false) = events.last, last === stream {
      events[events.count - 1] = .data(stream, offset: offset, length: length, endStream: true)
    } else {
      events.append(.end(stream))
    }
  }

  func noteClosed(_ id: Int32, _ code: HTTP2ErrorCode) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    release(stream)
    if currentHeaderStream === stream {
      // Its header block was malformed: nothing more will be told of it.
      currentHeaderStream = nil
      headersBegan = nil
    }
    let reason: HTTPStreamCloseReason
    if let ours = stream.resetByUs {
      reason = .reset(ours, byPeer: false)
    } else if stream.isResetByPeer, !(code == .noError && stream.remoteEnded) {
      reason = .reset(code, byPeer: true)
    } else if code == .noError, stream.remoteEnded || stream.hasAnsweredEarly {
      reason = .completed
    } else if role == .client, code == .refusedStream || !stream.isOnWire {
      // nghttp2 closes so what lies above a GOAWAY's last id, and what it could no longer send.
      reason = .connectionLost(unprocessed: true)
    } else {
      // The peer did not break it off, but made nghttp2 do so.
      reason = .reset(code, byPeer: false)
    }
    events.append(.closed(stream, reason))
  }

  func writeData(header: UnsafePointer<UInt8>, length: Int, from stream: HTTP2Stream) {
    out.writeBytes(UnsafeRawBufferPointer(start: header, count: 9))
    stream.moveOutbound(length, to: &out)
    // Pays for the window updates that follow. A frame that the peer's window cut short pays nothing: windows opened
    // byte by byte are an attack (CVE-2019-9511).
    if length >= 1024 || stream.outboundBufferedBytes == 0 { guardian.noteUsefulFrame(bytes: length) }
    if stream.wantsWritable, stream.outboundBufferedBytes <= HTTPStreamWatermark.low {
      stream.wantsWritable = false
      events.append(.writable(stream))
    }
  }
}

extension HeaderBlock {
  /// Whether this is the head of an interim (1xx) response.
  var isInterim: Bool {
    guard let index = firstIndex(of: ":status") else { return false }
    return withValue(at: index) { $0.count == 3 && $0[0] == UInt8(ascii: "1") }
  }
}
