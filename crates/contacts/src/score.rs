//! How likely a meeting passed the disease on, relative to others: it orders lists and decides nothing.
//!
//! The formula, its sources and its trial are in `docs/methods/contact-score.md`.

use facts::{Masked, Ventilation};
use plan::{InfectiousnessByDay, Plan};
use visits::{Seconds, Window};

use crate::meeting::{Evidence, Meeting};

const DAY_SECONDS: i64 = 86_400;
const DAY_MINUTES: f64 = 1_440.0;
const MONTH_DAYS: i64 = 30;

/// What the score of one meeting is made of: the parts of its strongest day, and the chance of all its days.
///
/// What is not known is absent and lowers nothing: a mask that nobody spoke of is not a mask that was not
/// worn, and neither reassures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreParts {
    /// The hazard of a day in one household with one other person, when the case is most infectious; without
    /// a plan 24, one an hour.
    pub household_day: f64,
    /// The weight of the rule that judged the meeting, relative to an hour in a household.
    pub setting_weight: f64,
    /// The time together on that day, as a share of the day.
    pub strength: f64,
    /// What the number of others in the room left of it; absent where it is not known.
    pub crowd: Option<f64>,
    /// How much the row of seats raises or lowers it, relative to a seat that is not known.
    pub seats: Option<f64>,
    /// How infectious the case was on the day, relative to its highest; absent without an onset, without
    /// values in the plan, and in the second ring.
    pub infectiousness: Option<f64>,
    /// What masks left of it; absent when nobody said.
    pub masks: Option<f64>,
    /// What the air of the space left of it; absent when it is not known.
    pub ventilation: Option<f64>,
    /// The chance that any of the days of the meeting passed the disease on.
    pub chance: f64,
}

impl ScoreParts {
    /// What is known without a plan: a weight and a length in whole minutes.
    pub fn of_length(setting_weight: f64, minutes: i64) -> Self {
        let hours = minutes as f64 / 60.0;
        Self {
            household_day: 24.0,
            setting_weight,
            strength: minutes as f64 / DAY_MINUTES,
            crowd: None,
            seats: None,
            infectiousness: None,
            masks: None,
            ventilation: None,
            chance: chance(setting_weight * hours),
        }
    }

    /// The parts of a meeting as a plan sees them. `onset` is when the day of onset began, when it is known.
    pub(crate) fn by_plan(plan: &Plan, meeting: &Meeting, setting_weight: f64, onset: Option<Seconds>) -> Self {
        let score = plan.score.as_ref();
        let masks = score.and_then(|score| score.masks.as_ref()).zip(meeting.masked).map(|(masks, worn)| match worn {
            Masked::Both => masks.both.value,
            Masked::One => masks.one.value,
            Masked::Neither => 1.0,
        });
        let ventilation = score.and_then(|score| score.air.as_ref()).zip(meeting.ventilation);
        let crowding = score.and_then(|score| score.crowding.as_ref());
        let rows_apart = match meeting.evidence {
            Evidence::SameUnit { rows_apart, .. } => rows_apart,
            _ => None,
        };
        let mut strongest = Self {
            household_day: score.map_or(24.0, |score| score.household_day.value),
            setting_weight,
            strength: 0.0,
            // One other person shares the air with the case whatever the records say: the contact.
            crowd: crowding.zip(meeting.others).map(|(power, others)| others.max(1.0).powf(-power.value)),
            seats: score.and_then(|score| score.seats.as_ref()).zip(rows_apart).map(|(seats, rows)| match rows {
                0 => seats.same_row.value,
                _ => seats.another_row.value,
            }),
            infectiousness: None,
            masks,
            ventilation: ventilation.map(|(air, ventilation)| match ventilation {
                Ventilation::Open => air.open.value,
                Ventilation::Good => air.good.value,
                Ventilation::Poor => 1.0,
            }),
            chance: 0.0,
        };
        let by_day = plan.infectious.by_day.as_ref().zip(onset);
        let (mut highest, mut hazard) = (-1.0, 0.0);
        for (day, minutes) in days(by_day, meeting.window) {
            let infectiousness = by_day.map(|(by_day, _)| by_day.on_day(day));
            let of_day = Self { strength: minutes as f64 / DAY_MINUTES, infectiousness, ..strongest };
            let of_day_hazard = of_day.product();
            hazard += of_day_hazard;
            if of_day_hazard > highest {
                (highest, strongest) = (of_day_hazard, of_day);
            }
        }
        Self { chance: chance(hazard), ..strongest }
    }

    fn product(&self) -> f64 {
        let known = [self.crowd, self.seats, self.infectiousness, self.masks, self.ventilation].into_iter().flatten();
        known.fold(self.household_day * self.setting_weight * self.strength, |hazard, part| hazard * part)
    }
}

/// The chance that something happens of which so much hazard adds up.
fn chance(hazard: f64) -> f64 {
    -(-hazard).exp_m1()
}

/// The days of a meeting, onset being day 0, with whole minutes on each. Without an onset, days are counted
/// from its beginning.
fn days(by_day: Option<(&InfectiousnessByDay, Seconds)>, meeting: Window) -> impl Iterator<Item = (i64, i64)> {
    let zero = by_day.map_or(meeting.from, |(_, onset)| onset);
    let day = move |at: Seconds| at.saturating_sub(zero).div_euclid(DAY_SECONDS);
    let table = by_day.map_or((0, 0), |(by_day, _)| {
        let first = i64::from(by_day.first_day);
        (first, first + by_day.relative.value.len() as i64)
    });
    let (first, last) = (day(meeting.from), day(meeting.until.saturating_sub(1).max(meeting.from)));
    // A month beyond the table a day more orders nothing, and meetings without an end stay finite.
    let (from, until) = (first.max(table.0 - MONTH_DAYS), last.min(table.1 + MONTH_DAYS));
    let (from, until) = if from <= until { (from, until) } else { (first, first) };
    (from..=until).map(move |day| {
        let midnight = zero.saturating_add(day.saturating_mul(DAY_SECONDS));
        let on_day = meeting.overlap(Window { from: midnight, until: midnight.saturating_add(DAY_SECONDS) });
        (day, on_day.map_or(0, Window::seconds) / 60)
    })
}

#[cfg(test)]
mod tests {
    use facts::Setting;

    use super::*;
    use crate::rule::Rules;
    use crate::testing::{MINUTE, met, plan, rows_apart};

    const DAY: i64 = 1_440 * MINUTE;

    fn parts(meeting: &Meeting, onset: Option<Seconds>) -> ScoreParts {
        let plan = plan("covid19-cn-9");
        plan.parts(meeting, &plan.judge(meeting).unwrap(), onset)
    }

    #[test]
    fn a_meeting_on_the_day_of_onset_ranks_above_one_three_days_before_and_a_week_after() {
        let meal =
            |day: i64| parts(&met(2, Setting::Meal, 10 * DAY + day * DAY + 600 * MINUTE, 60 * MINUTE), Some(10 * DAY));
        assert_eq!(meal(0).infectiousness, Some(1.0));
        assert!(meal(-3).chance < meal(-1).chance && meal(-1).chance < meal(0).chance);
        assert!(meal(7).chance < meal(2).chance);
    }

    #[test]
    fn the_day_changes_at_midnight() {
        let meal = |from: i64| parts(&met(2, Setting::Meal, 10 * DAY + from, 60 * MINUTE), Some(10 * DAY));
        assert_eq!(meal(-60 * MINUTE).infectiousness, Some(0.93), "it ended as the day of onset began");
        assert!(
            (meal(-30 * MINUTE).chance - {
                // An hour of a meal is twenty of a household, and a day of that has 24.
                let half_hour = |day: f64| 0.1 * 20.0 * 0.5 / 24.0 * day;
                chance(half_hour(0.93) + half_hour(1.0))
            })
            .abs()
                < 1e-12
        );
    }

    #[test]
    fn each_day_of_living_together_is_a_chance_of_its_own() {
        let home = |from: i64, days: i64| parts(&met(2, Setting::Home, from, days * DAY), Some(10 * DAY));
        assert_eq!(home(8 * DAY, 5).infectiousness, Some(1.0), "the parts are those of the strongest day");
        assert!(home(8 * DAY, 5).chance > home(8 * DAY, 3).chance);
        assert!(home(8 * DAY, 3).chance > home(4 * DAY, 3).chance, "long before onset");
    }

    #[test]
    fn a_meeting_without_an_end_has_a_score() {
        for window in [Window { from: 0, until: i64::MAX }, Window::ALWAYS] {
            let chance = parts(&Meeting { window, ..met(2, Setting::Home, 0, 1) }, Some(10 * DAY)).chance;
            assert!(chance > 0.2 && chance < 1.0, "{chance}");
        }
        let late = Window { from: 10_000 * DAY, until: 10_000 * DAY + 60 * MINUTE };
        assert!(parts(&Meeting { window: late, ..met(2, Setting::Meal, 0, 1) }, Some(0)).chance > 0.0);
    }

    #[test]
    fn without_an_onset_or_values_every_day_is_alike() {
        let early = met(2, Setting::Meal, 0, 60 * MINUTE);
        assert_eq!(parts(&early, None).infectiousness, None);
        let measles = plan("measles");
        let judged = measles.judge(&early).unwrap();
        assert_eq!(measles.parts(&early, &judged, Some(10 * DAY)), measles.parts(&early, &judged, None));
    }

    #[test]
    fn a_mask_lowers_the_score_and_a_mask_nobody_spoke_of_is_neither_worn_nor_left_off() {
        let meal = met(2, Setting::Meal, 0, 60 * MINUTE);
        let with = |masked| parts(&Meeting { masked, ..meal.clone() }, None);
        assert!(with(Some(Masked::Both)).chance < with(Some(Masked::One)).chance);
        assert!(with(Some(Masked::One)).chance < with(Some(Masked::Neither)).chance);
        assert_eq!((with(None).masks, with(Some(Masked::Neither)).masks), (None, Some(1.0)));
        assert_eq!(with(None).chance, with(Some(Masked::Neither)).chance, "what is not known never reassures");
    }

    #[test]
    fn better_air_lowers_the_score() {
        let meal = met(2, Setting::Meal, 0, 60 * MINUTE);
        let in_air = |air| parts(&Meeting { ventilation: air, ..meal.clone() }, None);
        assert!(in_air(Some(Ventilation::Open)).chance < in_air(Some(Ventilation::Good)).chance);
        assert!(in_air(Some(Ventilation::Good)).chance < in_air(Some(Ventilation::Poor)).chance);
        assert_eq!(in_air(None).ventilation, None);
    }

    #[test]
    fn masks_and_air_change_the_score_and_never_who_is_a_contact() {
        for (id, _) in plan::library() {
            let plan = plan(id);
            for &setting in Setting::ALL {
                let bare = met(2, setting, 0, 60 * MINUTE);
                let careful =
                    Meeting { masked: Some(Masked::Both), ventilation: Some(Ventilation::Open), ..bare.clone() };
                assert_eq!(plan.judge(&bare), plan.judge(&careful), "{id}, {}", setting.name());
            }
        }
    }

    #[test]
    fn twice_the_time_is_twice_the_hazard() {
        let hazard = |minutes| -(1.0 - parts(&met(2, Setting::Office, 0, minutes * MINUTE), None).chance).ln();
        assert!((hazard(480) / hazard(240) - 2.0).abs() < 1e-9);
        assert_eq!(ScoreParts::of_length(1.0, 0).chance, 0.0);
    }

    #[test]
    fn the_more_share_a_room_the_less_is_each_of_them_exposed_to_one() {
        let with = |others| parts(&Meeting { others, ..met(2, Setting::Office, 0, 480 * MINUTE) }, None);
        assert!(with(Some(40.0)).chance < with(Some(4.0)).chance);
        assert_eq!(with(Some(0.2)).crowd, Some(1.0), "the contact was there");
        assert_eq!((with(None).crowd, with(None).chance), (None, with(Some(1.0)).chance), "not known lowers nothing");
    }

    #[test]
    fn the_same_row_ranks_above_a_seat_that_is_not_known_and_that_above_another_row() {
        let ride = met(2, Setting::Carriage, 0, 120 * MINUTE);
        let row = |rows| parts(&rows_apart(ride.clone(), rows), None);
        let unknown = parts(&ride, None);
        assert!(row(0).chance > unknown.chance && unknown.chance > row(1).chance);
        assert_eq!((unknown.seats, row(1).chance), (None, row(2).chance));
    }

    #[test]
    fn an_evening_at_one_table_ranks_above_a_day_in_one_office() {
        let office = Meeting { others: Some(12.0), ..met(2, Setting::Office, 0, 480 * MINUTE) };
        let table = Meeting { others: Some(6.0), ..met(2, Setting::Meal, 0, 90 * MINUTE) };
        assert!(parts(&table, None).chance > parts(&office, None).chance);
    }
}
