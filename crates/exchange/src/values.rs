//! Values other than dates: sex, age, results, outcomes, divisions, settings.

use std::fmt;

use facts::{Jurisdiction, Setting, TestOutcome};
use serde::{Deserialize, Serialize};

use crate::text::half_width;

/// Nobody lives longer than this, in years; a higher age is a slip.
pub const OLDEST_YEARS: u16 = 120;

/// Whether a value says that nothing is known. It is then absent, which is not a problem, and never zero.
pub fn is_missing(value: &str) -> bool {
    const WORDS: [&str; 14] =
        ["na", "n/a", "nan", "null", "none", "unknown", "not known", "-", "--", "/", "未知", "不详", "无", "不明"];
    let value = value.trim();
    value.is_empty() || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn plain(value: &str) -> String {
    half_width(value).to_lowercase()
}

/// Sex as line lists record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
    /// Recorded as neither.
    Other,
}

/// Reads a sex; the digits are those of GB/T 2261.1.
pub fn sex(value: &str) -> Option<Sex> {
    match plain(value).as_str() {
        "f" | "female" | "woman" | "女" | "女性" | "2" => Some(Sex::Female),
        "m" | "male" | "man" | "男" | "男性" | "1" => Some(Sex::Male),
        "other" | "其他" => Some(Sex::Other),
        _ => None,
    }
}

/// An age as exactly as the file gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Age {
    /// Completed years.
    Years(u16),
    /// Completed months, of a small child.
    Months(u16),
    /// Completed days, of a newborn.
    Days(u16),
    /// A band of years, both inclusive.
    Band {
        /// The youngest.
        from_years: u16,
        /// The oldest.
        to_years: u16,
    },
    /// An open band.
    AtLeast(u16),
}

impl Age {
    /// The fewest completed years that it can mean.
    pub fn at_least_years(self) -> u16 {
        match self {
            Self::Years(years) | Self::AtLeast(years) | Self::Band { from_years: years, .. } => years,
            Self::Months(months) => months / 12,
            Self::Days(days) => days / 366,
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Years(years) => write!(f, "{years}"),
            Self::Months(months) => write!(f, "{months} months"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Band { from_years, to_years } => write!(f, "{from_years}-{to_years}"),
            Self::AtLeast(years) => write!(f, "{years}+"),
        }
    }
}

/// Reads an age, or says what was expected.
pub fn age(value: &str) -> Result<Age, &'static str> {
    const FORMS: &str = "an age such as 30, 3个月, 60-69 or 80+";
    const RANGE: &str = "an age from 0 to 120 years";
    let text = plain(value).replace(['~', '–', '至'], "-");
    if text.split('-').any(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_lowercase())) {
        return Err("an age; spreadsheets turn a band such as 8-68 into a date, so format the column as text");
    }
    let possible = |years: u16| if years <= OLDEST_YEARS { Ok(years) } else { Err(RANGE) };
    let whole = |text: &str| text.trim().parse::<u16>().map_err(|_| FORMS);
    let without = |suffixes: &[&str]| suffixes.iter().find_map(|suffix| text.strip_suffix(suffix)).map(str::trim);
    if let Some(months) = without(&["个月龄", "个月", "月龄", "月", "months", "month", "mo"]) {
        let months = whole(months)?;
        return possible(months / 12).map(|_| Age::Months(months));
    }
    if let Some(days) = without(&["日龄", "天", "日", "days", "day"]) {
        let days = whole(days)?;
        return possible(days / 365).map(|_| Age::Days(days));
    }
    if let Some(decade) = without(&["s"]).filter(|decade| decade.ends_with('0')) {
        let from_years = possible(whole(decade)?)?;
        return Ok(Age::Band { from_years, to_years: from_years + 9 });
    }
    let text = without(&["周岁", "岁", "years", "year", "yrs", "y"]).unwrap_or(&text);
    if let Some(from) = text.strip_suffix('+').or_else(|| text.strip_prefix(">=")).or_else(|| text.strip_prefix('≥'))
    {
        return Ok(Age::AtLeast(possible(whole(from)?)?));
    }
    if let Some((from, to)) = text.split_once('-').filter(|(from, _)| !from.is_empty()) {
        let (from_years, to_years) = (possible(whole(from)?)?, possible(whole(to)?)?);
        return if from_years <= to_years { Ok(Age::Band { from_years, to_years }) } else { Err(FORMS) };
    }
    let years: f64 = text.trim().parse().map_err(|_| FORMS)?;
    match years {
        years if !(0.0..=f64::from(OLDEST_YEARS)).contains(&years) => Err(RANGE),
        years if years.fract() == 0.0 => Ok(Age::Years(years as u16)),
        years => Ok(Age::Months((years * 12.0).round() as u16)),
    }
}

/// Reads a laboratory's finding.
pub fn test_result(value: &str) -> Option<TestOutcome> {
    match plain(value).as_str() {
        "阳性" | "阳" | "阳性(+)" | "positive" | "pos" | "p" | "+" | "(+)" | "detected" | "检出" | "reactive" => {
            Some(TestOutcome::Positive)
        }
        "阴性" | "阴" | "阴性(-)" | "negative" | "neg" | "n" | "(-)" | "not detected" | "undetected" | "未检出"
        | "non-reactive" => Some(TestOutcome::Negative),
        "可疑" | "不确定" | "待复核" | "弱阳性" | "inconclusive" | "indeterminate" | "equivocal" | "invalid"
        | "无效" => Some(TestOutcome::Inconclusive),
        _ => None,
    }
}

/// How an illness ended, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Alive; whether still ill is not said.
    Alive,
    /// Recovered or discharged.
    Recovered,
    /// Died.
    Died,
}

/// Reads an outcome.
pub fn outcome(value: &str) -> Option<Outcome> {
    match plain(value).as_str() {
        "alive" | "stable" | "isolated" | "在治" | "治疗中" | "存活" | "好转" | "住院" => {
            Some(Outcome::Alive)
        }
        "recover" | "recovered" | "discharge" | "discharged" | "released" | "cured" | "治愈" | "痊愈" | "出院"
        | "康复" => Some(Outcome::Recovered),
        "died" | "dead" | "death" | "deceased" | "死亡" | "病亡" => Some(Outcome::Died),
        _ => None,
    }
}

/// Reads a division code by its form.
pub fn division(value: &str) -> Option<Jurisdiction> {
    let text = half_width(value);
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

/// The kind of space that words about a contact point to; [`Setting::Other`] when none fits.
pub fn setting(value: &str) -> Setting {
    // The first that fits decides, so the narrower words stand first.
    const WORDS: &[(&str, Setting)] = &[
        ("emergency room", Setting::Clinic),
        ("急诊", Setting::Clinic),
        ("门诊", Setting::Clinic),
        ("诊室", Setting::Clinic),
        ("诊所", Setting::Clinic),
        ("clinic", Setting::Clinic),
        ("宿舍", Setting::Dormitory),
        ("dormitor", Setting::Dormitory),
        ("病房", Setting::Ward),
        ("医院", Setting::Ward),
        ("hospital", Setting::Ward),
        ("ward", Setting::Ward),
        ("养老", Setting::Ward),
        ("电梯", Setting::Lift),
        ("elevator", Setting::Lift),
        ("教室", Setting::Classroom),
        ("同学", Setting::Classroom),
        ("同班", Setting::Classroom),
        ("school", Setting::Classroom),
        ("class", Setting::Classroom),
        ("聚餐", Setting::Meal),
        ("就餐", Setting::Meal),
        ("吃饭", Setting::Meal),
        ("餐厅", Setting::Meal),
        ("restaurant", Setting::Meal),
        ("meal", Setting::Meal),
        ("葬", Setting::Gathering),
        ("婚", Setting::Gathering),
        ("会议", Setting::Gathering),
        ("聚会", Setting::Gathering),
        ("funeral", Setting::Gathering),
        ("burial", Setting::Gathering),
        ("wedding", Setting::Gathering),
        ("church", Setting::Gathering),
        ("棋牌", Setting::Leisure),
        ("ktv", Setting::Leisure),
        ("网吧", Setting::Leisure),
        ("健身", Setting::Leisure),
        ("gym", Setting::Leisure),
        ("高铁", Setting::Vehicle),
        ("火车", Setting::Vehicle),
        ("列车", Setting::Vehicle),
        ("飞机", Setting::Vehicle),
        ("航班", Setting::Vehicle),
        ("乘车", Setting::Vehicle),
        ("同车", Setting::Vehicle),
        ("公交", Setting::Vehicle),
        ("地铁", Setting::Vehicle),
        ("bus", Setting::Vehicle),
        ("train", Setting::Vehicle),
        ("flight", Setting::Vehicle),
        ("市场", Setting::Market),
        ("market", Setting::Market),
        ("超市", Setting::Shop),
        ("商店", Setting::Shop),
        ("药店", Setting::Shop),
        ("shop", Setting::Shop),
        ("store", Setting::Shop),
        ("同事", Setting::Office),
        ("办公", Setting::Office),
        ("单位", Setting::Office),
        ("work", Setting::Office),
        ("office", Setting::Office),
        ("家庭", Setting::Home),
        ("家人", Setting::Home),
        ("同住", Setting::Home),
        ("亲属", Setting::Home),
        ("家中", Setting::Home),
        ("family", Setting::Home),
        ("household", Setting::Home),
        ("home", Setting::Home),
    ];
    let text = plain(value);
    // `work` and `bus` must not be found inside `network` and `business`.
    let starts_word = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphabetic());
    let ends_word =
        |word: &str, at: usize| word != "bus" || !text[at + 3..].starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = |word: &str| text.match_indices(word).any(|(at, _)| starts_word(at) && ends_word(word, at));
    Setting::named(&text)
        .or_else(|| WORDS.iter().find(|(word, _)| fits(word)).map(|(_, setting)| *setting))
        .unwrap_or(Setting::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexes_read_in_the_fields_words_and_digits() {
        for text in ["f", "F", "Female ", "女", "2"] {
            assert_eq!(sex(text), Some(Sex::Female), "{text}");
        }
        assert_eq!([sex("男"), sex("MALE"), sex("1")], [Some(Sex::Male); 3]);
        assert_eq!([sex("50-59"), sex("Gutian County"), sex("0")], [None; 3]);
    }

    #[test]
    fn ages_read_as_exactly_as_they_are_given() {
        for (text, expected) in [
            ("30", Age::Years(30)),
            ("30岁", Age::Years(30)),
            ("３０", Age::Years(30)),
            ("30.0", Age::Years(30)),
            ("0", Age::Years(0)),
            ("3个月", Age::Months(3)),
            ("0.58333", Age::Months(7)),
            ("10天", Age::Days(10)),
            ("60-69", Age::Band { from_years: 60, to_years: 69 }),
            ("50s", Age::Band { from_years: 50, to_years: 59 }),
            ("80+", Age::AtLeast(80)),
        ] {
            assert_eq!(age(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn impossible_ages_and_no_ages_say_what_was_expected() {
        for text in ["121", "-1", "999", "130-140", "2000个月"] {
            assert!(age(text).unwrap_err().contains("0 to 120"), "{text}: {:?}", age(text));
        }
        assert!(age("female").unwrap_err().contains("60-69"));
        assert!(age("Aug-68").unwrap_err().contains("spreadsheets"));
        assert!(age("69-60").is_err() && age("NaN").is_err());
    }

    #[test]
    fn results_and_outcomes_read_in_both_languages() {
        assert_eq!([test_result("阳性"), test_result("Positive"), test_result("+")], [Some(TestOutcome::Positive); 3]);
        assert_eq!([test_result("阴性"), test_result("not detected")], [Some(TestOutcome::Negative); 2]);
        assert_eq!([test_result("done"), test_result("")], [None; 2]);
        assert_eq!([outcome("Dead"), outcome("死亡"), outcome("DECEASED")], [Some(Outcome::Died); 3]);
        assert_eq!(outcome("severe"), None);
    }

    #[test]
    fn words_about_a_contact_point_to_a_setting() {
        for (text, expected) in [
            ("Hospital room", Setting::Ward),
            ("Emergency room", Setting::Clinic),
            ("Family member ", Setting::Home),
            ("funeral", Setting::Gathering),
            ("聚餐", Setting::Meal),
            ("乘坐同车厢高铁", Setting::Vehicle),
            ("lift", Setting::Lift),
            ("business", Setting::Other),
            ("network", Setting::Other),
            ("other", Setting::Other),
        ] {
            assert_eq!(setting(text), expected, "{text}");
        }
    }

    #[test]
    fn absence_is_recognised_and_zero_is_not_absence() {
        assert!(is_missing("") && is_missing(" N/A ") && is_missing("不详"));
        assert!(!is_missing("0") && !is_missing("no"));
    }
}
