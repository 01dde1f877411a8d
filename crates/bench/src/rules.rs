//! What counts as contact, as a table by kind of space that every engine and rival applies alike.
//!
//! The definition, in whole minutes. A stay longer than its rule's cap ends at start + cap. The *own* stay
//! of a case is cut to the window, `[max(start, from), min(end, until))`, and counts only when something
//! is left; then its end moves later by the tail. Somebody else's stay in the same unit is a meeting when
//!
//! ```text
//! overlap = min(own end, their end) − max(own start, their start)
//! ```
//!
//! is positive and at least the rule's minimum, when the seats are not too far apart (both seats known, the
//! rule names rows). Units wider than a meeting (`area`) have no rule. A contact's class is that of the best of
//! its meetings, and only meetings of that class count further: the contact *leads on* when the rule of any
//! of them does, from the earliest start of their overlaps.
//!
//! First ring: everyone who met the case. Second ring: everyone whom a close contact that leads on met as a
//! close contact, from that contact's own earliest start to the end of the window, except the case and the
//! close contacts of the first ring.

use facts::Setting;
use plan::{ContactClass, Plan};
use serde::Serialize;

use crate::city::City;

/// What sharing one kind of space makes of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SettingRule {
    /// The class of the contact.
    pub class: ContactClass,
    /// Whether contacts of such a contact are sought.
    pub leads_on: bool,
    /// The shortest overlap that counts, in minutes; 0 takes any that is positive.
    pub minimum_minutes: u32,
    /// By how much the case's stay ends later, because what it left behind lingers, in minutes.
    pub tail_minutes: u32,
    /// The longest that any stay is taken to last, in minutes.
    pub cap_minutes: Option<u32>,
    /// How many rows of seats apart two people may be, where both seats are known.
    pub seat_rows: Option<u16>,
}

impl SettingRule {
    /// Plain co-presence of at least so many minutes.
    pub const fn plain(minimum_minutes: u32) -> Self {
        Self {
            class: ContactClass::Close,
            leads_on: true,
            minimum_minutes,
            tail_minutes: 0,
            cap_minutes: None,
            seat_rows: None,
        }
    }
}

/// Rules by kind of space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTable {
    /// What it is called.
    pub name: &'static str,
    /// The rule of each setting, in the order of [`Setting::ALL`]; none where sharing makes nobody a contact.
    pub by_setting: Vec<Option<SettingRule>>,
}

impl RuleTable {
    fn new(name: &'static str, rule: impl Fn(Setting) -> Option<SettingRule>) -> Self {
        Self { name, by_setting: Setting::ALL.iter().map(|&setting| rule(setting)).collect() }
    }

    /// The same for every kind of space in which people meet.
    fn alike(name: &'static str, rule: impl Fn(Setting) -> SettingRule) -> Self {
        Self::new(name, |setting| (setting != Setting::Area).then(|| rule(setting)))
    }

    /// Fifteen minutes in one unit: the table that is timed.
    pub fn plain() -> Self {
        Self::alike("plain 15 minutes", |_| SettingRule::plain(15))
    }

    /// The rules of a plan.
    pub fn of_plan(name: &'static str, plan: &Plan) -> Self {
        Self::new(name, |setting| {
            let rule = plan.contact_rules.iter().find(|rule| rule.settings.contains(&setting))?;
            Some(SettingRule {
                class: rule.class,
                leads_on: rule.leads_to_second_ring,
                minimum_minutes: rule.minimum_minutes.value,
                tail_minutes: rule.lingering_minutes.as_ref().map_or(0, |minutes| minutes.value),
                cap_minutes: rule.cap_minutes.as_ref().map(|minutes| minutes.value),
                seat_rows: rule.seat_rows.as_ref().map(|rows| rows.value),
            })
        })
    }

    /// Every table that sets of contacts are compared under.
    pub fn all() -> Result<Vec<Self>, plan::PlanError> {
        let plain = SettingRule::plain(15);
        let near_seats = |setting| (setting == Setting::Vehicle).then_some(3);
        Ok(vec![
            Self::plain(),
            Self::alike("any positive overlap", |_| SettingRule::plain(0)),
            Self::of_plan("plan covid19-cn-9", &plan::shipped("covid19-cn-9")?),
            Self::alike("tail of 30 minutes", |_| SettingRule { tail_minutes: 30, ..plain }),
            Self::alike("cap of 4 hours", |_| SettingRule { cap_minutes: Some(240), ..plain }),
            Self::alike("seats within 3 rows", |setting| SettingRule { seat_rows: near_seats(setting), ..plain }),
        ])
    }

    /// The rule of a kind of space; none when sharing it makes nobody a contact.
    pub fn of(&self, setting: Setting) -> Option<SettingRule> {
        self.by_setting[setting as usize]
    }

    /// The rule of each unit of a city, by number.
    pub fn by_unit(&self, city: &City) -> Vec<Option<SettingRule>> {
        (0..city.units()).map(|unit| self.of(city.setting(unit))).collect()
    }
}
