//! In which order people come.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::error::Problem;
use crate::pages::directory::Entry;
use crate::pages::fields::Fields;
use presence_answers::report::shape::{Report, ReportRow};
use presence_core::query::suggestion::folded;
use presence_model::ids::ExtensionId;
use presence_model::time::Timestamp;
use presence_texts::Texts;

/// The field that says in which order people come.
pub(in crate::pages) const SORT: &str = "sort";

/// The orders, as addresses name them, and the messages with their names; the first is the usual one.
pub(super) const ORDERS: [(&str, &str); 4] = [
    ("", "span-order-team"),
    ("name", "span-order-name"),
    ("share", "span-order-share"),
    ("first", "span-order-first"),
];

/// In which order people come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By team, and in it by extension number.
    Team,
    /// By name.
    Name,
    /// Those first who were in the counted value for the largest part of the time.
    Share,
    /// Those first who were in it first.
    First,
}

impl Order {
    pub(super) fn of(fields: &Fields) -> Result<Self, Problem> {
        match fields.get(SORT) {
            None | Some("team") => Ok(Self::Team),
            Some("name") => Ok(Self::Name),
            Some("share") => Ok(Self::Share),
            Some("first") => Ok(Self::First),
            Some(other) => {
                let told = format!("{other:?} is no order: there are team, name, share and first");
                Err(Problem::parameter(SORT, told))
            }
        }
    }

    /// Puts people in this order, by a report of all of them.
    pub(super) fn sort(self, texts: Texts, people: &mut [&Entry], report: &Report, value: &str) {
        let rows = report.rows.iter().filter_map(|row| {
            let person = row.keys.person.as_ref()?;
            Some((person.extension_id.0, row))
        });
        let rows: BTreeMap<ExtensionId, &ReportRow> = rows.collect();
        let row = |entry: &&Entry| rows.get(&entry.extension_id).copied();
        match self {
            Self::Team => people.sort_by_key(|entry| {
                let team = entry.department.as_deref();
                (team.is_none(), team.map(str::to_owned))
            }),
            Self::Name => people.sort_by_cached_key(|entry| folded(&entry.called(texts))),
            Self::Share => people.sort_by_cached_key(|entry| {
                let share = row(entry).map(|row| {
                    let known_ms = row.scheduled_ms - row.absent_ms - row.unknown_ms;
                    let held_ms = row.values.get(value).map_or(0, |amount| amount.ms);
                    held_ms.saturating_mul(1_000_000) / known_ms.max(1)
                });
                Reverse(share)
            }),
            Self::First => people.sort_by_cached_key(|entry| {
                let first = row(entry).and_then(|row| row.first.get(value));
                first.map_or(Timestamp::MAX, |first| first.at.0)
            }),
        }
    }
}
