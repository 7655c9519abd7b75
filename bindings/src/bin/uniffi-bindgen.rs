//! Generates the Kotlin and Swift side from the built library, with the very version of uniffi that built it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
