internal import CLibxml2

/// Reads a feed in XML as it comes: RSS 2.0 (`item`) or Atom (`entry`), with the fields in Google's namespace or
/// without it.
///
/// libxml2's push parser calls us back; nothing is built. A document type declaration ends the reading: feeds need none,
/// and entities are how XML bombs are made. Owns the parser and frees it once; to be used by one task.
final class FeedXML {
  private let context: xmlParserCtxtPtr
  private let state: UnsafeMutablePointer<FeedXMLState>
  private var hasEnded = false

  init(locale: String) throws(HTMLError) {
    _ = HTMLDocument.isReady
    let state = UnsafeMutablePointer<FeedXMLState>.allocate(capacity: 1)
    var handler = FeedXMLState.handler()
    guard let context = xmlCreatePushParserCtxt(&handler, UnsafeMutableRawPointer(state), nil, 0, nil) else {
      state.deallocate()
      throw HTMLError(.noMemory, "no memory to read XML")
    }
    state.initialize(to: FeedXMLState(locale: locale, context: context))
    // Limits on depth, names and text stay as libxml2 has them; nothing is loaded, no entity is replaced.
    xmlCtxtUseOptions(context, Int32(XML_PARSE_NONET.rawValue))
    self.context = context
    self.state = state
  }

  deinit {
    xmlFreeParserCtxt(context)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Whether nothing more can be read.
  var isBroken: Bool { state.pointee.isBroken }

  func append(_ bytes: ArraySlice<UInt8>) {
    guard !state.pointee.isBroken, !hasEnded, !bytes.isEmpty else { return }
    let status = bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { buffer in
        xmlParseChunk(context, buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), 0)
      }
    }
    note(status)
  }

  func finish() {
    guard !hasEnded else { return }
    hasEnded = true
    guard !state.pointee.isBroken else { return }
    note(xmlParseChunk(context, nil, 0, 1))
  }

  private func note(_ status: Int32) {
    guard context.pointee.wellFormed == 0 || status != 0 && context.pointee.disableSAX != 0 else { return }
    state.pointee.fail("not well-formed XML")
  }

  func next() -> FeedElement? { state.pointee.take() }
}

/// What the callbacks keep; touched only while the parser runs or its owner asks.
struct FeedXMLState {
  private let locale: String
  private let context: xmlParserCtxtPtr
  private var found: [FeedElement] = []
  private var fields = FeedFields()
  private var itemLine: Int?
  private var depth = 0
  private var itemDepth = 0
  private var text: [UInt8] = []
  private(set) var isBroken = false

  /// Bytes of one field that are kept.
  private static let maximumText = 64 * 1_024

  init(locale: String, context: xmlParserCtxtPtr) {
    self.locale = locale
    self.context = context
  }

  mutating func take() -> FeedElement? { found.isEmpty ? nil : found.removeFirst() }

  mutating func fail(_ reason: String) {
    guard !isBroken else { return }
    isBroken = true
    found.append(.fault(FeedFault(line: Int(max(1, xmlSAX2GetLineNumber(context))), reason: reason)))
  }

  mutating func refuseDeclaration() {
    fail("a document type declaration; feeds have none")
    xmlStopParser(context)
  }

  mutating func start(_ name: String) {
    depth += 1
    text.removeAll(keepingCapacity: true)
    if itemLine == nil, name == "item" || name == "entry" {
      itemLine = Int(xmlSAX2GetLineNumber(context))
      itemDepth = depth
      fields = FeedFields()
    }
  }

  /// Atom's link is an attribute.
  mutating func link(_ url: String) { if itemLine != nil { fields.set("link", url) } }

  mutating func end(_ name: String) {
    if let line = itemLine {
      if depth == itemDepth {
        found.append(fields.item(locale: locale, line: line))
        itemLine = nil
      } else if depth == itemDepth + 1 {
        fields.set(FeedFields.name(name), String(decoding: text, as: UTF8.self))
      }
    }
    text.removeAll(keepingCapacity: true)
    depth -= 1
  }

  mutating func characters(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard itemLine != nil, depth == itemDepth + 1 else { return }
    text.append(contentsOf: bytes.prefix(Self.maximumText - text.count))
  }

  // MARK: libxml2's callbacks

  /// libxml2 keeps a copy.
  static func handler() -> xmlSAXHandler {
    var handler = xmlSAXHandler()
    handler.initialized = XML_SAX2_MAGIC
    handler.internalSubset = { user, _, _, _ in FeedXMLState.with(user) { $0.refuseDeclaration() } }
    handler.startElementNs = { user, name, _, _, _, _, count, _, attributes in
      FeedXMLState.with(user) { state in
        let name = FeedXMLState.text(name)
        state.start(name)
        guard name == "link", let attributes else { return }
        for index in 0..<Int(count) {
          // Five pointers each: name, prefix, namespace, value's start and end.
          guard FeedXMLState.text(attributes[index * 5]) == "href", let start = attributes[index * 5 + 3],
            let end = attributes[index * 5 + 4]
          else { continue }
          state.link(String(decoding: UnsafeBufferPointer(start: start, count: min(end - start, 2_048)), as: UTF8.self))
        }
      }
    }
    handler.endElementNs = { user, name, _, _ in FeedXMLState.with(user) { $0.end(FeedXMLState.text(name)) } }
    let characters: charactersSAXFunc = { user, bytes, count in
      guard let bytes, count > 0 else { return }
      FeedXMLState.with(user) { $0.characters(UnsafeBufferPointer(start: bytes, count: Int(count))) }
    }
    handler.characters = characters
    handler.cdataBlock = characters
    // Only the five that XML itself has.
    handler.getEntity = { _, name in xmlGetPredefinedEntity(name) }
    handler.serror = { _, _ in }
    return handler
  }

  private static func with(_ user: UnsafeMutableRawPointer?, _ body: (inout FeedXMLState) -> Void) {
    guard let user else { return }
    body(&user.assumingMemoryBound(to: FeedXMLState.self).pointee)
  }

  private static func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }
}
