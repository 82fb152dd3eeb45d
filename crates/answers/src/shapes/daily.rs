//! `daily`: what an update of the daily table came to.

use serde::Serialize;

use presence_model::daily::LocalDate;
use presence_model::ids::AccountId;
use presence_reading::daily::DailyUpdate;

use super::common::{Text, Time};

/// What was written into the daily table of one facet.
#[derive(Clone, Debug, Serialize)]
pub struct DailyUpdateShape {
    /// Whose history.
    pub account_id: Text<AccountId>,
    /// Which facet.
    pub facet: &'static str,
    /// The first local date that was written; `null` if nothing was.
    pub from: Option<Text<LocalDate>>,
    /// The last local date that was written.
    pub to: Option<Text<LocalDate>>,
    /// Local days, each once for every extension that existed on it.
    pub days: i64,
    /// How many of these may still change by what is recorded later.
    pub open_days: i64,
    /// Rows.
    pub rows: i64,
    /// When the next local day of anybody ends; `null` for an empty history.
    pub next_at: Option<Time>,
}

impl From<DailyUpdate> for DailyUpdateShape {
    fn from(update: DailyUpdate) -> Self {
        Self {
            account_id: Text(update.account_id),
            facet: update.facet.name(),
            from: update.from.map(Text),
            to: update.to.map(Text),
            days: update.days,
            open_days: update.open_days,
            rows: update.rows,
            next_at: update.next_at.map(Text),
        }
    }
}
