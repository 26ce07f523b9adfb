/// What a page says first about what was just done. It comes in the address by its name (`done`), so nothing is stored and
/// nobody can put words into our mouth.
enum Notice: String, CaseIterable, Sendable {
  case saved, removed, sent
  case signedOut = "signed-out"
  case verified
  case passwordSet = "password-set"
  case accountRemoved = "account-removed"

  private var phrase: AccountPhrase {
    switch self {
    case .saved: .noticeSaved
    case .removed: .noticeRemoved
    case .sent: .noticeSent
    case .signedOut: .noticeSignedOut
    case .verified: .noticeVerified
    case .passwordSet: .noticePasswordSet
    case .accountRemoved: .noticeAccountRemoved
    }
  }

  static let parameter = Parameter<Notice>.choice(
    "done", Notice.allCases.map { ($0.rawValue, $0) }, "What was just done.")

  func markup(_ context: PageContext) -> HTML { "<p class=\"done\" role=\"status\">\(context(phrase))</p>\n" }
}
