//! What a person writes to define an election; the keys of trustees and issuers are added from their files.

use kodanik_ballot::manifest::{
    CheckPolicy, Contest, ContestOption, Issuer, Issuers, Kind, Manifest, ManifestDraft, ManifestError,
    Method, SUITE, Style, TrusteeMember, Trustees,
};
use kodanik_crypto::time::UnixMinute;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, capitalised};

/// An eligibility issuer's public card for one election, as `kodanik gateway prepare` prints it.
pub(crate) type IssuerCard = Issuer;

/// An election without its keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    /// Short name: lower-case letters, digits, hyphens.
    pub(crate) election: String,
    /// For people.
    pub(crate) title: String,
    /// `binding` closes when it says; `trial` may be closed early.
    pub(crate) kind: Kind,
    /// Casting opens this many minutes from now.
    pub(crate) opens_in_minutes: u64,
    /// Casting closes this many minutes from now.
    pub(crate) closes_in_minutes: u64,
    /// The questions. A blank vote is always possible and need not be listed.
    pub(crate) contests: Vec<Contest>,
    /// Below this many ballots only the turnout of a contest is published.
    pub(crate) min_cell: u32,
    /// How long and how often a ballot can be checked with another phone.
    pub(crate) check: CheckPolicy,
}

impl Definition {
    /// Two contests, as the demo has them: one of ten, and projects within a budget.
    pub(crate) fn example() -> Self {
        let option = |(n, cost, title): (u64, u64, &str)| ContestOption {
            cost,
            id: n.to_string(),
            title: title.to_owned(),
        };
        let mayors = [
            "Kim Ara",
            "Lee Bom",
            "Park Chan",
            "Choi Dan",
            "Jung Eun",
            "Kang Gyu",
            "Cho Ha",
            "Yoon In",
            "Jang Jae",
            "Lim Kyo",
        ];
        let projects = [
            (4, "Riverside cycle path"),
            (3, "Night buses"),
            (2, "Library on Sundays"),
            (5, "Trees for the old town"),
            (7, "Open-air pool"),
        ];
        let mayors = (1..).zip(mayors).map(|(n, name)| option((n, 0, name)));
        let projects = (1..).zip(projects).map(|(n, (cost, name))| option((n, cost, name)));
        Self {
            election: "city-2026".to_owned(),
            title: "City election 2026".to_owned(),
            kind: Kind::Trial,
            opens_in_minutes: 0,
            closes_in_minutes: 24 * 60,
            contests: vec![
                Contest {
                    budget: 0,
                    id: "mayor".to_owned(),
                    max: 1,
                    method: Method::Selection,
                    min: 1,
                    options: mayors.collect(),
                    title: "Mayor".to_owned(),
                },
                Contest {
                    budget: 10,
                    id: "projects".to_owned(),
                    max: 3,
                    method: Method::Budget,
                    min: 1,
                    options: projects.collect(),
                    title: "Which projects? (10 million to spend)".to_owned(),
                },
            ],
            min_cell: 20,
            check: CheckPolicy { minutes: 30, tests: 3, tries: 3 },
        }
    }

    /// The example as a file's text.
    pub(crate) fn example_text() -> Result<String, Failure> {
        serde_json::to_string_pretty(&Self::example())
            .map_err(|error| Failure::refused("encoding", error, ""))
    }

    /// The manifest: checked whole, so that a mistake is found before anything is published.
    pub(crate) fn into_manifest(
        self,
        log: &str,
        trustees: Vec<TrusteeMember>,
        threshold: u16,
        issuers: Issuers,
        now: UnixMinute,
    ) -> Result<Manifest, Failure> {
        let contests = self.contests.iter().map(|contest| contest.id.clone()).collect();
        let draft = ManifestDraft {
            check: self.check,
            closes: UnixMinute(now.0 + self.closes_in_minutes),
            contests: self.contests,
            election: self.election,
            issuers,
            kind: self.kind,
            log: log.to_owned(),
            min_cell: self.min_cell,
            opens: UnixMinute(now.0 + self.opens_in_minutes),
            styles: vec![Style { contests, id: STYLE.to_owned() }],
            suite: SUITE.to_owned(),
            title: self.title,
            trustees: Trustees { members: trustees, threshold },
        };
        Manifest::new(draft).map_err(|error| {
            let advice = match error {
                ManifestError::IssuerQuorum => {
                    "Require all issuers, or with --required so many that two sets of them share two: 3 of 4, 4 of 5."
                }
                _ => "Change the definition and try again.",
            };
            Failure::usage(capitalised(&error.to_string()), advice)
        })
    }
}

/// The one ballot style of elections that are defined here.
pub(crate) const STYLE: &str = "all";
