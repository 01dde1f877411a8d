//! Unusual looks: one officer who opens many people within a short time.

use facts::{PersonId, Timestamp};
use jiff::SignedDuration;

/// A look at who someone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// At whom.
    pub person: PersonId,
}

/// Many people looked at within a short time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// The first look.
    pub from: Timestamp,
    /// The last look.
    pub to: Timestamp,
    /// How many different people.
    pub people: usize,
    /// How many looks.
    pub looks: usize,
}

/// The bursts among one officer's looks: every stretch in which `people_min` different people or more were looked
/// at within `within`. Stretches that overlap are one burst. Looks come in any order.
pub fn bursts(looks: &[Look], people_min: usize, within: SignedDuration) -> Vec<Burst> {
    let mut looks = looks.to_vec();
    looks.sort_by_key(|look| (look.at, look.person));
    // For each look, the stretch that ends with it; how often each person is in it.
    let mut inside: std::collections::BTreeMap<PersonId, usize> = std::collections::BTreeMap::new();
    let mut first = 0;
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (last, look) in looks.iter().enumerate() {
        *inside.entry(look.person).or_default() += 1;
        while look.at.duration_since(looks[first].at) >= within {
            let left = looks[first].person;
            if let Some(times) = inside.get_mut(&left) {
                *times -= 1;
                if *times == 0 {
                    inside.remove(&left);
                }
            }
            first += 1;
        }
        if inside.len() >= people_min {
            match stretches.last_mut() {
                Some((_, end)) if first <= *end => *end = last,
                _ => stretches.push((first, last)),
            }
        }
    }
    let burst = |(first, last): (usize, usize)| {
        let of = &looks[first..=last];
        let people: std::collections::BTreeSet<PersonId> = of.iter().map(|look| look.person).collect();
        Burst { from: of[0].at, to: of[of.len() - 1].at, people: people.len(), looks: of.len() }
    };
    stretches.into_iter().map(burst).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_657_414_800 + second).unwrap()
    }

    /// `number` people from `first` on, one every `every` milliseconds from a second on.
    fn opened(first: u64, number: u64, second: i64, every: i64) -> Vec<Look> {
        let look = |index: u64| Look {
            at: at(second).checked_add(SignedDuration::from_millis(index as i64 * every)).unwrap(),
            person: PersonId::new(first + index),
        };
        (0..number).map(look).collect()
    }

    fn rule(looks: &[Look]) -> Vec<Burst> {
        bursts(looks, 200, SignedDuration::from_secs(60))
    }

    #[test]
    fn two_hundred_people_in_a_minute_are_a_burst() {
        let found = rule(&opened(1, 200, 0, 250));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].people, found[0].looks, found[0].from), (200, 200, at(0)));
    }

    #[test]
    fn a_hundred_and_ninety_nine_are_a_busy_minute() {
        assert!(rule(&opened(1, 199, 0, 250)).is_empty());
    }

    #[test]
    fn a_steady_day_of_work_is_none() {
        // One person every second, for hours: 60 in any minute.
        assert!(rule(&opened(1, 10_000, 0, 1_000)).is_empty());
    }

    #[test]
    fn looking_at_one_person_again_and_again_is_none() {
        let looks: Vec<Look> =
            (0..1_000).map(|number| Look { at: at(number / 50), person: PersonId::new(7) }).collect();
        assert!(rule(&looks).is_empty());
    }

    #[test]
    fn a_minute_is_counted_from_any_look_on_and_not_by_the_clock() {
        // A hundred people in the last seconds of one minute of the clock, a hundred in the first of the next.
        let looks = [opened(1, 100, 50, 10), opened(101, 100, 65, 10)].concat();
        assert_eq!(rule(&looks).len(), 1);
        let apart = [opened(1, 100, 0, 10), opened(101, 100, 65, 10)].concat();
        assert!(rule(&apart).is_empty());
    }

    #[test]
    fn what_overlaps_is_one_burst_and_what_does_not_is_two() {
        let long = rule(&opened(1, 1_000, 0, 100));
        assert_eq!(long.len(), 1);
        assert_eq!(
            (long[0].people, long[0].to),
            (1_000, at(99).checked_add(SignedDuration::from_millis(900)).unwrap())
        );
        let two = rule(&[opened(1, 300, 0, 100), opened(1, 300, 3_600, 100)].concat());
        assert_eq!(two.len(), 2);
        assert_eq!(two[1].people, 300);
    }

    #[test]
    fn the_order_in_which_looks_come_changes_nothing() {
        let mut looks = opened(1, 400, 0, 100);
        let sorted = rule(&looks);
        looks.reverse();
        assert_eq!(rule(&looks), sorted);
        assert!(rule(&[]).is_empty());
    }
}
