//! Many cases at once: everyone who has to be found because of any of them, each once.

use std::collections::BTreeMap;

use plan::ContactClass;
use visits::Window;

use crate::exposure::Ring;
use crate::tracer::{Hit, Tracer};

/// Someone whom a wave of cases exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposed {
    /// The strongest of their exposures: first ring before second, close before general.
    pub hit: Hit,
    /// The ring of that exposure.
    pub ring: Ring,
    /// How many of the cases reach them, in either ring.
    pub cases: u32,
}

/// Both rings of every case, as one list by person. The cases themselves are left out: they are found.
pub fn wave(tracer: &mut Tracer<'_>, cases: &[(u32, Window)]) -> BTreeMap<u32, Exposed> {
    let mut exposed: BTreeMap<u32, Exposed> = BTreeMap::new();
    for &(person, window) in cases {
        let traced = tracer.both_rings(person, window);
        // Whoever met one case in passing and a contact of it closely is the latter's, as in the rings of one case.
        let mut own: BTreeMap<u32, (Ring, Hit)> = BTreeMap::new();
        let rings = traced.first.iter().map(|hit| (Ring::First, hit));
        for (ring, hit) in rings.chain(traced.second.iter().map(|hit| (Ring::Second, hit))) {
            let passing = |(_, known): &(Ring, Hit)| known.class == ContactClass::General;
            if own.get(&hit.person).is_none_or(passing) {
                own.insert(hit.person, (ring, *hit));
            }
        }
        for (person, (ring, hit)) in own {
            let known = exposed.entry(person).or_insert(Exposed { hit, ring, cases: 0 });
            known.cases += 1;
            if (hit.class, ring, hit.first) < (known.hit.class, known.ring, known.hit.first) {
                (known.hit, known.ring) = (hit, ring);
            }
        }
    }
    for (person, _) in cases {
        exposed.remove(person);
    }
    exposed
}
