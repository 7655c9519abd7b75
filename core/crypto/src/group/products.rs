//! Sums of products of public scalars and points.

use subtle::Choice;

use super::digits::bits;
use super::field::FieldElement;
use super::inversion::Inverter;
use super::jacobian::Jacobian;
use super::{Affine, Point, Scalar};

/// So many points may wait in buckets at once, where one window's do not exceed that alone: 4 MiB.
const POINTS_AT_ONCE: usize = 1 << 16;
/// So many additions share an inversion: more would leave the cache.
const ADDITIONS_AT_ONCE: usize = 1024;
/// Marks the key of what is settled in [`Adder::settle`].
const SETTLED: u32 = 1 << 31;
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
        if self.is_empty() {
            return Point::IDENTITY;
        }
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
        let sum = by_bit.iter().rev().fold(Jacobian::IDENTITY, |sum, point| {
            let twice = sum.double();
            point.map_or(twice, |point| twice.add_vartime(&point))
        });
        sum.into()
    }
}

/// The width with the least work to be expected, in additions. A window with m of its M = 2^(width - 1) buckets in use
/// takes one addition for each of its terms until they are settled, and half of min(m, M / 2^l) at bit l to add up what is
/// settled there; each round of additions takes an inversion, which costs as much as 50 of them.
fn window_for(full: usize, short: usize) -> usize {
    let settling = |width: usize, terms: usize| {
        (0..width).map(|level| terms.min(1 << (width - 1 - level))).sum::<usize>() / 2
    };
    let cost = |width: &usize| {
        let windows = |bits: usize| (bits + SIGNED).div_ceil(*width);
        let (all, low) = (windows(256), windows(128));
        let window = |terms: usize| terms + settling(*width, terms);
        let rounds = *width + (full + short).ilog2() as usize;
        window(full + short) * low + window(full) * (all - low) + 50 * rounds
    };
    (2..=15).min_by_key(cost).unwrap_or(4)
}

/// The terms, the full ones first, with their scalars raised so far that the digits become signed: digit i is what the
/// raised scalar has in window i, less 2^(width - 1).
struct Terms {
    points: Vec<Line>,
    raised: Vec<[u64; 5]>,
    full: usize,
    width: usize,
    windows: usize,
    short_windows: usize,
}

impl Terms {
    fn new(Products { full, short }: &Products, width: usize) -> Self {
        let count = |terms: usize, bits: usize| if terms == 0 { 0 } else { (bits + SIGNED).div_ceil(width) };
        let (full_windows, short_windows) = (count(full.len(), 256), count(short.len(), 128));
        let (raise_full, raise_short) = (halves(width, full_windows), halves(width, short_windows));
        let mut points = Vec::with_capacity(full.len() + short.len());
        let mut raised = Vec::with_capacity(full.len() + short.len());
        for (scalar, point) in full {
            points.push(Line(*point));
            raised.push(raise(scalar.to_limbs(), raise_full));
        }
        for (scalar, point) in short {
            points.push(Line(*point));
            raised.push(raise([*scalar as u64, (scalar >> 64) as u64, 0, 0], raise_short));
        }
        let windows = full_windows.max(short_windows);
        Self { points, raised, full: full.len(), width, windows, short_windows }
    }

    /// The end of the windows from `start` on that are taken together.
    fn group_end(&self, start: usize) -> usize {
        let fits = POINTS_AT_ONCE / self.points.len().max(1);
        (start + fits.max(1)).min(self.windows)
    }

    /// The points of these windows by window and size of digit, negated where the digit is negative: a counting sort.
    fn buckets(&self, start: usize, end: usize) -> Keyed {
        let mut places = Vec::with_capacity((end - start) * self.points.len());
        (start..end).for_each(|window| places.extend(self.places(window, window - start)));
        let mut ends = vec![0; (end - start) << self.width];
        places.iter().for_each(|place| ends[place.key as usize] += 1);
        let mut keys = Vec::with_capacity(places.len());
        for (key, end) in (0..).zip(&mut ends) {
            keys.extend(std::iter::repeat_n(key, *end));
            *end = keys.len();
        }
        let mut order = vec![(0, false); places.len()];
        for Place { key, term, negative } in places {
            ends[key as usize] -= 1;
            order[ends[key as usize]] = (term, negative);
        }
        // First copied, then negated, without a branch either way: so the loads from all over the place overlap.
        let mut points: Vec<Affine> = order.iter().map(|(term, _)| self.points[*term as usize].0).collect();
        for (point, (_, negative)) in points.iter_mut().zip(&order) {
            point.y = point.y.negated_if(Choice::from(u8::from(*negative)));
        }
        Keyed { keys, points }
    }

    /// Where the terms belong that have a digit other than 0 in this window.
    fn places(&self, window: usize, key: usize) -> impl Iterator<Item = Place> {
        let terms = if window < self.short_windows { &self.raised[..] } else { &self.raised[..self.full] };
        let (position, mask, half) = (self.width * window, (1 << self.width) - 1, 1 << (self.width - 1));
        let key = (key << self.width) as u32;
        (0..).zip(terms).filter_map(move |(term, raised)| {
            let digit = (bits(raised, position) & mask) as i32 - half;
            (digit != 0).then_some(Place { key: key | digit.unsigned_abs(), term, negative: digit < 0 })
        })
    }
}

/// A point in a cache line of its own.
#[repr(align(64))]
struct Line(Affine);

/// A term's place in a window: its bucket.
struct Place {
    key: u32,
    term: u32,
    negative: bool,
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

/// Points to be added up by key; equal keys stand side by side.
#[derive(Default)]
struct Keyed {
    keys: Vec<u32>,
    points: Vec<Affine>,
}

impl Keyed {
    fn push(&mut self, key: u32, point: Affine) {
        self.keys.push(key);
        self.points.push(point);
    }

    /// One level of [`Adder::settle`]: the rest with half their digits, then those settled before, then the odd ones.
    fn halved(&self, width: usize, level: usize, windows: usize) -> Self {
        let digit_mask = (1 << width) - 1;
        let entries = || self.keys.iter().zip(&self.points);
        let mut next = Self::default();
        for (key, point) in entries().filter(|(key, _)| *key & SETTLED == 0 && *key & digit_mask > 1) {
            next.push((key & !digit_mask) | ((key & digit_mask) >> 1), *point);
        }
        for (key, point) in entries().filter(|(key, _)| *key & SETTLED != 0) {
            next.push(*key, *point);
        }
        for (key, point) in entries().filter(|(key, _)| *key & SETTLED == 0 && *key % 2 == 1) {
            next.push(SETTLED | (level * windows + (*key as usize >> width)) as u32, *point);
        }
        next
    }

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
        if self.inverses.is_empty() {
            return i;
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
            let (key, first) = (keyed.keys[i], keyed.points[i]);
            let pair = keyed.pair_at(i);
            keyed.keys[write] = key;
            if !pair {
                keyed.points[write] = first;
                write += 1;
            } else if let Some(inverse) = inverses.next() {
                let second = keyed.points[i + 1];
                if let Some(slope) = slope(&first, &second, *inverse) {
                    keyed.points[write] = Affine::on_line(&first, &second, slope);
                    write += 1;
                }
            }
            i += 1 + usize::from(pair);
        }
        write
    }

    /// From points by window and digit (each once) to points by position of a bit. Those whose digit is odd count once
    /// at this bit, and all go on to the next bit with half their digit, where two of them meet; those that are
    /// settled meet their like meanwhile.
    fn settle(&mut self, mut keyed: Keyed, width: usize, by_bit: &mut [Option<Affine>]) {
        let windows = by_bit.len() / width;
        for level in 0..width {
            keyed = keyed.halved(width, level, windows);
            self.merge_pairs(&mut keyed);
        }
        self.merge(&mut keyed);
        for (key, point) in keyed.keys.iter().zip(&keyed.points) {
            let (level, window) = ((key & !SETTLED) as usize / windows, (key & !SETTLED) as usize % windows);
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

/// The slope of the line that a + b is found by, given the inverse of its [`denominator`]; `None` if a + b is the identity.
#[inline]
fn slope(a: &Affine, b: &Affine, inverse: FieldElement) -> Option<FieldElement> {
    if !a.x.eq_vartime(&b.x) {
        Some((b.y - a.y) * inverse)
    } else if a.y.eq_vartime(&b.y) {
        Some((a.x.square() - FieldElement::ONE).triple() * inverse)
    } else {
        None
    }
}
