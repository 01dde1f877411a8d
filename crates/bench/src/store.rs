//! A city's visits as files: one Parquet file a day, in the columns of Firebreak's visit batches.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt16Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, TimestampMicrosecondArray, UInt16Array, UInt64Array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::city::{self, City, DAYS, DayVisits};
use crate::error::BenchError;

/// Rows of a row group: what DuckDB's own tables use, so that it can skip as finely here as there.
const GROUP_ROWS: usize = 122_880;
const MICROSECONDS_PER_MINUTE: i64 = 60_000_000;

/// What a folder of files holds; a folder whose manifest says the same is used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The generator's version.
    pub version: u32,
    /// The city's seed.
    pub seed: u64,
    /// How many visits were asked for.
    pub asked: u64,
    /// How many there are.
    pub visits: u64,
    /// How many people.
    pub people: u32,
    /// How many units.
    pub units: u32,
    /// Bytes of all files together.
    pub bytes: u64,
}

/// A folder of a city's files.
pub struct Store {
    folder: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// Whether the files were there already.
    pub reused: bool,
}

impl Store {
    /// Writes a city's files below `folder`, or finds them there.
    pub fn open(folder: &Path, city: &City, asked: u64) -> Result<Self, BenchError> {
        let folder = folder.join(format!("visits-{asked}-seed-{}", city.seed()));
        let path = folder.join("manifest.json");
        let known: Option<Manifest> = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(manifest) = known.filter(|known| known.version == city::VERSION && known.seed == city.seed()) {
            return Ok(Self { folder, manifest, reused: true });
        }
        std::fs::create_dir_all(&folder).map_err(|problem| BenchError::file(&folder, problem))?;
        let mut store = Self {
            folder,
            manifest: Manifest {
                version: city::VERSION,
                seed: city.seed(),
                asked,
                visits: 0,
                people: city.people(),
                units: city.units(),
                bytes: 0,
            },
            reused: false,
        };
        store.write(city)?;
        let text = serde_json::to_vec_pretty(&store.manifest).map_err(|problem| BenchError::file(&path, problem))?;
        std::fs::write(&path, text).map_err(|problem| BenchError::file(&path, problem))?;
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a day, from 0.
    pub fn day_file(&self, day: u32) -> PathBuf {
        self.folder.join(format!("day-{day:02}.parquet"))
    }

    /// Writes the days, as many at once as there are cores.
    fn write(&mut self, city: &City) -> Result<(), BenchError> {
        let parts = city.parts(GROUP_ROWS as u32);
        let (next, visits) = (AtomicU32::new(0), AtomicU64::new(0));
        let work = || -> Result<(), BenchError> {
            loop {
                let day = next.fetch_add(1, Ordering::Relaxed);
                if day >= DAYS {
                    return Ok(());
                }
                visits.fetch_add(self.write_day(city, day, &parts)?, Ordering::Relaxed);
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            // A worker that panicked has said so itself.
            workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Ok(())))
        })?;
        self.manifest.visits = visits.into_inner();
        for day in 0..DAYS {
            let path = self.day_file(day);
            self.manifest.bytes += path.metadata().map_err(|problem| BenchError::file(&path, problem))?.len();
        }
        Ok(())
    }

    fn write_day(&self, city: &City, day: u32, parts: &[std::ops::Range<u32>]) -> Result<u64, BenchError> {
        let path = self.day_file(day);
        let failed = |problem: &dyn std::fmt::Display| BenchError::file(&path, problem);
        let file = File::create(&path).map_err(|problem| failed(&problem))?;
        let properties = WriterProperties::builder()
            .set_created_by("firebreak".to_owned())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(|problem| failed(&problem))?))
            .build();
        let schema = Arc::new(Schema::new(fields()));
        let buffered = std::io::BufWriter::with_capacity(1 << 20, file);
        let mut writer =
            ArrowWriter::try_new(buffered, schema.clone(), Some(properties)).map_err(|problem| failed(&problem))?;
        let mut visits = DayVisits::default();
        let mut count = 0;
        for part in parts {
            visits.clear();
            city.fill(day, part.clone(), &mut visits);
            count += visits.len() as u64;
            let batch = RecordBatch::try_new(schema.clone(), columns(&visits)).map_err(|problem| failed(&problem))?;
            writer.write(&batch).map_err(|problem| failed(&problem))?;
        }
        let mut buffered = writer.into_inner().map_err(|problem| failed(&problem))?;
        buffered.flush().map_err(|problem| failed(&problem))?;
        Ok(count)
    }

    /// Reads the visits of a day back, row group by row group, in the order of the file.
    pub fn read_day(&self, day: u32, mut each: impl FnMut(&DayVisits)) -> Result<(), BenchError> {
        let path = self.day_file(day);
        let failed = |problem: &dyn std::fmt::Display| BenchError::file(&path, problem);
        let file = File::open(&path).map_err(|problem| failed(&problem))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(GROUP_ROWS).build())
            .map_err(|problem| failed(&problem))?;
        let mut visits = DayVisits::default();
        for batch in reader {
            let batch = batch.map_err(|problem| failed(&problem))?;
            visits.clear();
            let ids = |column: usize| batch.column(column).as_primitive::<UInt64Type>().values();
            let times = |column: usize| batch.column(column).as_primitive::<TimestampMicrosecondType>().values();
            visits.person.extend(ids(0).iter().map(|&id| id as u32));
            visits.unit.extend(ids(1).iter().map(|&id| id as u32));
            visits.start_minute.extend(times(2).iter().map(|time| time / MICROSECONDS_PER_MINUTE));
            let lengths = times(2).iter().zip(times(3)).map(|(start, end)| (end - start) / MICROSECONDS_PER_MINUTE);
            visits.minutes.extend(lengths.map(|minutes| minutes as u32));
            let seats = batch.column(4).as_primitive::<UInt16Type>();
            visits.seat_row.extend((0..seats.len()).map(|row| if seats.is_valid(row) { seats.value(row) } else { 0 }));
            each(&visits);
        }
        Ok(())
    }
}

fn fields() -> Vec<Field> {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    vec![
        Field::new("person", DataType::UInt64, false),
        Field::new("unit", DataType::UInt64, false),
        Field::new("start", time(), false),
        Field::new("end", time(), true),
        Field::new("seat_row", DataType::UInt16, true),
    ]
}

fn columns(visits: &DayVisits) -> Vec<ArrayRef> {
    let ids = |ids: &[u32]| Arc::new(UInt64Array::from_iter_values(ids.iter().map(|&id| u64::from(id))));
    let times = |times: &mut dyn Iterator<Item = i64>| {
        let times = times.map(|minute| minute * MICROSECONDS_PER_MINUTE);
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    let ends = visits.start_minute.iter().zip(&visits.minutes).map(|(start, &minutes)| start + i64::from(minutes));
    let seats: UInt16Array = visits.seat_row.iter().map(|&row| (row > 0).then_some(row)).collect();
    vec![
        ids(&visits.person),
        ids(&visits.unit),
        times(&mut visits.start_minute.iter().copied()),
        times(&mut { ends }),
        Arc::new(seats),
    ]
}
