import MeshMessages
import MeshRPC
import Testing

@testable import EdgeGateway

@Suite("How the mesh's figures went")
struct TrendTests {
  private static func sample(_ at: Int64, due: Int64?) -> TrendSample {
    var sample = TrendSample(at: at)
    sample[.due] = due
    return sample
  }

  @Test("The ring keeps the last samples in order, and no more of them than it has room for")
  func ring() {
    var ring = TrendRing(capacity: 3)
    #expect(ring.samples.isEmpty)
    for at in 1...2 { ring.add(Self.sample(Int64(at), due: nil)) }
    #expect(ring.samples.map(\.at) == [1, 2])
    for at in 3...7 { ring.add(Self.sample(Int64(at), due: nil)) }
    #expect(ring.samples.map(\.at) == [5, 6, 7])
  }

  @Test("A look at the mesh tells rates since the one before, and leaves out what a service does not tell")
  func look() async throws {
    let gateway = try GatewayFixture()
    let trends = gateway.parts.trends
    let backends = gateway.backends
    let start = ContinuousClock.now
    await trends.look(backends, at: 100, clock: start)
    for _ in 0..<3 { _ = try await gateway.get("/v1/products/7") }
    gateway.services.fail(with: RPCError(code: .unavailable, message: "x"))
    #expect(try await gateway.get("/v1/products/8").status == 503)
    await trends.look(backends, at: 110, clock: start + .seconds(10))
    let samples = trends.samples
    #expect(samples.map(\.at) == [100, 110])
    #expect(samples[0][.due] == 0 && samples[0][.pending] == 0 && samples[0][.requestRate] == nil)
    #expect(samples[1][.due] == nil && samples[1][.pending] == nil)
    // Four requests in ten seconds, one of which failed; of the kept answers two of four were there.
    #expect(samples[1][.requestRate] == 400 && samples[1][.failureShare] == 2500)
    #expect(samples[1][.hitShare] == 5000)
  }

  @Test("A part of a whole is rounded down, and there is none of nothing")
  func shares() {
    #expect(Share.basisPoints(1, of: 3) == 3333 && Share.basisPoints(0, of: 5) == 0)
    #expect(Share.basisPoints(0, of: 0) == nil && Share.basisPoints(.max, of: .max) == 10_000)
  }
}

@Suite("Small pictures of figures")
struct SparklineTests {
  @Test("The lowest is at the bottom or above zero, the highest at the top, and gaps divide the line")
  func points() {
    let line = Sparkline(values: [0, 10, nil, 5, nil], label: "")
    #expect(line.stretches.count == 2)
    #expect(line.stretches[0].map(\.y) == [30, 2] && line.stretches[1].map(\.y) == [16])
    #expect(line.stretches[0].map(\.x) == [2, 31] && line.stretches[1].map(\.x) == [89])
    // What hardly changes is drawn as what hardly changes.
    #expect(Sparkline(values: [1000, 1001], label: "").stretches[0].map(\.y) == [3, 2])
  }

  @Test(
    "Any numbers give a picture",
    arguments: [[], [nil], [7], [nil, 7], [0, 0], [-5, 5], [.max, .min], [.max, .max]] as [[Int64?]])
  func extremes(values: [Int64?]) {
    for stretch in Sparkline(values: values, label: "").stretches {
      for point in stretch { #expect((0...120).contains(point.x) && (0...32).contains(point.y)) }
    }
  }

  @Test("What it says is text")
  func label() {
    let drawing = String(decoding: Sparkline(values: [1], label: "\"><script>").drawing().bytes, as: UTF8.self)
    #expect(drawing.contains("aria-label=\"&quot;&gt;&lt;script&gt;\"") && drawing.contains("role=\"img\""))
  }
}

@Suite("Lengths and rates on operators' pages")
struct OperatorShownTests {
  @Test(
    "Lengths of time have two figures at most",
    arguments: [
      (-5, "0 ms"), (999, "999 ms"), (1000, "1,0 s"), (9_990, "9,9 s"), (59_999, "59 s"), (60_000, "1 dk"),
      (3_599_999, "59 dk"), (3_600_000, "1 sa"), (172_800_000, "2 gün"),
    ] as [(Int64, String)])
  func lengths(milliseconds: Int64, text: String) {
    #expect(Language.turkish.length(milliseconds: milliseconds).map { $0 == "\u{a0}" ? " " : $0 } == Array(text))
  }

  @Test(
    "Thousandths are written with the decimals that they need, and read as people type them",
    arguments: [
      (0, "0", "0"), (500, "0,5", "0.5"), (50, "0,05", "0.05"), (1, "0,001", "0.001"), (12_000, "12", "12"),
      (1_234_500, "1.234,5", "1,234.5"),
    ] as [(Int64, String, String)])
  func thousandths(value: Int64, turkish: String, english: String) {
    #expect(Language.turkish.thousandths(value) == turkish && Language.english.thousandths(value) == english)
    #expect(Language.thousandths(typed: turkish.filter { $0 != "." }) == value)
  }

  @Test("What is no number is none", arguments: ["", "-1", "1,2,3", "0,1234", ".5", "5.", "1e3", "9999999999", "１"])
  func wrong(text: String) { #expect(Language.thousandths(typed: text) == nil) }
}
