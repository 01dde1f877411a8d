//! The parts of a score are shares, and more of a protection lowers it more.

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let Some(score) = &plan.score else { return Vec::new() };
    let mut factors = vec![("score.household_day", score.household_day.value)];
    let mut pairs = Vec::new();
    if let Some(masks) = &score.masks {
        pairs.push((("score.masks.both", masks.both.value), ("score.masks.one", masks.one.value)));
    }
    if let Some(air) = &score.air {
        pairs.push((("score.air.open", air.open.value), ("score.air.good", air.good.value)));
    }
    factors.extend(pairs.iter().flat_map(|(stronger, weaker)| [*stronger, *weaker]));
    let mut findings = Vec::new();
    for (path, factor) in factors.into_iter().filter(|(_, factor)| !(*factor > 0.0 && *factor <= 1.0)) {
        findings.push(Finding::error(path, format!("{factor} is no share"), "give a number above 0 and up to 1"));
    }
    for ((stronger, lower), (weaker, higher)) in pairs.into_iter().filter(|(strong, weak)| strong.1 > weak.1) {
        findings.push(Finding::error(
            stronger,
            format!("{lower} lowers the score less than {weaker} does"),
            format!("give at most {higher}"),
        ));
    }
    if let Some(crowding) = score.crowding.as_ref().filter(|crowding| !(0.0..=1.0).contains(&crowding.value)) {
        findings.push(Finding::error(
            "score.crowding",
            format!("others in the room do not count by a power of {}", crowding.value),
            "give a number from 0, not at all, to 1, in proportion",
        ));
    }
    if let Some(dispersion) = score.dispersion.as_ref().filter(|dispersion| dispersion.value <= 0.0) {
        findings.push(Finding::error(
            "score.dispersion",
            format!("{} is no shape of a distribution", dispersion.value),
            "give a number above 0, or leave it out",
        ));
    }
    if let Some(seats) = &score.seats
        && !(seats.another_row.value > 0.0 && seats.another_row.value <= 1.0 && seats.same_row.value >= 1.0)
    {
        findings.push(Finding::error(
            "score.seats",
            format!("{} in the same row and {} in another", seats.same_row.value, seats.another_row.value),
            "relative to a seat that is not known, the same row is at least 1, and another above 0 and at most 1",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    fn masks(plan: &mut Plan) -> &mut crate::MaskFactors {
        plan.score.as_mut().unwrap().masks.as_mut().unwrap()
    }

    #[test]
    fn a_household_that_infects_nobody_is_refused() {
        let findings = after(rule, |plan| plan.score.as_mut().unwrap().household_day.value = 0.0);
        one(&findings, &["score.household_day"]);
    }

    #[test]
    fn a_mask_that_raises_the_score_is_refused() {
        one(&after(rule, |plan| masks(plan).one.value = 1.2), &["score.masks.one", "1.2"]);
    }

    #[test]
    fn a_crowd_that_raises_the_score_is_refused() {
        let findings = after(rule, |plan| {
            plan.score.as_mut().unwrap().crowding.as_mut().unwrap().value = 1.5;
        });
        one(&findings, &["score.crowding", "1.5"]);
    }

    #[test]
    fn a_far_seat_that_raises_the_score_is_refused() {
        let findings = after(rule, |plan| {
            plan.score.as_mut().unwrap().seats.as_mut().unwrap().another_row.value = 2.0;
        });
        one(&findings, &["score.seats", "2"]);
    }

    #[test]
    fn two_masks_that_do_less_than_one_are_refused() {
        one(&after(rule, |plan| masks(plan).both.value = 0.9), &["score.masks.both", "score.masks.one"]);
    }
}
