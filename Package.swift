// swift-tools-version: 6.1
import PackageDescription

/// Every Swift target: Swift 6 mode, explicit import visibility, warnings are errors in CI (`make build`).
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/Shared/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "fiyatradari",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // C libraries: a module map each, nothing else.
    systemLibrary("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    systemLibrary("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),

    // The mesh's runtime.
    .target(
      name: "HTTPTransport",
      dependencies: [
        "CNghttp2", nioCore, nioPosix, logging,
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Sources/Shared/HTTPTransport",
      swiftSettings: strict),
    // Messages: protobuf-c underneath, Swift values above.
    .target(
      name: "ProtobufBridge", dependencies: ["CProtobufC"], path: "Sources/Shared/ProtobufBridge",
      swiftSettings: strict),
    .target(
      name: "CMeshMessages", dependencies: ["CProtobufC"], path: "Sources/Shared/MeshMessages/Generated/C"),
    .target(
      name: "MeshRPC",
      dependencies: [
        "HTTPTransport", "ProtobufBridge", "CZlib", nioCore, nioPosix, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Sources/Shared/MeshRPC",
      swiftSettings: strict),
    .target(
      name: "MeshMessages", dependencies: ["CMeshMessages", "ProtobufBridge", "MeshRPC"],
      path: "Sources/Shared/MeshMessages", exclude: ["Generated/C"], swiftSettings: strict),

    // The generator of messages and stubs: `dev/generate.sh`.
    .target(
      name: "CProtoDescriptor", dependencies: ["CProtobufC"], path: "Sources/Tools/proto-gen/CDescriptor"),
    .target(
      name: "ProtoGen", dependencies: ["CProtoDescriptor"], path: "Sources/Tools/proto-gen",
      exclude: ["CDescriptor", "Main"], swiftSettings: strict),
    .executableTarget(
      name: "proto-gen",
      dependencies: ["ProtoGen", argumentParser],
      path: "Sources/Tools/proto-gen/Main", swiftSettings: strict),

    // Tools.
    .target(
      name: "RPCTools",
      dependencies: ["HTTPTransport", nioCore, nioPosix, logging, argumentParser],
      path: "Sources/Tools/RPCTools", swiftSettings: strict),
    .executableTarget(
      name: "rpc-echo-server",
      dependencies: ["RPCTools", "MeshRPC", "MeshMessages", "HTTPTransport", logging, argumentParser],
      path: "Sources/Tools/rpc-echo-server", swiftSettings: strict),

    // Tests.
    .testTarget(
      name: "HTTPTransportTests",
      dependencies: [
        "HTTPTransport", nioCore, nioPosix, nioEmbedded, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MeshRPCTests",
      dependencies: ["MeshRPC", "HTTPTransport", nioCore, nioPosix],
      swiftSettings: strict),
    .testTarget(
      name: "ProtobufBridgeTests", dependencies: ["ProtobufBridge", "MeshMessages", "MeshRPC"],
      swiftSettings: strict),
    .testTarget(name: "ProtoGenTests", dependencies: ["ProtoGen"], swiftSettings: strict),
  ]
)
