internal import MeshMessages

/// The categories with their names and counts.
struct CategoryTree: Sendable {
  struct Node: Sendable, Equatable {
    var path: String
    var name: String
    var count: Int64
  }

  private var nodes: [String: Node] = [:]
  private var children: [String: [Node]] = [:]

  init(_ categories: [CatalogV1.Category] = []) {
    for category in categories where !category.path.isEmpty {
      let node = Node(path: category.path, name: category.name, count: category.productCount)
      nodes[node.path] = node
      children[Self.parent(of: node.path), default: []].append(node)
    }
    for key in children.keys { children[key]?.sort { ($0.count, $1.name) > ($1.count, $0.name) } }
  }

  subscript(_ path: String) -> Node? { nodes[path] }

  /// Those right below a path that have products, the largest first.
  func below(_ path: String) -> [Node] { (children[path] ?? []).filter { $0.count > 0 } }

  /// What a category is called; its last word where the tree does not know it yet.
  func name(_ path: String) -> String { nodes[path]?.name ?? String(path.split(separator: "/").last ?? "") }

  /// From the top to the category itself.
  func trail(_ path: String) -> [Node] {
    var trail: [Node] = []
    var end = path.startIndex
    // A path has as many parts as the catalogue lets it have; a page's address may have more.
    while trail.count < 16, end < path.endIndex {
      end = path[end...].dropFirst(trail.isEmpty ? 0 : 1).firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<end])
      trail.append(nodes[part] ?? Node(path: part, name: name(part), count: 0))
    }
    return trail
  }

  /// Of all categories, in order.
  var paths: [String] { nodes.keys.sorted() }

  /// For a list to choose from: top categories, each with those right below it.
  var choices: [(node: Node, depth: Int)] {
    below("").prefix(40).flatMap { top in
      [(top, 0)] + below(top.path).prefix(40).map { ($0, 1) }
    }
  }

  private static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }
}
