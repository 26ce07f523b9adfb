internal import CLibpq
internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore

/// The thread that owns every connection of the process and polls them all.
///
/// Callers leave commands in `intake`; one turn takes all of them, so that what arrives together is sent together, and
/// hands all results of a turn to each event loop in one hop. That batching is where the speed comes from.
final class PostgresIOThread: @unchecked Sendable {
  enum Command {
    case submit(QueryOperation, PoolCore)
    /// The caller no longer waits: its deadline passed or its task was cancelled.
    case withdraw(QueryOperation, PoolCore, PostgresError.Code)
    case run(@Sendable () -> Void)
  }

  private struct Intake {
    var commands: [Command] = []
    var isSleeping = false
    /// The event loop that has promised to end the sleep when its turn is over.
    var promisedBy: ObjectIdentifier?
  }

  private static let instance = NIOLockedValueBox<PostgresIOThread?>(nil)

  /// The process's thread, started by the first call.
  /// - Throws: `PostgresError` `.connectFailed` when the system gives no thread or descriptors.
  static func shared() throws(PostgresError) -> PostgresIOThread {
    let made: PostgresIOThread? = instance.withLockedValue { instance in
      if let thread = instance { return thread }
      guard let thread = PostgresIOThread(), Thread.start({ thread.loop() }) else { return nil }
      instance = thread
      return thread
    }
    guard let made else { throw PostgresError(.connectFailed, "the system has no thread or descriptors left") }
    return made
  }

  private let poller: Int32
  private let wakeUp: Int32
  private let intake = NIOLockedValueBox(Intake())

  // This thread only.
  private var connections: [UInt64: PostgresConnection] = [:]
  private var lastToken: UInt64 = 0
  private var pools: [ObjectIdentifier: PoolCore] = [:]
  private var dirty: [PoolCore] = []
  private var completed: [QueryOperation] = []
  /// The turn's time.
  private(set) var now = MonotonicClock.now()

  private init?() {
    poller = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
    guard poller >= 0, wakeUp >= 0, epoll_ctl(poller, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
      if poller >= 0 { close(poller) }
      if wakeUp >= 0 { close(wakeUp) }
      return nil
    }
  }

  // MARK: From any thread

  /// - Parameter loop: the caller's event loop. The thread then wakes when the loop's turn is over, so that what its
  ///   other tasks send in the same turn goes out together: woken by the first, it would send one statement at a time
  ///   wherever the two share a core.
  func send(_ command: Command, from loop: (any EventLoop)? = nil) {
    let mustWake = intake.withLockedValue { intake in
      intake.commands.append(command)
      // A loop that is shut down keeps no promise, so nobody relies on another's.
      guard intake.isSleeping, loop == nil || intake.promisedBy != loop.map(ObjectIdentifier.init) else { return false }
      if let loop {
        intake.promisedBy = ObjectIdentifier(loop)
      } else {
        intake.isSleeping = false
      }
      return true
    }
    guard mustWake else { return }
    if let loop { loop.execute { self.endSleep() } } else { wake() }
  }

  private func endSleep() {
    let isAsleep = intake.withLockedValue { intake in
      defer { intake.isSleeping = false }
      return intake.isSleeping
    }
    if isAsleep { wake() }
  }

  /// Runs `body` on the thread, in order with other commands.
  func run(_ body: @escaping @Sendable () -> Void) { send(.run(body)) }

  private func wake() {
    var one: UInt64 = 1
    // A full counter means that a wake-up is pending already.
    _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
  }

  // MARK: On the thread

  func register(_ pool: PoolCore) { pools[ObjectIdentifier(pool)] = pool }
  func unregister(_ pool: PoolCore) { pools[ObjectIdentifier(pool)] = nil }

  /// Has `pool.dispatch()` called before the turn ends.
  func markDirty(_ pool: PoolCore) {
    if !pool.isDirty {
      pool.isDirty = true
      dirty.append(pool)
    }
  }

  /// Polls a connection's socket for input.
  /// - Returns: a token, nil when the system refuses.
  func add(_ connection: PostgresConnection, socket: Int32) -> UInt64? {
    lastToken += 1
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: lastToken))
    guard epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) == 0 else { return nil }
    connections[lastToken] = connection
    return lastToken
  }

  func change(token: UInt64, socket: Int32, reads: Bool, writes: Bool) {
    let events = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
    var event = epoll_event(events: events, data: epoll_data_t(u64: token))
    epoll_ctl(poller, EPOLL_CTL_MOD, socket, &event)
  }

  func remove(token: UInt64, socket: Int32) {
    connections[token] = nil
    if socket >= 0 { epoll_ctl(poller, EPOLL_CTL_DEL, socket, nil) }
  }

  /// Hands a finished operation back at the end of the turn.
  func complete(_ operation: QueryOperation) { completed.append(operation) }

  private func loop() {
    var events = [epoll_event](repeating: epoll_event(), count: 128)
    var commands: [Command] = []
    while true {
      let count = epoll_wait(poller, &events, Int32(events.count), waitMilliseconds())
      intake.withLockedValue { intake in
        intake.isSleeping = false
        intake.promisedBy = nil
        swap(&intake.commands, &commands)
      }
      now = MonotonicClock.now()
      for event in events.prefix(Int(max(0, count))) {
        let token = event.data.u64
        if token == 0 {
          var counter: UInt64 = 0
          _ = read(wakeUp, &counter, MemoryLayout<UInt64>.size)
        } else {
          connections[token]?.handle(isReadable: event.events & ~EPOLLOUT.rawValue != 0)
        }
      }
      for command in commands { perform(command) }
      commands.removeAll(keepingCapacity: commands.count <= 4096)
      for pool in pools.values where pool.nextWake <= now { pool.tick() }
      while let pool = dirty.popLast() {
        pool.isDirty = false
        pool.dispatch()
      }
      deliver()
    }
  }

  private func perform(_ command: Command) {
    switch command {
    case .submit(let operation, let pool): pool.submit(operation)
    case .withdraw(let operation, let pool, let reason): (operation.core ?? pool).withdraw(operation, reason: reason)
    case .run(let body): body()
    }
  }

  private func waitMilliseconds() -> Int32 {
    let isIdle = intake.withLockedValue { intake in
      intake.isSleeping = intake.commands.isEmpty
      return intake.isSleeping
    }
    guard isIdle else { return 0 }
    let next = pools.values.reduce(MonotonicClock.never) { min($0, $1.nextWake) }
    if next == MonotonicClock.never { return -1 }
    let current = MonotonicClock.now()
    return next <= current ? 0 : Int32(clamping: (next - current) / 1_000_000 + 1)
  }

  private func deliver() {
    guard !completed.isEmpty else { return }
    var groups: [(loop: any EventLoop, operations: [QueryOperation])] = []
    for operation in completed {
      guard let loop = operation.eventLoop else {
        operation.resume()
        continue
      }
      if let index = groups.firstIndex(where: { $0.loop === loop }) {
        groups[index].operations.append(operation)
      } else {
        groups.append((loop, [operation]))
      }
    }
    completed.removeAll(keepingCapacity: completed.count <= 4096)
    for group in groups {
      group.loop.execute { for operation in group.operations { operation.resume() } }
    }
  }
}
