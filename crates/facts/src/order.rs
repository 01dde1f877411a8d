//! Meetings and the orders that they end in (会议部署).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::commitment::Commitment;
use crate::duty_fact::{Department, Ladder, Reason};
use crate::error::FactsError;
use crate::id::FactId;
use crate::jurisdiction::Jurisdiction;

/// The most divisions that one order goes to.
pub const ADDRESSEES_MAX: usize = 10_000;

/// A meeting, what it decided, and what was ordered. A meeting and an order are named by their facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OrderFact {
    /// A headquarters meets.
    Meeting {
        /// Whose.
        jurisdiction: Jurisdiction,
        /// When it begins.
        starts: Timestamp,
        /// The how-manieth, when they are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// What it is called; erasable.
        title: Commitment,
        /// What it is about, in order; erasable.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agenda: Vec<Commitment>,
        /// The branch venues (分会场).
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        branches: BTreeSet<Jurisdiction>,
        /// The meeting before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<FactId>,
    },
    /// Who came to one of its venues.
    Attendance {
        /// The meeting.
        meeting: FactId,
        /// The venue.
        branch: Jurisdiction,
        /// How many people should have come.
        invited: u32,
        /// How many people came.
        present: u32,
    },
    /// What a meeting decided.
    Decision {
        /// The meeting.
        meeting: FactId,
        /// What; erasable.
        text: Commitment,
        /// The point of the agenda, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agenda: Option<u32>,
    },
    /// An order to divisions below, each of which owes it.
    Given {
        /// Who orders.
        from: Jurisdiction,
        /// Whom: every division by name, since which there are may change.
        to: BTreeSet<Jurisdiction>,
        /// Which department of each.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        department: Option<Department>,
        /// What; erasable.
        text: Commitment,
        /// By when.
        due: Timestamp,
        /// When it makes itself heard.
        ladder: Ladder,
        /// Whether it is done only with something that shows it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        evidence_required: bool,
        /// The meeting that it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meeting: Option<FactId>,
        /// The decision that it carries out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<FactId>,
    },
    /// Someone looked whether an order is carried out.
    SpotCheck {
        /// The order.
        order: FactId,
        /// Where.
        jurisdiction: Jurisdiction,
        /// Whether it is carried out.
        held: bool,
        /// By when it has to be, where it was said to be done and is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// In words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Commitment>,
        /// A picture; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo: Option<Commitment>,
    },
    /// An order does not stand any more.
    Withdrawn {
        /// The order.
        order: FactId,
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
}

impl OrderFact {
    /// Refuses what no journal may hold.
    pub(crate) fn check(&self, occurred: Timestamp) -> Result<(), FactsError> {
        let problem = |field, problem: String| Err(FactsError::Draft { field, problem });
        if let Self::SpotCheck { held: false, due, .. } = self
            && due.is_none_or(|due| due <= occurred)
        {
            return problem("due", "what is not carried out needs a new deadline that is still to come".to_owned());
        }
        let Self::Given { from, to, due, .. } = self else { return Ok(()) };
        if to.is_empty() || to.len() > ADDRESSEES_MAX {
            return problem("to", format!("name between 1 and {ADDRESSEES_MAX} divisions"));
        }
        if let Some(not_below) = to.iter().find(|to| *to == from || !from.contains(**to)) {
            return problem("to", format!("{not_below} does not lie below {from}; an order goes down"));
        }
        if *due <= occurred {
            return problem("due", "lies before it was given; give a time that is left".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Hex;
    use crate::id::TextId;

    #[test]
    fn an_order_goes_down_and_leaves_time() {
        let order = |to: &str, due: i64| OrderFact::Given {
            from: "410100".parse().unwrap(),
            to: BTreeSet::from([to.parse().unwrap()]),
            department: None,
            text: Commitment::new(TextId::new(1), &Hex([0; 32]), b"x"),
            due: Timestamp::from_second(due).unwrap(),
            ladder: Ladder::default(),
            evidence_required: false,
            meeting: None,
            decision: None,
        };
        let given = Timestamp::from_second(100).unwrap();
        assert!(order("410102", 200).check(given).is_ok());
        for (to, due) in [("410100", 200), ("410202", 200), ("410000", 200), ("410102", 100)] {
            assert!(order(to, due).check(given).is_err(), "{to} by {due}");
        }
    }
}
