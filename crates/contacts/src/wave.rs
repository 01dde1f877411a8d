//! Many cases at once: everyone who has to be found because of any of them, each once.

use std::collections::{BTreeMap, BTreeSet};

use plan::ContactClass;
use visits::Window;

use crate::exposure::Ring;
use crate::tracer::{Hit, Tracer};

/// From so many contacts on, every stay is read once; below, each contact is looked up.
const MANY: usize = if cfg!(test) { 8 } else { 1 << 16 };

/// Someone whom a wave of cases exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposed {
    /// The strongest of their exposures: close before general, first ring before second.
    pub hit: Hit,
    /// The ring of that exposure.
    pub ring: Ring,
    /// How many of the cases they met themselves.
    pub cases: u32,
}

/// Both rings of every case, as one list by person. The cases themselves are left out: they are found.
///
/// The second rings are sought together, so that whoever several cases lead to is looked up once.
pub fn wave(tracer: &mut Tracer<'_>, cases: &[(u32, Window)]) -> BTreeMap<u32, Exposed> {
    let mut exposed: BTreeMap<u32, Exposed> = BTreeMap::new();
    let mut leading: Vec<(u32, Window)> = Vec::new();
    for &(person, window) in cases {
        for hit in tracer.first_ring(person, window).first {
            if hit.class == ContactClass::Close && hit.leads_on {
                leading.push((hit.person, Window { from: hit.first, ..window }));
            }
            let known = exposed.entry(hit.person).or_insert(Exposed { hit, ring: Ring::First, cases: 0 });
            known.cases += 1;
            if (hit.class, hit.first) < (known.hit.class, known.hit.first) {
                known.hit = hit;
            }
        }
    }
    let leading = widest(leading);
    if leading.len() < MANY {
        tracer.second_ring(&leading);
    } else {
        tracer.second_ring_of_many(&leading);
    }
    for &hit in tracer.met_second().filter(|hit| hit.class == ContactClass::Close) {
        let known = exposed.entry(hit.person).or_insert(Exposed { hit, ring: Ring::Second, cases: 0 });
        if (hit.class, Ring::Second, hit.first) < (known.hit.class, known.ring, known.hit.first) {
            (known.hit, known.ring) = (hit, Ring::Second);
        }
    }
    let cases: BTreeSet<u32> = cases.iter().map(|(person, _)| *person).collect();
    exposed.retain(|person, _| !cases.contains(person));
    exposed
}

/// Leaves out every window that lies within another of the same person.
fn widest(mut windows: Vec<(u32, Window)>) -> Vec<(u32, Window)> {
    windows.sort_unstable_by_key(|&(person, window)| (person, window.from, std::cmp::Reverse(window.until)));
    let mut last: Option<(u32, Window)> = None;
    windows.retain(|&(person, window)| {
        let within = last.is_some_and(|(before, wide)| before == person && window.until <= wide.until);
        if !within {
            last = Some((person, window));
        }
        !within
    });
    windows
}
