//! In which order the rows of the board come.

use crate::error::Problem;
use crate::pages::fields::Fields;
use crate::pages::span::SORT;

/// In which order rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By team, and in it by extension number.
    Team,
    /// By name.
    Name,
    /// By what they are in, the first value first.
    Status,
    /// Those first who have been in it longest.
    Longest,
}

impl Order {
    /// The orders, as addresses name them, and the messages with their names for people; the first is the usual one.
    pub(super) const ALL: [(&'static str, &'static str, Self); 4] = [
        ("team", "board-order-team", Self::Team),
        ("name", "board-order-name", Self::Name),
        ("status", "board-order-status", Self::Status),
        ("longest", "board-order-longest", Self::Longest),
    ];

    pub(super) fn of(fields: &Fields) -> Result<Self, Problem> {
        let Some(wanted) = fields.get(SORT) else {
            return Ok(Self::Team);
        };
        let mut all = Self::ALL.into_iter();
        let found = all.find(|(name, ..)| *name == wanted);
        let names = Self::ALL.map(|(name, ..)| name).join(", ");
        found.map(|(.., order)| order).ok_or_else(|| {
            Problem::parameter(SORT, format!("{wanted:?} is no order: there are {names}"))
        })
    }
}
