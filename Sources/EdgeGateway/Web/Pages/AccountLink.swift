/// The way to the account in a page's header. `PageAudience` exchanges it in pages that are kept for everyone.
enum AccountLink {
  static let start: HTML = "<a class=\"account\" "
  static let end: HTML = "</a>\n"

  static func markup(_ context: PageContext) -> HTML {
    guard context.site.features.accounts else { return HTML() }
    if let viewer = context.viewer { return links(context.language, viewer) }
    // Who signs in comes back to where he was.
    let next = context.path == "/" ? nil : LocalPath(context.path(context.path))
    let path = context.path(PersonalPages.signInPath) + WebAddress.query([("next", next?.text ?? "")])
    return "\(start)href=\"\(path)\" rel=\"nofollow\">\(context(.signIn))\(end)"
  }

  /// For those who are signed in.
  static func links(_ language: Language, _ viewer: Viewer) -> HTML {
    let account: HTML = "\(start)href=\"\(language.path("/account"))\">\(language(Phrase.account))\(end)"
    guard viewer.role >= .operator else { return account }
    return account + "<a href=\"\(language.path("/admin"))\">\(AccountPhrase.administration.text(in: language))\(end)"
  }
}
