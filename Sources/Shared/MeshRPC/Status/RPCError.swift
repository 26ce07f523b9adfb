/// Why a call failed: what travels in `grpc-status`, `grpc-message` and the trailing metadata, and what caused it here.
///
/// A handler throws it to end a call with a status of its choice; a client call throws it for every status but OK.
/// Any other error that a handler throws becomes UNKNOWN.
package struct RPCError: Error, Sendable {
  /// The status code.
  package var code: Code

  /// What went wrong and what to do about it, for the peer's developer. It crosses the wire and may be logged: put no
  /// secrets and no user data into it.
  package var message: String

  /// Metadata that travels beside the status, in the trailers.
  package var metadata: Metadata

  /// The error behind this one. It stays in this process: neither the wire nor `description` shows its text.
  package var cause: (any Error)?

  package init(code: Code, message: String, metadata: Metadata = Metadata(), cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.metadata = metadata
    self.cause = cause
  }
}

extension RPCError {
  /// A status code of gRPC (`doc/statuscodes.md`).
  ///
  /// Open: a value that is none of the 17 can be held and compared, so that a `switch` keeps compiling and a peer of a
  /// later version cannot break this one. What arrives on the wire goes through `init(grpcStatus:)`, which turns
  /// unknown numbers into UNKNOWN as gRPC asks of its clients.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ok = Code(rawValue: 0)
    package static let cancelled = Code(rawValue: 1)
    package static let unknown = Code(rawValue: 2)
    package static let invalidArgument = Code(rawValue: 3)
    package static let deadlineExceeded = Code(rawValue: 4)
    package static let notFound = Code(rawValue: 5)
    package static let alreadyExists = Code(rawValue: 6)
    package static let permissionDenied = Code(rawValue: 7)
    package static let resourceExhausted = Code(rawValue: 8)
    package static let failedPrecondition = Code(rawValue: 9)
    package static let aborted = Code(rawValue: 10)
    package static let outOfRange = Code(rawValue: 11)
    package static let unimplemented = Code(rawValue: 12)
    package static let `internal` = Code(rawValue: 13)
    package static let unavailable = Code(rawValue: 14)
    package static let dataLoss = Code(rawValue: 15)
    package static let unauthenticated = Code(rawValue: 16)

    /// The 17 codes, in the order of their numbers.
    package static let all: [Code] = (0...16).map { Code(rawValue: $0) }

    private static let names: [StaticString] = [
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
      "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
      "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    private static let numbers: [StaticString] = [
      "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
    ]

    /// The value of `grpc-status` for this code; nothing is allocated. A code outside the 17 is sent as UNKNOWN.
    package var grpcStatus: StaticString {
      Int(rawValue) < Self.numbers.count ? Self.numbers[Int(rawValue)] : "2"
    }

    /// Reads the bytes of a `grpc-status` field: decimal digits. A number that is none of the 17 is UNKNOWN, as
    /// `doc/statuscodes.md` has it. Nil when the bytes are not a number at all.
    package init?(grpcStatus bytes: UnsafeRawBufferPointer) {
      guard !bytes.isEmpty, bytes.count <= 10 else { return nil }
      var number = 0
      for byte in bytes {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        number = number * 10 + Int(byte &- UInt8(ascii: "0"))
      }
      self = number < Self.numbers.count ? Code(rawValue: UInt8(truncatingIfNeeded: number)) : .unknown
    }

    /// The code with this name (`"NOT_FOUND"`, upper or lower case), as the service config's JSON writes it.
    package init?(name: String) {
      let wanted = name.uppercased()
      for code in Self.all where code.description == wanted {
        self = code
        return
      }
      return nil
    }
  }
}

extension RPCError.Code: CustomStringConvertible {
  /// The name in gRPC's documents, such as `NOT_FOUND`.
  package var description: String {
    Int(rawValue) < Self.names.count ? "\(Self.names[Int(rawValue)])" : "CODE_\(rawValue)"
  }
}

extension RPCError: CustomStringConvertible {
  /// The most bytes of `message` that `description` shows: a peer chose it and must not fill our log.
  static let describedMessageBytes = 512

  /// `NOT_FOUND: no such product (cause: SomeError)`. Safe to log: of the cause it shows the type, of the metadata
  /// nothing, and control characters that a peer put into the message cannot break the line.
  package var description: String {
    var text = code.description
    if !message.isEmpty {
      text += ": "
      var bytes = 0
      for scalar in message.unicodeScalars {
        bytes += UTF8.width(scalar)
        if bytes > Self.describedMessageBytes {
          text += "…"
          break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: text.unicodeScalars.append("\u{FFFD}")
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    if let cause { text += " (cause: \(type(of: cause)))" }
    return text
  }
}
