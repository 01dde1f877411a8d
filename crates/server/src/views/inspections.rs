//! Findings, cases of accountability and samples as screens show them.

use command::inspections::{AccountabilityCase, Check, Finding, Sample};
use command::sampling::false_closure_rate;
use facts::{
    AccountabilityGround, AccountabilityOutcome, ActorId, DutyId, FactId, Hex, Jurisdiction, PersonId, Subject, TextId,
    Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::board::{BoardRow, OfficerView, PartiesView, Seen};
use super::{Masked, WordsView};

/// A look at whether something is as it was said to be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// Whether it is.
    pub held: bool,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<TextId>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub attachment: Option<TextId>,
}

impl From<&Check> for CheckView {
    fn from(check: &Check) -> Self {
        Self {
            fact: check.done.fact,
            at: check.done.recorded,
            by: OfficerView::of(check.done.by),
            held: check.held,
            text: check.text.map(|text| text.text),
            attachment: check.photo.map(|photo| photo.text),
        }
    }
}

/// A finding.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingRow {
    /// Its fact.
    #[schema(value_type = String)]
    pub finding: FactId,
    /// The duty to put it right.
    #[schema(value_type = String)]
    pub duty: DutyId,
    /// What it is about.
    #[schema(value_type = String)]
    pub subject: Subject,
    /// Who has to put it right.
    pub parties: PartiesView,
    /// Who inspects.
    #[schema(value_type = String)]
    pub inspects: Jurisdiction,
    /// What they are called.
    pub inspects_name: WordsView,
    /// When it was found.
    #[schema(value_type = String)]
    pub found: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// What.
    #[schema(value_type = String)]
    pub text: TextId,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub attachment: Option<TextId>,
    /// By when it has to be put right.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// When it was said to be put right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub rectified: Option<Timestamp>,
    /// By when it is looked at again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub recheck_due: Option<Timestamp>,
    /// When it was looked at last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub rechecked: Option<Timestamp>,
    /// Whether it was put right then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// How often it was looked at.
    pub rechecks: usize,
    /// `open`, `overdue`, `rectified` or `closed`.
    pub state: &'static str,
    /// Earlier findings of the same subject at the same party.
    #[schema(value_type = Vec<String>)]
    pub repeats: Vec<FactId>,
    /// How often it was opened again.
    pub reopened: usize,
}

impl FindingRow {
    /// The row of a finding.
    pub fn of(seen: &Seen<'_>, finding: &Finding) -> Self {
        let board = seen.command.board();
        let duty = board.last(finding.duty);
        let is_open = duty.is_some_and(|duty| duty.is_open(seen.at));
        let last = finding.checks.last();
        let due = duty.map_or(finding.found.recorded, |duty| duty.deadline());
        Self {
            finding: finding.fact,
            duty: finding.duty,
            subject: finding.subject,
            parties: PartiesView::of(seen, duty.map_or(&finding.parties, |duty| &duty.owner)),
            inspects: finding.by,
            inspects_name: seen.geography.name(finding.by).into(),
            found: finding.found.recorded,
            by: OfficerView::of(finding.found.by),
            text: finding.text.text,
            attachment: finding.photo.map(|photo| photo.text),
            due,
            rectified: finding.rectified.map(|done| done.recorded),
            recheck_due: finding.recheck.and_then(|recheck| board.get(recheck)).map(|recheck| recheck.deadline()),
            rechecked: last.map(|check| check.done.recorded),
            held: last.map(|check| check.held),
            rechecks: finding.checks.len(),
            state: match (is_open, finding.recheck) {
                (true, _) if seen.at > due => "overdue",
                (true, _) => "open",
                (false, Some(_)) => "rectified",
                (false, None) => "closed",
            },
            repeats: seen.command.inspections().repeats(finding),
            reopened: duty.map_or(0, |duty| duty.reopened.len()),
        }
    }
}

impl Masked for FindingRow {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.parties.each_officer(put);
        self.by.each(put);
    }
}

/// Each time that a finding was put right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RectificationView {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub attachment: Option<TextId>,
}

/// A finding, opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingView {
    /// The row.
    #[serde(flatten)]
    pub row: FindingRow,
    /// Each time that it was put right.
    pub rectifications: Vec<RectificationView>,
    /// Each time that it was looked at.
    pub checks: Vec<CheckView>,
    /// Cases of accountability because of it.
    pub cases: Vec<AccountabilityRow>,
}

impl FindingView {
    /// A finding; cases only for who may see them.
    pub fn of(seen: &Seen<'_>, finding: &Finding, sees_case: impl Fn(&AccountabilityCase) -> bool) -> Self {
        let shown = |fact: FactId| {
            let fact = seen.situation.world().ledger.get(fact)?;
            match fact.body() {
                facts::Body::Duty(facts::DutyFact::Acted { act, .. }) => act.words().map(|words| words.text),
                _ => None,
            }
        };
        let cases = seen.command.inspections().cases().filter(|case| case.findings.contains(&finding.fact));
        Self {
            row: FindingRow::of(seen, finding),
            rectifications: finding
                .rectifications
                .iter()
                .map(|done| RectificationView {
                    fact: done.fact,
                    at: done.recorded,
                    by: OfficerView::of(done.by),
                    attachment: shown(done.fact),
                })
                .collect(),
            checks: finding.checks.iter().map(CheckView::from).collect(),
            cases: cases.filter(|case| sees_case(case)).map(|case| AccountabilityRow::of(seen, case)).collect(),
        }
    }
}

impl Masked for FindingView {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.row.each_officer(put);
        self.rectifications.iter_mut().for_each(|done| done.by.each(put));
        self.checks.iter_mut().for_each(|check| check.by.each(put));
        self.cases.each_officer(put);
    }
}

/// A case of accountability.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountabilityRow {
    /// Its fact.
    #[schema(value_type = String)]
    pub case: FactId,
    /// Who has to answer.
    pub parties: PartiesView,
    /// On which of the four grounds.
    #[schema(value_type = String)]
    pub ground: AccountabilityGround,
    /// What.
    #[schema(value_type = String)]
    pub text: TextId,
    /// Because of which findings.
    #[schema(value_type = Vec<String>)]
    pub findings: Vec<FactId>,
    /// Because of which duties.
    #[schema(value_type = Vec<String>)]
    pub duties: Vec<DutyId>,
    /// When it was opened.
    #[schema(value_type = String)]
    pub opened: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// By when it is concluded.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<AccountabilityOutcome>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub concluded: Option<Timestamp>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conclusion: Option<TextId>,
}

impl AccountabilityRow {
    /// The row of a case.
    pub fn of(seen: &Seen<'_>, case: &AccountabilityCase) -> Self {
        let duty = seen.command.board().get(case.duty);
        Self {
            case: case.fact,
            parties: PartiesView::of(seen, &case.parties),
            ground: case.ground,
            text: case.text.text,
            findings: case.findings.iter().copied().collect(),
            duties: case.duties.iter().copied().collect(),
            opened: case.opened.recorded,
            by: OfficerView::of(case.opened.by),
            due: duty.map_or(case.opened.recorded, |duty| duty.deadline()),
            outcome: case.concluded.map(|(outcome, ..)| outcome),
            concluded: case.concluded.map(|(.., done)| done.recorded),
            conclusion: case.concluded.map(|(_, text, _)| text.text),
        }
    }
}

impl Masked for AccountabilityRow {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.parties.each_officer(put);
        self.by.each(put);
    }
}

/// What verifying showed: how many were not done, as a share with its interval of 95 %. Without any verified, there
/// is no share.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct RateView {
    /// How many were drawn.
    pub drawn: u64,
    /// How many of them were verified.
    pub verified: u64,
    /// How many of those were not done.
    #[serde(rename = "false")]
    pub not_done: u64,
    /// Their share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The lower end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl RateView {
    /// A share with its interval.
    pub fn of(drawn: u64, verified: u64, not_done: u64) -> Self {
        let rate = false_closure_rate(not_done, verified);
        Self {
            drawn,
            verified,
            not_done,
            rate: rate.map(|rate| rate.share),
            low: rate.map(|rate| rate.low),
            high: rate.map(|rate| rate.high),
        }
    }
}

/// A sample of closed duties.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SampleRow {
    /// Its fact.
    #[schema(value_type = String)]
    pub sample: FactId,
    /// Where they were owed.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// What it is called.
    pub jurisdiction_name: WordsView,
    /// When it was drawn.
    #[schema(value_type = String)]
    pub drawn_at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// What the draw follows from.
    #[schema(value_type = String)]
    pub seed: Hex<8>,
    /// They were closed from then on.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// And before then.
    #[schema(value_type = String)]
    pub to: Timestamp,
    /// Of which kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// How many there were to draw from.
    pub population: u64,
    /// What verifying showed.
    #[serde(flatten)]
    pub rate: RateView,
    /// How many are to be verified and late.
    pub overdue: usize,
}

impl SampleRow {
    /// The row of a sample.
    pub fn of(seen: &Seen<'_>, sample: &Sample) -> Self {
        let (verified, not_done) = sample.verified();
        let waiting = sample.drawn.values().filter_map(|drawn| seen.command.board().get(drawn.verification));
        Self {
            sample: sample.fact,
            jurisdiction: sample.jurisdiction,
            jurisdiction_name: seen.geography.name(sample.jurisdiction).into(),
            drawn_at: sample.done.recorded,
            by: OfficerView::of(sample.done.by),
            seed: sample.seed,
            from: sample.from,
            to: sample.to,
            kind: sample.kind.map(|kind| kind.name()),
            population: sample.population,
            rate: RateView::of(sample.drawn.len() as u64, verified, not_done),
            overdue: waiting.filter(|duty| duty.is_open(seen.at) && duty.is_overdue(seen.at)).count(),
        }
    }
}

/// A duty that was drawn.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrawnView {
    /// The duty; absent when what it followed from was withdrawn since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<BoardRow>,
    /// Its name.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// The duty to verify it.
    #[schema(value_type = String)]
    pub verification: DutyId,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<CheckView>,
}

/// A sample, opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SampleView {
    /// The row.
    #[serde(flatten)]
    pub row: SampleRow,
    /// The duties that were drawn.
    pub rows: Vec<DrawnView>,
}

impl SampleView {
    /// A sample.
    pub fn of(seen: &Seen<'_>, sample: &Sample) -> Self {
        let drawn = sample.drawn.iter().map(|(&id, drawn)| DrawnView {
            duty: seen.get(id).map(|owed| BoardRow::of(seen, owed)),
            id,
            verification: drawn.verification,
            verified: drawn.verified.as_ref().map(CheckView::from),
        });
        Self { row: SampleRow::of(seen, sample), rows: drawn.collect() }
    }
}

impl Masked for SampleRow {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.by.each(put);
    }
}

impl Masked for SampleView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.rows.iter_mut().filter_map(|row| row.duty.as_mut()).for_each(|duty| duty.each_name(put));
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.row.each_officer(put);
        for row in &mut self.rows {
            row.duty.iter_mut().for_each(|duty| duty.each_officer(put));
            row.verified.iter_mut().for_each(|check| check.by.each(put));
        }
    }
}
