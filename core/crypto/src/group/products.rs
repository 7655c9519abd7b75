//! Sums of products of public scalars and points.

use super::digits::bits;
use super::field::FieldElement;
use super::inversion::Inverter;
use super::{Affine, Point, Scalar};

/// So many points may wait in buckets at once, where one window's do not exceed that alone: 4 MiB.
const POINTS_AT_ONCE: usize = 1 << 16;
/// So many additions share an inversion: more would leave the cache.
const ADDITIONS_AT_ONCE: usize = 512;
/// Bits beyond a scalar's own so that its signed digits reach it.
const SIGNED: usize = 2;

/// A sum of `scalar * point` to be taken at once: what a verification boils down to. Scalars of 128 bits (random
/// weights) are kept apart, because they cost half. Variable time: for public data only.
#[derive(Clone, Debug, Default)]
pub struct Products {
    full: Vec<(Scalar, Affine)>,
    short: Vec<(u128, Affine)>,
}

impl Products {
    /// The empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `scalar * point`.
    pub fn push(&mut self, scalar: Scalar, point: Affine) {
        self.full.push((scalar, point));
    }

    /// Adds `magnitude * point`, or takes it off if `negative`.
    pub fn push_short(&mut self, magnitude: u128, negative: bool, point: Affine) {
        self.short.push((magnitude, if negative { -point } else { point }));
    }

    /// Adds all terms of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.full.append(&mut other.full);
        self.short.append(&mut other.short);
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.full.len() + self.short.len()
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum. Variable time: for public data only. Right for every input, equal and opposite points included.
    ///
    /// Pippenger's algorithm with signed digits: in each window, points with the same digit are added up; what they
    /// count is then settled bit by bit. All these additions are affine and share their inversions.
    pub fn sum_vartime(&self) -> Point {
        self.sum_with_window_vartime(window_for(self.full.len(), self.short.len()))
    }

    pub(super) fn sum_with_window_vartime(&self, width: usize) -> Point {
        let terms = Terms::new(self, width);
        let mut by_bit = vec![None; width * terms.windows];
        let mut adder = Adder::default();
        let mut start = 0;
        while start < terms.windows {
            let end = terms.group_end(start);
            let mut buckets = terms.buckets(start, end);
            adder.merge(&mut buckets);
            adder.settle(buckets, width, &mut by_bit[width * start..width * end]);
            start = end;
        }
        by_bit.iter().rev().fold(Point::IDENTITY, |sum, point| {
            let twice = sum.double();
            point.map_or(twice, |point| twice.add_affine(&point))
        })
    }
}

/// The width with the least additions to be expected. A bucket in use saves one addition and costs two to settle, which
/// leaves one; a place of a bit costs about as much as four.
fn window_for(full: usize, short: usize) -> usize {
    let cost = |width: &usize| {
        let windows = |bits: usize| (bits + SIGNED).div_ceil(*width);
        let (all, low) = (windows(256), windows(128));
        let buckets = |terms: usize| (1 << (width - 1)).min(terms);
        full * all + short * low + buckets(full + short) * low + buckets(full) * (all - low)
    };
    (2..=15).min_by_key(cost).unwrap_or(4)
}

/// The terms with their scalars raised so far that the digits become signed: digit i is what the raised scalar has in
/// window i, less 2^(width - 1).
struct Terms<'a> {
    products: &'a Products,
    raised: Vec<[u64; 5]>,
    width: usize,
    windows: usize,
    short_windows: usize,
}

impl<'a> Terms<'a> {
    fn new(products: &'a Products, width: usize) -> Self {
        let count = |terms: usize, bits: usize| if terms == 0 { 0 } else { (bits + SIGNED).div_ceil(width) };
        let full_windows = count(products.full.len(), 256);
        let short_windows = count(products.short.len(), 128);
        let full = products.full.iter().map(|(scalar, _)| scalar.to_limbs());
        let short = products.short.iter().map(|(scalar, _)| [*scalar as u64, (scalar >> 64) as u64, 0, 0]);
        let (raise_full, raise_short) = (halves(width, full_windows), halves(width, short_windows));
        let raised = full
            .map(|scalar| raise(scalar, raise_full))
            .chain(short.map(|scalar| raise(scalar, raise_short)));
        let raised = raised.collect();
        Self { products, raised, width, windows: full_windows.max(short_windows), short_windows }
    }

    /// The points that have a digit in this window, with the bits of the digit. The full ones come first, as in `raised`.
    fn in_window(&self, window: usize) -> impl Iterator<Item = (&Affine, isize)> {
        let short = if window < self.short_windows { &self.products.short[..] } else { &[] };
        let points =
            self.products.full.iter().map(|(_, point)| point).chain(short.iter().map(|(_, point)| point));
        let (position, mask, half) = (self.width * window, (1 << self.width) - 1, 1 << (self.width - 1));
        points
            .zip(&self.raised)
            .map(move |(point, raised)| (point, (bits(raised, position) & mask) as isize - half))
    }

    /// The end of the windows from `start` on that are taken together.
    fn group_end(&self, start: usize) -> usize {
        let fits = POINTS_AT_ONCE / self.products.len().max(1);
        (start + fits.max(1)).min(self.windows)
    }

    /// The points of these windows by window and size of digit, negated where the digit is negative.
    fn buckets(&self, start: usize, end: usize) -> Keyed {
        let key = |window: usize, digit: isize| (window - start) << self.width | digit.unsigned_abs();
        let mut ends = vec![0u32; (end - start) << self.width];
        for window in start..end {
            self.in_window(window)
                .filter(|(_, digit)| *digit != 0)
                .for_each(|(_, digit)| ends[key(window, digit)] += 1);
        }
        let mut keys = Vec::new();
        for (key, end) in (0..).zip(&mut ends) {
            keys.extend(std::iter::repeat_n(key, *end as usize));
            *end = keys.len() as u32;
        }
        let mut places = vec![Affine::GENERATOR; keys.len()];
        for window in start..end {
            for (point, digit) in self.in_window(window).filter(|(_, digit)| *digit != 0) {
                let end = &mut ends[key(window, digit)];
                *end -= 1;
                places[*end as usize] = if digit < 0 { -*point } else { *point };
            }
        }
        Keyed { keys, points: places }
    }
}

/// The sum of 2^(width - 1) 2^(width i) over all windows.
fn halves(width: usize, windows: usize) -> [u64; 5] {
    let mut sum = [0; 5];
    for position in (0..windows).map(|i| width * i + width - 1) {
        sum[position / 64] |= 1 << (position % 64);
    }
    sum
}

fn raise(scalar: [u64; 4], by: [u64; 5]) -> [u64; 5] {
    let mut carry = 0;
    std::array::from_fn(|i| {
        let sum = u128::from(by[i]) + u128::from(scalar.get(i).copied().unwrap_or(0)) + carry;
        carry = sum >> 64;
        sum as u64
    })
}

/// Points to be added up by key, in the order of keys.
#[derive(Default)]
struct Keyed {
    keys: Vec<u32>,
    points: Vec<Affine>,
}

impl Keyed {
    fn pair_at(&self, i: usize) -> bool {
        self.keys.get(i + 1) == Some(&self.keys[i])
    }
}

#[derive(Default)]
struct Adder {
    inverter: Inverter,
    inverses: Vec<FieldElement>,
}

impl Adder {
    /// Adds up the points of equal keys, so that each key is left once, or not at all where the sum is the identity.
    fn merge(&mut self, keyed: &mut Keyed) {
        while self.merge_pairs(keyed) {}
    }

    /// Adds the points of equal keys in pairs; whether there was any.
    fn merge_pairs(&mut self, keyed: &mut Keyed) -> bool {
        let (mut read, mut write, mut merged) = (0, 0, false);
        while read < keyed.keys.len() {
            let start = read;
            read = self.invert_denominators(keyed, start);
            merged |= !self.inverses.is_empty();
            write = self.write_sums(keyed, start..read, write);
        }
        keyed.keys.truncate(write);
        keyed.points.truncate(write);
        merged
    }

    /// Fills `inverses` for the pairs from `start` on; where it stopped.
    fn invert_denominators(&mut self, keyed: &Keyed, start: usize) -> usize {
        self.inverses.clear();
        let mut i = start;
        while i < keyed.keys.len() && self.inverses.len() < ADDITIONS_AT_ONCE {
            let pair = keyed.pair_at(i);
            if pair {
                self.inverses.push(denominator(&keyed.points[i], &keyed.points[i + 1]));
            }
            i += 1 + usize::from(pair);
        }
        // No denominator is 0.
        let _ = self.inverter.invert_all(&mut self.inverses);
        i
    }

    /// Moves what is in `range` to `write` and on, pairs as their sums; where it stopped.
    fn write_sums(&self, keyed: &mut Keyed, range: std::ops::Range<usize>, mut write: usize) -> usize {
        let mut inverses = self.inverses.iter();
        let mut i = range.start;
        while i < range.end {
            let (key, pair) = (keyed.keys[i], keyed.pair_at(i));
            let sum = if pair {
                inverses.next().and_then(|inverse| add(&keyed.points[i], &keyed.points[i + 1], *inverse))
            } else {
                Some(keyed.points[i])
            };
            if let Some(sum) = sum {
                (keyed.keys[write], keyed.points[write]) = (key, sum);
                write += 1;
            }
            i += 1 + usize::from(pair);
        }
        write
    }

    /// From points by window and digit (each once) to points by position of a bit: those whose digit is odd count once at this bit, and
    /// all go on to the next bit with half their digit, where two of them meet.
    fn settle(&mut self, mut buckets: Keyed, width: usize, by_bit: &mut [Option<Affine>]) {
        let windows = by_bit.len() / width;
        let mut odd = Keyed::default();
        for level in 0..width {
            let mut halved = Keyed::default();
            for (key, point) in buckets.keys.iter().zip(&buckets.points) {
                let (window, digit) = (*key as usize >> width, key & ((1 << width) - 1));
                if digit % 2 == 1 {
                    odd.keys.push((level * windows + window) as u32);
                    odd.points.push(*point);
                }
                if digit > 1 {
                    halved.keys.push((window << width) as u32 | digit / 2);
                    halved.points.push(*point);
                }
            }
            self.merge(&mut halved);
            buckets = halved;
        }
        self.merge(&mut odd);
        for (key, point) in odd.keys.iter().zip(&odd.points) {
            let (level, window) = (*key as usize / windows, *key as usize % windows);
            by_bit[window * width + level] = Some(*point);
        }
    }
}

/// The denominator of the slope for a + b, or 1 where that is the identity. Never 0.
#[inline]
fn denominator(a: &Affine, b: &Affine) -> FieldElement {
    if !a.x.eq_vartime(&b.x) {
        b.x - a.x
    } else if a.y.eq_vartime(&b.y) {
        a.y.double()
    } else {
        FieldElement::ONE
    }
}

/// a + b, given the inverse of their [`denominator`]; `None` for the identity.
#[inline]
fn add(a: &Affine, b: &Affine, inverse: FieldElement) -> Option<Affine> {
    if !a.x.eq_vartime(&b.x) {
        Some(Affine::add_with(a, b, inverse))
    } else if a.y.eq_vartime(&b.y) {
        Some(Affine::on_line(a, b, (a.x.square() - FieldElement::ONE).triple() * inverse))
    } else {
        None
    }
}
