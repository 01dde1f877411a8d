//! Reading a plan from its text.

use std::ops::Range;

use facts::Hex;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::PlanError;
use crate::plan::Plan;

impl Plan {
    /// Reads the text of a plan file. Its form is looked at here, its content by [`crate::check()`].
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        toml::from_str(text).map_err(|error| form_error(text, &error))
    }

    /// SHA-256 of the text: what the fact that puts a plan in force holds.
    pub fn digest(text: &str) -> Hex<32> {
        Hex(Sha256::digest(text.as_bytes()).into())
    }
}

fn form_error(text: &str, error: &toml::de::Error) -> PlanError {
    let span = error.span().unwrap_or(0..text.len());
    let before = &text[..text.floor_char_boundary(span.start)];
    PlanError::Form {
        path: path_around(text, &span).unwrap_or_else(|| "the top".to_owned()),
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
        problem: error.message().to_owned(),
        remedy: remedy(error.message()),
    }
}

/// Goes by how serde words its complaints; anything else is about TOML itself.
fn remedy(message: &str) -> &'static str {
    if message.starts_with("missing field") {
        "add it; nothing missing is taken for zero"
    } else if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        "use one of the names listed, or remove it"
    } else if message.starts_with("invalid") {
        "write the value as expected; days are whole numbers, and dates are quoted, as in \"2022-06-28\""
    } else {
        "correct the TOML there; docs/formats/plan.md shows the form"
    }
}

/// The path of the innermost key or value whose text contains `span`; none when the text is not TOML.
fn path_around(text: &str, span: &Range<usize>) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let mut best: Option<(usize, String)> = None;
    visit_table(table.get_ref(), "", &mut |path, place| {
        let length = place.len();
        let around = place.start <= span.start && span.end <= place.end;
        if around && best.as_ref().is_none_or(|(shortest, _)| length <= *shortest) {
            best = Some((length, path.to_owned()));
        }
    });
    best.map(|(_, path)| path)
}

fn visit_table(table: &DeTable<'_>, path: &str, see: &mut dyn FnMut(&str, Range<usize>)) {
    for (key, value) in table.iter() {
        let path = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        see(&path, key.span());
        visit_value(value, &path, see);
    }
}

fn visit_value(value: &Spanned<DeValue<'_>>, path: &str, see: &mut dyn FnMut(&str, Range<usize>)) {
    see(path, value.span());
    match value.get_ref() {
        DeValue::Table(table) => visit_table(table, path, see),
        DeValue::Array(array) => {
            for (position, element) in array.iter().enumerate() {
                let id = element.get_ref().get("id").and_then(|id| id.get_ref().as_str());
                let name = id.map_or_else(|| (position + 1).to_string(), str::to_owned);
                visit_value(element, &format!("{path}.{name}"), see);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library;

    /// The error of a shipped plan in which `from` was replaced by `to`, once.
    fn error_after(from: &str, to: &str) -> PlanError {
        let (_, text) = library()[0];
        assert!(text.contains(from), "{from} is not in the plan any more");
        Plan::from_toml(&text.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn a_missing_number_is_named_and_never_zero() {
        let (_, text) = library()[0];
        let line = text.lines().find(|line| line.starts_with("report_hours")).unwrap();
        let message = error_after(line, "").to_string();
        assert!(message.contains("at deadlines: missing field `report_hours`; add it"), "{message}");
    }

    #[test]
    fn a_value_of_another_form_is_named_with_its_path_line_and_column() {
        let error = error_after("report_hours = { value = 2,", "report_hours = { value = \"two\",");
        let PlanError::Form { path, line, column, problem, .. } = &error else { panic!("{error}") };
        assert_eq!(path, "deadlines.report_hours.value");
        assert_eq!((*line > 1, *column), (true, 26));
        assert!(problem.contains("expected u32"), "{problem}");
    }

    #[test]
    fn a_rule_is_named_by_its_id() {
        let message = error_after("id = \"lift\"\n", "id = \"lift\"\nfloors = 3\n").to_string();
        assert!(message.contains("at contact_rules.lift.floors: unknown field `floors`, expected one of"), "{message}");
    }

    #[test]
    fn an_unquoted_date_is_told_how_to_be_written() {
        let message = error_after("from = \"2021-05-14\"", "from = 2021-05-14").to_string();
        assert!(message.contains("effective.from") && message.contains("dates are quoted"), "{message}");
    }

    #[test]
    fn text_that_is_not_toml_gets_a_line() {
        let message = Plan::from_toml("id = \"x\"\nedition = = 3\n").unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("docs/formats/plan.md"), "{message}");
    }

    #[test]
    fn the_example_on_the_page_about_the_format_reads() {
        let page = include_str!("../../../docs/formats/plan.md");
        let example = page.split("```").find_map(|block| block.strip_prefix("toml\n")).unwrap();
        let table: toml::Table = example.parse().unwrap();
        let days = table["requirements"]["close-contact"]["phases"]["days"].clone();
        let days: crate::Parameter<u16> = days.try_into().unwrap();
        assert_eq!((days.value, days.unit), (7, crate::Unit::Days));
    }

    #[test]
    fn the_digest_is_sha_256_of_the_bytes() {
        assert_eq!(Plan::digest("abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
