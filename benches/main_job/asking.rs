//! Questions: a month's report, and everybody's state at a moment.

use std::path::Path;
use std::sync::Arc;

use presence_answers::ask::{self, Context, ReportQuestion, Types, ZoneChoice};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::zone::Zone;
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_model::state::{Interner, Presence};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::{Durability, OpenMode, ReadStore, SqliteStore, Store};

use super::office::{ACCOUNT, START_MS};
use super::recording::open;
use super::usage::Cost;

const EXTENSIONS: i64 = 1_000;
/// One sweep every five minutes, so that a month is made in less than a minute.
const SWEEPS_A_DAY: i64 = 288;
const STEP_MS: i64 = 300_000;
/// Forty changes a day of each extension, a sixth of the extensions at a time.
const CHANGED_ONE_IN: i64 = 7;
const STATUSES: [&str; 4] = ["Available", "Busy", "Offline", "Available"];

/// How often each question is asked; the first answer does not count.
const ROUNDS: u32 = 3;

/// What a question cost.
pub(crate) struct Answered {
    /// Of one answer, the store open already.
    pub(crate) each: Cost,
    /// How many rows it has.
    pub(crate) rows: usize,
}

/// Everybody's state at a moment half-way through the history at `path`, whose last sweep was at `last_at`.
pub(crate) async fn at(path: &Path, last_at: Timestamp) -> Answered {
    let store = read(path).await;
    let moment = Timestamp::saturating_from_ms(i64::midpoint(START_MS, last_at.as_ms()));
    let ask = async || {
        let context = Context::new(&store, AccountId(ACCOUNT), last_at).await;
        let context = context.expect("the store can be read");
        let entries = ask::at(&context, moment).await;
        entries.expect("it has an answer").len()
    };
    let answered = repeat(ask).await;
    store.close().await;
    answered
}

/// A month of a thousand extensions and what reports over it cost.
pub(crate) struct Month {
    /// How many events the month has.
    pub(crate) event_count: i64,
    /// A row for each extension.
    pub(crate) by_extension: Answered,
    /// A row for each extension and day.
    pub(crate) by_extension_and_day: Answered,
}

/// Makes a month of history at `path` and asks for reports over it.
pub(crate) async fn month(path: &Path, days: i64) -> Month {
    record_month(path, days).await;
    let store = read(path).await;
    let to = Timestamp::saturating_from_ms(START_MS + days * SWEEPS_A_DAY * STEP_MS);
    let end = store
        .read()
        .await
        .expect("it reads")
        .log_end(AccountId(ACCOUNT))
        .await;
    let month = Month {
        event_count: end.expect("the store can be read").position.0,
        by_extension: report(&store, to, Bucket::Range).await,
        by_extension_and_day: report(&store, to, Bucket::Day).await,
    };
    store.close().await;
    month
}

async fn report(store: &SqliteStore, to: Timestamp, bucket: Bucket) -> Answered {
    let question = ReportQuestion {
        window: TimeRange::new(Timestamp::saturating_from_ms(START_MS), to)
            .expect("a month is long"),
        criterion: Facet::PresenceStatus.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket,
        hours: None.into(),
        absence: None,
        zone: ZoneChoice::Named(Zone::named("Europe/Berlin").expect("it is a zone")),
        types: Types::People,
        extensions: None,
        group_filter: GroupFilter::default(),
    };
    repeat(async || {
        let context = Context::new(store, AccountId(ACCOUNT), to).await;
        let context = context.expect("the store can be read");
        let report = ask::report(&context, &question).await;
        report.expect("it has an answer").rows.len()
    })
    .await
}

async fn repeat(ask: impl AsyncFn() -> usize) -> Answered {
    let mut rows = ask().await;
    let mut total = Cost::default();
    for _ in 0..ROUNDS {
        let (cost, answered) = Cost::of_all(ask()).await;
        rows = answered;
        total = total + cost;
    }
    Answered {
        each: total / ROUNDS,
        rows,
    }
}

async fn record_month(path: &Path, days: i64) {
    let store: Arc<dyn Store> = Arc::new(open(path).await);
    let recorder = Recorder::open(
        store.clone(),
        AccountId(ACCOUNT),
        None,
        FlushAt::MANY_SWEEPS,
    );
    let mut recorder = recorder.await.expect("the store is empty");
    let mut interner = Interner::default();
    for sweep_no in 0..=days * SWEEPS_A_DAY {
        let sweep = sweep(sweep_no, &mut interner);
        let at = sweep.finished_at;
        let outcome = recorder.record(sweep, at).await;
        outcome.expect("sweeps run forward");
    }
    let end = Timestamp::saturating_from_ms(START_MS + days * SWEEPS_A_DAY * STEP_MS);
    recorder.flush(end).await.expect("it can be written");
    store.close().await;
}

/// A sweep in which every extension has changed as often as its turn has come.
fn sweep(sweep_no: i64, interner: &mut Interner) -> Sweep {
    let at = Timestamp::saturating_from_ms(START_MS + sweep_no * STEP_MS);
    let mut observe = |index: i64| {
        let turns = (sweep_no + index * 5) / CHANGED_ONE_IN;
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some(STATUSES[usize::try_from(turns % 4).expect("it is small")]);
        values[2] = Some(if turns % 3 == 0 {
            "CallConnected"
        } else {
            "NoCall"
        });
        Observation {
            extension_id: ExtensionId(1_000_000 + index),
            extension_number: Some(interner.text(&(10_000 + index).to_string())),
            requested_at: at,
            received_at: at,
            presence: Presence {
                state: interner.state(&values),
                message: None,
            },
        }
    };
    Sweep {
        account_id: AccountId(ACCOUNT),
        source: Source::Import,
        status: SweepStatus::Complete,
        started_at: at,
        finished_at: at,
        valid_for_ms: 3 * STEP_MS,
        expected_count: None,
        observations: (0..EXTENSIONS).map(&mut observe).collect(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: format!("bench:{sweep_no}"),
        detail: None,
    }
}

async fn read(path: &Path) -> SqliteStore {
    let location = path.to_str().expect("the temporary folder's name is text");
    SqliteStore::open(location, OpenMode::ReadOnly, Durability::PowerLoss)
        .await
        .expect("the store can be read")
}
