internal import Foundation

/// PEM files made by `openssl` for one test: an authority, a server (`localhost`), a client with a URI name, and a
/// stranger whom nobody has signed. Removed with the value.
package final class Certificates: Sendable {
  package struct Failure: Error, CustomStringConvertible { package let description: String }

  private let folder: URL

  package func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// - Throws: `Failure` when openssl does not work.
  package init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try authority("ca")
    try authority("stranger")
    try leaf("server", names: "DNS:localhost")
    try leaf("client", names: "URI:spiffe://fiyatradari/pricing,DNS:pricing.test")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

  private func authority(_ name: String) throws {
    try openssl(
      ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem"]
        + Self.newKey)
  }

  private func leaf(_ name: String, names: String) throws {
    try "subjectAltName=\(names)\n".write(
      to: folder.appendingPathComponent("\(name).ext"), atomically: true, encoding: .utf8)
    try openssl(["req", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + Self.newKey)
    try openssl([
      "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial",
      "\(Int.random(in: 1...1_000_000_000))",
      "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem",
    ])
  }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "openssl \(arguments.joined(separator: " ")) failed; is it installed?")
    }
  }
}
