//! What each role decides and stores. A role knows no HTTP; `routes/` brings it requests.

pub mod eid_issuer;
pub mod eligibility;
pub mod ledger;
pub mod public_body;
pub mod recovery;
pub mod relying_party;
pub mod services;
pub mod xroad_test_server;

use std::sync::Arc;

use kodanik_ballot::manifest::Kind;
use kodanik_contract::election::Phase;

use self::eid_issuer::EidIssuer;
use self::eligibility::Desk;
use self::ledger::Ledger;
use self::recovery::{Recovery, Rules};
use self::relying_party::RelyingParty;
use self::services::Services;
use crate::context::Context;
use crate::error::GatewayError;

/// Every role that this gateway plays.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Issues the e-ID.
    pub eid_issuer: Arc<EidIssuer>,
    /// The eligibility issuers' desks, one each.
    pub desks: Vec<Arc<Desk>>,
    /// Keeps the log.
    pub ledger: Arc<Ledger>,
    /// Keeps what backup codes need.
    pub recovery: Arc<Recovery>,
    /// Asks for presentations, to try things out.
    pub relying_party: Arc<RelyingParty>,
    /// Brings citizens' requests to public services.
    pub services: Arc<Services>,
}

impl Roles {
    /// Opens every role. Must be called inside a tokio runtime: the double listens on a port of its own.
    pub fn open(context: &Context) -> Result<Self, GatewayError> {
        let ledger = Arc::new(Ledger::open(context)?);
        let issuers = context.config.eligibility.issuers.iter();
        let desks = issuers.map(|id| Desk::open(context, id, ledger.clone())).collect::<Result<_, _>>()?;
        let eid_issuer = EidIssuer::open(context)?;
        let rules = recovery_rules(context, ledger.clone());
        let recovery = Recovery::open(&context.dir, rules, eid_issuer.clone(), context.clock.clone())?;
        Ok(Self {
            eid_issuer,
            desks,
            ledger,
            recovery,
            relying_party: RelyingParty::open(context)?,
            services: Services::open(context)?,
        })
    }
}

fn recovery_rules(context: &Context, ledger: Arc<Ledger>) -> Rules {
    Rules {
        code_alone_wait: context.config.recovery.code_alone_wait_seconds,
        binding_election_open: Arc::new(move || is_binding_election_open(&ledger)),
    }
}

/// A log that cannot be read counts as open: a code alone then waits, which harms nobody.
fn is_binding_election_open(ledger: &Ledger) -> bool {
    let open = |state: &kodanik_contract::state::State| {
        state.elections().any(|e| e.phase() == Phase::Open && e.manifest().kind == Kind::Binding)
    };
    ledger.engine().read_state(open).unwrap_or(true)
}
