// swift-tools-version: 6.0
// The wallet for a shell in Swift: the core's bindings, and presenters over them. ../README.md says how it is built.
import PackageDescription

#if os(Linux)
    // The core as a shared library, for tests: ../check/run.
    let core: Target = .systemLibrary(name: "kodanikFFI")
    let onLinux: [Target] = [
        .systemLibrary(name: "CTestSupport", path: "Tests/CTestSupport"),
        .testTarget(name: "KodanikKitTests", dependencies: ["KodanikKit", "PlatformContract", "CTestSupport"]),
    ]
#else
    // The core as a static library for phone and simulator: ../build-xcframework.sh.
    let core: Target = .binaryTarget(name: "kodanikFFI", path: "kodanikFFI.xcframework")
    let onLinux: [Target] = []
#endif

let package = Package(
    name: "KodanikKit",
    platforms: [.iOS(.v17)],
    products: [
        .library(name: "KodanikKit", targets: ["KodanikKit", "KodanikBindings"]),
        .library(name: "PlatformContract", targets: ["PlatformContract"]),
    ],
    targets: [
        core,
        // Generated. What it makes of asynchronous foreign traits is not Swift 6.
        .target(
            name: "KodanikBindings",
            dependencies: ["kodanikFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            // The core asks the system whom it trusts for TLS.
            linkerSettings: [.linkedFramework("Security", .when(platforms: [.iOS]))]
        ),
        .target(name: "KodanikKit", dependencies: ["KodanikBindings"]),
        // What a platform's keys and secrets must do: run here on test doubles, on a phone on its own.
        .target(name: "PlatformContract", dependencies: ["KodanikBindings"]),
    ] + onLinux,
    swiftLanguageModes: [.v6]
)
