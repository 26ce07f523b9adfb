import EventLog
import HTTPTransport
import HTTPTypes
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeGateway

@Suite("Live clients of an event loop") struct LiveLoopTests {
  private typealias Live = LiveFixture

  @Test("A new client is told where it stands, and then of the deals that it wants")
  func tellsDeals() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(5))
    let all = try fixture.connect()
    let some = try fixture.connect(DealInterest(category: "elektronik", shop: "shop-a", minDiscount: 500))
    #expect(all.text == "retry: 2000\nid: 100-5\n\n")
    try fixture.receive([
      Live.deal(6), Live.price(7, product: 7), Live.deal(8, category: "elektronik/kulaklik"),
      Live.deal(9, category: "elektronikci"), Live.deal(10, shop: "shop-b"), Live.deal(11, discount: 499),
      Live.deal(12, isClosed: true),
    ])
    #expect(all.ids == ["100-6", "100-8", "100-9", "100-10", "100-11", "100-12"])
    #expect(some.ids == ["100-6", "100-8", "100-12"])
    #expect(all.text.contains("id: 100-6\nevent: deal.opened\ndata: {\"id\":\"6\""))
    #expect(all.text.contains("id: 100-12\nevent: deal.closed\ndata: {\"id\":\"12\""))
  }

  @Test("A client that comes back gets what it missed, once, also while events are being given away")
  func resumes() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(0))
    try fixture.receive((1...5).map { Live.deal($0) })
    let stream = try fixture.connect(after: 3)
    #expect(stream.ids == ["100-4", "100-5"])
    // It comes between an event's arrival and its being given away.
    let others = try (0..<600).map { _ in try fixture.connect() }
    try fixture.receiveOnly([Live.deal(6), Live.deal(7)], horizon: 7)
    let late = FakeStream(fixture.loop)
    late.delegate = fixture.live.accept(
      late, place: try fixture.places.take(.local, isExempt: false), interest: DealInterest(), after: Live.position(5))
    fixture.loop.run()
    #expect(late.ids == ["100-6", "100-7"] && stream.ids == ["100-4", "100-5", "100-6", "100-7"])
    #expect(others.allSatisfy { $0.ids == ["100-6", "100-7"] })
    try fixture.receive([Live.deal(8)])
    #expect(late.ids.last == "100-8" && late.ids.count == 3)
  }

  @Test("A client that knows more than we do is not told it again; one whose id never comes loads anew")
  func isAhead() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(0))
    let ahead = try fixture.connect(after: 2)
    let lost = try fixture.connect(after: 1_000_000)
    try fixture.receive([Live.deal(1), Live.deal(2), Live.deal(3)])
    #expect(ahead.ids == ["100-3"] && lost.ids.isEmpty)
    fixture.beat()
    #expect(!lost.text.contains("reset"))
    fixture.beat()
    #expect(lost.text.contains("id: 100-3\nevent: reset\ndata: {}\n\n") && !ahead.text.contains("reset"))
    try fixture.receive([Live.deal(4)])
    #expect(lost.ids == ["100-4"])
  }

  @Test("Each client hears something once in a heartbeat, with the position that it has reached")
  func heartbeats() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(5))
    let streams = try (0..<40).map { _ in try fixture.connect() }
    try fixture.receive([Live.price(9, product: 7)])
    streams.forEach { $0.forget() }
    fixture.beat()
    #expect(streams.allSatisfy { $0.text == ":\nid: 100-9\n\n" || $0.text == ":\nid: 100-9\n\n:\nid: 100-9\n\n" })
  }

  @Test("A slow client gets no more than fits, goes on when it takes it, and is dropped when it takes nothing")
  func slow() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(0))
    let (slow, stuck, quick) = (try fixture.connect(), try fixture.connect(), try fixture.connect())
    slow.outboundBufferedBytes = 100_000
    stuck.outboundBufferedBytes = 100_000
    try fixture.receive((1...20).map { Live.deal($0) })
    #expect(slow.ids.isEmpty && stuck.ids.isEmpty && quick.ids.count == 20)
    slow.outboundBufferedBytes = 0
    slow.delegate?.streamBecameWritable()
    fixture.loop.run()
    #expect(slow.ids == quick.ids)
    fixture.beat()
    fixture.beat()
    #expect(stuck.isReset && !slow.isReset && !quick.isReset)
    #expect(fixture.live.clientCount == 2)
    try fixture.receive([Live.deal(21)])
    #expect(slow.ids.last == "100-21" && stuck.ids.isEmpty)
  }

  @Test("A client that falls behind what is kept is dropped, so that it comes back and asks for it")
  func fallsBehind() throws {
    let fixture = try LiveFixture { $0.maximumEvents = 16 }
    fixture.live.follow(from: Live.position(0))
    let slow = try fixture.connect()
    slow.outboundBufferedBytes = 100_000
    try fixture.receive((1...40).map { Live.deal($0) })
    slow.outboundBufferedBytes = 0
    slow.delegate?.streamBecameWritable()
    #expect(slow.isReset && slow.ids.isEmpty)
  }

  @Test("What is kept is given in pieces that fit")
  func paces() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(0))
    let title = String(repeating: "x", count: 2000)
    try fixture.receive((1...100).map { Live.deal($0, title: title) })
    let stream = FakeStream(fixture.loop)
    stream.delegate = fixture.live.accept(
      stream, place: try fixture.places.take(.local, isExempt: false), interest: DealInterest(),
      after: Live.position(0))
    stream.outboundBufferedBytes = 1 << 20
    fixture.loop.run()
    let first = stream.text.utf8.count
    #expect(first > 32 << 10 && first < 80 << 10)
    stream.outboundBufferedBytes = 0
    stream.delegate?.streamBecameWritable()
    fixture.loop.run()
    #expect(stream.ids.count == 100 && Set(stream.ids).count == 100)
  }

  @Test("When the log could not be followed without a gap, everyone loads anew")
  func followsAnew() throws {
    let fixture = try LiveFixture()
    let early = try fixture.connect()
    #expect(early.text == "retry: 2000\n\n")
    fixture.live.follow(from: Live.position(5))
    #expect(!early.text.contains("reset"))
    try fixture.receive([Live.deal(6)])
    fixture.live.follow(from: Live.position(50))
    try fixture.receive([Live.deal(51)])
    #expect(early.text.contains("id: 100-50\nevent: reset\n") && early.ids == ["100-6", "100-51"])
  }

  @Test("A client that comes back before the log is followed is served as soon as it is")
  func waitsForLog() throws {
    let fixture = try LiveFixture()
    let early = try fixture.connect(after: 5)
    fixture.live.follow(from: Live.position(5))
    try fixture.receive([Live.deal(6)])
    #expect(early.ids == ["100-6"])
  }

  @Test("A draining loop ends its clients and those that come, and spreads their return")
  func drains() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: Live.position(0))
    let streams = try (0..<700).map { _ in try fixture.connect() }
    fixture.live.drain()
    fixture.loop.run()
    #expect(streams.allSatisfy { $0.hasEnded })
    #expect(Set(streams.map { $0.text.components("\n\n").last ?? "" }).count > 100)
    #expect(try fixture.connect().hasEnded)
    #expect(fixture.live.clientCount == 0)
  }

  @Test("A place is given back when its client is gone, and addresses have a bound of their own")
  func places() throws {
    let fixture = try LiveFixture {
      $0.maximumClients = 3
      $0.clientsPerAddress = 2
    }
    let subject = RateSubject(key: 1)
    var places = [try fixture.places.take(subject, isExempt: false), try fixture.places.take(subject, isExempt: false)]
    #expect(throws: Problem.self) { try fixture.places.take(subject, isExempt: false) }
    places.append(try fixture.places.take(subject, isExempt: true))
    let full = #expect(throws: Problem.self) { try fixture.places.take(.local, isExempt: true) }
    #expect(full?.status == .serviceUnavailable && full?.headers.first?.value == "5")
    places.removeAll()
    #expect(fixture.places.count == 0)
    _ = try fixture.places.take(subject, isExempt: false)
  }
}

@Suite("Events kept for live clients") struct LiveRingTests {
  private func event(_ number: Int64, at now: Int64 = 0) throws -> LiveEvent {
    try #require(try LiveEvent(LiveFixture.deal(number), receivedAt: now))
  }

  private func ring(_ change: (inout LiveConfiguration) -> Void = { _ in }) -> LiveRing {
    var configuration = LiveConfiguration()
    change(&configuration)
    return LiveRing(floor: LiveFixture.position(0), configuration: configuration)
  }

  @Test("The oldest go when there are too many, too large or too old, and the floor rises with them")
  func bounds() throws {
    var byCount = ring { $0.maximumEvents = 3 }
    var byAge = ring { $0.maximumEventAge = 100 }
    let size = try event(1).byteCount
    var byBytes = ring { $0.maximumEventBytes = size * 3 }
    for number in 1...5 as ClosedRange<Int64> {
      byCount.append(try event(number))
      byBytes.append(try event(number))
      byAge.append(try event(number, at: number * 50))
    }
    for ring in [byCount, byBytes, byAge] { #expect(ring.count == 3 && ring.floor == LiveFixture.position(2)) }
    #expect(byCount.first(after: LiveFixture.position(3))?.position == LiveFixture.position(4))
    #expect(byCount.first(after: LiveFixture.position(5)) == nil)
  }

  @Test("Older events join without a gap, or not at all")
  func extends() throws {
    var ring = ring { $0.maximumEvents = 4 }
    for number in 1...6 as ClosedRange<Int64> { ring.append(try event(number)) }
    let older = try [1, 2, 3].map { try event($0) }
    let leavesGap = ring.extend([], from: LiveFixture.position(0), to: LiveFixture.position(1))
    let isTooMuch = ring.extend(older, from: LiveFixture.position(0), to: LiveFixture.position(3))
    #expect(!leavesGap && !isTooMuch)
    #expect(ring.floor == LiveFixture.position(2))
    var roomy = LiveRing(floor: LiveFixture.position(2), configuration: LiveConfiguration())
    roomy.append(try event(3))
    let fits = roomy.extend(older, from: LiveFixture.position(0), to: LiveFixture.position(3))
    #expect(fits && roomy.count == 3 && roomy.floor == LiveFixture.position(0))
    #expect(roomy.first(after: LiveFixture.position(0))?.position == LiveFixture.position(1))
  }

  @Test("An id is what was given out, and nothing else")
  func ids() {
    #expect(EventID.position("100-5") == LiveFixture.position(5))
    #expect(EventID.text(LiveFixture.position(5)) == "100-5")
    for text in [
      "", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1--2", " 1-2", "9223372036854775808-1", "1-99999999999999999999",
    ] {
      #expect(EventID.position(text) == nil, "\(text)")
    }
  }
}
