//! The forms for all that report, staffing and heatmap can be asked.

use super::Kind;
use crate::pages::fields::Fields;
use crate::pages::forms::{self, Check, Choice, FieldSet, Form, TextField};
use crate::pages::page_request::PageRequest;
use presence_answers::ask::Metric;

pub(super) fn form(page_request: &PageRequest, kind: Kind) -> Form {
    let fields = &page_request.fields;
    let text = |name, label, example, size| TextField::new(fields, name, label, example, size);
    let check = |name, value, label| Check {
        name,
        value,
        label,
        is_chosen: fields.all(name).any(|known| known == value),
    };
    let mut when = FieldSet {
        legend: "When",
        texts: vec![
            text("from", "From", "2026-11-02 or -7d", 14),
            text("to", "To", "now", 14),
            text("hours", "Hours that count", "Mo-Fr 09:00-17:00", 22),
            text("calendar", "or a calendar", "own", 10),
        ],
        ..FieldSet::default()
    };
    when.texts[0].is_required = true;
    if kind == Kind::Staffing {
        when.texts.push(text("step", "Step", "15m", 6));
        when.texts.push(text(
            "required",
            "People required",
            "Mo-Fr 09:00-17:00=5",
            22,
        ));
    }
    let mut what = FieldSet {
        legend: "What",
        choices: vec![
            forms::facets(fields),
            forms::policies(&page_request.asker.config.policy_names(), fields),
        ],
        ..FieldSet::default()
    };
    if kind != Kind::Report {
        what.texts
            .push(text("value", "Value that is counted", "Available", 14));
        what.texts[0].is_required = true;
    }
    let mut who = FieldSet {
        legend: "Who",
        choices: forms::teams(&page_request.directory, fields),
        texts: vec![
            text("person", "Only these people", "101, 102", 18),
            text("types", "Extension types", "people", 10),
        ],
        ..FieldSet::default()
    };
    who.checks = vec![
        check("by", "extension", "by extension"),
        check("by", "department", "by department"),
        check("by", "site", "by site"),
        check("by", "queue", "by queue"),
        check("as-now", "true", "groups of today"),
    ];
    let mut sets = vec![when, what, who];
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
        sets[2]
            .choices
            .push(Choice::new("by", "By time", options, bucket));
        sets[2]
            .checks
            .push(check("by", "account", "the whole account"));
        sets.push(others(fields));
    }
    let mut form = Form {
        action: format!("{}{}", page_request.root, kind.path()),
        kept: forms::kept(&fields.only(&[])),
        sets,
        button: "Show",
    };
    if let Some(zone) = fields.get("zone") {
        // Chosen at the bottom of the page; it stays.
        let zone = [(zone, zone)];
        form.sets[0]
            .choices
            .push(Choice::new("zone", "Zone", zone, fields.get("zone")));
    }
    form
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
