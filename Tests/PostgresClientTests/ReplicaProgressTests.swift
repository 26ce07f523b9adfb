import Testing

@testable import PostgresClient

@Suite("How far a replica is behind")
struct ReplicaProgressTests {
  @Test("Nothing is known before the replica is seen to have what the primary had")
  func unknown() {
    var progress = ReplicaProgress()
    #expect(progress.lag(at: 5) == nil)
    progress.primaryWas(at: 100, asked: 10)
    #expect(progress.lag(at: 20) == nil)
    progress.replicaHas(99)
    #expect(progress.lag(at: 30) == nil)
    progress.replicaHas(100)
    #expect(progress.lag(at: 40) == 0)
  }

  @Test("It shows all that was committed before the last question whose answer it has replayed")
  func behind() {
    var progress = ReplicaProgress()
    progress.replicaHas(100)
    progress.primaryWas(at: 100, asked: 10)
    progress.primaryWas(at: 200, asked: 20)
    progress.primaryWas(at: 300, asked: 30)
    #expect(progress.lag(at: 35) == 25)
    progress.replicaHas(250)
    #expect(progress.lag(at: 36) == 16)
    progress.replicaHas(300)
    #expect(progress.lag(at: 37) == 0)
  }

  @Test("A primary that writes nothing leaves no replica behind")
  func idle() {
    var progress = ReplicaProgress()
    progress.replicaHas(100)
    for asked in 1...1000 { progress.primaryWas(at: 100, asked: UInt64(asked)) }
    #expect(progress.ahead.isEmpty)
    #expect(progress.lag(at: 50_000) == 0)
    // What is written then is behind for no longer than since the last question.
    progress.primaryWas(at: 101, asked: 1001)
    #expect(progress.lag(at: 1003) == 3)
  }

  @Test("What is remembered of a replica that stands still is bounded, and never makes it seem younger")
  func bounded() {
    var progress = ReplicaProgress()
    progress.replicaHas(0)
    progress.primaryWas(at: 0, asked: 0)
    for second in 1...10_000 { progress.primaryWas(at: Int64(second), asked: UInt64(second)) }
    #expect(progress.ahead.count <= ReplicaProgress.capacity)
    #expect(progress.lag(at: 10_000) == 10_000)
    for position in stride(from: 1, through: 9_999, by: 7) {
      progress.replicaHas(Int64(position))
      // It shows the moment of its position, and no later one.
      #expect(progress.lag(at: 10_000).map { $0 >= UInt64(10_000 - position) } == true)
    }
    progress.replicaHas(10_000)
    #expect(progress.lag(at: 10_001) == 0)
  }

  @Test("Its time never goes back, also when a late answer tells of an older question")
  func late() {
    var progress = ReplicaProgress()
    progress.replicaHas(500)
    progress.primaryWas(at: 400, asked: 40)
    progress.primaryWas(at: 300, asked: 30)
    progress.primaryWas(at: 600, asked: 50)
    #expect(progress.lag(at: 60) == 20)
  }
}
