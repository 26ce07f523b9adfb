internal import CSodium

/// The library is made ready once, before its first use.
enum SodiumLibrary {
  private static let isReady = sodium_init() >= 0

  static func prepare() throws(SodiumError) {
    guard isReady else { throw SodiumError(.unavailable, "libsodium found no source of random numbers") }
  }
}
