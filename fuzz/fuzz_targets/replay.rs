#![no_main]

use kodanik_fuzz::{mutate::mutate, replay};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| replay::check(data));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, replay::HEAD, fuzzer_mutate)
});
