//! Judging a meeting: does it count, as what, and how much.

use facts::Setting;
use plan::{ContactClass, Plan};
use visits::{Seconds, Window};

use crate::meeting::{Evidence, Meeting};
use crate::score::ScoreParts;

/// What a rule made of a meeting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The rule, by its place in the plan's list.
    pub rule: usize,
    /// What it makes of the contact.
    pub class: ContactClass,
    /// Whether contacts of such a contact are sought.
    pub leads_on: bool,
    /// How likely the contact is infected, relative to a household's.
    pub weight: f64,
}

/// A set of rules that says which meetings count.
pub trait Rules {
    /// The judgement on a meeting; none when it does not count.
    fn judge(&self, meeting: &Meeting) -> Option<Judgement>;

    /// What the score of a judged meeting is made of. `onset` is when the day of onset of the one whose
    /// contacts are sought began, when it is known.
    fn parts(&self, meeting: &Meeting, judgement: &Judgement, _onset: Option<Seconds>) -> ScoreParts {
        ScoreParts::of_length(judgement.weight, meeting.minutes())
    }

    /// Whether any meeting in such a space can count. Where none can, there is no need to look for them.
    fn decides(&self, _setting: Setting) -> bool {
        true
    }

    /// How long, in seconds, the air of such a space still counts after someone who could infect left it. To
    /// be added to the stays of whose contacts are sought, and to nobody else's.
    fn lingering_seconds(&self, _setting: Setting) -> i64 {
        0
    }

    /// For how long, in seconds from its start, a stay in such a space counts at most, whosever it is. What
    /// lingers is added after it is cut.
    fn cap_seconds(&self, _setting: Setting) -> Option<i64> {
        None
    }

    /// A stay cut to what counts of it, whosever it is.
    fn capped(&self, setting: Setting, stay: Window) -> Window {
        let until = self.cap_seconds(setting).map_or(stay.until, |cap| stay.until.min(stay.from.saturating_add(cap)));
        Window { until, ..stay }
    }

    /// A stay of someone who could infect, already cut, with the time after it in which the air still counts.
    fn with_lingering(&self, setting: Setting, stay: Window) -> Window {
        Window { until: stay.until.saturating_add(self.lingering_seconds(setting)), ..stay }
    }
}

/// The plan's rules: the first that fits the setting decides.
impl Rules for Plan {
    fn judge(&self, meeting: &Meeting) -> Option<Judgement> {
        let (number, rule) =
            self.contact_rules.iter().enumerate().find(|(_, rule)| rule.settings.contains(&meeting.setting))?;
        if meeting.window.seconds() < i64::from(rule.minimum_minutes.value) * 60 {
            return None;
        }
        // Where both seats are known they decide; where one is not, sharing the vehicle does.
        if let (Some(rows), Evidence::SameUnit { rows_apart: Some(apart), .. }) = (&rule.seat_rows, &meeting.evidence)
            && *apart > rows.value
        {
            return None;
        }
        Some(Judgement {
            rule: number,
            class: rule.class,
            leads_on: rule.leads_to_second_ring,
            weight: rule.weight.value,
        })
    }

    fn parts(&self, meeting: &Meeting, judgement: &Judgement, onset: Option<Seconds>) -> ScoreParts {
        ScoreParts::by_plan(self, meeting, judgement.weight, onset)
    }

    fn decides(&self, setting: Setting) -> bool {
        self.contact_rule(setting).is_some()
    }

    fn lingering_seconds(&self, setting: Setting) -> i64 {
        let lingering = self.contact_rule(setting).and_then(|rule| rule.lingering_minutes.as_ref());
        lingering.map_or(0, |minutes| i64::from(minutes.value) * 60)
    }

    fn cap_seconds(&self, setting: Setting) -> Option<i64> {
        let cap = self.contact_rule(setting)?.cap_minutes.as_ref()?;
        Some(i64::from(cap.value) * 60)
    }
}

/// Plain co-presence: whatever lasts long enough counts, whatever the space.
#[derive(Debug, Clone, Copy)]
pub struct CoPresence {
    /// The shortest single co-presence that counts, in seconds; 0 takes any that is positive.
    pub minimum_seconds: i64,
}

impl Rules for CoPresence {
    fn judge(&self, meeting: &Meeting) -> Option<Judgement> {
        (meeting.window.seconds() >= self.minimum_seconds).then_some(Judgement {
            rule: 0,
            class: ContactClass::Close,
            leads_on: true,
            weight: 1.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MINUTE, met, plan, rows_apart};

    fn class(plan_id: &str, meeting: &Meeting) -> Option<ContactClass> {
        plan(plan_id).judge(meeting).map(|judgement| judgement.class)
    }

    #[test]
    fn in_an_aeroplane_and_a_coach_three_rows_count_and_the_fourth_does_not() {
        for setting in [Setting::Aircraft, Setting::Vehicle] {
            let flight = met(2, setting, 0, 120 * MINUTE);
            assert_eq!(class("covid19-cn-9", &rows_apart(flight.clone(), 3)), Some(ContactClass::Close));
            assert_eq!(class("covid19-cn-9", &rows_apart(flight, 4)), None);
        }
    }

    #[test]
    fn whoever_s_seat_is_not_known_is_not_let_go_for_it() {
        assert_eq!(class("covid19-cn-9", &met(2, Setting::Aircraft, 0, MINUTE)), Some(ContactClass::Close));
    }

    #[test]
    fn a_railway_carriage_counts_whole() {
        let ride = rows_apart(met(2, Setting::Carriage, 0, 120 * MINUTE), 15);
        assert_eq!(class("covid19-cn-9", &ride), Some(ContactClass::Close));
        assert_eq!(class("mers", &ride), None, "that plan borrows three rows for every vehicle");
    }

    #[test]
    fn care_at_the_bedside_is_a_close_contact_in_every_plan() {
        for (id, _) in plan::library() {
            assert_eq!(class(id, &met(2, Setting::Care, 0, MINUTE)), Some(ContactClass::Close), "{id}");
        }
    }

    #[test]
    fn an_office_counts_from_its_fifteenth_minute() {
        assert_eq!(class("covid19-cn-9", &met(2, Setting::Office, 0, 15 * MINUTE)), Some(ContactClass::Close));
        assert_eq!(class("covid19-cn-9", &met(2, Setting::Office, 0, 15 * MINUTE - 1)), None);
    }

    #[test]
    fn measles_stays_in_the_air_for_two_hours_and_no_second_longer() {
        let stay = Window { from: 0, until: 30 * MINUTE };
        let air = plan("measles").with_lingering(Setting::Clinic, stay);
        let came = |from: i64| Window { from, until: from + 60 * MINUTE };
        assert!(air.overlap(came(150 * MINUTE - 1)).is_some(), "entered within two hours of the case leaving");
        assert!(air.overlap(came(150 * MINUTE)).is_none(), "entered when two hours had passed");
    }

    #[test]
    fn nothing_lingers_where_no_text_says_so() {
        let stay = Window { from: 0, until: 30 * MINUTE };
        for &setting in Setting::ALL {
            assert_eq!(plan("covid19-cn-9").with_lingering(setting, stay), stay);
        }
        assert_eq!(plan("measles").with_lingering(Setting::Other, stay), stay, "it may be in the open");
    }

    #[test]
    fn a_forgotten_check_out_counts_from_its_start_for_so_long_and_others_stay_as_they_are() {
        let plan = plan("covid19-cn-9");
        let days = |days: i64| Window { from: 100, until: 100 + days * 1_440 * MINUTE };
        assert_eq!(plan.capped(Setting::Shop, days(3)), days(1));
        assert_eq!(plan.capped(Setting::Shop, days(1)), days(1));
        assert_eq!(plan.capped(Setting::Ward, days(3)), days(3), "people do live in wards");
    }

    #[test]
    fn without_a_plan_every_stay_counts_as_it_is() {
        let (rules, stay) = (CoPresence { minimum_seconds: 0 }, Window { from: 0, until: 1_000_000 });
        assert_eq!(rules.capped(Setting::Lift, stay), stay);
        assert_eq!(rules.with_lingering(Setting::Lift, stay), stay);
        assert!(rules.decides(Setting::Area));
    }

    #[test]
    fn an_area_decides_nothing() {
        for (id, _) in plan::library() {
            assert!(!plan(id).decides(Setting::Area), "{id}");
        }
    }
}
