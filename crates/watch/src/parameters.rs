//! Parameters of a method by name, as people give them: `b=5`, `limit54=5,4`, `reweight=TRUE`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::error::WatchError;

/// What was given for a method, each value taken once by whoever knows its name.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    given: BTreeMap<String, String>,
    known: BTreeSet<&'static str>,
}

impl Parameters {
    /// Names and values. Of a name given twice the last counts; a value `NULL` is as if it were not given.
    pub fn new<N: Into<String>, V: Into<String>>(given: impl IntoIterator<Item = (N, V)>) -> Self {
        let given: BTreeMap<String, String> = given.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        Self { given: given.into_iter().filter(|(_, value)| value != "NULL").collect(), known: BTreeSet::new() }
    }

    /// The text of a parameter, if it was given.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.insert(name);
        self.given.remove(name)
    }

    /// A number from a range.
    pub fn number(&mut self, name: &'static str, default: f64, range: RangeInclusive<f64>) -> Result<f64, WatchError> {
        let Some(value) = self.text(name) else { return Ok(default) };
        let expected = || format!("a number from {} to {}", range.start(), range.end());
        value
            .trim()
            .parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| refused(name, &value, expected()))
    }

    /// A probability, neither 0 nor 1.
    pub fn probability(&mut self, name: &'static str, default: f64) -> Result<f64, WatchError> {
        self.number(name, default, 1e-12..=1.0 - 1e-12)
    }

    /// A whole number from a range.
    pub fn whole(
        &mut self,
        name: &'static str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, WatchError> {
        let Some(value) = self.text(name) else { return Ok(default) };
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        value
            .trim()
            .parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| refused(name, &value, expected()))
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &'static str, default: bool) -> Result<bool, WatchError> {
        let Some(value) = self.text(name) else { return Ok(default) };
        match value.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "1" | "yes" => Ok(true),
            "false" | "f" | "0" | "no" => Ok(false),
            _ => Err(refused(name, &value, "TRUE or FALSE".to_owned())),
        }
    }

    /// One of several words, of which the first is the default.
    pub fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Result<T, WatchError> {
        let Some(value) = self.text(name) else { return Ok(choices[0].1) };
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(value.trim()));
        found.map(|(_, choice)| *choice).ok_or_else(|| refused(name, &value, words.join(", ")))
    }

    /// Two whole numbers, such as `5,4` or `c(5,4)`.
    pub fn pair(&mut self, name: &'static str, default: (usize, usize)) -> Result<(usize, usize), WatchError> {
        let Some(value) = self.text(name) else { return Ok(default) };
        let bare = value.trim().trim_start_matches("c(").trim_end_matches(')');
        let read = || {
            let (first, second) = bare.split_once(',')?;
            Some((first.trim().parse().ok()?, second.trim().parse().ok()?))
        };
        read().ok_or_else(|| refused(name, &value, format!("two whole numbers such as {},{}", default.0, default.1)))
    }

    /// Steps of time from 1, such as `160` or `160:312`; the last is included.
    pub fn range(&mut self) -> Result<Option<(usize, Option<usize>)>, WatchError> {
        let Some(value) = self.text("range") else { return Ok(None) };
        let read = || {
            let (first, last) = match value.split_once(':') {
                Some((first, last)) => (first, Some(last.trim().parse::<usize>().ok()?)),
                None => (value.as_str(), None),
            };
            let first = first.trim().parse::<usize>().ok()?;
            (first >= 1 && last.is_none_or(|last| last >= first)).then_some((first, last))
        };
        read()
            .map(Some)
            .ok_or_else(|| refused("range", &value, "steps counted from 1, such as 160 or 160:312".to_owned()))
    }

    /// Refuses what nobody took.
    pub fn finish(self, method: &str) -> Result<(), WatchError> {
        let Some(name) = self.given.into_keys().next() else { return Ok(()) };
        let known: Vec<&str> = self.known.into_iter().collect();
        Err(WatchError::UnknownParameter { method: method.to_owned(), name, known: known.join(", ") })
    }
}

fn refused(name: &str, value: &str, expected: String) -> WatchError {
    WatchError::Parameter { name: name.to_owned(), value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_users_of_the_reference_write_them() {
        let mut given = Parameters::new([("b", "4"), ("reweight", "FALSE"), ("limit54", "c(3, 2)"), ("m", "NULL")]);
        assert_eq!(given.whole("b", 5, 1..=20), Ok(4));
        assert_eq!(given.whole("w", 3, 0..=20), Ok(3));
        assert_eq!(given.flag("reweight", true), Ok(false));
        assert_eq!(given.pair("limit54", (5, 4)), Ok((3, 2)));
        assert_eq!(given.text("m"), None);
        assert_eq!(given.finish("farrington"), Ok(()));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let mut given = Parameters::new([("alpha", "0"), ("range", "9:3"), ("colour", "red")]);
        let message = given.probability("alpha", 0.05).unwrap_err().to_string();
        assert!(message.contains("alpha") && message.contains("\"0\""), "{message}");
        assert!(given.range().is_err());
        let message = given.finish("ears-c1").unwrap_err().to_string();
        assert!(message.contains("\"colour\"") && message.contains("it has alpha, range"), "{message}");
    }
}
