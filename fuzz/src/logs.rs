//! The logs of the vectors, and the state after each of their entries.

use std::sync::LazyLock;

use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::State;
use kodanik_crypto::time::UnixMinute;
use kodanik_crypto::transcript::sha256;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use serde_json::Value;

use crate::vectors;

/// The name of the log on which all elections of the vectors run.
pub const ORIGIN: &str = "kodanik.example/log";

/// One log.
pub struct Log {
    /// Its file's name.
    pub name: &'static str,
    /// From the first to the last.
    pub leaves: Vec<Leaf>,
    /// Before the first leaf, and after each.
    pub states: Vec<Stage>,
}

/// A state and its digest.
pub struct Stage {
    /// The state.
    pub state: State,
    /// Of [`digest`].
    pub digest: [u8; 32],
}

/// `later` and `town`.
pub static ALL: LazyLock<Vec<Log>> =
    LazyLock::new(|| vectors::of_kind("logs").map(|file| read(&file.name, &file.file)).collect());

/// Every stage of every log.
pub static STAGES: LazyLock<Vec<&Stage>> = LazyLock::new(|| ALL.iter().flat_map(|log| &log.states).collect());

/// SHA-256 over everything that a state holds.
pub fn digest(state: &State) -> [u8; 32] {
    sha256(format!("{state:?}").as_bytes())
}

/// A leaf as the vectors write it.
pub fn leaf(value: &Value) -> Option<Leaf> {
    Leaf::new(UnixMinute(value["minute"].as_u64()?), value["entry"].as_str()?.into()).ok()
}

fn read(name: &'static str, file: &Value) -> Log {
    let leaves = file["leaves"].as_array().into_iter().flatten().map(|value| leaf(value).expect("a leaf"));
    let leaves: Vec<Leaf> = leaves.collect();
    let mut state = State::new(&KeyName::parse(ORIGIN).expect("a name"));
    let stage = |state: &State| Stage { digest: digest(state), state: state.clone() };
    let mut states = vec![stage(&state)];
    for leaf in &leaves {
        let verdicts = replay_batch(&mut state, std::slice::from_ref(leaf), 1);
        assert_eq!(verdicts, [Ok(())], "the vectors' logs are right");
        states.push(stage(&state));
    }
    Log { name, leaves, states }
}
