/// Keeps a value on the heap, so that a message may hold one of its own kind. Immutable, hence shared freely by copies.
@usableFromInline
package final class Box<Value: Sendable & Hashable>: Sendable, Hashable {
  @usableFromInline
  package let value: Value

  @inlinable
  package init(_ value: Value) { self.value = value }

  @inlinable
  package static func == (left: Box, right: Box) -> Bool { left === right || left.value == right.value }

  @inlinable
  package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
