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
    BatchKind, Jurisdiction, PersonId, PlaceId, ResidentRow, Setting, Span, Timestamp, UnitId, UnitRow, VisitRow,
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

/// The rows of a new batch.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Who was where when.
    Visits(&'a [VisitRow]),
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
            Rows::Residents($some) => $do,
            Rows::Units($some) => $do,
        }
    };
}

impl Rows<'_> {
    /// What the rows are.
    pub fn kind(&self) -> BatchKind {
        match self {
            Self::Visits(_) => BatchKind::Visits,
            Self::Residents(_) => BatchKind::Residents,
            Self::Units(_) => BatchKind::Units,
        }
    }

    /// How many there are.
    pub fn number(&self) -> u64 {
        each!(self, rows => rows.len() as u64)
    }

    /// The first row that no batch may hold, and why.
    pub(crate) fn check(&self) -> Result<(), (usize, &'static str)> {
        each!(self, rows => check(rows))
    }

    pub(crate) fn span(&self, assumed_dwell_minutes: Option<u32>) -> Option<Span> {
        let mut span = None;
        each!(self, rows => widen(&mut span, rows, assumed_dwell_minutes));
        to_span(span)
    }

    pub(crate) fn write(&self, to: &mut (dyn Write + Send)) -> Result<(), String> {
        each!(self, rows => write(rows, to))
    }
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
    if builder.schema().fields().iter().map(AsRef::as_ref).ne(&R::fields()) {
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

fn timestamp(column: &ArrayRef, row: usize) -> Result<Timestamp, String> {
    let microseconds = column.as_primitive::<TimestampMicrosecondType>().value(row);
    Timestamp::from_microsecond(microseconds).map_err(|error| format!("row {row}: {error}"))
}

fn jurisdiction(column: &ArrayRef, row: usize) -> Result<Jurisdiction, String> {
    Jurisdiction::from_number(id(column, row)).map_err(|error| format!("row {row}: {error}"))
}

impl Row for VisitRow {
    const KIND: BatchKind = BatchKind::Visits;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("person", DataType::UInt64, false),
            Field::new("unit", DataType::UInt64, false),
            Field::new("start", time(), false),
            Field::new("end", time(), true),
            Field::new("seat_row", DataType::UInt16, true),
        ]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let starts = rows.iter().map(|row| Some(row.start.as_microsecond()));
        let ends = rows.iter().map(|row| row.end.map(Timestamp::as_microsecond));
        let mut seats = UInt16Builder::new();
        rows.iter().for_each(|row| seats.append_option(row.seat_row));
        vec![
            ids(rows.iter().map(|row| row.person.number())),
            ids(rows.iter().map(|row| row.unit.number())),
            Arc::new(starts.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            Arc::new(ends.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            Arc::new(seats.finish()),
        ]
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let [person, unit, start, end, seat_row] = columns else { return Err("expected 5 columns".to_owned()) };
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
            Some(end) if end.as_microsecond() <= self.start.as_microsecond() => {
                Err("the stay ends before or when it starts; leave the end out when only the entry is known")
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

    fn fields() -> Vec<Field> {
        vec![
            Field::new("unit", DataType::UInt64, false),
            Field::new("place", DataType::UInt64, false),
            Field::new("setting", DataType::Utf8, false),
            Field::new("jurisdiction", DataType::UInt64, false),
            Field::new("longitude", DataType::Float64, true),
            Field::new("latitude", DataType::Float64, true),
            Field::new("name", DataType::Utf8, true),
        ]
    }

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let mut settings = StringBuilder::new();
        let mut longitudes = Float64Builder::new();
        let mut latitudes = Float64Builder::new();
        let mut names = StringBuilder::new();
        for row in rows {
            settings.append_value(row.setting.name());
            longitudes.append_option(row.position.map(|(longitude, _)| longitude));
            latitudes.append_option(row.position.map(|(_, latitude)| latitude));
            names.append_option(row.name.as_deref());
        }
        vec![
            ids(rows.iter().map(|row| row.unit.number())),
            ids(rows.iter().map(|row| row.place.number())),
            Arc::new(settings.finish()),
            ids(rows.iter().map(|row| row.jurisdiction.number())),
            Arc::new(longitudes.finish()),
            Arc::new(latitudes.finish()),
            Arc::new(names.finish()),
        ]
    }

    fn from_columns(columns: &[ArrayRef]) -> Result<Vec<Self>, String> {
        let [unit, place, setting, division, longitude, latitude, name] = columns else {
            return Err("expected 7 columns".to_owned());
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
                name: present(name, row, |column, row| column.as_string::<i32>().value(row).to_owned()),
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
