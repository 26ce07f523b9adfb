/// The parts of the operators' pages, as their menu lists them.
enum OperatorSection: String, CaseIterable, Sendable {
  case overview, jobs, runs, sources, products, imports, deliveries, accounts, keys, audit

  /// As it is in Turkish.
  var path: String { self == .overview ? "/admin" : self == .imports ? "/admin/import" : "/admin/\(rawValue)" }

  var phrase: OperatorPhrase {
    switch self {
    case .overview: .overview
    case .jobs: .jobs
    case .runs: .runs
    case .sources: .sources
    case .products: .products
    case .imports: .imports
    case .deliveries: .deliveries
    case .accounts: .accounts
    case .keys: .keys
    case .audit: .audit
    }
  }

  /// The least role that it is for.
  var role: Role {
    switch self {
    case .accounts, .keys, .audit: .admin
    default: .operator
    }
  }
}
