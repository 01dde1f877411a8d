//! The rows behind a batch fact.

use facts::{ResidentRow, UnitRow, VisitRow};

/// What a batch holds; nothing for any other fact.
#[derive(Debug, Clone, Default)]
pub enum Bulk {
    /// The fact is no batch.
    #[default]
    None,
    /// Who was where.
    Visits(Vec<VisitRow>),
    /// Who was where, and the index that the situation was made with has it.
    Indexed,
    /// The rows of a batch that a fact withdraws, each with its number.
    Withdrawn(Vec<(u32, VisitRow)>),
    /// Who lives where.
    Residents(Vec<ResidentRow>),
    /// What units are.
    Units(Vec<UnitRow>),
}
