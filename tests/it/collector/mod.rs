//! The collector: with a platform that follows a script, and with the simulated one.

mod away;
mod case;
mod clocks;
mod directory;
mod faults;
mod leases;
mod loops;
mod once;
mod packing;
mod queues;
mod scripted;
mod simulated;
mod sweeps;

use presence_model::ids::AccountId;
use presence_model::time::Timestamp;

const ACCOUNT: AccountId = AccountId(37_439_510);
/// Monday, 2 November 2026, 14:00 UTC.
const START_MS: i64 = 1_793_628_000_000;
const MINUTE_MS: i64 = 60_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).expect("a moment of this century")
}
