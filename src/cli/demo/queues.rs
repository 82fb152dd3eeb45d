//! How long the members of each queue were signed in, and how long they were ready for its calls, beside how long they were
//! available.

use std::collections::{BTreeMap, BTreeSet};

use presence_answers::ask::{self, AskError, ReportQuestion};
use presence_answers::report::shape::Amount;
use presence_charts::duration;
use presence_charts::table::{Align, Cell, Table};
use presence_core::query::calendar::Bucket;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_core::query::policy::find_built_in;
use presence_core::query::wanted::Wanted;
use presence_model::time::TimeRange;

use super::VALUE;
use super::check::question;

/// What is shown of a queue: by which policy about it, and which class.
const SHOWN: [(&str, &str); 2] = [("queue_sign_in", "signed_in"), ("queue_ready", "ready")];

/// A line for each queue that was swept.
struct QueueLine {
    name: String,
    scheduled_ms: i64,
    available: Amount,
    /// In the order of [`SHOWN`].
    shown: [Amount; 2],
    unknown_ms: i64,
}

/// The table of queues; empty where none was swept.
pub(super) async fn table(
    context: &ask::Context,
    window: TimeRange,
    hours: &Hours,
    width: Option<usize>,
) -> Result<String, AskError> {
    let lines = lines(context, window, hours).await?;
    if lines.is_empty() {
        return Ok(String::new());
    }
    let mut table = Table::new(&[
        ("Queue", Align::Left),
        ("Scheduled", Align::Right),
        ("Available", Align::Right),
        ("Signed in", Align::Right),
        ("Ready", Align::Right),
        ("Unknown", Align::Right),
    ]);
    for line in lines {
        let [signed_in, ready] = line.shown.map(amount);
        table.row(vec![
            Cell::new(&line.name),
            Cell::new(&duration::spoken(line.scheduled_ms)),
            Cell::new(&amount(line.available)),
            Cell::new(&signed_in),
            Cell::new(&ready),
            Cell::new(&duration::spoken(line.unknown_ms)),
        ]);
    }
    Ok(format!(
        "\nWho took the calls of queues, their members together:\n\n{}",
        table.text(width)
    ))
}

/// The estimate and its bounds.
fn amount(amount: Amount) -> String {
    let Amount { ms, min_ms, max_ms } = amount;
    format!(
        "{}  {}",
        duration::spoken(ms),
        duration::bounds(min_ms, max_ms)
    )
}

async fn lines(
    context: &ask::Context,
    window: TimeRange,
    hours: &Hours,
) -> Result<Vec<QueueLine>, AskError> {
    let extensions = context.extensions().await?;
    let profiles = extensions.iter().filter_map(|one| one.profile.as_deref());
    let names = profiles.flat_map(|profile| &profile.queues);
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    let mut lines = Vec::new();
    for name in names {
        if !context.is_queue_swept(name).await? {
            continue;
        }
        let available = of(context, name, None, window, hours).await?;
        let mut line = QueueLine {
            name: name.to_owned(),
            scheduled_ms: available.scheduled_ms,
            available: available.value(VALUE),
            shown: [Amount::default(); 2],
            unknown_ms: 0,
        };
        for ((policy, class), shown) in SHOWN.into_iter().zip(&mut line.shown) {
            let policy = find_built_in(&format!("{policy}:{name}"));
            let told = of(context, name, policy.map(Criterion::Policy), window, hours).await?;
            *shown = told.value(class);
            line.unknown_ms = told.unknown_ms;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// The members of a queue together.
#[derive(Default)]
struct Sum {
    scheduled_ms: i64,
    unknown_ms: i64,
    values: BTreeMap<String, Amount>,
}

impl Sum {
    fn value(&self, name: &str) -> Amount {
        self.values.get(name).copied().unwrap_or_default()
    }
}

async fn of(
    context: &ask::Context,
    queue: &str,
    criterion: Option<Criterion>,
    window: TimeRange,
    hours: &Hours,
) -> Result<Sum, AskError> {
    let usual = question(window, hours, Bucket::Range);
    let asked = ReportQuestion {
        criterion: criterion.unwrap_or_else(|| usual.criterion.clone()),
        group_by: GroupBy::default(),
        group_filter: GroupFilter {
            queues: vec![Wanted::of_word(queue)],
            ..GroupFilter::default()
        },
        ..usual
    };
    let mut sum = Sum::default();
    for row in ask::report(context, &asked).await?.rows {
        sum.scheduled_ms += row.scheduled_ms;
        sum.unknown_ms += row.unknown_ms;
        for (value, amount) in row.values.iter() {
            let total = sum.values.entry(value.to_owned()).or_default();
            total.ms += amount.ms;
            total.min_ms += amount.min_ms;
            total.max_ms += amount.max_ms;
        }
    }
    Ok(sum)
}
