internal import CLibxml2

/// A page as a tree. Owns libxml2's document and frees it once; nodes keep it alive.
///
/// Nothing is ever fetched for it (no network, no external entities), and its size is bounded: by bytes before the
/// parser starts, by elements and depth while it runs. To be used by one task.
final class HTMLDocument {
  /// What a page may be.
  struct Limits: Sendable {
    var bytes = 4 << 20
    var elements = 100_000
    var depth = 200

    init() {}
  }

  let pointer: xmlDocPtr

  /// - Parameters:
  ///   - charset: of the Content-Type field, if it named one.
  ///   - locale: of the shop, for pages that say nothing of their encoding.
  init(
    _ bytes: [UInt8], charset: String? = nil, locale: String = "", limits: Limits = Limits()
  ) throws(HTMLError) {
    guard bytes.count <= limits.bytes else {
      throw HTMLError(.tooLarge, "the page has more than \(limits.bytes) bytes")
    }
    _ = Self.isReady
    let text = HTMLEncoding.normalized(bytes, charset: charset, locale: locale)
    guard let context = htmlNewParserCtxt() else { throw HTMLError(.noMemory, "no memory to read a page") }
    defer { htmlFreeParserCtxt(context) }

    var budget = ParseBudget(elements: limits.elements, depth: limits.depth)
    let document: xmlDocPtr? = withUnsafeMutablePointer(to: &budget) { budget in
      context.pointee._private = UnsafeMutableRawPointer(budget)
      context.pointee.sax.pointee.startElement = ParseBudget.startElement
      return text.bytes.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { buffer in
          htmlCtxtReadMemory(
            context, buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), nil, text.encoding, Self.options)
        }
      }
    }
    context.pointee._private = nil
    guard let document else { throw HTMLError(.empty, "there is no document in the page's bytes") }
    // libxml2 stops by itself where a tree gets too deep for it.
    guard !budget.isExceeded, context.pointee.disableSAX == 0 else {
      xmlFreeDoc(document)
      throw HTMLError(
        .tooLarge, "the page has more than \(limits.elements) elements, or they are nested \(limits.depth) deep")
    }
    pointer = document
  }

  deinit { xmlFreeDoc(pointer) }

  /// Set up once, before threads use it.
  static let isReady: Bool = {
    xmlInitParser()
    return true
  }()

  private static let options = Int32(
    HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue | HTML_PARSE_COMPACT.rawValue | HTML_PARSE_IGNORE_ENC.rawValue)

  /// The outermost element; nil in an empty document.
  var root: HTMLNode? {
    xmlDocGetRootElement(pointer).map { HTMLNode(document: self, pointer: $0) }
  }

  /// Every element, in the document's order, until `body` returns false.
  func forEachElement(_ body: (HTMLNode) -> Bool) {
    guard let root else { return }
    root.forEachElement(body)
  }
}

/// What the parser may still build; on the stack of the call that parses.
struct ParseBudget {
  var elements: Int
  let depth: Int
  private(set) var isExceeded = false

  init(elements: Int, depth: Int) {
    self.elements = elements
    self.depth = depth
  }

  /// Counts, then lets libxml2 build the element.
  static var startElement: startElementSAXFunc {
    { context, name, attributes in
      guard let context else { return }
      let parser = context.assumingMemoryBound(to: htmlParserCtxt.self)
      if let budget = parser.pointee._private?.assumingMemoryBound(to: ParseBudget.self) {
        budget.pointee.elements -= 1
        if budget.pointee.elements < 0 || Int(parser.pointee.nodeNr) >= budget.pointee.depth {
          budget.pointee.isExceeded = true
          xmlStopParser(parser)
          return
        }
      }
      xmlSAX2StartElement(context, name, attributes)
    }
  }
}
