internal import Sodium

/// The style sheet and the script of the pages. Their addresses bear a digest of what they hold, so whoever has one has it
/// for good.
struct SiteAssets: Sendable {
  let path: String
  let contentType: String
  let bytes: [UInt8]

  static let style = SiteAssets(PackageResources.site_css, "css", "text/css; charset=utf-8")
  /// Besides these, of the operators' pages.
  static let operatorStyle = SiteAssets(
    PackageResources.operators_css, "css", "text/css; charset=utf-8", prefix: operatorPrefix)
  static let operatorScript = SiteAssets(
    PackageResources.operators_js, "js", "text/javascript; charset=utf-8", prefix: operatorPrefix)
  static let script = SiteAssets(PackageResources.site_js, "js", "text/javascript; charset=utf-8")

  private static let operatorPrefix = "operators-"

  private init(_ bytes: [UInt8], _ suffix: String, _ contentType: String, prefix: String = "") {
    let digest = bytes.withUnsafeBytes { GenericHash.digest128($0) }
    path = "/assets/\(prefix)\(HexDigits.text(digest.0)).\(suffix)"
    self.contentType = contentType
    self.bytes = bytes
  }

  var response: GatewayResponse { GatewayResponse(contentType: contentType, body: bytes) }

  /// What a page of another version of this gateway asks for by another digest: ours, which is the best there is. It must
  /// not be kept under that name.
  static func latest(_ file: String) -> SiteAssets? {
    if file.hasPrefix(operatorPrefix) {
      return file.hasSuffix(".css") ? operatorStyle : file.hasSuffix(".js") ? operatorScript : nil
    }
    return file.hasSuffix(".css") ? style : file.hasSuffix(".js") ? script : nil
  }
}
