//! Engines against the definition, under every table of rules.

use bench::arrays::Arrays;
use bench::chance::draw;
use bench::city::{DAY_MINUTES, DAYS, FIRST_MINUTE};
use bench::{Case, City, DayVisits, Engine, RuleTable, naive};

fn all_days(city: &City) -> DayVisits {
    let mut visits = DayVisits::default();
    (0..DAYS).for_each(|day| city.fill(day, 0..city.units(), &mut visits));
    visits
}

fn cases(city: &City, count: usize) -> Vec<Case> {
    let window = |person: u32| {
        let bits = draw(1, u64::from(person), 0);
        let from_minute = FIRST_MINUTE + (bits % 10_000) as i64;
        Case { person, from_minute, until_minute: from_minute + 600 + (bits >> 32) as i64 % (5 * DAY_MINUTES) }
    };
    let people = city.ordinary_people(count, 1).into_iter().chain(city.hall_workers(5, 1));
    people.map(window).collect()
}

#[test]
fn arrays_find_exactly_whom_the_definition_finds() {
    let city = City::new(11, 10_000);
    let visits = all_days(&city);
    let arrays = Arrays::build(&city);
    for table in RuleTable::all().unwrap() {
        let mut tracer = arrays.tracer(&table).unwrap();
        let rules = table.by_unit(&city);
        let mut met = 0;
        for case in cases(&city, 25) {
            let expected = naive::both_rings(&visits, &rules, case);
            let mut found = tracer.both_rings(case);
            found.first.sort_unstable();
            found.second.sort_unstable();
            met += found.second.len();
            assert_eq!((found.first, found.second), expected, "{}: {case:?}", table.name);
        }
        assert!(met > 0, "{} finds no second ring at all", table.name);
    }
}
