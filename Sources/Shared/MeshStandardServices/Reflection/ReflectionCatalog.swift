internal import MeshMessages
internal import MeshRPC

/// What a server tells of its contracts, whichever version of the reflection service asks.
struct ReflectionCatalog: Sendable {
  enum Question {
    case file(name: String)
    case fileContaining(symbol: String)
    case fileContainingExtension
    case extensionNumbers(ofType: String)
    case services
  }

  enum Answer {
    /// Serialized `FileDescriptorProto`s, the one asked for first.
    case files([[UInt8]])
    /// The type has no extensions: proto3 declares none.
    case noExtensions(type: String)
    case services([String])
    case error(RPCError.Code, String)
  }

  private let files: [String: FileDescriptor]
  /// The file of each symbol.
  private let symbols: [String: String]
  private let services: [String]

  /// - Parameter services: the full names of those that the server offers.
  init(files: [FileDescriptor], services: [String]) {
    var byName: [String: FileDescriptor] = [:]
    var symbols: [String: String] = [:]
    for file in files {
      byName[file.name] = file
      for symbol in file.symbols { symbols[symbol] = file.name }
    }
    self.files = byName
    self.symbols = symbols
    self.services = Set(services).sorted()
  }

  /// - Parameter sent: the files that the stream has carried already; they are not sent again as dependencies.
  func answer(_ question: Question, sent: inout Set<String>) -> Answer {
    switch question {
    case .services: return .services(services)
    case .file(let name):
      guard let file = files[name] else { return .error(.notFound, "no such file") }
      return .files(closure(of: file, sent: &sent))
    case .fileContaining(let symbol):
      guard let file = symbols[symbol].flatMap({ files[$0] }) else { return .error(.notFound, "no such symbol") }
      return .files(closure(of: file, sent: &sent))
    case .fileContainingExtension: return .error(.notFound, "no such extension")
    case .extensionNumbers(let type):
      return symbols[type] == nil ? .error(.notFound, "no such type") : .noExtensions(type: type)
    }
  }

  /// The file, always, and what it imports, directly or not, as far as the stream has not carried it.
  private func closure(of file: FileDescriptor, sent: inout Set<String>) -> [[UInt8]] {
    var result = [file.bytes]
    sent.insert(file.name)
    var seen: Set<String> = [file.name]
    var queue = file.dependencies[...]
    while let name = queue.popFirst() {
      guard seen.insert(name).inserted, let next = files[name] else { continue }
      if sent.insert(name).inserted { result.append(next.bytes) }
      queue.append(contentsOf: next.dependencies)
    }
    return result
  }
}
