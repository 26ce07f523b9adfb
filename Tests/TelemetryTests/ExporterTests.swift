import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite("What waits to be sent")
struct ExporterTests {
  /// A receiver that answers as it is told, in order, then takes all.
  final class Receiver: Sendable {
    private let state: Mutex<(answers: [Delivery], batches: [[Int]])>
    init(_ answers: [Delivery]) { state = Mutex((answers, [])) }
    var batches: [[Int]] { state.withLock { $0.batches } }
    func deliver(_ batch: [Int]) -> Delivery {
      state.withLock { state in
        state.batches.append(batch)
        return state.answers.isEmpty ? .taken : state.answers.removeFirst()
      }
    }
  }

  private static func exporter(
    _ receiver: Receiver, capacity: Int = 10, batch: Int = 4, attempts: Int = 3
  ) -> Exporter<Int> {
    var configuration = Exporter<Int>.Configuration(batch: batch, gather: .zero)
    configuration.attempts = attempts
    configuration.backoff = .zero ... .zero
    return Exporter(
      capacity: capacity, configuration: configuration, figures: ExportFigures(.traces),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { receiver.deliver($0) }
  }

  @Test("The queue takes what there is room for, and nothing after the end")
  func bounded() async {
    let queue = ExportQueue<Int>(capacity: 3)
    #expect((0..<5).map { queue.offer($0) } == [true, true, true, false, false])
    #expect(await queue.wait())
    #expect(queue.take(2) == [0, 1] && queue.count == 1)
    #expect(queue.offer(5))
    queue.finish()
    #expect(!queue.offer(6))
    #expect(await queue.wait())
    #expect(queue.take(10) == [2, 5])
    #expect(await !queue.wait())
    // At the end no pause holds up.
    await queue.pause(for: .seconds(3600))
  }

  @Test("What waits is sent in batches, in order, before the end")
  func batches() async {
    let receiver = Receiver([])
    let exporter = Self.exporter(receiver)
    for number in 0..<10 { exporter.offer(number) }
    exporter.start()
    await exporter.close(within: .seconds(60))
    #expect(receiver.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
  }

  @Test("A batch is tried again, a few times, and the next one goes on")
  func repeated() async throws {
    let receiver = Receiver([.later(nil), .later(.zero), .later(nil), .taken])
    let exporter = Self.exporter(receiver, batch: 1)
    exporter.offer(1)
    exporter.offer(2)
    exporter.start()
    while receiver.batches.count < 4 { await Task.yield() }
    await exporter.close(within: .seconds(60))
    #expect(receiver.batches == [[1], [1], [1], [2]])
  }

  @Test("What is refused or limited is not tried again", arguments: [Delivery.refused, .limited])
  func refused(answer: Delivery) async {
    let receiver = Receiver([answer])
    let exporter = Self.exporter(receiver, batch: 1)
    exporter.offer(1)
    exporter.offer(2)
    exporter.start()
    await exporter.close(within: .seconds(60))
    #expect(receiver.batches == [[1], [2]])
  }

  @Test("A receiver that hangs does not hold up the end")
  func hangs() async {
    let exporter = Exporter<Int>(
      capacity: 10, configuration: Exporter.Configuration(batch: 1, gather: .zero), figures: ExportFigures(.traces),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { _ in
      // Until cancelled.
      try? await Task.sleep(for: .seconds(86_400))
      return .later(nil)
    }
    for number in 0..<5 { exporter.offer(number) }
    exporter.start()
    await exporter.close(within: .milliseconds(20))
    #expect(exporter.queue.isFinished && exporter.queue.count == 0)
  }

  @Test("Pauses double up to a bound, and are as long as the receiver asks, within reason")
  func pauses() {
    let exporter = Exporter<Int>(
      capacity: 1, configuration: Exporter.Configuration(batch: 1, gather: .zero), figures: ExportFigures(.traces),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { _ in .taken }
    #expect(exporter.pauseAfter(1, nil) == .milliseconds(500) && exporter.pauseAfter(3, nil) == .seconds(2))
    #expect(exporter.pauseAfter(90, nil) == .seconds(15))
    #expect(exporter.pauseAfter(1, .seconds(40)) == .seconds(40))
    #expect(exporter.pauseAfter(1, .seconds(86_400)) == .seconds(120))
  }
}
