import Testing

@testable import PostgresClient

@Suite("The ledger of a pipeline")
struct PipelineLedgerTests {
  private func describe(_ action: PipelineLedger<Int>.Action) -> String { "\(action)" }

  @Test("Operations are answered in order, each with its null result")
  func inOrder() {
    var ledger = PipelineLedger<Int>()
    ledger.append(.prepare(1))
    ledger.append(.execute(1))
    ledger.append(.execute(2))
    ledger.append(.sync)
    #expect(ledger.head == 1)
    #expect(describe(ledger.receive(.success)) == "prepared(1)")
    #expect(describe(ledger.receive(.end)) == "none")
    #expect(describe(ledger.receive(.success)) == "succeeded(1)")
    #expect(ledger.head == 2)
    #expect(ledger.operations == [2])
    #expect(describe(ledger.receive(.end)) == "none")
    #expect(describe(ledger.receive(.success)) == "succeeded(2)")
    #expect(describe(ledger.receive(.end)) == "none")
    #expect(describe(ledger.receive(.sync)) == "synced")
    #expect(ledger.isEmpty)
    #expect(ledger.operationCount == 0)
  }

  @Test("What follows a failure is aborted up to the sync")
  func aborts() {
    var ledger = PipelineLedger<Int>()
    for step: PipelineLedger<Int>.Step in [.execute(1), .prepare(2), .execute(2), .sync, .execute(3), .sync] {
      ledger.append(step)
    }
    let answers: [PipelineLedger<Int>.Answer] = [
      .failure, .end, .aborted, .end, .aborted, .end, .sync, .success, .end, .sync,
    ]
    #expect(
      answers.map { describe(ledger.receive($0)) } == [
        "failed(1)", "none", "prepareAborted(2)", "none", "aborted(2)", "none", "synced", "succeeded(3)", "none",
        "synced",
      ])
  }

  @Test("A commit that fails is reported once, then its sync")
  func syncFails() {
    var ledger = PipelineLedger<Int>()
    ledger.append(.execute(1))
    ledger.append(.sync)
    let answers: [PipelineLedger<Int>.Answer] = [.success, .end, .failure, .end, .sync]
    #expect(
      answers.map { describe(ledger.receive($0)) } == ["succeeded(1)", "none", "syncFailed", "none", "synced"])
  }

  @Test(
    "Answers that do not belong are violations",
    arguments: [
      [.end], [.sync], [.success, .success], [.success, .end, .end], [.success, .end, .aborted],
    ] as [[PipelineLedger<Int>.Answer]])
  func violations(answers: [PipelineLedger<Int>.Answer]) {
    var ledger = PipelineLedger<Int>()
    ledger.append(.execute(1))
    ledger.append(.sync)
    let last = answers.map { ledger.receive($0) }.last
    guard case .violation? = last else {
      Issue.record("\(answers) was accepted")
      return
    }
  }

  @Test("Whatever was unanswered comes back when the connection breaks")
  func removesAll() {
    var ledger = PipelineLedger<Int>()
    for id in 1...3 { ledger.append(.execute(id)) }
    _ = ledger.receive(.success)
    #expect(ledger.removeAll() == [2, 3])
    #expect(ledger.isEmpty)
  }
}
