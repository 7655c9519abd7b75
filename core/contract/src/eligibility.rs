//! Who may vote, in numbers that everybody can compute (protocol.md §5.2.5): how many credentials each issuer says it
//! issued, how many pseudonyms bear its signature, and what looks wrong about it.
//!
//! A person cannot be seen from here, only numbers. What they catch: an issuer whose signature is on more pseudonyms than
//! it issued. What they only hint at: issuers that issued different numbers. What they cannot catch, and therefore
//! publish as [`StyleEligibility::unused`]: at least q issuers in league that vote with the credentials of people who
//! asked and did not vote.

mod report;

use std::collections::{BTreeMap, BTreeSet};

use kodanik_ballot::manifest::{Issuers, Manifest};
use kodanik_crypto::encoding::Bytes;
use serde::{Deserialize, Serialize};

/// Of so many people who ask an issuer, one may be on the way to the next one when issuing ends.
const PEOPLE_PER_ONE_IN_FLIGHT: u64 = 100;
/// And in a small election so many.
const LEAST_IN_FLIGHT: u64 = 3;

/// How many pseudonyms show the signatures of which issuers: by style, and by the issuers' positions in the manifest.
#[derive(Clone, Debug, Default)]
pub struct Bearers(BTreeMap<(String, BTreeSet<usize>), u64>);

impl Bearers {
    /// One more pseudonym whose ballots bear the signatures of exactly these issuers.
    pub fn add(&mut self, style: &str, issuers: BTreeSet<usize>) {
        *self.0.entry((style.to_owned(), issuers)).or_default() += 1;
    }

    /// A pseudonym's later ballot bears signatures of issuers that its earlier ones did not.
    pub(crate) fn change(&mut self, style: &str, from: BTreeSet<usize>, to: BTreeSet<usize>) {
        let key = (style.to_owned(), from);
        let left = self.0.remove(&key).unwrap_or_default().saturating_sub(1);
        if left > 0 {
            self.0.insert(key, left);
        }
        self.add(style, to);
    }

    /// Pseudonyms of this style that bear the issuer's signature.
    pub fn used(&self, issuer: usize, style: &str) -> u64 {
        self.of(style)
            .filter(|(issuers, _)| issuers.contains(&issuer))
            .map(|(_, pseudonyms)| pseudonyms)
            .sum()
    }

    fn of<'a>(&'a self, style: &'a str) -> impl Iterator<Item = (&'a BTreeSet<usize>, u64)> {
        let of_style = self.0.iter().filter(move |((of, _), _)| of == style);
        of_style.map(|((_, issuers), pseudonyms)| (issuers, *pseudonyms))
    }
}

/// What an issuer logged for one style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Credentials issued.
    pub issued: u64,
    /// Root of its list.
    pub root: Bytes<32>,
}

/// What the issuers have logged, by their positions in the manifest and style.
#[derive(Clone, Debug, Default)]
pub struct LoggedCounts(BTreeMap<(usize, String), Issued>);

impl LoggedCounts {
    /// Takes an issuer's counts, once for each style; `false` where they were there.
    pub fn add(&mut self, issuer: usize, style: &str, issued: Issued) -> bool {
        let key = (issuer, style.to_owned());
        if self.0.contains_key(&key) {
            return false;
        }
        self.0.insert(key, issued);
        true
    }

    /// What this issuer logged for this style.
    pub fn of(&self, issuer: usize, style: &str) -> Option<Issued> {
        self.0.get(&(issuer, style.to_owned())).copied()
    }
}

/// The eligibility side of one election: what gateway, auditor and wallet show, computed by each from the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// q: how many issuers sign each pseudonym.
    pub required: u32,
    /// By style, in the manifest's order.
    pub styles: Vec<StyleEligibility>,
    /// How many issuers may be corrupt without being able to give anybody a second pseudonym.
    pub tolerated: u32,
    /// [`StyleEligibility::unused`] of all styles together.
    pub unused: Option<u64>,
}

/// One ballot style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleEligibility {
    /// What looks wrong.
    pub alarms: Vec<Alarm>,
    /// In the manifest's order.
    pub issuers: Vec<IssuerEligibility>,
    /// Pseudonyms that cast a ballot.
    pub pseudonyms: u64,
    /// The style's id.
    pub style: String,
    /// Pseudonyms by the issuers whose signatures their ballots bear.
    pub subsets: Vec<IssuerSubset>,
    /// How many pseudonyms more issuers in league (at least q of them) could have put into this box so that every
    /// count still fits: credentials that were issued and with which nobody voted. `None` before q issuers have logged
    /// their counts. It says nothing about the pseudonyms that are in the box: after stuffing k it is smaller by k.
    pub unused: Option<u64>,
}

/// One issuer's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerEligibility {
    /// Credentials that it says it issued; none before it said so.
    pub issued: Option<u64>,
    /// The issuer's id.
    pub issuer: String,
    /// Root of its list; none before it said so.
    pub root: Option<Bytes<32>>,
    /// Pseudonyms with a ballot that bears its signature.
    pub used: u64,
}

/// Pseudonyms whose ballots bear the signatures of the same issuers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSubset {
    /// The issuers' ids, in the manifest's order. More than q where ballots of one pseudonym bear different signatures.
    pub issuers: Vec<String>,
    /// How many.
    pub pseudonyms: u64,
}

/// Something that looks wrong. Only [`Self::MorePseudonymsThanIssued`] is proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case", deny_unknown_fields)]
pub enum Alarm {
    /// These issuers signed more often than the others, by more than people explain who were on their way from one issuer
    /// to the next when issuing ended. They signed beside the others, or the others refused people.
    IssuedDiffers {
        /// Credentials that each of them issued.
        issued: u64,
        /// The issuers' ids.
        issuers: Vec<String>,
        /// The fewest people who must have begun and not finished if nobody signed twice.
        unfinished: u64,
    },
    /// The issuer's signature is on more pseudonyms than it says it issued. There is no tally.
    MorePseudonymsThanIssued {
        /// Credentials that it says it issued.
        issued: u64,
        /// The issuer's id.
        issuer: String,
        /// Pseudonyms that bear its signature.
        used: u64,
    },
    /// Fewer pseudonyms than the manifest's `min_cell` bear the signatures of just these issuers, while others bear
    /// others'. An issuer knows who asked it: in so small a crowd it can guess which pseudonym is whose.
    SmallSubset {
        /// The issuers' ids.
        issuers: Vec<String>,
        /// The manifest's `min_cell`.
        min_cell: u32,
        /// How many.
        pseudonyms: u64,
    },
}

impl Alarm {
    /// Whether it proves that somebody cheated, and is not only a reason to look.
    pub fn is_proof(&self) -> bool {
        matches!(self, Self::MorePseudonymsThanIssued { .. })
    }
}

impl Eligibility {
    /// Computes everything from what the log holds of one election.
    pub fn compute(manifest: &Manifest, bearers: &Bearers, counts: &LoggedCounts) -> Self {
        let style = |style| StyleEligibility::compute(manifest, style, bearers, counts);
        let styles: Vec<_> = manifest.styles.iter().map(|one| style(one.id.as_str())).collect();
        Self {
            required: manifest.issuers.required,
            tolerated: tolerated(&manifest.issuers),
            unused: styles.iter().try_fold(0_u64, |all, style| Some(all.saturating_add(style.unused?))),
            styles,
        }
    }

    /// What looks wrong, with the style that it is about.
    pub fn alarms(&self) -> impl Iterator<Item = (&str, &Alarm)> {
        self.styles.iter().flat_map(|style| style.alarms.iter().map(|alarm| (style.style.as_str(), alarm)))
    }
}

impl StyleEligibility {
    fn compute(manifest: &Manifest, style: &str, bearers: &Bearers, counts: &LoggedCounts) -> Self {
        let members = &manifest.issuers.members;
        let issuers = members.iter().enumerate().map(|(position, issuer)| {
            let logged = counts.of(position, style);
            IssuerEligibility {
                issued: logged.map(|logged| logged.issued),
                issuer: issuer.id.clone(),
                root: logged.map(|logged| logged.root),
                used: bearers.used(position, style),
            }
        });
        let subsets = bearers.of(style).map(|(issuers, pseudonyms)| IssuerSubset {
            issuers: issuers.iter().filter_map(|at| Some(members.get(*at)?.id.clone())).collect(),
            pseudonyms,
        });
        let (issuers, subsets): (Vec<_>, Vec<_>) = (issuers.collect(), subsets.collect());
        Self {
            alarms: alarms(manifest, &issuers, &subsets),
            pseudonyms: subsets.iter().map(|subset| subset.pseudonyms).sum(),
            style: style.to_owned(),
            unused: unused(&issuers, u64::from(manifest.issuers.required)),
            issuers,
            subsets,
        }
    }
}

/// Two sets of q share at least 2q - m issuers; all of them must be corrupt to sign for one person twice.
fn tolerated(issuers: &Issuers) -> u32 {
    (2 * issuers.required).saturating_sub(issuers.members.len() as u32 + 1)
}

/// The most sets of q distinct issuers such that no issuer is in more of them than it has credentials left. k sets exist
/// exactly if sum of min(left, k) >= q k.
fn unused(issuers: &[IssuerEligibility], required: u64) -> Option<u64> {
    let left = issuers.iter().filter_map(|issuer| Some(issuer.issued?.saturating_sub(issuer.used)));
    let left: Vec<u128> = left.map(u128::from).collect();
    let required = u128::from(required.max(1));
    if (left.len() as u128) < required {
        return None;
    }
    let fits = |k: u128| left.iter().map(|left| *left.min(&k)).sum::<u128>() >= required * k;
    let (mut fit, mut beyond) = (0, left.iter().sum::<u128>() / required + 1);
    while beyond - fit > 1 {
        let middle = fit + (beyond - fit) / 2;
        if fits(middle) {
            fit = middle;
        } else {
            beyond = middle;
        }
    }
    Some(u64::try_from(fit).unwrap_or(u64::MAX))
}

fn alarms(manifest: &Manifest, issuers: &[IssuerEligibility], subsets: &[IssuerSubset]) -> Vec<Alarm> {
    let beyond = issuers.iter().filter_map(|issuer| {
        let issued = issuer.issued.filter(|issued| issuer.used > *issued)?;
        Some(Alarm::MorePseudonymsThanIssued { issued, issuer: issuer.issuer.clone(), used: issuer.used })
    });
    let differs = issued_differs(issuers, u64::from(manifest.issuers.required));
    let min_cell = manifest.min_cell;
    let small = subsets.iter().filter(|subset| subsets.len() > 1 && subset.pseudonyms < u64::from(min_cell));
    let small = small.map(|subset| Alarm::SmallSubset {
        issuers: subset.issuers.clone(),
        min_cell,
        pseudonyms: subset.pseudonyms,
    });
    beyond.chain(differs).chain(small).collect()
}

/// Everybody asks q issuers. So whoever asked the busiest issuer asked q - 1 others, and the others' numbers must make up
/// for that; an issuer that has not told yet counts as busy as the busiest.
fn issued_differs(issuers: &[IssuerEligibility], required: u64) -> Option<Alarm> {
    let most = issuers.iter().filter_map(|issuer| issuer.issued).max()?;
    let told: u128 = issuers.iter().map(|issuer| u128::from(issuer.issued.unwrap_or(most))).sum();
    let missing = (u128::from(required) * u128::from(most)).saturating_sub(told);
    let unfinished = missing.div_ceil(u128::from(required.saturating_sub(1).max(1)));
    let unfinished = u64::try_from(unfinished).unwrap_or(u64::MAX);
    if unfinished <= LEAST_IN_FLIGHT.max(most / PEOPLE_PER_ONE_IN_FLIGHT) {
        return None;
    }
    let busiest = issuers.iter().filter(|issuer| issuer.issued == Some(most));
    Some(Alarm::IssuedDiffers {
        issued: most,
        issuers: busiest.map(|issuer| issuer.issuer.clone()).collect(),
        unfinished,
    })
}
