/// How the bytes of a message are compressed: a Content-Coding of gRPC over HTTP2 that this runtime knows.
package enum CompressionAlgorithm: UInt8, Sendable, Hashable, CaseIterable {
  /// Not at all.
  case identity
  /// RFC 1952.
  case gzip
  /// The zlib format of RFC 1950, which HTTP calls "deflate" (RFC 9110 §8.4.1.2).
  case deflate

  /// The name in `grpc-encoding` and `grpc-accept-encoding`.
  package var name: StaticString {
    switch self {
    case .identity: "identity"
    case .gzip: "gzip"
    case .deflate: "deflate"
    }
  }

  /// The algorithm that a received `grpc-encoding` names.
  ///
  /// - Throws: UNIMPLEMENTED when it is unknown or not among `accepted`, with those that are in the message. The reply
  ///   must carry `grpc-accept-encoding` as well (gRPC's `compression.md`).
  package init(grpcEncoding bytes: UnsafeRawBufferPointer, accepted: CompressionSet = .all) throws(RPCError) {
    guard let algorithm = Self.named(bytes), accepted.contains(algorithm) else {
      throw RPCError(
        code: .unimplemented, message: "unsupported grpc-encoding; accepted are \(accepted.acceptEncoding)")
    }
    self = algorithm
  }

  static func named(_ bytes: UnsafeRawBufferPointer) -> CompressionAlgorithm? {
    for algorithm in allCases {
      let name = algorithm.name
      if bytes.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) {
        return algorithm
      }
    }
    return nil
  }
}

/// The algorithms that one side accepts. `identity` is always among them.
package struct CompressionSet: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue | 1 << CompressionAlgorithm.identity.rawValue }

  package static let identity: CompressionSet = []
  package static let gzip = CompressionSet(rawValue: 1 << CompressionAlgorithm.gzip.rawValue)
  package static let deflate = CompressionSet(rawValue: 1 << CompressionAlgorithm.deflate.rawValue)
  package static let all: CompressionSet = [.gzip, .deflate]

  package func contains(_ algorithm: CompressionAlgorithm) -> Bool { rawValue & 1 << algorithm.rawValue != 0 }

  /// The algorithms that a received `grpc-accept-encoding` lists; names that are unknown here are passed over.
  package init(grpcAcceptEncoding bytes: UnsafeRawBufferPointer) {
    var bits: UInt8 = 0
    for part in bytes.split(separator: UInt8(ascii: ",")) {
      var name = part
      while let first = name.first, first == 0x20 || first == 0x09 { name.removeFirst() }
      while let last = name.last, last == 0x20 || last == 0x09 { name.removeLast() }
      if let algorithm = CompressionAlgorithm.named(UnsafeRawBufferPointer(rebasing: name)) {
        bits |= 1 << algorithm.rawValue
      }
    }
    self.init(rawValue: bits)
  }

  /// The value of `grpc-accept-encoding` that says so; nothing is allocated.
  package var acceptEncoding: StaticString {
    switch (contains(.gzip), contains(.deflate)) {
    case (true, true): "identity,deflate,gzip"
    case (true, false): "identity,gzip"
    case (false, true): "identity,deflate"
    case (false, false): "identity"
    }
  }
}
