internal import CLibxml2

/// An element or attribute of a page; keeps the page alive.
struct HTMLNode {
  let document: HTMLDocument
  let pointer: xmlNodePtr

  /// Lower case; of an attribute its name.
  var name: String { Self.string(pointer.pointee.name)?.lowercased() ?? "" }

  var isElement: Bool { pointer.pointee.type == XML_ELEMENT_NODE }

  /// The value of an attribute; nil without it. Names are lower case.
  func attribute(_ name: String) -> String? {
    guard isElement else { return nil }
    var next = pointer.pointee.properties
    while let attribute = next {
      if Self.equal(attribute.pointee.name, name) {
        return Self.text(of: attribute.pointee.children, limit: Self.textLimit)
      }
      next = attribute.pointee.next
    }
    return nil
  }

  func has(_ attribute: String) -> Bool { self.attribute(attribute) != nil }

  /// The most bytes of an element's or attribute's text that are looked at.
  static let textLimit = 1 << 20

  /// The text in this node, that of scripts included, at most `textLimit` bytes.
  var text: String { text(limit: Self.textLimit) }

  func text(limit: Int) -> String { Self.text(of: pointer.pointee.children, limit: limit) }

  /// The text with runs of blanks made one and none at the ends: as a person sees it.
  var visibleText: String {
    text(limit: 16_384).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The element's child elements.
  var children: [HTMLNode] {
    var found: [HTMLNode] = []
    guard isElement else { return found }
    var next = pointer.pointee.children
    while let child = next {
      if child.pointee.type == XML_ELEMENT_NODE { found.append(HTMLNode(document: document, pointer: child)) }
      next = child.pointee.next
    }
    return found
  }

  /// This element and those below it, in order, until `body` returns false.
  func forEachElement(_ body: (HTMLNode) -> Bool) {
    guard isElement else { return }
    var current: xmlNodePtr? = pointer
    while let node = current {
      if node.pointee.type == XML_ELEMENT_NODE, !body(HTMLNode(document: document, pointer: node)) { return }
      current = Self.successor(of: node, within: pointer)
    }
  }

  // MARK: Walking

  /// The next node in the document's order that is below `top`.
  private static func successor(of node: xmlNodePtr, within top: xmlNodePtr) -> xmlNodePtr? {
    // Only elements have children of the tree; an entity reference's belong to its declaration.
    if node.pointee.type == XML_ELEMENT_NODE, let child = node.pointee.children { return child }
    var current = node
    while current != top {
      if let next = current.pointee.next { return next }
      guard let parent = current.pointee.parent else { return nil }
      current = parent
    }
    return nil
  }

  private static func text(of first: xmlNodePtr?, limit: Int) -> String {
    guard let first else { return "" }
    var bytes: [UInt8] = []
    var sibling: xmlNodePtr? = first
    while let top = sibling, bytes.count < limit {
      var current: xmlNodePtr? = top
      while let node = current, bytes.count < limit {
        let type = node.pointee.type
        if type == XML_TEXT_NODE || type == XML_CDATA_SECTION_NODE, let content = node.pointee.content {
          let count = min(Int(xmlStrlen(content)), limit - bytes.count)
          bytes.append(contentsOf: UnsafeBufferPointer(start: content, count: count))
        }
        current = successor(of: node, within: top)
      }
      sibling = top.pointee.next
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func string(_ pointer: UnsafePointer<xmlChar>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private static func equal(_ pointer: UnsafePointer<xmlChar>?, _ name: String) -> Bool {
    guard let pointer else { return false }
    return String(cString: pointer).lowercased() == name
  }
}
