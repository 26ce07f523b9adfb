import CGlibc
import Foundation
import NIOCore
import Testing

@testable import ServiceKit

@Suite("Processors")
struct ProcessorsTests {
  @Test("A thread that is pinned to one processor has one")
  func pinned() async {
    #expect((1...System.coreCount).contains(Processors.usable))
    let usable = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var all = cpu_set_t()
        sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &all)
        // The first of those it may run on.
        withUnsafeMutableBytes(of: &all) { bytes in
          guard let first = bytes.firstIndex(where: { $0 != 0 }) else { return }
          let bit = bytes[first] & (~bytes[first] &+ 1)
          for index in bytes.indices { bytes[index] = index == first ? bit : 0 }
        }
        guard sched_setaffinity(0, MemoryLayout<cpu_set_t>.size, &all) == 0 else {
          return continuation.resume(returning: -1)
        }
        continuation.resume(returning: Processors.usable)
      }
    }
    #expect(usable == 1)
  }
}
