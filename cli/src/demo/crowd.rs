//! A crowd of citizens, each with a wallet of its own, votes at the same time.

use std::sync::Arc;
use std::time::Instant;

use kodanik_crypto::secret::SecretText;
use kodanik_wallet::Wallet;
use rand_core::{OsRng, RngCore};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::citizen::choices;
use super::stage::person;
use crate::failure::Failure;
use crate::stage::{ELECTION, Stage};
use crate::ui::Ui;

/// How many phones are set up at once; each stretches a PIN, which takes 64 MiB.
const AT_ONCE: usize = 8;

/// Everybody enrols, then everybody votes.
pub(super) async fn vote(stage: &Stage, voters: u32, ui: &Ui) -> Result<(), Failure> {
    ui.chapter(
        8,
        "A crowd votes at the same time",
        "Every one of them is a real wallet with an e-ID and three blind signatures, over real sockets.",
    );
    let phones = enrol(stage, voters, ui).await?;
    ui.checked(
        "e-IDs issued and checked, voting credentials verified",
        format!("{} citizens, {} blind signatures", phones.len(), 3 * phones.len()),
    );
    let bar = ui.bar("Ballots on the board", u64::from(voters));
    let started = Instant::now();
    let mut casting = JoinSet::new();
    for phone in phones {
        casting.spawn(async move { cast(&phone).await });
    }
    let mut last = 0;
    while let Some(receipt) = casting.join_next().await {
        last = last.max(joined(receipt)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    ui.checked(
        "every ballot's receipt verified by its own wallet",
        format!("{voters} of {voters}, up to entry {last}, {:.1} s", started.elapsed().as_secs_f32()),
    );
    Ok(())
}

async fn enrol(stage: &Stage, voters: u32, ui: &Ui) -> Result<Vec<Wallet>, Failure> {
    let offers = (0..voters)
        .map(|number| stage.office.enrol(&person("Citizen", &format!("No. {number}"), 100 + number, None)));
    let offers = offers.collect::<Result<Vec<_>, _>>()?;
    stage.prepare(ELECTION).await?;
    let bar = ui.bar("Citizens enrol", u64::from(voters));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut enrolling = JoinSet::new();
    for (number, offer) in offers.into_iter().enumerate() {
        let place =
            places.clone().acquire_owned().await.map_err(|error| Failure::refused("crowd", error, ""))?;
        let phone = stage.new_phone(&format!("citizen-{number}")).await?;
        enrolling.spawn(async move {
            let _place = place;
            equip(phone, offer.offer_uri.expose(), offer.tx_code).await
        });
        bar.inc(1);
    }
    let mut phones = Vec::new();
    while let Some(phone) = enrolling.join_next().await {
        phones.push(joined(phone)?);
    }
    bar.finish_and_clear();
    Ok(phones)
}

async fn equip(phone: Wallet, offer: &str, tx_code: SecretText) -> Result<Wallet, Failure> {
    phone.add_credential(offer, Some(tx_code)).await?;
    phone.obtain_credential(ELECTION, None).await?;
    Ok(phone)
}

/// Casts a ballot of chance; gives its index in the log.
async fn cast(phone: &Wallet) -> Result<u64, Failure> {
    let mayor = (1 + OsRng.next_u32() % 10).to_string();
    let project = 1 + OsRng.next_u32() % 5;
    // Any project and the next but one are within the budget.
    let (first, second) = (project.to_string(), (1 + (project + 1) % 5).to_string());
    let projects: &[&str] = match OsRng.next_u32() % 4 {
        0 => &[],
        1 => &[&first],
        _ => &[&first, &second],
    };
    Ok(phone.cast(ELECTION, &choices(&mayor, projects)).await?.index)
}

fn joined<T>(result: Result<Result<T, Failure>, tokio::task::JoinError>) -> Result<T, Failure> {
    match result {
        Ok(result) => result,
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}
