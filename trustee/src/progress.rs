//! What a trustee tells while it works, and how often it looks at the log.

use std::time::Duration;

use kodanik_contract::entry::Entry;

use crate::board::Board;
use crate::error::TrusteeError;

/// Something that happened, or did not.
#[derive(Debug)]
pub enum Progress<'a, W> {
    /// This trustee's entry is in the log; the receipt was verified.
    Posted {
        /// What it said.
        entry: &'a Entry,
        /// Where it is.
        index: u64,
    },
    /// The gateway does not answer; it will be asked again.
    Unreachable,
    /// Others are awaited.
    Waiting(&'a W),
}

/// How many times longer than at first the trustee waits before it looks again, at most.
const SLOWEST: u32 = 5;

/// When to look at the log again: often while it grows, seldom while nothing happens.
pub(crate) struct Pace {
    every: Duration,
    pause: Duration,
    size: u64,
}

impl Pace {
    pub(crate) fn new(every: Duration) -> Self {
        Self { every, pause: every, size: 0 }
    }

    /// Waits after a look at a log of this size.
    pub(crate) async fn rest(&mut self, size: u64) {
        let has_grown = size > self.size;
        self.pause = if has_grown { self.every } else { (self.pause * 3 / 2).min(self.every * SLOWEST) };
        self.size = size.max(self.size);
        tokio::time::sleep(self.pause).await;
    }
}

/// Whether an error may pass by itself: an outage of a gateway that has answered before.
pub(crate) fn may_pass(board: &Board, error: &TrusteeError) -> bool {
    board.was_reached() && error.may_pass()
}
