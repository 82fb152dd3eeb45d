//! Histories of many days, and the daily table as rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use presence_answers::ask::{Context, ReportQuestion, Types, ZoneChoice, report};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::observation::Sweep;
use presence_model::time::{TimeRange, Timestamp};
use presence_reading::daily::{DailyTable, DailyUpdate, update_daily};
use presence_store::Store;

use crate::store::database::{ACCOUNT, Database, DatabaseRow};
use crate::support::sweeps::{Office, START_MS};

/// How many times slower its days pass here than the office's: a sweep about every twenty minutes, and gaps of most of
/// a day.
const SLOWER: i64 = 20;

/// Friday, 23 October 2026, 10:00 UTC: clocks go back in Berlin on the Sunday, in Vancouver a week later.
const BEGIN_MS: i64 = 1_792_749_600_000;

/// Sweeps over some weeks, in which every kind of event happens often.
pub(crate) fn weeks(seed: u64, count: usize) -> Vec<Sweep> {
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(count);
    sweeps.into_iter().map(slower).collect()
}

fn slower(mut sweep: Sweep) -> Sweep {
    let later = |at: &mut Timestamp| {
        let since_ms = (at.as_ms() - START_MS) * SLOWER;
        *at = Timestamp::saturating_from_ms(BEGIN_MS + since_ms);
    };
    later(&mut sweep.started_at);
    later(&mut sweep.finished_at);
    sweep.valid_for_ms *= SLOWER;
    for seen in &mut sweep.observations {
        later(&mut seen.requested_at);
        later(&mut seen.received_at);
    }
    for told in &mut sweep.directory {
        later(&mut told.received_at);
    }
    for gone in &mut sweep.not_found {
        later(&mut gone.received_at);
    }
    for queue in &mut sweep.queue_sweeps {
        later(&mut queue.requested_at);
        later(&mut queue.received_at);
        queue.valid_for_ms *= SLOWER;
    }
    sweep
}

/// The zone of that name.
pub(crate) fn named(name: &str) -> ZoneChoice {
    ZoneChoice::Named(Zone::named(name).expect("a zone"))
}

/// Brings the table of the platform's aggregated status up to date.
pub(crate) async fn update(
    store: &Arc<dyn Store>,
    zone: &ZoneChoice,
    now: Timestamp,
) -> DailyUpdate {
    let table = DailyTable {
        account_id: ACCOUNT,
        facet: Facet::PresenceStatus,
        zone: zone.clone(),
    };
    let updated = update_daily(&**store, &table, now).await;
    updated.expect("it can be updated")
}

/// A row of the view without its day: kind, value, estimate, lower and upper bound.
pub(crate) type Item = (String, Option<String>, i64, Option<i64>, Option<i64>);

/// One extension's day in the view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Day {
    pub(crate) span: TimeRange,
    pub(crate) zone: String,
    pub(crate) is_final: bool,
    pub(crate) items: Vec<Item>,
}

/// By extension and date.
pub(crate) type Days = BTreeMap<(i64, String), Day>;

/// The view, as days.
pub(crate) async fn days(database: &dyn Database) -> Days {
    let rows = database
        .rows("select * from presence_daily order by extension_id, local_date, kind, value")
        .await;
    let mut days = Days::new();
    for row in &rows {
        assert_eq!(row.int("account_id"), Some(ACCOUNT.0));
        assert_eq!(row.text("facet"), Some("presence_status"));
        let key = (int(row, "extension_id"), text(row, "local_date"));
        let (from, until) = (moment(row, "from"), moment(row, "until"));
        let day = days.entry(key).or_insert_with(|| Day {
            span: TimeRange::new(from, until).expect("a day has a length"),
            zone: text(row, "zone"),
            is_final: int(row, "is_final") == 1,
            items: Vec::new(),
        });
        day.items.push((
            text(row, "kind"),
            row.text("value").map(str::to_owned),
            int(row, "ms"),
            row.int("min_ms"),
            row.int("max_ms"),
        ));
    }
    for (key, day) in &mut days {
        let sum: i64 = day.items.iter().map(|item| item.2).sum();
        assert_eq!(sum, day.span.duration_ms(), "{key:?} adds up");
        day.items.sort();
    }
    days
}

fn int(row: &DatabaseRow, column: &str) -> i64 {
    row.int(column).expect("it is never null")
}

fn text(row: &DatabaseRow, column: &str) -> String {
    row.text(column).expect("it is never null").to_owned()
}

/// The moment in a pair of columns, which must agree.
fn moment(row: &DatabaseRow, name: &str) -> Timestamp {
    let ms = Timestamp::saturating_from_ms(int(row, &format!("{name}_ms")));
    assert_eq!(text(row, &format!("{name}_at")), ms.to_string());
    ms
}

/// A report by extension and day: by extension and date, the items of the day.
pub(crate) async fn reported(
    store: &Arc<dyn Store>,
    zone: &ZoneChoice,
    window: TimeRange,
    now: Timestamp,
) -> BTreeMap<(i64, String), Vec<Item>> {
    let context = Context::new(&**store, ACCOUNT, now).await;
    let question = ReportQuestion {
        window,
        criterion: Facet::PresenceStatus.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket: Bucket::Day,
        hours: None.into(),
        absence: None,
        zone: zone.clone(),
        types: Types::All,
        extensions: None,
        group_filter: GroupFilter::default(),
    };
    let told = report(&context.expect("it can be asked"), &question).await;
    let rows = told.expect("it can be asked").rows.into_iter();
    let days = rows.map(|row| {
        let person = row.keys.person.as_ref().expect("rows are by extension");
        let (_, date) = row.keys.bucket.as_ref().expect("rows are by day");
        let mut items: Vec<Item> = row
            .values
            .iter()
            .map(|(value, amount)| {
                let value = (!value.is_empty()).then(|| value.to_owned());
                let bounds = (Some(amount.min_ms), Some(amount.max_ms));
                ("value".to_owned(), value, amount.ms, bounds.0, bounds.1)
            })
            .collect();
        for (kind, ms) in [("unknown", row.unknown_ms), ("absent", row.absent_ms)] {
            if ms > 0 {
                items.push((kind.to_owned(), None, ms, None, None));
            }
        }
        items.sort();
        ((person.extension_id.0.0, date.to_string()), items)
    });
    days.collect()
}
