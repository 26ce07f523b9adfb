import MarketSim
import NIOCore
import NIOPosix
import NIOSSL
import PostgresClient
import TestSupport

/// A mail server for a test: the demo market's stand-in, with TLS where it is wanted.
enum MailPlace {
  static func withServer<Value>(
    _ options: MailStandIn.Options = .init(), _ body: (MailStandIn, Int) async throws -> Value
  ) async throws -> Value {
    let mail = MailStandIn(options: options)
    let port = try await mail.start(host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton)
    do {
      let value = try await body(mail, port)
      await mail.shutdown()
      return value
    } catch {
      await mail.shutdown()
      throw error
    }
  }

  /// The notifier with a mail server that everyone on this machine may use.
  static func withNotifier(
    _ more: [String: String] = [:], _ body: @escaping @Sendable (Notifier, MailStandIn) async throws -> Void
  ) async throws {
    try await withServer { mail, port in
      try await Notifier.run(nil, settings("smtp://127.0.0.1:\(port)").merging(more) { $1 }) {
        try await body($0, mail)
      }
    }
  }

  static func settings(_ url: String) -> [String: String] {
    ["SMTP_URL": url, "SMTP_TLS": "none", "MAIL_FROM": "Fiyatradari <radar@fiyatradari.test>", "MAIL_RATE": "1000"]
  }

  struct Certificate: Sendable {
    let folder: TemporaryDirectory
    let certificate: String
    let key: String
  }

  /// A certificate for 127.0.0.1 that signs itself, and its key: PEM files.
  static func certificate() async throws -> Certificate {
    let folder = try TemporaryDirectory(prefix: "mail")
    let (certificate, key) = (folder.file("server.pem"), folder.file("server-key.pem"))
    let (status, output) = try await TestProcess.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
      ])
    guard status == 0 else { throw TestSupportError("openssl: \(output)") }
    return Certificate(folder: folder, certificate: certificate, key: key)
  }

  /// Puts the server's side of TLS in front of a channel.
  static func tls(_ files: Certificate) throws -> @Sendable (any Channel) throws -> Void {
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))))
    return { channel in
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
    }
  }
}

extension Notifier {
  /// A verified mailbox, past the RPCs.
  func mailbox(_ address: String, of subscriber: String) async throws -> Int64 {
    try await pool.query(
      """
      INSERT INTO channel (subscriber, kind, address, verified_at) VALUES ($1, 3, $2, now()) RETURNING id
      """, [subscriber, address]
    ).scalar(Int64.self) ?? 0
  }
}
