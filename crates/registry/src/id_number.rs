//! Numbers of identity cards by GB 11643: eighteen characters with a check digit at the end.

use std::collections::BTreeMap;

use facts::{Date, Jurisdiction};
use thiserror::Error;

const LENGTH: usize = 18;
/// The weights of the first seventeen digits: 2 to the power of 17, 16 … 1, modulo 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check digit by the weighted sum modulo 11.
const CHECK_DIGITS: &[u8; 11] = b"10X98765432";

/// Which county codes there were when. Codes are abolished and people keep their numbers.
#[derive(Debug, Clone, Default)]
pub struct Divisions {
    /// By six-digit code.
    codes: BTreeMap<u32, Vec<Standing>>,
}

/// From the first day to the last that a code stood; open where absent.
type Standing = (Option<Date>, Option<Date>);

impl Divisions {
    /// From six-digit codes, each with its first and its last day where these are known.
    pub fn new(codes: impl IntoIterator<Item = (u32, Option<Date>, Option<Date>)>) -> Self {
        let mut divisions = Self::default();
        for (code, from, to) in codes {
            divisions.codes.entry(code).or_default().push((from, to));
        }
        divisions
    }

    /// Whether the code stood on some day from `first` to `last`.
    pub fn stood_within(&self, code: u32, first: Date, last: Date) -> bool {
        let stood = self.codes.get(&code).into_iter().flatten();
        stood.clone().any(|&(from, to)| from.is_none_or(|from| from <= last) && to.is_none_or(|to| first <= to))
    }
}

/// What a valid number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdNumber {
    /// The county that first issued it.
    pub division: Jurisdiction,
    /// The date of birth.
    pub birth: Date,
}

/// Which part of a number is wrong. The number is not repeated.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum IdNumberError {
    /// Not eighteen characters.
    #[error("an id number has 18 characters and this has {0}")]
    Length(usize),
    /// Something else than digits and a final X.
    #[error("character {0} of the id number is not a digit (only the last may be X)")]
    Character(usize),
    /// The last character does not follow from the others.
    #[error("the check digit of the id number does not fit: a character is wrong or two are swapped")]
    CheckDigit,
    /// Characters 7 to 14 are no date.
    #[error("characters 7 to 14 of the id number are no date of birth (year, month, day)")]
    Birth,
    /// The date of birth is yet to come.
    #[error("the date of birth in the id number lies in the future")]
    BirthInFuture,
    /// Characters 1 to 6 are no county code of the bearer's lifetime.
    #[error("characters 1 to 6 of the id number are no division code that stood in the bearer's lifetime")]
    Division,
}

/// Reads a number and refuses one that cannot have been issued by `today`.
///
/// Without a table of divisions, which has to cover all provinces and abolished codes, any code passes.
pub fn check(number: &str, today: Date, divisions: Option<&Divisions>) -> Result<IdNumber, IdNumberError> {
    let number = number.trim();
    if number.chars().count() != LENGTH {
        return Err(IdNumberError::Length(number.chars().count()));
    }
    let mut digits = [0; WEIGHTS.len()];
    for (index, character) in number.chars().enumerate() {
        match (digits.get_mut(index), character.to_digit(10)) {
            (Some(digit), Some(value)) => *digit = value,
            (None, Some(_)) => {}
            (None, None) if matches!(character, 'X' | 'x') => {}
            _ => return Err(IdNumberError::Character(index + 1)),
        }
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = CHECK_DIGITS[sum as usize % CHECK_DIGITS.len()];
    if number.bytes().last().is_none_or(|last| last.to_ascii_uppercase() != expected) {
        return Err(IdNumberError::CheckDigit);
    }
    let value = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |value, digit| value * 10 + digit);
    // At most four and two digits, so neither conversion loses anything.
    let birth = Date::new(value(6..10) as i16, value(10..12) as i8, value(12..14) as i8);
    let birth = birth.map_err(|_| IdNumberError::Birth)?;
    if birth > today {
        return Err(IdNumberError::BirthInFuture);
    }
    let code = value(0..6);
    let division = Jurisdiction::from_number(u64::from(code) * 1_000_000).map_err(|_| IdNumberError::Division)?;
    if divisions.is_some_and(|divisions| !divisions.stood_within(code, birth, today)) {
        return Err(IdNumberError::Division);
    }
    Ok(IdNumber { division, birth })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "11010519491231002X";

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn today() -> Date {
        date("2022-11-01")
    }

    fn divisions() -> Divisions {
        // 110103 (Chongwen) was abolished on 1 July 2010.
        Divisions::new([(110_105, None, None), (130_402, None, None), (110_103, None, Some(date("2010-06-30")))])
    }

    /// A number of these first seventeen digits with the check digit that fits.
    fn fitting(digits: &str) -> String {
        let sum: u32 = digits.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
        format!("{digits}{}", CHECK_DIGITS[sum as usize % 11] as char)
    }

    #[test]
    fn a_valid_number_says_where_and_when() {
        let read = check(VALID, today(), Some(&divisions())).unwrap();
        assert_eq!(read, IdNumber { division: "110105".parse().unwrap(), birth: date("1949-12-31") });
        assert!(check(&format!(" {} ", VALID.to_lowercase()), today(), Some(&divisions())).is_ok());
    }

    #[test]
    fn a_wrong_check_digit_is_refused() {
        assert_eq!(check("130402198207290622", today(), Some(&divisions())), Err(IdNumberError::CheckDigit));
    }

    #[test]
    fn every_single_wrong_digit_and_every_swap_is_noticed() {
        for place in 0..17 {
            for digit in b'0'..=b'9' {
                let mut wrong = VALID.as_bytes().to_vec();
                wrong[place] = digit;
                let accepted = check(str::from_utf8(&wrong).unwrap(), today(), Some(&divisions())).is_ok();
                assert_eq!(accepted, wrong == VALID.as_bytes(), "digit {digit} at {place}");
            }
            let mut swapped = VALID.as_bytes().to_vec();
            swapped.swap(place, place + 1);
            let accepted = check(str::from_utf8(&swapped).unwrap(), today(), Some(&divisions())).is_ok();
            assert_eq!(accepted, swapped == VALID.as_bytes(), "swap at {place}");
        }
    }

    #[test]
    fn each_part_that_fails_is_named_without_repeating_the_number() {
        let cases = [
            ("110105491231002".to_owned(), IdNumberError::Length(15)),
            ("1101051949123100２X".to_owned(), IdNumberError::Character(17)),
            ("1101051949X2310020".to_owned(), IdNumberError::Character(11)),
            (fitting("11010519490230002"), IdNumberError::Birth),
            (fitting("11010520221102002"), IdNumberError::BirthInFuture),
            (fitting("99010519491231002"), IdNumberError::Division),
            (fitting("00010519491231002"), IdNumberError::Division),
        ];
        for (number, wanted) in cases {
            let refused = check(&number, today(), Some(&divisions())).unwrap_err();
            assert_eq!(refused, wanted);
            assert!(!refused.to_string().contains(&number[..6]), "{refused}");
        }
    }

    #[test]
    fn an_abolished_code_is_good_for_those_who_were_born_before() {
        assert!(check(&fitting("11010320100630001"), today(), Some(&divisions())).is_ok());
        let later = check(&fitting("11010320100701001"), today(), Some(&divisions()));
        assert_eq!(later, Err(IdNumberError::Division));
    }
}
