import Testing

@testable import MeshRPC

@Suite("Compression algorithms")
struct CompressionAlgorithmTests {
  @Test("Names are read and written", arguments: zip(CompressionAlgorithm.allCases, ["identity", "gzip", "deflate"]))
  func names(algorithm: CompressionAlgorithm, name: String) throws {
    #expect("\(algorithm.name)" == name)
    let read = try withBytes(of: name) { try CompressionAlgorithm(grpcEncoding: $0) }
    #expect(read == algorithm)
  }

  @Test(
    "An unknown encoding fails with UNIMPLEMENTED and names those accepted",
    arguments: [
      "", "br", "GZIP", "gzip ", "snappy", "gzip,deflate",
    ])
  func unknown(name: String) {
    let error = #expect(throws: RPCError.self) {
      _ = try withBytes(of: name) { try CompressionAlgorithm(grpcEncoding: $0) }
    }
    #expect(error?.code == .unimplemented)
    #expect(error?.message == "unsupported grpc-encoding; accepted are identity,deflate,gzip")
  }

  @Test("A known encoding that is switched off fails with UNIMPLEMENTED, identity never")
  func switchedOff() throws {
    let error = #expect(throws: RPCError.self) {
      _ = try withBytes(of: "deflate") { try CompressionAlgorithm(grpcEncoding: $0, accepted: .gzip) }
    }
    #expect(error?.code == .unimplemented)
    #expect(error?.message == "unsupported grpc-encoding; accepted are identity,gzip")
    let identity = try withBytes(of: "identity") { try CompressionAlgorithm(grpcEncoding: $0, accepted: .identity) }
    #expect(identity == .identity)
  }

  @Test(
    "grpc-accept-encoding is read, unknown names passed over",
    arguments: [
      ("", CompressionSet.identity), ("identity", .identity), ("gzip", .gzip), ("identity,deflate,gzip", .all),
      ("deflate , gzip", .all), ("br, gzip;q=1", .identity), ("zstd,\tgzip ", .gzip), (",,", .identity),
      ("deflate", .deflate),
    ])
  func accept(value: String, set: CompressionSet) {
    #expect(withBytes(of: value) { CompressionSet(grpcAcceptEncoding: $0) } == set)
  }

  @Test(
    "grpc-accept-encoding comes back as it was written",
    arguments: [
      CompressionSet.identity, .gzip, .deflate, .all,
    ])
  func acceptRoundTrip(set: CompressionSet) {
    #expect(withBytes(of: "\(set.acceptEncoding)") { CompressionSet(grpcAcceptEncoding: $0) } == set)
    #expect(set.contains(CompressionAlgorithm.identity))
  }
}
