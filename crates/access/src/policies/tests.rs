use facts::{ActorId, Jurisdiction, Level, Scope};
use proptest::prelude::*;

use super::*;
use crate::Action::*;
use crate::Role::*;

fn actions_of(role: Role) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|&action| role.may(action)).collect()
}

#[test]
fn command_sees_duties_and_no_identity() {
    assert!(Command.may(SeePerson) && Command.may(GiveOrder) && Command.may(SwitchLevel));
    assert!(!Command.may(RevealIdentity) && !Command.may(Investigate) && !Command.may(Import));
}

#[test]
fn a_community_worker_fulfils_and_records_no_result() {
    assert!(Community.may(FulfilDuty) && Community.may(RevealIdentity));
    assert!(!Community.may(RecordResult) && !Community.may(AssignDuty) && !Community.may(SendLetter));
}

#[test]
fn an_administrator_and_a_machine_see_nobody() {
    assert_eq!(actions_of(Admin), [SendVisits, SeeIndex, ManageAccounts, TrustDeployment]);
    assert_eq!(actions_of(Feed), [SendVisits]);
}

#[test]
fn an_auditor_reads_and_reviews_and_does_nothing_else() {
    assert_eq!(actions_of(Auditor), [SeeCommand, ReviewGlass, SeeReads]);
}

#[test]
fn a_laboratory_reports_results_and_opens_nobody() {
    assert!(Laboratory.may(RecordResult));
    assert!(!Laboratory.may(SeePerson) && !Laboratory.may(Investigate) && !Laboratory.may(RevealIdentity));
}

#[test]
fn only_the_inspector_inspects_and_only_an_administrator_manages_accounts() {
    for role in Role::ALL {
        assert_eq!(role.may(Inspect), role == Inspector, "{role:?}");
        assert_eq!(role.may(ManageAccounts), role == Admin, "{role:?}");
        assert!(!(role.may(BreakGlass) && role.may(ReviewGlass)), "{role:?} reviews what it does itself");
    }
}

#[test]
fn broken_glass_widens_where_and_never_what() {
    for role in Role::ALL {
        for &action in Action::ALL {
            assert!(!role.may_beyond(action) || role.may(action), "{role:?} {action:?}");
        }
        let beyond: Vec<Action> = Action::ALL.iter().copied().filter(|&action| role.may_beyond(action)).collect();
        let expected: &[Action] = if role.may(BreakGlass) { &[SeePerson, RevealIdentity] } else { &[] };
        assert_eq!(beyond, expected, "{role:?}");
    }
}

#[test]
fn a_community_worker_is_shown_no_number_of_a_document() {
    let shown = |role: Role| Field::ALL.into_iter().filter(|&field| role.sees(field)).collect::<Vec<_>>();
    assert_eq!(shown(Investigator), Field::ALL);
    assert_eq!(shown(Community), [Field::Name, Field::Phone, Field::Address]);
    assert!(shown(Command).is_empty() && shown(Auditor).is_empty());
}

#[test]
fn every_action_is_somebodys() {
    for &action in Action::ALL {
        assert!(Role::ALL.into_iter().any(|role| role.may(action)), "{action:?} is permitted to nobody");
    }
}

#[test]
fn a_limit_holds_against_a_slip_in_the_roles() {
    let slip = r#"permit (principal in Role::"admin", action == Action::"reveal-identity", resource);"#;
    let limits = TEXTS[2];
    let decisions = Decisions::of(&[("slip", slip), limits]).unwrap();
    assert!(!decisions.may.contains(&(Admin, RevealIdentity)));
    assert!(Decisions::of(&[("slip", slip)]).unwrap().may.contains(&(Admin, RevealIdentity)), "the slip is one");
}

#[test]
fn a_policy_that_names_what_is_not_there_is_refused() {
    for wrong in [
        r#"permit (principal, action == Action::"set-colour", resource);"#,
        r#"permit (principal in Group::"x", action, resource);"#,
        r#"permit (principal, action == Action::"see-person", resource) when { principal.name == "x" };"#,
    ] {
        assert!(matches!(Decisions::of(&[("wrong", wrong)]), Err(AccessError::Policy { .. })), "{wrong}");
    }
}

fn jurisdictions() -> impl Strategy<Value = Jurisdiction> {
    // Two provinces with two of everything below, so that many pairs are related.
    let (one, level) = (1u64..=2, 0usize..=5);
    (one.clone(), one.clone(), one.clone(), one.clone(), one, level).prop_map(|(p, c, d, t, v, level)| {
        let levels = [Level::Nation, Level::Province, Level::City, Level::County, Level::Township, Level::Community];
        let whole = (((38 + p) * 100 + c) * 100 + d) * 1_000_000 + t * 1_000 + v;
        match levels[level] {
            Level::Nation => Jurisdiction::NATION,
            level => Jurisdiction::from_number(whole).unwrap().at(level),
        }
    })
}

/// A jurisdiction and all above it, with the parent of each.
fn chain(of: Jurisdiction) -> Vec<(String, Option<String>)> {
    let mut chain = Vec::new();
    let mut next = Some(of);
    while let Some(here) = next {
        let parent = here.parent().or((here != Jurisdiction::NATION).then_some(Jurisdiction::NATION));
        chain.push((here.to_string(), parent.map(|parent| parent.to_string())));
        next = parent;
    }
    chain
}

proptest! {
    #[test]
    fn the_typed_scope_is_what_the_policies_say(own in jurisdictions(), asked in jurisdictions(), role in 0usize..10) {
        let role = Role::ALL[role];
        let judge = Judge::new(&TEXTS).unwrap();
        let mut places = chain(own);
        for place in chain(asked) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let places: Vec<(&str, Option<&str>)> =
            places.iter().map(|(place, parent)| (place.as_str(), parent.as_deref())).collect();
        let world = world(role, &own.to_string(), &places).unwrap();
        let resource = uid("Jurisdiction", &asked.to_string()).unwrap();
        let scope = Scope { actor: ActorId::new(1), jurisdiction: own };
        for action in [SeePerson, SeeCommand, ManageAccounts] {
            let by_policy = judge.allows(&world, action.name(), resource.clone(), Some(false)).unwrap();
            prop_assert_eq!(by_policy, role.may(action) && scope.covers(asked), "{:?} {:?}", role, action);
        }
    }
}
