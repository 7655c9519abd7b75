#![no_main]

use kodanik_fuzz::{checkpoint, mutate::mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| checkpoint::check(data));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, checkpoint::HEAD, fuzzer_mutate)
});
