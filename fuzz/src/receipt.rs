//! A receipt: text = that of C2SP tlog-proof, no head.
//!
//! - What parses is written again as the same bytes, and nothing above the cap is parsed.
//! - Nobody forges: whatever verifies says the truth about the log of the vectors: this entry, at this index, since this minute, under
//!   a checkpoint that the log has signed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kodanik_ledger::policy::Policy;
use kodanik_ledger::receipt::UnverifiedReceipt;

use crate::{Seed, seed, vectors};

/// Bytes before the text.
pub const HEAD: usize = 0;

/// The policy of the vectors' log.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let vector = vectors::of_kind("receipt").find(|vector| vector.is_valid()).expect("a good receipt");
    Policy::parse(vector.text("policy")).expect("a good policy")
});

/// What the log has signed: the texts of its checkpoints.
static SIGNED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let receipts =
        vectors::of_kind("receipt").filter(|vector| vector.is_valid() || vector.file["expect"] == "proof");
    let heads = receipts
        .filter_map(|vector| Some(vector.text("receipt").split_once("\n\n")?.1.split_once("\n\n")?.0));
    heads.map(|head| format!("{head}\n")).collect()
});

/// The log's entry with this index; its minute is 99,000 and the index (tests/src/vectors/ledger.rs).
fn entry(index: u64) -> String {
    format!(r#"{{"entry":{index}}}"#)
}

/// Checks one input.
pub fn check(text: &[u8]) {
    let Ok(receipt) = UnverifiedReceipt::parse(text) else { return };
    assert!(text.len() <= UnverifiedReceipt::MAX_BYTES, "larger than any receipt");
    assert_eq!(receipt.to_string().as_bytes(), text, "a second form of the same receipt");
    for index in [receipt.index(), receipt.minute().0.wrapping_sub(99_000), receipt.index() ^ 1] {
        let Ok(verified) = receipt.clone().verify(entry(index).as_bytes(), &POLICY) else { continue };
        assert!(SIGNED.contains(verified.checkpoint().note().text()), "a forged checkpoint");
        // The fork begins with the same three leaves; what follows is another history, and not of these entries.
        assert_eq!(
            (verified.index(), verified.minute().0),
            (index, 99_000 + index),
            "not what the log holds"
        );
        assert!(index < verified.checkpoint().size(), "beyond the log's end");
    }
}

/// Every receipt of the vectors.
pub fn seeds() -> Vec<Seed> {
    vectors::of_kind("receipt").map(|vector| seed(&vector.name, &[], vector.text("receipt"))).collect()
}
