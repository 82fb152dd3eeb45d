//! Generated histories: what is written looks like a collected one, and is the same as one compared look by look.

mod command;
mod same;
mod shape;

use presence_generate::HistoryConfig;
use presence_simulator::OfficeConfig;

use crate::store::database::ACCOUNT;

/// So many extensions over so many days from Monday, 2 November 2026, looked at so often.
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
