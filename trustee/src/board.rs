//! The log as a trustee sees it: fetched from a gateway's anonymous plane (protocol.md §5.1.8), checked against the
//! policy, and replayed from entry 0. What the gateway says about elections is never asked for.

use std::time::Duration;

use kodanik_contract::entry::Entry;
use kodanik_contract::rejection::Rejection;
use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::State;
use kodanik_crypto::time::UnixSeconds;
use kodanik_ledger::checkpoint::{Checkpoint, CheckpointError, TreeHead, UnverifiedCheckpoint};
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::note::SignedNote;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::receipt::{Receipt, ReceiptError, UnverifiedReceipt};
use kodanik_ledger::tile::{TileKind, TilePath, parse_bundle};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

/// How often an entry is offered again to a gateway that is busy.
const TRIES: u32 = 5;
/// The longest that a busy gateway can make us wait between two tries, in seconds.
const MAX_PAUSE_SECONDS: u64 = 10;
const MAX_ERROR_BYTES: usize = 4096;

/// Why the log cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BoardError {
    // The log's operator misbehaves.
    /// The checkpoint does not satisfy the policy.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An entry that the contract refuses is in the log.
    #[error("entry {index} must not be in the log: {rejection}")]
    Entry {
        /// Which entry.
        index: u64,
        /// Why.
        rejection: Rejection,
    },
    /// The entries do not lead to the root that the log has signed, or to one that this trustee saw before.
    #[error("the log shows another history: its first {size} entries have another root than it signed")]
    OtherHistory {
        /// Size of the tree with another root.
        size: u64,
    },
    /// The receipt is not for the entry that was sent.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The log is shorter than it was.
    #[error("the log has {now} entries and had {before}")]
    Shrunk {
        /// What this trustee saw before.
        before: u64,
        /// What the checkpoint says.
        now: u64,
    },
    // The gateway, or the way to it.
    /// An answer that is none of the protocol's.
    #[error("{path}: an answer that the protocol does not know (status {status})")]
    Answer {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// The gateway stays busy.
    #[error("the gateway is busy")]
    Busy,
    /// No connection, or one that broke.
    #[error("the gateway cannot be reached: {0}")]
    Http(#[from] reqwest::Error),
    // The caller.
    /// Not an https address, or an http one beyond this machine.
    #[error("a gateway's address is https, or http on this machine")]
    Address,
    /// A policy for several logs, or for none.
    #[error("the policy must name exactly one log")]
    Policy,
    /// The contract refuses our entry.
    #[error("the log refuses the entry: {code}")]
    Refused {
        /// The contract's code.
        code: String,
    },
    /// A replay was interrupted from inside: our bug.
    #[error("the replay was interrupted")]
    Replay,
}

/// A log, replayed as far as it was last synced.
#[derive(Debug)]
pub struct Board {
    base: Url,
    client: reqwest::Client,
    policy: Policy,
    origin: KeyName,
    /// Empty while a replay runs, and after one that failed.
    state: Option<State>,
    /// When the newest head was cosigned.
    cosigned: Option<UnixSeconds>,
    /// Whether a sync has ever succeeded.
    reached: bool,
}

impl Board {
    /// Prepares to read the one log of `policy` from the gateway whose anonymous plane is at `gateway`.
    pub fn new(gateway: &Url, policy: Policy) -> Result<Self, BoardError> {
        let [log] = policy.logs() else { return Err(BoardError::Policy) };
        let origin = log.name().clone();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            base: directory(gateway)?,
            client,
            policy,
            state: Some(State::new(&origin)),
            origin,
            cosigned: None,
            reached: false,
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// What the log says, as of the last [`Self::sync`]; before the first one, nothing.
    pub fn state(&self) -> Result<&State, BoardError> {
        self.state.as_ref().ok_or(BoardError::Replay)
    }

    /// How many entries were replayed.
    pub fn size(&self) -> u64 {
        self.state.as_ref().map_or(0, State::size)
    }

    /// Whether this log was ever read from here: before, a wrong address is more likely than an outage.
    pub(crate) fn was_reached(&self) -> bool {
        self.reached
    }

    /// When the newest head was cosigned, as the policy's witnesses say; without any, nobody says how old it is.
    pub fn cosigned(&self) -> Option<UnixSeconds> {
        self.cosigned
    }

    /// Fetches the newest checkpoint, replays up to it and compares the roots, also at `seen`, the head that the
    /// trustee remembers from earlier runs. Returns the new head. After an error, the next call begins at entry 0.
    pub async fn sync(&mut self, seen: Option<&TreeHead>) -> Result<TreeHead, BoardError> {
        let checkpoint = self.checkpoint().await?;
        let replayed = self.state.as_ref().map_or(0, State::size);
        let before = replayed.max(seen.map_or(0, |seen| seen.size));
        if checkpoint.size() < before {
            return Err(BoardError::Shrunk { before, now: checkpoint.size() });
        }
        let state = self.state.take().unwrap_or_else(|| State::new(&self.origin));
        self.state = Some(self.replay_to(state, checkpoint.head(), seen).await?);
        self.cosigned = checkpoint.cosignatures().iter().map(|cosignature| cosignature.at).max();
        self.reached = true;
        Ok(checkpoint.head().clone())
    }

    /// Appends an entry and verifies the receipt. Safe to repeat.
    pub async fn post(&self, entry: &Entry) -> Result<Receipt, BoardError> {
        let bytes =
            entry.to_bytes().map_err(|rejection| BoardError::Refused { code: rejection.code().into() })?;
        for _ in 0..TRIES {
            let request = self.client.post(self.url("ledger/entries")?).body(bytes.clone());
            let response = request.header("content-type", "application/json").send().await?;
            match response.status() {
                StatusCode::OK => {
                    let receipt = read(response, UnverifiedReceipt::MAX_BYTES).await?;
                    return Ok(UnverifiedReceipt::parse(&receipt)?.verify(&bytes, &self.policy)?);
                }
                StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(pause(&response)).await,
                StatusCode::UNPROCESSABLE_ENTITY => return Err(refusal(response).await?),
                status => return Err(answer("ledger/entries", status)),
            }
        }
        Err(BoardError::Busy)
    }

    /// Appends an entry and gives its index. `None`: the contract refuses it, and the log may have grown since it was
    /// made, so that it is worth a look; `refused` remembers at which size. An error where it had not grown.
    pub(crate) async fn post_or_look_again(
        &self,
        entry: &Entry,
        refused: &mut Option<u64>,
    ) -> Result<Option<u64>, BoardError> {
        match self.post(entry).await {
            Ok(receipt) => Ok(Some(receipt.index())),
            Err(BoardError::Refused { .. }) if refused.replace(self.size()) != Some(self.size()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn checkpoint(&self) -> Result<Checkpoint, BoardError> {
        let note = self.fetch("ledger/checkpoint", SignedNote::MAX_BYTES).await?;
        let checkpoint = UnverifiedCheckpoint::parse(&note)?.verify(&self.policy)?;
        // The policy names one log, so the origin is its name.
        debug_assert_eq!(*checkpoint.origin(), self.origin);
        Ok(checkpoint)
    }

    /// Replays from where `state` is up to `head`, whose root must come out, and that of `seen` on the way.
    async fn replay_to(
        &self,
        mut state: State,
        head: &TreeHead,
        seen: Option<&TreeHead>,
    ) -> Result<State, BoardError> {
        let start = state.size();
        for path in TilePath::all(TileKind::Entries, head.size).filter(|path| path.end() > start) {
            let mut leaves = self.leaves(path).await?;
            leaves.drain(..below(state.size(), path.start()).min(leaves.len()));
            if let Some(seen) = seen.filter(|seen| (state.size()..=path.end()).contains(&seen.size)) {
                let later = leaves.split_off(below(seen.size, state.size()).min(leaves.len()));
                state = replay(state, leaves).await?;
                check_root(&state, seen)?;
                leaves = later;
            }
            state = replay(state, leaves).await?;
        }
        check_root(&state, head)?;
        Ok(state)
    }

    async fn leaves(&self, path: TilePath) -> Result<Vec<Leaf>, BoardError> {
        let name = format!("ledger/tile/{path}");
        let cap = usize::from(path.width) * (2 + 65_535);
        let bytes = self.fetch(&name, cap).await?;
        parse_bundle(&bytes, path.width).map_err(|_| answer(&name, StatusCode::OK))
    }

    async fn fetch(&self, path: &str, cap: usize) -> Result<Vec<u8>, BoardError> {
        let response = self.client.get(self.url(path)?).send().await?;
        if response.status() != StatusCode::OK {
            return Err(answer(path, response.status()));
        }
        read(response, cap).await
    }

    fn url(&self, path: &str) -> Result<Url, BoardError> {
        self.base.join(path).map_err(|_| BoardError::Address)
    }
}

fn check_root(state: &State, head: &TreeHead) -> Result<(), BoardError> {
    let same = state.size() == head.size && state.root() == head.root;
    if same { Ok(()) } else { Err(BoardError::OtherHistory { size: head.size }) }
}

/// How many of the leaves from `start` on lie below `size`.
fn below(size: u64, start: u64) -> usize {
    usize::try_from(size.saturating_sub(start)).unwrap_or(usize::MAX)
}

/// Replays in a thread of its own, so that the runtime stays free for other things.
async fn replay(mut state: State, leaves: Vec<Leaf>) -> Result<State, BoardError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = move || {
        let first = state.size();
        let results = replay_batch(&mut state, &leaves, threads);
        let refused = (first..).zip(results).find_map(|(index, result)| Some((index, result.err()?)));
        match refused {
            None => Ok(state),
            Some((index, rejection)) => Err(BoardError::Entry { index, rejection }),
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| BoardError::Replay)?
}

/// The address with a slash at its end; http only where nobody can listen.
fn directory(gateway: &Url) -> Result<Url, BoardError> {
    let is_loopback = match gateway.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if gateway.scheme() != "https" && !(gateway.scheme() == "http" && is_loopback) {
        return Err(BoardError::Address);
    }
    let mut base = gateway.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", gateway.path()));
    }
    Ok(base)
}

async fn read(mut response: Response, cap: usize) -> Result<Vec<u8>, BoardError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > cap {
            return Err(answer(response.url().path(), response.status()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn answer(path: &str, status: StatusCode) -> BoardError {
    BoardError::Answer { path: path.to_owned(), status: status.as_u16() }
}

async fn refusal(response: Response) -> Result<BoardError, BoardError> {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    let unknown = answer("ledger/entries", response.status());
    let body = read(response, MAX_ERROR_BYTES).await?;
    let code = serde_json::from_slice::<Body>(&body).map(|body| body.error).ok();
    // A code is a short word; anything else is not shown to anybody.
    let code =
        code.filter(|code| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    Ok(code.map_or(unknown, |code| BoardError::Refused { code }))
}

fn pause(response: &Response) -> Duration {
    let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(header.unwrap_or(1u64).clamp(1, MAX_PAUSE_SECONDS))
}
