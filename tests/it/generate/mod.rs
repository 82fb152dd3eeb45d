//! Generated histories: a generated log looks like a collected one, and equals one that is compared sweep by sweep.

mod command;
mod same;
mod shape;

use presence_generate::HistoryConfig;
use presence_simulator::OfficeConfig;

use crate::store::database::ACCOUNT;

/// This many extensions over this many days from Monday, 2 November 2026, swept at this interval.
fn history(seed: u64, extensions: usize, days: u32, interval_ms: i64) -> HistoryConfig {
    let office = OfficeConfig {
        seed,
        extensions,
        days,
        account_id: ACCOUNT.0,
        ..OfficeConfig::default()
    };
    HistoryConfig {
        interval_ms,
        ..HistoryConfig::new(office)
    }
}
