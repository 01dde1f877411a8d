//! Files as tables: a header and rows of text cells, from CSV and its kin, Excel workbooks and Parquet.
//!
//! Text and Parquet stream in bounded memory. Rows carry the number that a person sees: the line of a text
//! file, the row of a sheet, the row of a Parquet file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use arrow_cast::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use encoding_rs::Encoding;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::error::ExchangeError;
use crate::errors_file;
use crate::fields;
use crate::problem::{Code, Problem, Severity};
use crate::text;
use crate::xlsx;

/// How far down a header is sought, in rows.
const HEADER_WITHIN_ROWS: usize = 20;
/// A cell longer than this, in bytes, is a quotation mark that nobody closed.
const CELL_BYTES_AT_MOST: usize = 256 * 1024;
const PARQUET_BATCH_ROWS: usize = 8192;

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row as a person sees it.
    pub number: u64,
    /// Its cells, trimmed, one per column unless the row is ragged.
    pub cells: Vec<String>,
    /// Whether a cell holds what looks like further rows, because a quotation mark was not closed.
    pub swallows_rows: bool,
}

/// A whole table in memory, for small files and previews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns' names, all different.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What the reader noticed about the file.
    pub notices: Vec<Problem>,
}

/// A file that can be read more than once: the order of day and month shows only in a whole column.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    origin: Origin,
    sheet: Option<String>,
}

#[derive(Debug, Clone)]
enum Origin {
    Path(PathBuf),
    Bytes(Bytes),
}

impl Source {
    /// A file on disk.
    pub fn path(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { name, origin: Origin::Path(path.to_owned()), sheet: None }
    }

    /// A file in memory: an upload, or what came from standard input.
    pub fn bytes(name: &str, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.to_owned(), origin: Origin::Bytes(bytes.into()), sheet: None }
    }

    /// Reads this sheet of a workbook and not the first that has content.
    pub fn with_sheet(mut self, sheet: &str) -> Self {
        self.sheet = Some(sheet.to_owned());
        self
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.origin {
            Origin::Path(path) => Box::new(BufReader::with_capacity(1 << 16, File::open(path)?)),
            Origin::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
        })
    }

    fn io(&self, source: io::Error) -> ExchangeError {
        ExchangeError::Io { file: self.name.clone(), source }
    }

    /// Opens the file: finds out what it is, finds its header, stands before its first row.
    pub fn open(&self) -> Result<TableReader, ExchangeError> {
        let mut magic = Vec::new();
        self.reader().and_then(|reader| reader.take(8).read_to_end(&mut magic)).map_err(|error| self.io(error))?;
        match magic.as_slice() {
            [] => Err(ExchangeError::Empty { file: self.name.clone() }),
            [b'P', b'A', b'R', b'1', ..] => self.open_parquet(),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => self.open_xlsx(),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(ExchangeError::OldXls { file: self.name.clone() }),
            _ => self.open_text(),
        }
    }

    /// The whole table in memory.
    pub fn table(&self) -> Result<Table, ExchangeError> {
        self.sample(usize::MAX)
    }

    /// The first `rows` rows, to guess a mapping from and to show.
    pub fn sample(&self, rows: usize) -> Result<Table, ExchangeError> {
        let reader = self.open()?;
        let (columns, notices) = (reader.columns.clone(), reader.notices.clone());
        Ok(Table { columns, notices, rows: reader.take(rows).collect::<Result<_, _>>()? })
    }

    fn open_text(&self) -> Result<TableReader, ExchangeError> {
        let encoding = text::encoding(|| self.reader())
            .map_err(|error| self.io(error))?
            .map_err(|row| ExchangeError::Encoding { file: self.name.clone(), row })?;
        let open = || -> io::Result<_> { Ok(text::Transcoded::new(self.reader()?, encoding)) };
        let mut start = Vec::new();
        open().and_then(|reader| reader.take(1 << 16).read_to_end(&mut start)).map_err(|error| self.io(error))?;
        let delimiter = text::delimiter(&start);
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(open().map_err(|error| self.io(error))?);
        let mut rows = TextRows { file: self.name.clone(), reader, record: csv::StringRecord::new(), delimiter };
        let mut preamble = Vec::new();
        while preamble.len() < HEADER_WITHIN_ROWS
            && let Some(row) = rows.next()
        {
            preamble.push(row?);
        }
        let header = self.header_among(&preamble)?;
        let body = preamble.split_off(header + 1);
        let names = preamble.pop().ok_or_else(|| ExchangeError::Empty { file: self.name.clone() })?;
        let notices = passed_over(&preamble, names.number).into_iter().collect();
        let rows = body.into_iter().map(Ok).chain(rows);
        self.finish(names.cells, names.number, notices, Box::new(rows), Some(encoding))
    }

    /// The row whose names this system knows; otherwise the first that is as wide as the widest.
    fn header_among(&self, rows: &[Row]) -> Result<usize, ExchangeError> {
        let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.is_empty()).count();
        let known = |row: &Row| row.cells.iter().filter(|cell| fields::is_known_name(cell)).count();
        let most_known = rows.iter().map(known).max().unwrap_or(0);
        let widest = rows.iter().map(filled).max().unwrap_or(0);
        if widest == 0 {
            return Err(ExchangeError::Empty { file: self.name.clone() });
        }
        let header = if most_known >= 2 {
            rows.iter().position(|row| known(row) == most_known)
        } else {
            rows.iter().position(|row| filled(row) * 2 > widest)
        };
        Ok(header.unwrap_or(0))
    }

    fn open_xlsx(&self) -> Result<TableReader, ExchangeError> {
        let sheet = match &self.origin {
            Origin::Path(path) => {
                let file = File::open(path).map_err(|error| self.io(error))?;
                xlsx::read(&self.name, BufReader::new(file), self.sheet.as_deref())?
            }
            Origin::Bytes(bytes) => xlsx::read(&self.name, io::Cursor::new(bytes.clone()), self.sheet.as_deref())?,
        };
        let top = &sheet.rows[..sheet.rows.len().min(HEADER_WITHIN_ROWS)];
        let header = self.header_among(top)?;
        let (columns, header, last) = sheet.header(header);
        let mut notices: Vec<Problem> =
            passed_over(&sheet.rows[..header], sheet.rows[header].number).into_iter().collect();
        if !sheet.others.is_empty() {
            notices.push(Problem {
                row: None,
                column: None,
                code: Code::OtherSheets,
                value: sheet.others.join(", ").as_str().into(),
                expected: "one sheet with content".into(),
                remedy: format!("only the sheet {:?} was read; import the others one by one", sheet.name),
                severity: Severity::Oddity,
            });
        }
        let number = sheet.rows[last].number;
        let rows = sheet.rows.into_iter().skip(last + 1).map(Ok);
        self.finish(columns, number, notices, Box::new(rows), None)
    }

    fn open_parquet(&self) -> Result<TableReader, ExchangeError> {
        let damaged = |error: parquet::errors::ParquetError| ExchangeError::Parquet {
            file: self.name.clone(),
            problem: error.to_string(),
        };
        let (schema, reader) = match &self.origin {
            Origin::Path(path) => {
                let file = File::open(path).map_err(|error| self.io(error))?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
                (builder.schema().clone(), builder.with_batch_size(PARQUET_BATCH_ROWS).build())
            }
            Origin::Bytes(bytes) => {
                let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).map_err(damaged)?;
                (builder.schema().clone(), builder.with_batch_size(PARQUET_BATCH_ROWS).build())
            }
        };
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let rows = ParquetRows {
            file: self.name.clone(),
            reader: reader.map_err(damaged)?,
            batch: Vec::new().into_iter(),
            number: 0,
        };
        self.finish(columns, 0, Vec::new(), Box::new(rows), None)
    }

    fn finish(
        &self,
        names: Vec<String>,
        header_row: u64,
        mut notices: Vec<Problem>,
        mut rows: RowIterator,
        encoding: Option<&'static Encoding>,
    ) -> Result<TableReader, ExchangeError> {
        let corrected = errors_file::is_errors_file(&names);
        let kept: Vec<bool> = names.iter().map(|name| !(corrected && errors_file::is_added(name))).collect();
        let (columns, doubles) = distinct(names);
        for (position, name) in doubles {
            notices.push(Problem {
                row: Some(header_row),
                column: Some(columns[position].clone()),
                code: Code::DuplicateColumn,
                value: name.as_str().into(),
                expected: "a different name for each column".into(),
                remedy: format!(
                    "column {} is read as {:?}; rename it in the file, or map the one you mean",
                    position + 1,
                    columns[position]
                ),
                severity: Severity::Oddity,
            });
        }
        let mut blank = 0;
        let first = next_filled(&mut rows, &mut blank).transpose()?;
        let first = first.ok_or_else(|| ExchangeError::HeaderOnly { file: self.name.clone(), row: header_row })?;
        let columns = columns.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(column, _)| column).collect();
        let first = Some(first);
        Ok(TableReader { columns, notices, encoding, blank, corrected: corrected.then_some(kept), first, rows })
    }
}

/// A notice of rows above the header, for a header that was found wrongly would hide rows.
fn passed_over(rows: &[Row], header: u64) -> Option<Problem> {
    let filled: Vec<&Row> = rows.iter().filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect();
    let first = filled.first()?;
    Some(Problem {
        row: Some(first.number),
        column: None,
        code: Code::RowsAboveHeader,
        value: first.cells.iter().find(|cell| !cell.is_empty()).cloned().unwrap_or_default().as_str().into(),
        expected: "the columns' names in the first row".into(),
        remedy: format!(
            "row {header} was taken for the header and {} above it passed over; check that it is",
            filled.len()
        ),
        severity: Severity::Oddity,
    })
}

/// Names made different: `name`, `name (2)`; a column without a name is called by its position.
fn distinct(names: Vec<String>) -> (Vec<String>, Vec<(usize, String)>) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut doubles = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (position, name) in names.into_iter().enumerate() {
        let name = if name.is_empty() { format!("column {}", position + 1) } else { name };
        let count = times.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 && !columns.contains(&name) {
            columns.push(name);
        } else {
            let free = (2..).map(|number| format!("{name} ({number})")).find(|free| !columns.contains(free));
            doubles.push((position, name.clone()));
            columns.push(free.unwrap_or(name));
        }
    }
    (columns, doubles)
}

type RowIterator = Box<dyn Iterator<Item = Result<Row, ExchangeError>> + Send>;

fn next_filled(rows: &mut RowIterator, blank: &mut u64) -> Option<Result<Row, ExchangeError>> {
    loop {
        match rows.next()? {
            Ok(row) if row.cells.iter().all(String::is_empty) => *blank += 1,
            other => return Some(other),
        }
    }
}

/// A table being read, row by row.
pub struct TableReader {
    /// The columns' names, all different.
    pub columns: Vec<String>,
    /// What the reader noticed about the file.
    pub notices: Vec<Problem>,
    encoding: Option<&'static Encoding>,
    blank: u64,
    /// For a corrected file of rejected rows: which of its columns are data.
    corrected: Option<Vec<bool>>,
    first: Option<Row>,
    rows: RowIterator,
}

impl TableReader {
    /// The encoding of a text file, for instance `gb18030`.
    pub fn encoding(&self) -> Option<&'static str> {
        self.encoding.map(Encoding::name)
    }

    /// How many rows without any content were passed over so far.
    pub fn blank_rows(&self) -> u64 {
        self.blank
    }
}

impl Iterator for TableReader {
    type Item = Result<Row, ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.first.take() {
            Some(row) => Ok(row),
            None => next_filled(&mut self.rows, &mut self.blank)?,
        };
        Some(match (&self.corrected, row) {
            (Some(kept), Ok(mut row)) => {
                let mut position = 0..;
                row.cells.retain(|_| position.next().and_then(|at| kept.get(at)).copied().unwrap_or(true));
                row.cells.iter_mut().for_each(errors_file::unguard);
                Ok(row)
            }
            (_, row) => row,
        })
    }
}

struct TextRows<R> {
    file: String,
    reader: csv::Reader<R>,
    record: csv::StringRecord,
    delimiter: u8,
}

impl<R: Read> TextRows<R> {
    /// Whether a line inside a cell has as many delimiters as a row. Two columns are too few to tell by.
    fn swallows_rows(&self) -> bool {
        let as_row = |line: &&str| line.bytes().filter(|&byte| byte == self.delimiter).count() + 1 == self.record.len();
        self.record.len() > 2 && self.record.iter().any(|cell| cell.lines().skip(1).any(|line| as_row(&line)))
    }
}

impl<R: Read> Iterator for TextRows<R> {
    type Item = Result<Row, ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.reader.position().line();
        let failed = |row, problem: String| Some(Err(ExchangeError::Text { file: self.file.clone(), row, problem }));
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Err(error) => failed(before, format!("{error}; open the file in a text editor and look at that line")),
            Ok(true) => {
                let after = self.reader.position().line();
                let within = |cell: &str| cell.bytes().filter(|&byte| byte == b'\n').count() as u64;
                // The reader passes over empty lines before the record, so its number is counted from its end.
                let number = match after - before {
                    0 | 1 => before,
                    _ => before.max(after - 1 - self.record.iter().map(within).sum::<u64>()),
                };
                if self.record.iter().any(|cell| cell.len() > CELL_BYTES_AT_MOST) {
                    let problem = "a quotation mark opens here and is never closed; close or remove it";
                    return failed(number, problem.into());
                }
                let cells = self.record.iter().map(|cell| cell.trim().to_owned()).collect();
                Some(Ok(Row { number, cells, swallows_rows: after - before > 1 && self.swallows_rows() }))
            }
        }
    }
}

struct ParquetRows {
    file: String,
    reader: ParquetRecordBatchReader,
    batch: std::vec::IntoIter<Vec<String>>,
    number: u64,
}

impl Iterator for ParquetRows {
    type Item = Result<Row, ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(cells) = self.batch.next() {
                self.number += 1;
                return Some(Ok(Row { number: self.number, cells, swallows_rows: false }));
            }
            match self.reader.next()?.and_then(|batch| rendered(&batch)) {
                Ok(rows) => self.batch = rows.into_iter(),
                Err(error) => {
                    let problem = format!("after row {}: {error}", self.number);
                    return Some(Err(ExchangeError::Parquet { file: self.file.clone(), problem }));
                }
            }
        }
    }
}

fn rendered(batch: &arrow_array::RecordBatch) -> Result<Vec<Vec<String>>, arrow_schema::ArrowError> {
    let options = FormatOptions::default();
    let columns: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<_, _>>()?;
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| column.value(row).try_to_string()).collect::<Result<_, _>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
    use parquet::arrow::ArrowWriter;
    use proptest::prelude::*;

    fn csv(text: &str) -> Source {
        Source::bytes("test.csv", text.as_bytes().to_vec())
    }

    fn cells(table: &Table) -> Vec<Vec<&str>> {
        table.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn every_usual_delimiter_is_recognised() {
        for text in ["id,sex\n1,F\n", "id;sex\n1;F\n", "id\tsex\n1\tF\n", "id|sex\n1|F\n"] {
            let table = csv(text).table().unwrap();
            assert_eq!(table.columns, ["id", "sex"], "{text:?}");
            assert_eq!(cells(&table), [["1", "F"]]);
        }
    }

    #[test]
    fn decimal_commas_do_not_make_a_comma_the_delimiter() {
        let table = csv("id;weight\n1;2,5\n2;3,5\n").table().unwrap();
        assert_eq!(cells(&table), [["1", "2,5"], ["2", "3,5"]]);
    }

    #[test]
    fn quoted_line_breaks_keep_the_line_numbers_right() {
        let table = csv("id,note\n1,\"two\nlines\"\n2,x\n").table().unwrap();
        assert_eq!(table.rows[0].cells[1], "two\nlines");
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn line_numbers_are_an_editors_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["id,note", "1,\"a", "b\"", "", "", "2,x", "3,y"].join(end);
            for text in [text.clone(), text + end] {
                let table = csv(&text).table().unwrap();
                let numbers: Vec<u64> = table.rows.iter().map(|row| row.number).collect();
                assert_eq!(numbers, [2, 6, 7], "{text:?}");
                assert_eq!(table.rows[0].cells[1], "a\nb");
            }
        }
    }

    #[test]
    fn utf_8_with_mark_gbk_and_utf_16_read_alike() {
        let text = "姓名,性别\n王小明,男\n";
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend_from_slice(text.as_bytes());
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut marked_utf16 = b"\xff\xfe".to_vec();
        marked_utf16.extend_from_slice(&utf16);
        let gbk = encoding_rs::GBK.encode(text).0.into_owned();
        for bytes in [text.as_bytes().to_vec(), marked, marked_utf16, utf16, gbk] {
            let table = Source::bytes("names.csv", bytes.clone()).table().unwrap();
            assert_eq!(table.columns, ["姓名", "性别"], "{bytes:x?}");
            assert_eq!(cells(&table), [["王小明", "男"]]);
        }
        let gbk = Source::bytes("a.csv", encoding_rs::GBK.encode(text).0.into_owned());
        assert_eq!(gbk.open().unwrap().encoding(), Some("gb18030"));
    }

    #[test]
    fn bytes_in_no_encoding_name_the_line() {
        let error = Source::bytes("x.csv", b"id,name\n1,a\n2,\xff\xff\n".to_vec()).open().err().unwrap().to_string();
        assert!(error.contains("x.csv") && error.contains("line 3") && error.contains("UTF-8"), "{error}");
    }

    #[test]
    fn empty_and_header_only_files_are_told_apart_and_refused() {
        assert!(matches!(csv("").open(), Err(ExchangeError::Empty { .. })));
        assert!(matches!(csv("\n\n").open(), Err(ExchangeError::Empty { .. })));
        assert!(matches!(csv("id,sex\n").open(), Err(ExchangeError::HeaderOnly { row: 1, .. })));
        assert!(matches!(csv("id,sex\n,\n").open(), Err(ExchangeError::HeaderOnly { row: 1, .. })));
    }

    #[test]
    fn title_rows_above_the_header_are_passed_over() {
        let table = csv("河南省病例一览表,,\n填报单位:疾控中心,,\n编号,性别,年龄\n1,男,30\n").table().unwrap();
        assert_eq!(table.columns, ["编号", "性别", "年龄"]);
        assert_eq!(table.rows[0].number, 4);
        assert_eq!((table.notices[0].code, table.notices[0].row), (Code::RowsAboveHeader, Some(1)));
    }

    #[test]
    fn columns_of_one_name_are_told_apart_and_listed() {
        let table = csv("id,date,date,\n1,2020-01-01,2020-01-02,x\n").table().unwrap();
        assert_eq!(table.columns, ["id", "date", "date (2)", "column 4"]);
        assert_eq!(table.notices.len(), 1);
        assert_eq!((table.notices[0].row, table.notices[0].code), (Some(1), Code::DuplicateColumn));
    }

    #[test]
    fn rows_without_content_are_counted_apart() {
        let mut reader = csv("id,sex\n,\n1,F\n,\n").open().unwrap();
        assert_eq!(reader.by_ref().count(), 1);
        assert_eq!(reader.blank_rows(), 2);
    }

    #[test]
    fn a_quotation_mark_never_closed_names_its_line() {
        let text = format!("id,note\n1,a\n2,\"{}", "x,y\n".repeat(100_000));
        let error = csv(&text).table().unwrap_err().to_string();
        assert!(error.contains("row 3") && error.contains("never closed"), "{error}");
    }

    fn parquet_bytes(rows: i64) -> Vec<u8> {
        let batch = RecordBatch::try_from_iter([
            ("person", Arc::new(StringArray::from_iter_values((0..rows).map(|n| format!("p{n}")))) as ArrayRef),
            ("venue_id", Arc::new(Int64Array::from_iter((0..rows).map(|n| (n % 2 == 0).then_some(n)))) as ArrayRef),
            ("start", Arc::new(TimestampMillisecondArray::from_iter_values((0..rows).map(|n| n * 60_000))) as ArrayRef),
        ])
        .unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn parquet_reads_with_its_types_as_text() {
        let table = Source::bytes("v.parquet", parquet_bytes(20_000)).table().unwrap();
        assert_eq!(table.columns, ["person", "venue_id", "start"]);
        assert_eq!(table.rows.len(), 20_000);
        assert_eq!(table.rows[1].cells, ["p1", "", "1970-01-01T00:01:00"]);
        assert_eq!(table.rows[19_999].number, 20_000);
    }

    #[test]
    fn a_parquet_file_cut_off_names_file_and_remedy() {
        let bytes = parquet_bytes(5_000);
        for length in [8, 100, bytes.len() / 2, bytes.len() - 1] {
            let cut = Source::bytes("visits.parquet", bytes[..length].to_vec()).table();
            let error = cut.unwrap_err().to_string();
            assert!(
                error.contains("visits.parquet") && error.contains("cut off") && error.contains("again"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0usize..4) {
            let magic: &[u8] = [&b""[..], b"PAR1", b"PK\x03\x04", b"\xff\xfe"][magic];
            bytes.splice(0..0, magic.iter().copied());
            let _ = Source::bytes("any", bytes).table();
        }

        #[test]
        fn a_damaged_parquet_file_never_panics(at in 0usize..6_000, byte: u8) {
            let mut bytes = parquet_bytes(500);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Source::bytes("damaged.parquet", bytes).table();
        }
    }

    #[test]
    fn a_path_reads_like_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.csv");
        std::fs::write(&path, "id,sex\n1,F\n").unwrap();
        assert_eq!(Source::path(&path).table().unwrap(), csv("id,sex\n1,F\n").table().unwrap());
        let missing = Source::path(folder.path().join("no.csv")).open().err().unwrap().to_string();
        assert!(missing.contains("no.csv"), "{missing}");
    }
}
