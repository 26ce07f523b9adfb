/// What a page says first about what was just done. It comes in the address by its name, so nothing is stored and nobody
/// can put words into our mouth.
enum OperatorNotice: String, CaseIterable, Sendable {
  case paused, resumed
  case allPaused = "all-paused"
  case allResumed = "all-resumed"
  case check
  case checkSome = "check-some"
  case flushed
  case flushedHere = "flushed-here"
  case source, product, retired, revived
  case listingRemoved = "listing-removed"
  case retried, role, disabled, enabled, sessions, tier, revoked

  private var phrase: OperatorPhrase {
    switch self {
    case .paused: .pauseDone
    case .resumed: .resumeDone
    case .allPaused: .pauseAllDone
    case .allResumed: .resumeAllDone
    case .check: .checkDone
    case .checkSome: .checkSomeDone
    case .flushed: .cacheDone
    case .flushedHere: .cacheHere
    case .source: .sourceDone
    case .product: .productDone
    case .retired: .retireDone
    case .revived: .reviveDone
    case .listingRemoved: .removeDone
    case .retried: .retryDone
    case .role: .roleDone
    case .disabled: .disableDone
    case .enabled: .enableDone
    case .sessions: .sessionsDone
    case .tier: .tierDone
    case .revoked: .revokeDone
    }
  }

  static let parameter = Parameter<OperatorNotice>.choice(
    "did", OperatorNotice.allCases.map { ($0.rawValue, $0) }, "What was just done.")

  func markup(_ context: OperatorContext) -> HTML { "<p class=\"done\" role=\"status\">\(context(phrase))</p>\n" }
}
