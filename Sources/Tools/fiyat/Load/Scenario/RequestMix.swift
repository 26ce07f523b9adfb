import HTTPTransport
import MeshRPC

/// Makes requests as a scenario wants them: which one, and with which values, is drawn.
struct RequestMix: Sendable {
  /// A request that was drawn.
  struct Drawn {
    let endpoint: Int
    let head: HeaderBlock
  }

  private enum Piece: Sendable {
    case bytes([UInt8])
    /// Of `choices`.
    case choice(Int)
  }

  /// What a variable may be, encoded, and how often.
  private struct Choice: Sendable {
    let values: [[UInt8]]
    let popularity: Popularity
  }

  let names: [String]
  private let requests: Popularity
  private let paths: [[Piece]]
  private let choices: [Choice]
  private let start: HeaderBlock
  private let rest: HeaderBlock

  /// - Parameters:
  ///   - values: those of each variable, by name, none of them empty.
  ///   - key: goes with every request as `X-Api-Key`.
  init(_ scenario: Scenario, values: [String: [String]], target: LoadTarget, key: String?) {
    names = scenario.requests.map(\.name)
    requests = Popularity(weights: scenario.requests.map { Double($0.weight) })
    let indices = Dictionary(uniqueKeysWithValues: scenario.variables.enumerated().map { ($1.name, $0) })
    choices = scenario.variables.map { variable in
      let texts = values[variable.name] ?? variable.values
      return Choice(
        values: texts.map(PathTemplate.encoded),
        popularity: Popularity(zipf: texts.count, exponent: variable.exponent))
    }
    paths = scenario.requests.map { request in
      request.path.pieces.map { piece in
        switch piece {
        case .text(let text): .bytes(Array(text.utf8))
        case .variable(let name): indices[name].map { .choice($0) } ?? .bytes([])
        }
      }
    }
    start = Self.start(target)
    rest = Self.rest(scenario.headers, key: key)
  }

  func draw(_ random: inout SplitMix64) -> Drawn {
    let endpoint = requests.draw(&random)
    var path: [UInt8] = []
    path.reserveCapacity(64)
    for piece in paths[endpoint] {
      switch piece {
      case .bytes(let bytes): path += bytes
      case .choice(let index): path += choices[index].values[choices[index].popularity.draw(&random)]
      }
    }
    var head = start
    head.append(":path", value: path)
    head.append(contentsOf: rest)
    return Drawn(endpoint: endpoint, head: head)
  }

  /// The head of a GET for one path.
  static func head(_ path: String, target: LoadTarget, headers: [String: String], key: String?) -> HeaderBlock {
    var head = start(target)
    head.append(":path", value: path.utf8)
    head.append(contentsOf: rest(headers, key: key))
    return head
  }

  private static func start(_ target: LoadTarget) -> HeaderBlock {
    HeaderBlock([(":method", "GET"), (":scheme", target.isSecure ? "https" : "http"), (":authority", target.authority)])
  }

  private static func rest(_ headers: [String: String], key: String?) -> HeaderBlock {
    var rest = HeaderBlock([("user-agent", "fiyat-load")])
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) { rest.append(name, value) }
    if let key { rest.append("x-api-key", key, isSensitive: true) }
    return rest
  }
}
