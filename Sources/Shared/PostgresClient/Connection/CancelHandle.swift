internal import CLibpq

/// What a cancel request needs of a connection (`PGcancel`); usable from any thread while the connection lives or not.
final class CancelHandle: @unchecked Sendable {
  private let pointer: OpaquePointer

  /// - Parameter connection: a `PGconn` that is connected.
  init?(connection: OpaquePointer) {
    guard let pointer = PQgetCancel(connection) else { return nil }
    self.pointer = pointer
  }

  deinit {
    PQfreeCancel(pointer)
  }

  /// Asks the server to cancel what the connection executes. Blocks until the server has signalled its process, which
  /// it tells by closing the request's connection.
  func cancel() -> Bool {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      PQcancel(pointer, buffer.baseAddress, Int32(buffer.count)) == 1
    }
  }
}
