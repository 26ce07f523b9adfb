import Glibc

/// A program run to its end, with our environment, standard error and standard input's absence.
enum Subprocess {
  /// The most that is read of what a program prints.
  private static let maximumOutput = 16 << 20

  /// Runs a program whose output is for the person at the terminal.
  ///
  /// - Returns: its exit status, or 128 and the number of the signal that ended it.
  /// - Throws: `FiyatError` when it cannot be started.
  static func run(_ command: [String]) throws -> Int32 { try status(of: start(command, output: nil), command) }

  /// Runs a program and returns what it prints.
  ///
  /// - Throws: `FiyatError` when it cannot be started, fails, or prints more than 16 MiB.
  static func read(_ command: [String]) throws -> [UInt8] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw FiyatError("no pipe: \(String(cString: strerror(errno)))") }
    // The program must not hold the end that we read, nor a second one that it writes to.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let pid: pid_t
    do {
      defer { close(ends[1]) }
      pid = try start(command, output: ends[1])
    } catch {
      close(ends[0])
      throw error
    }
    let output = readAll(ends[0])
    // A program that prints more is ended by the broken pipe.
    close(ends[0])
    let status = try status(of: pid, command)
    guard let output else { throw FiyatError("\(command[0]) prints more than \(maximumOutput) bytes") }
    guard status == 0 else { throw FiyatError("\(command[0]) ended with status \(status); see its message above") }
    return output
  }

  /// Nil when there is too much.
  private static func readAll(_ descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= maximumOutput else { return nil }
    }
  }

  private static func start(_ command: [String], output: Int32?) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
    let arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, command[0], &actions, nil, arguments, environ)
    guard failure == 0 else {
      throw FiyatError("cannot run \(command[0]): \(String(cString: strerror(failure))). Is it installed here?")
    }
    return pid
  }

  private static func status(of pid: pid_t, _ command: [String]) throws -> Int32 {
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0 {
      guard errno == EINTR else { throw FiyatError("lost \(command[0]): \(String(cString: strerror(errno)))") }
    }
    return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
  }
}
