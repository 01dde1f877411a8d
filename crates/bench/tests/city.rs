//! What the generated city is like, and that it is the same each time.

use bench::arrays::Arrays;
use bench::city::{DAY_MINUTES, DAYS, FIRST_MINUTE, LONGEST_MINUTES, VISITS_PER_PERSON};
use bench::{Case, City, DayVisits, Engine, RuleTable, Store};

const WHOLE: (i64, i64) = (FIRST_MINUTE, FIRST_MINUTE + (DAYS as i64 + 1) * DAY_MINUTES);

fn case(person: u32) -> Case {
    Case { person, from_minute: WHOLE.0, until_minute: WHOLE.1 }
}

fn contacts(city: &City, people: &[u32]) -> Vec<usize> {
    let arrays = Arrays::build(city);
    let mut tracer = arrays.tracer(&RuleTable::plain()).unwrap();
    let mut counts: Vec<usize> = people.iter().map(|&person| tracer.first_ring(case(person)).first.len()).collect();
    counts.sort_unstable();
    counts
}

fn mean(counts: &[usize]) -> f64 {
    counts.iter().sum::<usize>() as f64 / counts.len() as f64
}

#[test]
fn the_same_seed_gives_the_same_rows_in_whatever_parts() {
    let city = City::new(5, 100_000);
    let day = city.day(3);
    assert_eq!(day, City::new(5, 100_000).day(3));
    assert_ne!(day, City::new(6, 100_000).day(3));
    let mut in_parts = DayVisits::default();
    city.parts(500).into_iter().for_each(|part| city.fill(3, part, &mut in_parts));
    assert_eq!(day, in_parts);
}

#[test]
fn rows_are_sorted_and_within_their_day_and_bounds() {
    let city = City::new(1, 100_000);
    let mut total = 0;
    for number in 0..DAYS {
        let day = city.day(number);
        total += day.len();
        let keys: Vec<_> = (0..day.len()).map(|row| (day.unit[row], day.start_minute[row], day.person[row])).collect();
        assert!(keys.is_sorted());
        let midnight = FIRST_MINUTE + i64::from(number) * DAY_MINUTES;
        assert!(day.start_minute.iter().all(|start| (midnight..midnight + DAY_MINUTES).contains(start)));
        assert!(day.minutes.iter().all(|minutes| (1..=LONGEST_MINUTES).contains(minutes)));
        assert!(day.person.iter().all(|&person| person < city.people()));
    }
    let per_person = total as f64 / f64::from(city.people());
    assert!((0.95..1.05).contains(&(per_person / VISITS_PER_PERSON)), "{per_person} visits a person");
}

#[test]
fn nobody_is_in_two_units_at_once() {
    let city = City::new(2, 200_000);
    let mut stays = Vec::new();
    for number in 0..DAYS {
        let day = city.day(number);
        let end = |row: usize| day.start_minute[row] + i64::from(day.minutes[row]);
        stays.extend((0..day.len()).map(|row| (day.person[row], day.start_minute[row], end(row), day.unit[row])));
    }
    stays.sort_unstable();
    for pair in stays.windows(2) {
        let [(person, _, end, unit), (next_person, next_start, _, next_unit)] = [pair[0], pair[1]];
        assert!(
            person != next_person || end <= next_start,
            "{:?} until {} and {:?} from {}, of a day",
            city.setting(unit),
            (end - FIRST_MINUTE) % DAY_MINUTES,
            city.setting(next_unit),
            (next_start - FIRST_MINUTE) % DAY_MINUTES
        );
    }
}

/// The median, because a mean is carried by the few who were in the largest halls, of which a small city has none.
#[test]
fn half_of_all_people_meet_about_as_many_at_every_scale() {
    let [small, medium, large] = [100_000, 1_000_000, 10_000_000].map(|visits| {
        let city = City::new(3, visits);
        let met = contacts(&city, &city.ordinary_people(500, 0));
        met[met.len() / 2] as f64
    });
    println!("median of an ordinary person's contacts: {small}, {medium} and {large}");
    assert!((0.9..1.1).contains(&(medium / large)), "{medium} contacts at 10^6, {large} at 10^7");
    // Two thousand people in all meet the same ones again and again, and each counts once.
    assert!((0.7..1.0).contains(&(small / large)), "{small} contacts at 10^5, {large} at 10^7");
    assert!((200.0..300.0).contains(&large), "{large} contacts at 10^7");
}

#[test]
fn sizes_have_a_heavy_tail_and_nights_cross_midnight() {
    let city = City::new(4, 4_000_000);
    let day = city.day(2);
    let mut sizes = vec![0u32; city.units() as usize];
    day.unit.iter().for_each(|&unit| sizes[unit as usize] += 1);
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    let largest = sizes[sizes.len() - 1];
    assert!(median <= 5 && largest > 2_000, "median {median}, largest {largest}");
    let crossing = (0..day.len()).filter(|&row| {
        let start = (day.start_minute[row] - FIRST_MINUTE) % DAY_MINUTES;
        start + i64::from(day.minutes[row]) > DAY_MINUTES
    });
    let share = crossing.count() as f64 / day.len() as f64;
    assert!((0.2..0.35).contains(&share), "{share} of the visits cross midnight");
}

#[test]
fn whoever_works_in_a_large_hall_meets_thousands() {
    let city = City::new(3, 10_000_000);
    let workers = city.hall_workers(50, 0);
    let met = contacts(&city, &workers);
    println!("{} workers meet {:?} to {:?}, mean {}", met.len(), met.first(), met.last(), mean(&met));
    assert!((8_000.0..12_500.0).contains(&mean(&met)), "{}", mean(&met));
}

#[test]
fn files_hold_what_the_city_has() {
    let folder = tempfile::tempdir().unwrap();
    let city = City::new(9, 50_000);
    let store = Store::open(folder.path(), &city, 50_000).unwrap();
    let mut read = DayVisits::default();
    let append = |visits: &DayVisits| {
        read.person.extend(&visits.person);
        read.unit.extend(&visits.unit);
        read.start_minute.extend(&visits.start_minute);
        read.minutes.extend(&visits.minutes);
        read.seat_row.extend(&visits.seat_row);
    };
    store.read_day(5, append).unwrap();
    assert_eq!(read, city.day(5));
    assert!(Store::open(folder.path(), &city, 50_000).unwrap().reused);
}
