//! The contacts of a case as a picture: grouped by where they met, never one mark per person.

use std::collections::BTreeMap;

use contacts::{Exposure, Ring};
use facts::{Jurisdiction, PersonId, Setting, Timestamp, UnitId};
use plan::ContactClass;
use serde::Serialize;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;

use super::case::members;
use super::contacts::{listed, setting_of, state_of, unit_of};
use super::overview::{index_version, traced_up_to};

/// Beyond so many groups, the smallest are put together by setting.
const GROUPS_MAX: usize = 100;

/// Contacts by where they met.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactGraph {
    /// How many contacts there are in the ring.
    pub contacts: usize,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// The groups, most contacts first. Their numbers add up to all contacts.
    pub groups: Vec<ContactGroup>,
}

/// The contacts whose strongest meeting was in one unit, or in many small ones of one setting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactGroup {
    /// In what kind of space.
    pub setting: &'static str,
    /// In which unit; absent where there are many, and for homes, which have no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// How many units are put together here; 0 for what somebody only stated.
    pub units: usize,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// Longitude and latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<(f64, f64)>,
    /// How many contacts.
    pub contacts: usize,
    /// Of which close, or contacts of close contacts.
    pub close: usize,
    /// Of which general.
    pub general: usize,
    /// Of which are to be found.
    pub to_find: usize,
    /// Of which overdue.
    pub overdue: usize,
    /// The highest score of any.
    pub top_score: f64,
    /// When the first met.
    #[schema(value_type = Option<String>)]
    pub first: Option<Timestamp>,
    /// When the last parted.
    #[schema(value_type = Option<String>)]
    pub last: Option<Timestamp>,
    /// How many are in the second ring through these.
    pub second_ring: usize,
}

/// What the members of a group add up to.
#[derive(Default)]
struct Sum {
    units: usize,
    contacts: usize,
    general: usize,
    to_find: usize,
    overdue: usize,
    top_score: f64,
    met: Option<(i64, i64)>,
    second_ring: usize,
}

impl Sum {
    fn join(&mut self, other: &Self) {
        self.units += other.units;
        self.contacts += other.contacts;
        self.general += other.general;
        self.to_find += other.to_find;
        self.overdue += other.overdue;
        self.top_score = self.top_score.max(other.top_score);
        self.meet(other.met);
        self.second_ring += other.second_ring;
    }

    fn meet(&mut self, other: Option<(i64, i64)>) {
        self.met = match (self.met, other) {
            (Some((from, until)), Some((first, last))) => Some((from.min(first), until.max(last))),
            (met, other) => met.or(other),
        };
    }
}

type Key = (&'static str, Option<UnitId>);

/// In which group a contact is. Homes are one group: they have no name, and there are as many as people.
fn key(exposure: &Exposure) -> Key {
    let setting = setting_of(exposure);
    (setting, unit_of(exposure).filter(|_| setting != Setting::Home.name()))
}

impl ContactGraph {
    /// One ring of a case, grouped.
    pub fn of(situation: &Situation, case: &Case, ring: Ring, at: Timestamp) -> Self {
        let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
        let mut homes: BTreeMap<Key, Vec<UnitId>> = BTreeMap::new();
        let mut group_of: BTreeMap<PersonId, Key> = BTreeMap::new();
        let all = listed(situation, case);
        for listed in all.iter().filter(|listed| listed.exposure.ring == ring) {
            let (exposure, key) = (listed.exposure, key(listed.exposure));
            group_of.insert(exposure.contact, key);
            let sum = sums.entry(key).or_default();
            match (key.1, unit_of(exposure)) {
                (None, Some(home)) => homes.entry(key).or_default().push(home),
                (unit, _) => sum.units = usize::from(unit.is_some()),
            }
            sum.contacts += 1;
            sum.general += usize::from(exposure.class == ContactClass::General);
            sum.to_find += usize::from(state_of(listed.duty, at) == "to-find");
            sum.overdue += usize::from(listed.duty.is_some_and(|duty| duty.is_open(at) && duty.is_overdue(at)));
            sum.top_score = sum.top_score.max(exposure.score);
            sum.meet(Some((exposure.first, exposure.last)));
        }
        for (key, mut units) in homes {
            units.sort_unstable();
            units.dedup();
            sums.entry(key).or_default().units = units.len();
        }
        if ring == Ring::First {
            for second in members(situation, case).into_iter().flat_map(|rings| rings.second.values()) {
                if let Some(sum) = second.via.and_then(|via| group_of.get(&via)).and_then(|key| sums.get_mut(key)) {
                    sum.second_ring += 1;
                }
            }
        }
        let contacts = sums.values().map(|sum| sum.contacts).sum();
        Self {
            contacts,
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            groups: few(sums).into_iter().map(|(key, sum)| group(situation, key, &sum)).collect(),
        }
    }
}

/// The groups, most contacts first, and the smallest put together by setting.
fn few(sums: BTreeMap<Key, Sum>) -> Vec<(Key, Sum)> {
    let by_size = |groups: &mut Vec<(Key, Sum)>| {
        groups.sort_by(|(a, one), (b, other)| (other.contacts, a).cmp(&(one.contacts, b)));
    };
    let mut groups: Vec<(Key, Sum)> = sums.into_iter().collect();
    by_size(&mut groups);
    if groups.len() > GROUPS_MAX {
        let mut rest: BTreeMap<Key, Sum> = BTreeMap::new();
        for ((setting, _), sum) in groups.split_off(GROUPS_MAX) {
            rest.entry((setting, None)).or_default().join(&sum);
        }
        for (key, sum) in &mut groups {
            if let Some(more) = rest.remove(key) {
                sum.join(&more);
            }
        }
        groups.extend(rest);
        by_size(&mut groups);
    }
    groups
}

fn group(situation: &Situation, (setting, unit): Key, sum: &Sum) -> ContactGroup {
    let row = unit.and_then(|unit| situation.world().unit(unit));
    let time = |seconds: Option<i64>| seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    ContactGroup {
        setting,
        unit,
        units: sum.units,
        place_name: row.and_then(|row| row.name.clone()),
        jurisdiction: row.map(|row| row.jurisdiction),
        position: row.and_then(|row| row.position),
        contacts: sum.contacts,
        close: sum.contacts - sum.general,
        general: sum.general,
        to_find: sum.to_find,
        overdue: sum.overdue,
        top_score: sum.top_score,
        first: time(sum.met.map(|met| met.0)),
        last: time(sum.met.map(|met| met.1)),
        second_ring: sum.second_ring,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_a_hundred_groups_the_smallest_come_together_and_nobody_is_lost() {
        let sum =
            |contacts: usize| Sum { units: 1, contacts, to_find: 1, top_score: contacts as f64, ..Sum::default() };
        let shop = |number: u64| (("shop", Some(UnitId::new(number))), sum(1000 - number as usize));
        let market = (("market", Some(UnitId::new(999))), sum(1));
        let groups = few((0..150).map(shop).chain([market]).collect());
        assert_eq!(groups.len(), GROUPS_MAX + 2, "the rest of the shops, and of the markets");
        let contacts = |groups: &[(Key, Sum)]| groups.iter().map(|(_, sum)| sum.contacts).sum::<usize>();
        assert_eq!(contacts(&groups), (0..150).map(|number| 1000 - number).sum::<usize>() + 1);
        let ((setting, unit), rest) = &groups[0];
        assert_eq!((*setting, *unit, rest.units, rest.to_find, rest.top_score), ("shop", None, 50, 50, 900.0));
        assert_eq!(groups[1].0, ("shop", Some(UnitId::new(0))));
        assert_eq!(few((0..100).map(shop).collect()).len(), 100);
    }
}
