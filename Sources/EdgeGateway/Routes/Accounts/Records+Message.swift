internal import EventLogRPC
internal import MeshMessages
internal import PostgresClient
internal import ProtobufBridge

extension AccountRecord {
  var message: EdgeV1.Account {
    EdgeV1.Account.with {
      $0.id = id
      $0.email = email
      $0.role = EdgeV1.Role(rawValue: Int32(role.rawValue))
      $0.verified = verifiedAt != nil
      $0.disabled = disabledAt != nil
      $0.language = language
      $0.createdAt = GoogleProtobuf.Timestamp(createdAt)
      $0.lastSignInAt = lastSignInAt.map { GoogleProtobuf.Timestamp($0) }
    }
  }
}

extension SessionRecord {
  /// - Parameter current: the session that asks.
  func message(current: Int64?) -> EdgeV1.Session {
    EdgeV1.Session.with {
      $0.id = id
      $0.createdAt = GoogleProtobuf.Timestamp(createdAt)
      $0.lastUsedAt = GoogleProtobuf.Timestamp(lastUsedAt)
      $0.expiresAt = GoogleProtobuf.Timestamp(expiresAt)
      $0.clientAddress = clientAddress
      $0.userAgent = userAgent
      $0.cookie = byCookie
      $0.current = id == current
    }
  }
}

extension KeyRecord {
  var message: EdgeV1.ApiKey {
    EdgeV1.ApiKey.with {
      $0.id = id
      $0.name = name
      $0.prefix = prefix
      $0.scopes = scopes
      $0.tier = EdgeV1.KeyTier(rawValue: Int32(tier))
      $0.createdAt = GoogleProtobuf.Timestamp(createdAt)
      $0.expiresAt = expiresAt.map { GoogleProtobuf.Timestamp($0) }
      $0.lastUsedAt = lastUsedAt.map { GoogleProtobuf.Timestamp($0) }
      $0.revokedAt = revokedAt.map { GoogleProtobuf.Timestamp($0) }
      $0.accountId = account
    }
  }
}

extension AuditRecord {
  var message: EdgeV1.AuditEntry {
    EdgeV1.AuditEntry.with {
      $0.id = id
      $0.at = GoogleProtobuf.Timestamp(at)
      $0.accountId = account ?? 0
      $0.credential = credential
      $0.operation = operation
      $0.arguments = arguments
      $0.detail = detail ?? ""
      $0.status = UInt32(clamping: status ?? 0)
      $0.clientAddress = clientAddress
      $0.requestId = requestID
    }
  }
}
