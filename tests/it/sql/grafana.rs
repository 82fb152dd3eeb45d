//! `docs/grafana/presence.json`: it is a dashboard, its queries run, and their answers are the program's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use presence_answers::ask::{Context, Types, at, coverage};
use presence_answers::shapes::common::Status;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_model::facet::Facet;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::Messages;
use serde_json::Value;

use super::world::{Answer, World};
use crate::store::database::{ACCOUNT, PostgresDatabase};

/// A history of some weeks.
const SEED: u64 = 6;

/// The time between two points, which depends on the dashboard's resolution.
const STEP_MS: i64 = 7_200_000;

/// The value of the dashboard's variable.
const STATUS: &str = "Available";

fn dashboard() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/grafana/presence.json");
    let text = fs::read_to_string(path).expect("the dashboard is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("there is no list {pointer}"))
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("there is no text {pointer} in {value}"))
}

/// The queries of the panels, by title.
fn queries(dashboard: &Value) -> BTreeMap<&str, &str> {
    let panels = list(dashboard, "/panels").iter();
    let queries = panels.map(|panel| (word(panel, "/title"), word(panel, "/targets/0/rawSql")));
    queries.collect()
}

/// Replaces variables and macros, as Grafana's data source for Postgres does it.
struct Expansion<'a> {
    window: TimeRange,
    /// Values of variables, as they appear in the statement.
    variables: &'a [(&'a str, String)],
}

impl Expansion<'_> {
    fn of(&self, statement: &str) -> String {
        let from = format!("'{}'", self.window.from());
        let to = format!("'{}'", self.window.to());
        let mut expanded = String::new();
        let mut rest = statement;
        while let Some((before, after)) = rest.split_once("$__timeFilter(") {
            let (column, after) = after.split_once(')').expect("it is closed");
            expanded.push_str(before);
            let _ = write!(expanded, "{column} between {from} and {to}");
            rest = after;
        }
        expanded.push_str(rest);
        let mut expanded = expanded
            .replace("$__timeFrom()", &from)
            .replace("$__timeTo()", &to)
            .replace("$__interval_ms", &STEP_MS.to_string());
        for (name, value) in self.variables {
            expanded = expanded
                .replace(&format!("${{{name}:sqlstring}}"), value)
                .replace(&format!("${name}"), value);
        }
        assert!(!expanded.contains('$'), "all is expanded: {expanded}");
        expanded
    }
}

/// Several values, as they appear in a statement.
fn quoted(values: &[String]) -> String {
    let quoted = values
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")));
    quoted.collect::<Vec<_>>().join(",")
}

/// The dashboard over a history, with everybody chosen.
struct Shown {
    world: World,
    window: TimeRange,
    variables: Vec<(&'static str, String)>,
}

impl Shown {
    async fn new() -> Self {
        let world = World::new(PostgresDatabase::new(), SEED).await;
        let world = world.of_weeks(SEED).await;
        let window = world.window;
        let mut shown = Self {
            world,
            window,
            variables: vec![("status", quoted(&[STATUS.to_owned()]))],
        };
        let dashboard = dashboard();
        // A variable's query uses the values of the variables before it.
        for variable in list(&dashboard, "/templating/list") {
            if word(variable, "/type") != "query" {
                continue;
            }
            let name = match word(variable, "/name") {
                "account" => "account",
                "team" => "team",
                "person" => "person",
                other => panic!("the variable {other} is unknown"),
            };
            let rows = shown.ask(word(variable, "/query")).await;
            let values: Vec<String> = rows.iter().map(Answer::variable).collect();
            assert!(!values.is_empty(), "{name}");
            let value = if name == "account" {
                assert!(values.contains(&ACCOUNT.to_string()));
                ACCOUNT.to_string()
            } else {
                quoted(&values)
            };
            shown.variables.push((name, value));
        }
        shown
    }

    async fn ask(&self, statement: &str) -> Vec<Answer> {
        let expansion = Expansion {
            window: self.window,
            variables: &self.variables,
        };
        self.world.rows(&expansion.of(statement)).await
    }

    /// How many people are not there yet at a moment, but may be, in the status: a report about that moment alone has
    /// no row for them.
    async fn about_to_appear(&self, at: Timestamp) -> i64 {
        let ids: Vec<_> = self.world.people().await.into_iter().collect();
        let mut reading = self.world.store.read().await.expect("it reads");
        let histories = reading.histories(ACCOUNT, &ids, self.world.whole());
        let histories = histories.await.expect("it reads");
        let dictionary = reading.dictionary(Messages::NotNeeded).await;
        let dictionary = dictionary.expect("it reads");
        let mut count = 0;
        for history in histories {
            let begins = history.existence.iter().map(|life| life.from);
            let may_be_there = history.intervals.iter().any(|interval| {
                begins.clone().any(|from| from == interval.from)
                    && interval.from > at
                    && interval.not_before.is_some_and(|earliest| earliest <= at)
                    && dictionary.value(interval, Facet::PresenceStatus) == Some(STATUS)
            });
            count += i64::from(may_be_there);
        }
        count
    }

    async fn panel(&self, title: &str) -> Vec<Answer> {
        let dashboard = dashboard();
        let queries = queries(&dashboard);
        let query = queries.get(title);
        self.ask(query.unwrap_or_else(|| panic!("there is no panel {title}")))
            .await
    }
}

#[test]
fn it_is_a_dashboard() {
    let dashboard = dashboard();
    for key in ["/uid", "/title", "/time/from", "/time/to"] {
        assert!(!word(&dashboard, key).is_empty());
    }
    assert!(dashboard["schemaVersion"].as_i64() >= Some(36));
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in list(&dashboard, "/panels") {
        assert!(ids.insert(panel["id"].as_i64().expect("an id")), "{panel}");
        let place = |key| panel["gridPos"][key].as_i64().expect("a place");
        let (x, y, w, h) = (place("x"), place("y"), place("w"), place("h"));
        assert!(x >= 0 && w > 0 && h > 0 && x + w <= 24);
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "{} overlaps", word(panel, "/title"));
        }
        assert!(!word(panel, "/description").is_empty());
        for target in list(panel, "/targets") {
            assert_eq!(target["rawQuery"], Value::Bool(true));
            assert!(["table", "time_series"].contains(&word(target, "/format")));
        }
    }
}

#[test]
fn what_it_refers_to_is_there() {
    let dashboard = dashboard();
    let variables = list(&dashboard, "/templating/list");
    let names: BTreeSet<&str> = variables.iter().map(|one| word(one, "/name")).collect();
    let mut sources = Vec::new();
    find_sources(&dashboard, &mut sources);
    assert!(sources.len() > variables.len());
    assert!(
        sources.iter().all(|uid| uid == "${datasource}"),
        "{sources:?}"
    );
    let text = dashboard.to_string();
    for rest in text.split('$').skip(1) {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        let name = &rest[..end.unwrap_or(rest.len())];
        let is_macro = ["__timeFrom", "__timeTo", "__timeFilter", "__interval_ms"].contains(&name);
        assert!(is_macro || names.contains(name), "there is no ${name}");
    }
    for name in names {
        assert!(
            text.contains(&format!("${name}")) || text.contains(&format!("${{{name}")),
            "nothing uses ${name}"
        );
    }
}

fn find_sources(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(source) = fields.get("datasource") {
                found.push(word(source, "/uid").to_owned());
            }
            fields.values().for_each(|value| find_sources(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| find_sources(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_panel_says_what_the_program_says() {
    let shown = Shown::new().await;
    let dashboard = dashboard();
    let checked = [
        observed(&shown, "Observed").await,
        people_in_status(&shown, "People in status: $status").await,
        status_of_people(&shown, "Status of people").await,
        time_per_day(&shown, "Time in each status per local day").await,
        gaps(&shown, "Gaps").await,
        as_last_seen(&shown, "As last seen").await,
    ];
    let titles: BTreeSet<&str> = queries(&dashboard).into_keys().collect();
    assert_eq!(titles, BTreeSet::from(checked), "every panel is checked");
}

async fn observed<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    let told = coverage(&shown.world.context, shown.window).await;
    let told = told.expect("it can be asked");
    let seconds = |ms: i64| std::time::Duration::from_millis(ms.unsigned_abs()).as_secs_f64();
    let part = seconds(told.observed_ms) / seconds(shown.window.duration_ms());
    assert!(
        (rows[0].fraction("looked at") - part).abs() < 1e-9,
        "{rows:?} {part}"
    );
    title
}

async fn gaps<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    let told = coverage(&shown.world.context, shown.window).await;
    let gaps = told.expect("it can be asked").gaps;
    let expected: Vec<_> = gaps
        .iter()
        .map(|gap| {
            (
                gap.from.0.to_string(),
                gap.to.0.to_string(),
                gap.to.0.since_ms(gap.from.0),
            )
        })
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.key("from"), row.key("until"), row.int("length")))
        .collect();
    assert!(!told.is_empty());
    assert_eq!(told, expected);
    title
}

/// Compared with reports about single milliseconds, in which an amount is a number of people.
async fn people_in_status<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    let covered = coverage(&shown.world.context, shown.window).await;
    let covered = covered.expect("it can be asked").segments;
    let (mut compared, mut uncertain) = (0, 0);
    for row in &rows {
        let at: Timestamp = row.key("time").parse().expect("a moment");
        let told = ["at least", "estimate", "at most"].map(|column| row.opt_int(column));
        if !covered
            .iter()
            .any(|segment| segment.from.0 <= at && at < segment.to.0)
        {
            assert_eq!(told, [None; 3], "{at}");
            continue;
        }
        let window = TimeRange::new(at, at.plus_ms(1)).expect("it has a length");
        let report = shown
            .world
            .report(window, GroupBy::default(), Bucket::Range, Types::People)
            .await;
        let amount = report.rows.first().and_then(|row| row.values.get(STATUS));
        let mut expected =
            amount.map_or([0; 3], |amount| [amount.min_ms, amount.ms, amount.max_ms]);
        expected[2] += shown.about_to_appear(at).await;
        assert_eq!(told, expected.map(Some), "{at}");
        compared += 1;
        uncertain += usize::from(expected[0] < expected[2]);
    }
    assert!(compared > 20 && uncertain > 5, "{compared} {uncertain}");
    assert!(compared < rows.len(), "there are gaps");
    title
}

/// Compared with timelines: the same stretches of known time, with the same values.
async fn status_of_people<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    let mut told: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    for row in &rows {
        let of_person = told.entry(row.key("person")).or_default();
        of_person.push((row.key("time"), row.text("status")));
    }
    let people = shown.world.by_person().await;
    let timelines = shown
        .world
        .timelines(Facet::PresenceStatus, shown.window)
        .await;
    let mut expected: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    for (id, intervals) in timelines {
        let Some(row) = people.get(&id) else { continue };
        let person = row.keys.person.as_ref().expect("rows are by person");
        let parts = [person.extension_number.clone(), person.name.clone()];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let mut points = Vec::new();
        for (index, interval) in intervals.iter().enumerate() {
            let is_known = interval.status == Status::Known;
            if is_known {
                let value = interval.value.clone().flatten();
                points.push((
                    interval.from.0.to_string(),
                    Some(value.unwrap_or("not set".to_owned())),
                ));
            } else if index > 0 && intervals[index - 1].status == Status::Known {
                points.push((interval.from.0.to_string(), None));
            }
        }
        if !points.is_empty() {
            expected.insert(name, points);
        }
    }
    assert!(expected.len() > 4);
    assert_eq!(told, expected);
    title
}

async fn time_per_day<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    let days = super::days::days(&shown.world).await;
    let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
    for ((_, date), row) in days {
        let mut add = |status: &str, ms: i64| {
            *expected
                .entry((date.clone(), status.to_owned()))
                .or_default() += ms;
        };
        for (value, amount) in row.values.iter() {
            add(if value.is_empty() { "not set" } else { value }, amount.ms);
        }
        add("unknown", row.unknown_ms);
        add("absent", row.absent_ms);
    }
    let told: BTreeMap<(String, String), f64> = rows
        .iter()
        .map(|row| ((row.key("day"), row.key("status")), row.fraction("hours")))
        .collect();
    for (key, ms) in &expected {
        let hours = std::time::Duration::from_millis(ms.unsigned_abs()).as_secs_f64() / 3_600.0;
        let shown = told.get(key).copied().unwrap_or(0.0);
        assert!((hours - shown).abs() < 1e-6, "{key:?}: {hours} and {shown}");
    }
    assert!(told.keys().all(|key| expected.contains_key(key)));
    assert!(told.len() > 20);
    title
}

async fn as_last_seen<'t>(shown: &Shown, title: &'t str) -> &'t str {
    let rows = shown.panel(title).await;
    // As if it were asked when the last sweep with data had just ended.
    let mut sweeps = shown.world.log.iter().rev();
    let last = sweeps.find(|(sweep, _)| sweep.status.observes());
    let end = last.expect("there are sweeps").0.finished_at;
    let context = Context::new(&*shown.world.store, ACCOUNT, end.plus_ms(1)).await;
    let entries = at(&context.expect("it can be asked"), end).await;
    let entries = entries.expect("it can be asked");
    let people = shown.world.people().await;
    let known: BTreeMap<String, String> = entries
        .iter()
        .filter(|entry| people.contains(&entry.person.extension_id.0))
        .filter_map(|entry| {
            let state = entry.state.as_ref()?;
            let value = state.0.get(Facet::PresenceStatus).unwrap_or("not set");
            let parts = [
                entry.person.extension_number.clone(),
                entry.person.name.clone(),
            ];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            Some((name, value.to_owned()))
        })
        .collect();
    let told: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (row.key("person"), row.key("status")))
        .collect();
    assert_eq!(told.len(), people.len());
    assert!(!known.is_empty());
    for (name, status) in known {
        assert_eq!(told.get(&name), Some(&status), "{name}");
    }
    title
}
