/// A statement that takes its connection out of pipeline mode: a stream of rows or a COPY. Confined to the I/O thread.
protocol ExclusiveOperation: AnyObject {
  var sql: String { get }
  var parameters: PostgresParameters { get }
  var deadline: UInt64 { get }
  /// Why it is to end early; the connection then asks the server to cancel.
  var cancellation: PostgresError.Code? { get set }
  /// Whether results come row by row.
  var usesSingleRowMode: Bool { get }
  /// Whether `sql` may hold several statements and no parameters (the simple query protocol).
  var isScript: Bool { get }
  /// Whether the consumer has room for more input.
  var wantsInput: Bool { get }
  /// Input arrived or output drained: moves on as far as possible.
  func progress(on connection: PostgresConnection)
  /// The connection is gone, or the operation could not be started.
  func fail(_ error: PostgresError)
}

extension ExclusiveOperation {
  var isScript: Bool { false }
}
