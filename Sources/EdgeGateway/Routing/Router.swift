package import HTTPTypes

/// Finds the route of a path: a tree of segments, in which a literal goes before a parameter.
package struct Router: Sendable {
  package enum Match: Sendable {
    /// A HEAD finds the route of GET.
    case found(KnownRoute, values: [String])
    /// The path exists, with these methods.
    case wrongMethod(allowed: [HTTPRequest.Method])
    case notFound
  }

  private struct Node {
    var literals: [String: Int] = [:]
    var parameter: Int?
    /// What takes the rest of a path.
    var rest: Int?
    var routes: [Int] = []
  }

  package let routes: [KnownRoute]
  private var nodes = [Node()]
  private var maximumDepth = 0
  /// The most segments of a path whose rest is one parameter.
  private static let maximumRest = 20

  /// Two routes of one method and pattern are a mistake in the program; the first one counts.
  package init(_ routes: [Route]) {
    self.routes = routes.enumerated().map { KnownRoute($1, index: $0) }
    for (index, route) in routes.enumerated() { insert(route, index) }
  }

  private mutating func insert(_ route: Route, _ index: Int) {
    var node = 0
    let segments = route.pattern.split(separator: "/")
    maximumDepth = max(maximumDepth, segments.count)
    for segment in segments {
      if segment.hasSuffix("*}") {
        maximumDepth = max(maximumDepth, Self.maximumRest)
        let rest = nodes[node].rest ?? nodes.count
        if rest == nodes.count { nodes.append(Node()) }
        nodes[node].rest = rest
        node = rest
        break
      }
      let isParameter = segment.hasPrefix("{")
      if let next = isParameter ? nodes[node].parameter : nodes[node].literals[String(segment)] {
        node = next
        continue
      }
      nodes.append(Node())
      if isParameter {
        nodes[node].parameter = nodes.count - 1
      } else {
        nodes[node].literals[String(segment)] = nodes.count - 1
      }
      node = nodes.count - 1
    }
    nodes[node].routes.append(index)
  }

  /// - Parameter path: as it came, without the query.
  /// - Throws: `Problem` 400 for a path that is not percent-encoded UTF-8.
  package func match(_ method: HTTPRequest.Method, _ path: Substring) throws -> Match {
    guard path.hasPrefix("/") else { return .notFound }
    // "/" itself has one empty segment; elsewhere an empty one matches nothing.
    let parts =
      path == "/" ? [] : path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= maximumDepth else { return .notFound }
    var segments: [String] = []
    for part in parts {
      guard let segment = PercentEncoding.decode(Substring(part), plusIsSpace: false) else {
        throw Problem(.badRequest, .invalidRequest, "the path is not percent-encoded UTF-8")
      }
      guard !segment.isEmpty else { return .notFound }
      segments.append(segment)
    }
    var values: [String] = []
    guard let node = find(segments[...], from: 0, &values) else { return .notFound }
    for index in nodes[node].routes {
      let known = routes[index]
      if known.route.method == method || (method == .head && known.route.method == .get) {
        return .found(known, values: values)
      }
    }
    return .wrongMethod(allowed: Self.allowed(nodes[node].routes.map { routes[$0].route.method }))
  }

  /// At most two ways at each of a few segments: bounded by the deepest pattern.
  private func find(_ segments: ArraySlice<String>, from node: Int, _ values: inout [String]) -> Int? {
    guard let segment = segments.first else { return nodes[node].routes.isEmpty ? nil : node }
    if let next = nodes[node].literals[segment], let found = find(segments.dropFirst(), from: next, &values) {
      return found
    }
    if let next = nodes[node].parameter {
      values.append(segment)
      if let found = find(segments.dropFirst(), from: next, &values) { return found }
      values.removeLast()
    }
    guard let rest = nodes[node].rest else { return nil }
    values.append(segments.joined(separator: "/"))
    return rest
  }

  private static func allowed(_ methods: [HTTPRequest.Method]) -> [HTTPRequest.Method] {
    var methods = methods
    if methods.contains(.get) { methods.append(.head) }
    methods.append(.options)
    return methods.sorted { $0.rawValue < $1.rawValue }
  }
}
