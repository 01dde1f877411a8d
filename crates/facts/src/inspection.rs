//! Inspection and accountability (督查问责): what was found, whether it was put right, who answers for it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Hex;
use crate::commitment::Commitment;
use crate::duty_fact::{DUTIES_AT_ONCE_MAX, Ladder, Parties};
use crate::error::FactsError;
use crate::id::{DutyId, FactId};
use crate::jurisdiction::Jurisdiction;

/// What a finding is about. The same subject found again at the same party is a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// 区域协查
    CoInvestigation,
    /// 日报告零报告
    Reports,
    /// 值守
    Rosters,
    /// 隔离
    Isolation,
    /// 检测
    Testing,
    /// 哨点
    Sentinels,
    /// 圈住封死
    Zones,
    /// 物资
    Supplies,
    /// 数据质量
    DataQuality,
    /// 会议活动
    Gatherings,
    /// 院感防控
    InfectionControl,
    /// Something else; the words say what.
    Other,
}

/// The four grounds on which someone is held to account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountabilityGround {
    /// 工作不实
    WorkNotReal,
    /// 措施不到位
    MeasuresNotInPlace,
    /// 响应不迅速
    ResponseNotSwift,
    /// 处置不果断
    HandlingNotDecisive,
}

/// What a case of accountability came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountabilityOutcome {
    /// They have to answer for it.
    Upheld,
    /// They have not.
    NotUpheld,
}

/// What was inspected. A finding, a case and a sample are named by their facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum InspectionFact {
    /// Something is not as it has to be.
    Finding {
        /// Who inspects, and will look again.
        by: Jurisdiction,
        /// Who has to put it right.
        parties: Parties,
        /// What it is about.
        subject: Subject,
        /// What; erasable.
        text: Commitment,
        /// A picture; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo: Option<Commitment>,
        /// By when it has to be put right.
        due: Timestamp,
        /// When it makes itself heard.
        ladder: Ladder,
        /// Put right, it is looked at again within so long, in minutes.
        recheck_within_minutes: u32,
    },
    /// A finding that was put right was looked at again.
    Rechecked {
        /// The finding.
        finding: FactId,
        /// Whether it is put right.
        held: bool,
        /// By when it has to be, where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// In words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Commitment>,
        /// A picture; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo: Option<Commitment>,
    },
    /// Someone is asked to answer for something.
    Accountability {
        /// Who asks.
        by: Jurisdiction,
        /// Who has to answer.
        parties: Parties,
        /// On which ground.
        ground: AccountabilityGround,
        /// What; erasable.
        text: Commitment,
        /// Because of which findings.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        findings: BTreeSet<FactId>,
        /// Because of which duties.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        duties: BTreeSet<DutyId>,
        /// By when it is concluded.
        due: Timestamp,
        /// When it makes itself heard.
        ladder: Ladder,
    },
    /// What a case of accountability came to.
    Concluded {
        /// The case.
        of: FactId,
        /// What.
        outcome: AccountabilityOutcome,
        /// Why; erasable.
        text: Commitment,
    },
    /// Closed duties were drawn at random, to be verified by someone who had no part in them.
    Sampled {
        /// Where they were owed, and who verifies them.
        jurisdiction: Jurisdiction,
        /// What the draw follows from, so that anyone can repeat it.
        seed: Hex<8>,
        /// They were closed from then on.
        from: Timestamp,
        /// And before then.
        to: Timestamp,
        /// Of which kind; of every kind unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of_kind: Option<String>,
        /// How many there were to draw from.
        population: u64,
        /// Which were drawn.
        duties: BTreeSet<DutyId>,
        /// By when they are verified.
        due: Timestamp,
        /// When it makes itself heard.
        ladder: Ladder,
    },
    /// A duty that was drawn was verified.
    Verified {
        /// The sample.
        sample: FactId,
        /// The duty.
        duty: DutyId,
        /// Whether it was done.
        held: bool,
        /// By when it has to be, where it is opened again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// In words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Commitment>,
        /// A picture; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo: Option<Commitment>,
    },
}

impl InspectionFact {
    /// Refuses what no journal may hold.
    pub(crate) fn check(&self, occurred: Timestamp) -> Result<(), FactsError> {
        let problem = |field, problem: &str| Err(FactsError::Draft { field, problem: problem.to_owned() });
        match self {
            Self::Finding { due, .. } | Self::Accountability { due, .. } | Self::Sampled { due, .. }
                if *due <= occurred =>
            {
                problem("due", "lies in the past; give a time that is left")
            }
            Self::Rechecked { held: false, due, .. } if due.is_none_or(|due| due <= occurred) => {
                problem("due", "what is not put right needs a new deadline that is still to come")
            }
            Self::Accountability { findings, duties, .. } if findings.is_empty() && duties.is_empty() => {
                problem("findings", "name the findings or the duties that someone has to answer for")
            }
            Self::Sampled { duties, population, .. }
                if duties.is_empty() || duties.len() as u64 > *population || duties.len() > DUTIES_AT_ONCE_MAX =>
            {
                problem("duties", "draw at least one, and no more than there are")
            }
            Self::Sampled { from, to, .. } if from >= to => problem("to", "lies before the start"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_put_right_gets_a_new_deadline() {
        let now = Timestamp::from_second(100).unwrap();
        let recheck = |held, due: Option<i64>| InspectionFact::Rechecked {
            finding: FactId::new(1),
            held,
            due: due.map(|second| Timestamp::from_second(second).unwrap()),
            text: None,
            photo: None,
        };
        assert!(recheck(true, None).check(now).is_ok());
        assert!(recheck(false, Some(200)).check(now).is_ok());
        assert!(recheck(false, None).check(now).is_err());
        assert!(recheck(false, Some(100)).check(now).is_err());
    }

    #[test]
    fn nobody_answers_for_nothing() {
        let case = InspectionFact::Accountability {
            by: "410000".parse().unwrap(),
            parties: Parties::of("410102".parse().unwrap()),
            ground: AccountabilityGround::WorkNotReal,
            text: Commitment::new(crate::id::TextId::new(1), &Hex([0; 32]), b"x"),
            findings: BTreeSet::new(),
            duties: BTreeSet::new(),
            due: Timestamp::from_second(200).unwrap(),
            ladder: Ladder::default(),
        };
        assert!(case.check(Timestamp::from_second(100).unwrap()).is_err());
    }
}
