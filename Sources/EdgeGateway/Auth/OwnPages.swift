internal import HTTPTypes

/// Tells requests of our own pages from those that other sites make a browser send.
package struct OwnPages: Sendable {
  /// `https://fiyat.example`
  private let origin: String

  /// - Parameter publicURL: where people reach the gateway.
  package init(publicURL: String) { origin = PublicURL.origin(of: publicURL) ?? publicURL }

  /// Whether nothing says that another site is behind a request: browsers name the page's origin with everything that
  /// changes something (Fetch §3.2), or at least say whether it is another site's (`Sec-Fetch-Site`).
  func isOwn(_ head: HTTPRequest) -> Bool {
    let site = head.headerFields[.secFetchSite]
    if let given = head.headerFields[.origin] {
      // A form of a page that tells nobody where it is (Fetch §3.2, step 3): the browser itself knows.
      if given == "null" { return site == "same-origin" }
      guard let given = PublicURL.origin(of: given) else { return false }
      // A page cannot choose the authority of the requests that it makes, so one that has ours is ours.
      return given == origin
        || head.authority.map { given == "https://" + $0.lowercased() || given == "http://" + $0.lowercased() } ?? false
    }
    guard let site else { return true }
    return site == "same-origin" || site == "none"
  }
}

extension HTTPField.Name {
  static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .xContentTypeOptions
  static let csrfToken = HTTPField.Name("X-CSRF-Token") ?? .xContentTypeOptions
}
