//! Inspection and accountability (督查问责): findings from photo to re-check, samples, and who answers.

use std::collections::{BTreeMap, BTreeSet};

use duties::{About, Closed, ClosedBy, Done, Duty, DutyKind, later, name};
use facts::{
    AccountabilityGround, AccountabilityOutcome, Body, Commitment, DutyId, Fact, FactId, Hex, InspectionFact,
    Jurisdiction, Ladder, Parties, Subject, Timestamp,
};
use jiff::SignedDuration;

use crate::board::Change;

/// How far back the same subject at the same party makes a finding a repeat, in days. An assumption: no text
/// gives a number.
pub const REPEAT_DAYS: i64 = 90;

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its fact.
    pub fact: FactId,
    /// The duty to put it right.
    pub duty: DutyId,
    /// Who inspects.
    pub by: Jurisdiction,
    /// Who has to put it right.
    pub parties: Parties,
    /// What it is about.
    pub subject: Subject,
    /// What.
    pub text: Commitment,
    /// A picture.
    pub photo: Option<Commitment>,
    /// Who found it and when.
    pub found: Done,
    /// When it was looked at again, in order.
    pub checks: Vec<Check>,
    /// The duty to look again, while it waits for that.
    pub recheck: Option<DutyId>,
    /// Who put it right last, and when.
    pub rectified: Option<Done>,
    /// Each time that it was put right.
    pub rectifications: Vec<Done>,
    recheck_within_minutes: u32,
    ladder: Ladder,
}

/// A look at whether something is as it was said to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// Whether it is.
    pub held: bool,
    /// By whom and when.
    pub done: Done,
    /// In words.
    pub text: Option<Commitment>,
    /// A picture.
    pub photo: Option<Commitment>,
}

/// A case of accountability.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountabilityCase {
    /// Its fact.
    pub fact: FactId,
    /// The duty to conclude it.
    pub duty: DutyId,
    /// Who asks.
    pub by: Jurisdiction,
    /// Who has to answer.
    pub parties: Parties,
    /// On which of the four grounds.
    pub ground: AccountabilityGround,
    /// What.
    pub text: Commitment,
    /// Because of which findings.
    pub findings: BTreeSet<FactId>,
    /// Because of which duties.
    pub duties: BTreeSet<DutyId>,
    /// Who opened it and when.
    pub opened: Done,
    /// What it came to, why, by whom and when.
    pub concluded: Option<(AccountabilityOutcome, Commitment, Done)>,
}

/// Closed duties that were drawn to be verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its fact.
    pub fact: FactId,
    /// Where they were owed.
    pub jurisdiction: Jurisdiction,
    /// What the draw follows from.
    pub seed: Hex<8>,
    /// They were closed from then on.
    pub from: Timestamp,
    /// And before then.
    pub to: Timestamp,
    /// Of which kind.
    pub kind: Option<DutyKind>,
    /// How many there were to draw from.
    pub population: u64,
    /// Those that were drawn, each with the duty to verify it and what came of that.
    pub drawn: BTreeMap<DutyId, Drawn>,
    /// Who drew it and when.
    pub done: Done,
}

/// A duty that was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// The duty to verify it.
    pub verification: DutyId,
    /// What came of it.
    pub verified: Option<Check>,
}

impl Sample {
    /// How many were verified, and how many of these turned out not to be done.
    pub fn verified(&self) -> (u64, u64) {
        let checks = self.drawn.values().filter_map(|drawn| drawn.verified);
        checks.fold((0, 0), |(all, false_ones), check| (all + 1, false_ones + u64::from(!check.held)))
    }
}

/// Findings, cases and samples by their facts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspections {
    findings: BTreeMap<FactId, Finding>,
    finding_of: BTreeMap<DutyId, FactId>,
    cases: BTreeMap<FactId, AccountabilityCase>,
    samples: BTreeMap<FactId, Sample>,
}

fn finding_duty(finding: FactId) -> DutyId {
    name(DutyKind::Finding, &[&finding.number().to_be_bytes()])
}

fn recheck_duty(finding: FactId, number: usize) -> DutyId {
    name(DutyKind::Recheck, &[&finding.number().to_be_bytes(), &(number as u64).to_be_bytes()])
}

fn verification_duty(sample: FactId, duty: DutyId) -> DutyId {
    name(DutyKind::Verification, &[&sample.number().to_be_bytes(), &duty.number().to_be_bytes()])
}

fn done_at(at: Timestamp) -> Closed {
    Closed { at, by: ClosedBy::Done }
}

impl Inspections {
    /// A finding.
    pub fn finding(&self, fact: FactId) -> Option<&Finding> {
        self.findings.get(&fact)
    }

    /// Every finding.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// A case of accountability.
    pub fn case(&self, fact: FactId) -> Option<&AccountabilityCase> {
        self.cases.get(&fact)
    }

    /// Every case of accountability.
    pub fn cases(&self) -> impl Iterator<Item = &AccountabilityCase> {
        self.cases.values()
    }

    /// A sample.
    pub fn sample(&self, fact: FactId) -> Option<&Sample> {
        self.samples.get(&fact)
    }

    /// Every sample.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.values()
    }

    /// Earlier findings of the same subject at the same party, in order: what makes this one a repeat.
    pub fn repeats(&self, finding: &Finding) -> Vec<FactId> {
        let since = finding.found.recorded.checked_sub(SignedDuration::from_hours(REPEAT_DAYS * 24));
        let since = since.unwrap_or(Timestamp::MIN);
        let same = |other: &&Finding| {
            other.fact != finding.fact
                && other.subject == finding.subject
                && (other.parties.territory, other.parties.unit) == (finding.parties.territory, finding.parties.unit)
                && (since..=finding.found.recorded).contains(&other.found.recorded)
                && (other.found.recorded, other.fact) < (finding.found.recorded, finding.fact)
        };
        let mut earlier: Vec<&Finding> = self.findings.values().filter(same).collect();
        earlier.sort_by_key(|other| (other.found.recorded, other.fact));
        earlier.into_iter().map(|other| other.fact).collect()
    }

    /// A finding was said to be put right: someone has to look again.
    pub(crate) fn completed(&mut self, duty: DutyId, done: Done) -> Vec<Change> {
        let finding = self.finding_of.get(&duty).and_then(|finding| self.findings.get_mut(finding));
        let Some(finding) = finding else { return Vec::new() };
        finding.rectified = Some(done);
        finding.rectifications.push(done);
        let about = About::Recheck { finding: finding.fact };
        let id = recheck_duty(finding.fact, finding.checks.len());
        finding.recheck = Some(id);
        let due = later(done.recorded, finding.recheck_within_minutes);
        let owner = Parties { individual: Some(finding.found.by), ..Parties::of(finding.by) };
        let mut recheck = Duty::new(id, about, owner, done.recorded, due, finding.ladder);
        recheck.owed_to = Some(finding.by);
        recheck.because = vec![finding.fact, done.fact];
        recheck.part_of = None;
        vec![Change::Open(Box::new(recheck))]
    }

    pub(crate) fn apply(&mut self, fact: &Fact) -> Vec<Change> {
        let Body::Inspection(said) = fact.body() else { return Vec::new() };
        let done = Done::of(fact);
        match said {
            InspectionFact::Finding { by, parties, subject, text, photo, due, ladder, recheck_within_minutes } => {
                let id = finding_duty(fact.id);
                let about = About::Finding { finding: fact.id };
                let mut duty = Duty::new(id, about, parties.clone(), fact.recorded, *due, *ladder);
                duty.owed_to = Some(*by);
                duty.because = vec![fact.id];
                duty.evidence_required = true;
                duty.text = Some(*text);
                let finding = Finding {
                    fact: fact.id,
                    duty: id,
                    by: *by,
                    parties: parties.clone(),
                    subject: *subject,
                    text: *text,
                    photo: *photo,
                    found: done,
                    checks: Vec::new(),
                    recheck: None,
                    rectified: None,
                    rectifications: Vec::new(),
                    recheck_within_minutes: *recheck_within_minutes,
                    // Nobody acknowledges a duty to look again: the inspector knows of it.
                    ladder: Ladder { acknowledge_within_minutes: None, ..*ladder },
                };
                self.findings.insert(fact.id, finding);
                self.finding_of.insert(id, fact.id);
                vec![Change::Open(Box::new(duty))]
            }
            InspectionFact::Rechecked { finding, held, due, text, photo } => {
                let Some(finding) = self.findings.get_mut(finding) else { return Vec::new() };
                // Nobody vouches for their own work, and nothing is looked at again that was not put right.
                let own = finding.rectified.is_some_and(|rectified| rectified.by == done.by);
                let Some(recheck) = finding.recheck.filter(|_| !own) else { return Vec::new() };
                finding.recheck = None;
                finding.checks.push(Check { held: *held, done, text: *text, photo: *photo });
                let mut changes = vec![Change::Close(recheck, done_at(fact.recorded))];
                if let Some(due) = due.filter(|_| !held) {
                    finding.rectified = None;
                    changes.push(Change::Reopen(finding.duty, due, done));
                }
                changes
            }
            InspectionFact::Accountability { by, parties, ground, text, findings, duties, due, ladder } => {
                let id = name(DutyKind::Accountability, &[&fact.id.number().to_be_bytes()]);
                let about = About::Accountability { case: fact.id };
                let owner = Parties { individual: Some(done.by), ..Parties::of(*by) };
                let mut duty = Duty::new(id, about, owner, fact.recorded, *due, *ladder);
                duty.owed_to = Some(*by);
                duty.because = std::iter::once(fact.id).chain(findings.iter().copied()).collect();
                duty.text = Some(*text);
                let case = AccountabilityCase {
                    fact: fact.id,
                    duty: id,
                    by: *by,
                    parties: parties.clone(),
                    ground: *ground,
                    text: *text,
                    findings: findings.clone(),
                    duties: duties.clone(),
                    opened: done,
                    concluded: None,
                };
                self.cases.insert(fact.id, case);
                vec![Change::Open(Box::new(duty))]
            }
            InspectionFact::Concluded { of, outcome, text } => {
                let Some(case) = self.cases.get_mut(of).filter(|case| case.concluded.is_none()) else {
                    return Vec::new();
                };
                case.concluded = Some((*outcome, *text, done));
                vec![Change::Close(case.duty, done_at(fact.recorded))]
            }
            InspectionFact::Sampled { .. } => self.sampled(fact, said, done),
            InspectionFact::Verified { sample, duty, held, due, text, photo } => {
                let drawn = self.samples.get_mut(sample).and_then(|sample| sample.drawn.get_mut(duty));
                let Some(drawn) = drawn.filter(|drawn| drawn.verified.is_none()) else { return Vec::new() };
                drawn.verified = Some(Check { held: *held, done, text: *text, photo: *photo });
                let mut changes = vec![Change::Close(drawn.verification, done_at(fact.recorded))];
                changes.extend(due.filter(|_| !held).map(|due| Change::Reopen(*duty, due, done)));
                changes
            }
        }
    }

    fn sampled(&mut self, fact: &Fact, said: &InspectionFact, done: Done) -> Vec<Change> {
        let InspectionFact::Sampled { jurisdiction, seed, from, to, of_kind, population, duties, due, ladder } = said
        else {
            return Vec::new();
        };
        let mut drawn = BTreeMap::new();
        let mut changes = Vec::with_capacity(duties.len());
        for &duty in duties {
            let id = verification_duty(fact.id, duty);
            drawn.insert(duty, Drawn { verification: id, verified: None });
            let about = About::Verification { sample: fact.id, duty };
            let mut verify = Duty::new(id, about, Parties::of(*jurisdiction), fact.recorded, *due, *ladder);
            verify.owed_to = Some(*jurisdiction);
            verify.because = vec![fact.id];
            changes.push(Change::Open(Box::new(verify)));
        }
        let sample = Sample {
            fact: fact.id,
            jurisdiction: *jurisdiction,
            seed: *seed,
            from: *from,
            to: *to,
            kind: of_kind.as_deref().and_then(DutyKind::named),
            population: *population,
            drawn,
            done,
        };
        self.samples.insert(fact.id, sample);
        changes
    }
}
