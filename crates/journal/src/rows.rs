//! The rows of a batch as a Parquet file, and back.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int16Builder, StringBuilder, UInt16Builder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int16Type, TimestampMicrosecondType, UInt16Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use facts::{
    BatchKind, Jurisdiction, PersonId, PlaceId, ResidentRow, Setting, Span, Timestamp, UnitId, UnitRow, Ventilation,
    VisitRow,
};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

/// Version of the file format.
const FORMAT: &str = "1";
/// Key of the file's own statement of what its rows are.
const ROWS_KEY: &str = "firebreak.rows";
/// Key of the file's own statement of its format.
const FORMAT_KEY: &str = "firebreak.format";
/// Rows that are held in memory as columns at once.
const GROUP_ROWS: usize = 65_536;

/// A kind of row that batches can hold.
pub trait Row: Sized + Clone + Send + Sync + 'static {
    /// Its name in facts.
    const KIND: BatchKind;
    /// How many of the fields every file has had; those after them were added and are absent in older files.
    #[doc(hidden)]
    const REQUIRED_COLUMNS: usize = usize::MAX;
    #[doc(hidden)]
    fn fields() -> Vec<Field>;
    #[doc(hidden)]
    fn columns(rows: &[Self]) -> Vec<ArrayRef>;
    #[doc(hidden)]
    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String>;
    #[doc(hidden)]
    fn check(&self) -> Result<(), &'static str>;
    /// From when to when the row speaks, when it has times.
    #[doc(hidden)]
    fn times(&self, assumed_dwell_minutes: Option<u32>) -> Option<(Timestamp, Timestamp)>;
}

/// A visit and the message it came in, as a batch that was sealed from the intake log holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedVisit {
    /// Who was where when.
    pub visit: VisitRow,
    /// The number of the entry of the intake log; none in a batch that did not come from there.
    pub message: Option<u64>,
}

/// The rows of a new batch.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Who was where when.
    Visits(&'a [VisitRow]),
    /// The same, by message.
    Received(&'a [ReceivedVisit]),
    /// Who lives where.
    Residents(&'a [ResidentRow]),
    /// What stands where.
    Units(&'a [UnitRow]),
}

/// Runs one expression with the rows of whatever kind.
macro_rules! each {
    ($rows:expr, $some:ident => $do:expr) => {
        match $rows {
            Rows::Visits($some) => $do,
            Rows::Received($some) => $do,
            Rows::Residents($some) => $do,
            Rows::Units($some) => $do,
        }
    };
}

impl Rows<'_> {
    /// What the rows are.
    pub fn kind(&self) -> BatchKind {
        match self {
            Self::Visits(_) | Self::Received(_) => BatchKind::Visits,
            Self::Residents(_) => BatchKind::Residents,
            Self::Units(_) => BatchKind::Units,
        }
    }

    /// How many there are.
    pub fn number(&self) -> u64 {
        each!(self, rows => rows.len() as u64)
    }

    /// The first row that no batch may hold, and why.
    pub(crate) fn check(&self, assumed_dwell_minutes: Option<u32>) -> Result<(), (usize, &'static str)> {
        if let (Self::Visits(visits), Some(0)) = (self, assumed_dwell_minutes)
            && let Some(row) = visits.iter().position(|visit| visit.end.is_none())
        {
            return Err((row, "the stay has no end and is assumed to last for no time; assume a minute at least"));
        }
        each!(self, rows => check(rows))
    }

    pub(crate) fn span(&self, assumed_dwell_minutes: Option<u32>) -> Option<Span> {
        let mut span = None;
        each!(self, rows => widen(&mut span, rows, assumed_dwell_minutes));
        to_span(span)
    }

    /// Writes the rows; imported visits by unit, start and person, whatever order they came in.
    pub(crate) fn write(&self, to: &mut (dyn Write + Send)) -> Result<(), String> {
        if let Self::Visits(visits) = self {
            let mut sorted = visits.to_vec();
            sorted.sort_unstable_by_key(place_in_batch);
            return write(&sorted, to);
        }
        each!(self, rows => write(rows, to))
    }
}

/// By what visits are ordered in a batch: what is looked up together lies together and packs well.
pub(crate) fn place_in_batch(visit: &VisitRow) -> (UnitId, Timestamp, PersonId, Option<Timestamp>, Option<u16>) {
    (visit.unit, visit.start, visit.person, visit.end, visit.seat_row)
}

fn check<R: Row>(rows: &[R]) -> Result<(), (usize, &'static str)> {
    let refusal = |(row, checked): (usize, Result<(), &'static str>)| checked.err().map(|problem| (row, problem));
    rows.iter().map(R::check).enumerate().find_map(refusal).map_or(Ok(()), Err)
}

/// Widens a span of times so that it takes in what the rows speak of.
pub(crate) fn widen<R: Row>(span: &mut Option<(Timestamp, Timestamp)>, rows: &[R], assumed_dwell_minutes: Option<u32>) {
    for (start, end) in rows.iter().filter_map(|row| row.times(assumed_dwell_minutes)) {
        *span = Some(span.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
    }
}

pub(crate) fn to_span(span: Option<(Timestamp, Timestamp)>) -> Option<Span> {
    span.and_then(|(start, end)| Span::new(start, end).ok())
}

/// The name of a kind, as the file and its name have it.
pub(crate) fn name(kind: BatchKind) -> &'static str {
    match kind {
        BatchKind::Visits => "visits",
        BatchKind::Residents => "residents",
        BatchKind::Units => "units",
    }
}

fn write<R: Row>(rows: &[R], to: &mut (dyn Write + Send)) -> Result<(), String> {
    let failed = |error: parquet::errors::ParquetError| error.to_string();
    let stated = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let properties = WriterProperties::builder()
        .set_created_by("firebreak".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(failed)?))
        .set_key_value_metadata(Some(vec![stated(ROWS_KEY, name(R::KIND)), stated(FORMAT_KEY, FORMAT)]))
        .build();
    let schema = Arc::new(Schema::new(R::fields()));
    let mut writer = ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(failed)?;
    for group in rows.chunks(GROUP_ROWS) {
        let columns = RecordBatch::try_new(schema.clone(), R::columns(group)).map_err(|error| error.to_string())?;
        writer.write(&columns).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

/// Reads a batch file group by group, so that a large one need not fit into memory as rows.
pub(crate) fn read<R: Row>(file: File) -> Result<Groups<R>, String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let stated = builder.metadata().file_metadata().key_value_metadata();
    let value = |key: &str| {
        let found = stated.into_iter().flatten().find(|stated| stated.key == key);
        found.and_then(|stated| stated.value.clone()).unwrap_or_default()
    };
    if value(FORMAT_KEY) != FORMAT {
        return Err(format!("format {:?} is not known to this version, which reads {FORMAT}", value(FORMAT_KEY)));
    }
    if value(ROWS_KEY) != name(R::KIND) {
        return Err(format!("holds {:?} and not {}", value(ROWS_KEY), name(R::KIND)));
    }
    let (found, expected) = (builder.schema().fields(), R::fields());
    let begins_alike = found.iter().zip(&expected).all(|(found, expected)| found.as_ref() == expected);
    if !begins_alike || found.len() > expected.len() || found.len() < expected.len().min(R::REQUIRED_COLUMNS) {
        return Err(format!("its columns are not those of {}", name(R::KIND)));
    }
    let reader = builder.with_batch_size(GROUP_ROWS).build().map_err(|error| error.to_string())?;
    Ok(Groups { reader, rows: std::marker::PhantomData })
}

/// The rows of a file, group by group.
pub(crate) struct Groups<R> {
    reader: ParquetRecordBatchReader,
    rows: std::marker::PhantomData<fn() -> R>,
}

impl<R: Row> Iterator for Groups<R> {
    type Item = Result<Vec<R>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let columns = self.reader.next()?;
        Some(columns.map_err(|error| error.to_string()).and_then(|columns| R::from_columns(columns.columns())))
    }
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn ids(values: impl Iterator<Item = u64>) -> ArrayRef {
    let mut column = UInt64Builder::new();
    values.for_each(|value| column.append_value(value));
    Arc::new(column.finish())
}

fn id(column: &ArrayRef, row: usize) -> u64 {
    column.as_primitive::<UInt64Type>().value(row)
}

fn present<T>(column: &ArrayRef, row: usize, value: impl Fn(&ArrayRef, usize) -> T) -> Option<T> {
    column.is_valid(row).then(|| value(column, row))
}

fn text(column: &ArrayRef, row: usize) -> String {
    column.as_string::<i32>().value(row).to_owned()
}

fn timestamp(column: &ArrayRef, row: usize) -> Result<Timestamp, String> {
    let microseconds = column.as_primitive::<TimestampMicrosecondType>().value(row);
    Timestamp::from_microsecond(microseconds).map_err(|error| format!("row {row}: {error}"))
}

fn jurisdiction(column: &ArrayRef, row: usize) -> Result<Jurisdiction, String> {
    Jurisdiction::from_number(id(column, row)).map_err(|error| format!("row {row}: {error}"))
}

impl Row for VisitRow {
    const KIND: BatchKind = BatchKind::Visits;
    /// `message` came later: files without it stand.
    const REQUIRED_COLUMNS: usize = 5;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("person", DataType::UInt64, false),
            Field::new("unit", DataType::UInt64, false),
            Field::new("start", time(), false),
            Field::new("end", time(), true),
            Field::new("seat_row", DataType::UInt16, true),
            Field::new("message", DataType::UInt64, true),
        ]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        visit_columns(rows.iter().map(|visit| (visit, None)))
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let [person, unit, start, end, seat_row, ..] = columns else { return Err("expected 5 columns".to_owned()) };
        let row = |row| {
            Ok(Self {
                person: PersonId::new(id(person, row)),
                unit: UnitId::new(id(unit, row)),
                start: timestamp(start, row)?,
                end: present(end, row, timestamp).transpose()?,
                seat_row: present(seat_row, row, |column, row| column.as_primitive::<UInt16Type>().value(row)),
            })
        };
        (0..person.len()).map(row).collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        match self.end {
            // Seconds are what tracing counts in.
            Some(end) if end.as_second() <= self.start.as_second() => {
                Err("the stay ends before or in the second in which it starts; leave the end out when only the entry \
                     is known")
            }
            _ => Ok(()),
        }
    }

    fn times(&self, assumed_dwell_minutes: Option<u32>) -> Option<(Timestamp, Timestamp)> {
        // An entry without an end lasts an instant at least, so that the span contains it.
        let dwell_seconds = i64::from(assumed_dwell_minutes.unwrap_or(0)) * 60;
        let assumed = self.start.as_microsecond().saturating_add((dwell_seconds * 1_000_000).max(1));
        let start = Timestamp::from_microsecond(self.start.as_microsecond()).unwrap_or(self.start);
        let end = self.end.map_or(assumed, Timestamp::as_microsecond);
        Some((start, Timestamp::from_microsecond(end).unwrap_or(Timestamp::MAX)))
    }
}

/// Visits and their messages as columns.
fn visit_columns<'a>(rows: impl Iterator<Item = (&'a VisitRow, Option<u64>)> + Clone) -> Vec<ArrayRef> {
    let visits = || rows.clone().map(|(visit, _)| visit);
    let starts = visits().map(|visit| Some(visit.start.as_microsecond()));
    let ends = visits().map(|visit| visit.end.map(Timestamp::as_microsecond));
    let mut seats = UInt16Builder::new();
    visits().for_each(|visit| seats.append_option(visit.seat_row));
    let mut messages = UInt64Builder::new();
    rows.clone().for_each(|(_, message)| messages.append_option(message));
    vec![
        ids(visits().map(|visit| visit.person.number())),
        ids(visits().map(|visit| visit.unit.number())),
        Arc::new(starts.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        Arc::new(ends.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        Arc::new(seats.finish()),
        Arc::new(messages.finish()),
    ]
}

impl Row for ReceivedVisit {
    const KIND: BatchKind = BatchKind::Visits;
    const REQUIRED_COLUMNS: usize = VisitRow::REQUIRED_COLUMNS;

    fn fields() -> Vec<Field> {
        VisitRow::fields()
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        visit_columns(rows.iter().map(|row| (&row.visit, row.message)))
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let visits = VisitRow::from_columns(columns)?;
        let message = |row| columns.get(VisitRow::REQUIRED_COLUMNS).and_then(|column| present(column, row, id));
        Ok(visits.into_iter().enumerate().map(|(row, visit)| Self { visit, message: message(row) }).collect())
    }

    fn check(&self) -> Result<(), &'static str> {
        self.visit.check()
    }

    fn times(&self, assumed_dwell_minutes: Option<u32>) -> Option<(Timestamp, Timestamp)> {
        self.visit.times(assumed_dwell_minutes)
    }
}

impl Row for ResidentRow {
    const KIND: BatchKind = BatchKind::Residents;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("person", DataType::UInt64, false),
            Field::new("home", DataType::UInt64, true),
            Field::new("jurisdiction", DataType::UInt64, false),
            Field::new("birth_year", DataType::Int16, true),
        ]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let mut homes = UInt64Builder::new();
        let mut years = Int16Builder::new();
        for row in rows {
            homes.append_option(row.home.map(UnitId::number));
            years.append_option(row.birth_year);
        }
        vec![
            ids(rows.iter().map(|row| row.person.number())),
            Arc::new(homes.finish()),
            ids(rows.iter().map(|row| row.jurisdiction.number())),
            Arc::new(years.finish()),
        ]
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let [person, home, division, birth_year] = columns else { return Err("expected 4 columns".to_owned()) };
        let row = |row| {
            Ok(Self {
                person: PersonId::new(id(person, row)),
                home: present(home, row, id).map(UnitId::new),
                jurisdiction: jurisdiction(division, row)?,
                birth_year: present(birth_year, row, |column, row| column.as_primitive::<Int16Type>().value(row)),
            })
        };
        (0..person.len()).map(row).collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }

    fn times(&self, _: Option<u32>) -> Option<(Timestamp, Timestamp)> {
        None
    }
}

impl Row for UnitRow {
    const KIND: BatchKind = BatchKind::Units;
    /// `ventilation` came later: files without it stand.
    const REQUIRED_COLUMNS: usize = 7;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("unit", DataType::UInt64, false),
            Field::new("place", DataType::UInt64, false),
            Field::new("setting", DataType::Utf8, false),
            Field::new("jurisdiction", DataType::UInt64, false),
            Field::new("longitude", DataType::Float64, true),
            Field::new("latitude", DataType::Float64, true),
            Field::new("name", DataType::Utf8, true),
            Field::new("ventilation", DataType::Utf8, true),
        ]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let mut settings = StringBuilder::new();
        let mut longitudes = Float64Builder::new();
        let mut latitudes = Float64Builder::new();
        let mut names = StringBuilder::new();
        let mut ventilations = StringBuilder::new();
        for row in rows {
            settings.append_value(row.setting.name());
            longitudes.append_option(row.position.map(|(longitude, _)| longitude));
            latitudes.append_option(row.position.map(|(_, latitude)| latitude));
            names.append_option(row.name.as_deref());
            ventilations.append_option(row.ventilation.map(Ventilation::name));
        }
        vec![
            ids(rows.iter().map(|row| row.unit.number())),
            ids(rows.iter().map(|row| row.place.number())),
            Arc::new(settings.finish()),
            ids(rows.iter().map(|row| row.jurisdiction.number())),
            Arc::new(longitudes.finish()),
            Arc::new(latitudes.finish()),
            Arc::new(names.finish()),
            Arc::new(ventilations.finish()),
        ]
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let (columns, ventilation) = columns.split_at_checked(Self::REQUIRED_COLUMNS).unwrap_or((columns, &[]));
        let [unit, place, setting, division, longitude, latitude, name] = columns else {
            return Err("expected 7 columns".to_owned());
        };
        let ventilation = |row| {
            let stated = ventilation.first().and_then(|column| present(column, row, text))?;
            Some(Ventilation::named(&stated).ok_or_else(|| format!("row {row}: {stated:?} is no ventilation")))
        };
        let degrees = |column: &ArrayRef, row| column.as_primitive::<Float64Type>().value(row);
        let row = |row| {
            let setting = setting.as_string::<i32>().value(row);
            let longitude = present(longitude, row, degrees);
            Ok(Self {
                unit: UnitId::new(id(unit, row)),
                place: PlaceId::new(id(place, row)),
                setting: Setting::named(setting).ok_or_else(|| format!("row {row}: {setting:?} is no setting"))?,
                jurisdiction: jurisdiction(division, row)?,
                position: longitude.zip(present(latitude, row, degrees)),
                ventilation: ventilation(row).transpose()?,
                name: present(name, row, text),
            })
        };
        (0..unit.len()).map(row).collect()
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.setting == Setting::Home && self.name.is_some() {
            return Err("a home has a name; an address is identity and belongs into the registry");
        }
        match self.position {
            Some((longitude, latitude)) if longitude.abs() <= 180.0 && latitude.abs() <= 90.0 => Ok(()),
            Some(_) => Err("the position is not a longitude and a latitude in degrees"),
            None => Ok(()),
        }
    }

    fn times(&self, _: Option<u32>) -> Option<(Timestamp, Timestamp)> {
        None
    }
}
