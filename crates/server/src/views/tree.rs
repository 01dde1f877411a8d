//! Who may have infected whom: the cases of one disease, their possible sources, and the likeliest chains.
//!
//! `chains` derives; here the situation is put into its terms. A link between two cases is an exposure of the
//! one to the other, a finding of an investigator, or a statement. Arrivals are no facts yet, so that someone
//! counts as possibly imported by a finding of exposure that names nobody, or by living outside of the
//! deployment's jurisdiction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chains::{CaseInfo, Evidence as Connection, Link, Options, Period, Source, Sources, candidates, tree};
use contacts::{Evidence, Exposure};
use facts::{Body, CaseId, Date, Disease, FactId, Jurisdiction, PersonId, Scope, Timestamp};
use plan::{CaseClass, Plan};
use serde::Serialize;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;

use super::case::home_of;
use super::evidence::{EvidenceView, of_exposure, of_fact};
use super::overview::{index_version, traced_up_to};
use super::{Masked, sees_person};
use crate::error::ServerError;
use crate::table::{Table, cell};

/// How many possible sources of a case are shown; the rest are added up.
const CANDIDATES_SHOWN: usize = 10;
/// How much of the evidence for one of them is shown.
const EVIDENCE_SHOWN: usize = 3;

/// Cases, their possible sources, and the most likely chains among them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TransmissionTree {
    /// The cases, by onset or what stands in for it.
    pub cases: Vec<TreeCase>,
    /// One for each case: where the likeliest chains without a circle have it from.
    pub edges: Vec<TreeEdge>,
    /// How open the question is on average, in bits: 0 when every source is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_entropy_bits: Option<f64>,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
}

/// A case and its possible sources.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TreeCase {
    /// Its name.
    #[schema(value_type = String)]
    pub id: CaseId,
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// Who answers for them.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// The day of onset.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub onset: Option<Date>,
    /// When the first positive specimen was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub first_positive: Option<Timestamp>,
    /// How certain the case is.
    #[schema(value_type = String)]
    pub class: CaseClass,
    /// Whether anything speaks for infection elsewhere: `no` or `possible`.
    pub imported: &'static str,
    /// Whether nothing known explains it better than someone who is on no list.
    pub unexplained: bool,
    /// Its possible sources, likeliest first. The probabilities sum to 1.
    pub candidates: Vec<CandidateView>,
}

/// A possible source of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CandidateView {
    /// Another case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// Or else: `imported`, `unknown` for someone on no list, `others` for the further cases together,
    /// `out-of-scope` for a case that is not theirs to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    /// How likely, of all sources of the case.
    pub probability: f64,
    /// Days from the source's onset to the case's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_days: Option<i32>,
    /// `confirmed` by an investigator's finding, `probable` by a recorded or stated meeting, `possible` by
    /// nothing but the days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// What connects the two.
    pub evidence: Vec<EvidenceView>,
}

/// Where the likeliest chains have a case from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TreeEdge {
    /// Another case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<CaseId>,
    /// Or else: `imported`, `unknown`, `out-of-scope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    /// The case.
    #[schema(value_type = String)]
    pub to: CaseId,
    /// How likely that source is, of all sources of the case.
    pub probability: f64,
    /// How many cases lie between it and the start of its chain.
    pub generation: u32,
}

/// What connects two cases, with what shows it.
#[derive(Default)]
struct Connected<'a> {
    exposures: Vec<&'a Exposure>,
    findings: BTreeSet<FactId>,
    stated: BTreeMap<FactId, Period>,
}

/// Two cases, the smaller name first.
type Pair = (CaseId, CaseId);

fn pair(a: CaseId, b: CaseId) -> Pair {
    (a.min(b), a.max(b))
}

/// The situation in the terms of source tracing.
struct Assembled<'a> {
    cases: BTreeMap<CaseId, &'a Arc<Case>>,
    connected: BTreeMap<Pair, Connected<'a>>,
    import: BTreeSet<CaseId>,
}

impl<'a> Assembled<'a> {
    fn of(situation: &'a Situation, disease: &Disease) -> Self {
        let derived = situation.derived();
        let of_disease = derived.cases.values().filter(|case| &case.disease == disease);
        let cases: BTreeMap<CaseId, &Arc<Case>> = of_disease.map(|case| (case.id, case)).collect();
        let case_of: BTreeMap<PersonId, CaseId> = cases.values().map(|case| (case.person, case.id)).collect();
        let mut connected: BTreeMap<Pair, Connected<'a>> = BTreeMap::new();
        let mut import = BTreeSet::new();
        for (&id, case) in &cases {
            let first = derived.rings.get(&id).map(|rings| &rings.first);
            for (person, exposure) in first.into_iter().flatten() {
                if let Some(&other) = case_of.get(person) {
                    connected.entry(pair(id, other)).or_default().exposures.push(exposure);
                }
            }
            let world = situation.world();
            let other_case = |person: PersonId| case_of.get(&world.aliases.of(person)).filter(|&&other| other != id);
            for fact in world.ledger.about(&world.aliases.all(case.person)) {
                match fact.body() {
                    Body::EpidemiologicalLink { person, disease: of, to } if of == disease => match to {
                        None => drop(import.insert(id)),
                        Some(to) => {
                            if let Some(&other) = other_case(*to).or_else(|| other_case(*person)) {
                                connected.entry(pair(id, other)).or_default().findings.insert(fact.id);
                            }
                        }
                    },
                    Body::ContactStated { person, with, span, .. } => {
                        if let Some(&other) = other_case(*person).or_else(|| other_case(*with)) {
                            let period = period(situation, span.start().as_second(), span.end().as_second());
                            connected.entry(pair(id, other)).or_default().stated.insert(fact.id, period);
                        }
                    }
                    _ => {}
                }
            }
            let within = situation.settings().fallback;
            if situation.residence(case.person).is_some_and(|residence| !within.contains(residence)) {
                import.insert(id);
            }
        }
        Self { cases, connected, import }
    }

    fn infos(&self, situation: &Situation) -> Vec<CaseInfo<CaseId>> {
        let info = |case: &Arc<Case>| CaseInfo {
            onset: case.onset.map(Period::day),
            found: Some(day(situation, case.first_positive.unwrap_or(case.found).as_second())),
            infectious_until: (case.infectious.until != i64::MAX).then(|| day(situation, case.infectious.until)),
            import: self.import.contains(&case.id).then(Period::default),
            ..CaseInfo::new(case.id)
        };
        self.cases.values().map(|case| info(case)).collect()
    }

    /// One link for each way in which two cases are connected; what both rings show is one meeting.
    fn links(&self, situation: &Situation) -> Vec<Link<CaseId>> {
        let mut links = Vec::new();
        for (&(a, b), connected) in &self.connected {
            let strongest = connected.exposures.iter().max_by(|one, other| one.score.total_cmp(&other.score));
            if let Some(exposure) = strongest {
                let evidence = match exposure.meetings.first() {
                    Some(meeting) if matches!(meeting.evidence, Evidence::Stated { .. }) => Connection::Interview,
                    Some(meeting) => Connection::Setting(meeting.setting),
                    None => Connection::Background,
                };
                let period = period(situation, exposure.first, exposure.last);
                // Links count beside one household, scores beside certainty.
                let strength = (exposure.score / exposure.parts.household_day).clamp(0.0, 1.0);
                links.push(Link { a, b, evidence, strength, period });
            }
            let said = Connection::Interview;
            let strength = said.strength();
            // A statement that a ring already judged is not counted again.
            let stated = connected.stated.values().filter(|_| strongest.is_none()).copied();
            let found = connected.findings.iter().map(|_| Period::default());
            if let Some(period) = found.chain(stated).next() {
                links.push(Link { a, b, evidence: said, strength, period });
            }
        }
        links
    }
}

fn day(situation: &Situation, seconds: i64) -> Date {
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    situation.settings().zone.to_datetime(at).date()
}

fn period(situation: &Situation, from: i64, until: i64) -> Period {
    Period::new(Some(day(situation, from)), Some(day(situation, until.saturating_sub(1).max(from))))
}

impl TransmissionTree {
    /// The tree of one disease: derived from every case of the deployment, shown for those within.
    pub fn of(situation: &Situation, scope: &Scope, plan: &Plan, within: Jurisdiction) -> Result<Self, ServerError> {
        let assembled = Assembled::of(situation, &plan.disease);
        let (infos, links) = (assembled.infos(situation), assembled.links(situation));
        let sources = candidates(&infos, &links, &plan.delays, &Options::of(plan))?;
        let chains = tree(&sources);
        let shown: BTreeSet<CaseId> = assembled
            .cases
            .values()
            .filter(|case| within.contains(home_of(situation, case.person)))
            .map(|case| case.id)
            .collect();
        let sees = |id: CaseId| {
            let case = assembled.cases.get(&id);
            case.is_some_and(|case| shown.contains(&id) || sees_person(situation, scope, case.person))
        };
        let mut cases: Vec<TreeCase> = sources
            .iter()
            .filter(|of| shown.contains(&of.case))
            .filter_map(|of| Some(tree_case(situation, &assembled, assembled.cases.get(&of.case)?, of, &sees)))
            .collect();
        cases
            .sort_by_key(|case| (case.onset.or(case.first_positive.map(|at| day(situation, at.as_second()))), case.id));
        let entropies = sources.iter().filter(|of| shown.contains(&of.case)).map(|of| of.entropy_bits);
        let mean_entropy_bits = (!cases.is_empty()).then(|| entropies.sum::<f64>() / cases.len() as f64);
        let edges = chains.edges.into_iter().filter(|edge| shown.contains(&edge.case));
        let edges = edges.map(|edge| {
            let (from, channel) = match edge.source {
                Source::Case(id) if sees(id) => (Some(id), None),
                Source::Case(_) => (None, Some("out-of-scope")),
                Source::Imported => (None, Some("imported")),
                Source::Unknown => (None, Some("unknown")),
            };
            TreeEdge { from, channel, to: edge.case, probability: edge.probability, generation: edge.generation }
        });
        Ok(Self {
            edges: edges.collect(),
            cases,
            mean_entropy_bits,
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
        })
    }

    /// The possible sources as a file, one row each.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "case",
            "person",
            "masked_name",
            "jurisdiction",
            "onset",
            "first_positive",
            "imported",
            "source",
            "channel",
            "probability",
            "serial_days",
            "kind",
            "in_tree",
            "facts",
        ]);
        for case in &self.cases {
            let chosen = self.edges.iter().find(|edge| edge.to == case.id);
            for candidate in &case.candidates {
                let in_tree =
                    chosen.is_some_and(|edge| edge.from == candidate.case && edge.channel == candidate.channel);
                let facts: Vec<String> =
                    candidate.evidence.iter().flat_map(|shown| &shown.facts).map(ToString::to_string).collect();
                table.row([
                    case.id.to_string(),
                    case.person.to_string(),
                    case.masked_name.clone(),
                    case.jurisdiction.to_string(),
                    cell(case.onset),
                    cell(case.first_positive),
                    case.imported.to_owned(),
                    cell(candidate.case),
                    cell(candidate.channel),
                    candidate.probability.to_string(),
                    cell(candidate.serial_days),
                    cell(candidate.kind),
                    in_tree.to_string(),
                    facts.join(" "),
                ]);
            }
        }
        table
    }
}

fn tree_case(
    situation: &Situation,
    assembled: &Assembled<'_>,
    case: &Case,
    of: &Sources<CaseId>,
    sees: &dyn Fn(CaseId) -> bool,
) -> TreeCase {
    let channel = |channel, probability| CandidateView {
        case: None,
        channel: Some(channel),
        probability,
        serial_days: None,
        kind: None,
        evidence: Vec::new(),
    };
    let (shown, rest) = of.candidates.split_at(of.candidates.len().min(CANDIDATES_SHOWN));
    let mut out_of_scope = 0.0;
    let mut candidates = Vec::new();
    for candidate in shown {
        if !sees(candidate.infector) {
            out_of_scope += candidate.probability;
            continue;
        }
        let connected = assembled.connected.get(&pair(case.id, candidate.infector));
        let is_found = connected.is_some_and(|connected| !connected.findings.is_empty());
        candidates.push(CandidateView {
            case: Some(candidate.infector),
            channel: None,
            probability: candidate.probability,
            serial_days: candidate.lag_days,
            kind: Some(match candidate.reasons.is_empty() {
                false if is_found => "confirmed",
                false => "probable",
                true => "possible",
            }),
            evidence: connected.map(|connected| evidence(situation, connected)).unwrap_or_default(),
        });
    }
    let others = of.others + rest.iter().map(|candidate| candidate.probability).sum::<f64>();
    let channels =
        [("out-of-scope", out_of_scope), ("others", others), ("imported", of.imported), ("unknown", of.unknown)];
    candidates.extend(channels.into_iter().filter(|&(_, share)| share > 0.0).map(|(name, share)| channel(name, share)));
    candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    TreeCase {
        id: case.id,
        person: case.person,
        masked_name: String::new(),
        jurisdiction: home_of(situation, case.person),
        onset: case.onset,
        first_positive: case.first_positive,
        class: case.class,
        imported: if assembled.import.contains(&case.id) { "possible" } else { "no" },
        unexplained: of.is_unexplained(),
        candidates,
    }
}

fn evidence(situation: &Situation, connected: &Connected<'_>) -> Vec<EvidenceView> {
    let findings = connected.findings.iter().filter_map(|&fact| of_fact(situation, fact));
    let met = connected.exposures.iter().flat_map(|exposure| of_exposure(situation, exposure));
    let mut shown: Vec<EvidenceView> = findings.chain(met).collect();
    if connected.exposures.is_empty() {
        shown.extend(connected.stated.keys().filter_map(|&fact| of_fact(situation, fact)));
    }
    shown.truncate(EVIDENCE_SHOWN);
    shown
}

impl Masked for TransmissionTree {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for case in &mut self.cases {
            put(case.person, &mut case.masked_name);
            case.candidates.iter_mut().for_each(|candidate| candidate.evidence.each_name(put));
        }
    }
}
