//! What is known of a case, apart from who infected it.

use facts::Date;

use crate::evidence::Evidence;

/// Days, both ends included; an end that is not known is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl Period {
    /// From one day to another.
    pub fn new(from: Option<Date>, until: Option<Date>) -> Self {
        Self { from, until }
    }

    /// One day.
    pub fn day(day: Date) -> Self {
        Self { from: Some(day), until: Some(day) }
    }

    /// Whether neither end is known.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

/// Where someone lives, in metres from any one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// To the east.
    pub east_metres: f64,
    /// To the north.
    pub north_metres: f64,
}

/// A case, and whoever is sought as its source.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseInfo<K> {
    /// Its name for the caller; a number, a [`facts::CaseId`], a text.
    pub id: K,
    /// The day of onset, or the days between which it lies; more than sixty are as good as none.
    pub onset: Option<Period>,
    /// The first day on which the illness or infection showed: specimen, diagnosis, report. Stands in where
    /// no onset is known.
    pub found: Option<Date>,
    /// When the case was exposed to whoever infected it, where that is known: a stay, a visit, a last contact.
    pub exposed: Option<Period>,
    /// The last day on which the case could infect anyone: isolation, recovery, death.
    pub infectious_until: Option<Date>,
    /// When the case was where it could be infected from outside: a journey until the arrival, work at a port.
    /// An open period is such a history without dates.
    pub import: Option<Period>,
    /// What it shares with others: the number of its household, class, ward and so on.
    pub shared: Vec<(Evidence, u64)>,
    /// Where it lives.
    pub position: Option<Position>,
}

impl<K> CaseInfo<K> {
    /// A case of whom nothing is known yet.
    pub fn new(id: K) -> Self {
        Self {
            id,
            onset: None,
            found: None,
            exposed: None,
            infectious_until: None,
            import: None,
            shared: Vec::new(),
            position: None,
        }
    }

    /// With onset on a day.
    pub fn with_onset(self, day: Date) -> Self {
        Self { onset: Some(Period::day(day)), ..self }
    }
}

/// Something between two cases. Which of the two infected the other is for the days to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Link<K> {
    /// One of the two.
    pub a: K,
    /// The other.
    pub b: K,
    /// What it is.
    pub evidence: Evidence,
    /// How strong it is, from 0 to 1, relative to one household; [`Evidence::strength`] unless something
    /// better is known, such as the score of a contact.
    pub strength: f64,
    /// When they were together; open when not known.
    pub period: Period,
}
