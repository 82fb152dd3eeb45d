//! What an update of the daily table came to, in sentences and as CSV.

use presence_reading::daily::DailyUpdate;

use super::counted;
use presence_charts::csv::{self, Cell};
use presence_charts::text::Text;

/// A line for each account and facet.
pub fn table(updates: &[DailyUpdate]) -> String {
    updates.iter().map(line).collect()
}

fn line(update: &DailyUpdate) -> String {
    let what = format!("account {}, {}", update.account_id, update.facet.name());
    let Some((from, to)) = update.from.zip(update.to) else {
        return format!("{what}: nothing new\n");
    };
    let open = match update.open_days {
        0 => String::new(),
        open => format!(
            "; {} may still change, and will be computed again",
            counted(open, "extension-day")
        ),
    };
    format!(
        "{what}: {} from {} to {} written, {}{open}\n",
        counted(update.days, "extension-day"),
        from,
        to,
        counted(update.rows, "row")
    )
}

/// A row for each account and facet.
pub fn csv(updates: &[DailyUpdate]) -> csv::Sheet {
    let rows = updates.iter().map(|update| {
        let date = |date: Option<_>| date.map_or(Cell::Empty, Cell::own);
        vec![
            Cell::own(update.account_id),
            Cell::own(update.facet.name()),
            date(update.from),
            date(update.to),
            Cell::own(update.days),
            Cell::own(update.open_days),
            Cell::own(update.rows),
            Cell::time(update.next_at.map(Text)),
        ]
    });
    let names = [
        "account_id",
        "facet",
        "from",
        "to",
        "days",
        "open_days",
        "rows",
        "next_at",
    ];
    csv::Sheet::new(&names, rows)
}
