//! Real and published files, where they are present beside the workspace; they are never part of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use exchange::fields::guess;
use exchange::records::Record;
use exchange::{
    Code, ContactRow, EncounterRow, ErrorsFile, ExchangeError, Fate, LineListRow, Mapping, Options, Read, Records,
    Report, Source, TrajectoryRow, VisitRowText,
};
use facts::{Date, Setting};

/// The file, or nothing and a loud line when the data is not here.
fn file(path: &str) -> Option<Source> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    if path.exists() {
        return Some(Source::path(path));
    }
    eprintln!(
        "SKIPPED: {} is not present; this test reads published data that is not part of the project",
        path.display()
    );
    None
}

fn mapping<R: Record>(source: &Source) -> Mapping {
    let sample = source.sample(200).unwrap();
    guess(R::KIND, &sample.columns, &sample.rows)
}

/// Reads a file whole; the report's counts must add up, and the file of rejected rows must hold them all.
fn import<R: Record>(source: &Source, mapping: &Mapping, options: &Options) -> (Report, Vec<Read<R>>, Vec<u8>) {
    let mut records: Records<R> = Records::open(source, mapping, options).unwrap();
    let (mut rows, mut bytes) = (Vec::new(), Vec::new());
    let mut errors = ErrorsFile::new(&mut bytes, records.columns()).unwrap();
    let report = Report::of(&mut records, Some(&mut errors), |read| {
        rows.push(read);
        Ok::<_, ExchangeError>(())
    })
    .unwrap();
    assert_eq!(errors.finish().unwrap(), report.rejected);
    assert_eq!(report.accepted + report.merged + report.queued + report.rejected, report.rows);
    println!("{:?}\n{report}", mapping.columns);
    (report, rows, bytes)
}

fn accepted<R>(rows: &[Read<R>]) -> impl Iterator<Item = &R> {
    rows.iter().filter_map(|read| match &read.fate {
        Fate::Accepted(row) => Some(row),
        _ => None,
    })
}

#[test]
fn mers_in_korea_reads_whole_with_its_date_oddities() {
    let (Some(cases), Some(links)) =
        (file("outbreaks/mers_korea_2015_linelist.csv"), file("outbreaks/mers_korea_2015_contacts.csv"))
    else {
        return;
    };
    let (report, rows, _) = import::<LineListRow>(&cases, &mapping::<LineListRow>(&cases), &Options::default());
    assert_eq!((report.rows, report.accepted), (162, 162));
    // Three exposures end after the onset that they are to explain.
    assert_eq!(report.counts, BTreeMap::from([(Code::StrangeOrder, 3)]));
    let first = accepted(&rows).next().unwrap();
    assert_eq!((&*first.external_id, first.onset), ("SK_1", Some(Date::constant(2015, 5, 11))));
    assert_eq!(accepted(&rows).filter(|row| row.died.is_some()).count(), 10);

    let (report, rows, _) = import::<ContactRow>(&links, &mapping::<ContactRow>(&links), &Options::default());
    assert_eq!((report.rows, report.accepted), (98, 98));
    assert_eq!(accepted(&rows).filter(|row| row.setting == Some(Setting::Clinic)).count(), 33);
}

#[test]
fn simulated_ebola_reads_whole_with_its_impossible_ends_listed() {
    let (Some(cases), Some(links)) =
        (file("outbreaks/ebola_sim_linelist.csv"), file("outbreaks/ebola_sim_contacts.csv"))
    else {
        return;
    };
    let (report, rows, _) = import::<LineListRow>(&cases, &mapping::<LineListRow>(&cases), &Options::default());
    assert_eq!((report.rows, report.accepted), (5_888, 5_888));
    // Outcomes before the onset, as the package's own vignette warns.
    assert_eq!(report.counts, BTreeMap::from([(Code::StrangeOrder, 200)]));
    assert!(accepted(&rows).all(|row| row.onset.is_some() && row.sex.is_some()));
    let (report, rows, _) = import::<ContactRow>(&links, &mapping::<ContactRow>(&links), &Options::default());
    assert_eq!((report.rows, report.accepted), (3_800, 3_800));
    let first = accepted(&rows).next().unwrap();
    assert_eq!((&*first.from, &*first.to), ("d1fafd", "53371b"));
}

fn published() -> Options {
    Options { assumed_year: Some(2020), ..Options::default() }
}

/// The rows of one province as a file of their own.
fn of_province(source: &Source, province: &str) -> Source {
    let table = source.table().unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&table.columns).unwrap();
    for row in table.rows.iter().filter(|row| row.cells[0].starts_with(province)) {
        writer.write_record(&row.cells).unwrap();
    }
    Source::bytes(source.name(), writer.into_inner().unwrap())
}

#[test]
fn henans_published_cases_and_tracks_read_with_every_bad_date_reported() {
    let (Some(cases), Some(tracks)) =
        (file("china_covid_trajectories_bdbc/cases.csv"), file("china_covid_trajectories_bdbc/tracks.csv"))
    else {
        return;
    };
    let cases = of_province(&cases, "河南省");
    let (report, rows, _) = import::<LineListRow>(&cases, &mapping::<LineListRow>(&cases), &published());
    assert_eq!((report.rows, report.accepted), (536, 536));
    assert!(accepted(&rows).filter_map(|row| row.diagnosed).all(|stamp| stamp.date.year() == 2020));

    let tracks = of_province(&tracks, "河南省");
    let (report, rows, errors) = import::<TrajectoryRow>(&tracks, &mapping::<TrajectoryRow>(&tracks), &published());
    // 春节, 9时40分, 当晚 and the like: no row before them may complete them.
    assert_eq!(report.rejected, report.counts[&Code::BadDate]);
    assert_eq!(report.rejected, 87);
    assert!(String::from_utf8(errors).unwrap().contains("春节"));
    assert!(report.counts[&Code::GeocodeOutside] > 0);
    assert!(accepted(&rows).any(|row| row.end.is_some()));
    assert!(accepted(&rows).all(|row| (2019..=2020).contains(&row.start.date.year())));
}

#[test]
fn every_provinces_tracks_read_and_nothing_is_lost() {
    let (Some(cases), Some(tracks)) =
        (file("china_covid_trajectories_bdbc/cases.csv"), file("china_covid_trajectories_bdbc/tracks.csv"))
    else {
        return;
    };
    let (report, _, errors) = import::<LineListRow>(&cases, &mapping::<LineListRow>(&cases), &published());
    assert_eq!((report.rows, report.rejected), (3_520, 1));
    assert!(String::from_utf8(errors).unwrap().contains("中昂世纪环岛员工"));
    let (report, _, _) = import::<TrajectoryRow>(&tracks, &mapping::<TrajectoryRow>(&tracks), &published());
    assert_eq!(report.rows, 18_849);
    assert!(report.accepted > 16_900, "{}", report.accepted);
}

#[test]
fn check_ins_in_minute_offsets_read_as_visits() {
    let Some(source) = file("checkins_foursquare_nyc/checkins.csv") else { return };
    let given =
        Mapping::empty(exchange::Kind::Visits).with("person=user_id,unit=venue_id,start=minute_offset").unwrap();
    assert_eq!(mapping::<VisitRowText>(&source), given);
    let (report, rows, _) = import::<VisitRowText>(&source, &given, &Options::default());
    assert_eq!((report.rows, report.accepted), (147_938, 147_938));
    let first = accepted(&rows).next().unwrap();
    assert_eq!((first.start.as_second(), first.end), (5_743 * 60, None));
}

#[test]
fn a_line_list_compiled_by_volunteers_reads_with_its_ranges() {
    let Some(source) = file("china_linelist_kraemer_2020/linelist.csv") else { return };
    let columns = "external_id=ID,age=age,sex=sex,onset=date_onset_symptoms,hospitalised=date_admission_hospital,\
        diagnosed=date_confirmation,ended=date_death_or_discharge,outcome=outcome";
    let given = Mapping::empty(exchange::Kind::LineList).with(columns).unwrap();
    let guessed = mapping::<LineListRow>(&source);
    for (field, column) in &given.columns {
        assert_eq!(guessed.columns.get(field), Some(column), "{field}");
    }
    let (report, rows, _) = import::<LineListRow>(&source, &given, &Options::default());
    assert_eq!(report.rows, 11_079);
    // 2,816 rows bear no id; they wait in the file of rejected rows, each with that reason.
    assert_eq!(report.counts[&Code::Missing], 2_816);
    assert!(report.counts[&Code::BadAge] >= 13, "ages such as Aug-68 are reported");
    assert!(accepted(&rows).any(|row| row.onset_latest.is_some()));
    assert_eq!(accepted(&rows).next().unwrap().onset, Some(Date::constant(2020, 1, 18)));
}

#[test]
fn go_data_exports_read_and_their_ids_agree() {
    let (Some(cases), Some(links)) =
        (file("godata_contact_tracing/cases.csv"), file("godata_contact_tracing/relationships.csv"))
    else {
        return;
    };
    let (report, cases, _) = import::<LineListRow>(&cases, &mapping::<LineListRow>(&cases), &Options::default());
    assert_eq!((report.rows, report.accepted), (56, 56));
    assert!(accepted(&cases).filter(|row| row.onset.is_some()).count() >= 51);
    let (report, links, _) = import::<ContactRow>(&links, &mapping::<ContactRow>(&links), &Options::default());
    assert_eq!((report.rows, report.accepted), (100, 100));
    let ids: Vec<&str> = accepted(&cases).map(|row| &*row.external_id).collect();
    assert!(accepted(&links).filter(|link| ids.contains(&&*link.from)).count() > 50);
}

#[test]
fn encounters_of_a_field_study_read_in_steps_of_five_minutes() {
    let Some(source) = file("haslemere_bbc_pandemic/encounters.csv") else { return };
    let given = mapping::<EncounterRow>(&source).with_time_unit("5m").unwrap();
    let (report, rows, _) = import::<EncounterRow>(&source, &given, &Options::default());
    assert_eq!((report.rows, report.accepted), (102_831, 102_831));
    let first = accepted(&rows).next().unwrap();
    assert_eq!((&*first.a, &*first.b, first.distance_metres, first.start.as_second()), ("1", "390", Some(17.0), 300));
}
