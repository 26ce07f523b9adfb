import MeshMessages
import PostgresClient

extension Timestamp {
  /// The same moment as the contracts write it.
  var message: GoogleProtobuf.Timestamp {
    var seconds = microseconds / 1_000_000
    var rest = microseconds % 1_000_000
    if rest < 0 {
      seconds -= 1
      rest += 1_000_000
    }
    return GoogleProtobuf.Timestamp(seconds: seconds, nanos: Int32(rest) * 1000)
  }

  /// Nanoseconds are cut to PostgreSQL's microseconds; a moment beyond its range becomes the nearest that it has.
  init(_ message: GoogleProtobuf.Timestamp) {
    let bounded = min(max(message.seconds, -210_000_000_000), 9_000_000_000_000)
    self.init(microseconds: bounded * 1_000_000 + Int64(message.nanos / 1000))
  }
}
