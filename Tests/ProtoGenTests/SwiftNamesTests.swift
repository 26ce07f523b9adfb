import ProtoGen
import Testing

@Suite("Generation")
struct GenerationTests {
  @Test("Bytes that are no descriptor set are refused")
  func garbage() {
    #expect(throws: GenerationError.self) { try DescriptorSet([0xff, 0xff]) }
  }
}
