internal import Glibc
internal import Synchronization

/// The system's time zones, read from their compiled files once each. The files are small; reading one blocks for
/// microseconds.
final class ZoneDatabase: Sendable {
  private static let maximumFileSize = 64 * 1024
  /// There are about 600 names.
  private static let maximumZones = 1024

  private let directory: String
  private let zones = Mutex<[String: ZoneRules]>([:])

  init(directory: String = "/usr/share/zoneinfo") { self.directory = directory }

  /// - Returns: nil when there is no such zone here. Turkey's is always known.
  func rules(for name: String) -> ZoneRules? {
    if let known = zones.withLock({ $0[name] }) { return known }
    guard Self.isName(name) else { return nil }
    guard let rules = read(name).flatMap(ZoneFile.parse) else {
      return name == QuietHours.defaultZone ? .istanbul : nil
    }
    zones.withLock { if $0.count < Self.maximumZones { $0[name] = rules } }
    return rules
  }

  /// Names have letters, digits, `_`, `+`, `-` and `/` between parts, so that they stay in the directory.
  static func isName(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count) else { return false }
    return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.utf8.first, (0x41...0x5A).contains(first & 0xDF) else { return false }
      return part.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
          || [UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte)
      }
    }
  }

  private func read(_ name: String) -> [UInt8]? {
    let descriptor = open(directory + "/" + name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.maximumFileSize + 1)
    var count = 0
    while count < bytes.count {
      let step = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      guard step >= 0 else { return nil }
      if step == 0 { return Array(bytes[..<count]) }
      count += step
    }
    return nil
  }
}
