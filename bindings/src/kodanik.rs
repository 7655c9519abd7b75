//! The one object that a shell begins with: the wallet's door, its lists, and the way into every flow.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable};
use kodanik_wallet::platform::Clock;
use kodanik_wallet::{InitOptions, Wallet, WalletError};
use url::Url;

use crate::backup::{BackupCodes, BackupFlow};
use crate::ballot::BallotFlow;
use crate::case::CaseFlow;
use crate::enrol::EnrolFlow;
use crate::fault::Fault;
use crate::flow::{ChangeListener, Watcher, caught};
use crate::lists::{Credential, Election, HistoryLine, OwnBallot};
use crate::notices::NoticesFlow;
use crate::pin::PinEntry;
use crate::platform::{Config, Keys, Platform, Secrets};
use crate::present::PresentFlow;
use crate::recover::RecoverFlow;
use crate::service::{ResumedRequest, ServiceFlow, ServiceRequest};
use crate::session::{Gone, Session, lock};
use crate::verify::VerifyFlow;

/// The most lines of history in one answer.
const MAX_PAGE: u32 = 200;

/// Where the wallet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Phase {
    /// There is a wallet, and it is locked: [`Kodanik::unlock`].
    Locked,
    /// There is no wallet yet: [`Kodanik::create`].
    NoWallet,
    /// A wallet is being made, unlocked or removed.
    Opening,
    /// Everything is possible.
    Unlocked,
}

/// What a scanned or opened text is, and so which flow takes it. Says nothing about whether it is any good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Link {
    /// For [`Kodanik::verify_ballot`].
    CheckCode,
    /// For [`Kodanik::enrol`].
    Offer,
    /// For [`Kodanik::present`].
    Presentation,
    /// For [`Kodanik::verify_ballot`]; the test code is scanned afterwards.
    Promise,
    /// For [`VerifyFlow::scan`], after the promise.
    TestCode,
    /// Nothing that the wallet could do something about.
    Unknown,
}

/// The wallet on this phone. Kept as long as the app runs; [`Kodanik::lock`] and [`Kodanik::unlock`] as often as needed.
#[derive(uniffi::Object)]
pub struct Kodanik {
    home: PathBuf,
    options: InitOptions,
    platform: kodanik_wallet::Platform,
    locale: String,
    door: Mutex<Door>,
    watcher: Watcher,
}

/// Everything that changes. Locked for moments only, never while anybody else is called.
#[derive(Default)]
struct Door {
    session: Option<Arc<Session>>,
    is_opening: bool,
    /// The end of the session before this one.
    gone: Option<Gone>,
    /// What runs outside flows, by number.
    running: Vec<(u64, AbortHandle)>,
    next_number: u64,
    /// How often the door was locked: what was being opened meanwhile stays shut.
    locks: u64,
}

#[uniffi::export]
impl Kodanik {
    /// Looks at the folder and asks nobody anything but what protects the keys. [`Fault::NotUnderstood`] where the
    /// gateway is no address, [`Fault::DeviceKey`] where the key store does not answer.
    #[uniffi::constructor]
    pub fn open(platform: Platform, config: Config) -> Result<Arc<Self>, Fault> {
        Self::open_with_clock(platform, config, Clock::system())
    }

    /// Where the wallet stands.
    pub fn phase(&self) -> Phase {
        let door = lock(&self.door);
        match &door.session {
            Some(_) => Phase::Unlocked,
            None if door.is_opening => Phase::Opening,
            None if Wallet::exists(&self.home) => Phase::Locked,
            None => Phase::NoWallet,
        }
    }

    /// The listener for [`Kodanik::phase`]; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.watcher.set(listener);
    }

    /// The language that was given.
    pub fn locale(&self) -> String {
        self.locale.clone()
    }

    /// Ends every flow and everything that runs ([`Fault::Cancelled`]), and forgets the data key. To be called when the
    /// app leaves the screen.
    pub fn lock(&self) {
        let (session, running) = {
            let mut door = lock(&self.door);
            door.locks += 1;
            (door.session.take(), std::mem::take(&mut door.running))
        };
        let flows = session.map_or_else(Vec::new, |session| session.take_flows());
        flows.iter().for_each(|flow| flow.end());
        running.iter().for_each(|(_, handle)| handle.abort());
        self.watcher.tell();
    }

    /// What a scanned or opened text is. Works in every phase.
    pub fn identify(&self, text: String) -> Link {
        match kodanik_wallet::Link::identify(&text) {
            kodanik_wallet::Link::CheckCode => Link::CheckCode,
            kodanik_wallet::Link::Offer => Link::Offer,
            kodanik_wallet::Link::Presentation => Link::Presentation,
            kodanik_wallet::Link::Promise => Link::Promise,
            kodanik_wallet::Link::TestCode => Link::TestCode,
            kodanik_wallet::Link::Unknown => Link::Unknown,
        }
    }

    /// Up to `limit` (at most 200) lines of history after a position, 0 from the beginning; oldest first.
    pub fn history(&self, after: u64, limit: u32) -> Result<Vec<HistoryLine>, Fault> {
        let session = self.session()?;
        let lines = caught(|| Ok(session.wallet().history(after, limit.min(MAX_PAGE) as usize)?))?;
        Ok(lines.into_iter().map(HistoryLine::from).collect())
    }

    /// The ballots that this wallet made, oldest first.
    pub fn ballots(&self) -> Result<Vec<OwnBallot>, Fault> {
        let session = self.session()?;
        let ballots = caught(|| Ok(session.wallet().ballots()?))?;
        Ok(ballots.into_iter().map(OwnBallot::from).collect())
    }

    /// The requests to public services, oldest first.
    pub fn requests(&self) -> Result<Vec<ServiceRequest>, Fault> {
        let session = self.session()?;
        let requests = caught(|| Ok(session.wallet().requests()?))?;
        Ok(ServiceRequest::list(requests))
    }

    /// The backup codes in force, as far as this wallet knows; nothing where there are none, as after every recovery.
    pub fn backup_codes(&self) -> Result<Option<BackupCodes>, Fault> {
        let session = self.session()?;
        Ok(caught(|| Ok(session.wallet().backup_state()?))?.map(BackupCodes::from))
    }

    /// Forgets a credential, by its name, which the citizen has confirmed: getting it back takes a new offer. History keeps
    /// that it was there; removing what is not there is done. [`Fault::Storage`].
    pub fn remove_credential(&self, id: String) -> Result<(), Fault> {
        let session = self.session()?;
        caught(|| Ok(session.wallet().remove_credential(&id)?))
    }

    /// What lets a citizen compare whom this wallet believes with what was published: groups of four hexadecimal digits.
    pub fn trust_fingerprint(&self) -> Result<String, Fault> {
        Ok(self.session()?.wallet().trust().fingerprint())
    }

    /// Getting a credential by an offer. Every flow: [`Fault::WrongState`] where the wallet is locked.
    pub fn enrol(&self, offer: String) -> Result<Arc<EnrolFlow>, Fault> {
        Ok(EnrolFlow::new(&self.session()?, offer))
    }

    /// Answering a request for claims.
    pub fn present(&self, link: String) -> Result<Arc<PresentFlow>, Fault> {
        Ok(PresentFlow::new(&self.session()?, link))
    }

    /// Voting, by the name of an [`Election`].
    pub fn ballot(&self, election: String) -> Result<Arc<BallotFlow>, Fault> {
        Ok(BallotFlow::new(&self.session()?, election))
    }

    /// Checking or testing another phone's ballot, by the code that it shows.
    pub fn verify_ballot(&self, code: String) -> Result<Arc<VerifyFlow>, Fault> {
        Ok(VerifyFlow::new(&self.session()?, code))
    }

    /// Asking a public service.
    pub fn service_request(&self) -> Result<Arc<ServiceFlow>, Fault> {
        Ok(ServiceFlow::new(&self.session()?))
    }

    /// Following the case that a request opened, by the request's name.
    pub fn case(&self, request: String) -> Result<Arc<CaseFlow>, Fault> {
        Ok(CaseFlow::new(&self.session()?, request))
    }

    /// Whether somebody has begun to take this e-ID to another phone, and stopping them.
    pub fn recovery_notices(&self) -> Result<Arc<NoticesFlow>, Fault> {
        Ok(NoticesFlow::new(&self.session()?))
    }

    /// Making backup codes.
    pub fn backup(&self) -> Result<Arc<BackupFlow>, Fault> {
        Ok(BackupFlow::new(&self.session()?))
    }

    /// Getting everything back in this new wallet, or putting a lost phone's e-ID out of force from any wallet.
    pub fn recover(&self) -> Result<Arc<RecoverFlow>, Fault> {
        Ok(RecoverFlow::new(&self.session()?))
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl Kodanik {
    /// Makes a wallet under a new PIN: asks the gateway, makes the device key, seals. The entry is emptied.
    ///
    /// [`Fault::WrongState`] unless [`Phase::NoWallet`], [`Fault::PinUnfit`], [`Fault::Offline`], [`Fault::Refused`],
    /// [`Fault::Misbehaved`], [`Fault::DeviceKey`], [`Fault::Storage`], [`Fault::Cancelled`] by [`Kodanik::lock`]. What
    /// was begun is in nobody's way.
    pub async fn create(&self, pin: Arc<PinEntry>) -> Result<(), Fault> {
        let pin = pin.take();
        self.enter(Wallet::init(&self.home, self.options.clone(), pin, self.platform.clone())).await
    }

    /// Unlocks. The entry is emptied.
    ///
    /// [`Fault::WrongState`] unless [`Phase::Locked`], [`Fault::PinUnfit`], [`Fault::PinWrong`], [`Fault::PinWait`],
    /// [`Fault::PinWiped`], [`Fault::DeviceKey`], [`Fault::Storage`], [`Fault::UpdateNeeded`].
    pub async fn unlock(&self, pin: Arc<PinEntry>) -> Result<(), Fault> {
        let pin = pin.take();
        self.enter(Wallet::open(&self.home, pin, self.platform.clone())).await
    }

    /// Makes room for a new wallet where ten wrong PINs have destroyed the key of the old one ([`Fault::PinWiped`]): nothing
    /// is lost that anybody could have read. [`Fault::WrongState`] for every other wallet, [`Fault::DeviceKey`],
    /// [`Fault::Storage`].
    pub async fn remove_wiped(&self) -> Result<(), Fault> {
        self.at_the_door(Wallet::remove_wiped(&self.home, &self.platform), |(), _| Ok(())).await
    }

    /// The credentials, newest first, each with its status; asks issuers where the kept answer is old.
    pub async fn credentials(&self) -> Result<Vec<Credential>, Fault> {
        let session = self.session()?;
        let found = self.run(async move { Ok(session.wallet().credentials().await?) }).await?;
        Ok(found.into_iter().map(Credential::from).collect())
    }

    /// The elections of the gateway's log; open ones are verified.
    pub async fn elections(&self) -> Result<Vec<Election>, Fault> {
        let session = self.session()?;
        let found = self.run(async move { Ok(session.wallet().elections().await?) }).await?;
        Ok(found.into_iter().map(Election::from).collect())
    }

    /// Finds out what became of ballots whose answer was lost, by sending them again; nothing is cast twice. Gives those
    /// that are on the board now.
    pub async fn settle_ballots(&self) -> Result<Vec<OwnBallot>, Fault> {
        let session = self.session()?;
        let settled = self.run(async move { Ok(session.wallet().settle(None).await?) }).await?;
        Ok(settled.into_iter().map(OwnBallot::from).collect())
    }

    /// Sends again every request to a public service that has no answer, under its old name: the provider takes it once.
    pub async fn resume_requests(&self) -> Result<Vec<ResumedRequest>, Fault> {
        let session = self.session()?;
        let resumed = self.run(async move { Ok(session.wallet().resume_requests().await?) }).await?;
        Ok(resumed.into_iter().map(ResumedRequest::from).collect())
    }
}

impl Kodanik {
    /// [`Self::open`] with a clock of the caller's: for tests, and not part of the bridge.
    pub fn open_with_clock(platform: Platform, config: Config, clock: Clock) -> Result<Arc<Self>, Fault> {
        let gateway = Url::parse(&config.gateway).map_err(|_| Fault::not_understood("address.malformed"))?;
        let options = InitOptions {
            gateway,
            trust: config.trust.map(PathBuf::from),
            allow_loopback_http: config.allow_loopback_http,
        };
        let keys = Arc::new(caught(|| Ok(Keys::new(platform.keys)?))?);
        let secrets = Arc::new(Secrets(platform.secrets));
        Ok(Arc::new(Self {
            home: PathBuf::from(platform.data_dir),
            options,
            platform: kodanik_wallet::Platform { keys, secrets, clock },
            locale: platform.locale,
            door: Mutex::default(),
            watcher: Watcher::default(),
        }))
    }

    fn session(&self) -> Result<Arc<Session>, Fault> {
        lock(&self.door).session.clone().ok_or_else(Fault::locked)
    }

    async fn enter(
        &self,
        wallet: impl Future<Output = Result<Wallet, WalletError>> + Send,
    ) -> Result<(), Fault> {
        self.at_the_door(wallet, |wallet, locks| self.keep(wallet, locks)).await
    }

    /// Works on the wallet's folder while the door is shut, once whatever still uses the folder has let go of it. `keep`
    /// takes what came of it, and how often the door had been locked before.
    async fn at_the_door<T>(
        &self,
        work: impl Future<Output = Result<T, WalletError>> + Send,
        keep: impl FnOnce(T, u64) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (gone, locks) = self.begin_opening()?;
        let opening = Opening(self);
        self.watcher.tell();
        let done = self
            .run(async move {
                if let Some(gone) = gone {
                    gone.wait().await;
                }
                Ok(work.await?)
            })
            .await;
        let result = done.and_then(|done| keep(done, locks));
        drop(opening);
        self.watcher.tell();
        result
    }

    fn keep(&self, wallet: Wallet, locks: u64) -> Result<(), Fault> {
        let (session, gone) = Session::new(wallet);
        let mut door = lock(&self.door);
        door.gone = Some(gone);
        if door.locks != locks {
            return Err(Fault::cancelled());
        }
        door.session = Some(session);
        Ok(())
    }

    fn begin_opening(&self) -> Result<(Option<Gone>, u64), Fault> {
        let mut door = lock(&self.door);
        if door.session.is_some() || door.is_opening {
            return Err(Fault::wrong_state());
        }
        door.is_opening = true;
        Ok((door.gone.clone(), door.locks))
    }

    /// Runs something that [`Self::lock`] ends.
    async fn run<T>(&self, work: impl Future<Output = Result<T, Fault>> + Send) -> Result<T, Fault> {
        let (handle, registration) = AbortHandle::new_pair();
        let _running = Running::begin(self, handle);
        match Abortable::new(AssertUnwindSafe(work).catch_unwind(), registration).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Fault::panicked()),
            Err(_) => Err(Fault::cancelled()),
        }
    }
}

/// The door is being opened.
struct Opening<'a>(&'a Kodanik);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        lock(&self.0.door).is_opening = false;
    }
}

/// Something runs outside flows.
struct Running<'a> {
    kodanik: &'a Kodanik,
    number: u64,
}

impl<'a> Running<'a> {
    fn begin(kodanik: &'a Kodanik, handle: AbortHandle) -> Self {
        let mut door = lock(&kodanik.door);
        door.next_number += 1;
        let number = door.next_number;
        door.running.push((number, handle));
        Self { kodanik, number }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(&self.kodanik.door).running.retain(|(number, _)| *number != self.number);
    }
}
