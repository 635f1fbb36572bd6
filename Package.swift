// swift-tools-version: 6.2

import PackageDescription

let nio = "swift-nio"
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let http1: [Target.Dependency] = [
    .product(name: "NIOCore", package: nio),
    .product(name: "NIOPosix", package: nio),
    .product(name: "NIOHTTP1", package: nio),
]

let package = Package(
    name: "ferry",
    products: [
        .executable(name: "ferryd", targets: ["ferryd"]),
        .executable(name: "ferryctl", targets: ["ferryctl"]),
        .executable(name: "ferry-sandbox", targets: ["ferry-sandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The C library's allocator.
        .target(name: "CAllocator", cSettings: [.treatAllWarnings(as: .error)]),
        // What Swift does not see of the C library.
        .target(name: "CClock", cSettings: [.treatAllWarnings(as: .error)]),

        // C libraries: module maps and typed shims, nothing else.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMD4C", pkgConfig: "md4c", providers: [.apt(["libmd4c-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Of which only the header is wanted.
        .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),

        // The nouns, the ports and the pure rules.
        .target(name: "FerryCore", dependencies: ["CXXHash"]),

        // The parts behind the ports.
        .target(name: "FerryJSON", dependencies: ["FerryCore"]),
        .target(
            name: "FerryTransforms",
            dependencies: ["FerryCore", "FerryJSON", "CMD4C"],
            exclude: ["Slug/generate-table.py"]
        ),
        .target(name: "FerryConfiguration", dependencies: ["FerryCore", "Yams"]),
        .target(name: "FerryHTTP", dependencies: ["CCurl"]),
        .target(
            name: "FerryServices",
            dependencies: ["FerryCore", "FerryJSON", "FerryHTTP", crypto],
            resources: [.embedInCode("Descriptions")]
        ),
        .target(name: "FerrySQLite", dependencies: ["CSQLite"]),
        .target(name: "FerryStores", dependencies: ["FerryCore", "FerryJSON", "FerrySQLite"]),
        .target(name: "FerryLedger", dependencies: ["FerryCore", "FerrySQLite", grdb]),
        .target(name: "FerryEngine", dependencies: ["FerryCore", logging]),

        // The socket and the programs.
        .target(name: "FerryAPI", dependencies: ["FerryCore"]),
        .target(name: "FerryServer", dependencies: ["FerryAPI", "FerryCore", logging] + http1),
        .target(
            name: "FerryDaemon",
            dependencies: [
                "FerryAPI", "FerryConfiguration", "FerryCore", "FerryEngine", "FerryHTTP", "FerryJSON", "FerryLedger",
                "FerrySQLite", "FerryServer", "FerryServices", "FerryStores", "FerryTransforms", "CAllocator",
                "CClock", "CSystemd",
                logging, serviceLifecycle, unixSignals,
            ]
        ),
        .executableTarget(
            name: "ferryd",
            dependencies: [
                "CAllocator", "CSQLite", "FerryAPI", "FerryCore", "FerryDaemon", argumentParser, logging,
            ]
        ),
        .executableTarget(
            name: "ferryctl",
            dependencies: [
                "FerryAPI", "FerryConfiguration", "FerryCore", "FerryHTTP", "FerryJSON", "FerryServices",
                "FerryTransforms", "CClock", argumentParser,
            ],
            // A link to those that are installed: what 'init' writes is what people can read there.
            resources: [.embedInCode("Examples")]
        ),

        // The services in miniature, for the demo, the tests and trying a configuration offline.
        .target(name: "FerrySandbox", dependencies: ["CZlib", crypto] + http1),
        .executableTarget(name: "ferry-sandbox", dependencies: ["FerrySandbox", argumentParser]),
        .target(
            name: "FerryTesting",
            dependencies: ["FerryAPI", "FerryCore", "FerryHTTP", "FerrySandbox"]
        ),

        // Tests mirror the targets; the last two drive the real programs.
        .testTarget(
            name: "FerryCoreTests",
            dependencies: ["FerryCore", "FerryTesting"],
            exclude: ["Schedules/generate-cron-table.py"]
        ),
        .testTarget(name: "FerryJSONTests", dependencies: ["FerryCore", "FerryJSON"]),
        .testTarget(
            name: "FerryTransformsTests",
            dependencies: ["FerryCore", "FerryTransforms"],
            resources: [.copy("Resources")]
        ),
        .testTarget(
            name: "FerryConfigurationTests",
            dependencies: ["FerryConfiguration", "FerryCore", "FerryTransforms"]
        ),
        .testTarget(name: "FerryHTTPTests", dependencies: ["FerryHTTP"]),
        .testTarget(
            name: "FerryServicesTests",
            dependencies: ["FerryCore", "FerryHTTP", "FerryJSON", "FerryServices", crypto]
        ),
        .testTarget(name: "FerrySQLiteTests", dependencies: ["FerrySQLite"]),
        .testTarget(name: "FerryStoresTests", dependencies: ["FerryCore", "FerryJSON", "FerrySQLite", "FerryStores"]),
        .testTarget(name: "FerryLedgerTests", dependencies: ["FerryCore", "FerryLedger", "FerrySQLite", grdb]),
        .testTarget(name: "FerryAPITests", dependencies: ["FerryAPI", "FerryCore"]),
        .testTarget(name: "FerryServerTests", dependencies: ["FerryAPI", "FerryCore", "FerryServer", logging]),
        .testTarget(
            name: "FerryDaemonTests",
            dependencies: ["FerryCore", "FerryDaemon", "FerryEngine", "FerryTesting", logging]
        ),
        .testTarget(name: "FerryctlTests", dependencies: ["FerryAPI", "FerryJSON", "FerryTesting", "ferryctl"]),
        .testTarget(name: "FerrySandboxTests", dependencies: ["FerrySandbox", crypto]),
        .testTarget(
            name: "FerryEngineTests",
            dependencies: [
                "FerryCore", "FerryEngine", "FerryLedger", "FerryStores", "FerryTesting", "FerryTransforms", logging,
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "FerryCore", "FerryEngine", "FerryLedger", "FerryStores", "FerryTesting", "FerryTransforms", logging,
            ]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "FerryAPI", "FerryCore", "FerryHTTP", "FerryJSON", "FerrySQLite", "FerrySandbox", "FerryTesting",
                "ferryctl", "ferryd", "ferry-sandbox",
            ],
            exclude: [
                "Prometheus/ferry.rules.test.yaml", "Services/check-posthog.py", "Services/check-search-console.py",
            ]
        ),
        .testTarget(
            name: "FaultTests",
            dependencies: [
                "FerryAPI", "FerryCore", "FerryHTTP", "FerryJSON", "FerrySQLite", "FerrySandbox", "FerryTesting",
                "ferryd",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// What libFuzzer runs has another main function: only `make fuzz` builds it.
if Context.environment["FERRY_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "ferry-fuzz",
            dependencies: [
                "CLibFuzzer", "FerryAPI", "FerryConfiguration", "FerryCore", "FerryJSON", "FerryServer",
                "FerryTransforms", logging,
            ],
            path: "Tests/Fuzz/Sources"
        ),
    ]
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
