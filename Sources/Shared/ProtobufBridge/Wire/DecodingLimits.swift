/// How much a message from outside may ask for. All are checked before memory is spent.
@usableFromInline
package struct DecodingLimits: Sendable, Hashable {
  /// Size of the wire form in bytes; 4 MiB unless set, as gRPC has it.
  package var maximumBytes: Int
  /// Messages inside messages, the outermost being 1; 100 unless set, as other implementations have it.
  package var maximumDepth: Int
  /// Elements of all repeated fields and maps, child messages and unknown fields together; 1,000,000 unless set.
  package var maximumElements: Int
  /// Memory for the unpacked form in bytes; 64 MiB unless set. A child of two bytes on the wire may take hundreds.
  package var maximumMemory: Int

  @usableFromInline
  package init(
    maximumBytes: Int = 4 << 20, maximumDepth: Int = 100, maximumElements: Int = 1_000_000,
    maximumMemory: Int = 64 << 20
  ) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
    self.maximumElements = maximumElements
    self.maximumMemory = maximumMemory
  }
}
