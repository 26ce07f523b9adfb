internal import Glibc
internal import Synchronization

/// Lines on their way to a file descriptor: a bounded buffer and one thread that writes. Whoever logs never waits for
/// the reader of the log: when the buffer is full lines are dropped, counted, and the gap is told in the log itself.
package final class LogPipe: @unchecked Sendable {
  private let descriptor: Int32
  private let capacity: Int
  private let dropNotice: @Sendable (Int) -> [UInt8]
  // What follows is guarded by `mutex`; `changed` tells the writer of lines and those who flush of progress.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var pending: [UInt8] = []
  private var pendingLines = 0
  private var unreported = 0
  private var isWriting = false
  private var isClosed = false
  private let dropped = Atomic<Int>(0)

  /// Starts the writing thread.
  ///
  /// - Parameters:
  ///   - descriptor: stays the caller's; to be open as long as this.
  ///   - capacity: bytes that may wait.
  ///   - dropNotice: the line that tells how many were dropped.
  package init(
    descriptor: Int32, capacity: Int = 1 << 20, dropNotice: @escaping @Sendable (Int) -> [UInt8] = { _ in [] }
  ) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.dropNotice = dropNotice
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<LogPipe>.fromOpaque(argument).takeRetainedValue().writeAll() }
        return nil
      }, context.toOpaque())
    if status == 0 {
      pthread_detach(thread)
    } else {
      context.release()
      isClosed = true
    }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Lines that were dropped so far.
  package var droppedLines: Int { dropped.load(ordering: .relaxed) }

  /// Takes a line with its line break. Never blocks.
  package func write(_ line: [UInt8]) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed, pending.count + line.count <= capacity else {
      unreported += 1
      dropped.add(1, ordering: .relaxed)
      return
    }
    pending += line
    pendingLines += 1
    if pendingLines == 1, !isWriting { pthread_cond_broadcast(changed) }
  }

  /// Waits, blocking the thread, until what was written before has left; for the end of the process.
  ///
  /// - Returns: false when it did not within the time.
  @discardableResult
  package func flush(within limit: Duration) -> Bool {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let (seconds, attoseconds) = limit.components
    let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
    end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isClosed, !pending.isEmpty || isWriting {
      if pthread_cond_timedwait(changed, mutex, &end) == ETIMEDOUT { return pending.isEmpty && !isWriting }
    }
    return pending.isEmpty
  }

  /// Writes what waits, then ends the thread. Later lines are dropped.
  package func close(within limit: Duration = .seconds(1)) {
    flush(within: limit)
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  // MARK: The writing thread

  private func writeAll() {
    var batch: [UInt8] = []
    while true {
      pthread_mutex_lock(mutex)
      isWriting = false
      pthread_cond_broadcast(changed)
      while pending.isEmpty, unreported == 0, !isClosed { pthread_cond_wait(changed, mutex) }
      if isClosed, pending.isEmpty {
        pthread_mutex_unlock(mutex)
        return
      }
      swap(&batch, &pending)
      pendingLines = 0
      let gap = unreported
      unreported = 0
      isWriting = true
      pthread_mutex_unlock(mutex)
      if gap > 0 { batch += dropNotice(gap) }
      put(batch)
      batch.removeAll(keepingCapacity: true)
    }
  }

  private func put(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if count > 0 {
          offset += count
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wait, 1, 1000)
        } else if errno != EINTR {
          // Nobody reads the log any more; there is nowhere to say so.
          return
        }
      }
    }
  }
}
