//! The forms for all that report, staffing and heatmap can be asked.

use super::Kind;
use crate::pages::bar::Bar;
use crate::pages::calendar_range::CalendarRange;
use crate::pages::fields::Fields;
use crate::pages::forms::{Check, Choice, FieldSet, TextField};
use crate::pages::page_request::PageRequest;
use presence_answers::ask::Metric;
use presence_texts::Texts;

/// The bar of a question; `stretch`: the time that is asked about, where it can be read.
pub(super) fn bar(page_request: &PageRequest, kind: Kind, range: Option<CalendarRange>) -> Bar {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let example = texts.say("bar-from-example");
    let mut bar = Bar::new(page_request, kind.path())
        .who(page_request)
        .by(page_request);
    if kind != Kind::Report
        && let Ok(criterion) = page_request.criterion()
    {
        bar = bar.value(page_request, &criterion);
    }
    bar = bar
        .ends(page_request, [&example, "now"])
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
        Kind::Report => vec![rows(texts, fields, kind), others(texts, fields)],
        Kind::Staffing | Kind::Heatmap => vec![rows(texts, fields, kind)],
    };
    bar.more(texts.say("question-more"), sets)
        .finish(page_request, &["as-of", "absences"])
}

/// What a row is of.
fn rows(texts: Texts, fields: &Fields, kind: Kind) -> FieldSet {
    let check = |name, value, label| Check {
        name,
        value,
        label: texts.say(label),
        is_chosen: fields.all(name).any(|known| known == value),
    };
    let mut rows = FieldSet {
        legend: texts.say("rows"),
        texts: vec![TextField::new(
            fields,
            "types",
            texts.say("question-types"),
            "people",
            10,
        )],
        checks: vec![
            check("by", "extension", "question-by-extension"),
            check("by", "department", "question-by-department"),
            check("by", "site", "question-by-site"),
            check("by", "queue", "question-by-queue"),
            check("as-now", "true", "question-groups-of-today"),
        ],
        ..FieldSet::default()
    };
    if kind == Kind::Staffing {
        rows.texts.push(TextField::new(
            fields,
            "step",
            texts.say("question-step"),
            "15m",
            6,
        ));
    }
    if kind == Kind::Report {
        let buckets = ["hour", "day", "week", "month"];
        let bucket = fields.all("by").find(|word| buckets.contains(word));
        let options = [
            ("", "question-all-in-one"),
            ("hour", "question-by-hour"),
            ("day", "question-by-day"),
            ("week", "question-by-week"),
            ("month", "question-by-month"),
        ];
        let options = options.map(|(value, id)| (value, texts.say(id)));
        let label = texts.say("question-by-time");
        rows.choices.push(Choice::new("by", label, options, bucket));
        rows.checks
            .push(check("by", "account", "question-whole-account"));
    }
    rows
}

/// The further figures of a report.
fn others(texts: Texts, fields: &Fields) -> FieldSet {
    let chosen: Vec<&str> = fields
        .all("metrics")
        .flat_map(|words| words.split(','))
        .collect();
    let metrics = Metric::ALL.map(|metric| Check {
        name: "metrics",
        value: metric.name(),
        label: texts.say(&format!("metric-{}", metric.name())),
        is_chosen: chosen.contains(&metric.name()),
    });
    FieldSet {
        legend: texts.say("question-others"),
        choices: Vec::new(),
        texts: vec![
            TextField::new(
                fields,
                "value",
                texts.say("question-value"),
                "Available",
                14,
            ),
            TextField::new(
                fields,
                "compare-to",
                texts.say("question-compare-to"),
                "previous",
                12,
            ),
            TextField::new(
                fields,
                "min-evidence",
                texts.say("question-min-evidence"),
                "0.8",
                6,
            ),
            TextField::new(fields, "min-group", texts.say("question-min-group"), "5", 6),
        ],
        checks: metrics.to_vec(),
    }
}
