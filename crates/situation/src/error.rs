//! What can keep a situation from being derived, and what it could not read.

use facts::{Disease, FactId};

/// A record that cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum SituationError {
    /// A batch that the visit index refuses.
    #[error(transparent)]
    Visits(#[from] visits::VisitError),
    /// A batch came back after it was gone; its rows have to be read again.
    #[error("batch {0} stands again after it was withdrawn; rebuild the situation from the journal")]
    Rebuild(FactId),
}

/// Something that could not be read. It is shown; it reassures nobody and restrains nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A disease has facts and no plan in force: nothing is derived for it.
    NoPlan {
        /// The disease.
        disease: Disease,
    },
    /// A plan in force is not among the plans that this deployment has, or is another text of it.
    PlanNotAtHand {
        /// Its name.
        plan: String,
    },
}
