/// The things that a page describes in `<script type="application/ld+json">`.
///
/// Read as plain JSON, without contexts: what shops write is schema.org's vocabulary in its shortest form. References
/// by `@id` within a page are followed one step.
enum JSONLD {
  /// The scripts of one page that are looked at.
  static let maximumScripts = 40

  /// What a page describes, and how many of its scripts could not be read.
  struct Outcome: Sendable {
    var items: [StructuredItem] = []
    var unreadable = 0
  }

  static func items(in document: HTMLDocument) -> Outcome {
    var outcome = Outcome()
    var roots: [JSONValue] = []
    var scripts = 0
    document.forEachElement { node in
      guard node.name == "script", isLinkedData(node.attribute("type")) else { return true }
      scripts += 1
      do {
        roots.append(try JSONText.parse(trimmed(node.text)))
      } catch {
        outcome.unreadable += 1
      }
      return scripts < maximumScripts
    }
    var reader = Reader()
    for root in roots { reader.index(root, depth: 0) }
    for root in roots { outcome.items += reader.topLevel(root, depth: 0) }
    return outcome
  }

  private static func isLinkedData(_ type: String?) -> Bool {
    type?.lowercased().split(separator: ";").first.map { String($0.filter { $0 != " " }) }
      == "application/ld+json"
  }

  /// Without the comment or CDATA marks that some shops put around a script.
  private static func trimmed(_ text: String) -> [UInt8] {
    var rest = text[...]
    func trim() {
      while let first = rest.first, first.isWhitespace { rest.removeFirst() }
      while let last = rest.last, last.isWhitespace || last == ";" { rest.removeLast() }
    }
    trim()
    for prefix in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    for suffix in ["-->", "//]]>", "/*]]>*/", "]]>"] where rest.hasSuffix(suffix) { rest = rest.dropLast(suffix.count) }
    trim()
    return Array(rest.utf8)
  }

  private struct Reader {
    /// Things that have an `@id` and say more than that.
    var byID: [String: [String: JSONValue]] = [:]

    mutating func index(_ value: JSONValue, depth: Int) {
      guard depth < 64 else { return }
      switch value {
      case .array(let elements): for element in elements { index(element, depth: depth + 1) }
      case .object(let members):
        if case .string(let id)? = members["@id"], members.count > 1, byID[id] == nil { byID[id] = members }
        for member in members.values { index(member, depth: depth + 1) }
      default: break
      }
    }

    /// The things at the top, those of `@graph`, and what a page says it is about.
    func topLevel(_ value: JSONValue, depth: Int) -> [StructuredItem] {
      guard depth < 8 else { return [] }
      return value.elements.flatMap { element -> [StructuredItem] in
        guard let members = element.members else { return [] }
        var found: [StructuredItem] = []
        if let graph = members["@graph"] { found += topLevel(graph, depth: depth + 1) }
        if let main = members["mainEntity"] { found += topLevel(main, depth: depth + 1) }
        if members["@type"] != nil { found.append(item(members, depth: 0)) }
        return found
      }
    }

    func item(_ members: [String: JSONValue], depth: Int) -> StructuredItem {
      var item = StructuredItem()
      for (name, value) in members {
        switch name {
        case "@type": item.types = value.elements.compactMap(\.text).map(StructuredItem.localName)
        case "@id": item.id = value.text
        default:
          guard !name.hasPrefix("@"), depth < 12 else { continue }
          let name = StructuredItem.localName(name)
          for element in value.elements { append(element, to: name, of: &item, depth: depth) }
        }
      }
      return item
    }

    private func append(_ value: JSONValue, to name: String, of item: inout StructuredItem, depth: Int) {
      switch value {
      case .string(let text): item.append(.text(text), to: name)
      case .number(let text): item.append(.number(text), to: name)
      case .bool(let flag): item.append(.text(flag ? "true" : "false"), to: name)
      case .object(let members):
        if let value = members["@value"] {
          append(value, to: name, of: &item, depth: depth)
        } else if members.count == 1, case .string(let id)? = members["@id"], let target = byID[id] {
          // The target's own references are not followed, so that a circle ends.
          item.append(.item(self.item(target, depth: max(depth + 1, 10))), to: name)
        } else if members.count == 1, case .string(let id)? = members["@id"] {
          item.append(.text(id), to: name)
        } else {
          item.append(.item(self.item(members, depth: depth + 1)), to: name)
        }
      case .array, .null: break
      }
    }
  }
}
