internal import HTTPTypes

/// What an answer says of how the cache came by it (`Cache-Status`, RFC 9211).
enum CacheStatus: String {
  /// It was here, fresh or (while a new one is fetched) just past that.
  case hit = "fiyatradari; hit"
  /// Another gateway had it.
  case shared = "fiyatradari; hit; detail=shared"
  /// A service was asked: nothing was kept.
  case miss = "fiyatradari; fwd=miss"
  /// A service was asked: what was kept is too old. The old one is given all the same when the service is away.
  case stale = "fiyatradari; fwd=stale"
  /// The cache is turned off.
  case bypass = "fiyatradari; fwd=bypass"
}

extension HTTPField.Name {
  static let cacheStatus = HTTPField.Name("Cache-Status") ?? .xContentTypeOptions
}
