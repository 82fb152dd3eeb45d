//! The forms for all that report, staffing and heatmap can be asked.

use super::Kind;
use crate::pages::bar::Bar;
use crate::pages::calendar_range::CalendarRange;
use crate::pages::fields::Fields;
use crate::pages::forms::{Check, Choice, FieldSet, TextField};
use crate::pages::page_request::PageRequest;
use presence_answers::ask::Metric;

/// The bar of a question; `stretch`: the time that is asked about, where it can be read.
pub(super) fn bar(page_request: &PageRequest, kind: Kind, range: Option<CalendarRange>) -> Bar {
    let fields = &page_request.fields;
    let mut bar = Bar::new(page_request, kind.path())
        .who(page_request)
        .by(page_request);
    if kind != Kind::Report
        && let Ok(criterion) = page_request.criterion()
    {
        bar = bar.value(page_request, &criterion);
    }
    bar = bar
        .ends(page_request, ["2026-11-02 or -7d", "now"])
        .hours(page_request);
    if kind == Kind::Staffing {
        bar = bar.required(page_request);
    }
    let address = |range: CalendarRange| {
        let path = format!("{}{}", page_request.root, kind.path());
        range.asked(fields).address(&path)
    };
    bar = bar.known(page_request);
    if let Some(range) = range {
        bar = bar.time(page_request, range, &address);
    }
    let sets = match kind {
        Kind::Report => vec![rows(fields, kind), others(fields)],
        Kind::Staffing | Kind::Heatmap => vec![rows(fields, kind)],
    };
    bar.more("Rows, columns and more", sets)
        .finish(page_request, &["as-of", "absences"])
}

/// What a row is of.
fn rows(fields: &Fields, kind: Kind) -> FieldSet {
    let check = |name, value, label| Check {
        name,
        value,
        label,
        is_chosen: fields.all(name).any(|known| known == value),
    };
    let mut rows = FieldSet {
        legend: "Rows",
        texts: vec![TextField::new(
            fields,
            "types",
            "Extension types",
            "people",
            10,
        )],
        checks: vec![
            check("by", "extension", "by extension"),
            check("by", "department", "by department"),
            check("by", "site", "by site"),
            check("by", "queue", "by queue"),
            check("as-now", "true", "groups of today"),
        ],
        ..FieldSet::default()
    };
    if kind == Kind::Staffing {
        rows.texts
            .push(TextField::new(fields, "step", "Step", "15m", 6));
    }
    if kind == Kind::Report {
        let buckets = ["hour", "day", "week", "month"];
        let bucket = fields.all("by").find(|word| buckets.contains(word));
        let options = [
            ("", "all of it in one"),
            ("hour", "hour"),
            ("day", "day"),
            ("week", "week"),
            ("month", "month"),
        ];
        rows.choices
            .push(Choice::new("by", "By time", options, bucket));
        rows.checks
            .push(check("by", "account", "the whole account"));
    }
    rows
}

/// The further figures of a report.
fn others(fields: &Fields) -> FieldSet {
    let chosen: Vec<&str> = fields
        .all("metrics")
        .flat_map(|words| words.split(','))
        .collect();
    let metrics = Metric::ALL.map(|metric| Check {
        name: "metrics",
        value: metric.name(),
        label: metric.name(),
        is_chosen: chosen.contains(&metric.name()),
    });
    FieldSet {
        legend: "More",
        choices: Vec::new(),
        texts: vec![
            TextField::new(fields, "value", "Value of these figures", "Available", 14),
            TextField::new(fields, "compare-to", "Compare to", "previous", 12),
            TextField::new(fields, "min-evidence", "Least evidence", "0.8", 6),
            TextField::new(fields, "min-group", "Least group", "5", 6),
        ],
        checks: metrics.to_vec(),
    }
}
