//! A test double of a gateway's ledger routes: the real contract, over real HTTP, in memory. It can be told to lie, to fall silent, and to be down.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kodanik_contract::entry::Entry;
use kodanik_contract::state::Effects;
use kodanik_contract::testing::{LOG, TestLog};
use kodanik_crypto::time::UnixSeconds;
use kodanik_ledger::checkpoint::{TreeHead, UnverifiedCheckpoint};
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner};
use kodanik_ledger::policy::Policy;
use kodanik_ledger::proof::InclusionProof;
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_ledger::tile::{TilePath, append_to_bundle};
use rand_core::OsRng;
use tokio::sync::Notify;
use url::Url;

use crate::board::Board;

/// What the double serves, shared with the test.
pub(super) struct Served {
    pub(super) log: TestLog,
    /// Answers this request from now, counted from 0, never: before or after it had its effect.
    pub(super) silent: Option<(u32, Moment)>,
    /// Answers everything with 502.
    pub(super) down: bool,
    /// Answers the next appends with 503.
    pub(super) busy: u32,
    /// Flips a bit in this leaf's entry.
    pub(super) damaged: Option<u64>,
    /// Answers appends with the receipt of this entry instead.
    pub(super) other_receipt: Option<u64>,
    /// Shows the log as it was at this size.
    pub(super) rewound: Option<u64>,
}

/// When a request stays without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    AfterItsEffect,
    BeforeItsEffect,
}

#[derive(Clone)]
pub(super) struct GatewayDouble {
    pub(super) served: Arc<Mutex<Served>>,
    signer: Arc<NoteSigner>,
    url: Url,
    fell_silent: Arc<Notify>,
}

impl GatewayDouble {
    pub(super) async fn start(log: TestLog) -> Self {
        let served = Served {
            log,
            silent: None,
            down: false,
            busy: 0,
            damaged: None,
            other_receipt: None,
            rewound: None,
        };
        let name = KeyName::parse(LOG).unwrap();
        let signer = NoteSigner::make(name, KeyKind::Log, &mut OsRng);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let fell_silent = Arc::new(Notify::new());
        let double =
            Self { served: Arc::new(Mutex::new(served)), signer: Arc::new(signer), url, fell_silent };
        let router = Router::new()
            .route("/ledger/checkpoint", get(checkpoint))
            .route("/ledger/tile/{*path}", get(tile))
            .route("/ledger/entries", post(append))
            .layer(from_fn_with_state(double.clone(), misbehave))
            .with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        double
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Served) -> T) -> T {
        change(&mut self.served.lock().unwrap())
    }

    /// Waits until a request was left without an answer.
    pub(super) async fn until_silent(&self) {
        self.fell_silent.notified().await;
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn policy(&self) -> Policy {
        Policy::parse(&format!("{}quorum none\n", self.log_line())).unwrap()
    }

    pub(super) fn log_line(&self) -> String {
        format!("log {}\n", self.signer.verifier())
    }

    pub(super) fn board(&self) -> Board {
        Board::new(&self.url, self.policy()).unwrap()
    }

    fn checkpoint(&self, served: &Served) -> UnverifiedCheckpoint {
        let mut tree = kodanik_ledger::tree::MemoryTree::new();
        let size = served.rewound.unwrap_or(served.log.leaves.len() as u64) as usize;
        served.log.leaves[..size].iter().for_each(|leaf| tree.push(leaf.hash()));
        let origin = KeyName::parse(LOG).unwrap();
        let head = TreeHead { origin, size: tree.size(), root: tree.root() };
        head.sign(&[&self.signer], UnixSeconds(0)).unwrap()
    }
}

async fn misbehave(State(double): State<GatewayDouble>, request: Request, next: Next) -> Response {
    if double.with(|served| served.down) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let moment = double.with(|served| {
        let (left, moment) = served.silent?;
        served.silent = left.checked_sub(1).map(|left| (left, moment));
        (left == 0).then_some(moment)
    });
    let Some(moment) = moment else { return next.run(request).await };
    if moment == Moment::AfterItsEffect {
        drop(next.run(request).await);
    }
    double.fell_silent.notify_one();
    std::future::pending().await
}

async fn checkpoint(State(double): State<GatewayDouble>) -> String {
    double.with(|served| double.checkpoint(served).to_string())
}

async fn tile(State(double): State<GatewayDouble>, Path(path): Path<String>) -> Result<Vec<u8>, StatusCode> {
    let path = TilePath::parse(&path).map_err(|_| StatusCode::NOT_FOUND)?;
    double.with(|served| {
        let mut bundle = Vec::new();
        for index in path.start()..path.end() {
            let leaf = served.log.leaves.get(index as usize).ok_or(StatusCode::NOT_FOUND)?;
            append_to_bundle(&mut bundle, leaf);
            if served.damaged == Some(index) {
                *bundle.last_mut().unwrap() ^= 1;
            }
        }
        Ok(bundle)
    })
}

async fn append(State(double): State<GatewayDouble>, entry: Bytes) -> (StatusCode, String) {
    double.with(|served| {
        if served.busy > 0 {
            served.busy -= 1;
            return (StatusCode::SERVICE_UNAVAILABLE, String::new());
        }
        let effects = Entry::parse(&entry).and_then(|entry| served.log.submit(&entry));
        let index = match effects {
            Ok(Effects::AlreadyLogged { index } | Effects::Appended { index, .. }) => index,
            Err(rejection) => {
                let body = format!(r#"{{"error":"{}","message":"no"}}"#, rejection.code());
                return (StatusCode::UNPROCESSABLE_ENTITY, body);
            }
        };
        let index = served.other_receipt.unwrap_or(index);
        let minute = served.log.leaves[index as usize].minute();
        let proof = InclusionProof::make(&served.log.tree, index, served.log.tree.size()).unwrap();
        let receipt = UnverifiedReceipt::new(minute, index, proof, double.checkpoint(served));
        (StatusCode::OK, receipt.to_string())
    })
}
