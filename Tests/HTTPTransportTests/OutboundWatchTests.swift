import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct OutboundWatchTests {
  private let start = NIODeadline.now()

  /// Whether a peer is found to be stalled after a sequence of looks, one each second, with a limit of three.
  private func stalls(_ buffered: [Int]) -> Bool {
    var watch = OutboundWatch()
    watch.progressed(at: start)
    var isStalled = false
    for (second, bytes) in buffered.enumerated() {
      isStalled = watch.isStalled(buffered: bytes, now: start + .seconds(Int64(second)), limit: .seconds(3))
    }
    return isStalled
  }

  @Test("Bytes that stay are a stall, after the limit")
  func stays() {
    #expect(!stalls([10, 10, 10, 10]))
    #expect(stalls([10, 10, 10, 10, 10]))
    #expect(stalls([0, 10, 10, 10, 10, 10]))
  }

  @Test("Bytes that grow are one too")
  func grows() { #expect(stalls([10, 20, 30, 40, 50])) }

  @Test("Nothing that waits, and less than before, are none")
  func progress() {
    #expect(!stalls([0, 0, 0, 0, 0, 0]))
    #expect(!stalls([50, 49, 48, 47, 46, 45]))
    #expect(!stalls([50, 50, 50, 49, 49, 49]))
  }
}
