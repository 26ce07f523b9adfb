internal import Glibc
internal import Synchronization

/// A child process of a test: started, signalled, awaited, and ended with its owner, at the latest when the test
/// process ends, however it ends (`ProcessGuard`).
package final class TestProcess: Sendable {
  /// The process id.
  package let pid: Int32
  /// The wait status, once awaited: from then on the id may be another's.
  private let status = Mutex<Int32?>(nil)
  private let endSignal: EndSignal

  /// Released processes that were told to end and not yet awaited.
  private static let abandoned = Mutex<[Int32]>([])

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - executable: an absolute path.
  ///   - arguments: without the program's name.
  ///   - environment: nil inherits ours.
  ///   - output: the file that gets standard output and error.
  ///   - endSignal: what it is sent when its owner or the test process is gone.
  /// - Throws: `TestSupportError`, which names a missing executable.
  @inline(never)  // Inlined into an async function it brings the optimizer of Swift 6.3 down.
  package init(
    executable: String, arguments: [String], environment: [String: String]? = nil, output: String = "/dev/null",
    endSignal: EndSignal = .kill
  ) throws {
    Self.reapAbandoned()
    guard access(executable, X_OK) == 0 else {
      throw TestSupportError("\(executable) is missing; install the packages that `make bootstrap` names")
    }
    self.endSignal = endSignal
    pid = try Spawn.start(executable, arguments, environment: environment, output: output)
    try ProcessGuard.shared.watch(pid: pid, signal: endSignal)
  }

  deinit {
    // Waiting would block whoever released it.
    guard exitStatus == nil else { return }
    resume()
    signal(endSignal == .quit ? SIGQUIT : SIGKILL)
    Self.abandoned.withLock { $0.append(pid) }
  }

  private static func reapAbandoned() {
    abandoned.withLock { pids in
      pids.removeAll { pid in
        guard waitpid(pid, nil, WNOHANG) != 0 else { return false }
        ProcessGuard.shared.forget(pid: pid)
        return true
      }
    }
  }

  /// Sends a signal; a process that has ended is no error.
  package func signal(_ number: Int32) {
    status.withLock { status in
      if status == nil { Glibc.kill(pid, number) }
    }
  }

  /// Its exit status when it has ended, or 128 and the number of the signal that ended it; else nil.
  package var exitStatus: Int32? {
    let raw = status.withLock { status -> Int32? in
      if status != nil { return status }
      var raw: Int32 = 0
      guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
      ProcessGuard.shared.forget(pid: pid)
      status = raw
      return raw
    }
    return raw.map { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : 128 + ($0 & 0x7F) }
  }

  /// Waits until it has ended; returns `exitStatus`.
  ///
  /// - Throws: `TestSupportError` when it has not within `limit`, or the task's cancellation.
  @discardableResult
  package func wait(within limit: Duration = .seconds(60)) async throws -> Int32 {
    var ended: Int32?
    try await waitUntil("process \(pid) ends", within: limit) {
      ended = exitStatus
      return ended != nil
    }
    return ended ?? 0
  }

  /// SIGKILL, to its children too; returns when none of them runs any more.
  package func kill() async throws {
    try await standStill()
    let children = children
    signal(SIGKILL)
    for child in children { Glibc.kill(child, SIGKILL) }
    try await wait()
    try await waitUntil("the children of process \(pid) end") { children.allSatisfy { Self.state(of: $0) == nil } }
  }

  /// SIGSTOP, to its children too; returns when all stand still.
  package func pause() async throws {
    try await standStill()
    let children = children
    for child in children { Glibc.kill(child, SIGSTOP) }
    try await waitUntil("the children of process \(pid) stand still") {
      children.allSatisfy { ["T", nil].contains(Self.state(of: $0)) }
    }
  }

  /// Stops the process itself, so that it makes no more children.
  private func standStill() async throws {
    signal(SIGSTOP)
    try await waitUntil("process \(pid) stands still") { Self.state(of: pid) == "T" || exitStatus != nil }
  }

  /// Ends a `pause`.
  package func resume() {
    for child in children { Glibc.kill(child, SIGCONT) }
    signal(SIGCONT)
  }

  private var children: [Int32] {
    readFile("/proc/\(pid)/task/\(pid)/children")?.split(separator: " ").compactMap { Int32($0) } ?? []
  }

  /// The state's letter in /proc, `T` for stopped; nil when the process has ended.
  private static func state(of pid: Int32) -> Character? {
    guard let text = readFile("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return nil }
    let state = text[name...].dropFirst(2).first
    return state == "Z" || state == "X" ? nil : state
  }

  /// Runs a program to its end and returns its status and output.
  ///
  /// - Throws: `TestSupportError` when it cannot be started or takes more than a minute; then it is killed.
  package static func run(_ executable: String, _ arguments: [String], environment: [String: String]? = nil)
    async throws -> (status: Int32, output: String)
  {
    let directory = try TemporaryDirectory(prefix: "run")
    let process = try TestProcess(
      executable: executable, arguments: arguments, environment: environment, output: directory.file("output"))
    let status = try await process.wait()
    return (status, directory.read("output") ?? "")
  }
}
