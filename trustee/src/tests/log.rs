//! Gateways that lie about the log, are busy, or are not one.

use kodanik_contract::testing::TestLog;
use kodanik_ledger::policy::Policy;
use url::Url;

use super::ceremony::{Announced, keygen};
use super::gateway_double::GatewayDouble;
use super::{SLUG, assert_refused};
use crate::TrusteeError;
use crate::board::{Board, BoardError};
use crate::keygen::Keygen;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_forgets() {
    let announced = Announced::start().await;
    announced.keygen(0).await.unwrap();
    announced.gateway.with(|served| served.rewound = Some(2));
    assert_refused!(announced.keygen(0).await, TrusteeError::Board(BoardError::Shrunk { before: 3, now: 2 }));
    announced.gateway.with(|served| served.rewound = None);
    assert!(announced.keygen(0).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_lives_on_after_a_shorter_head() {
    let announced = Announced::start().await;
    let mut board = announced.gateway.board();
    let trustee = announced.trustees[0].open();
    keygen(&trustee, &mut board).await.unwrap();
    announced.gateway.with(|served| served.rewound = Some(2));
    assert!(trustee.keygen(&mut board, SLUG).await.is_err());
    announced.gateway.with(|served| served.rewound = None);
    assert!(trustee.keygen(&mut board, SLUG).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry() {
    let announced = Announced::start().await;
    for index in [0, 1] {
        announced.gateway.with(|served| served.damaged = Some(index));
        let outcome = announced.keygen(0).await;
        assert!(
            matches!(outcome, Err(TrusteeError::Board(BoardError::Entry { index: i, .. })) if i == index)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_under_another_key_or_policy() {
    let announced = Announced::start().await;
    let other = GatewayDouble::start(TestLog::begin()).await;
    let mut board = Board::new(announced.gateway.url(), other.policy()).unwrap();
    let outcome = announced.trustees[0].open().keygen(&mut board, SLUG).await;
    assert_refused!(outcome, TrusteeError::Board(BoardError::Checkpoint(_)));
    let two = Policy::parse(&format!("{}{}quorum none\n", other.log_line(), announced.gateway.log_line()));
    assert_refused!(Board::new(announced.gateway.url(), two.unwrap()), BoardError::Policy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_another_entry() {
    let announced = Announced::start().await;
    announced.gateway.with(|served| served.other_receipt = Some(0));
    assert_refused!(announced.keygen(0).await, TrusteeError::Board(BoardError::Receipt(_)));
    // The entry was logged all the same: the next run sees it and goes on.
    announced.gateway.with(|served| served.other_receipt = None);
    assert!(matches!(announced.keygen(0).await, Ok(Keygen::Waiting(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_gateway_is_asked_again() {
    let announced = Announced::start().await;
    announced.gateway.with(|served| served.busy = 2);
    assert!(announced.keygen(0).await.is_ok());
    assert_eq!(announced.gateway.with(|served| served.log.leaves.len()), 3);
}

#[test]
fn addresses_that_others_can_listen_to() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let double = runtime.block_on(GatewayDouble::start(TestLog::begin()));
    for address in
        ["http://kodanik.example/", "ftp://127.0.0.1/", "http://192.0.2.1/", "http://localhost.example/"]
    {
        let url = Url::parse(address).unwrap();
        assert_refused!(Board::new(&url, double.policy()), BoardError::Address);
    }
    for address in
        ["https://kodanik.example/plane", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"]
    {
        assert!(Board::new(&Url::parse(address).unwrap(), double.policy()).is_ok());
    }
}
