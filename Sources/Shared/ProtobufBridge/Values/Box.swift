/// Keeps a value on the heap, so that a message may hold one of its own kind. Immutable, hence shared freely by copies.
package final class Box<Value: Sendable & Hashable>: Sendable, Hashable {
  package let value: Value

  @inlinable
  package init(_ value: Value) { self.value = value }

  package static func == (left: Box, right: Box) -> Bool { left === right || left.value == right.value }

  package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
