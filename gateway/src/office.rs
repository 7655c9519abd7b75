//! What people do at the gateway's desk: enrol a person, prepare an election, let the issuers count. The functions work
//! on the gateway's folder, beside a running gateway or without one; nothing of this is reachable over the network.

use std::path::Path;
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::{Issuer, IssuerKey};
use kodanik_contract::entry::Entry;
use kodanik_contract::issued::IssuedList;
use kodanik_crypto::encoding::Binary;
use serde::Serialize;
use thiserror::Error;

use crate::clock::Clock;
use crate::config::{Config, PublicUrls};
use crate::context::Context;
use crate::error::GatewayError;
use crate::roles::eid_issuer::{EidError, EidIssuer, Offer, Person, PersonError};
use crate::roles::eligibility::{Asked, Eligibility, IssueError, RollEntry};
use crate::server;

/// Why the desk does not do it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// The e-ID issuer.
    #[error(transparent)]
    Eid(#[from] EidError),
    /// The gateway's folder.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// An eligibility issuer.
    #[error(transparent)]
    Issuer(#[from] IssueError),
    /// The person's data.
    #[error(transparent)]
    Person(#[from] PersonError),
}

/// What one issuer kept of a person.
#[derive(Clone, Debug, Serialize)]
pub struct AskedAt {
    /// Nothing where the person never asked.
    pub asked: Option<Asked>,
    /// The issuer's id.
    pub issuer: String,
}

/// The desk of one gateway.
#[derive(Debug)]
pub struct Office {
    urls: PublicUrls,
    issuer: Arc<EidIssuer>,
    eligibility: Vec<Arc<Eligibility>>,
}

impl Office {
    /// Opens the desk of the gateway in `dir`, whose listening ports must be fixed.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, OfficeError> {
        let config = Config::read(dir)?;
        let urls = config.fixed_urls()?;
        let http = server::http_client()?;
        Self::of(&Context { dir: dir.to_owned(), config, urls, clock, http })
    }

    /// Opens the desk of a gateway that runs in this process.
    pub fn of(context: &Context) -> Result<Self, OfficeError> {
        let ids = context.config.eligibility.issuers.iter();
        let open = |id: &String| Eligibility::open(&context.dir, id, context.clock.clone());
        Ok(Self {
            urls: context.urls.clone(),
            issuer: EidIssuer::open(context)?,
            eligibility: ids.map(open).collect::<Result<_, _>>()?,
        })
    }

    /// Puts a person into the register (once) and offers the e-ID. The clerk has identified the person.
    pub fn enrol(&self, person: &Person) -> Result<Offer, OfficeError> {
        let known = self.issuer.find_person(&person.personal_administrative_number)?;
        let id = match known {
            Some((id, known)) if known == *person => id,
            _ => self.issuer.add_person(person)?,
        };
        Ok(self.issuer.create_offer(id)?)
    }

    /// Has every eligibility issuer make its key for `style` of the election `slug`, and puts everybody in the register on
    /// its roll. May be repeated: keys stay, people who came since are added.
    pub fn prepare(&self, slug: &str, style: &str) -> Result<Vec<Issuer>, OfficeError> {
        let entry = |number| RollEntry { number, style: style.to_owned() };
        let roll: Vec<_> = self.issuer.personal_numbers()?.into_iter().map(entry).collect();
        self.eligibility.iter().map(|issuer| self.prepare_issuer(issuer, slug, style, &roll)).collect()
    }

    fn prepare_issuer(
        &self,
        issuer: &Eligibility,
        slug: &str,
        style: &str,
        roll: &[RollEntry],
    ) -> Result<Issuer, OfficeError> {
        let key = issuer.prepare(slug, style)?;
        issuer.admit(slug, roll)?;
        Ok(Issuer {
            id: issuer.id().to_owned(),
            keys: vec![IssuerKey { spki: Binary(key.to_spki().to_vec()), style: style.to_owned() }],
            name: format!("Eligibility issuer {}", issuer.id()),
            signing_key: issuer.verifying_key(),
            url: self.urls.identified.to_string(),
        })
    }

    /// Has every issuer stop issuing for this election and sign how many credentials it issued.
    pub fn counts(&self, election: &Election) -> Result<Vec<Entry>, OfficeError> {
        let counts = self.eligibility.iter().map(|issuer| issuer.counts(election));
        Ok(counts.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The lists behind the counts, for auditors.
    pub fn issued_lists(&self, election: &Election) -> Result<Vec<IssuedList>, OfficeError> {
        Ok(self.eligibility.iter().map(|issuer| issuer.list(election)).collect::<Result<_, _>>()?)
    }

    /// What each issuer kept of the person with this number, by issuer: nothing where the person never asked.
    pub fn asked(&self, election: &Election, number: &str) -> Result<Vec<AskedAt>, OfficeError> {
        let asked = |issuer: &Arc<Eligibility>| {
            Ok(AskedAt { asked: issuer.asked(election, number)?, issuer: issuer.id().to_owned() })
        };
        self.eligibility.iter().map(asked).collect()
    }
}
