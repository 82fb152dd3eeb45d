//! The same questions both ways, answers first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use presence_answers::ask::{self, Context, ReportQuestion, Types, ZoneChoice};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::Store;

use super::database::{Connection, Database, Row};
use super::history::{self, ACCOUNT, STEP_MS, Shape};
use super::naive::{self, Author};

/// How often each question is asked each way, by turns.
const ROUNDS: usize = 5;

/// What both ways came to.
pub(crate) struct Compared {
    pub(crate) size: Size,
    pub(crate) questions: Vec<Question>,
}

/// How much room the same sweeps take.
pub(crate) struct Size {
    pub(crate) shape: Shape,
    pub(crate) event_count: u64,
    pub(crate) ours: u64,
    pub(crate) naive: u64,
}

/// How long the same question takes.
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) ours: Duration,
    pub(crate) naive: Duration,
}

struct Asking {
    store: Arc<dyn Store>,
    connection: Connection,
    now: Timestamp,
}

/// A report over everybody, and one person's week.
pub(crate) async fn of_a_month(database: &Database, shape: Shape) -> Compared {
    let (mut asking, size) = prepare(database, shape).await;
    let window = shape.window();
    let sql = naive::report(database.kind, window);
    let report = compare(
        format!(
            "report, {} people, {} days",
            shape.people,
            shape.minutes / 1_440
        ),
        &mut asking,
        &sql,
        async |context| report(context, window).await,
    )
    .await;
    let week = week(window);
    let sql = naive::timeline(database.kind, shape.someone(), week);
    let timeline = compare(
        format!("one person, {} days", week.duration_ms() / 86_400_000),
        &mut asking,
        &sql,
        async |context| timeline(context, shape, week).await,
    )
    .await;
    asking.store.close().await;
    Compared {
        size,
        questions: vec![report, timeline],
    }
}

/// Everybody at a moment.
pub(crate) async fn of_many(database: &Database, shape: Shape) -> Compared {
    let (mut asking, size) = prepare(database, shape).await;
    let moment = Shape::sweep_at(shape.minutes / 2).plus_ms(STEP_MS / 2);
    let mut questions = Vec::new();
    for author in [Author::Plain, Author::Knowing] {
        let sql = naive::at(database.kind, author, moment);
        let name = match author {
            Author::Plain => format!("everybody at a moment, {} people", shape.people),
            Author::Knowing => "the same, rows of the last three minutes only".to_owned(),
        };
        let ask = async |context: &Context| at(context, moment).await;
        questions.push(compare(name, &mut asking, &sql, ask).await);
    }
    asking.store.close().await;
    Compared { size, questions }
}

async fn prepare(database: &Database, shape: Shape) -> (Asking, Size) {
    let store = database.store().await;
    history::record(&store, shape).await;
    let end = store
        .read()
        .await
        .expect("it reads")
        .log_end(ACCOUNT)
        .await
        .expect("it can be read");
    let ours = database.bytes().await;
    let mut connection = database.connect().await;
    naive::make(&mut connection, database.kind).await;
    let size = Size {
        shape,
        event_count: u64::try_from(end.position.0).expect("it is a count"),
        ours,
        naive: database.bytes().await - ours,
    };
    let asking = Asking {
        store,
        connection,
        now: Shape::sweep_at(shape.minutes),
    };
    (asking, size)
}

/// The last seven days of it, or all that there is.
fn week(window: TimeRange) -> TimeRange {
    let from = window.to().plus_ms(-7 * 86_400_000).max(window.from());
    TimeRange::new(from, window.to()).expect("it is as long as the window, or shorter")
}

async fn compare(
    name: String,
    asking: &mut Asking,
    sql: &str,
    ask: impl AsyncFn(&Context) -> Vec<Row>,
) -> Question {
    let mut ours = Vec::new();
    let mut naive = Vec::new();
    for _ in 0..=ROUNDS {
        let started = now();
        let context = Context::new(&*asking.store, ACCOUNT, asking.now).await;
        let answer = ask(&context.expect("the store can be read")).await;
        ours.push(started.elapsed());
        let started = now();
        let expected = asking.connection.rows(sql).await;
        naive.push(started.elapsed());
        assert!(!expected.is_empty(), "{name}: there is an answer");
        assert_eq!(answer, expected, "{name}");
    }
    Question {
        name,
        ours: median(ours),
        naive: median(naive),
    }
}

/// The first one does not count: what it reads is not at hand yet.
fn median(times: Vec<Duration>) -> Duration {
    let mut times = times.into_iter().skip(1).collect::<Vec<_>>();
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

async fn report(context: &Context, window: TimeRange) -> Vec<Row> {
    let question = ReportQuestion {
        window,
        criterion: Facet::PresenceStatus.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket: Bucket::Range,
        hours: None.into(),
        absence: None,
        zone: ZoneChoice::Named(Zone::utc()),
        types: Types::People,
        extensions: None,
        group_filter: GroupFilter::default(),
    };
    let report = ask::report(context, &question).await;
    let report = report.expect("it has an answer");
    let mut rows: Vec<Row> = Vec::new();
    for row in &report.rows {
        let person = row.keys.person.as_ref().expect("there is a row a person");
        let id = person.extension_id.0.0;
        let known = row.values.iter().filter(|(_, amount)| amount.ms > 0);
        rows.extend(known.map(|(value, amount)| (id, Some(value.to_owned()), amount.ms)));
    }
    rows.sort();
    rows
}

async fn timeline(context: &Context, shape: Shape, window: TimeRange) -> Vec<Row> {
    let id = shape.someone();
    let answer = ask::timeline(context, &[id], Facet::PresenceStatus, window).await;
    let answer = answer.expect("it has an answer");
    let intervals = &answer.extensions[0].intervals;
    let known = intervals.iter().filter_map(|interval| {
        let value = interval.value.clone()?;
        Some((id.0, value, interval.from.0.as_ms()))
    });
    known.collect()
}

async fn at(context: &Context, moment: Timestamp) -> Vec<Row> {
    let entries = ask::at(context, moment).await.expect("it has an answer");
    let shown = serde_json::to_value(&entries).expect("it is JSON");
    let entries = shown.as_array().expect("it is a list");
    let mut rows: Vec<Row> = entries
        .iter()
        .filter(|entry| entry["status"] == "known")
        .map(|entry| {
            let id = entry["extension_id"].as_str().expect("ids are texts");
            let status = entry["state"]["presence_status"].as_str();
            (
                id.parse().expect("ids are numbers"),
                status.map(str::to_owned),
                0,
            )
        })
        .collect();
    rows.sort();
    rows
}
