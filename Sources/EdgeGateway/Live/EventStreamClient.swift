internal import EventLog
internal import HTTPTransport
internal import NIOCore

/// A client of server-sent events once its head is sent: a stream, a filter and where it stands. No task, no buffer.
/// Belongs to the stream's event loop.
final class EventStreamClient: HTTPStreamDelegate {
  enum State {
    /// What it missed is being looked for.
    case waiting
    /// It is given what is kept, as fast as it takes it.
    case behind
    /// It has all there is.
    case live
    case over
  }

  private let stream: any HTTPStream
  private let loop: LiveLoop
  private let place: LivePlace
  let interest: DealInterest
  var state = State.waiting
  /// All that it wants up to here has been given to it.
  var position: EventPosition
  /// Its place in the loop's list.
  var slot = 0
  /// Its turn in a heartbeat is told by this.
  let number: Int
  /// Where it stood when it was looked at last, if that was behind: one that stands there still takes nothing.
  var stalledAt: EventPosition?

  init(
    _ stream: any HTTPStream, loop: LiveLoop, number: Int, place: LivePlace, interest: DealInterest,
    position: EventPosition
  ) {
    self.stream = stream
    self.loop = loop
    self.number = number
    self.place = place
    self.interest = interest
    self.position = position
  }

  var bufferedBytes: Int { stream.outboundBufferedBytes }

  func send(_ frame: ByteBuffer) { stream.send(data: frame, endStream: false) }

  /// Ends the stream in good order.
  func end(_ last: ByteBuffer) { stream.send(data: last, endStream: true) }

  /// Breaks it off: it is of no use any more to one that does not read.
  func abandon() { stream.reset(.cancel) }

  // The request has no body; what comes nevertheless is thrown away.
  func streamReceived(data: ByteBuffer, endStream: Bool) { stream.consumed(data.readableBytes) }
  func streamReceived(trailers: HeaderBlock) {}
  func streamBecameWritable() { loop.becameWritable(self) }
  func streamClosed(_ reason: HTTPStreamCloseReason) { loop.leave(self) }
}
