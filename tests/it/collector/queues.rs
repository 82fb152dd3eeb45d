//! Queues of a simulated office, asked over HTTP on a virtual clock who takes their calls, and compared with the truth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use presence_answers::ask::{
    Context, ReportQuestion, StaffingQuestion, Types, ZoneChoice, staffing,
};
use presence_clock::{Clock, VirtualClock};
use presence_collector::progress::{Observer, Progress, Totals};
use presence_collector::queues::QueueSettings;
use presence_collector::run::{Collector, Settings};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_core::query::policy::find_built_in;
use presence_core::query::staffing::Required;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::cause::Cause;
use presence_model::ids::{AccountId, QueueId, SnapshotNo};
use presence_model::queue::{Accepts, QueueSweepOutcome, QueueSweepRow};
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_ringcentral::{Credentials, HttpLimits, RingCentral};
use presence_simulator::{
    Fault, FaultRule, GroundTruth, OfficeConfig, PathKind, Platform, PlatformConfig, PlatformTime,
    QueueChange, QueueEvent, Running, When, World, start_anywhere,
};
use presence_store::{QueueMembers, QueueRows, RebuildMode, Store, StoreHandle};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{MINUTE_MS, at};
use crate::store::database::{Database, DatabaseRow, stories};
use crate::support::reading::ReadAtOnce;

stories!(
    who_is_signed_in_is_what_the_office_knows,
    members_come_and_go,
    a_queue_that_may_not_be_read_is_unknown_and_asked_seldom,
    faults_invent_nothing,
    one_question_has_one_answer_in_a_command_and_in_sql,
);

const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Remembers plans, warnings and when sweeps began.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    /// How late after their slots sweeps began, in milliseconds.
    late_ms: Mutex<Vec<i64>>,
    /// When queues were asked.
    asked: Mutex<Vec<(QueueId, Timestamp)>>,
}

impl Observer for Heard {
    fn notice(&self, progress: Progress<'_>) {
        let say = |line: &str| self.lines.lock().expect("no panic").push(line.to_owned());
        match progress {
            Progress::Plan(sentence) => say(sentence),
            Progress::Warning(text) => say(text),
            Progress::Ticked(tick) => {
                let late_ms = tick.started_at.as_ms() - tick.slot.start_ms;
                self.late_ms.lock().expect("no panic").push(late_ms);
            }
            Progress::QueueSwept(sweep) => {
                let asked = (sweep.queue_id, sweep.requested_at);
                self.asked.lock().expect("no panic").push(asked);
            }
            _ => {}
        }
    }
}

struct Case {
    clock: Arc<VirtualClock>,
    platform: Arc<Platform>,
    running: Running,
    heard: Arc<Heard>,
    store: Arc<dyn Store>,
    account_id: AccountId,
    start_ms: i64,
}

impl Case {
    async fn open(store: Arc<dyn Store>, world: World) -> Self {
        let office = *world.config();
        let clock = Arc::new(VirtualClock::new(office.start_ms));
        let config = PlatformConfig {
            latency_ms: Some((20, 400)),
            ..PlatformConfig::default()
        };
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let platform = Arc::new(Platform::new(Arc::new(world), config, time));
        Self {
            running: start_anywhere(Arc::clone(&platform))
                .await
                .expect("loopback has free ports"),
            clock,
            platform,
            heard: Arc::default(),
            store,
            account_id: AccountId(office.account_id),
            start_ms: office.start_ms,
        }
    }

    async fn collect(&self, until_ms: i64, queues: Option<QueueSettings>) -> Totals {
        let known = self.platform.credentials();
        let credentials = Credentials {
            server_url: self.running.server_url(),
            client_id: known.client_id.clone(),
            client_secret: SecretString::from(known.client_secret.as_str()),
            jwt: SecretString::from(known.jwt.as_str()),
        };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let source = RingCentral::new(credentials, Arc::clone(&clock), HttpLimits::default(), 1)
            .expect("loopback is a good server");
        let collector = Collector {
            source: Arc::new(source),
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock,
            settings: Settings {
                stop_at: Some(at(until_ms)),
                flush_at: FlushAt::MANY_SWEEPS,
                queues,
                ..Settings::new(MINUTE_MS, "a test")
            },
            observer: Arc::clone(&self.heard) as Arc<dyn Observer>,
        };
        let ended = collector.run(&CancellationToken::new()).await;
        ended.expect("nothing stops it")
    }

    fn truth(&self) -> GroundTruth {
        GroundTruth::new(Arc::clone(self.platform.world()))
    }

    async fn rows(&self, queue: i64, until_ms: i64) -> QueueRows {
        let window = TimeRange::new(at(self.start_ms), at(until_ms)).expect("it has a length");
        let mut reading = self.store.reading().await;
        let rows = reading.queue_rows(self.account_id, QueueId(queue), QueueMembers::All, window);
        rows.await.expect("it reads")
    }

    /// The rows of the log about sweeps of queues.
    async fn sweeps(&self) -> Vec<QueueSweepRow> {
        let mut reading = self.store.reading().await;
        let (mut sweeps, mut after) = (Vec::new(), SnapshotNo(0));
        loop {
            let log = reading.snapshots(self.account_id, after, 500).await;
            let log = log.expect("it reads");
            let Some((last, _)) = log.last() else {
                return sweeps;
            };
            after = last.snapshot_no;
            sweeps.extend(
                log.into_iter()
                    .flat_map(|(snapshot, _)| snapshot.queue_sweeps),
            );
        }
    }

    async fn check_rebuild(&self) {
        let report = self
            .store
            .rebuild(self.account_id, RebuildMode::Check)
            .await;
        assert_eq!(report.expect("it can be compared").differences, [""; 0]);
    }

    /// Compares all that is recorded of queues with the truth: whatever lasted for longer than two rounds is there, and
    /// whatever is there for so long was true. Returns how much was compared.
    async fn check_against_truth(&self, until_ms: i64, round_ms: i64) -> usize {
        let truth = self.truth();
        let mut compared = 0;
        let queues: Vec<i64> = truth
            .queues(self.start_ms, until_ms)
            .map(|queue| queue.id)
            .collect();
        for queue in queues {
            let rows = self.rows(queue, until_ms).await;
            for (member, intervals) in &rows.members {
                for row in intervals {
                    let seat = (queue, member.0);
                    let until = (known_until_ms(&rows), round_ms);
                    compared += usize::from(check_row(&truth, seat, row, until));
                }
            }
            let members: Vec<i64> = truth
                .queue_members(queue, self.start_ms, until_ms)
                .map(|one| one.id)
                .collect();
            for member in members {
                for seat in truth.queue_segments(queue, member, self.start_ms, until_ms) {
                    let (from_ms, to_ms) = (seat.from_ms + round_ms, seat.until_ms - round_ms);
                    if from_ms >= to_ms {
                        continue;
                    }
                    let middle = at(i64::midpoint(from_ms, to_ms));
                    let is_covered = rows.coverage.iter().any(|segment| {
                        segment.from.as_ms() + round_ms <= middle.as_ms() && middle <= segment.until
                    });
                    if !is_covered {
                        continue;
                    }
                    let intervals = rows.members.iter().find(|(id, _)| id.0 == member);
                    let intervals = intervals.map_or(&[][..], |(_, intervals)| intervals);
                    let row = intervals.iter().rfind(|row| row.from <= middle);
                    let accepts = row.map(|row| row.accepts);
                    let signed_in = Some(seat.state.accept_current_queue_calls);
                    assert_eq!(
                        accepts,
                        Some(Accepts::of_field(signed_in)),
                        "{queue} {member} {middle}"
                    );
                    compared += 1;
                }
            }
        }
        compared
    }
}

/// Until when what goes on is known.
fn known_until_ms(rows: &QueueRows) -> i64 {
    let last = rows.coverage.last();
    last.map_or(i64::MIN, |segment| segment.until.as_ms())
}

fn check_row(
    truth: &GroundTruth,
    (queue, member): (i64, i64),
    row: &QueueIntervalRow,
    (until_ms, round_ms): (i64, i64),
) -> bool {
    let end_ms = row.certain_until.map_or(until_ms, Timestamp::as_ms);
    if end_ms - row.from.as_ms() < 2 * round_ms {
        return false;
    }
    let middle_ms = i64::midpoint(row.from.as_ms(), end_ms);
    // A stay that is shorter than a round may go unseen.
    let around = truth.queue_segments(queue, member, middle_ms - round_ms, middle_ms + round_ms);
    let states = around
        .iter()
        .map(|seat| seat.state.accept_current_queue_calls);
    let states: Vec<Accepts> = states.map(|state| Accepts::of_field(Some(state))).collect();
    assert!(
        states.contains(&row.accepts),
        "{queue} {member} {row:?}: {states:?}"
    );
    true
}

fn office(extensions: usize) -> World {
    World::new(OfficeConfig {
        extensions,
        ..OfficeConfig::default()
    })
}

const EVERY_MINUTE: Option<QueueSettings> = Some(QueueSettings {
    round_ms_min: MINUTE_MS,
});

/// A time of a working day: offices are in America.
const BEGINS_MS: i64 = 12 * HOUR_MS;

async fn who_is_signed_in_is_what_the_office_knows(database: &dyn Database) {
    let case = Case::open(database.open().await, office(60)).await;
    case.clock.sleep_until_ms(case.start_ms + BEGINS_MS).await;
    let until_ms = case.start_ms + BEGINS_MS + 6 * HOUR_MS;
    let totals = case.collect(until_ms, EVERY_MINUTE).await;
    assert_eq!(totals.complete_count, 6 * 60, "{totals:?}");
    assert_eq!(case.platform.counters().with_status(429), 0);
    let compared = case.check_against_truth(until_ms, MINUTE_MS).await;
    assert!(compared > 60, "{compared}");
    let sweeps = case.sweeps().await;
    let queues = case.truth().queues(case.start_ms, until_ms).count();
    assert!(
        sweeps.len() >= queues * (6 * 60 - 2),
        "{} of {queues} queues",
        sweeps.len()
    );
    assert!(sweeps.iter().all(QueueSweepRow::is_complete));
    for queue in case.truth().queues(case.start_ms, until_ms) {
        assert_eq!(case.rows(queue.id, until_ms).await.coverage.len(), 1);
    }
    let lines = case.heard.lines.lock().expect("no panic").clone();
    let plan = format!("{queues} call queues: each every 60 s");
    assert!(lines.contains(&plan), "{lines:?}");
    case.check_rebuild().await;
}

async fn members_come_and_go(database: &dyn Database) {
    let world = office(60);
    let start_ms = world.config().start_ms;
    let truth = GroundTruth::new(Arc::new(office(60)));
    let window = (start_ms, start_ms + 24 * HOUR_MS);
    let queue = truth.queues(window.0, window.1).next().expect("some").id;
    let members: Vec<i64> = truth
        .queue_members(queue, window.0, window.1)
        .map(|one| one.id)
        .collect();
    let stranger = truth
        .extensions(window.0, window.1)
        .find(|one| one.kind == "User" && !members.contains(&one.id))
        .expect("not everyone is in it");
    let at_ms = |hour: i64| start_ms + BEGINS_MS + hour * HOUR_MS;
    let changes = [
        (at_ms(1), QueueEvent::Added(stranger.id)),
        (at_ms(2), QueueEvent::Removed(members[0])),
        (at_ms(3), QueueEvent::Removed(stranger.id)),
    ];
    let changes = changes.map(|(at_ms, event)| QueueChange {
        at_ms,
        queue,
        event,
    });
    let case = Case::open(database.open().await, world.with_queue_changes(&changes)).await;
    case.clock.sleep_until_ms(at_ms(0)).await;
    case.collect(at_ms(4), EVERY_MINUTE).await;
    let compared = case.check_against_truth(at_ms(4), MINUTE_MS).await;
    assert!(compared > 30, "{compared}");
    let rows = case.rows(queue, at_ms(4)).await;
    let of = |id: i64| {
        let found = rows.members.iter().find(|(member, _)| member.0 == id);
        found.expect("they were a member").1
    };
    let joined = of(stranger.id).first().expect("one at least");
    let span = (
        joined.not_before.expect("it was seen").as_ms(),
        joined.from.as_ms(),
    );
    assert!(span.0 <= at_ms(1) && at_ms(1) <= span.1, "{span:?}");
    for (id, hour) in [(stranger.id, 3), (members[0], 2)] {
        let left = of(id).last().expect("one at least");
        let (certain, until) = (
            left.certain_until.expect("it ended"),
            left.until.expect("it ended"),
        );
        assert!(
            certain.as_ms() <= at_ms(hour) && at_ms(hour) <= until.as_ms(),
            "{left:?}"
        );
    }
    case.check_rebuild().await;
}

async fn a_queue_that_may_not_be_read_is_unknown_and_asked_seldom(database: &dyn Database) {
    let case = Case::open(database.open().await, office(60)).await;
    case.clock.sleep_until_ms(case.start_ms + BEGINS_MS).await;
    let until_ms = case.start_ms + BEGINS_MS + 3 * HOUR_MS;
    let queues: Vec<i64> = case
        .truth()
        .queues(case.start_ms, until_ms)
        .map(|queue| queue.id)
        .collect();
    let forbidden = FaultRule::new(Fault::UserLacksPermission)
        .on(PathKind::QueuePresence)
        .id(queues[0]);
    case.platform.faults().add(forbidden);
    let gone = FaultRule::new(Fault::VanishedQueue(queues[1])).on(PathKind::QueuePresence);
    case.platform.faults().add(gone);
    case.collect(until_ms, EVERY_MINUTE).await;
    let sweeps = case.sweeps().await;
    for (queue, expected) in [(queues[0], Cause::Permission), (queues[1], Cause::Gone)] {
        let rows = case.rows(queue, until_ms).await;
        assert_eq!(rows, QueueRows::default());
        let of_queue = sweeps.iter().filter(|row| row.queue_id.0 == queue);
        let causes: Vec<Cause> = of_queue
            .map(|row| match &row.outcome {
                QueueSweepOutcome::Failed { cause, .. } => *cause,
                QueueSweepOutcome::Complete { .. } => panic!("{row:?}"),
            })
            .collect();
        assert!((2..=4).contains(&causes.len()), "{causes:?}");
        assert!(causes.iter().all(|cause| *cause == expected), "{causes:?}");
    }
    for queue in &queues[2..] {
        assert_eq!(case.rows(*queue, until_ms).await.coverage.len(), 1);
    }
    case.check_rebuild().await;
}

async fn faults_invent_nothing(database: &dyn Database) {
    let case = Case::open(database.open().await, office(60)).await;
    case.clock.sleep_until_ms(case.start_ms + BEGINS_MS).await;
    let until_ms = case.start_ms + BEGINS_MS + 6 * HOUR_MS;
    let weather = [
        Fault::InternalError,
        Fault::BadGateway,
        Fault::Unavailable(Some(3)),
        Fault::Maintenance,
        Fault::HtmlPage,
        Fault::TruncatedBody,
        Fault::InvalidJson,
        Fault::EmptyBody,
        Fault::BadGzip,
        Fault::Reset,
        Fault::LostReply,
        Fault::GlobalRateLimit(5),
        Fault::GroupRateLimit(5),
        Fault::RequestTimeout,
        Fault::GatewayTimeout,
        Fault::NotFoundPage,
        Fault::DoubledRecords,
        Fault::FieldsMissing,
        Fault::NullFields,
        Fault::WrongType,
        Fault::Stall(2_000),
        Fault::UnknownField,
        Fault::IdsAsText,
        Fault::NoRateHeaders,
        Fault::EmptyList,
        Fault::ShortPage,
        Fault::MissingShare(20),
    ];
    for fault in weather {
        let rule = FaultRule::new(fault)
            .on(PathKind::QueuePresence)
            .when(When::Chance(0.02));
        case.platform.faults().add(rule);
    }
    let totals = case.collect(until_ms, EVERY_MINUTE).await;
    assert!(
        case.platform.faults().fired() > 100,
        "{}",
        case.platform.faults().fired()
    );
    // Whatever becomes of queues, presence is swept each minute.
    assert_eq!(totals.complete_count, 6 * 60, "{totals:?}");
    let truth = case.truth();
    let mut compared = 0;
    for queue in truth.queues(case.start_ms, until_ms) {
        let rows = case.rows(queue.id, until_ms).await;
        for (member, intervals) in &rows.members {
            let seats = truth.membership(queue.id, member.0, case.start_ms, until_ms);
            assert!(!seats.is_empty(), "{member} is no member of {}", queue.id);
            for row in intervals
                .iter()
                .filter(|row| row.accepts != Accepts::NotSaid)
            {
                let seat = (queue.id, member.0);
                let until = (known_until_ms(&rows), 3 * MINUTE_MS);
                compared += usize::from(check_row(&truth, seat, row, until));
            }
        }
    }
    assert!(compared > 20, "{compared}");
    let sweeps = case.sweeps().await;
    let failed = sweeps.iter().filter(|row| !row.is_complete()).count();
    assert!(
        failed > 30 && failed * 2 < sweeps.len(),
        "{failed} of {}",
        sweeps.len()
    );
    case.check_rebuild().await;
}

/// The SQL of the question in the document, with its parameters.
fn documented(parameters: &[(&str, i64)]) -> String {
    let document = include_str!("../../../docs/sql.md");
    let heading =
        "### For how long were at least three ready for the calls of a queue, and when not?";
    let (_, rest) = document.split_once(heading).expect("it has the question");
    let (_, rest) = rest.split_once("```sql\n").expect("it has an answer");
    let (sql, _) = rest.split_once("```").expect("it ends");
    let mut sql = sql.to_owned();
    for (name, value) in parameters {
        sql = sql.replace(&format!(":{name}"), &value.to_string());
    }
    sql
}

async fn one_question_has_one_answer_in_a_command_and_in_sql(database: &dyn Database) {
    let case = Case::open(database.open().await, office(60)).await;
    let until_ms = case.start_ms + 24 * HOUR_MS;
    let totals = case.collect(until_ms, EVERY_MINUTE).await;
    assert!(totals.complete_count > 1_400, "{totals:?}");
    let truth = case.truth();
    let largest = truth
        .queues(case.start_ms, until_ms)
        .max_by_key(|queue| {
            truth
                .queue_members(queue.id, case.start_ms, until_ms)
                .count()
        })
        .expect("there are queues")
        .id;
    // What was judged: up to the last sweep.
    let window = TimeRange::new(at(case.start_ms), at(until_ms - HOUR_MS)).expect("it lasts");
    let required = "Mo-Fr 09:00-17:00=3";
    let policy = find_built_in(&format!("queue_ready:{largest}")).expect("built in");
    let question = StaffingQuestion {
        about: ReportQuestion {
            window,
            criterion: policy.into(),
            group_by: GroupBy::default(),
            bucket: Bucket::Range,
            hours: Some(Hours::parse("Mo-Fr 09:00-17:00").expect("hours")).into(),
            absence: None,
            zone: ZoneChoice::Named(Zone::utc()),
            types: Types::All,
            extensions: None,
            group_filter: GroupFilter::default(),
        },
        value: Wanted::of_word("ready"),
        step: "1d".parse().expect("a step"),
        required: vec![Required::parse(required).expect("a requirement")],
    };
    let context = Context::new(&*case.store, case.account_id, at(until_ms)).await;
    let context = context.expect("it can be asked");
    let told = staffing(&context, &question).await.expect("answered");
    let met = told.met.expect("something is required")[0].met;
    assert_eq!(met.required_ms, 8 * HOUR_MS);
    assert!(
        met.met_ms > HOUR_MS && met.short_ms > 0 && met.possibly_short_ms > 0,
        "{met:?}"
    );
    let mut short: Vec<(i64, i64)> = Vec::new();
    for one in told.shortfalls.iter().flatten() {
        let span = one.shortfall.span;
        let (from_ms, to_ms) = (span.from().as_ms(), span.to().as_ms());
        match short.last_mut() {
            Some(last) if last.1 == from_ms => last.1 = to_ms,
            _ => short.push((from_ms, to_ms)),
        }
    }
    let sql = documented(&[
        ("account_id", case.account_id.0),
        ("queue_id", largest),
        ("from_ms", window.from().as_ms()),
        ("to_ms", window.to().as_ms()),
    ]);
    let rows = database.rows(&sql).await;
    let number = |row: &DatabaseRow, column: &str| row.int(column).expect("a number");
    let (enough, lacking): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| number(row, "is_enough") == 1);
    let enough: i64 = enough.iter().map(|row| number(row, "ms")).sum();
    assert_eq!(enough, met.met_ms);
    let lacking: Vec<(i64, i64)> = lacking
        .iter()
        .map(|row| (number(row, "from_ms"), number(row, "until_ms")))
        .collect();
    assert_eq!(lacking, short);
}

#[tokio::test]
async fn queues_are_not_asked_unless_they_are_meant_to_be() {
    let file = crate::store::database::SqliteFile::new();
    let case = Case::open(file.open().await, office(30)).await;
    let until_ms = case.start_ms + HOUR_MS;
    case.collect(until_ms, None).await;
    let counters = case.platform.counters();
    assert_eq!(counters.requests(PathKind::QueuePresence), 0);
    assert_eq!(case.sweeps().await, []);
}

#[tokio::test]
async fn where_no_queue_may_be_read_presence_is_collected_all_the_same() {
    let file = crate::store::database::SqliteFile::new();
    let case = Case::open(file.open().await, office(30)).await;
    let forbidden = FaultRule::new(Fault::ApplicationLacksPermission).on(PathKind::QueuePresence);
    case.platform.faults().add(forbidden);
    let until_ms = case.start_ms + 2 * HOUR_MS + 30 * MINUTE_MS;
    let totals = case.collect(until_ms, EVERY_MINUTE).await;
    assert_eq!(totals.complete_count, 150, "{totals:?}");
    let queues = case.truth().queues(case.start_ms, until_ms).count() as u64;
    let asked = case.platform.counters().requests(PathKind::QueuePresence);
    assert_eq!(asked, 3 * queues);
    let lines = case.heard.lines.lock().expect("no panic").clone();
    let told = lines
        .iter()
        .filter(|line| line.contains("asked again every hour"));
    assert_eq!(told.count(), 1, "{lines:?}");
}

/// What a minute's requests were at most, by rate group, and how late sweeps began at most.
#[derive(Debug, Default)]
struct Load {
    requests_a_minute: u64,
    late_ms: i64,
    refused: u64,
    longest_ms: i64,
}

async fn load(queues: &[usize], asked: Option<QueueSettings>) -> Load {
    let world = office(400).with_further_queues(queues);
    let file = crate::store::database::SqliteFile::new();
    let case = Case::open(file.open().await, world).await;
    case.clock.sleep_until_ms(case.start_ms + BEGINS_MS).await;
    // Time zones are asked for in the first minutes: the most that the directory ever asks.
    let until_ms = case.start_ms + BEGINS_MS + HOUR_MS;
    case.collect(until_ms, asked).await;
    let counters = case.platform.counters();
    let times = case.heard.asked.lock().expect("no panic").clone();
    let in_a_minute = |from: Timestamp| {
        let within = times
            .iter()
            .filter(|(_, at)| (0..MINUTE_MS).contains(&at.since_ms(from)));
        within.count() as u64
    };
    let mut last: BTreeMap<QueueId, Timestamp> = BTreeMap::new();
    let mut longest_ms = 0;
    for (queue, at) in &times {
        if let Some(before) = last.insert(*queue, *at) {
            longest_ms = longest_ms.max(at.since_ms(before));
        }
    }
    let late = case.heard.late_ms.lock().expect("no panic");
    Load {
        requests_a_minute: times
            .iter()
            .map(|(_, at)| in_a_minute(*at))
            .max()
            .unwrap_or(0),
        late_ms: late.iter().copied().max().unwrap_or(0),
        refused: counters.with_status(429),
        longest_ms,
    }
}

#[tokio::test]
async fn large_and_many_queues_stay_within_the_limit_and_delay_no_sweep() {
    let without = load(&[200], None).await;
    let one = load(&[200], EVERY_MINUTE).await;
    let many: Vec<usize> = std::iter::repeat_n(10, 60).collect();
    let sixty = load(&many, EVERY_MINUTE).await;
    assert_eq!((without.refused, one.refused, sixty.refused), (0, 0, 0));
    assert!(one.requests_a_minute <= 30 && sixty.requests_a_minute <= 30);
    // A sweep begins when its slot does, with queues or without.
    assert!(
        one.late_ms <= without.late_ms.max(100),
        "{one:?} {without:?}"
    );
    assert!(
        sixty.late_ms <= without.late_ms.max(100),
        "{sixty:?} {without:?}"
    );
    assert!(one.longest_ms <= 2 * MINUTE_MS, "{one:?}");
    assert!(sixty.longest_ms <= 4 * MINUTE_MS, "{sixty:?}");
}
