//! Judging a meeting: does it count, as what, and how much.

use plan::{ContactClass, Plan};

use crate::meeting::{Evidence, Meeting};

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
