//! Why the contract refuses an entry: one fact each, the same for everybody who runs the contract
//! (protocol.md §5.2.8).

use thiserror::Error;

/// Why an entry is refused. None of them holds anything of the entry itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The election's ceremony, opening, counts, close, statement, share or result is there already, and differs.
    #[error("this step was already taken, with other content")]
    AlreadyDone,
    /// A ballot's proof does not verify, or the ballot does not fit its contests.
    #[error("the ballot's proofs do not verify")]
    BadBallot,
    /// A close entry whose number of ballots or list root is not the log's.
    #[error("the close does not state what the log holds")]
    BadClose,
    /// A round-2 share or a confirmation that does not fit what was revealed.
    #[error("a trustee's message does not fit the ceremony")]
    BadCeremonyMessage,
    /// A trustee's partial decryption does not verify.
    #[error("the partial decryption does not verify")]
    BadPartialDecryption,
    /// The result is not what the trustees' shares decrypt to.
    #[error("the result is not what the shares decrypt to")]
    BadResult,
    /// A signature of the authority, an issuer or a trustee does not verify.
    #[error("a signature does not verify")]
    BadSignature,
    /// A trustee's close statement is not about these ballots.
    #[error("the close statement is not about what the log holds")]
    BadStatement,
    /// Fewer than the required issuers' tokens, one issuer twice, or a token that does not verify.
    #[error("the voting credential does not verify")]
    BadToken,
    /// An issuer has not logged its counts for every style.
    #[error("an issuer's counts are missing")]
    CountsMissing,
    /// The election's slug is taken.
    #[error("an election of this name exists")]
    DuplicateElection,
    /// The log has its genesis already.
    #[error("the log has begun already")]
    DuplicateGenesis,
    /// At or after the minute at which the election closes.
    #[error("the election has closed")]
    Late,
    /// Not the canonical JSON of an entry, or a manifest that breaks a rule.
    #[error("not the canonical JSON of an entry")]
    Malformed,
    /// More pseudonyms bear an issuer's signature than it says it issued.
    #[error("more ballots bear an issuer's signature than it issued")]
    MorePseudonymsThanIssued,
    /// Fewer than the threshold of trustees have logged identical close statements.
    #[error("too few identical close statements")]
    NoAgreement,
    /// The log has no genesis yet.
    #[error("the log has not begun")]
    NoGenesis,
    /// The election is not in the phase in which this may come.
    #[error("not in this phase of the election")]
    NotNow,
    /// Ballots are not accepted: the election is not open, or has been closed.
    #[error("the election is not open")]
    NotOpen,
    /// The entry is of or for another election than the log knows.
    #[error("no such election in this log")]
    OtherElection,
    /// The entry names another log.
    #[error("the entry is for another log")]
    OtherLog,
    /// A reveal that does not match its commitment.
    #[error("the reveal does not match the commitment")]
    RevealMismatch,
    /// The same entry, byte for byte, is in the log twice. Only a replay says so; a submission gets its index.
    #[error("the log holds the same entry twice")]
    Repeated,
    /// A first ballot of a pseudonym that has one already.
    #[error("the pseudonym has a first ballot already")]
    SecondFirstBallot,
    /// A later ballot in another style than the first one.
    #[error("the ballot's style is not that of the pseudonym's first ballot")]
    StyleChanged,
    /// The leaf's minute lies before that of the leaf before it.
    #[error("time runs back")]
    TimeRunsBack,
    /// Before the minute at which the election opens, or a binding election's close before it may be.
    #[error("too early")]
    TooEarly,
    /// Fewer shares of a contest than the threshold.
    #[error("too few decryption shares")]
    TooFewShares,
    /// The entry does not fit a leaf.
    #[error("the entry is too large")]
    TooLarge,
    /// The manifest has no such issuer or no such style.
    #[error("no such issuer or style")]
    UnknownIssuer,
    /// The manifest has no trustee of this index.
    #[error("no such trustee")]
    UnknownTrustee,
    /// `prev` is not the tracker of the pseudonym's last ballot.
    #[error("prev is not the tracker of the last ballot")]
    WrongPrevious,
    /// `seq` is not one more than that of the pseudonym's last ballot.
    #[error("seq does not follow the last ballot's")]
    WrongSequence,
}

impl Rejection {
    /// The stable code that goes over the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyDone => "already_done",
            Self::BadBallot => "bad_ballot",
            Self::BadCeremonyMessage => "bad_ceremony_message",
            Self::BadClose => "bad_close",
            Self::BadPartialDecryption => "bad_partial_decryption",
            Self::BadResult => "bad_result",
            Self::BadSignature => "bad_signature",
            Self::BadStatement => "bad_statement",
            Self::BadToken => "bad_token",
            Self::CountsMissing => "counts_missing",
            Self::DuplicateElection => "duplicate_election",
            Self::DuplicateGenesis => "duplicate_genesis",
            Self::Late => "late",
            Self::Malformed => "malformed",
            Self::MorePseudonymsThanIssued => "more_pseudonyms_than_issued",
            Self::NoAgreement => "no_agreement",
            Self::NoGenesis => "no_genesis",
            Self::NotNow => "not_now",
            Self::NotOpen => "not_open",
            Self::OtherElection => "other_election",
            Self::OtherLog => "other_log",
            Self::Repeated => "repeated",
            Self::RevealMismatch => "reveal_mismatch",
            Self::SecondFirstBallot => "second_first_ballot",
            Self::StyleChanged => "style_changed",
            Self::TimeRunsBack => "time_runs_back",
            Self::TooEarly => "too_early",
            Self::TooFewShares => "too_few_shares",
            Self::TooLarge => "too_large",
            Self::UnknownIssuer => "unknown_issuer",
            Self::UnknownTrustee => "unknown_trustee",
            Self::WrongPrevious => "wrong_previous",
            Self::WrongSequence => "wrong_sequence",
        }
    }
}
