internal import CLibxml2

extension HTMLDocument {
  /// The elements and attributes that `expression` selects, in the document's order, at most `limit`.
  ///
  /// - Throws: `.badSelector` for an expression that is malformed, costs too much, or gives something other than nodes.
  func select(_ expression: XPathExpression, limit: Int = 100) throws(HTMLError) -> [HTMLNode] {
    guard let context = xmlXPathNewContext(pointer) else { throw HTMLError(.noMemory, "no memory for XPath") }
    defer { xmlXPathFreeContext(context) }
    context.pointee.error = XPathExpression.ignoreMessage
    // Steps of evaluation: an expression over a page of ordinary size takes some thousands.
    context.pointee.opLimit = 5_000_000
    guard let result = xmlXPathEvalExpression(expression.text, context) else {
      throw HTMLError(.badSelector, "the selector cannot be evaluated, or costs too much")
    }
    defer { xmlXPathFreeObject(result) }
    guard result.pointee.type == XPATH_NODESET else {
      throw HTMLError(.badSelector, "the selector must select nodes")
    }
    guard let set = result.pointee.nodesetval, let table = set.pointee.nodeTab else { return [] }
    var found: [HTMLNode] = []
    for index in 0..<Int(set.pointee.nodeNr) where found.count < limit {
      guard let node = table[index] else { continue }
      if node.pointee.type == XML_ELEMENT_NODE || node.pointee.type == XML_ATTRIBUTE_NODE {
        found.append(HTMLNode(document: self, pointer: node))
      }
    }
    return found
  }
}

/// An XPath 1.0 expression that compiles.
struct XPathExpression: Sendable, Hashable {
  let text: String

  /// - Throws: `.badSelector`.
  init(_ text: String) throws(HTMLError) {
    guard text.utf8.count <= 2_048, !text.utf8.contains(0) else {
      throw HTMLError(.badSelector, "expected an XPath expression of at most 2,048 bytes")
    }
    _ = HTMLDocument.isReady
    guard let context = xmlXPathNewContext(nil) else { throw HTMLError(.noMemory, "no memory for XPath") }
    defer { xmlXPathFreeContext(context) }
    context.pointee.error = Self.ignoreMessage
    guard let compiled = xmlXPathCtxtCompile(context, text) else {
      throw HTMLError(.badSelector, "not an XPath expression")
    }
    xmlXPathFreeCompExpr(compiled)
    self.text = text
  }

  /// libxml2 would write its messages to standard error.
  static var ignoreMessage: xmlStructuredErrorFunc { { _, _ in } }
}
