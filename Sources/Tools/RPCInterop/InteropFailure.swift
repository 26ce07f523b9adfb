internal import MeshRPC

/// What a test case found otherwise than it should be.
package struct InteropFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Checks of the test cases.
enum Expect {
  static func that(_ condition: Bool, _ what: @autoclosure () -> String) throws(InteropFailure) {
    if !condition { throw InteropFailure(what()) }
  }

  static func equal<Value: Equatable>(_ got: Value, _ wanted: Value, _ what: String) throws(InteropFailure) {
    if got != wanted { throw InteropFailure("\(what): expected \(wanted), got \(got)") }
  }

  /// Does `body`, which must end with a status of this code, and with this message unless that is nil.
  static func status(
    _ code: RPCError.Code, message: String? = nil, _ body: () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch let error as RPCError {
      try equal(error.code, code, "status")
      if let message { try equal(error.message, message, "status message") }
      return
    }
    throw InteropFailure("expected status \(code), got OK")
  }
}
