//! Who lives together, how old they are and how they spend their days.

use crate::stream::Stream;

/// Shares of households of one to six people, chosen to give the mean of the seventh census, 2.62.
pub(crate) const HOUSEHOLD_SHARES: [f64; 6] = [0.245, 0.297, 0.212, 0.136, 0.065, 0.045];

/// How someone spends a weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// At home and around.
    Home,
    /// In a class.
    Pupil,
    /// At work.
    Worker,
}

/// Someone, apart from their identity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// In years.
    pub(crate) age: u8,
    /// Whether a woman.
    pub(crate) woman: bool,
    /// How they spend a weekday.
    pub(crate) role: Role,
    /// The unit of their class or work, by index.
    pub(crate) daily: Option<u32>,
    /// The township that it stands in, by index; their own without one.
    pub(crate) daily_township: u16,
}

/// People of one home; their indices are consecutive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Household {
    /// The index of the first.
    pub(crate) first: u32,
    /// How many they are.
    pub(crate) size: u8,
    /// The home, by index of unit.
    pub(crate) home: u32,
    /// The township, by index.
    pub(crate) township: u16,
}

impl Household {
    /// The indices of its people.
    pub(crate) fn people(&self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + usize::from(self.size)
    }
}

/// Splits a number by weights, by largest remainders; every part gets at least a tenth of an equal share.
pub(crate) fn apportion(total: u32, weights: &[f64]) -> Vec<u32> {
    let least = total / (10 * weights.len() as u32);
    let rest = f64::from(total - least * weights.len() as u32);
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|weight| rest * weight / sum).collect();
    let mut parts: Vec<u32> = exact.iter().map(|part| least + *part as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let missing = total - parts.iter().sum::<u32>();
    for &index in order.iter().take(missing as usize) {
        parts[index] += 1;
    }
    parts
}

/// Ages and sexes of a household, the head first, then a partner, children, grandparents.
pub(crate) fn members(size: usize, stream: &mut Stream) -> Vec<(u8, bool)> {
    let woman = stream.chance(0.5);
    let mut ages: Vec<(i64, bool)> = Vec::with_capacity(size);
    let head = match size {
        1 if stream.chance(0.4) => stream.between(60, 88),
        1 => stream.between(22, 60),
        2 if stream.chance(0.45) => stream.between(56, 82),
        2 => stream.between(25, 58),
        _ => stream.between(26, 56),
    };
    ages.push((head, woman));
    let couple = size > 2 || stream.chance(0.85);
    if size > 1 && couple {
        ages.push((head + stream.between(-4, 4), !woman));
    }
    let grandparents = match size {
        4 => usize::from(stream.chance(0.45)),
        5 => 1,
        6.. => 2,
        _ => 0,
    };
    while ages.len() + grandparents < size {
        ages.push(((head - stream.between(22, 32)).max(stream.between(0, 3)), stream.chance(0.48)));
    }
    for grandparent in 0..size - ages.len() {
        ages.push(((head + stream.between(22, 30)).min(94), grandparent == 0));
    }
    ages.into_iter().map(|(age, woman)| (age as u8, woman)).collect()
}

/// How someone of that age spends weekdays.
pub(crate) fn role(age: u8, stream: &mut Stream) -> Role {
    let (role, share) = match age {
        0..=2 => (Role::Home, 1.0),
        3..=5 => (Role::Pupil, 0.85),
        6..=17 => (Role::Pupil, 1.0),
        18..=22 => (Role::Worker, 0.45),
        23..=59 => (Role::Worker, 0.8),
        60..=66 => (Role::Worker, 0.2),
        _ => (Role::Home, 1.0),
    };
    if stream.chance(share) { role } else { Role::Home }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Streams;

    #[test]
    fn parts_add_up_and_none_is_empty() {
        let parts = apportion(1_000, &[100.0, 1.0, 1.0, 0.001]);
        assert_eq!(parts.iter().sum::<u32>(), 1_000);
        assert!(parts.iter().all(|&part| part >= 25));
    }

    #[test]
    fn households_have_the_size_asked_for_and_an_adult() {
        let stream = &mut Streams(1).named("test");
        for size in 1..=6 {
            for _ in 0..200 {
                let members = members(size, stream);
                assert_eq!(members.len(), size);
                assert!(members[0].0 >= 22);
            }
        }
    }
}
