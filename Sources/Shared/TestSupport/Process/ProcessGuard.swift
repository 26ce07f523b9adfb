internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

// Inside the guard the name would mean its own pipe.
private func makePipe(_ ends: inout [Int32]) -> Int32 {
  pipe(&ends)
}

/// A shell that outlives the test process: it reads which processes and directories exist from a pipe, and when the
/// pipe ends, because the test process ended in whatever way, kills and removes what is left.
final class ProcessGuard: Sendable {
  static let shared = ProcessGuard()

  /// The pipe's write end, or why there is none.
  private let pipe: Mutex<Result<Int32, TestProcess.Failure>>

  private static let script = """
    trap '' INT TERM HUP
    pids=' '; dirs=''
    while read -r verb what; do
      case $verb in
        watch) pids="$pids$what " ;;
        forget) pids=$(printf '%s' "$pids" | sed "s/ $what / /") ;;
        directory) dirs="$dirs$what
    " ;;
        remove) rm -rf "$what" ;;
      esac
    done
    for pid in $pids; do kill -CONT "$pid"; kill -KILL "$pid"; done 2>/dev/null
    printf '%s' "$dirs" | while read -r dir; do rm -rf "$dir"; done
    """

  private init() {
    pipe = Mutex(Result { () throws(TestProcess.Failure) in try Self.start() })
  }

  private static func start() throws(TestProcess.Failure) -> Int32 {
    var ends: [Int32] = [0, 0]
    // Close-on-exec: a child that held the write end would keep the guard from ever seeing its end.
    guard makePipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw TestProcess.Failure("no pipe for the process guard")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    do {
      _ = try TestProcess.spawn("/bin/sh", ["-c", script], nil, &actions)
    } catch {
      throw TestProcess.Failure("cannot start the process guard: \(error)")
    }
    close(ends[0])
    return ends[1]
  }

  /// Kills `pid` when the test process ends, unless it is forgotten first.
  func watch(pid: Int32) throws {
    try tell("watch \(pid)")
  }

  /// The process has ended and was awaited: its number may soon be another's.
  func forget(pid: Int32) {
    try? tell("forget \(pid)")
  }

  /// Removes `directory` when the test process ends.
  func watch(directory: String) throws {
    try tell("directory \(directory)")
  }

  /// Removes `directory` now, in the background.
  func remove(directory: String) {
    try? tell("remove \(directory)")
  }

  private func tell(_ line: String) throws {
    try pipe.withLock { pipe in
      let descriptor = try pipe.get()
      var line = line + "\n"
      let isWritten = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
      guard isWritten else { throw TestProcess.Failure("the process guard is gone") }
    }
  }
}
