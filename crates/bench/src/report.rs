//! What was measured, as JSON and as a page.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// Everything that one command measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// On which day.
    pub date: String,
    /// On what machine.
    pub machine: Machine,
    /// The command that measures it again.
    pub command: String,
    /// The figures of each scale, smallest first.
    pub scales: Vec<Scale>,
}

/// The figures of one number of visits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// How many visits were asked for.
    pub asked: u64,
    /// How many there were.
    pub visits: u64,
    /// How many people.
    pub people: u32,
    /// How many units.
    pub units: u32,
    /// Bytes of the Parquet files.
    pub parquet_bytes: u64,
    /// What each system keeps.
    pub systems: Vec<Holding>,
    /// What tracing took.
    pub profiles: Vec<Profile>,
    /// What a wave took.
    pub wave: Option<Wave>,
    /// What tracing from a cold start took.
    pub cold: Vec<Cold>,
    /// Whether sets of contacts are those of plain SQL.
    pub checks: Vec<Check>,
    /// How fast rows were taken in.
    pub ingest: Vec<Ingest>,
}

/// What a system keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// Which.
    pub system: String,
    /// How long it took to build, in seconds.
    pub build_seconds: f64,
    /// How many bytes it is.
    pub bytes: u64,
}

/// One kind of case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose contacts, and which rings.
    pub name: String,
    /// 1 or 2.
    pub rings: u8,
    /// What each system took.
    pub latencies: Vec<Latency>,
}

/// What one system took for each of some cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Which.
    pub system: String,
    /// For each case, in nanoseconds, in order.
    pub nanoseconds: Vec<u64>,
    /// For each case, what a client saw, in nanoseconds, in order; empty where that is the same.
    #[serde(default)]
    pub client_nanoseconds: Vec<u64>,
    /// Contacts of all cases together.
    pub contacts: u64,
    /// Visits looked at for all cases together; 0 where the system does not tell.
    pub touched: u64,
    /// How many answers were compared with Firebreak's.
    pub compared: usize,
    /// How many of those were different.
    pub different: usize,
}

/// Many cases at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// How many.
    pub cases: usize,
    /// In how many seconds.
    pub seconds: f64,
    /// Contacts of the first ring, over all cases.
    pub first: u64,
    /// Contacts of the second ring, over all cases.
    pub second: u64,
}

/// Tracing with nothing in the system's cache of files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cold {
    /// What it took.
    pub latency: Latency,
}

/// A comparison of sets of contacts with plain SQL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Under which table of rules.
    pub rules: String,
    /// For how many cases, both rings.
    pub cases: usize,
    /// Contacts of all cases together, in both rings.
    pub contacts: u64,
    /// How many cases were different.
    pub different: usize,
    /// How long SQL took for all of them, set by set, in seconds.
    pub sql_seconds: f64,
}

/// Rows taken in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ingest {
    /// By which system.
    pub system: String,
    /// How many.
    pub rows: u64,
    /// In how many seconds.
    pub seconds: f64,
}

impl Latency {
    /// The time that this share of the cases took at most, in nanoseconds; none without cases.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        quantile(&self.nanoseconds, share)
    }

    /// The system without the form of its query, which may change with the number of visits.
    pub fn what(&self) -> &str {
        self.system.split(';').next().unwrap_or_default()
    }

    /// In one line.
    pub fn line(&self) -> String {
        let time = |share| self.quantile(share).map_or_else(|| "not measured".to_owned(), duration);
        let mean = self.contacts as f64 / self.nanoseconds.len().max(1) as f64;
        let cases = self.nanoseconds.len();
        let wrong = if self.different > 0 { format!(", {} DIFFERENT SETS", self.different) } else { String::new() };
        format!("{}: median {}, p99 {}, {mean:.0} contacts, {cases} cases{wrong}", self.system, time(0.5), time(0.99))
    }

    fn each(&self, of: u64) -> String {
        let total: u64 = self.nanoseconds.iter().sum();
        if of == 0 { "–".to_owned() } else { format!("{:.1} ns", total as f64 / of as f64) }
    }
}

fn quantile(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Nanoseconds in the unit that suits them.
pub fn duration(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    match nanoseconds {
        0..10_000 => format!("{:.2} µs", value / 1e3),
        10_000..1_000_000 => format!("{:.0} µs", value / 1e3),
        1_000_000..10_000_000 => format!("{:.2} ms", value / 1e6),
        10_000_000..1_000_000_000 => format!("{:.0} ms", value / 1e6),
        _ => format!("{:.1} s", value / 1e9),
    }
}

/// A whole number with a comma after every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Report {
    /// Takes over the scales of an earlier report that this one did not measure.
    pub fn merge(&mut self, earlier: Self) {
        for scale in earlier.scales {
            if self.scales.iter().all(|known| known.asked != scale.asked) {
                self.scales.push(scale);
            }
        }
        self.scales.sort_by_key(|scale| scale.asked);
    }

    /// The page, in Markdown.
    pub fn page(&self) -> String {
        let mut page = String::new();
        let Machine { processor, cores, memory_gb, system } = &self.machine;
        // Writing to a string does not fail.
        let _ = writeln!(page, "# Tracing: measured side by side\n");
        let _ = writeln!(page, "Measured on {}: {processor}, {cores} cores, {memory_gb} GB, {system}.", self.date);
        let _ = writeln!(page, "Again by:\n\n    {}\n", self.command);
        let _ = writeln!(
            page,
            "All systems answer the same questions on the same generated city (`bench::city`), in turns, in one run. \
             A contact shared a unit for 15 minutes or more within 15 days. Each system's fastest form of the query \
             counts, named after it; each case is asked twice and the second time counts, as far as the first times \
             of a turn fit into 90 seconds. PostgreSQL's time is the server's own; the others' is that of the call with the answer \
             fetched. DuckDB and ClickHouse use all cores for a case, the others one. × is how many times the \
             system's median is that of the first row.\n"
        );
        self.write_medians(&mut page);
        for scale in &self.scales {
            scale.write(&mut page);
        }
        page
    }

    /// Medians by number of visits, a table for each profile; systems are told apart by what they are, not by
    /// the form of their query.
    fn write_medians(&self, page: &mut String) {
        let profiles = || self.scales.iter().flat_map(|scale| &scale.profiles);
        let mut names: Vec<&str> = Vec::new();
        profiles().for_each(|profile| {
            if !names.contains(&profile.name.as_str()) {
                names.push(&profile.name)
            }
        });
        for name in names {
            let of_name = |scale: &Scale| scale.profiles.iter().find(|profile| profile.name == name).cloned();
            let mut systems: Vec<&str> = Vec::new();
            for latency in profiles().filter(|profile| profile.name == name).flat_map(|profile| &profile.latencies) {
                if !systems.contains(&latency.what()) {
                    systems.push(latency.what());
                }
            }
            let visits: Vec<String> = self.scales.iter().map(|scale| grouped(scale.visits)).collect();
            let _ = writeln!(page, "**{name}**, median by number of visits:\n");
            let _ = writeln!(page, "| system | {} |", visits.join(" | "));
            let _ = writeln!(page, "|---|{}", "---:|".repeat(visits.len()));
            for system in systems {
                let medians: Vec<String> = (self.scales.iter())
                    .map(|scale| {
                        let latency = of_name(scale)?.latencies.into_iter().find(|known| known.what() == system)?;
                        latency.quantile(0.5).map(duration)
                    })
                    .map(|median| median.unwrap_or_else(|| "–".to_owned()))
                    .collect();
                let _ = writeln!(page, "| {system} | {} |", medians.join(" | "));
            }
            page.push('\n');
        }
    }
}

impl Scale {
    fn write(&self, page: &mut String) {
        let (visits, people, units) = (grouped(self.visits), grouped(self.people.into()), grouped(self.units.into()));
        let _ = writeln!(page, "## {visits} visits\n\n{people} people, {units} units, 14 days.\n");
        let _ = writeln!(page, "| system | bytes a visit | built in |\n|---|---:|---:|");
        for held in &self.systems {
            let each = held.bytes as f64 / self.visits.max(1) as f64;
            let _ = writeln!(page, "| {} | {each:.1} | {:.1} s |", held.system, held.build_seconds);
        }
        for profile in &self.profiles {
            let _ = writeln!(page, "\n### {}\n", profile.name);
            let _ = writeln!(
                page,
                "| system | median | p90 | p99 | × | contacts | a contact | a visit looked at | cases | same set |"
            );
            let _ = writeln!(page, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
            let ours = profile.latencies.first().and_then(|latency| latency.quantile(0.5));
            for latency in &profile.latencies {
                let time = |share| latency.quantile(share).map_or_else(|| "–".to_owned(), duration);
                let ratio = match (latency.quantile(0.5), ours) {
                    (Some(theirs), Some(ours)) if ours > 0 => format!("{:.1}", theirs as f64 / ours as f64),
                    _ => "–".to_owned(),
                };
                let cases = latency.nanoseconds.len();
                let same = match latency.compared {
                    0 => "–".to_owned(),
                    compared => format!("{} of {compared}", compared - latency.different),
                };
                let _ = writeln!(
                    page,
                    "| {} | {} | {} | {} | {ratio} | {:.0} | {} | {} | {cases} | {same} |",
                    latency.system,
                    time(0.5),
                    time(0.9),
                    time(0.99),
                    latency.contacts as f64 / cases.max(1) as f64,
                    latency.each(latency.contacts),
                    latency.each(latency.touched),
                );
            }
            for latency in &profile.latencies {
                if let Some(client) = quantile(&latency.client_nanoseconds, 0.5) {
                    let _ = writeln!(page, "\n{}: the client saw a median of {}.", latency.system, duration(client));
                }
            }
        }
        if let Some(wave) = &self.wave {
            let _ = writeln!(
                page,
                "\n**A wave** of {} cases, both rings: {:.2} s; {} contacts in the first ring and {} in the second.",
                grouped(wave.cases as u64),
                wave.seconds,
                grouped(wave.first),
                grouped(wave.second)
            );
        }
        if !self.cold.is_empty() {
            let _ = writeln!(page, "\n### Ordinary person, first ring, nothing in the cache of files\n");
            let _ = writeln!(page, "| system | median | p90 | p99 | cases |\n|---|---:|---:|---:|---:|");
            for Cold { latency } in &self.cold {
                let time = |share| latency.quantile(share).map_or_else(|| "–".to_owned(), duration);
                let cases = latency.nanoseconds.len();
                let _ =
                    writeln!(page, "| {} | {} | {} | {} | {cases} |", latency.system, time(0.5), time(0.9), time(0.99));
            }
        }
        if !self.checks.is_empty() {
            let _ = writeln!(page, "\n### Sets of contacts against plain SQL, both rings\n");
            let _ = writeln!(page, "| rules | cases | contacts | identical | SQL took |\n|---|---:|---:|---:|---:|");
            for check in &self.checks {
                let (cases, contacts) = (grouped(check.cases as u64), grouped(check.contacts));
                let same = grouped((check.cases - check.different) as u64);
                let _ =
                    writeln!(page, "| {} | {cases} | {contacts} | {same} | {:.0} s |", check.rules, check.sql_seconds);
            }
        }
        if !self.ingest.is_empty() {
            let _ = writeln!(page, "\n### Taking visits in, 10,000 to a commit, each on disk before the next\n");
            let _ = writeln!(page, "| system | rows | rows a second |\n|---|---:|---:|");
            for ingest in &self.ingest {
                let per_second = grouped((ingest.rows as f64 / ingest.seconds) as u64);
                let _ = writeln!(page, "| {} | {} | {per_second} |", ingest.system, grouped(ingest.rows));
            }
        }
        page.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_measured_times_and_absent_without_cases() {
        let latency = Latency { nanoseconds: (1..=100).collect(), ..Latency::default() };
        assert_eq!(
            [0.5, 0.9, 0.99, 1.0].map(|share| latency.quantile(share)),
            [Some(50), Some(90), Some(99), Some(100)]
        );
        assert_eq!(Latency::default().quantile(0.5), None);
    }

    #[test]
    fn numbers_and_times_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1_500, 43_000, 2_250_000, 1_500_000_000].map(duration), ["1.50 µs", "43 µs", "2.25 ms", "1.5 s"]);
    }

    #[test]
    fn an_earlier_report_keeps_the_scales_that_were_not_measured_again() {
        let scale = |asked, people| Scale { asked, people, ..Scale::default() };
        let mut report = Report { scales: vec![scale(100, 1)], ..Report::default() };
        report.merge(Report { scales: vec![scale(100, 2), scale(10, 2)], ..Report::default() });
        assert_eq!(report.scales, [scale(10, 2), scale(100, 1)]);
    }
}
