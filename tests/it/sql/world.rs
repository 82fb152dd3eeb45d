//! A store with a fixed history, asked in SQL and through the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use presence_answers::ask::{
    self, ChangesQuestion, Context, ReportQuestion, Types, ZoneChoice, changes, report, timeline,
};
use presence_answers::timeline::shape::TimelineInterval;
use presence_core::query::calendar::Bucket;
use presence_core::query::changes::ChangeFilter;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::zone::Zone;
use presence_model::event::Snapshot;
use presence_model::facet::Facet;
use presence_model::ids::{AccountId, ExtensionId, Position, SnapshotNo};
use presence_model::observation::Sweep;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::Store;

use super::document::{fill_in, questions};
use crate::daily::world::{update, weeks};
use crate::store::database::{
    ACCOUNT, Cell, Database, DatabaseRow, PostgresDatabase, Spelling, SqliteFile, after, record_all,
};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// Another account's history in the same store: no statement may include it.
const OTHER_ACCOUNT: AccountId = AccountId(37_439_511);

/// How many sweeps a history has.
const SWEEPS: usize = 80;

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer(DatabaseRow);

impl Answer {
    /// The number in a column; `None` where it is null.
    #[track_caller]
    pub(super) fn opt_int(&self, column: &str) -> Option<i64> {
        self.0.int(column)
    }

    /// The number in a column.
    #[track_caller]
    pub(super) fn int(&self, column: &str) -> i64 {
        self.opt_int(column)
            .unwrap_or_else(|| panic!("{column} is null in {self:?}"))
    }

    /// The text in a column; `None` where it is null.
    #[track_caller]
    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.0.text(column).map(str::to_owned)
    }

    /// The text in a column as a report's key: `""` is the absence of the facet.
    #[track_caller]
    pub(super) fn key(&self, column: &str) -> String {
        self.text(column).unwrap_or_default()
    }

    /// The value of a dashboard's variable: the column `__value`, else the only one.
    pub(super) fn variable(&self) -> String {
        let columns = self.0.columns();
        let value = columns.iter().find(|column| **column == "__value");
        self.key(value.unwrap_or(&columns[0]))
    }

    /// The fraction in a column.
    #[track_caller]
    pub(super) fn fraction(&self, column: &str) -> f64 {
        match self.0.cell(column) {
            Cell::Fraction(number) => *number,
            Cell::Number(number) => number.to_string().parse().expect("it is a number"),
            other @ (Cell::Null | Cell::Text(_)) => panic!("{column} is {other:?}"),
        }
    }
}

/// A recorded history, and the context in which the program is asked: so late that nothing is presumed.
pub(super) struct World {
    database: Box<dyn Database>,
    pub(super) store: Arc<dyn Store>,
    pub(super) context: Context,
    /// The sweeps, each with the time of recording.
    pub(super) log: Vec<(Snapshot, Timestamp)>,
    /// A window that begins and ends in the middle of the history.
    pub(super) window: TimeRange,
}

impl World {
    pub(super) async fn new(database: impl Database + 'static, seed: u64) -> Self {
        let sweeps = Office::wild(seed, ACCOUNT).sweeps(SWEEPS);
        Self::of(Box::new(database), seed, &sweeps, FlushAt::EVERY_SWEEP).await
    }

    /// A history of some weeks on the same kind of database, with the daily table.
    pub(super) async fn of_weeks(&self, seed: u64) -> Self {
        let database: Box<dyn Database> = match self.database.spelling() {
            Spelling::Sqlite => Box::new(SqliteFile::new()),
            Spelling::Postgres => Box::new(PostgresDatabase::new()),
        };
        let world = Self::of(
            database,
            seed,
            &weeks(seed, 3 * SWEEPS),
            FlushAt::MANY_SWEEPS,
        )
        .await;
        update(&world.store, &ZoneChoice::Own, world.context.now()).await;
        world
    }

    async fn of(
        database: Box<dyn Database>,
        seed: u64,
        sweeps: &[Sweep],
        flush_at: FlushAt,
    ) -> Self {
        let store = database.open().await;
        record_all(&store, sweeps, flush_at).await;
        record_other(&store, seed + 1000).await;
        let log = store
            .reading()
            .await
            .snapshots(ACCOUNT, SnapshotNo(0), 1000)
            .await;
        let log = log.expect("it reads");
        let (first, last) = (&log[0].0, &log[log.len() - 1].0);
        let length_ms = last.finished_at.since_ms(first.started_at);
        let window = TimeRange::new(
            first.started_at.plus_ms(length_ms / 10 + 7),
            first.started_at.plus_ms(length_ms / 10 * 9 + 123),
        );
        let long_after = last.finished_at.plus_ms(86_400_000);
        let context = Context::new(&*store, ACCOUNT, long_after).await;
        Self {
            context: context.expect("it can be asked"),
            window: window.expect("the history has a length"),
            database,
            store,
            log,
        }
    }

    /// Asks a question of the document. The account and the window are filled in; further values are in `parameters`.
    pub(super) async fn ask(&self, title: &str, parameters: &[(&str, i64)]) -> Vec<Answer> {
        let questions = questions();
        let question = questions.iter().find(|question| question.title == title);
        let question = question.unwrap_or_else(|| panic!("nobody asks {title:?}"));
        let statement = question.statement(match self.database.spelling() {
            Spelling::Sqlite => "sqlite",
            Spelling::Postgres => "postgres",
        });
        let statement = statement.expect("there is one");
        let mut all = parameters.to_vec();
        all.extend([
            ("account_id", ACCOUNT.0),
            ("from_ms", self.window.from().as_ms()),
            ("to_ms", self.window.to().as_ms()),
        ]);
        let rows = self.database.rows(&fill_in(statement, &all)).await;
        rows.into_iter().map(Answer).collect()
    }

    /// Asks a statement.
    pub(super) async fn rows(&self, statement: &str) -> Vec<Answer> {
        let rows = self.database.rows(statement).await;
        rows.into_iter().map(Answer).collect()
    }

    /// The extensions that the program counts as people.
    pub(super) async fn people(&self) -> BTreeSet<ExtensionId> {
        let extensions = self.context.extensions().await.expect("it can be asked");
        let people = extensions.iter().filter(|one| {
            let profile = one.profile.as_deref();
            profile.is_none_or(presence_model::profile::Profile::is_person)
        });
        people.map(|one| one.extension_id).collect()
    }

    /// All kinds of moments: when sweeps began and ended, when changes were seen, and in between.
    pub(super) fn moments(&self) -> Vec<Timestamp> {
        let mut moments = Vec::new();
        for (snapshot, _) in self.log.iter().step_by(5) {
            let seen = snapshot.events.first().map(|event| event.observed_at);
            moments.extend([snapshot.started_at, snapshot.finished_at.plus_ms(1)]);
            moments.extend(seen.iter().flat_map(|&at| [at, at.plus_ms(-1)]));
        }
        moments.push(self.log[0].0.started_at.plus_ms(-1));
        moments
    }

    /// From the first sweep to the end of the last.
    pub(super) fn whole(&self) -> TimeRange {
        let (first, last) = (&self.log[0].0, &self.log[self.log.len() - 1].0);
        TimeRange::new(first.started_at, last.finished_at.plus_ms(1)).expect("time runs forward")
    }

    /// Every extension that was ever observed.
    pub(super) async fn extension_ids(&self) -> Vec<ExtensionId> {
        let extensions = self.context.extensions().await.expect("it can be asked");
        let observed = extensions.iter().filter(|one| one.was_observed);
        observed.map(|one| one.extension_id).collect()
    }

    pub(super) async fn at(&self, moment: Timestamp) -> Vec<presence_answers::now::shape::AtEntry> {
        let entries = ask::at(&self.context, moment).await;
        entries.expect("it can be asked")
    }

    pub(super) async fn report(
        &self,
        window: TimeRange,
        group_by: GroupBy,
        bucket: Bucket,
        types: Types,
    ) -> presence_answers::report::shape::Report {
        let question = ReportQuestion {
            window,
            criterion: Facet::PresenceStatus.into(),
            group_by,
            bucket,
            hours: None.into(),
            absence: None,
            zone: ZoneChoice::Named(Zone::utc()),
            types,
            extensions: None,
            group_filter: GroupFilter::default(),
        };
        let report = report(&self.context, &question).await;
        report.expect("it can be asked")
    }

    /// The report about the window, by person.
    pub(super) async fn by_person(
        &self,
    ) -> BTreeMap<i64, presence_answers::report::shape::ReportRow> {
        let group_by = GroupBy {
            extension: true,
            ..GroupBy::default()
        };
        let report = self
            .report(self.window, group_by, Bucket::Range, Types::People)
            .await;
        let rows = report.rows.into_iter().map(|row| {
            let person = row.keys.person.as_ref().expect("rows are by person");
            (person.extension_id.0.0, row)
        });
        rows.collect()
    }

    pub(super) async fn timelines(
        &self,
        facet: Facet,
        window: TimeRange,
    ) -> BTreeMap<i64, Vec<TimelineInterval>> {
        let ids = self.extension_ids().await;
        let timeline = timeline(&self.context, &ids, facet, window).await;
        let extensions = timeline.expect("it can be asked").extensions.into_iter();
        extensions
            .map(|one| (one.person.extension_id.0.0, one.intervals))
            .collect()
    }

    /// All change events of a window.
    pub(super) async fn changes(
        &self,
        window: TimeRange,
    ) -> Vec<presence_answers::changes::shape::Change> {
        let question = ChangesQuestion {
            window,
            known_until: Timestamp::MAX,
            extensions: None,
            filter: ChangeFilter::default(),
        };
        let page = changes(&self.context, &question, Position(0)).await;
        let (changes, next) = page.expect("it can be asked");
        assert_eq!(next, None, "one page is enough");
        changes
    }
}

async fn record_other(store: &Arc<dyn Store>, seed: u64) {
    let recorder = Recorder::open(store.clone(), OTHER_ACCOUNT, None, FlushAt::MANY_SWEEPS);
    let mut recorder = recorder.await.expect("the store can be loaded");
    let mut now = Timestamp::MIN;
    for sweep in Office::wild(seed, OTHER_ACCOUNT).sweeps(SWEEPS / 2) {
        now = after(&sweep);
        recorder.record(sweep, now).await.expect("it follows");
    }
    recorder.flush(now).await.expect("the store takes it");
}

/// The rows of an answer, read and sorted.
pub(super) fn sorted<T: Ord>(rows: &[Answer], read: impl Fn(&Answer) -> T) -> Vec<T> {
    let mut read: Vec<T> = rows.iter().map(read).collect();
    read.sort();
    read
}
