internal import MeshMessages
internal import ProtobufBridge

extension ChannelRecord {
  var message: NotifierV1.Channel {
    .with {
      $0.id = id
      $0.subscriber = subscriber
      $0.kind = NotifierV1.ChannelKind(rawValue: Int32(kind.rawValue))
      $0.address = address
      $0.verified = verifiedAt != nil
      $0.disabled = disabledAt != nil
      $0.createdAt = GoogleProtobuf.Timestamp(createdAt)
      $0.lastError = lastError
    }
  }
}

extension DeliveryRecord {
  var message: NotifierV1.Delivery {
    .with {
      $0.id = id
      $0.alertId = alert
      $0.channelId = channel
      $0.subscriber = subscriber
      $0.kind = NotifierV1.ChannelKind(rawValue: Int32(kind))
      $0.state = NotifierV1.DeliveryState(rawValue: Int32(state))
      $0.attempts = UInt32(clamping: attempts)
      $0.createdAt = GoogleProtobuf.Timestamp(createdAt)
      if state == 1 { $0.nextAttemptAt = GoogleProtobuf.Timestamp(dueAt) }
      $0.sentAt = sentAt.map { GoogleProtobuf.Timestamp($0) }
      $0.lastError = lastError
      $0.text = text
      $0.idempotencyKey = idempotencyKey
    }
  }
}
