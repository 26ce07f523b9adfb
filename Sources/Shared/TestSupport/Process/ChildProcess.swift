internal import Glibc
internal import Synchronization

/// A process that the tests started.
package final class ChildProcess: Sendable {
  package let id: Int32
  private let status = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - arguments: the executable's path, then its arguments.
  ///   - output: a file for standard output and error.
  ///   - input: a descriptor for standard input; `/dev/null` when nil.
  /// - Throws: `TestSupportError` when it cannot be started.
  package init(
    _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null", input: Int32? = nil
  ) throws(TestSupportError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: a terminal's interrupt is for the tests.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let settings = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"] + environment.map { "\($0)=\($1)" }
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = settings.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    // Not while another thread has a pipe that is not yet kept from children.
    let code = spawning.withLock { _ in
      posix_spawn(&child, arguments.first ?? "", &actions, &attributes, argv, envp)
    }
    guard code == 0 else {
      throw TestSupportError("cannot start \(arguments.first ?? "nothing"): \(String(cString: strerror(code)))")
    }
    id = child
  }

  package func signal(_ signal: Int32) {
    if exitStatus == nil { kill(id, signal) }
  }

  /// The wait status when it has ended.
  package var exitStatus: Int32? {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      guard waitpid(id, &raw, WNOHANG) == id else { return nil }
      status = raw
      return raw
    }
  }

  /// Waits until it has ended.
  /// - Throws: `TestSupportError` when it has not in `seconds`.
  package func wait(seconds: Double) async throws -> Int32 {
    try await waitUntil("process \(id) ends", seconds: seconds) { self.exitStatus != nil }
    return exitStatus ?? 0
  }
}

private let spawning = Mutex(())

/// A pipe's reading and writing end, which no child inherits.
private func makePipe() -> (Int32, Int32)? {
  spawning.withLock { _ in
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}

/// What keeps a test from running at all.
package struct TestSupportError: Error, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// Waits for a condition, looking every few milliseconds.
/// - Throws: `TestSupportError`, naming `what`, when it has not come true in `seconds`.
package func waitUntil(
  _ what: String, seconds: Double = 10, _ condition: @Sendable () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    guard ContinuousClock.now < end else { throw TestSupportError("waited \(seconds) s in vain until \(what)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Removes a directory and all in it when the process that made it is gone, and ends the server in it.
///
/// A shell waits for the end of a pipe that only the test process holds open, so it acts however that process ends.
final class DeathWatch: Sendable {
  private let writeEnd: Int32
  private let shell: ChildProcess

  /// - Parameter script: `$1` is `directory`.
  init(directory: String, script: String) throws(TestSupportError) {
    guard let ends = makePipe() else { throw TestSupportError("no pipe") }
    defer { close(ends.0) }
    writeEnd = ends.1
    do throws(TestSupportError) {
      shell = try ChildProcess(["/bin/sh", "-c", "cat >/dev/null; " + script, "sh", directory], input: ends.0)
    } catch {
      close(ends.1)
      throw error
    }
  }

  /// Runs the script now.
  func fire() async throws {
    close(writeEnd)
    _ = try await shell.wait(seconds: 30)
  }
}
