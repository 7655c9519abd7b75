//! What makes a draft a manifest (protocol.md §3.1.2).

use std::collections::BTreeSet;

use kodanik_crypto::blind_rsa::BlindPublicKey;
use kodanik_crypto::encoding::EncodingError;
use kodanik_crypto::time::UnixMinute;
use thiserror::Error;

use super::{
    CheckPolicy, Contest, Issuer, IssuerKey, Issuers, Kind, MAX_ENTRY_BYTES, MAX_MANIFEST_BYTES,
    MAX_OPTIONS_PER_STYLE, ManifestDraft, Method, SUITE, Style, Trustees,
};
use crate::ballot;

/// Sums of costs stay far below the group's order, and below 2^64.
const MAX_BUDGET: u64 = u32::MAX as u64;
const MAX_CONTESTS: usize = 200;
const MAX_ISSUERS: usize = 9;
const MAX_STYLES: usize = 100;
const MAX_TITLE_BYTES: usize = 500;
const MAX_TRUSTEES: usize = 16;
const MAX_URL_BYTES: usize = 500;
/// 2^40 minutes: every time fits the integers of every JSON library.
const MAX_MINUTE: UnixMinute = UnixMinute(1 << 40);

/// The rule that a draft breaks. Its author must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A budget contest without a budget, with one beyond 2^32 - 1, or with a cost outside 1..=budget; or another
    /// contest with a budget or a cost.
    #[error(
        "a contest's budget and costs do not fit together: each cost is 1 to the budget, and both are 0 without one"
    )]
    Budget,
    /// Minutes outside 1..=1440, or tests or tries beyond 10.
    #[error("the check policy is outside 1..=1440 minutes, 0..=10 tests and 0..=10 tries")]
    CheckPolicy,
    /// No contests or options, or too many of them.
    #[error("no contests or options, or too many")]
    Contests,
    /// Two contests, options, styles, issuers or trustees share an id or a key.
    #[error("an id or a key is used twice")]
    Duplicate,
    /// Not canonical JSON of the manifest's shape.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// An id is not 1 to 63 characters of `[a-z0-9-]`.
    #[error("an id is not 1 to 63 characters of a-z, 0-9 and -")]
    Id,
    /// An issuer has not exactly one RSA-3072 key for each style, in order.
    #[error("an issuer lacks the one RSA-3072 key for each style, in order")]
    IssuerKeys,
    /// q < m where one issuer that signs twice would give somebody two pseudonyms, or q or m out of range.
    #[error("the number of required issuers lets one corrupt issuer give two pseudonyms")]
    IssuerQuorum,
    /// Not an http or https address of printable ASCII.
    #[error("an issuer's address is not an http or https address")]
    IssuerUrl,
    /// A ranked contest.
    #[error(
        "a ranked contest cannot be counted by adding up encrypted choices; ask for approval (min 1, max all) instead"
    )]
    MethodRanked,
    /// A contest with write-in answers.
    #[error(
        "write-in answers cannot be counted by adding up encrypted choices; list everybody who can be chosen instead"
    )]
    MethodWriteIn,
    /// 0, or 1 in a binding election.
    #[error("the smallest cell that is decrypted is too small")]
    MinCell,
    /// Not `1 <= max`, `min <= max`, `max <=` number of options.
    #[error("a contest's bounds do not fit its options")]
    SelectionBounds,
    /// A ballot of some style would not fit a ledger entry, or has more than 150 ciphertexts.
    #[error("a style is larger than a ballot can be")]
    StyleSize,
    /// A style with no, repeated or unknown contests, or a contest in no style.
    #[error("styles and contests do not fit together")]
    Styles,
    /// Not [`SUITE`].
    #[error("unknown suite")]
    Suite,
    /// An empty or overlong title or name, or one with control characters.
    #[error("a title is empty, too long or holds control characters")]
    Text,
    /// Opens after it closes, or a time beyond 2^40 minutes.
    #[error("the election does not open before it closes")]
    Times,
    /// Larger than [`MAX_MANIFEST_BYTES`].
    #[error("the manifest does not fit a ledger entry")]
    TooLarge,
    /// Not `2 <= t <= n <= 16` with `2t > n`.
    #[error("the trustees' threshold is not more than half of 2 to 16 trustees")]
    TrusteeThreshold,
}

/// Checks every rule, and gives each issuer's keys, by style.
pub(super) fn check(draft: &ManifestDraft) -> Result<Vec<Vec<BlindPublicKey>>, ManifestError> {
    ensure(draft.suite == SUITE, ManifestError::Suite)?;
    check_id(&draft.election)?;
    check_text(&draft.title)?;
    check_text(&draft.log)?;
    ensure(draft.opens < draft.closes && draft.closes <= MAX_MINUTE, ManifestError::Times)?;
    check_policy(&draft.check)?;
    let smallest_cell = if draft.kind == Kind::Binding { 2 } else { 1 };
    ensure(draft.min_cell >= smallest_cell, ManifestError::MinCell)?;
    check_contests(&draft.contests)?;
    check_trustees(&draft.trustees)?;
    check_styles(draft)?;
    let issuer_keys = check_issuers(&draft.issuers, &draft.styles)?;
    for style in &draft.styles {
        ensure(ballot::largest_entry(draft, style) <= MAX_ENTRY_BYTES, ManifestError::StyleSize)?;
    }
    let size = kodanik_crypto::encoding::to_canonical_json(draft)?.len();
    ensure(size <= MAX_MANIFEST_BYTES, ManifestError::TooLarge)?;
    Ok(issuer_keys)
}

fn ensure(holds: bool, error: ManifestError) -> Result<(), ManifestError> {
    holds.then_some(()).ok_or(error)
}

fn check_policy(check: &CheckPolicy) -> Result<(), ManifestError> {
    let fits = (1..=1440).contains(&check.minutes) && check.tests <= 10 && check.tries <= 10;
    ensure(fits, ManifestError::CheckPolicy)
}

fn check_contests(contests: &[Contest]) -> Result<(), ManifestError> {
    ensure((1..=MAX_CONTESTS).contains(&contests.len()), ManifestError::Contests)?;
    ensure(all_distinct(contests.iter().map(|contest| &contest.id)), ManifestError::Duplicate)?;
    contests.iter().try_for_each(check_contest)
}

fn check_contest(contest: &Contest) -> Result<(), ManifestError> {
    match contest.method {
        Method::Budget | Method::Selection => {}
        Method::Ranked => return Err(ManifestError::MethodRanked),
        Method::WriteIn => return Err(ManifestError::MethodWriteIn),
    }
    check_id(&contest.id)?;
    check_text(&contest.title)?;
    ensure((1..MAX_OPTIONS_PER_STYLE).contains(&contest.options.len()), ManifestError::Contests)?;
    for option in &contest.options {
        check_id(&option.id)?;
        check_text(&option.title)?;
    }
    ensure(all_distinct(contest.options.iter().map(|option| &option.id)), ManifestError::Duplicate)?;
    let fits =
        contest.max >= 1 && contest.min <= contest.max && contest.max as usize <= contest.options.len();
    ensure(fits, ManifestError::SelectionBounds)?;
    check_budget(contest)
}

fn check_budget(contest: &Contest) -> Result<(), ManifestError> {
    let mut costs = contest.options.iter().map(|option| option.cost);
    let fits = match contest.has_budget() {
        true => {
            (1..=MAX_BUDGET).contains(&contest.budget)
                && costs.all(|cost| (1..=contest.budget).contains(&cost))
        }
        false => contest.budget == 0 && costs.all(|cost| cost == 0),
    };
    ensure(fits, ManifestError::Budget)
}

fn check_styles(draft: &ManifestDraft) -> Result<(), ManifestError> {
    let styles = &draft.styles;
    ensure((1..=MAX_STYLES).contains(&styles.len()), ManifestError::Styles)?;
    ensure(all_distinct(styles.iter().map(|style| &style.id)), ManifestError::Duplicate)?;
    for style in styles {
        check_style(style, &draft.contests)?;
    }
    let used: BTreeSet<&String> = styles.iter().flat_map(|style| &style.contests).collect();
    ensure(draft.contests.iter().all(|contest| used.contains(&contest.id)), ManifestError::Styles)
}

fn check_style(style: &Style, contests: &[Contest]) -> Result<(), ManifestError> {
    check_id(&style.id)?;
    ensure(!style.contests.is_empty() && all_distinct(&style.contests), ManifestError::Styles)?;
    let mut ciphertexts = 0;
    for id in &style.contests {
        let contest = contests.iter().find(|contest| contest.id == *id).ok_or(ManifestError::Styles)?;
        ciphertexts += contest.ciphertexts();
    }
    ensure(ciphertexts <= MAX_OPTIONS_PER_STYLE, ManifestError::StyleSize)
}

fn check_trustees(trustees: &Trustees) -> Result<(), ManifestError> {
    let (t, n) = (usize::from(trustees.threshold), trustees.members.len());
    // With 2t > n no two sets of t trustees can sign different close statements without a double signer.
    ensure(t >= 2 && t <= n && n <= MAX_TRUSTEES && 2 * t > n, ManifestError::TrusteeThreshold)?;
    trustees.members.iter().try_for_each(|member| check_text(&member.name))?;
    let keys = trustees.members.iter().flat_map(|member| [&member.signing_key, &member.sealing_key]);
    ensure(all_distinct(keys), ManifestError::Duplicate)
}

fn check_issuers(issuers: &Issuers, styles: &[Style]) -> Result<Vec<Vec<BlindPublicKey>>, ManifestError> {
    let (q, m) = (issuers.required as usize, issuers.members.len());
    // With q < m two ballots' sets of q must share more issuers than the one (f = 1) that may be corrupt.
    let quorum = (1..=MAX_ISSUERS).contains(&m) && q >= 1 && (q == m || (q < m && 2 * q >= m + 2));
    ensure(quorum, ManifestError::IssuerQuorum)?;
    let members = &issuers.members;
    let parsed = members.iter().map(|issuer| check_issuer(issuer, styles)).collect::<Result<_, _>>()?;
    let keys = members.iter().flat_map(|issuer| issuer.keys.iter().map(|key| &key.spki));
    let distinct = all_distinct(members.iter().map(|issuer| &issuer.id))
        && all_distinct(members.iter().map(|issuer| &issuer.signing_key))
        && all_distinct(keys);
    ensure(distinct, ManifestError::Duplicate)?;
    Ok(parsed)
}

fn check_issuer(issuer: &Issuer, styles: &[Style]) -> Result<Vec<BlindPublicKey>, ManifestError> {
    check_id(&issuer.id)?;
    check_text(&issuer.name)?;
    let url = &issuer.url;
    let printable = url.len() <= MAX_URL_BYTES && url.bytes().all(|byte| byte.is_ascii_graphic());
    let http = url.starts_with("https://") || url.starts_with("http://");
    ensure(printable && http, ManifestError::IssuerUrl)?;
    let styles_match = issuer.keys.iter().map(|key| &key.style).eq(styles.iter().map(|style| &style.id));
    ensure(styles_match, ManifestError::IssuerKeys)?;
    let parse = |key: &IssuerKey| BlindPublicKey::from_spki(&key.spki.0);
    issuer.keys.iter().map(parse).collect::<Result<_, _>>().map_err(|_| ManifestError::IssuerKeys)
}

fn check_id(id: &str) -> Result<(), ManifestError> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    ensure((1..=63).contains(&id.len()) && id.bytes().all(allowed), ManifestError::Id)
}

fn check_text(text: &str) -> Result<(), ManifestError> {
    let fits = (1..=MAX_TITLE_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
    ensure(fits, ManifestError::Text)
}

fn all_distinct<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}
