internal import PostgresClient

extension Timestamp {
  init(_ time: UnixTime) { self.init(microseconds: time.microseconds) }
}

extension UnixTime {
  init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }

  static func now() -> UnixTime { UnixTime(Timestamp.now()) }
}
