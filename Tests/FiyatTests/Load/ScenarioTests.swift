import HTTPTransport
import MeshRPC
import Testing

@testable import FiyatCommands

@Suite("Scenarios of load tests") struct ScenarioTests {
  private func read(_ text: String) throws(FiyatError) -> Scenario { try Scenario(json: Array(text.utf8)) }

  @Test("The one built in asks at ten places, with values from answers and from lists")
  func standard() throws {
    let scenario = try read(Scenario.standardText)
    #expect(scenario.requests.count == 10 && Set(scenario.requests.map(\.name)).count == 10)
    #expect(scenario.think == .milliseconds(500)...(.milliseconds(1500)))
    #expect(scenario.variables.first { $0.name == "product" }?.answer?.field == "products.id")
    #expect(scenario.variables.first { $0.name == "query" }?.values.first == "kulaklık")
    #expect(scenario.headers == ["Accept-Encoding": "gzip"])
  }

  @Test(
    "What is wrong in a file is told by its line, its place and what was expected",
    arguments: [
      ("{\n}", "line 2: requests: expected at least one request"),
      (
        "{\"requests\": [\n{\"name\": \"a\", \"path\": \"a\"}]}",
        "line 2: requests[0].path: expected a path that begins with /"
      ),
      ("{\"requests\": [{\"name\": \"a\"}]}", "line 1: requests[0]: expected a path"),
      ("{\"requests\": [{\"path\": \"/\"}]}", "line 1: requests[0]: expected a name"),
      (
        "{\"requests\": [{\"name\": \"a\", \"path\": \"/\"},\n\n{\"name\": \"a\", \"path\": \"/\"}]}",
        "line 3: requests[1].name: another request has this name"
      ),
      (
        "{\"requests\": [{\"name\": \"a\", \"path\": \"/\", \"wieght\": 1}]}",
        "line 1: requests[0].wieght: is not known here; expected name, weight or path"
      ),
      (
        "{\"requests\": [{\"name\": \"a\", \"path\": \"/\", \"weight\": 0}]}",
        "line 1: requests[0].weight: expected a whole number from 1 to 1000000"
      ),
      (
        "{\"requests\": [{\"name\": \"a\", \"path\": \"/{b}\"}]}",
        "line 1: requests[0].path: {b} is none of the variables"
      ),
      (
        "{\"requests\": [{\"name\": \"a\", \"path\": \"/{\"}]}",
        "line 1: requests[0].path: expected each { to have its }"
      ),
      ("{\"think\": {\"minimum\": \"1\"}}", "line 1: think.minimum: expected a time such as 50ms, 1.5s or 2m"),
      ("{\"think\": {\"minimum\": \"2s\", \"maximum\": \"1s\"}}", "line 1: think: minimum is above maximum"),
      ("{\"variables\": {\"a\": {}}}", "line 1: variables.a: expected values, or from and field"),
      ("{\"variables\": {\"a\": {\"from\": \"/x\"}}}", "line 1: variables.a: expected from and field together"),
      (
        "{\"variables\": {\"a\": {\"values\": [\"x\", \"\"]}}}",
        "line 1: variables.a.values[1]: expected 1 to 2000 bytes"
      ),
      ("{\"variables\": {\"a\": {\"exponent\": 11}}}", "line 1: variables.a.exponent: expected a number from 0 to 10"),
      ("{\"headers\": {\"Host\": \"x\"}}", "line 1: headers.Host: this field is the load test's own"),
      ("{\"headers\": {\"A\": \"x\\ny\"}}", "line 1: headers.A: expected no control characters"),
      ("{\"name\": \"a\", \"name\": \"b\"}", "line 1: name: is there twice"),
      ("{\"name\": 1}", "line 1: name: expected a string, found a number"),
      ("[]", "line 1: expected an object, found an array"),
      ("{\n\"name\": \"a\"\n", "line 3: not JSON at byte 14: the text ends inside an object or array"),
    ])
  func faults(text: String, expected: String) {
    #expect {
      try read(text)
    } throws: { error in
      (error as? FiyatError)?.description == expected
    }
  }

  @Test("Values stand in paths percent-encoded, and one seed draws the same requests again")
  func draws() throws {
    let scenario = try read(
      """
      {"headers": {"Accept": "text/html"}, "variables": {"q": {"values": ["ku laklık/&"]}, "n": {"values": ["1", "2", "3"]}},
       "requests": [{"name": "search", "weight": 3, "path": "/s?q={q}"}, {"name": "page", "path": "/p/{n}/x"}]}
      """)
    let mix = RequestMix(scenario, values: [:], target: try LoadTarget("http://127.0.0.1:80"), key: "secret")
    var random = SplitMix64(seed: 7)
    let drawn = (0..<400).map { _ in mix.draw(&random) }
    let searches = drawn.filter { $0.endpoint == 0 }
    #expect((250...350).contains(searches.count))
    #expect(
      searches.first?.head.fields.map { "\($0.name): \($0.value)" } == [
        ":method: GET", ":scheme: http", ":authority: 127.0.0.1:80", ":path: /s?q=ku%20lakl%C4%B1k%2F%26",
        "user-agent: fiyat-load", "accept: text/html", "x-api-key: secret",
      ])
    #expect(Set(drawn.filter { $0.endpoint == 1 }.compactMap { $0.head[":path"] }) == ["/p/1/x", "/p/2/x", "/p/3/x"])
    var again = SplitMix64(seed: 7)
    #expect((0..<400).map { _ in mix.draw(&again).head } == drawn.map(\.head))
    var other = SplitMix64(seed: 8)
    #expect((0..<400).map { _ in mix.draw(&other).head } != drawn.map(\.head))
  }

  @Test("By Zipf's law the first of many is drawn in its share, by exponent 0 as often as any other")
  func popularity() {
    var random = SplitMix64(seed: 1)
    let zipf = Popularity(zipf: 100, exponent: 1)
    var counts = [Int](repeating: 0, count: 100)
    for _ in 0..<100_000 { counts[zipf.draw(&random)] += 1 }
    // 1 / H(100) = 0.1928 for the first, half of that for the second.
    #expect((18_700...19_900).contains(counts[0]) && (9_100...10_200).contains(counts[1]) && counts[99] > 0)
    let even = Popularity(zipf: 4, exponent: 0)
    var evenly = [Int](repeating: 0, count: 4)
    for _ in 0..<40_000 { evenly[even.draw(&random)] += 1 }
    #expect(evenly.allSatisfy { (9_500...10_500).contains($0) })
    let weighted = Popularity(weights: [0, 1, 0])
    #expect((0..<100).allSatisfy { _ in weighted.draw(&random) == 1 })
  }

  @Test("Each user has numbers of its own")
  func streams() {
    var seen: Set<UInt64> = []
    for user in 0..<1000 {
      var random = SplitMix64(seed: 1, stream: user)
      seen.insert(random.next())
    }
    #expect(seen.count == 1000)
  }

  @Test("Values are taken from an answer by their place, each once")
  func places() throws {
    let json = Array(#"{"products": [{"id": "7", "x": [1]}, {"id": 8}, {"id": "7"}, {"id": null}], "id": "no"}"#.utf8)
    #expect(try JSONPlaces.texts(in: json, at: "products.id", limit: 10) == ["7", "8"])
    #expect(try JSONPlaces.texts(in: json, at: "products.id", limit: 1) == ["7"])
    #expect(try JSONPlaces.texts(in: json, at: "products.none", limit: 10).isEmpty)
    #expect(throws: (any Error).self) { try JSONPlaces.texts(in: Array("{".utf8), at: "a", limit: 1) }
  }

  @Test("Times are read and written as people do")
  func times() {
    #expect(DurationText(argument: "50ms")?.duration == .milliseconds(50))
    #expect(DurationText(argument: "1.5s")?.duration == .milliseconds(1500))
    #expect(DurationText(argument: "2m")?.duration == .seconds(120))
    for text in ["", "s", "1", "-1s", "1 s", "1e3s", "25h", ".5s", "1.s", "1.2.3s"] {
      #expect(DurationText(argument: text) == nil, "\(text)")
    }
    #expect(DurationText(.seconds(60)).text == "1m" && DurationText(.microseconds(1500)).text == "1.5ms")
  }
}
