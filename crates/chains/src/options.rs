//! What the derivation takes from a plan, and the weights that no plan has.

use plan::Plan;

use crate::error::ChainsError;
use crate::evidence::Evidence;

/// What sources are derived with. [`Options::of`] takes from a plan what it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How many days before onset a case can infect.
    pub infectious_from_days: u16,
    /// How many days after onset a case can infect at most; none where only control or recovery ends it.
    pub infectious_until_days: Option<u16>,
    /// What weighs between two cases whom nothing known connects.
    pub background: f64,
    /// What someone weighs who is on no list, beside a household contact of typical timing.
    pub unknown: f64,
    /// What infection elsewhere weighs, for whoever could only have been infected there, beside the same.
    pub imported: f64,
    /// How much living at one address weighs among those [`Evidence::Nearby`]...
    pub nearby: f64,
    /// ...and after how many metres that has fallen to a third (1/e).
    pub nearby_metres: f64,
    /// How many days before it showed an onset that is not known may lie.
    pub onset_before_found_days: u16,
}

impl Options {
    /// What a plan has, and our choices for the rest.
    pub fn of(plan: &Plan) -> Self {
        Self {
            infectious_from_days: plan.infectious.from_days_before_onset.value,
            infectious_until_days: plan.infectious.until_days_after_onset.as_ref().map(|days| days.value),
            ..Self::default()
        }
    }

    /// Refuses what is no weight.
    pub(crate) fn check(&self) -> Result<(), ChainsError> {
        let shares = [("background", self.background), ("nearby", self.nearby)];
        for (name, value) in shares {
            if !(0.0..1.0).contains(&value) {
                return Err(ChainsError::Option { name, value, expected: "a number from 0 to below 1" });
            }
        }
        for (name, value) in [("unknown", self.unknown), ("nearby_metres", self.nearby_metres)] {
            // Without anyone unknown, a case whom nobody fits would be given whoever fits worst.
            if !(value.is_finite() && value > 0.0) {
                return Err(ChainsError::Option { name, value, expected: "a number above 0" });
            }
        }
        if !(self.imported.is_finite() && self.imported >= 0.0) {
            let value = self.imported;
            return Err(ChainsError::Option { name: "imported", value, expected: "a number of 0 or more" });
        }
        Ok(())
    }
}

impl Default for Options {
    /// Our choices, the same for every disease and fitted to no outbreak; see the page on the method.
    fn default() -> Self {
        Self {
            infectious_from_days: 0,
            infectious_until_days: None,
            background: Evidence::Background.strength(),
            unknown: 2.0 * Evidence::Background.strength(),
            imported: Evidence::Setting(facts::Setting::Home).strength(),
            nearby: Evidence::Nearby.strength(),
            nearby_metres: 100.0,
            onset_before_found_days: 7,
        }
    }
}
