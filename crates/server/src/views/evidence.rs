//! Evidence and rules, as codes and parameters: the screens have the sentences.

use contacts::{Evidence, Exposure, Meeting};
use facts::{Body, FactId, LetterFact, PersonId, Setting, Timestamp};
use plan::Plan;
use serde::Serialize;
use serde_json::{Value, json};
use situation::Situation;
use utoipa::ToSchema;
use visits::Origin;

use super::{Masked, WordsView};

/// One thing that a conclusion rests on. It opens to the facts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    /// What kind of evidence; the screens have a sentence for each.
    pub code: &'static str,
    /// What the sentence is filled with.
    #[schema(value_type = Object)]
    pub params: Value,
    /// The facts behind it.
    #[schema(value_type = Vec<String>)]
    pub facts: Vec<FactId>,
    /// The row of a batch behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchRow>,
}

/// A row of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchRow {
    /// The fact that journalled the batch.
    #[schema(value_type = String)]
    pub batch: FactId,
    /// The row, from 0.
    pub row: u32,
}

/// A rule of a plan, to be opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleRef {
    /// The plan.
    pub plan: String,
    /// Where in it.
    pub path: String,
    /// What it is called.
    pub name: WordsView,
}

impl RuleRef {
    /// The contact rule at a place in the plan's list.
    pub fn contact(plan: &Plan, rule: usize) -> Self {
        let rule = plan.contact_rules.get(rule);
        Self {
            plan: plan.id.clone(),
            path: format!("contact_rules.{}", rule.map_or("", |rule| &rule.id)),
            name: rule.map_or_else(|| plan.name.clone(), |rule| rule.name.clone()).into(),
        }
    }

    /// The screening rule at a place in the plan's list.
    pub fn screening(plan: &Plan, rule: usize) -> Self {
        let rule = plan.screening_rules.get(rule);
        Self {
            plan: plan.id.clone(),
            path: format!("screening_rules.{}", rule.map_or("", |rule| &rule.id)),
            name: rule.map_or_else(|| plan.name.clone(), |rule| rule.name.clone()).into(),
        }
    }

    /// By when things are due.
    pub fn deadlines(plan: &Plan) -> Self {
        Self { plan: plan.id.clone(), path: "deadlines".to_owned(), name: plan.name.clone().into() }
    }

    /// What the plan requires on a ground.
    pub fn requirement(plan: &Plan, ground: plan::GroundKind) -> Self {
        let path = format!("requirements.{}", ground_name(ground));
        Self { plan: plan.id.clone(), path, name: plan.name.clone().into() }
    }

    /// The case definition at a place in the plan's list.
    pub fn definition(plan: &Plan, definition: usize) -> Self {
        let id = plan.case_definitions.get(definition).map_or("", |definition| &definition.id);
        Self { plan: plan.id.clone(), path: format!("case_definitions.{id}"), name: plan.name.clone().into() }
    }
}

/// The name of a ground, as plans write it.
pub fn ground_name(ground: plan::GroundKind) -> &'static str {
    match ground {
        plan::GroundKind::Case => "case",
        plan::GroundKind::CloseContact => "close-contact",
        plan::GroundKind::SecondaryContact => "secondary-contact",
        plan::GroundKind::GeneralContact => "general-contact",
    }
}

fn instant(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

fn opened(origin: Origin) -> (Option<FactId>, Option<BatchRow>) {
    match origin {
        Origin::Fact(fact) => (Some(fact), None),
        Origin::Batch(fact, row) => (Some(fact), Some(BatchRow { batch: fact, row })),
        Origin::Intake(..) => (None, None),
    }
}

/// Where a record of a stay can be opened.
pub fn of_stay(origin: Origin) -> EvidenceView {
    let (fact, batch) = opened(origin);
    let recorded = if matches!(origin, Origin::Intake(..)) { "intake" } else { "recorded" };
    EvidenceView { code: recorded, params: json!({}), facts: fact.into_iter().collect(), batch }
}

/// What shows one meeting.
pub fn of_meeting(situation: &Situation, meeting: &Meeting) -> EvidenceView {
    let (start, end) = (instant(meeting.window.from), instant(meeting.window.until));
    let minutes = meeting.minutes();
    match &meeting.evidence {
        Evidence::SameUnit { unit, own, theirs, assumed_end, rows_apart, asserted } => {
            let (own, _) = opened(*own);
            let (their_fact, batch) = opened(*theirs);
            let row = situation.world().unit(*unit);
            let params = json!({
                "unit": unit, "place_name": row.and_then(|row| row.name.clone()), "setting": meeting.setting.name(),
                "start": start, "end": end, "minutes": minutes, "rows_apart": rows_apart,
                "assumed_minutes": assumed_end.then_some(minutes), "asserted": asserted.is_some(),
            });
            let code = if rows_apart.is_some() { "seats" } else { "same-unit" };
            let mut facts: Vec<FactId> = own.into_iter().chain(their_fact).collect();
            facts.dedup();
            EvidenceView { code, params, facts, batch }
        }
        Evidence::SameHousehold { own, theirs, .. } => {
            let mut facts = vec![*own, *theirs];
            facts.dedup();
            EvidenceView { code: "same-household", params: json!({ "from": start, "until": end }), facts, batch: None }
        }
        Evidence::Stated { fact, confirmed, .. } => EvidenceView {
            code: "stated",
            params: json!({ "start": start, "end": end, "setting": meeting.setting.name(), "confirmed": confirmed }),
            facts: vec![*fact],
            batch: None,
        },
        Evidence::Encounter { distance_metres, .. } => EvidenceView {
            code: "same-unit",
            params: json!({ "start": start, "end": end, "minutes": minutes, "distance_metres": distance_metres,
                            "setting": Setting::Other.name() }),
            facts: Vec::new(),
            batch: None,
        },
    }
}

/// What an exposure rests on, strongest first.
pub fn of_exposure(situation: &Situation, exposure: &Exposure) -> Vec<EvidenceView> {
    let mut evidence: Vec<EvidenceView> =
        exposure.meetings.iter().map(|meeting| of_meeting(situation, meeting)).collect();
    if let Some(via) = exposure.via {
        let params = json!({ "via": via, "masked_name": "" });
        evidence.push(EvidenceView { code: "contact-of", params, facts: Vec::new(), batch: None });
    }
    evidence
}

/// What a fact shows of itself.
pub fn of_fact(situation: &Situation, id: FactId) -> Option<EvidenceView> {
    let fact = situation.world().ledger.get(id)?;
    let (code, params) = match fact.body() {
        Body::TestResult { collected, specimen, .. } => {
            ("positive-test", json!({ "collected": collected, "specimen": specimen }))
        }
        Body::Symptoms { onset, .. } => ("symptoms", json!({ "onset": onset })),
        Body::Diagnosis { .. } => ("diagnosis", json!({})),
        Body::EpidemiologicalLink { .. } => ("epidemiological-link", json!({})),
        Body::Letter(LetterFact::Received { asked, passed }) => {
            let (letter, deployment) = (asked.letter, passed.with);
            (
                "letter",
                json!({ "letter": letter, "deployment": deployment, "from": asked.from, "received": fact.recorded }),
            )
        }
        _ => ("known-since", json!({ "recorded": fact.recorded })),
    };
    Some(EvidenceView { code, params, facts: vec![id], batch: None })
}

impl Masked for EvidenceView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        let via = self.params.get("via").and_then(Value::as_str).and_then(|via| via.parse().ok());
        if let (Some(via), Some(Value::String(name))) = (via, self.params.get_mut("masked_name")) {
            put(via, name);
        }
    }
}
