//! Published vectors and another project's attacks, through the public wrappers of this crate. One binary; where a
//! set comes from is said at the head of its module or of its file in `vectors/`.
//!
//! RFC 9474's vectors need a key size that the public types refuse, so they are in `src/blind_rsa/tests.rs`.
#![expect(clippy::unwrap_used, reason = "a failure must stop the test where it happens, in helpers too")]

mod nist;
mod rfc6979;
mod rfc9380;
mod rfc9497;
mod rfc9591;
mod wycheproof_ecdh;
mod wycheproof_ecdsa;

use std::collections::BTreeMap;
use std::ops::Index;

use kodanik_crypto::group::{Affine, FixedBase, Point, Products, Scalar};

/// Bytes of hexadecimal text; an odd number of digits gets a leading zero.
fn hex(text: &str) -> Vec<u8> {
    let text = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// `None` where the text has more than 32 bytes, which no type of ours takes.
fn hex32(text: &str) -> Option<[u8; 32]> {
    hex(text).try_into().ok()
}

fn scalar(text: &str) -> Scalar {
    Scalar::from_slice(&hex(text)).unwrap()
}

/// A point in its compressed form.
fn point(text: &str) -> Point {
    Point::from_slice(&hex(text)).unwrap()
}

/// k times `base` by every way there is to multiply. The batch for uniformly random scalars may decline an edge case;
/// what it gives must be right.
fn multiples(k: &Scalar, base: Affine) -> Vec<Point> {
    let mut products = Products::new();
    products.push(*k, base);
    let prepared = FixedBase::new(base);
    let mut multiples = vec![
        Point::from(base) * k,
        Point::sum_of_products_vartime(&[(*k, Point::from(base))]),
        products.sum_vartime(),
        prepared.multiply(k),
    ];
    multiples.extend(prepared.multiply_all(&[*k]).iter().flatten().copied().map(Point::from));
    if let Some(short) = short(k) {
        let mut products = Products::new();
        products.push_short(short, false, base);
        multiples.push(products.sum_vartime());
        products.push_short(short, true, base);
        assert!(products.sum_vartime().is_identity());
    }
    multiples
}

/// A scalar below 2^128.
fn short(k: &Scalar) -> Option<u128> {
    let bytes = k.to_bytes();
    let low = u128::from_be_bytes(bytes[16..].try_into().unwrap());
    (Scalar::from_u128(low) == *k).then_some(low)
}

/// The compressed form of the point with these coordinates, whether it is on the curve or not.
fn compress(x: &[u8; 32], y: &[u8; 32]) -> [u8; 33] {
    let mut bytes = [0; 33];
    bytes[0] = 2 | (y[31] & 1);
    bytes[1..].copy_from_slice(x);
    bytes
}

fn uncompressed(x: &[u8; 32], y: &[u8; 32]) -> [u8; 65] {
    let mut bytes = [4; 65];
    bytes[1..33].copy_from_slice(x);
    bytes[33..].copy_from_slice(y);
    bytes
}

/// `bytes` with one bit changed, near the end.
fn flipped<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes[N - 3] ^= 4;
    bytes
}

/// `name = value` lines that belong together.
struct Record<'a>(BTreeMap<&'a str, &'a str>);

impl Index<&str> for Record<'_> {
    type Output = str;

    fn index(&self, name: &str) -> &str {
        self.0[name]
    }
}

/// The records of one section of a file, each ended by an empty line.
fn records<'a>(file: &'a str, section: &str) -> Vec<Record<'a>> {
    let start = file.find(section).unwrap() + section.len();
    let end = file[start..].find("\n[").map_or(file.len(), |at| start + at);
    let record = |text: &'a str| text.lines().filter_map(|line| line.split_once(" = ")).collect();
    file[start..end]
        .split("\n\n")
        .map(record)
        .filter(|lines: &BTreeMap<_, _>| !lines.is_empty())
        .map(Record)
        .collect()
}
