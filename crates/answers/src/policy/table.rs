//! `policy list`, `policy check` and `policy explain` as text and as CSV.

use crate::policy::shape::{
    Explanation, Fact, PolicyEntry, PolicyFinding, QueueFact, RuleShape, TriedRule,
};
use crate::shapes::common::Status;

use crate::render::status::{self, NO_VALUE, short_digest};
use crate::render::{Page, counted, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Align, Cell, Paint, Table};
use presence_core::escape::shown;

/// The policies, a row each.
pub fn list(policies: &[PolicyEntry], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Policy", Align::Left),
        ("Digest", Align::Left),
        ("Rules", Align::Right),
        ("Classes", Align::Left),
        ("Description", Align::Left),
    ]);
    for entry in policies {
        let digest = entry.policy_digest.as_deref();
        table.row(vec![
            Cell::painted(&entry.policy, Paint::Strong),
            match digest {
                Some(digest) => Cell::new(short_digest(digest)),
                None => Cell::painted("not well-formed", Paint::Bad),
            },
            Cell::new(&entry.rules.len().to_string()),
            Cell::new(&classes(entry).join(", ")),
            Cell::new(entry.description.as_deref().unwrap_or("")),
        ]);
    }
    table.text(page.width)
}

/// The classes of a policy, each once, in the order of its rules.
fn classes(entry: &PolicyEntry) -> Vec<String> {
    let mut classes: Vec<String> = Vec::new();
    for rule in &entry.rules {
        let class = outcome(rule);
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

fn outcome(rule: &RuleShape) -> String {
    match (&rule.class, &rule.class_of) {
        (Some(class), _) => class.clone(),
        (None, Some(facet)) => format!("value of {facet}"),
        (None, None) => String::new(),
    }
}

/// The policies as CSV, a row for each rule.
pub fn list_csv(policies: &[PolicyEntry]) -> csv::Sheet {
    let names = [
        "policy",
        "policy_digest",
        "built_in",
        "number",
        "name",
        "when",
        "class",
        "class_of",
    ];
    let rows = policies.iter().flat_map(|entry| {
        entry.rules.iter().map(|rule| {
            vec![
                CsvCell::text(Some(&entry.policy)),
                CsvCell::text(entry.policy_digest.as_deref()),
                CsvCell::own(entry.built_in),
                CsvCell::own(rule.number),
                CsvCell::text(rule.name.as_deref()),
                CsvCell::text(Some(&rule.when)),
                CsvCell::text(rule.class.as_deref()),
                CsvCell::text(rule.class_of.as_deref()),
            ]
        })
    });
    csv::Sheet::new(&names, rows)
}

/// What is wrong, each with its line and a mark below it; then how many policies are well-formed.
pub fn findings(findings: &[PolicyFinding], policy_count: usize) -> String {
    let mut parts = Vec::with_capacity(findings.len() + 1);
    for finding in findings {
        let paint = if finding.severity == "error" {
            Paint::Bad
        } else {
            Paint::Busy
        };
        let head = format!(
            "{}:{}:{}: {}: {}",
            shown(&finding.file),
            finding.line,
            finding.column,
            paint.on(finding.severity),
            shown(&finding.message)
        );
        // White space before the mark is that of the line, so that tabs do not shift it.
        let before: String = finding
            .excerpt
            .chars()
            .take(finding.column - 1)
            .map(|letter| if letter == '\t' { '\t' } else { ' ' })
            .collect();
        let number = finding.line.to_string();
        let margin = " ".repeat(number.len());
        let mark = paint.on(&"^".repeat(finding.length));
        let line = excerpt(&finding.excerpt);
        parts.push(format!(
            "{head}\n{number} | {line}\n{margin} | {before}{mark}\n\n"
        ));
    }
    let count = |severity: &str| {
        let wanted = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        wanted.count()
    };
    let wrong = |severity: &str| match count(severity) {
        0 => format!("no {severity}s"),
        some => counted(some as u64, severity),
    };
    let policies = match policy_count {
        1 => "1 policy".to_owned(),
        count => format!("{count} policies"),
    };
    parts.push(format!(
        "{policies} checked: {}, {}\n",
        wrong("error"),
        wrong("warning")
    ));
    parts.concat()
}

/// A line as it may be shown, tabs kept.
fn excerpt(line: &str) -> String {
    let parts: Vec<_> = line.split('\t').map(shown).collect();
    parts.join("\t")
}

/// What is wrong as CSV.
pub fn findings_csv(findings: &[PolicyFinding]) -> csv::Sheet {
    let names = [
        "policy", "severity", "file", "line", "column", "length", "message",
    ];
    let rows = findings.iter().map(|finding| {
        vec![
            CsvCell::text(Some(&finding.policy)),
            CsvCell::text(Some(finding.severity)),
            CsvCell::text(Some(&finding.file)),
            CsvCell::own(finding.line),
            CsvCell::own(finding.column),
            CsvCell::own(finding.length),
            CsvCell::text(Some(&finding.message)),
        ]
    });
    csv::Sheet::new(&names, rows)
}

/// Who, what, the rules that were tried, and what they asked for.
pub fn explanation(explanation: &Explanation, page: &Page) -> String {
    let person = &explanation.person;
    let number = person.extension_number.as_deref().unwrap_or("");
    let who = format!("{} {}", shown(number), shown(&name_of(person)));
    let class = match (explanation.status, &explanation.class) {
        (Status::Known, Some(class)) => {
            let class = class.as_deref().unwrap_or(NO_VALUE);
            let presumed = if explanation.presumed {
                " (presumed)"
            } else {
                ""
            };
            status::paint(class).on(&format!("{}{presumed}", shown(class)))
        }
        (Status::Absent, _) => "absent: it did not exist".to_owned(),
        _ => "unknown: no data".to_owned(),
    };
    let mut text = format!(
        "{} at {}: {class}\nby {}\n",
        who.trim(),
        page.moment(explanation.at.0),
        status::criterion(&explanation.criterion)
    );
    if explanation.status == Status::Known {
        text.push('\n');
        text.push_str(&rules(&explanation.rules, page));
        text.push('\n');
        text.push_str(&facts(&explanation.facts, &explanation.queues, page));
        let zone = format!("times in {}", page.zone.name());
        text.push('\n');
        text.push_str(&Paint::Dim.on(&zone));
        text.push('\n');
    }
    text
}

/// The rules that were tried.
pub(crate) fn rules(tried: &[TriedRule], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Rule", Align::Right),
        ("Class", Align::Left),
        ("Matches", Align::Left),
        ("When", Align::Left),
    ]);
    for TriedRule { rule, matched } in tried {
        let name = rule
            .name
            .as_deref()
            .map_or_else(String::new, |name| format!("{name}: "));
        table.row(vec![
            Cell::new(&rule.number.to_string()),
            Cell::new(&outcome(rule)),
            match matched {
                Some(true) => Cell::painted("yes", Paint::Good),
                Some(false) => Cell::painted("no", Paint::Dim),
                None => Cell::painted("unknown", Paint::Bad),
            },
            Cell::new(&format!(
                "{name}{}",
                rule.when.split_whitespace().collect::<Vec<_>>().join(" ")
            )),
        ]);
    }
    if tried.iter().all(|tried| tried.matched == Some(false)) {
        table.row(vec![
            Cell::new("–"),
            Cell::new("other"),
            Cell::painted("yes", Paint::Good),
            Cell::new("no rule matches"),
        ]);
    }
    table.text(page.width)
}

/// What the rules asked for: of the state and the profile, and of call queues.
pub(crate) fn facts(facts: &[Fact], queues: &[QueueFact], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Asked for", Align::Left),
        ("Value", Align::Left),
        ("Since", Align::Left),
        ("Event", Align::Left),
    ]);
    for fact in facts {
        let value = fact.value.as_deref();
        let event = fact.event.as_ref();
        table.row(vec![
            Cell::new(fact.name),
            match value {
                Some(value) => Cell::painted(value, status::paint(value)),
                None => Cell::painted(NO_VALUE, Paint::Dim),
            },
            Cell::new(&event.map_or_else(String::new, |event| {
                page.bounded(event.observed_at.0, event.not_before.map(|time| time.0))
            })),
            Cell::new(&event.map_or_else(String::new, |event| {
                format!(
                    "{} {} (snapshot {})",
                    event.position, event.kind, event.snapshot_no
                )
            })),
        ]);
    }
    for fact in queues {
        let since = fact.since.map_or_else(String::new, |since| {
            page.bounded(since.0, fact.since_earliest.map(|time| time.0))
        });
        let presumed = if fact.presumed { " (presumed)" } else { "" };
        let paint = match fact.standing {
            "signed_in" => Paint::Good,
            "unknown" | "not_said" => Paint::Bad,
            _ => Paint::Dim,
        };
        table.row(vec![
            Cell::new(&format!("queue {}", fact.queue)),
            Cell::painted(&format!("{}{presumed}", fact.standing), paint),
            Cell::new(&since),
            Cell::new(&fact.swept_at.map_or_else(
                || "never swept by then".to_owned(),
                |at| format!("queue swept {}", page.moment(at.0)),
            )),
        ]);
    }
    table.text(page.width)
}

/// What the rules asked for, as CSV.
pub fn explanation_csv(explanation: &Explanation) -> csv::Sheet {
    let names = [
        "extension_id",
        "extension_number",
        "name",
        "at",
        "policy",
        "status",
        "class",
        "rule",
        "fact",
        "value",
        "position",
        "observed_at",
        "not_before",
    ];
    let mut certain = explanation.rules.iter();
    let decided = certain.find(|tried| tried.matched == Some(true));
    let decided = decided.filter(|_| explanation.class.is_some());
    let mut start = crate::render::person_cells(&explanation.person).to_vec();
    start.extend([
        CsvCell::time(Some(explanation.at)),
        CsvCell::text(Some(explanation.criterion.name())),
        CsvCell::own(explanation.status.name()),
        CsvCell::text(explanation.class.as_ref().and_then(Option::as_deref)),
        decided.map_or(CsvCell::Empty, |tried| CsvCell::own(tried.rule.number)),
    ]);
    if explanation.facts.is_empty() && explanation.queues.is_empty() {
        start.extend(std::iter::repeat_n(CsvCell::Empty, 5));
        return csv::Sheet::new(&names, [start]);
    }
    let rows = explanation.facts.iter().map(|fact| {
        let event = fact.event.as_ref();
        let mut row = start.clone();
        row.extend([
            CsvCell::text(Some(fact.name)),
            CsvCell::text(fact.value.as_deref()),
            event.map_or(CsvCell::Empty, |event| CsvCell::own(event.position)),
            CsvCell::time(event.map(|event| event.observed_at)),
            CsvCell::time(event.and_then(|event| event.not_before)),
        ]);
        row
    });
    let queues = explanation.queues.iter().map(|fact| {
        let mut row = start.clone();
        row.extend([
            CsvCell::text(Some(&format!("queue {}", fact.queue))),
            CsvCell::text(Some(fact.standing)),
            CsvCell::Empty,
            CsvCell::time(fact.since),
            CsvCell::time(fact.since_earliest),
        ]);
        row
    });
    csv::Sheet::new(&names, rows.chain(queues))
}
