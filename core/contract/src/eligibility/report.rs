//! The numbers as people read them.

use std::fmt;

use super::{Alarm, Eligibility, IssuerEligibility, StyleEligibility};

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuedDiffers { issued, issuers, unfinished } => write!(
                f,
                "{} issued {issued}, more than the others explain: at least {unfinished} people did not finish, or somebody \
                 signed beside the rules; compare the issuers' lists with their rolls",
                issuers.join(", ")
            ),
            Self::MorePseudonymsThanIssued { issued, issuer, used } => write!(
                f,
                "{issuer} says it issued {issued}, and its signature is on {used} pseudonyms: it signed beside its list, \
                 and there is no tally"
            ),
            Self::SmallSubset { issuers, min_cell, pseudonyms } => write!(
                f,
                "signed by {}: only {pseudonyms}, fewer than {min_cell}; these issuers know who asked them and can guess \
                 which of them voted",
                issuers.join(", ")
            ),
        }
    }
}

impl fmt::Display for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.styles.first().map_or(0, |style| style.issuers.len());
        writeln!(
            f,
            "  Eligibility: {} of {issuers} issuers sign each pseudonym; {} corrupt could give nobody two",
            self.required, self.tolerated
        )?;
        self.styles.iter().try_for_each(|style| write!(f, "{style}"))?;
        match (self.unused, self.styles.len()) {
            (Some(unused), 2..) => writeln!(f, "    not used in all styles together: {unused}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for StyleEligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    style {}", self.style)?;
        self.issuers.iter().try_for_each(|issuer| writeln!(f, "      {issuer}"))?;
        if self.subsets.len() > 1 {
            for subset in &self.subsets {
                writeln!(f, "      signed by {}: {}", subset.issuers.join(", "), subset.pseudonyms)?;
            }
        }
        if let Some(unused) = self.unused {
            writeln!(
                f,
                "      not used: {unused} (the most ballots that issuers in league could add unnoticed)"
            )?;
        }
        self.alarms.iter().try_for_each(|alarm| writeln!(f, "    ! {alarm}"))
    }
}

impl fmt::Display for IssuerEligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issued = self.issued.map_or("not yet told".to_owned(), |issued| issued.to_string());
        write!(f, "{:<20} issued {issued}, used {}", self.issuer, self.used)
    }
}
