internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOSSL

/// What a server shows of itself, as its files have it: read anew when they change, so that a certificate can be renewed
/// while the server runs. New connections get the new one, those there are keep theirs.
final class TLSContexts: Sendable {
  /// By what a file is told from the one that was there before. A rename gives another inode.
  private struct Stamp: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private struct State {
    var context: NIOSSLContext
    var stamps: [Stamp?]
  }

  private let configuration: TLSServerConfiguration
  private let state: NIOLockedValueBox<State>

  /// - Throws: `HTTPTransportError` `.tls` that names the file that cannot be used.
  init(_ configuration: TLSServerConfiguration) throws {
    self.configuration = configuration
    // Looked at first: what is written while they are read is seen the next time.
    let stamps = Self.stamps(configuration)
    let (context, expiry) = try configuration.makeContext()
    state = NIOLockedValueBox(State(context: context, stamps: stamps))
    configuration.report(.inUse(expiry: expiry))
  }

  var current: NIOSSLContext { state.withLockedValue { $0.context } }

  /// Reads the files if they are other ones than before. Blocks on the disk; one caller at a time.
  func refresh() {
    let stamps = Self.stamps(configuration)
    guard stamps != state.withLockedValue({ $0.stamps }) else { return }
    do {
      let (context, expiry) = try configuration.makeContext()
      state.withLockedValue { $0 = State(context: context, stamps: stamps) }
      configuration.report(.renewed(expiry: expiry))
    } catch {
      // Until they change once more: certificate and key are rarely written at the same moment.
      state.withLockedValue { $0.stamps = stamps }
      configuration.report(.unusable(error))
    }
  }

  private static func stamps(_ configuration: TLSServerConfiguration) -> [Stamp?] {
    [configuration.certificateChainPath, configuration.privateKeyPath, configuration.clientCAPath].map { path in
      guard let path else { return nil }
      var found = stat()
      guard stat(path, &found) == 0 else { return nil }
      return Stamp(
        device: UInt64(found.st_dev), inode: UInt64(found.st_ino), size: Int64(found.st_size),
        seconds: found.st_mtim.tv_sec, nanoseconds: found.st_mtim.tv_nsec)
    }
  }
}
