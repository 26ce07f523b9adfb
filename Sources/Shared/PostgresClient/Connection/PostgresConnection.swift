internal import CLibpq
internal import NIOCore

/// One connection in libpq's pipeline mode. Confined to the I/O thread; owns the `PGconn`.
final class PostgresConnection {
  enum LeaseWork {
    case query(QueryOperation)
    case exclusive(any ExclusiveOperation)
  }

  /// A cancel request hits whatever the server's process executes when the signal arrives. So nothing more is sent
  /// until the request has returned and all that was sent is answered; a signal that comes later finds an idle
  /// process, which ignores it.
  enum CancelState: Equatable { case none, asking, asked }

  unowned let pool: PoolCore
  let thread: PostgresIOThread
  let pointer: OpaquePointer
  let socket: Int32
  let cancelHandle: CancelHandle
  let openedAt: UInt64
  let expiresAt: UInt64

  var token: UInt64 = 0
  var ledger = PipelineLedger<QueryOperation>()
  var statements: LRUCache<QueryOperation.Statement, String>
  var staleStatements: [String] = []
  /// Statements that the server would not parse, while others that relied on it may be under way.
  var refusedStatements: [QueryOperation.Statement: PostgresError] = [:]
  var lastStatement = 0
  /// Writes that were executed, and whose commit the next Sync confirms.
  var unconfirmed: [(operation: QueryOperation, result: PostgresResult)] = []
  var lease: Lease?
  var leaseWork = CircularBuffer<LeaseWork>()
  var exclusive: (any ExclusiveOperation)?
  /// Called when the next Sync is answered, or the connection breaks.
  var onSync: (() -> Void)?
  var cancelState = CancelState.none
  /// When the server was first asked to cancel what runs, and when it is asked once more.
  var cancelAskedAt: UInt64 = 0
  var cancelRepeatAt: UInt64 = 0
  /// Whose notifications arrive here.
  weak var listener: ListenHub?
  /// Kept for a lease: takes no more shared statements.
  var isReserved = false
  /// To be closed when its last statement is answered.
  var isRetiring = false
  var isClosed = false
  /// When bytes last went either way, health checks included.
  var lastActivity: UInt64
  /// When it last had work.
  var lastWork: UInt64
  var pingedAt: UInt64?
  private var wantsWrite = false
  private var wantsRead = true

  init?(_ opened: PostgresConnector.Opened, pool: PoolCore, lifetime: UInt64) {
    self.pool = pool
    thread = pool.thread
    pointer = opened.pointer
    cancelHandle = opened.cancel
    socket = PQsocket(opened.pointer)
    openedAt = thread.now
    lastActivity = thread.now
    lastWork = thread.now
    expiresAt = thread.now.addingReportingOverflow(lifetime).partialValue
    statements = LRUCache(capacity: pool.configuration.statementCacheSize)
    guard PQenterPipelineMode(pointer) == 1, let token = thread.add(self, socket: socket) else {
      isClosed = true
      PQfinish(pointer)
      return nil
    }
    self.token = token
  }

  deinit {
    if !isClosed { PQfinish(pointer) }
  }

  // MARK: What the pool asks

  /// Whether nothing is under way and nobody holds it.
  var isIdle: Bool { lease == nil && ledger.isEmpty && exclusive == nil && cancelState == .none && !isClosed }

  /// Whether statements of different tasks may be added.
  var takesShared: Bool {
    lease == nil && exclusive == nil && cancelState == .none && !isRetiring && !isClosed && pingedAt == nil
  }

  var isInTransaction: Bool { PQtransactionStatus(pointer) != PQTRANS_IDLE }

  /// Reads that share a Sync at most.
  static let groupSize = 32

  /// Sends statements of different tasks: all reads with one Sync, each write with its own.
  func send(_ operations: [QueryOperation]) {
    var sharing = 0
    for operation in operations where operation.isRead {
      transmit(operation)
      sharing += 1
      // A group stays small, since a failing member has those behind it sent again; smaller for who suffered before.
      if sharing >= (operation.resends > 2 ? 1 : Self.groupSize) {
        sync()
        sharing = 0
      }
    }
    if sharing > 0 { sync() }
    for operation in operations where !operation.isRead {
      transmit(operation)
      sync()
    }
    flush()
  }

  /// Adds work of the lease's holder, in order.
  func enqueue(_ work: LeaseWork) {
    leaseWork.append(work)
    pump()
  }

  /// A Sync alone, whose answer shows that the server lives.
  func ping() {
    pingedAt = thread.now
    sync()
    flush()
  }

  // MARK: Sending

  /// Starts what the lease's holder waits for, as far as it can go out now.
  func pump() {
    while !isClosed, exclusive == nil, cancelState == .none, let work = leaseWork.first {
      switch work {
      case .query(let operation):
        leaseWork.removeFirst()
        guard operation.state != .finished else { continue }
        transmit(operation)
        sync()
        flush()
      case .exclusive(let operation):
        guard ledger.isEmpty else { return }
        leaseWork.removeFirst()
        begin(operation)
      }
    }
  }

  private func transmit(_ operation: QueryOperation) {
    guard !isClosed else { return }
    operation.state = .sent
    lastWork = thread.now
    operation.prepareError = nil
    let name: String
    if let known = statements.value(for: operation.statement) {
      name = known
    } else {
      lastStatement += 1
      name = "s\(lastStatement)"
      if let evicted = statements.insert(name, for: operation.statement) { staleStatements.append(evicted.value) }
      let types = operation.parameters.types.map(\.oid)
      guard PQsendPrepare(pointer, name, operation.statement.sql, Int32(types.count), types) == 1 else {
        ledger.append(.execute(operation))
        return breakLater()
      }
      ledger.append(.prepare(operation))
    }
    ledger.append(.execute(operation))
    if !sendExecute(operation.parameters, name: name) { breakLater() }
  }

  private func sendExecute(_ parameters: PostgresParameters, name: String) -> Bool {
    let slots = parameters.slots
    if slots.isEmpty { return PQsendQueryPrepared(pointer, name, 0, nil, nil, nil, 1) == 1 }
    return parameters.withPointers { values, lengths, formats in
      PQsendQueryPrepared(pointer, name, Int32(slots.count), values, lengths, formats, 1) == 1
    }
  }

  private func sync() {
    guard !isClosed else { return }
    for name in staleStatements {
      ledger.append(.housekeeping(.deallocate(name)))
      if PQsendQueryParams(pointer, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) != 1 { return breakLater() }
    }
    staleStatements.removeAll()
    ledger.append(.sync)
    if PQpipelineSync(pointer) != 1 { breakLater() }
  }

  func flush() {
    guard !isClosed else { return }
    lastActivity = thread.now
    let status = PQflush(pointer)
    if status < 0 { return breakLater() }
    setInterest(reads: exclusive?.wantsInput ?? true, writes: status == 1)
  }

  /// Writes what libpq holds and says whether some of it is left for later.
  func flushIsPending() -> Bool {
    lastActivity = thread.now
    let status = PQflush(pointer)
    if status < 0 { breakLater() }
    setInterest(reads: exclusive?.wantsInput ?? true, writes: status == 1)
    return status != 0
  }

  /// Closes at the end of the turn, so that nobody's loop over connections is disturbed.
  private func breakLater() {
    pool.breakLater(self)
  }

  func setInterest(reads: Bool, writes: Bool) {
    guard !isClosed, reads != wantsRead || writes != wantsWrite else { return }
    wantsRead = reads
    wantsWrite = writes
    thread.change(token: token, socket: socket, reads: reads, writes: writes)
  }

  // MARK: Receiving

  func handle(isReadable: Bool) {
    guard !isClosed else { return }
    if wantsWrite { flush() }
    var isAlive = true
    if isReadable {
      lastActivity = thread.now
      isAlive = PQconsumeInput(pointer) == 1
    }
    if let exclusive { exclusive.progress(on: self) } else { receive() }
    takeNotifications()
    guard !isClosed else { return }
    if !isAlive || PQstatus(pointer) == CONNECTION_BAD { return close() }
    settle()
  }

  /// Takes all answers that have arrived.
  func receive() {
    while !isClosed, exclusive == nil, !ledger.isEmpty, PQisBusy(pointer) == 0 {
      guard let result = PQgetResult(pointer) else {
        if case .violation = ledger.receive(.end) { return close() }
        continue
      }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
        perform(ledger.receive(.success), result)
      case PGRES_PIPELINE_SYNC:
        perform(ledger.receive(.sync), result)
      case PGRES_PIPELINE_ABORTED:
        perform(ledger.receive(.aborted), result)
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        return refuseCopy()
      default:
        // Without a SQLSTATE it is libpq that speaks: the connection broke, and nothing was answered.
        guard PQresultErrorField(result, PostgresConnection.sqlStateField) != nil else {
          PQclear(result)
          return close()
        }
        perform(ledger.receive(.failure), result)
      }
    }
  }

  /// A COPY that slipped through as a query: the pipeline cannot go on behind it.
  private func refuseCopy() {
    if let operation = ledger.head {
      pool.finish(operation, .failure(PostgresError(.invalidUse, "COPY is not a query: use copyIn or copyOut")))
    }
    close()
  }

  private func takeNotifications() {
    guard let listener, !isClosed else { return }
    while let notification = PQnotifies(pointer) {
      let event = notification.pointee
      listener.deliver(
        channel: String(cString: event.relname), payload: String(cString: event.extra), processID: event.be_pid)
      PQfreemem(notification)
    }
  }

  /// What may go on once answers have come: the next work, a cancel request for the new head, the pool.
  private func settle() {
    askForCancelIfDue()
    if ledger.isEmpty {
      if exclusive == nil, cancelState == .asked { cancelState = .none }
      if !refusedStatements.isEmpty { refusedStatements.removeAll() }
      // Somebody's statement left a transaction open, which the next one's write would be part of.
      if exclusive == nil, lease == nil, isInTransaction { return close() }
    }
    pump()
    if ledger.isEmpty || lease == nil { pool.connectionMoved(self) }
  }

  /// `PG_DIAG_SQLSTATE`, a macro that Swift does not see.
  static let sqlStateField = Int32(UInt8(ascii: "C"))

  // MARK: Leaving pipeline mode

  private func begin(_ operation: any ExclusiveOperation) {
    if let reason = operation.cancellation { return operation.fail(.ended(reason, wasSent: false)) }
    guard PQexitPipelineMode(pointer) == 1 else {
      operation.fail(.connectionLost("the connection to \(pool.dsn) cannot be used", wasSent: false))
      return breakLater()
    }
    exclusive = operation
    let parameters = operation.parameters
    let types = parameters.types.map(\.oid)
    let isSent =
      operation.isScript
      ? PQsendQuery(pointer, operation.sql) == 1
      : parameters.withPointers { values, lengths, formats in
        PQsendQueryParams(pointer, operation.sql, Int32(types.count), types, values, lengths, formats, 1) == 1
      }
    guard isSent, !operation.usesSingleRowMode || PQsetSingleRowMode(pointer) == 1 else { return breakLater() }
    flush()
  }

  /// The exclusive operation moved outside of `handle`.
  func exclusiveMoved() {
    guard !isClosed else { return }
    if PQstatus(pointer) == CONNECTION_BAD { return close() }
    settle()
  }

  /// The exclusive operation has had its last result; `then` tells its caller.
  func endExclusive(then: @escaping () -> Void) {
    lastWork = thread.now
    let wasSingleRow = exclusive?.usesSingleRowMode ?? false
    exclusive = nil
    guard PQenterPipelineMode(pointer) == 1 else {
      then()
      return breakLater()
    }
    guard wasSingleRow else {
      flush()
      return then()
    }
    // libpq 15 keeps single-row mode for the first statement of the new pipeline; a Sync ahead of it clears that.
    onSync = then
    sync()
    flush()
  }

  // MARK: Ending

  /// Gives the connection up and tells everyone who waits on it.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    thread.remove(token: token, socket: socket)
    PQfinish(pointer)
    pool.connectionClosed(self)
  }
}

extension PostgresParameters {
  /// Calls `body` with libpq's arrays of values, lengths and formats.
  func withPointers(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Bool
  ) -> Bool {
    bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: slots.count + 1) { values in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: slots.count * 2 + 1) { numbers in
          guard let values = values.baseAddress, let lengths = numbers.baseAddress else { return false }
          let formats = lengths + slots.count
          for (index, slot) in slots.enumerated() {
            let isNull = slot.length < 0
            // An empty value still needs an address; null means NULL.
            let start = base.map { $0 + Int(slot.offset) } ?? PostgresParameters.emptyValue
            (values + index).initialize(to: isNull ? nil : start)
            (lengths + index).initialize(to: isNull ? 0 : slot.length)
            (formats + index).initialize(to: slot.isText ? 0 : 1)
          }
          return body(UnsafePointer(values), UnsafePointer(lengths), UnsafePointer(formats))
        }
      }
    }
  }

  nonisolated(unsafe) private static let emptyValue: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()
}
