//! Bytes that are the same every time.

use kodanik_crypto::transcript::labelled_sha256;
use rand_core::{CryptoRng, Error, RngCore};

/// SHA-256 in counter mode over a name. Everybody can compute it: for test data and nothing else. It claims to be a
/// [`CryptoRng`] because what is tested asks for one.
pub struct TestRng {
    name: String,
    counter: u64,
    rest: Vec<u8>,
}

impl TestRng {
    /// The bytes of this name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), counter: 0, rest: Vec::new() }
    }
}

impl RngCore for TestRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        while self.rest.len() < out.len() {
            let block =
                labelled_sha256("test randomness", &[self.name.as_bytes(), &self.counter.to_be_bytes()]);
            self.rest.extend(block);
            self.counter += 1;
        }
        let later = self.rest.split_off(out.len());
        out.copy_from_slice(&self.rest);
        self.rest = later;
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for TestRng {}
