internal import Glibc
internal import Synchronization

/// A shell that outlives the test process: it reads which processes and directories exist from a pipe, and when the
/// pipe ends, because the test process ended in whatever way, ends and removes what is left.
///
/// PR_SET_PDEATHSIG would not do: it tells of the end of the thread that started a child, and threads of the pool end.
final class ProcessGuard: Sendable {
  static let shared = ProcessGuard()

  /// The pipe's write end, or why there is none.
  private let pipe: Mutex<Result<Int32, TestSupportError>>

  /// `watch PID SIGNAL`, `forget PID`, `directory PATH`, `remove PATH`. Processes that their signals do not end
  /// within two seconds are killed, their children with them: PostgreSQL's would live on.
  private static let script = """
    trap '' INT TERM HUP
    clear() { for i in 1 2 3 4 5; do rm -rf "$1" && return; sleep 0.1; done; }
    watched=' '; directories=''
    while read -r verb what signal; do
      case $verb in
        watch) watched="$watched$what:$signal " ;;
        forget) watched=$(printf '%s' "$watched" | sed "s/ $what:[A-Z]* / /") ;;
        directory) directories="$directories$what
    " ;;
        remove) clear "$what" ;;
      esac
    done
    for each in $watched; do kill -CONT ${each%:*}; kill -${each#*:} ${each%:*}; done
    i=0
    for each in $watched; do
      pid=${each%:*}
      while kill -0 $pid && [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done
      kill -STOP $pid && kill -KILL $pid $(cat /proc/$pid/task/$pid/children)
    done
    printf '%s' "$directories" | while read -r directory; do clear "$directory"; done
    """

  private init() {
    pipe = Mutex(Result { () throws(TestSupportError) in try Self.start() })
  }

  private static func start() throws(TestSupportError) -> Int32 {
    var ends: [Int32] = [0, 0]
    // Close-on-exec: a child that held the write end would keep the guard from ever seeing its end.
    guard makePipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw TestSupportError("no pipe for the process guard")
    }
    defer { close(ends[0]) }
    do {
      _ = try Spawn.start("/bin/sh", ["-c", script], environment: nil, input: ends[0], output: "/dev/null")
    } catch {
      close(ends[1])
      throw TestSupportError("cannot start the process guard: \(error)")
    }
    return ends[1]
  }

  /// Ends `pid` by `signal` when the test process ends, unless it is forgotten first.
  func watch(pid: Int32, signal: EndSignal) throws {
    try tell("watch \(pid) \(signal.rawValue)")
  }

  /// The process has ended and was awaited: its number may soon be another's.
  func forget(pid: Int32) {
    // A guard that is gone has nothing to forget.
    try? tell("forget \(pid)")
  }

  /// Removes `directory` when the test process ends.
  func watch(directory: String) throws {
    try tell("directory \(directory)")
  }

  /// Removes `directory` now, in the background.
  func remove(directory: String) {
    // A guard that is gone has removed it.
    try? tell("remove \(directory)")
  }

  private func tell(_ line: String) throws {
    try pipe.withLock { pipe in
      let descriptor = try pipe.get()
      var line = line + "\n"
      let isWritten = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
      guard isWritten else { throw TestSupportError("the process guard is gone") }
    }
  }
}

// Inside the guard the name means its own pipe.
private func makePipe(_ ends: inout [Int32]) -> Int32 {
  pipe(&ends)
}

/// How a process is asked to end when the test process is gone.
package enum EndSignal: String, Sendable {
  case kill = "KILL"
  /// PostgreSQL's immediate shutdown: it takes its children along and gives its shared memory back.
  case quit = "QUIT"
}
