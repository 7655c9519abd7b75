//! What each role decides and stores. A role knows no HTTP; `routes/` brings it requests.

pub mod eid_issuer;
pub mod eligibility;
pub mod ledger;
pub mod public_body;
pub mod relying_party;
pub mod services;
pub mod xroad_test_server;

use std::sync::Arc;

use self::eid_issuer::EidIssuer;
use self::eligibility::Desk;
use self::ledger::Ledger;
use self::public_body::PublicBody;
use self::relying_party::RelyingParty;
use self::services::Services;
use self::xroad_test_server::XroadTestServer;
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
    /// Asks for presentations, to try things out.
    pub relying_party: Arc<RelyingParty>,
    /// Brings citizens' requests to public services.
    pub services: Arc<Services>,
    /// The double of a security server, where no real one is configured.
    pub xroad_test_server: Option<Arc<XroadTestServer>>,
}

impl Roles {
    /// Opens every role. Must be called inside a tokio runtime: the double listens on a port of its own.
    pub fn open(context: &Context) -> Result<Self, GatewayError> {
        let ledger = Arc::new(Ledger::open(context)?);
        let issuers = context.config.eligibility.issuers.iter();
        let desks = issuers.map(|id| Desk::open(context, id, ledger.clone())).collect::<Result<_, _>>()?;
        let (security_server, xroad_test_server) = match &context.config.services.security_server {
            Some(url) => (url.clone(), None),
            None => {
                let client = context.config.services.client.parse();
                let client = client.map_err(|_| GatewayError::Config("services.client is no subsystem".to_owned()))?;
                let double = XroadTestServer::start(PublicBody::open(context)?, client)?;
                (double.url.clone(), Some(Arc::new(double)))
            }
        };
        Ok(Self {
            eid_issuer: EidIssuer::open(context)?,
            desks,
            ledger,
            relying_party: RelyingParty::open(context)?,
            services: Arc::new(Services::open(context, security_server)?),
            xroad_test_server,
        })
    }
}
pub mod recovery;
