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
    systemLibrary("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev"),

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

    // Redis.
    .target(
      name: "RedisClient",
      dependencies: [
        "CHiredis", nioCore, nioPosix, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      path: "Sources/Shared/RedisClient",
      swiftSettings: strict),
    .executableTarget(
      name: "redis-bench",
      dependencies: [
        "RedisClient", "HTTPTransport", nioCore, nioPosix,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Tools/redis-bench",
      swiftSettings: strict),

    // What tests share: private servers, processes.
    .target(
      name: "TestSupport",
      dependencies: [],
      path: "Sources/Shared/TestSupport",
      swiftSettings: strict),

    .testTarget(
      name: "RedisClientTests",
      dependencies: ["RedisClient", nioCore, nioEmbedded],
      path: "Tests/RedisClientTests",
      swiftSettings: strict),
    .testTarget(
      name: "RedisIntegrationTests",
      dependencies: ["RedisClient", "TestSupport", nioCore, nioPosix, logging],
      path: "Tests/RedisIntegrationTests",
      swiftSettings: strict),
  ]
)
