#!/usr/bin/env bash
# The core for iPhone and simulator, as KodanikKit/kodanikFFI.xcframework, and the bindings that go with it. On a Mac with
# Xcode, and the targets: rustup target add aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -s)" != Darwin ]; then
    echo "Only on a Mac: the core brings SQLite and a TLS library, whose C is compiled with Xcode's clang and Apple's SDK." >&2
    exit 1
fi

profile=mobile
out=ios/KodanikKit/kodanikFFI.xcframework
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# The deployment target of the package, for the C too.
export IPHONEOS_DEPLOYMENT_TARGET=17.0
for triple in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios; do
    # One crate type: with all of them there is no link-time optimisation (docs/size.md).
    cargo rustc -p kodanik-ffi --lib --crate-type staticlib --profile "$profile" --target "$triple"
done

# From the same sources, built for this machine: what is stripped and optimised says less about itself. Both sides compare
# checksums of every call when the app starts.
bindings/generate swift "$made/swift" >/dev/null
mkdir -p ios/KodanikKit/Sources/KodanikBindings "$made/headers"
cp "$made/swift/KodanikBindings.swift" ios/KodanikKit/Sources/KodanikBindings/
cp "$made/swift/kodanikFFI.h" "$made/headers/"
cat > "$made/headers/module.modulemap" <<'MAP'
module kodanikFFI {
    header "kodanikFFI.h"
    export *
}
MAP

lipo -create "$target/aarch64-apple-ios-sim/$profile/libkodanik_ffi.a" "$target/x86_64-apple-ios/$profile/libkodanik_ffi.a" \
    -output "$made/libkodanik_ffi.a"
rm -rf "$out"
xcodebuild -create-xcframework \
    -library "$target/aarch64-apple-ios/$profile/libkodanik_ffi.a" -headers "$made/headers" \
    -library "$made/libkodanik_ffi.a" -headers "$made/headers" \
    -output "$out"
du -sh "$out"
