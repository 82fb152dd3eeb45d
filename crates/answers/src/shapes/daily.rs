//! `daily`: what an update of the daily table came to.

use serde::Serialize;

use presence_core::model::daily::{DailyBatch, LocalDate};
use presence_core::model::facet::Facet;
use presence_core::model::ids::AccountId;

use super::common::{Text, Time};

/// What was written into the daily table of one facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DailyUpdate {
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

impl DailyUpdate {
    /// Nothing yet.
    pub fn new(account_id: AccountId, facet: Facet) -> Self {
        Self {
            account_id: Text(account_id),
            facet: facet.name(),
            from: None,
            to: None,
            days: 0,
            open_days: 0,
            rows: 0,
            next_at: None,
        }
    }

    /// Counts a batch in.
    pub fn count(&mut self, batch: &DailyBatch) {
        let mut days: Vec<_> = batch
            .amounts
            .iter()
            .map(|amount| (amount.extension_id, amount.date))
            .collect();
        days.dedup();
        let is_open = |(id, date)| {
            let mut series = batch.series.iter();
            series.any(|one| one.extension_id == id && one.final_before <= date)
        };
        let open = days.iter().filter(|day| is_open(**day));
        self.open_days += i64::try_from(open.count()).unwrap_or(i64::MAX);
        self.days += i64::try_from(days.len()).unwrap_or(i64::MAX);
        self.rows += i64::try_from(batch.amounts.len()).unwrap_or(i64::MAX);
        for (_, date) in days {
            let least = self.from.map_or(date, |from| from.0.min(date));
            let most = self.to.map_or(date, |to| to.0.max(date));
            (self.from, self.to) = (Some(Text(least)), Some(Text(most)));
        }
    }
}
