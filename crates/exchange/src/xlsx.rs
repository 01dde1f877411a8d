//! Excel workbooks: the guard before opening one, merged cells, the header over two rows.

use std::io::{Read, Seek};

use calamine::{DataRef, Dimensions, Reader, Xlsx};

use crate::error::ExchangeError;
use crate::table::Row;

/// A workbook that unpacks to more than this, in bytes, is not opened.
const UNPACKED_AT_MOST_BYTES: u64 = 200 << 20;
const ENTRIES_AT_MOST: usize = 1_000;
/// How many times larger it may become by unpacking.
const RATIO_AT_MOST: u64 = 100;
/// Cells held at once; a sheet of this many is a database and comes as CSV.
const CELLS_AT_MOST: usize = 8_000_000;
/// Excel's own limit is 16,384; a table with more columns than this is a stray cell.
const COLUMNS_AT_MOST: u32 = 2_000;

/// A sheet as dense rows, merged cells filled in.
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The names of the other sheets with content.
    pub others: Vec<String>,
    /// Its rows, from the first to the last with content.
    pub rows: Vec<Row>,
    merged: Vec<Dimensions>,
}

/// Reads one sheet: the one named, otherwise the first with content.
pub fn read<R: Read + Seek>(file: &str, mut reader: R, wanted: Option<&str>) -> Result<Sheet, ExchangeError> {
    guard(file, &mut reader)?;
    let broken = |problem: String| ExchangeError::Xlsx { file: file.to_owned(), problem };
    reader.rewind().map_err(|error| broken(error.to_string()))?;
    let mut book: Xlsx<R> = Xlsx::new(reader).map_err(|error| broken(error.to_string()))?;
    let names = book.sheet_names();
    if let Some(wanted) = wanted
        && !names.iter().any(|name| name == wanted)
    {
        return Err(broken(format!("no sheet {wanted:?}; the sheets are: {}", names.join(", "))));
    }
    let mut sheet: Option<Sheet> = None;
    for name in names {
        if wanted.is_some_and(|wanted| wanted != name) {
            continue;
        }
        if let Some(sheet) = &mut sheet {
            let mut cells = book.worksheet_cells_reader(&name).map_err(|error| broken(error.to_string()))?;
            if matches!(cells.next_cell(), Ok(Some(_))) {
                sheet.others.push(name);
            }
            continue;
        }
        let merged = book.merge_cells_by_sheet_name(&name).map_err(|error| broken(error.to_string()))?;
        let rows = rows(file, &mut book, &name)?;
        if !rows.is_empty() {
            let mut filled = Sheet { name, others: Vec::new(), rows, merged };
            if !filled.fill_merged() {
                return Err(broken(format!("sheet {:?} has merged cells that overlap; unmerge them", filled.name)));
            }
            sheet = Some(filled);
        }
    }
    sheet.ok_or_else(|| ExchangeError::Empty { file: file.to_owned() })
}

/// Unpacks every entry into nothing, counting: what the directory declares could be a lie.
fn guard<R: Read + Seek>(file: &str, reader: &mut R) -> Result<(), ExchangeError> {
    let broken =
        |error: zip::result::ZipError| ExchangeError::Xlsx { file: file.to_owned(), problem: error.to_string() };
    let bomb = |problem| ExchangeError::XlsxBomb { file: file.to_owned(), problem };
    let mut archive = zip::ZipArchive::new(reader).map_err(broken)?;
    if archive.len() > ENTRIES_AT_MOST {
        return Err(bomb(format!("{} entries, at most {ENTRIES_AT_MOST} are opened", archive.len())));
    }
    let too_large = || bomb(format!("it unpacks to more than {} MiB", UNPACKED_AT_MOST_BYTES >> 20));
    let (mut packed, mut declared) = (0u64, 0u64);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(broken)?;
        packed = packed.saturating_add(entry.compressed_size());
        declared = declared.saturating_add(entry.size());
    }
    let too_dense = |unpacked: u64| {
        bomb(format!("it unpacks to {} times its size, at most {RATIO_AT_MOST} is opened", unpacked / packed.max(1)))
    };
    if declared > UNPACKED_AT_MOST_BYTES {
        return Err(too_large());
    }
    if declared > packed.saturating_mul(RATIO_AT_MOST) {
        return Err(too_dense(declared));
    }
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let left = UNPACKED_AT_MOST_BYTES + 1 - unpacked;
        unpacked += std::io::copy(&mut entry.take(left), &mut std::io::sink())
            .map_err(|error| ExchangeError::Xlsx { file: file.to_owned(), problem: error.to_string() })?;
        if unpacked > UNPACKED_AT_MOST_BYTES {
            return Err(too_large());
        }
    }
    if unpacked > packed.saturating_mul(RATIO_AT_MOST) { Err(too_dense(unpacked)) } else { Ok(()) }
}

fn rows<R: Read + Seek>(file: &str, book: &mut Xlsx<R>, name: &str) -> Result<Vec<Row>, ExchangeError> {
    let broken = |problem: String| ExchangeError::Xlsx { file: file.to_owned(), problem };
    let mut reader = book.worksheet_cells_reader(name).map_err(|error| broken(error.to_string()))?;
    let mut rows: Vec<Row> = Vec::new();
    let (mut width, mut count) = (0, 0);
    while let Some(cell) = reader.next_cell().map_err(|error| broken(error.to_string()))? {
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        if text.is_empty() {
            continue;
        }
        count += 1;
        if column >= COLUMNS_AT_MOST || count > CELLS_AT_MOST {
            let at = format!("sheet {name:?} has content in row {}, column {}", row + 1, column + 1);
            return Err(broken(format!("{at}, beyond what a table holds; remove stray cells or save it as CSV")));
        }
        if rows.last().is_none_or(|last| last.number != u64::from(row) + 1) {
            rows.push(Row { number: u64::from(row) + 1, cells: Vec::new(), swallows_rows: false });
        }
        let column = column as usize;
        width = width.max(column + 1);
        if let Some(last) = rows.last_mut() {
            last.cells.resize(last.cells.len().max(column + 1), String::new());
            last.cells[column] = text;
        }
    }
    rows.sort_by_key(|row| row.number);
    if rows.len().saturating_mul(width) > CELLS_AT_MOST {
        return Err(broken(format!("sheet {name:?} is {} rows by {width} columns; save it as CSV", rows.len())));
    }
    rows.iter_mut().for_each(|row| row.cells.resize(width, String::new()));
    Ok(rows)
}

/// A cell as text: dates in ISO form, whole numbers without a point.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // Excel keeps fifteen digits; a longer number has lost its end and must not pass for an id number.
        DataRef::Float(number) if number.abs() >= 1e15 => format!("{number:E}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => moment.as_f64().to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (moment.as_f64() < 1.0, (hour, minute, second)) {
                (true, _) => format!("{hour:02}:{minute:02}:{second:02}"),
                (false, (0, 0, 0)) => format!("{year:04}-{month:02}-{day:02}"),
                (false, _) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::Error(error) => error.to_string(),
    }
}

impl Sheet {
    /// Gives every cell of a merged region the value that a person sees there, unless the region is a title
    /// across the sheet. False when regions overlap, which Excel does not write and which could take for ever.
    fn fill_merged(&mut self) -> bool {
        let width = self.rows.first().map_or(0, |row| row.cells.len());
        let mut left_to_visit = self.rows.len() * width;
        for region in &self.merged {
            let (top, left) = (u64::from(region.start.0) + 1, region.start.1 as usize);
            let (bottom, right) = (u64::from(region.end.0) + 1, region.end.1 as usize);
            let Some(from) = self.at(top) else { continue };
            let Some(value) = self.rows[from].cells.get(left).cloned() else { continue };
            if value.is_empty() || self.is_title(region) {
                continue;
            }
            for row in self.rows[from..].iter_mut().take_while(|row| row.number <= bottom) {
                for cell in row.cells.iter_mut().take(right + 1).skip(left) {
                    let Some(fewer) = left_to_visit.checked_sub(1) else { return false };
                    left_to_visit = fewer;
                    if cell.is_empty() {
                        cell.clone_from(&value);
                    }
                }
            }
        }
        true
    }

    /// The position of the row of that number, when it has content.
    fn at(&self, number: u64) -> Option<usize> {
        self.rows.binary_search_by_key(&number, |row| row.number).ok()
    }

    fn is_title(&self, region: &Dimensions) -> bool {
        let width = self.rows.first().map_or(0, |row| row.cells.len());
        let spanned = (region.end.1 - region.start.1) as usize + 1;
        let top = u64::from(region.start.0) + 1;
        let outside = |row: &Row| {
            row.cells.iter().enumerate().any(|(column, cell)| {
                !cell.is_empty() && !(region.start.1 as usize..=region.end.1 as usize).contains(&column)
            })
        };
        spanned > 1 && (spanned >= width || !self.at(top).is_some_and(|at| outside(&self.rows[at])))
    }

    /// The columns' names when the header is at `position`, and the header's first and last rows. A header over
    /// several rows, known by its merged cells, is flattened to `上级 / 下级`.
    pub fn header(&self, position: usize) -> (Vec<String>, usize, usize) {
        let (mut first, mut last) = (position, position);
        for region in self.merged.iter().filter(|region| !self.is_title(region)) {
            let (top, bottom) = (u64::from(region.start.0) + 1, u64::from(region.end.0) + 1);
            let header = self.rows[position].number;
            if top <= header && header <= bottom {
                first = first.min(self.at(top).unwrap_or(first));
                last = last.max(self.at(bottom).unwrap_or(last));
            }
            let grouping = region.end.1 > region.start.1;
            if grouping && bottom + 1 == header {
                first = first.min(self.at(top).unwrap_or(first));
            }
            if grouping && top == header {
                last = last.max(self.at(bottom + 1).unwrap_or(last));
            }
        }
        let width = self.rows[position].cells.len();
        let name = |column: usize| {
            let mut parts: Vec<&str> = Vec::new();
            for row in &self.rows[first..=last] {
                let part = row.cells[column].as_str();
                if !part.is_empty() && parts.last() != Some(&part) {
                    parts.push(part);
                }
            }
            parts.join(" / ")
        };
        ((0..width).map(name).collect(), first, last)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;
    use crate::problem::Code;
    use crate::table::Source;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    fn book(fill: impl FnOnce(&mut Workbook)) -> Source {
        let mut workbook = Workbook::new();
        fill(&mut workbook);
        Source::bytes("cases.xlsx", workbook.save_to_buffer().unwrap())
    }

    #[test]
    fn cells_read_as_a_person_sees_them_with_the_sheet_row() {
        let table = book(|book| {
            let sheet = book.add_worksheet();
            sheet.write_row(0, 0, ["编号", "发病日期", "采样时间", "年龄", "身份证号"]).unwrap();
            sheet.write(1, 0, "A1").unwrap();
            let day = Format::new().set_num_format("yyyy/m/d");
            let moment = Format::new().set_num_format("yyyy/m/d h:mm");
            sheet.write_with_format(1, 1, ExcelDateTime::from_ymd(2020, 1, 15).unwrap(), &day).unwrap();
            let sampled = ExcelDateTime::from_ymd(2020, 1, 16).unwrap().and_hms(14, 30, 0).unwrap();
            sheet.write_with_format(1, 2, &sampled, &moment).unwrap();
            sheet.write(1, 3, 30).unwrap();
            sheet.write(1, 4, 410_102_199_001_011_234i64 as f64).unwrap();
        })
        .table()
        .unwrap();
        assert_eq!(table.rows[0].number, 2);
        assert_eq!(table.rows[0].cells[..4], ["A1", "2020-01-15", "2020-01-16 14:30:00", "30"]);
        assert!(table.rows[0].cells[4].contains("E17"), "a rounded id number must not look whole");
    }

    #[test]
    fn a_merged_title_and_a_header_over_two_rows_are_flattened() {
        let plain = Format::new();
        let table = book(|book| {
            let sheet = book.add_worksheet();
            sheet.merge_range(0, 0, 0, 4, "密切接触者登记表", &plain).unwrap();
            sheet.merge_range(1, 0, 2, 0, "编号", &plain).unwrap();
            sheet.merge_range(1, 1, 1, 2, "末次接触", &plain).unwrap();
            sheet.merge_range(1, 3, 1, 4, "联系方式", &plain).unwrap();
            sheet.write_row(2, 1, ["日期", "地点", "手机号", "住址"]).unwrap();
            sheet.write_row(3, 0, ["1", "2020-01-15", "市场", "13800000000", "某路"]).unwrap();
        })
        .table()
        .unwrap();
        assert_eq!(
            table.columns,
            ["编号", "末次接触 / 日期", "末次接触 / 地点", "联系方式 / 手机号", "联系方式 / 住址"]
        );
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].number, 4);
    }

    #[test]
    fn a_merged_cell_among_the_rows_holds_for_each_of_them() {
        let table = book(|book| {
            let sheet = book.add_worksheet();
            sheet.write_row(0, 0, ["住址", "姓名"]).unwrap();
            sheet.merge_range(1, 0, 2, 0, "某小区1号", &Format::new()).unwrap();
            sheet.write(1, 1, "甲").unwrap();
            sheet.write(2, 1, "乙").unwrap();
        })
        .table()
        .unwrap();
        assert_eq!(table.rows[1].cells, ["某小区1号", "乙"]);
    }

    #[test]
    fn further_sheets_with_content_are_named() {
        let source = book(|book| {
            book.add_worksheet().set_name("空").unwrap();
            book.add_worksheet().set_name("一月").unwrap().write_column(0, 0, ["id", "1"]).unwrap();
            book.add_worksheet().set_name("二月").unwrap().write_column(0, 0, ["id", "2"]).unwrap();
        });
        let table = source.table().unwrap();
        assert_eq!(table.rows[0].cells, ["1"]);
        assert_eq!(table.notices[0].code, Code::OtherSheets);
        assert_eq!(table.notices[0].value, "二月");
        assert_eq!(source.clone().with_sheet("二月").table().unwrap().rows[0].cells, ["2"]);
        assert!(source.with_sheet("三月").table().unwrap_err().to_string().contains("一月"));
    }

    fn archive(entries: impl IntoIterator<Item = (String, Vec<u8>)>) -> Source {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, content) in entries {
            writer.start_file(name, options).unwrap();
            writer.write_all(&content).unwrap();
        }
        Source::bytes("bomb.xlsx", writer.finish().unwrap().into_inner())
    }

    fn refused(source: &Source) -> String {
        let error = source.open().err().expect("a bomb must not open");
        assert!(matches!(error, ExchangeError::XlsxBomb { .. }), "{error}");
        error.to_string()
    }

    #[test]
    fn bombs_are_refused_unopened() {
        let dense = archive([("xl/worksheets/sheet1.xml".into(), vec![b' '; 20 << 20])]);
        assert!(refused(&dense).contains("times its size"));
        let many = archive((0..1_001).map(|n| (format!("xl/{n}.xml"), vec![b'x'])));
        assert!(refused(&many).contains("1001 entries"));
        let large = archive((0..5).map(|n| (format!("xl/{n}.xml"), vec![b' '; 45 << 20])));
        assert!(refused(&large).contains("200 MiB"));
    }

    #[test]
    fn a_bomb_that_lies_about_its_size_is_still_refused() {
        let mut honest = zipped(vec![b' '; 30 << 20]);
        assert!(refused(&Source::bytes("bomb.xlsx", honest.clone())).contains("times its size"));
        let size = (30u32 << 20).to_le_bytes();
        let lie = 1000u32.to_le_bytes();
        for at in 0..honest.len() - 4 {
            if honest[at..at + 4] == size {
                honest[at..at + 4].copy_from_slice(&lie);
            }
        }
        assert!(Source::bytes("bomb.xlsx", honest).open().is_err());
    }

    fn zipped(content: Vec<u8>) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("a.xml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_cell_far_out_does_not_fill_the_memory() {
        let source = book(|book| {
            let sheet = book.add_worksheet();
            sheet.write(0, 0, "id").unwrap();
            sheet.write(1_048_575, 16_383, "x").unwrap();
        });
        let error = source.open().err().unwrap().to_string();
        assert!(error.contains("row 1048576") && error.contains("stray"), "{error}");
    }

    #[test]
    fn what_is_no_workbook_says_so() {
        let zip = archive([("readme.txt".into(), b"hello".to_vec())]);
        assert!(zip.open().err().unwrap().to_string().contains("Excel workbook"));
        let old = Source::bytes("old.xls", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        assert!(matches!(old.open(), Err(ExchangeError::OldXls { .. })));
    }
}
