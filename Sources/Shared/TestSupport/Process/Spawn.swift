internal import Glibc

/// posix_spawn for children in a process group of their own, with all signals as usual.
enum Spawn {
  /// - Parameters:
  ///   - environment: nil inherits ours.
  ///   - input: a descriptor for standard input; `/dev/null` when nil.
  ///   - output: the file that gets standard output and error.
  /// - Returns: the process id.
  static func start(
    _ executable: String, _ arguments: [String], environment: [String: String]?, input: Int32? = nil, output: String
  ) throws(TestSupportError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Sockets are not kept from children by themselves. One that lives on in a server started meanwhile stays connected
    // though we have closed it, and its peer waits for ever.
    for descriptor in 3..<(try firstFreeForSure()) { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // An interrupt from the keyboard is for the test process, which then takes the child along. The threads that run
    // tasks block most signals, and children would inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let argv = ([executable] + arguments).map { strdup($0) } + [nil]
    let envp = environment.map { $0.map { strdup("\($0)=\($1)") } + [nil] }
    defer { for pointer in argv + (envp ?? []) { free(pointer) } }
    var pid: pid_t = 0
    let status =
      if let envp {
        posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
      } else {
        posix_spawn(&pid, executable, &actions, &attributes, argv, environ)
      }
    guard status == 0 else {
      throw TestSupportError("cannot start \(executable): \(String(cString: strerror(status)))")
    }
    return pid
  }
  /// A number above every open descriptor, and above those that other threads open before the child exists: the lowest
  /// free ones are given out first. Closing one that is not open is no error to posix_spawn.
  private static func firstFreeForSure() throws(TestSupportError) -> Int32 {
    guard let directory = opendir("/proc/self/fd") else { throw TestSupportError("/proc/self/fd cannot be read") }
    defer { closedir(directory) }
    var highest: Int32 = 2
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      highest = max(highest, Int32(name) ?? 0)
    }
    return highest + 256
  }
}
