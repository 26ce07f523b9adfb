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

  func countReset() -> Bool {
    guard role == .client || guardian.allowsReset() else {
      violation = .enhanceYourCalm
      return false
    }
    return true
  }

  func beginHeaders(of stream: HTTP2Stream) {
    headersBegan = .now()
    stream.collecting = HeaderBlock()
    stream.collecting.reserveCapacity(fields: 12, bytes: 384)
    stream.collectedSize = 0
  }

  /// Takes one field. False when the peer goes far beyond what it was told, which no honest one does.
  func collect(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, isSensitive: Bool, on stream: HTTP2Stream
  ) -> Bool {
    stream.collectedSize += name.count + value.count + 32
    if stream.headersOverflowed || stream.collectedSize > limits.maxHeaderListSize
      || stream.collecting.count >= limits.maxHeaderFields
    {
      stream.headersOverflowed = true
      // Decompression goes on, to keep the tables in step, but not without end.
      if stream.collectedSize > limits.maxHeaderListSize * 16 {
        violation = .enhanceYourCalm
        return false
      }
      return true
    }
    stream.collecting.append(name: name, value: value, isSensitive: isSensitive)
    return true
  }

  func noteHeaders(of stream: HTTP2Stream, endStream: Bool) {
    var block = HeaderBlock()
    swap(&block, &stream.collecting)
    stream.lastProgress = .now()
    if endStream { stream.remoteEnded = true }
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
    lastDataProgress = .now()
    stream.lastProgress = lastDataProgress
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
    if currentHeaderStream === stream { currentHeaderStream = nil }
    let reason: HTTPStreamCloseReason
    if let ours = stream.resetByUs {
      reason = .reset(ours, byPeer: false)
    } else if code == .noError, stream.remoteEnded {
      reason = .completed
    } else {
      reason = .reset(code, byPeer: true)
    }
    events.append(.closed(stream, reason))
  }

  func writeData(header: UnsafePointer<UInt8>, length: Int, from stream: HTTP2Stream) {
    out.writeBytes(UnsafeRawBufferPointer(start: header, count: 9))
    stream.moveOutbound(length, to: &out)
    lastDataProgress = .now()
    if length >= 1024 { guardian.noteUsefulFrame() }
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
