//! A request as the wallet keeps it: from before it is sent until the case is closed.

use kodanik_crypto::time::UnixSeconds;
use kodanik_services::address::{ClientId, RestPath, ServiceId, UserId};
use kodanik_services::message::Method;
use kodanik_services::signature::request::Application;
use kodanik_services::tracker::{CaseState, Tracker};
use serde::{Deserialize, Serialize};

use crate::error::WalletError;
use crate::store::StoreError;

/// A request, everything that is needed to send it again, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// The X-Road-Id: every attempt has the same.
    pub id: String,
    /// The service.
    pub service: ServiceId,
    /// `/r1/...`
    pub(super) path: String,
    pub(super) method: Method,
    /// JSON.
    pub(super) body: Option<String>,
    pub(super) client: ClientId,
    pub(super) user: UserId,
    /// The service's name in words.
    pub title: String,
    /// What was asked, in words.
    pub summary: String,
    /// The claims that go along, by name.
    pub claims: Vec<String>,
    /// When it was made.
    pub created: UnixSeconds,
    /// How often it was sent, or nearly.
    pub attempts: u32,
    /// How far it got.
    pub progress: Progress,
}

/// How far a request got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "progress", rename_all = "snake_case", deny_unknown_fields)]
pub enum Progress {
    /// Answered, and that was all.
    Answered {
        /// The provider's HTTP status.
        status: u16,
    },
    /// A case is open, or closed.
    Case {
        /// The provider's name for it.
        case: String,
        /// Where it stands.
        tracker: Tracker,
    },
    /// On its way, or waiting to be sent again.
    Sending,
}

impl RequestRecord {
    /// Whether this opened a case whose decision can be fetched.
    pub fn has_decision(&self) -> bool {
        let Progress::Case { tracker, .. } = &self.progress else { return false };
        matches!(tracker.status.state, CaseState::Done | CaseState::Declined)
    }

    /// Whether this was answered with what was asked for.
    pub(super) fn is_granted(&self) -> bool {
        matches!(self.progress, Progress::Answered { status: 200..=299 })
    }

    /// Whether this asked for the decision of the case that `opened` opened.
    pub fn is_decision_of(&self, opened: &Self) -> bool {
        self.is_step_of(opened, "decision")
    }

    /// Whether this asked for something of the case that `opened` opened: its decision, or to take it back.
    pub fn is_about(&self, opened: &Self) -> bool {
        self.is_decision_of(opened) || self.is_step_of(opened, "withdrawal")
    }

    /// Where a step of the case that this opened is asked for; nothing where it opened none.
    pub(super) fn step(&self, step: &str) -> Option<RestPath> {
        let Progress::Case { case, .. } = &self.progress else { return None };
        RestPath::new(&self.service, &format!("/cases/{case}/{step}")).ok()
    }

    /// The step's name first: of two requests in a list hardly any are worth a path.
    fn is_step_of(&self, opened: &Self, step: &str) -> bool {
        self.path.ends_with(step) && opened.step(step).is_some_and(|path| path.as_str() == self.path)
    }

    pub(super) fn application(&self) -> Result<Application, WalletError> {
        Ok(Application {
            method: self.method,
            path: RestPath::parse(&self.path).map_err(|_| StoreError::Shape)?,
            query: None,
            body: self.body.as_ref().map(|body| ("application/json".to_owned(), body.clone().into_bytes())),
            client: self.client.clone(),
            x_road_id: self.id.clone(),
            user: self.user.clone(),
            represented: None,
        })
    }
}
