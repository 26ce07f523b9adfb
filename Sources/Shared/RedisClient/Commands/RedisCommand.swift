/// One command: its name, its arguments and which of them are keys.
package struct RedisCommand: Hashable, Sendable {
  /// Which arguments are keys; a cluster routes by them.
  package enum Keys: Hashable, Sendable {
    /// None: any node will do.
    case none
    /// The first argument.
    case first
    /// All arguments.
    case all
    /// Every second argument, from the first: keys and values alternate.
    case alternate
    /// The arguments in this range.
    case range(Range<Int>)
  }

  /// The command's name (`GET`); a second word (`SCRIPT LOAD`) is the first argument.
  package let name: String
  /// The arguments in order.
  package let arguments: [RedisArgument]
  /// Which arguments are keys.
  package let keys: Keys

  package init(_ name: String, _ arguments: [RedisArgument] = [], keys: Keys = .none) {
    self.name = name
    self.arguments = arguments
    self.keys = keys
  }

  /// The arguments that are keys.
  package var keyArguments: [RedisArgument] {
    switch keys {
    case .none: []
    case .first: Array(arguments.prefix(1))
    case .all: arguments
    case .alternate: stride(from: 0, to: arguments.count, by: 2).map { arguments[$0] }
    case .range(let range): Array(arguments[range.clamped(to: arguments.startIndex..<arguments.endIndex)])
    }
  }

  /// Bytes on the wire, about.
  var estimatedBytes: Int {
    arguments.reduce(name.utf8.count + 16) { $0 + $1.estimatedBytes + 16 }
  }
}
