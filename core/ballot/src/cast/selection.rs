//! What a citizen chooses in one contest.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

use super::CastError;
use super::contest::SecretNumbers;
use crate::manifest::Contest;

/// A valid choice in one contest: for each option, and the blank last, whether it is chosen. Never prints.
pub struct Selection {
    chosen: Vec<Choice>,
    /// The binary digits of what is not spent.
    slack: Vec<Choice>,
}

impl Selection {
    /// From the positions of the chosen options in the contest; none at all is a blank vote. Time and memory accesses depend
    /// on how many are chosen, not on which.
    pub fn new(contest: &Contest, chosen: &[usize]) -> Result<Self, CastError> {
        if chosen.len() > contest.max as usize {
            return Err(CastError::TooMany);
        }
        if !chosen.is_empty() && chosen.len() < contest.min as usize {
            return Err(CastError::TooFew);
        }
        // As many slots as can be chosen, the unused ones at a position that no option has.
        let mut slots = Zeroizing::new(vec![u64::MAX; contest.max as usize]);
        for (slot, option) in slots.iter_mut().zip(chosen) {
            *slot = *option as u64;
        }
        let is_in_slots = |option: u64| -> Choice {
            slots.iter().fold(Choice::from(0), |found, slot| found | slot.ct_eq(&option))
        };
        let mut bits: Vec<Choice> = (0..contest.options.len() as u64).map(is_in_slots).collect();
        let count: u64 = bits.iter().map(|bit| u64::conditional_select(&0, &1, *bit)).sum();
        let cost = Zeroizing::new(cost(contest, &bits));
        // One verdict on everything; what exactly is wrong is looked at only then.
        let is_right = count.ct_eq(&(chosen.len() as u64)) & !cost.ct_gt(&contest.budget);
        if !bool::from(is_right) {
            return Err(what_is_wrong(contest, chosen));
        }
        let any = bits.iter().fold(Choice::from(0), |any, bit| any | *bit);
        let slack = slack_bits(contest, *cost, any);
        bits.push(!any);
        Ok(Self { chosen: bits, slack })
    }

    /// Whether it was made for a contest of this shape.
    pub(super) fn fits(&self, contest: &Contest) -> bool {
        self.chosen.len() == contest.answers() && self.slack.len() == contest.slack_bits()
    }

    /// 0 or 1 for each ciphertext, in the order of their numbers.
    pub(super) fn numbers(&self) -> SecretNumbers {
        let bits = self.chosen.iter().chain(&self.slack);
        Zeroizing::new(bits.map(|bit| u64::conditional_select(&0, &1, *bit)).collect())
    }
}

fn cost(contest: &Contest, bits: &[Choice]) -> u64 {
    let costs = contest.options.iter().zip(bits);
    costs.map(|(option, bit)| u64::conditional_select(&0, &option.cost, *bit)).sum()
}

/// The digits of `budget - cost`, the lowest first; zeros beside a blank.
fn slack_bits(contest: &Contest, cost: u64, any: Choice) -> Vec<Choice> {
    let slack = Zeroizing::new(u64::conditional_select(&0, &contest.budget.wrapping_sub(cost), any));
    (0..contest.slack_bits()).map(|digit| Choice::from((*slack >> digit) as u8 & 1)).collect()
}

impl std::fmt::Debug for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Selection(..)")
    }
}

/// Says only what the citizen must know to choose again; an honest screen never lets it come to that.
fn what_is_wrong(contest: &Contest, chosen: &[usize]) -> CastError {
    if chosen.iter().any(|option| *option >= contest.options.len()) {
        return CastError::NoSuchOption;
    }
    let repeated = chosen.iter().enumerate().any(|(at, option)| chosen[..at].contains(option));
    if repeated { CastError::ChosenTwice } else { CastError::OverBudget }
}
