/// What the users of a load test do: which requests, how often each, and with which values in their paths.
struct Scenario: Sendable, Equatable {
  /// Texts that stand in paths, the most popular first.
  struct Variable: Sendable, Equatable {
    let name: String
    /// What is used as it is; with `answer`, what is used where that gives none.
    var values: [String] = []
    /// An answer that gives the values: its path, and the member of the JSON that holds them (`products.id`).
    var answer: (path: String, field: String)?
    /// The k-th value is drawn in proportion to 1 / k^exponent (Zipf's law); 0: all alike.
    var exponent = 1.0

    static func == (one: Self, other: Self) -> Bool {
      one.name == other.name && one.values == other.values && one.exponent == other.exponent
        && one.answer?.path == other.answer?.path && one.answer?.field == other.answer?.field
    }
  }

  struct Request: Sendable, Equatable {
    let name: String
    var weight = 1
    var path: PathTemplate
  }

  var name = "load"
  /// How long a user looks at an answer before the next request; drawn evenly.
  var think: ClosedRange<Duration> = .zero...(.zero)
  var headers: [String: String] = [:]
  var variables: [Variable] = []
  var requests: [Request] = []

  static let maximumBytes = 1 << 20
  static let maximumRequests = 100
  static let maximumVariables = 100
  static let maximumValues = 10_000
  static let maximumHeaders = 32
  static let maximumText = 2000
}
