#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A child process of a test: started, signalled, awaited, and killed at the latest when the test process ends, however
/// it ends (`ProcessGuard`).
package final class TestProcess: Sendable {
  /// What went wrong in starting or awaiting a process.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
      self.description = description
    }
  }

  /// The process id.
  package let pid: Int32

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - executable: an absolute path.
  ///   - arguments: without the program's name.
  ///   - environment: `NAME=value`; nil inherits ours.
  ///   - output: the file that gets standard output and error.
  /// - Throws: `Failure`, which names a missing executable.
  package init(
    executable: String, arguments: [String], environment: [String]? = nil, output: String = "/dev/null"
  ) throws {
    // The guard first: its pipe must not leak into a child.
    let processGuard = ProcessGuard.shared
    guard access(executable, X_OK) == 0 else {
      throw Failure("\(executable) is missing; install the packages that `make bootstrap` names")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    pid = try Self.spawn(executable, arguments, environment, &actions)
    try processGuard.watch(pid: pid)
  }

  /// Sends a signal; a process that is gone is no error.
  package func signal(_ number: Int32) {
    _ = kill(pid, number)
  }

  /// Waits until the process ended; returns its exit status, or 128 and the signal's number.
  ///
  /// Blocks the calling thread: for processes that end at once.
  @discardableResult
  package func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    ProcessGuard.shared.forget(pid: pid)
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  /// SIGSTOP; returns when the process has stopped.
  package func pause() {
    signal(SIGSTOP)
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WSTOPPED | WEXITED | WNOWAIT) < 0 && errno == EINTR {}
  }

  /// Whether the process has ended; `wait` then returns at once.
  package var hasEnded: Bool {
    var information = siginfo_t()
    let status = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
    return status != 0 || information.si_signo != 0
  }

  /// Kills the process and awaits its end.
  package func terminate() {
    signal(SIGCONT)
    signal(SIGKILL)
    wait()
  }

  /// Runs a program to its end and returns its status and output. Blocks no thread meanwhile.
  ///
  /// - Throws: `Failure` when it cannot be started or takes more than a minute; then it is killed.
  package static func run(_ executable: String, _ arguments: [String], environment: [String]? = nil) async throws
    -> (status: Int32, output: String)
  {
    let directory = try TemporaryDirectory(prefix: "run")
    let file = directory.path + "/output"
    let process = try TestProcess(
      executable: executable, arguments: arguments, environment: environment, output: file)
    do {
      try await eventually("the end of \(executable)", within: .seconds(60)) { process.hasEnded }
    } catch {
      process.terminate()
      throw error
    }
    let status = process.wait()
    return (status, try TemporaryDirectory.read(file))
  }

  static func spawn(
    _ executable: String, _ arguments: [String], _ environment: [String]?,
    _ actions: inout posix_spawn_file_actions_t
  ) throws -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Its own group: an interrupt from the keyboard is for the test process, which then takes the child along.
    // And all signals as usual: the threads that run tasks block most of them, and children inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var pid: pid_t = 0
    let status = withCStrings([executable] + arguments) { arguments in
      if let environment {
        return withCStrings(environment) { posix_spawn(&pid, executable, &actions, &attributes, arguments, $0) }
      }
      return posix_spawn(&pid, executable, &actions, &attributes, arguments, environ)
    }
    guard status == 0 else { throw Failure("cannot start \(executable): \(String(cString: strerror(status)))") }
    return pid
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { copies.initializeElement(at: index, to: strdup(string)) }
    copies.initializeElement(at: strings.count, to: nil)
    defer {
      for copy in copies { free(copy) }
      copies.deallocate()
    }
    guard let base = copies.baseAddress else { preconditionFailure("a non-empty buffer has an address") }
    return body(base)
  }
}
