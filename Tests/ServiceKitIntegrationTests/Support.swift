import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import PostgresClient
import ServiceKit
import Synchronization
import TestSupport

/// The servers and loops that the tests share.
enum Shared {
  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private static let task = Task { try await PrivatePostgres.start() }
  private static let counter = Atomic<Int>(0)

  static func postgres() async throws -> PrivatePostgres { try await task.value }

  /// A database of a test's own.
  static func database() async throws -> (server: PrivatePostgres, name: String) {
    let server = try await postgres()
    return (server, try await makeDatabase(on: server))
  }

  static func makeDatabase(on server: PrivatePostgres) async throws -> String {
    let name = "sample_\(counter.add(1, ordering: .relaxed).newValue)"
    try await withPool(server.dsn()) { pool in _ = try await pool.execute("CREATE DATABASE \(name)") }
    return name
  }
}

/// Runs `body` with a pool on `dsn` and closes it.
func withPool<Value>(_ dsn: String, _ body: (PostgresPool) async throws -> Value) async throws -> Value {
  let pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(dsn)))
  do {
    let value = try await body(pool)
    await pool.close()
    return value
  } catch {
    await pool.close(grace: .zero)
    throw error
  }
}

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One GET and its answer.
struct Fetched: Sendable {
  var status: Int
  var body: String
}

/// Asks a server of this machine for a page over HTTP/1.1.
func fetch(_ path: String, at address: SocketAddress, method: String = "GET") async throws -> Fetched {
  let connection = try await HTTP1ClientConnection.connect(
    to: address, hostname: nil, configuration: HTTP1ClientConnection.Configuration(),
    executor: EventLoopExecutor(Shared.group.next()), delegate: NoDelegate.shared)
  defer { connection.close() }
  let collector = ResponseCollector()
  return try await withCheckedThrowingContinuation { continuation in
    connection.eventLoop.execute {
      collector.continuation = continuation
      do {
        let head: HeaderBlock = [":method": method, ":scheme": "http", ":authority": "localhost", ":path": path]
        collector.stream = try connection.openStream(head: head, endStream: true, delegate: collector)
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}

private final class NoDelegate: HTTPClientConnectionDelegate {
  static let shared = NoDelegate()
  func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}
  func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {}
}

/// Gathers a response. Lives on its connection's loop.
private final class ResponseCollector: HTTPStreamDelegate, @unchecked Sendable {
  var continuation: CheckedContinuation<Fetched, any Error>?
  var stream: (any HTTPStream)?
  private var status = 0
  private var body = ByteBuffer()

  func streamReceived(head: HeaderBlock, endStream: Bool) { status = head[":status"].flatMap { Int($0) } ?? 0 }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    body.writeImmutableBuffer(data)
    stream?.consumed(data.readableBytes)
  }

  func streamReceived(trailers: HeaderBlock) {}

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    if reason == .completed {
      continuation?.resume(returning: Fetched(status: status, body: String(buffer: body)))
    } else {
      continuation?.resume(throwing: TestProcess.Failure("the response was broken off: \(reason)"))
    }
    continuation = nil
    stream = nil
  }
}

/// Runs `body` with a channel to a server of this machine.
func withChannel<Value>(to address: SocketAddress, _ body: (RPCChannel) async throws -> Value) async throws -> Value {
  let target = try Target("127.0.0.1:\(address.port ?? 0)")
  let pool = ConnectionPool(
    configuration: ConnectionPool.Configuration(target: target), group: Shared.group, logger: quiet)
  let channel = RPCChannel(provider: pool)
  do {
    let value = try await body(channel)
    await channel.shutdown()
    return value
  } catch {
    await channel.shutdown()
    throw error
  }
}
