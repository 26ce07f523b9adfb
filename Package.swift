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
    systemLibrary("CLibpq", pkgConfig: "libpq", apt: "libpq-dev"),

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

    // Data.
    .target(
      name: "PostgresClient",
      dependencies: ["CLibpq", nioCore, nioPosix, .product(name: "Metrics", package: "swift-metrics")],
      path: "Sources/Shared/PostgresClient",
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: [nioCore, nioPosix],
      path: "Sources/Shared/TestSupport",
      swiftSettings: strict),
    .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient"], swiftSettings: strict),
    .testTarget(
      name: "PostgresIntegrationTests",
      dependencies: ["PostgresClient", "TestSupport", nioCore, nioPosix],
      swiftSettings: strict),
  ]
)
