import Testing

@testable import MeshRPC

@Suite("RPCError")
struct RPCErrorTests {
  static let codes: [(RPCError.Code, UInt8, String)] = [
    (.ok, 0, "OK"), (.cancelled, 1, "CANCELLED"), (.unknown, 2, "UNKNOWN"),
    (.invalidArgument, 3, "INVALID_ARGUMENT"), (.deadlineExceeded, 4, "DEADLINE_EXCEEDED"),
    (.notFound, 5, "NOT_FOUND"), (.alreadyExists, 6, "ALREADY_EXISTS"), (.permissionDenied, 7, "PERMISSION_DENIED"),
    (.resourceExhausted, 8, "RESOURCE_EXHAUSTED"), (.failedPrecondition, 9, "FAILED_PRECONDITION"),
    (.aborted, 10, "ABORTED"), (.outOfRange, 11, "OUT_OF_RANGE"), (.unimplemented, 12, "UNIMPLEMENTED"),
    (.internal, 13, "INTERNAL"), (.unavailable, 14, "UNAVAILABLE"), (.dataLoss, 15, "DATA_LOSS"),
    (.unauthenticated, 16, "UNAUTHENTICATED"),
  ]

  @Test("Every code has its number, name and wire value, and is found by both", arguments: codes)
  func codeTable(code: RPCError.Code, number: UInt8, name: String) {
    #expect(code.rawValue == number)
    #expect(code.description == name)
    #expect("\(code.grpcStatus)" == String(number))
    #expect(withBytes(of: String(number)) { RPCError.Code(grpcStatus: $0) } == code)
    #expect(RPCError.Code(name: name) == code)
    #expect(RPCError.Code(name: name.lowercased()) == code)
  }

  @Test("The list of codes is complete")
  func allCodes() {
    #expect(RPCError.Code.all == Self.codes.map(\.0))
  }

  @Test("An unknown number on the wire is UNKNOWN", arguments: ["17", "99", "255", "256", "9999999999"])
  func unknownNumbers(text: String) {
    #expect(withBytes(of: text) { RPCError.Code(grpcStatus: $0) } == .unknown)
  }

  @Test("What is not a number is no code", arguments: ["", "-1", "+1", " 1", "1 ", "OK", "1x", "99999999999", "0x1"])
  func notNumbers(text: String) {
    #expect(withBytes(of: text) { RPCError.Code(grpcStatus: $0) } == nil)
  }

  @Test("An unknown name is no code", arguments: ["", "FINE", "NOT FOUND", "CODE_17"])
  func unknownNames(name: String) {
    #expect(RPCError.Code(name: name) == nil)
  }

  @Test("A code outside the 17 is kept here and sent as UNKNOWN")
  func openCode() {
    let code = RPCError.Code(rawValue: 200)
    #expect(code.description == "CODE_200")
    #expect("\(code.grpcStatus)" == "2")
    #expect(code != .unknown)
  }

  struct Secret: Error, CustomStringConvertible {
    var description: String { "password=hunter2" }
  }

  @Test("The description shows the cause's type and neither its text nor metadata values")
  func safeDescription() throws {
    let metadata = try Metadata([("token", "hunter3")])
    let error = RPCError(code: .notFound, message: "no such product", metadata: metadata, cause: Secret())
    #expect(error.description == "NOT_FOUND: no such product (cause: Secret)")
    #expect(RPCError(code: .aborted, message: "").description == "ABORTED")
  }

  @Test("Control characters of a peer's message don't reach the log")
  func controlCharacters() {
    let error = RPCError(code: .unknown, message: "a\nb\u{1B}[31m\u{2028}c\u{202E}d ü")
    #expect(error.description == "UNKNOWN: a\u{FFFD}b\u{FFFD}[31m\u{FFFD}c\u{FFFD}d ü")
  }

  @Test("The description of an endless message ends")
  func longMessage() {
    let error = RPCError(code: .unknown, message: String(repeating: "ü", count: 10_000))
    #expect(error.description == "UNKNOWN: " + String(repeating: "ü", count: 256) + "…")
  }
}
