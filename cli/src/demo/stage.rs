//! What only the story needs of the stage: phones, people, the close and the count.

use std::path::PathBuf;

use futures_util::future::try_join_all;
use kodanik_contract::election::ElectionRecord;
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_trustee::decrypt::Decrypt;
use kodanik_wallet::platform::SoftwarePlatform;
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use rand_core::OsRng;

use crate::authority::STYLE;
use crate::failure::Failure;
use crate::stage::{PAUSE, Stage, THRESHOLD, entry, must_hold};
use crate::ui::Ui;

/// The PIN of every simulated phone.
const PIN: &str = "271905";

impl Stage {
    /// Closes with the issuers' counts, lets three trustees decrypt, publishes.
    pub(super) async fn close(&self, name: &str, ui: &Ui) -> Result<(), Failure> {
        let mut board = self.board()?;
        let election = crate::board::election(&mut board, name).await?.election().cloned();
        let election =
            election.ok_or_else(|| Failure::refused("not_now", "The election is not open.", ""))?;
        let counts = self.office.counts(&election)?;
        let closed = self.authority.close(&mut board, name, counts).await?;
        ui.checked(
            "closed: the authority replayed the log and signed the list of last ballots",
            entry(closed.index),
        );
        let bar = ui.bar("Trustees open the sums", u64::from(THRESHOLD));
        let present = self.trustees.iter().take(usize::from(THRESHOLD));
        let parts = present.map(|trustee| async {
            let end = trustee.decrypt_until_done(&mut self.board()?, name, PAUSE, |_| {}).await?;
            bar.inc(1);
            Ok::<_, Failure>(end)
        });
        let ends = try_join_all(parts).await?;
        bar.finish_and_clear();
        if ends.iter().any(|end| matches!(end, Decrypt::Waiting(_))) {
            return Err(Failure::refused("decrypt", "A trustee did not decrypt.", ""));
        }
        show_opening(crate::board::election(&mut board, name).await?, ui)?;
        let (_, published) = self.authority.publish_result(&mut board, name).await?;
        ui.checked("result on the board; the log accepts no other", entry(published.index));
        for trustee in self.trustees.iter().take(usize::from(THRESHOLD)) {
            let end = trustee.decrypt(&mut self.board()?, name).await?;
            must_hold(end == Decrypt::Tallied, "A trustee kept its share of the key.")?;
        }
        ui.checked("the trustees that opened the sums destroyed their shares of the key", "");
        Ok(())
    }

    /// A new phone without anything in it.
    pub(super) async fn new_phone(&self, name: &str) -> Result<Wallet, Failure> {
        let home = self.home(name);
        let options = InitOptions {
            gateway: self.gateway.context.urls.identified.clone(),
            trust: Some(self.trust()),
            allow_loopback_http: true,
        };
        Ok(Wallet::init(&home, options, pin()?, SoftwarePlatform::platform(&home)?).await?)
    }

    /// A phone that exists.
    pub(super) async fn open_phone(&self, name: &str) -> Result<Wallet, Failure> {
        let home = self.home(name);
        Ok(Wallet::open(&home, pin()?, SoftwarePlatform::platform(&home)?).await?)
    }

    /// Where a phone's folder is.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.folder().join("phones").join(name)
    }
}

/// Counts in the log what the ticks about statements, issuers and shares claim.
fn show_opening(record: &ElectionRecord, ui: &Ui) -> Result<(), Failure> {
    let manifest = record.manifest();
    let stated = record.counting().map_or(0, |counting| counting.statements().len());
    ui.checked(
        "trustees replayed the log, signed the same sums, and opened only those",
        format!("{stated} of {}; the others stayed at home", manifest.trustees.members.len()),
    );
    let issuers = manifest.issuers.members.len();
    let kept = |issuer: &usize| {
        record.issued(*issuer, STYLE).is_some_and(|issued| record.used(*issuer, STYLE) <= issued)
    };
    let within = (0..issuers).filter(kept).count();
    ui.checked(
        "no issuer's signature is on more pseudonyms than it issued",
        format!("{within} of {issuers}"),
    );
    let shares = record.counting().map_or(0, |counting| counting.shares().count());
    match shares {
        0 => ui.checked("too few ballots to publish counts: no sum is opened, only the turnout is told", ""),
        _ => ui.checked(
            "every partial decryption carries a proof that it is the right one",
            format!("{shares} verified"),
        ),
    }
    must_hold(stated >= usize::from(THRESHOLD) && within == issuers, "The log does not show what it should.")
}

/// A person of the demo; `number` makes the numbers unique.
pub(super) fn person(
    given_name: &str,
    family_name: &str,
    number: u32,
    card: Option<kodanik_crypto::signature::VerifyingKey>,
) -> Person {
    Person {
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        birthdate: "1990-05-17".to_owned(),
        personal_administrative_number: format!("19900517{number:05}"),
        roll_number: format!("R-{number:05}"),
        nationality: "KR".to_owned(),
        id_card_key: card,
    }
}

fn pin() -> Result<PinEntry, Failure> {
    Ok(PinEntry::from_text(PIN).map_err(WalletError::from)?)
}

/// The test double of a plastic ID card.
pub(super) fn test_id_card() -> kodanik_wallet::recover::TestIdCard {
    kodanik_wallet::recover::TestIdCard::make(&mut OsRng)
}
