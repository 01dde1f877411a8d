//! Files of the size that a province has: speed, and memory that does not grow with the file.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampSecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;

use exchange::{Fate, Kind, Mapping, Options, Source, visits};

const ROWS: u64 = 1_000_000;

/// The most memory that the process ever held, in KiB; nothing where the system does not say.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Reads the visits of a file; how many rows a second, and by how many KiB the peak of memory grew.
fn measured(path: &Path, columns: &str) -> (f64, Option<u64>) {
    let before = peak_kib();
    let source = Source::path(path);
    let mapping = Mapping::empty(Kind::Visits).with(columns).unwrap();
    #[allow(clippy::disallowed_methods)] // a measurement
    let begun = std::time::Instant::now();
    let records = visits::read(&source, &mapping, &Options::default()).unwrap();
    let accepted = records.filter(|read| matches!(read.as_ref().unwrap().fate, Fate::Accepted(_))).count();
    let rate = ROWS as f64 / begun.elapsed().as_secs_f64();
    assert_eq!(accepted as u64, ROWS);
    let grown = peak_kib().zip(before).map(|(after, before)| after - before);
    let size_mib = std::fs::metadata(path).unwrap().len() >> 20;
    println!("{ROWS} visits, {size_mib} MiB: {rate:.0} rows/s, peak memory grew by {grown:?} KiB");
    // The aim is 200,000; a busy machine must not fail the test that a quadratic slip would.
    assert!(rate > 50_000.0, "{rate:.0} rows/s");
    (rate, grown)
}

#[test]
fn a_million_visits_stream_from_text_and_from_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("visits.csv");
    let mut writer = BufWriter::new(std::fs::File::create(&path).unwrap());
    writeln!(writer, "手机号,场所编号,场所名称,进入时间,离开时间").unwrap();
    for row in 0..ROWS {
        let (hour, minute) = (row % 22, row % 60);
        let (person, unit) = (row * 7_919 % 1_000_003, row % 5_003);
        writeln!(
            writer,
            "138{person:08},M{unit},第{unit}市场,2020-01-15 {hour:02}:{minute:02},2020-01-15 {:02}:30:00",
            hour + 1
        )
        .unwrap();
    }
    writer.into_inner().unwrap().sync_all().unwrap();
    let columns = "person=手机号,unit=场所编号,place=场所名称,start=进入时间,end=离开时间";
    let (_, grown) = measured(&path, columns);
    assert!(grown.is_none_or(|kib| kib < 16 << 10), "memory grew by {grown:?} KiB over a text file");

    let path = folder.path().join("visits.parquet");
    let schema = Arc::new(Schema::new(vec![
        Field::new("person", DataType::Utf8, false),
        Field::new("unit", DataType::Int64, false),
        Field::new("start", DataType::Timestamp(TimeUnit::Second, None), false),
    ]));
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), schema.clone(), None).unwrap();
    for chunk in 0..10 {
        let rows = (chunk * ROWS / 10..(chunk + 1) * ROWS / 10).map(|row| row as i64);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.clone().map(|row| format!("p{}", row * 7_919 % 1_000_003)))),
            Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| row % 5_003))),
            Arc::new(TimestampSecondArray::from_iter_values(rows.map(|row| 1_579_000_000 + row))),
        ];
        writer.write(&RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
    }
    writer.close().unwrap();
    let (_, grown) = measured(&path, "person=person,unit=unit,start=start");
    // Written in one row group: its compressed pages and dictionary are held, its rows are not.
    assert!(grown.is_none_or(|kib| kib < 64 << 10), "memory grew by {grown:?} KiB over a Parquet file");
}
