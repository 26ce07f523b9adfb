// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own targets. `FIYATRADARI_WARNINGS=allow` turns that off, to try a newer compiler.
let warnings: [SwiftSetting] =
  Context.environment["FIYATRADARI_WARNINGS"] == "allow" ? [] : [.treatAllWarnings(as: .error)]

/// Optimised builds leave out the run-time checks of exclusive access, which take a seventh of a call's time; debug and
/// sanitizer builds, and with them all tests, have them.
let unchecked: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// Every Swift target: Swift 6 mode, explicit import visibility, no warning.
let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + warnings + unchecked

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
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-service-context", from: "1.5.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // C libraries: a module map each, nothing else.
    systemLibrary("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    systemLibrary("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    systemLibrary("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev"),
    systemLibrary("CLibpq", pkgConfig: "libpq", apt: "libpq-dev"),
    .systemLibrary(name: "CGlibc", path: "Sources/Shared/C/CGlibc"),

    // zlib, for messages and for HTTP bodies.
    .target(
      name: "Compression", dependencies: ["CZlib", nioCore], path: "Sources/Shared/Compression", swiftSettings: strict),

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
        "HTTPTransport", "ProtobufBridge", "Compression", nioCore, nioPosix, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      path: "Sources/Shared/MeshRPC",
      swiftSettings: strict),
    .target(
      name: "MeshMessages", dependencies: ["CMeshMessages", "ProtobufBridge", "MeshRPC"],
      path: "Sources/Shared/MeshMessages", exclude: ["Generated/C"], swiftSettings: strict),

    // The services that every gRPC server offers: health and reflection.
    .target(
      name: "MeshStandardServices", dependencies: ["MeshRPC", "MeshMessages"],
      path: "Sources/Shared/MeshStandardServices", swiftSettings: strict),

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

    .executableTarget(
      name: "message-bench", dependencies: ["ProtobufBridge", "MeshMessages"], path: "Benchmarks/message-bench",
      swiftSettings: strict),

    // Tools.
    .target(
      name: "RPCTools",
      dependencies: ["HTTPTransport", "MeshRPC", nioCore, nioPosix, logging, argumentParser],
      path: "Sources/Tools/RPCTools", swiftSettings: strict),
    .executableTarget(
      name: "rpc-echo-server",
      dependencies: ["RPCTools", "MeshRPC", "MeshMessages", "HTTPTransport", logging, argumentParser],
      path: "Sources/Tools/rpc-echo-server", swiftSettings: strict),

    .target(
      name: "RPCInterop", dependencies: ["HTTPTransport", "MeshRPC", "MeshMessages", "MeshStandardServices"],
      path: "Sources/Tools/RPCInterop", swiftSettings: strict),
    .executableTarget(
      name: "rpc-interop-server",
      dependencies: [
        "RPCInterop", "RPCTools", "MeshRPC", "MeshStandardServices", "HTTPTransport", nioCore, logging, argumentParser,
      ],
      path: "Sources/Tools/rpc-interop-server", swiftSettings: strict),
    .executableTarget(
      name: "rpc-interop-client", dependencies: ["RPCInterop", "RPCTools", "MeshRPC", argumentParser],
      path: "Sources/Tools/rpc-interop-client", swiftSettings: strict),
    .executableTarget(
      name: "rpc-bench-client", dependencies: ["RPCTools", "MeshRPC", "MeshMessages", argumentParser],
      path: "Sources/Tools/rpc-bench-client", swiftSettings: strict),

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
      dependencies: [
        "MeshRPC", "MeshMessages", "RPCInterop", "HTTPTransport", "TestSupport", nioCore, nioPosix, logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MeshStandardServicesTests",
      dependencies: ["MeshStandardServices", "MeshRPC", "MeshMessages", "ProtobufBridge", nioCore, nioPosix],
      swiftSettings: strict),
    .testTarget(
      name: "ProtobufBridgeTests", dependencies: ["ProtobufBridge", "MeshMessages", "MeshRPC"],
      swiftSettings: strict),
    .testTarget(name: "ProtoGenTests", dependencies: ["ProtoGen"], swiftSettings: strict),

    // Redis.
    .target(
      name: "RedisClient",
      dependencies: [
        "CHiredis", nioCore, nioPosix, logging, .product(name: "DequeModule", package: "swift-collections"),
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
        argumentParser,
      ],
      path: "Sources/Tools/redis-bench",
      swiftSettings: strict),

    // What tests share: private servers, processes.
    .target(
      name: "TestSupport",
      dependencies: [nioCore, nioPosix],
      path: "Sources/Shared/TestSupport",
      swiftSettings: strict),

    .testTarget(
      name: "RedisClientTests",
      dependencies: ["RedisClient", nioCore, nioEmbedded],
      path: "Tests/RedisClientTests",
      swiftSettings: strict),
    .testTarget(
      name: "RedisIntegrationTests",
      dependencies: [
        "RedisClient", "TestSupport", nioCore, nioPosix, logging,
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ],
      path: "Tests/RedisIntegrationTests",
      swiftSettings: strict),

    // Where work stands in its trace.
    .target(name: "TraceContext", path: "Sources/Shared/TraceContext", swiftSettings: strict),
    .testTarget(name: "TraceContextTests", dependencies: ["TraceContext"], swiftSettings: strict),

    // Data.
    .target(
      name: "PostgresClient",
      dependencies: [
        "CLibpq", "TraceContext", nioCore, nioPosix, .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "Metrics", package: "swift-metrics"),
      ],
      path: "Sources/Shared/PostgresClient",
      swiftSettings: strict),
    .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient"], swiftSettings: strict),
    .testTarget(
      name: "PostgresIntegrationTests",
      dependencies: [
        "PostgresClient", "TestSupport", "TraceContext", nioCore, nioPosix,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "postgres-bench",
      dependencies: ["PostgresClient", "HTTPTransport", nioCore, nioPosix, argumentParser],
      path: "Sources/Tools/postgres-bench",
      swiftSettings: strict),

    // The test kit's own tests.
    .testTarget(
      name: "TestSupportIntegrationTests", dependencies: ["TestSupport"],
      swiftSettings: strict),

    // The client for shops, feeds, Telegram and webhooks.
    .target(
      name: "OutboundHTTP",
      dependencies: [
        "HTTPTransport", "Compression", "TraceContext", nioCore, nioPosix, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
      ],
      path: "Sources/Shared/OutboundHTTP", swiftSettings: strict),
    .testTarget(
      name: "OutboundHTTPTests",
      dependencies: [
        "OutboundHTTP", "HTTPTransport", "Compression", "TestSupport", "TraceContext", nioCore, nioPosix, logging,
      ],
      swiftSettings: strict),

    // Traces to an OTLP receiver, errors to Sentry.
    .target(
      name: "Telemetry",
      dependencies: [
        "OutboundHTTP", "TraceContext", nioCore, logging, .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      path: "Sources/Shared/Telemetry", swiftSettings: strict),
    .testTarget(
      name: "TelemetryTests", dependencies: ["Telemetry", "TraceContext", logging], swiftSettings: strict),

    // What every service stands on, and a small one that shows how.
    .target(
      name: "ServiceKit",
      dependencies: [
        "CGlibc", "HTTPTransport", "MeshRPC", "MeshMessages", "MeshStandardServices", "ProtobufBridge",
        "PostgresClient",
        "RedisClient", "OutboundHTTP", "Telemetry", "TraceContext", nioCore, nioPosix, logging,
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "ServiceContextModule", package: "swift-service-context"),
      ],
      path: "Sources/Shared/ServiceKit",
      swiftSettings: strict),
    .target(
      name: "SampleService", dependencies: ["ServiceKit", "MeshRPC", "MeshMessages", "PostgresClient"],
      path: "Tests/SampleService", exclude: ["Main"], resources: [.embedInCode("Migrations")], swiftSettings: strict),
    .executableTarget(
      name: "sample-service", dependencies: ["SampleService", "ServiceKit"], path: "Tests/SampleService/Main",
      swiftSettings: strict),
    .testTarget(
      name: "ServiceKitTests",
      dependencies: [
        "CGlibc", "ServiceKit", "HTTPTransport", "MeshRPC", "PostgresClient", "Telemetry", "TraceContext", logging,
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceKitIntegrationTests",
      dependencies: [
        "ServiceKit", "SampleService", "sample-service", "HTTPTransport", "MeshRPC", "MeshMessages", "ProtobufBridge",
        "PostgresClient", "TestSupport", nioCore, nioPosix, logging,
      ],
      swiftSettings: strict),

    // The edge gateway.
    systemLibrary("CXXHash", pkgConfig: "libxxhash", apt: "libxxhash-dev"),
    .target(
      name: "EdgeGateway",
      dependencies: [
        "CXXHash", "ServiceKit", "HTTPTransport", "MeshRPC", "MeshMessages", "ProtobufBridge", "Sodium", nioCore,
        logging,
        "Compression", "CSVText", "EventLog", "EventLogRPC", "ImportTable", "OutboundHTTP", "PostgresClient",
        "RedisClient", "Telemetry", "TraceContext", nioPosix,
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Sources/EdgeGateway", exclude: ["Main"],
      resources: [.embedInCode("Storage/Migrations"), .embedInCode("Web/Assets")], swiftSettings: strict),
    .executableTarget(
      name: "edge-gateway", dependencies: ["EdgeGateway", "ServiceKit"], path: "Sources/EdgeGateway/Main",
      swiftSettings: strict),
    .testTarget(
      name: "EdgeGatewayTests",
      dependencies: [
        "EdgeGateway", "ServiceKit", "HTTPTransport", "MeshRPC", "MeshMessages", "ProtobufBridge", "Sodium", nioCore,
        nioPosix, nioEmbedded, logging, .product(name: "HTTPTypes", package: "swift-http-types"),
        "TraceContext", "PostgresClient", "RedisClient", "OutboundHTTP", "EventLog", "Compression", "ImportTable",
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EdgeGatewayIntegrationTests",
      dependencies: [
        "EdgeGateway", "HTTPTransport", "MeshMessages", "MeshRPC", "OutboundHTTP", "PostgresClient", "ProtobufBridge",
        "RedisClient", "ServiceKit", "Sodium", "TestSupport", nioCore, nioPosix, logging,
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict),

    // How prices are seen: text, pages, feeds; and a market to look at.
    systemLibrary("CLibxml2", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
    .target(name: "CSVText", path: "Sources/Shared/CSVText", swiftSettings: strict),
    .target(
      name: "ImportTable", dependencies: ["CSVText", "MeshMessages", "ProtobufBridge"],
      path: "Sources/Shared/ImportTable", swiftSettings: strict),
    .target(
      name: "PricingService",
      dependencies: [
        "CLibxml2", "CSVText", "OutboundHTTP", "EventLog", "EventLogRPC", "ServiceKit", "MeshRPC", "MeshMessages",
        "ProtobufBridge", "PostgresClient", "Telemetry", "TraceContext", nioCore, nioPosix, logging,
        .product(name: "CoreMetrics", package: "swift-metrics"), .product(name: "Metrics", package: "swift-metrics"),
      ],
      path: "Sources/PricingService", exclude: ["Main"], resources: [.embedInCode("Storage/Migrations")],
      swiftSettings: strict),
    .target(
      name: "MarketSim",
      dependencies: [
        "HTTPTransport", nioCore, nioPosix, logging, .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Sources/Tools/market-sim", exclude: ["Main"], swiftSettings: strict),
    .executableTarget(
      name: "market-sim", dependencies: ["MarketSim", nioCore, nioPosix, logging, argumentParser],
      path: "Sources/Tools/market-sim/Main", swiftSettings: strict),
    .testTarget(name: "CSVTextTests", dependencies: ["CSVText"], swiftSettings: strict),
    .testTarget(
      name: "PricingSourcesTests", dependencies: ["PricingService", "CSVText", "OutboundHTTP"],
      swiftSettings: strict),
    .testTarget(
      name: "MarketSimTests",
      dependencies: ["MarketSim", "PricingService", "OutboundHTTP", "CSVText", nioCore, nioPosix, logging],
      swiftSettings: strict),

    // Events between services.
    .target(
      name: "EventLog",
      dependencies: [
        "PostgresClient", logging, .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "CoreMetrics", package: "swift-metrics"), .product(name: "Metrics", package: "swift-metrics"),
      ],
      path: "Sources/Shared/EventLog", swiftSettings: strict),
    .target(
      name: "EventLogRPC",
      dependencies: ["EventLog", "MeshMessages", "MeshRPC", "PostgresClient", "ProtobufBridge"],
      path: "Sources/Shared/EventLogRPC", swiftSettings: strict),

    .testTarget(
      name: "EventLogTests",
      dependencies: ["EventLog", "EventLogRPC", "MeshMessages", "MeshRPC", "PostgresClient"], swiftSettings: strict),
    .testTarget(
      name: "EventLogIntegrationTests",
      dependencies: [
        "EventLog", "EventLogRPC", "HTTPTransport", "MeshMessages", "MeshRPC", "PostgresClient", "ProtobufBridge",
        "TestSupport", nioCore, nioPosix, logging,
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ],
      swiftSettings: strict),

    // The catalogue.
    .target(
      name: "CatalogService",
      dependencies: [
        "EventLog", "EventLogRPC", "MeshMessages", "MeshRPC", "OutboundHTTP", "PostgresClient", "ProtobufBridge",
        "ServiceKit",
      ],
      path: "Sources/CatalogService", exclude: ["Main"], resources: [.embedInCode("Storage/Migrations")],
      swiftSettings: strict),
    .executableTarget(
      name: "catalog-service", dependencies: ["CatalogService", "ServiceKit"], path: "Sources/CatalogService/Main",
      swiftSettings: strict),
    .testTarget(
      name: "CatalogServiceTests",
      dependencies: ["CatalogService", "EventLog", "MeshMessages", "OutboundHTTP", "ServiceKit"],
      swiftSettings: strict),
    .testTarget(
      name: "CatalogIntegrationTests",
      dependencies: [
        "CatalogService", "EventLog", "MeshMessages", "MeshRPC", "PostgresClient", "ProtobufBridge", "ServiceKit",
        "TestSupport", nioCore, nioPosix,
      ],
      swiftSettings: strict),

    // Secrets: authenticated encryption, HMAC, random bytes.
    systemLibrary("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
    .target(name: "Sodium", dependencies: ["CSodium"], path: "Sources/Shared/Sodium", swiftSettings: strict),
    .testTarget(name: "SodiumTests", dependencies: ["Sodium"], swiftSettings: strict),

    // The notifier.
    .target(
      name: "NotifierService",
      dependencies: [
        "ServiceKit", "MeshRPC", "MeshMessages", "ProtobufBridge", "PostgresClient", "EventLog", "OutboundHTTP",
        "Sodium", "Telemetry", "TraceContext", nioCore, nioPosix, logging,
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      path: "Sources/NotifierService", exclude: ["Main"], resources: [.embedInCode("Storage/Migrations")],
      swiftSettings: strict),
    .executableTarget(
      name: "notifier-service", dependencies: ["NotifierService", "ServiceKit"], path: "Sources/NotifierService/Main",
      swiftSettings: strict),
    .testTarget(
      name: "NotifierServiceTests",
      dependencies: ["NotifierService", "MeshMessages", "MeshRPC", "ProtobufBridge", "ServiceKit"],
      swiftSettings: strict),
    .testTarget(
      name: "NotifierIntegrationTests",
      dependencies: [
        "NotifierService", "ServiceKit", "EventLog", "HTTPTransport", "MeshRPC", "MeshMessages", "ProtobufBridge",
        "PostgresClient", "OutboundHTTP", "TestSupport", "MarketSim", nioCore, nioPosix, logging,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),

    // Pricing.
    .executableTarget(
      name: "pricing-service", dependencies: ["PricingService", "ServiceKit"], path: "Sources/PricingService/Main",
      swiftSettings: strict),
    .testTarget(
      name: "PricingServiceTests",
      dependencies: ["PricingService", "EventLog", "MeshRPC", "PostgresClient", "ServiceKit"],
      swiftSettings: strict),
    .testTarget(
      name: "PricingIntegrationTests",
      dependencies: [
        "PricingService", "EventLog", "MeshRPC", "MeshMessages", "ProtobufBridge", "PostgresClient", "TestSupport",
        nioCore, nioPosix,
      ],
      swiftSettings: strict),

    // The command line.
    .target(
      name: "FiyatCommands",
      dependencies: [
        "CSVText", "Compression", "EdgeGateway", "HTTPTransport", "ImportTable", "MeshMessages", "MeshRPC",
        "OutboundHTTP",
        "PostgresClient", "PricingService", "ProtobufBridge", "RPCTools", "ServiceKit", nioCore, nioPosix,
        argumentParser, .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      path: "Sources/Tools/fiyat", exclude: ["Main"], swiftSettings: strict),
    .executableTarget(
      name: "fiyat", dependencies: ["FiyatCommands", argumentParser], path: "Sources/Tools/fiyat/Main",
      swiftSettings: strict),
    .testTarget(
      name: "FiyatTests",
      dependencies: [
        "CSVText", "FiyatCommands", "HTTPTransport", "ImportTable", "MeshMessages", "MeshRPC", nioCore, argumentParser,
      ],
      swiftSettings: strict),

    // Fills a mesh for `make bench-mesh`.
    .executableTarget(
      name: "mesh-fill", dependencies: ["RPCTools", "MeshRPC", "MeshMessages", argumentParser],
      path: "Benchmarks/mesh/fill", swiftSettings: strict),
  ]
)

// The sanitizers look at what wraps C: a build without the rest takes half the time.
if Context.environment["FIYATRADARI_PARTS"] == "c-wrappers" {
  let others: Set = [
    "EdgeGateway", "edge-gateway", "EdgeGatewayTests", "EdgeGatewayIntegrationTests", "MarketSim", "market-sim",
    "MarketSimTests", "CatalogService", "catalog-service", "CatalogServiceTests", "CatalogIntegrationTests",
    "NotifierService", "notifier-service", "NotifierServiceTests", "NotifierIntegrationTests", "pricing-service",
    "PricingServiceTests", "PricingIntegrationTests", "FiyatCommands", "fiyat", "FiyatTests",
    "message-bench", "rpc-bench-client", "rpc-echo-server", "rpc-interop-server", "rpc-interop-client", "redis-bench",
    "postgres-bench", "mesh-fill",
  ]
  package.targets.removeAll { others.contains($0.name) }
}

// Fuzz targets need libFuzzer and an entry of their own, so they exist only when `dev/fuzz.sh` asks for them.
if Context.environment["FIYATRADARI_FUZZ"] == "1" {
  func fuzzTarget(_ name: String, folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
      name: name, dependencies: dependencies + ["Fuzzer"], path: "Fuzz/\(folder)", exclude: ["corpus"],
      swiftSettings: strict)
  }
  package.targets += [
    .target(name: "CFuzzer", path: "Fuzz/CFuzzer"),
    .target(name: "Fuzzer", dependencies: ["CFuzzer"], path: "Fuzz/Driver", swiftSettings: strict),
    fuzzTarget("fuzz-http2-input", folder: "HTTP2Input", ["HTTPTransport", nioCore, nioEmbedded]),
    fuzzTarget("fuzz-grpc-framing", folder: "GRPCFraming", ["MeshRPC", "HTTPTransport", nioCore]),
    fuzzTarget("fuzz-protobuf-unpack", folder: "ProtobufUnpack", ["MeshMessages", "ProtobufBridge"]),
    fuzzTarget("fuzz-json-input", folder: "JSONInput", ["MeshMessages", "ProtobufBridge"]),
    fuzzTarget("fuzz-html", folder: "HTML", ["PricingService"]),
    fuzzTarget("fuzz-csv", folder: "CSV", ["PricingService", "CSVText"]),
    fuzzTarget("fuzz-price-text", folder: "PriceText", ["PricingService"]),
  ]
}
