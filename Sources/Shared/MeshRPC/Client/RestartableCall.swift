internal import HTTPTransport
internal import NIOCore
import Synchronization

/// A call with a stream of requests that moves to another connection when the server has certainly not looked at it:
/// the stream was refused, or lies beyond a GOAWAY's last one (gRFC A6, "Transparent Retries").
///
/// What was written is kept to be sent again until the first word of a response, up to a limit; who writes and reads
/// notices nothing. One writer and one reader at a time, as with any call.
final class RestartableCall: StreamingCall {
  typealias Attempt = (call: ClientCall, lease: ConnectionLease)

  /// Bytes of requests that are kept. A call that has written more ends with the error instead.
  static let replayLimit = 64 * 1024

  private struct State {
    var attempt: Attempt
    var retry = RetryState(policy: nil)
    var kept: [ByteBuffer] = []
    var keptBytes = 0
    var isFinished = false
    var isRestarting = false
    var waiters: [CheckedContinuation<Void, Never>] = []

    /// Nothing is sent again from now on.
    mutating func commit() {
      retry.commit()
      kept = []
    }
  }

  private let state: Mutex<State>
  private let open: @Sendable () async throws -> Attempt

  /// - Parameter open: opens a stream on a connection that takes one.
  init(_ open: @escaping @Sendable () async throws -> Attempt) async throws {
    self.open = open
    state = Mutex(State(attempt: try await open()))
  }

  /// Gives up what has not ended, and the connection. To be called once, when nobody uses the call any more.
  func end() {
    let attempt = state.withLock { $0.attempt }
    attempt.call.abandon()
    attempt.lease.release()
  }

  /// Gives the call up; it ends with CANCELLED.
  func abandon() {
    state.withLock { state in
      state.commit()
      return state.attempt.call
    }.abandon()
  }

  private var current: ClientCall { state.withLock { $0.attempt.call } }

  var compression: CompressionAlgorithm { current.compression }

  // MARK: Requests

  func write(_ frame: ByteBuffer) async throws {
    while true {
      // While a restart is under way, it decides whether this message belongs to what it sends again.
      let call: ClientCall? = state.withLock { state in
        if state.isRestarting { return nil }
        if state.retry.keepsMessages {
          state.kept.append(frame)
          state.keptBytes += frame.readableBytes
          if state.keptBytes > Self.replayLimit { state.commit() }
        }
        return state.attempt.call
      }
      guard let call else {
        await restartEnded()
        continue
      }
      do {
        return try await call.write(frame)
      } catch {
        // It was kept, so a restart has sent it.
        if await isRestarted(after: call) { return }
        throw error
      }
    }
  }

  func finishWriting() {
    let call: ClientCall? = state.withLock { state in
      state.isFinished = true
      return state.isRestarting ? nil : state.attempt.call
    }
    call?.finishWriting()
  }

  // MARK: Responses

  func next() async throws -> FramedMessage? {
    while true {
      let call = current
      do {
        let frame = try await call.next()
        commit()
        return frame
      } catch {
        if await isRestarted(after: call) { continue }
        throw error
      }
    }
  }

  func initialHead() async -> HeaderBlock? {
    while true {
      let call = current
      if let head = await call.initialHead() {
        commit()
        return head
      }
      if await isRestarted(after: call) { continue }
      return nil
    }
  }

  func waitForOutcome() async -> ClientCall.Outcome {
    while true {
      let call = current
      let outcome = await call.waitForOutcome()
      if await isRestarted(after: call) { continue }
      return outcome
    }
  }

  private func commit() { state.withLock { if $0.retry.keepsMessages { $0.commit() } } }

  // MARK: Restarting

  private enum Decision { case restart, wait, done, no }

  /// Whether the call goes on elsewhere after `call`, which failed. Whoever finds out first moves it, others wait.
  private func isRestarted(after call: ClientCall) async -> Bool {
    let outcome = await call.outcomeSoFar()
    while true {
      let decision: Decision = state.withLock { state in
        if state.isRestarting { return .wait }
        if state.attempt.call !== call { return .done }
        guard let outcome, outcome.error != nil, outcome.head == nil, outcome.isUnprocessed,
          state.retry.retriesUnprocessedAttempt(wasSent: outcome.wasSent)
        else { return .no }
        state.isRestarting = true
        return .restart
      }
      switch decision {
      case .done: return true
      case .no: return false
      case .wait: await restartEnded()
      case .restart: return await restart()
      }
    }
  }

  private func restart() async -> Bool {
    let old = state.withLock { $0.attempt }
    old.lease.release()
    var new: Attempt?
    if !Task.isCancelled {
      // Why no connection was to be had says less than why the call failed.
      do { new = try await open() } catch { new = nil }
    }
    if let new {
      let kept = state.withLock { $0.kept }
      await new.call.replay(kept)
    }
    let (waiters, isFinished) = state.withLock { state in
      defer { state.waiters = [] }
      state.isRestarting = false
      // The lease that was given back is not given back again: a call without a new one keeps a spent one.
      if let new { state.attempt = new } else { state.attempt.lease = old.lease.spent }
      if new == nil { state.commit() }
      return (state.waiters, state.isFinished)
    }
    for waiter in waiters { waiter.resume() }
    guard let new else { return false }
    if isFinished { new.call.finishWriting() }
    return true
  }

  private func restartEnded() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isOver = state.withLock { state in
        if state.isRestarting { state.waiters.append(continuation) }
        return !state.isRestarting
      }
      if isOver { continuation.resume() }
    }
  }
}
