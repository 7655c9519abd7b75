//! What a fuzzer's bytes are held against: one module for each target, named like it.
//!
//! A module's `check` takes an input and panics where a property does not hold; its `seeds` are the inputs to begin with, made
//! from the vectors. The bytes before the text (the "head") choose who reads it: which election, which state, which parser.
//!
//! Where to start: [`ballot`], then [`mutate`], which changes a text without breaking its form.
#![forbid(unsafe_code)]

pub mod ballot;
pub mod checkpoint;
pub mod codes;
pub mod entry;
pub mod identity;
pub mod logs;
pub mod manifest;
pub mod mutate;
pub mod receipt;
pub mod replay;
pub mod services;
pub mod share;
pub mod signing;
pub mod token;
pub mod vectors;

/// An input with its name.
pub type Seed = (String, Vec<u8>);

/// What makes the inputs to begin with.
pub type Seeds = fn() -> Vec<Seed>;

/// Every target and its seeds.
pub const TARGETS: [(&str, Seeds); 11] = [
    ("ballot", ballot::seeds),
    ("checkpoint", checkpoint::seeds),
    ("codes", codes::seeds),
    ("entry", entry::seeds),
    ("identity", identity::seeds),
    ("manifest", manifest::seeds),
    ("receipt", receipt::seeds),
    ("replay", replay::seeds),
    ("services", services::seeds),
    ("share", share::seeds),
    ("token", token::seeds),
];

/// An input of this head and text.
fn seed(name: impl Into<String>, head: &[u8], text: impl AsRef<[u8]>) -> Seed {
    (name.into(), [head, text.as_ref()].concat())
}

/// The first `N` bytes and the rest.
fn split<const N: usize>(data: &[u8]) -> Option<(&[u8; N], &[u8])> {
    data.split_first_chunk()
}
