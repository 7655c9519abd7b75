//! Changes an input without breaking its form. A byte changed at random makes canonical JSON into something that the first
//! parser refuses; here one node of the document changes (within base64url, its bytes), and the document is written anew in its
//! canonical form. The rest of the time the fuzzer's own mutator does what it likes.

use kodanik_crypto::encoding::{from_base64url, to_base64url};
use serde_json::Value;

/// The fuzzer's own mutator: data, size, largest size; gives the new size.
pub type Bytewise = fn(&mut [u8], usize, usize) -> usize;

/// Mutates the input in `data[..size]`, whose text follows `head` bytes. Gives the new size, at most `max_size`.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    head: usize,
    bytewise: Bytewise,
) -> usize {
    let mut dice = Dice::new(seed);
    if head > 0 && size >= head && dice.one_in(8) {
        bytewise(&mut data[..head], head, head);
        return size;
    }
    let parsed = (!dice.one_in(4)).then(|| serde_json::from_slice::<Value>(data.get(head..size)?).ok());
    let Some(mut document) = parsed.flatten() else { return bytewise(data, size, max_size) };
    for _ in 0..1 + dice.below(3) {
        change(&mut document, &mut dice, bytewise);
    }
    match serde_json::to_vec(&document) {
        Ok(text) if head + text.len() <= max_size.min(data.len()) => {
            data[head..head + text.len()].copy_from_slice(&text);
            head + text.len()
        }
        _ => bytewise(data, size, max_size),
    }
}

/// Changes one node, chosen at random.
fn change(document: &mut Value, dice: &mut Dice, bytewise: Bytewise) {
    let count = count(document);
    let other = node(document, &mut dice.below(count)).cloned().unwrap_or_default();
    let Some(node) = node(document, &mut dice.below(count)) else { return };
    if dice.one_in(6) {
        *node = other;
        return;
    }
    match node {
        Value::Array(items) => change_array(items, other, dice),
        Value::Bool(value) => *value = !*value,
        Value::Null => *node = other,
        Value::Number(number) => {
            let old = number.as_u64().unwrap_or_default();
            let choices =
                [0, 1, 2, old.wrapping_add(1), old.wrapping_sub(1), old << 1, u32::MAX.into(), u64::MAX];
            *node = choices[dice.below(choices.len())].into();
        }
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            let Some(name) = names.get(dice.below(names.len().max(1))) else { return };
            match dice.below(3) {
                0 => drop(members.remove(name)),
                1 => drop(members.insert(name.clone(), other)),
                _ => drop(members.insert(format!("{name}s"), other)),
            }
        }
        Value::String(text) => *text = change_text(text, dice, bytewise),
    }
}

fn change_array(items: &mut Vec<Value>, other: Value, dice: &mut Dice) {
    let (a, b) = (dice.below(items.len().max(1)), dice.below(items.len().max(1)));
    match dice.below(4) {
        _ if items.is_empty() => items.push(other),
        0 => drop(items.remove(a)),
        1 => items.insert(a, items[b].clone()),
        2 => items.swap(a, b),
        _ => items.insert(a, other),
    }
}

/// Within base64url its bytes are changed, most often without changing their number.
fn change_text(text: &str, dice: &mut Dice, bytewise: Bytewise) -> String {
    let bytes = from_base64url(text).ok().filter(|bytes| bytes.len() >= 16 && !dice.one_in(8));
    let is_encoded = bytes.is_some();
    let mut bytes = bytes.unwrap_or_else(|| text.as_bytes().to_vec());
    let (size, room) = (bytes.len(), if dice.one_in(4) { 32 } else { 0 });
    bytes.resize(size + room.max(1), 0);
    let largest = if room == 0 { size.max(1) } else { size + room };
    let size = bytewise(&mut bytes, size, largest);
    bytes.truncate(size);
    if is_encoded { to_base64url(bytes) } else { String::from_utf8_lossy(&bytes).into_owned() }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The node with this number, depth first.
fn node<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, number)),
        Value::Object(members) => members.values_mut().find_map(|member| node(member, number)),
        _ => None,
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn new(seed: u32) -> Self {
        Self(seed.into())
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}
