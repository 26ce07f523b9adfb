internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension Rearm {
  private static let longest: Int64 = 365 * 86_400

  init(_ rearm: NotifierV1.Rearm?) throws(RPCError) {
    switch rearm?.mode ?? .unspecified {
    case .once: self = .once
    case .unspecified, .whenFalse: self = .whenFalse
    case .after:
      guard let after = rearm?.after, (60...Self.longest).contains(after.seconds) else {
        throw .field("alert.rearm.after", "expected 60 seconds to 365 days")
      }
      self = .after(.seconds(after.seconds))
    default: throw .field("alert.rearm.mode", "expected ONCE, WHEN_FALSE or AFTER")
    }
    if rearm?.mode != .after, rearm?.after != nil {
      throw .field("alert.rearm.after", "goes with mode AFTER only")
    }
  }

  var message: NotifierV1.Rearm {
    .with {
      switch self {
      case .once: $0.mode = .once
      case .whenFalse: $0.mode = .whenFalse
      case .after(let pause):
        $0.mode = .after
        $0.after = GoogleProtobuf.Duration(pause)
      }
    }
  }
}

extension QuietHours {
  init(_ hours: NotifierV1.QuietHours, zones: ZoneDatabase) throws(RPCError) {
    guard hours.startMinute < 1440 else { throw .field("alert.quiet_hours.start_minute", "expected 0 to 1439") }
    guard hours.endMinute < 1440, hours.endMinute != hours.startMinute else {
      throw .field("alert.quiet_hours.end_minute", "expected 0 to 1439, and another minute than start_minute")
    }
    let zone = hours.timeZone.isEmpty ? QuietHours.defaultZone : hours.timeZone
    guard zones.rules(for: zone) != nil else {
      throw .field("alert.quiet_hours.time_zone", "expected a name of the IANA database, such as Europe/Istanbul")
    }
    self.init(start: Int(hours.startMinute), end: Int(hours.endMinute), zone: zone)
  }

  var message: NotifierV1.QuietHours {
    .with {
      $0.startMinute = UInt32(clamping: start)
      $0.endMinute = UInt32(clamping: end)
      $0.timeZone = zone
    }
  }
}

/// The fields that `UpdateAlert` may change.
enum AlertField: String, CaseIterable, Sendable {
  case rule
  case channelIDs = "channel_ids"
  case rearm
  case expiresAt = "expires_at"
  case quietHours = "quiet_hours"
  case dailyDigest = "daily_digest"
  case paused
  case label

  /// Reads a mask; a rule may also be named by its own field.
  static func fields(_ mask: GoogleProtobuf.FieldMask?) throws(RPCError) -> Set<AlertField> {
    guard let paths = mask?.paths, !paths.isEmpty else { return Set(allCases) }
    guard paths.count <= 32 else { throw .field("update_mask", "expected at most 32 paths") }
    let rules: Set = [
      "target_price", "drop", "any_change", "back_in_stock", "all_time_low", "lowest_in_days", "deal_in_category",
    ]
    var fields: Set<AlertField> = []
    for path in paths {
      if rules.contains(path) {
        fields.insert(.rule)
      } else if let field = AlertField(rawValue: path) {
        fields.insert(field)
      } else {
        throw .field("update_mask", "expected paths of: " + allCases.map(\.rawValue).joined(separator: ", "))
      }
    }
    return fields
  }
}
