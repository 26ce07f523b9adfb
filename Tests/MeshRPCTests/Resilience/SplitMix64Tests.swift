import Testing

@testable import MeshRPC

@Suite("SplitMix64")
struct SplitMix64Tests {
  @Test("The numbers are those of the published generator")
  func reference() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<3).map { _ in generator.next() }
    #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("Two generators without a seed differ")
  func seeds() {
    var first = SplitMix64()
    var second = SplitMix64()
    #expect(first.next() != second.next())
  }
}
