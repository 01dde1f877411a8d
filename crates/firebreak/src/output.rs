//! Tables out: CSV, JSON or Parquet, to standard output or a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use clap::{Args, ValueEnum};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Number, Value};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One JSON array of objects.
    Json,
    /// Parquet.
    Parquet,
}

/// Where and how results go.
#[derive(Args)]
pub struct Output {
    /// The format; by the ending of --out unless given, else CSV.
    #[arg(short = 'o', value_enum)]
    format: Option<Format>,
    /// A file, instead of standard output.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// One cell. Nothing missing is a zero: an empty cell is empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// Words or an id.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}
impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Output {
    /// Writes a table.
    pub fn write(&self, columns: &[&str], rows: &[Vec<Cell>]) -> anyhow::Result<()> {
        let ending = self.out.as_ref().and_then(|path| path.extension()?.to_str());
        let by_ending = match ending {
            Some("json") => Format::Json,
            Some("parquet") => Format::Parquet,
            _ => Format::Csv,
        };
        let writer: Box<dyn Write + Send> = match &self.out {
            Some(path) => Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?),
            None => Box::new(std::io::stdout()),
        };
        let mut writer = BufWriter::new(writer);
        let written = match self.format.unwrap_or(by_ending) {
            Format::Csv => csv(&mut writer, columns, rows),
            Format::Json => json(&mut writer, columns, rows),
            Format::Parquet => parquet(&mut writer, columns, rows),
        };
        match written.and_then(|()| Ok(writer.flush()?)) {
            // Whoever reads only the first lines, as `head` does, has what they wanted.
            Err(error) if is_closed_pipe(&error) => Ok(()),
            other => other,
        }
    }
}

/// Writes a line to standard output; nobody reading it any more is no failure.
pub fn say(line: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}").map_err(anyhow::Error::from) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    // The writers of CSV and JSON do not name the error of the pipe as their cause.
    let kind =
        |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<csv::Error>().map(csv::Error::kind) {
            Some(csv::ErrorKind::Io(error)) => Some(error.kind()),
            _ => match cause.downcast_ref::<serde_json::Error>() {
                Some(error) => error.io_error_kind(),
                None => cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind),
            },
        };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

fn csv(writer: &mut impl Write, columns: &[&str], rows: &[Vec<Cell>]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(columns)?;
    for row in rows {
        csv.write_record(row.iter().map(text))?;
    }
    Ok(csv.flush()?)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
    }
}

fn json(writer: &mut impl Write, columns: &[&str], rows: &[Vec<Cell>]) -> anyhow::Result<()> {
    let object = |row: &Vec<Cell>| -> Map<String, Value> {
        let value = |cell: &Cell| match cell {
            Cell::Empty => Value::Null,
            Cell::Text(text) => Value::String(text.clone()),
            Cell::Whole(number) => Value::Number((*number).into()),
            Cell::Real(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        };
        columns.iter().map(|column| column.to_string()).zip(row.iter().map(value)).collect()
    };
    let objects: Vec<Map<String, Value>> = rows.iter().map(object).collect();
    serde_json::to_writer_pretty(&mut *writer, &objects)?;
    Ok(writeln!(writer)?)
}

fn parquet(writer: &mut (impl Write + Send), columns: &[&str], rows: &[Vec<Cell>]) -> anyhow::Result<()> {
    let arrays = columns.iter().enumerate().map(|(at, &column)| {
        let cells = || rows.iter().map(|row| &row[at]);
        let array: ArrayRef = if cells().any(|cell| matches!(cell, Cell::Text(_))) {
            let text = |cell: &Cell| (*cell != Cell::Empty).then(|| text(cell));
            Arc::new(cells().map(text).collect::<StringArray>())
        } else if cells().any(|cell| matches!(cell, Cell::Real(_))) {
            let real = |cell: &Cell| match cell {
                Cell::Real(number) => Some(*number),
                Cell::Whole(number) => Some(*number as f64),
                _ => None,
            };
            Arc::new(cells().map(real).collect::<Float64Array>())
        } else {
            let whole = |cell: &Cell| match cell {
                Cell::Whole(number) => Some(*number),
                _ => None,
            };
            Arc::new(cells().map(whole).collect::<Int64Array>())
        };
        (column, array, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(arrays)?;
    let mut parquet = ArrowWriter::try_new(writer, batch.schema(), None)?;
    parquet.write(&batch)?;
    parquet.close()?;
    Ok(())
}
