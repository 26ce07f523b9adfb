internal import HTTPTypes
internal import NIOPosix
internal import Sodium
internal import Synchronization

/// Makes and compares the hashes of passwords.
protocol PasswordHashing: Sendable {
  /// - Throws: `Problem` 503 when too many wait.
  func hash(_ password: String) async throws -> String
  /// Takes the time of one hash whether there is one to compare with or not.
  /// - Parameter hash: nil compares with one that no password has.
  /// - Throws: `Problem` 503 when too many wait.
  func isRight(_ password: String, for hash: String?) async throws -> Bool
  /// Whether a hash was made at another cost than is wanted now.
  func isOutdated(_ hash: String) -> Bool
}

/// Argon2id on threads of its own: a hash takes a tenth of a second and as much memory as it was told to. A flood of
/// attempts waits in a short queue and is then turned away, so that memory stays bounded.
package final class PasswordHasher: PasswordHashing {
  /// Bytes; more than the 19 MiB with two passes that OWASP asks for, and little enough for a service of 120 MB.
  package static let defaultMemory = 64 << 20
  package static let defaultOperations = 2
  /// How many may wait.
  private static let maximumWaiting = 32

  private let cost: PasswordHash.Cost
  private let decoy: String
  private let threads: NIOThreadPool
  private let waiting = Atomic<Int>(0)

  /// - Parameters:
  ///   - memory: bytes.
  ///   - atOnce: threads.
  /// - Throws: `SodiumError` `.unavailable`.
  package convenience init(
    operations: Int = defaultOperations, memory: Int = defaultMemory, atOnce: Int = 1
  ) throws {
    try self.init(PasswordHash.Cost(operations: operations, memory: memory), atOnce: atOnce)
  }

  init(_ cost: PasswordHash.Cost, atOnce: Int) throws {
    self.cost = cost
    decoy = try PasswordHash.decoy(cost: cost)
    threads = NIOThreadPool(numberOfThreads: atOnce)
    threads.start()
  }

  package func hash(_ password: String) async throws -> String {
    let cost = cost
    return try await run { try PasswordHash.make(Array(password.utf8), cost: cost) }
  }

  package func isRight(_ password: String, for hash: String?) async throws -> Bool {
    let compared = hash ?? decoy
    return try await run { PasswordHash.matches(compared, Array(password.utf8)) } && hash != nil
  }

  package func isOutdated(_ hash: String) -> Bool { PasswordHash.needsRehash(hash, cost: cost) }

  private func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maximumWaiting else {
      waiting.wrappingSubtract(1, ordering: .relaxed)
      throw Self.busy
    }
    defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
    return try await threads.runIfActive(work)
  }

  static let busy = Problem(
    .serviceUnavailable, .unavailable, "too many people sign in at the moment; try again in a second"
  ).with(.retryAfter, "1")

  /// Ends the threads when nothing runs on them any more.
  package func shutdown() async {
    // It has no error to tell: what was waiting has been turned away.
    try? await threads.shutdownGracefully()
  }
}
