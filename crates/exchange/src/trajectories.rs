//! Trajectories: where cases went, as interviews or bulletins tell it, one place a row.

use serde::Serialize;

use crate::dates::Stamp;
use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;

/// One step of somebody's way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrajectoryRow {
    /// Who, by the file's id.
    pub person: Private,
    /// Where, in words.
    pub place: Option<Private>,
    /// The day or moment, or the first of a span.
    pub start: Stamp,
    /// The last day or moment of a span, inclusive as written.
    pub end: Option<Stamp>,
    /// Longitude and latitude in degrees, on whatever datum the file has.
    pub position: Option<(f64, f64)>,
    /// How they travelled.
    pub transport: Option<String>,
    /// What happened there, in short.
    pub event: Option<Private>,
    /// What was said about it.
    pub description: Option<Private>,
}

impl Record for TrajectoryRow {
    const KIND: Kind = Kind::Trajectories;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let person = cells.required("person");
        let (time, until) = (cells.required_period("time"), cells.stamp("until"));
        let (person, time) = (person?, time?);
        let end = until.or(time.end);
        if end.is_some_and(|end| end.precedes(time.start)) {
            cells.reject("until", Code::EndBeforeStart, "an end after the start", "correct the times");
        }
        let position = position(cells, &person);
        Some(Self {
            person: Private(person),
            place: cells.private("place"),
            start: time.start,
            end,
            position,
            transport: cells.text("transport"),
            event: cells.private("event"),
            description: cells.private("description"),
        })
    }
}

/// Reads the position and lists one outside the country, or outside the province that the row or the id states.
fn position(cells: &mut Cells<'_>, person: &str) -> Option<(f64, f64)> {
    let longitude: Option<f64> = cells.number("longitude", "a longitude in degrees");
    let latitude: Option<f64> = cells.number("latitude", "a latitude in degrees");
    let (longitude, latitude) = (longitude?, latitude?);
    let stated = cells.text("province").or_else(|| person.split_once('-').map(|(province, _)| province.to_owned()));
    let home = stated.and_then(|stated| PROVINCES.iter().find(|(name, _)| stated.starts_with(name)));
    let outside = |[west, south, east, north]: [f64; 4]| {
        !(west..=east).contains(&longitude) || !(south..=north).contains(&latitude)
    };
    if outside(CHINA) {
        cells.oddity("longitude", Code::GeocodeOutside, "a position in China; the geocode is outside");
    } else if let Some((name, bounds)) = home
        && outside(*bounds)
    {
        cells.oddity(
            "longitude",
            Code::GeocodeOutside,
            &format!("a position in {name}, or a journey; the geocode is outside"),
        );
    }
    Some((longitude, latitude))
}

/// West, south, east and north, in degrees, rounded outwards to a tenth or more: meant to find geocodes that
/// are far off, and no boundary.
const CHINA: [f64; 4] = [73.4, 3.4, 135.2, 53.6];

const PROVINCES: &[(&str, [f64; 4])] = &[
    ("北京", [115.3, 39.3, 117.6, 41.2]),
    ("天津", [116.6, 38.5, 118.2, 40.3]),
    ("河北", [113.3, 36.0, 120.0, 42.8]),
    ("山西", [110.1, 34.5, 114.7, 40.8]),
    ("内蒙古", [97.0, 37.3, 126.2, 53.5]),
    ("辽宁", [118.7, 38.3, 126.0, 43.6]),
    ("吉林", [121.5, 40.7, 131.5, 46.4]),
    ("黑龙江", [121.0, 43.3, 135.2, 53.6]),
    ("上海", [120.7, 30.5, 122.4, 32.0]),
    ("江苏", [116.2, 30.6, 122.1, 35.2]),
    ("浙江", [117.9, 26.9, 123.2, 31.3]),
    ("安徽", [114.7, 29.2, 119.8, 34.8]),
    ("福建", [115.7, 23.3, 120.9, 28.5]),
    ("江西", [113.4, 24.3, 118.6, 30.2]),
    ("山东", [114.6, 34.2, 123.0, 38.6]),
    ("河南", [110.2, 31.2, 116.8, 36.5]),
    ("湖北", [108.2, 28.9, 116.3, 33.4]),
    ("湖南", [108.6, 24.5, 114.4, 30.3]),
    ("广东", [109.5, 20.0, 117.5, 25.7]),
    ("广西", [104.3, 20.8, 112.2, 26.5]),
    ("海南", [108.4, 3.4, 117.9, 20.3]),
    ("重庆", [105.1, 28.0, 110.4, 32.4]),
    ("四川", [97.2, 25.9, 108.7, 34.5]),
    ("贵州", [103.4, 24.5, 109.8, 29.4]),
    ("云南", [97.4, 21.0, 106.3, 29.4]),
    ("西藏", [78.2, 26.7, 99.3, 36.7]),
    ("陕西", [105.3, 31.5, 111.5, 39.8]),
    ("甘肃", [92.1, 32.4, 109.0, 42.9]),
    ("青海", [89.2, 31.5, 103.3, 39.4]),
    ("宁夏", [104.1, 35.1, 107.9, 39.6]),
    ("新疆", [73.4, 34.2, 96.6, 49.4]),
];

/// Reads trajectories.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<TrajectoryRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::{Fate, Read};

    fn rows(text: &str) -> Vec<Read<TrajectoryRow>> {
        let source = Source::bytes("tracks.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::Trajectories, &table.columns, &table.rows);
        let options = Options { assumed_year: Some(2020), ..Options::default() };
        read(&source, &mapping, &options).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_published_track_reads_with_its_span_and_position() {
        let read = rows(
            "case_uid,time_raw,transport,place,lon,lat,description\n\
            河南省-0001,1月18-20日,私家车,某小区,113.6,34.7,无外出\n",
        );
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!((row.start.date.day(), row.end.unwrap().date.day()), (18, 20));
        assert_eq!(row.position, Some((113.6, 34.7)));
        assert!(read[0].problems.is_empty());
    }

    #[test]
    fn a_geocode_far_off_is_listed_and_the_row_kept() {
        let read = rows(
            "case_uid,time,lon,lat\n河南省-1,1月18日,117.4,36.8\n河南省-1,1月18日,-73.9,40.7\nx,1月18日,117.4,36.8\n",
        );
        assert!(read[0].problems[0].expected.contains("河南"));
        assert!(read[1].problems[0].expected.contains("China"));
        assert!(read[2].problems.is_empty());
        assert!(read.iter().all(|read| matches!(read.fate, Fate::Accepted(_))));
    }

    #[test]
    fn a_day_without_its_month_is_rejected_and_not_taken_from_the_row_before() {
        let read = rows("case_uid,time,place\na,1月18日,x\na,19日,y\na,当晚,z\n");
        assert_eq!(read[1].problems[0].code, Code::BadDate);
        assert_eq!([&read[1].fate, &read[2].fate], [&Fate::Rejected, &Fate::Rejected]);
    }
}
