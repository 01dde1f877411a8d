//! Guessing made slow, without locking anyone out.
//!
//! Whoever guesses wrong has to wait, each time twice as long, up to a limit. Counts are kept apart, so that a
//! stranger who guesses at a name does not make its holder wait: a browser that has signed in as that name before
//! has a count of its own, and so has each address.

use std::collections::BTreeMap;

use facts::Timestamp;

/// From which side a guess comes, and at what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// A browser that signed in with this name before.
    Known {
        /// The name.
        name: String,
        /// The browser.
        browser: String,
    },
    /// A name, guessed at from one address.
    Pair {
        /// The name.
        name: String,
        /// The address.
        address: String,
    },
    /// An address, whatever it guesses at. Many officers may share one.
    Address(String),
    /// A name, guessed at by strangers from anywhere.
    Name(String),
    /// The second factor of a name, guessed at by strangers who know its password.
    Code(String),
}

impl Side {
    /// How many wrong guesses cost nothing, and the longest wait, in seconds.
    fn limit(&self) -> (u32, i64) {
        match self {
            Self::Known { .. } | Self::Pair { .. } => (5, 300),
            Self::Address(_) => (30, 60),
            Self::Name(_) => (50, 10),
            Self::Code(_) => (10, 300),
        }
    }
}

/// How long a wrong guess counts, in seconds.
const COUNTS_SECONDS: i64 = 24 * 3_600;
/// How many sides are remembered at most.
const SIDES_MAX: usize = 100_000;

#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    last: Timestamp,
}

impl Count {
    /// Until when the next guess has to wait, in seconds from 1970.
    fn until(self, side: &Side) -> i64 {
        let (free, wait_max) = side.limit();
        match self.wrong.checked_sub(free) {
            None | Some(0) => self.last.as_second(),
            Some(beyond) => self.last.as_second() + (1i64 << beyond.min(16)).min(wait_max),
        }
    }

    fn counts(self, now: Timestamp) -> bool {
        now.as_second() - self.last.as_second() < COUNTS_SECONDS
    }
}

/// Who guessed how often.
#[derive(Debug, Default)]
pub struct Guesses(BTreeMap<Side, Count>);

impl Guesses {
    /// Counts a guess as wrong before it is looked at, so that many at once count as many. Refuses it, uncounted,
    /// while one of its sides has to wait: the seconds are those of the longest wait.
    pub fn begin(&mut self, sides: &[Side], now: Timestamp) -> Result<(), u32> {
        let waits = sides.iter().filter_map(|side| {
            let count = self.0.get(side).filter(|count| count.counts(now))?;
            u32::try_from(count.until(side) - now.as_second()).ok().filter(|&wait| wait > 0)
        });
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        if self.0.len() + sides.len() > SIDES_MAX {
            self.0.retain(|_, count| count.counts(now));
            // Whoever fills the memory from a hundred thousand addresses makes the oldest forgotten, no more.
            while self.0.len() + sides.len() > SIDES_MAX {
                let oldest = self.0.iter().min_by_key(|(_, count)| count.last).map(|(side, _)| side.clone());
                let Some(oldest) = oldest else { break };
                self.0.remove(&oldest);
            }
        }
        for side in sides {
            let count = self.0.entry(side.clone()).or_insert(Count { wrong: 0, last: now });
            if !count.counts(now) {
                count.wrong = 0;
            }
            *count = Count { wrong: count.wrong.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The guess was right: what is only its maker's begins anew, what others share loses this one guess.
    pub fn right(&mut self, sides: &[Side]) {
        for side in sides {
            match side {
                Side::Known { .. } | Side::Pair { .. } => {
                    self.0.remove(side);
                }
                Side::Address(_) | Side::Name(_) | Side::Code(_) => {
                    if let Some(count) = self.0.get_mut(side) {
                        count.wrong = count.wrong.saturating_sub(1);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_657_414_800 + second).unwrap()
    }

    fn stranger(name: &str, address: &str) -> Vec<Side> {
        let (name, address) = (name.to_owned(), address.to_owned());
        vec![Side::Pair { name: name.clone(), address: address.clone() }, Side::Address(address), Side::Name(name)]
    }

    fn officer() -> Vec<Side> {
        vec![Side::Known { name: "wang".into(), browser: "hers".into() }]
    }

    #[test]
    fn a_slip_of_the_finger_costs_nothing() {
        let mut guesses = Guesses::default();
        for _ in 0..5 {
            guesses.begin(&stranger("wang", "10.0.0.1"), at(0)).unwrap();
        }
        assert_eq!(guesses.begin(&stranger("wang", "10.0.0.1"), at(0)), Ok(()), "the sixth comes after five for free");
        assert!(guesses.begin(&stranger("wang", "10.0.0.1"), at(0)).is_err());
    }

    #[test]
    fn each_wrong_guess_doubles_the_wait_up_to_five_minutes() {
        let mut guesses = Guesses::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..20 {
            while let Err(wait) = guesses.begin(&stranger("wang", "10.0.0.1"), at(now)) {
                waits.push(wait);
                now += i64::from(wait);
            }
        }
        assert_eq!(waits[..10], [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(waits[10..].iter().all(|&wait| wait == 300));
    }

    #[test]
    fn a_refused_guess_makes_nobody_wait_longer() {
        let mut guesses = Guesses::default();
        for _ in 0..6 {
            guesses.begin(&stranger("wang", "10.0.0.1"), at(0)).unwrap();
        }
        for _ in 0..1_000 {
            assert_eq!(guesses.begin(&stranger("wang", "10.0.0.1"), at(0)), Err(2));
        }
        assert_eq!(guesses.begin(&stranger("wang", "10.0.0.1"), at(2)), Ok(()));
    }

    #[test]
    fn nobody_can_lock_an_officer_out() {
        let mut guesses = Guesses::default();
        for number in 0..2_000 {
            let _ =
                guesses.begin(&stranger("wang", &format!("10.0.{}.{}", number / 250, number % 250)), at(number / 10));
        }
        // She signs in where she did before; and elsewhere she waits ten seconds at most.
        assert_eq!(guesses.begin(&officer(), at(200)), Ok(()));
        let new_place = guesses.begin(&stranger("wang", "192.168.1.1"), at(200));
        assert!(new_place.is_err_and(|wait| wait <= 10), "{new_place:?}");
    }

    #[test]
    fn one_address_guesses_at_few_names() {
        let mut guesses = Guesses::default();
        let allowed =
            (0..1_000).filter(|name| guesses.begin(&stranger(&format!("n{name}"), "10.0.0.1"), at(0)).is_ok());
        assert_eq!(allowed.count(), 31);
    }

    #[test]
    fn an_office_behind_one_address_signs_in_in_the_morning() {
        let mut guesses = Guesses::default();
        for name in 0..500 {
            let sides = stranger(&format!("n{name}"), "10.0.0.1");
            guesses.begin(&sides, at(name)).unwrap();
            guesses.right(&sides);
        }
    }

    #[test]
    fn being_right_begins_anew() {
        let mut guesses = Guesses::default();
        for _ in 0..3 {
            for _ in 0..5 {
                guesses.begin(&officer(), at(0)).unwrap();
            }
            guesses.right(&officer());
        }
    }

    #[test]
    fn a_day_later_it_is_forgotten() {
        let mut guesses = Guesses::default();
        for _ in 0..6 {
            guesses.begin(&officer(), at(0)).unwrap();
        }
        assert!(guesses.begin(&officer(), at(1)).is_err());
        for _ in 0..6 {
            assert_eq!(guesses.begin(&officer(), at(COUNTS_SECONDS + 1)), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut guesses = Guesses(
            (0..SIDES_MAX as u32).map(|n| (Side::Address(n.to_string()), Count { wrong: 1, last: at(0) })).collect(),
        );
        guesses.begin(&stranger("wang", "new"), at(1)).unwrap();
        assert!(guesses.0.len() <= SIDES_MAX && guesses.0.contains_key(&Side::Name("wang".into())));
    }
}
