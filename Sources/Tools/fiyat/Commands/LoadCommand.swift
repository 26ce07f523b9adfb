import ArgumentParser
import HTTPTransport
import MeshRPC
import NIOCore
import NIOPosix
import RPCTools

/// `fiyat load`: how the gateway does when many ask.
struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Loads a gateway and tells how fast it answers.",
    discussion: """
      With --users each of N people asks, looks at the answer and asks again (closed loop). With --rate so many requests \
      a second are due whatever becomes of them, and an answer's time counts from when its request was due (open loop). \
      Ends with 0 when every threshold holds, with 2 when one does not, with 130 when interrupted. docs/load-testing.md \
      describes scenarios and reports.
      """)

  @Argument(help: "The gateway, http://HOST:PORT or https://HOST:PORT.")
  var url = "http://127.0.0.1:8080"

  @Option(help: "What is asked for, a JSON file; default: people who look around (--show-scenario).")
  var scenario: String?

  @Option(help: "Users, 1 to 100000; default: 100 where there is no --rate.")
  var users: Int?

  @Option(help: "Requests a second, 0.1 to 1000000.")
  var rate: Double?

  @Option(help: "How long to measure, up to 24h.")
  var duration = DurationText(.seconds(60))

  @Option(help: "How long to ask before that, uncounted; users come one by one meanwhile.")
  var warmUp = DurationText(.seconds(5))

  @Option(help: "How long users look at an answer, instead of what the scenario says.")
  var think: DurationText?

  @Option(help: "The version of HTTP: 1.1 or 2.")
  var http = HTTPVersion.http1

  @Option(help: "Connections, 1 to 20000; default: one a user or 100 (HTTP/1.1), 8 (HTTP/2).")
  var connections: Int?

  @Option(help: "How long an answer may take, up to 60s.")
  var timeout = DurationText(.seconds(10))

  @Option(help: "With --rate: requests under way at most, 1 to 1000000; those beyond are told as missed.")
  var maxOutstanding = 10_000

  @Option(help: "Two runs with one seed ask for the same.")
  var seed: UInt64 = 1

  @Option(help: "Event loops, 1 to 16. One asks some 30000 times a second over HTTP/1.1.")
  var threads = 1

  @Option(
    help: """
      What must hold, any number of times: error-rate, cache-hit-rate, rate, p50, p90, p95, p99, p99.9 or max, then <, \
      <=, > or >=, then a share (0.1%), a time (50ms) or a number; before it NAME: for one endpoint.
      """)
  var threshold: [Threshold] = []

  @Option(help: "Writes the report to this file as JSON, too.")
  var report: String?

  @Option(help: "A file with the key of requests without limits (INTERNAL_KEY), such as .run/load-key.")
  var keyFile: String?

  @Flag(help: "Lets a host be loaded that is not this machine.")
  var iOwnThisHost = false

  @Flag(help: "Prints the scenario that runs without --scenario, and does nothing else.")
  var showScenario = false

  @OptionGroup var tls: ClientTLSOptions

  enum HTTPVersion: String, ExpressibleByArgument, CaseIterable {
    case http1 = "1.1"
    case http2 = "2"
  }

  func validate() throws {
    guard users == nil || rate == nil else { throw ValidationError("--users and --rate: expected one of them") }
    guard (1...100_000).contains(users ?? 1) else { throw ValidationError("--users: expected 1 to 100000") }
    guard (0.1...1_000_000).contains(rate ?? 1) else { throw ValidationError("--rate: expected 0.1 to 1000000") }
    guard duration.duration >= .milliseconds(100) else { throw ValidationError("--duration: expected 100ms to 24h") }
    guard (.milliseconds(1)...(.seconds(60))).contains(timeout.duration) else {
      throw ValidationError("--timeout: expected 1ms to 60s")
    }
    guard (1...20_000).contains(connections ?? 1) else { throw ValidationError("--connections: expected 1 to 20000") }
    guard (1...1_000_000).contains(maxOutstanding) else {
      throw ValidationError("--max-outstanding: expected 1 to 1000000")
    }
    guard (1...16).contains(threads) else { throw ValidationError("--threads: expected 1 to 16") }
    guard think == nil || rate == nil else { throw ValidationError("--think: users think, and --rate has none") }
  }

  func run() async throws {
    if showScenario { return print(Scenario.standardText) }
    let target = try LoadTarget(url)
    let scenario = try readScenario()
    for threshold in threshold {
      guard let name = threshold.endpoint, !scenario.requests.contains(where: { $0.name == name }) else { continue }
      throw FiyatError("--threshold: \(name) is none of the scenario's requests")
    }
    let key = try keyFile.map(Self.readKey)
    let reportFile = try report.map { try ReportFile($0) }
    let report = try await measure(target, scenario, key)
    print(report.text)
    try reportFile?.write(report.json)
    if report.wasInterrupted { throw ExitCode(130) }
    if !report.holds { throw ExitCode(2) }
  }

  private func measure(_ target: LoadTarget, _ scenario: Scenario, _ key: String?) async throws -> LoadReport {
    let plan = plan(scenario)
    let settings = LoadConnectionSettings(
      version: plan.version, tls: target.isSecure ? tls.configuration ?? TLSClientConfiguration() : nil,
      hostname: target.host)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    do {
      let addresses = try await target.addresses(isOwn: iOwnThisHost, lookup: SystemHostLookup(threads: threads))
      let (address, values) = try await firstAnswers(
        FirstAnswers(scenario: scenario, target: target, settings: settings, key: key, timeout: plan.timeout),
        addresses, EventLoopExecutor(group.next()))
      let mix = RequestMix(scenario, values: values, target: target, key: key)
      let result = try await LoadRun(plan: plan, settings: settings, address: address, mix: mix)
        .run(on: group, progress: LoadProgress(plan))
      try await threads.shutdownGracefully()
      try await group.shutdownGracefully()
      return LoadReport(
        target: target.url, scenario: scenario.name, plan: plan, names: mix.names, figures: result.figures,
        seconds: result.seconds, wasInterrupted: result.wasInterrupted, thresholds: threshold)
    } catch {
      try await threads.shutdownGracefully()
      try await group.shutdownGracefully()
      throw error
    }
  }

  /// Of the host's addresses the first that answers.
  private func firstAnswers(
    _ first: FirstAnswers, _ addresses: [SocketAddress], _ executor: EventLoopExecutor
  ) async throws -> (SocketAddress, [String: [String]]) {
    var failure: any Error = FiyatError("URL: \(first.target.host) has no address")
    for address in addresses {
      do { return (address, try await first.values(from: address, executor: executor)) } catch { failure = error }
    }
    throw failure
  }

  private func plan(_ scenario: Scenario) -> LoadPlan {
    var plan = LoadPlan()
    plan.mode = rate.map { .rate($0) } ?? .users(users ?? 100)
    plan.version = http == .http1 ? .http1 : .http2
    plan.warmUp = warmUp.duration
    plan.duration = duration.duration
    plan.timeout = timeout.duration
    plan.think = think.map { $0.duration...$0.duration } ?? scenario.think
    plan.seed = seed
    plan.threads = threads
    plan.maximumOutstanding = maxOutstanding
    switch (plan.version, plan.mode) {
    case (.http2, _): plan.connections = connections ?? 8
    case (.http1, .users(let count)): plan.connections = connections ?? min(count, 20_000)
    case (.http1, .rate): plan.connections = connections ?? 100
    }
    plan.connections = max(plan.connections, threads)
    return plan
  }

  private func readScenario() throws -> Scenario {
    guard let file = scenario else { return try Scenario(json: Array(Scenario.standardText.utf8)) }
    let text = try SmallFile.read(file, maximumBytes: Scenario.maximumBytes)
    do throws(FiyatError) { return try Scenario(json: text) } catch { throw FiyatError("\(file): \(error)") }
  }

  private static func readKey(_ path: String) throws -> String {
    let bytes = try SmallFile.read(path, maximumBytes: 4096)
    let key = bytes.prefix { $0 > 0x20 && $0 < 0x7f }
    guard !key.isEmpty, bytes.dropFirst(key.count).allSatisfy({ $0 == 0x0a || $0 == 0x0d }) else {
      throw FiyatError("--key-file: expected one line of visible ASCII in \(path)")
    }
    return String(decoding: key, as: UTF8.self)
  }
}
