/// The host of a page's address, as sources are named.
enum SourceHost {
  /// Lower case, without user and port; nil for what is no http(s) address.
  static func of(_ url: String) -> String? {
    guard let scheme = url.range(of: "://"),
      ["http", "https"].contains(url[..<scheme.lowerBound].lowercased())
    else { return nil }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let hostAndPort = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
    let host =
      hostAndPort.hasPrefix("[")
      ? hostAndPort.prefix { $0 != "]" } + "]" : hostAndPort.prefix { $0 != ":" }
    guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
    return host.lowercased()
  }
}

extension String {
  /// The first place of `text`.
  fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
