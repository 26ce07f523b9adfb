import Synchronization
import Testing
import TraceContext

@testable import ServiceKit

@Suite("Readiness")
struct ReadinessTests {
  @Test("Ready means started, all required checks well, and not draining")
  func states() {
    let changes = Mutex<[Bool]>([])
    let readiness = Readiness { isReady in changes.withLock { $0.append(isReady) } }
    #expect(!readiness.isReady)
    readiness.set("postgres", isRequired: true, failure: nil)
    #expect(!readiness.isReady)
    readiness.running()
    #expect(readiness.isReady)
    readiness.set("redis", isRequired: false, failure: "away")
    #expect(readiness.isReady)
    readiness.set("postgres", isRequired: true, failure: "away")
    #expect(!readiness.isReady)
    readiness.set("postgres", isRequired: true, failure: nil)
    #expect(readiness.isReady)
    readiness.drain()
    #expect(!readiness.isReady)
    readiness.running()
    #expect(!readiness.isReady)
    #expect(changes.withLock { $0 } == [true, false, true, false])
  }

  @Test("The report names checks, and reasons only for operators")
  func report() {
    let readiness = Readiness()
    readiness.starting("database")
    readiness.set("postgres", isRequired: true, failure: "no \"host\"")
    let inside = String(decoding: readiness.report(showsReasons: true), as: UTF8.self)
    #expect(
      inside == #"{"ready":false,"phase":"starting","waitingFor":"database","checks":{"postgres":{"ok":false,"#
        + #""required":true,"reason":"no \"host\""}}}"#)
    #expect(!String(decoding: readiness.report(showsReasons: false), as: UTF8.self).contains("host"))
  }

  @Test("A check that throws fails with a safe reason, one that hangs fails by time")
  func checks() async {
    struct Hidden: Error { let secret = "hunter2" }
    #expect(await ReadinessCheck("ok") {}.failure() == nil)
    #expect(await ReadinessCheck("bad") { throw Hidden() }.failure() == "Hidden")
    let hanging = ReadinessCheck("slow", timeout: .milliseconds(20)) { try await Task.sleep(for: .seconds(60)) }
    #expect(await hanging.failure() == "no answer within 20ms")
  }

  @Test("The monitor tells of a check once when it fails and once when it is well again")
  func monitor() async {
    let (log, readiness) = (CapturedLog(), Readiness())
    let isWell = Atomic<Bool>(true)
    let check = ReadinessCheck("thing") {
      if !isWell.load(ordering: .relaxed) { throw ServiceError(.unavailable, "away") }
    }
    let monitor = ReadinessMonitor(readiness: readiness, checks: [check], logger: log.logger, clock: TestClock())
    readiness.running()
    await monitor.round()
    #expect(readiness.isReady && log.messages.isEmpty)
    isWell.store(false, ordering: .relaxed)
    await monitor.round()
    await monitor.round()
    #expect(!readiness.isReady)
    isWell.store(true, ordering: .relaxed)
    await monitor.round()
    await monitor.round()
    #expect(readiness.isReady)
    #expect(log.messages == ["warning: check fails", "notice: check is well again"])
  }
}

@Suite("Requests' ids and traces")
struct RequestContextTests {
  @Test("Ids made here do not repeat")
  func unique() {
    #expect(Set((0..<10_000).map { _ in UniqueNumber.next() }).count == 10_000)
  }

  @Test("What the caller sent is taken over if it is well formed")
  func takenOver() {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let request = RequestContext(requestID: "A.b_c-1", traceparent: text)
    #expect(request.requestID == "A.b_c-1")
    #expect(request.trace.text == text)
    let child = request.trace.child
    #expect(child.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && child.text != text && child.text.hasSuffix("-01"))
    #expect(TraceParent(child.text) == child)
  }

  @Test("Anything else is replaced", arguments: ["", "a b", "a\nb", "ş", String(repeating: "a", count: 129)])
  func replaced(id: String) {
    let request = RequestContext(requestID: id, traceparent: nil)
    #expect(request.requestID != id && request.requestID.utf8.count == 16)
  }

  @Test(
    "Malformed traces are refused",
    arguments: [
      "", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
      "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
      "004bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01--",
      "00-4bf92f3577b34da6-3ce929d0e0e47360-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
      "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bz-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é",
    ])
  func malformedTraces(text: String) { #expect(TraceParent(text) == nil) }

  @Test("A later version's traces are read as far as they are known")
  func laterTraces() throws {
    let known = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    #expect(known.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && known.spanID == "00f067aa0ba902b7")
    for later in ["", "-", "-what-else"] {
      #expect(TraceParent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" + later) == known)
    }
  }
}
