/// The things that a page describes by `itemscope`, `itemtype` and `itemprop` (WHATWG HTML, 5 Microdata). `itemref` is
/// not followed: shops do not use it.
enum Microdata {
  /// The things of one page that are built.
  static let maximumItems = 2_000

  /// The things that belong to no other.
  static func items(in document: HTMLDocument) -> [StructuredItem] {
    guard let root = document.root else { return [] }
    var reader = Reader()
    var outside: StructuredItem?
    reader.walk(root, into: &outside)
    return reader.topLevel
  }

  private struct Reader {
    var topLevel: [StructuredItem] = []
    var count = 0

    /// The tree's depth bounds the recursion.
    mutating func walk(_ node: HTMLNode, into owner: inout StructuredItem?) {
      for child in node.children {
        let names = (child.attribute("itemprop") ?? "").split(whereSeparator: \.isWhitespace).map {
          StructuredItem.localName(String($0))
        }
        if child.has("itemscope"), count < Microdata.maximumItems {
          count += 1
          var item: StructuredItem? = StructuredItem(
            types: (child.attribute("itemtype") ?? "").split(whereSeparator: \.isWhitespace).map {
              StructuredItem.localName(String($0))
            }, id: child.attribute("itemid"))
          walk(child, into: &item)
          guard let item else { continue }
          if names.isEmpty || owner == nil {
            topLevel.append(item)
          } else {
            for name in names { owner?.append(.item(item), to: name) }
          }
        } else {
          if owner != nil, !names.isEmpty {
            let value = Self.value(of: child)
            for name in names { owner?.append(value, to: name) }
          }
          walk(child, into: &owner)
        }
      }
    }

    private static func value(of node: HTMLNode) -> StructuredValue {
      // `content` counts on any element: not what the standard says, but what all search engines read.
      if let content = node.attribute("content") { return .text(content) }
      let attribute: String?
      switch node.name {
      case "a", "area", "link": attribute = node.attribute("href")
      case "img", "audio", "video", "source", "embed", "iframe": attribute = node.attribute("src")
      case "object": attribute = node.attribute("data")
      case "data", "meter": attribute = node.attribute("value")
      case "time": attribute = node.attribute("datetime")
      default: attribute = nil
      }
      return attribute.map { .text($0) } ?? .shown(node.visibleText)
    }
  }
}
