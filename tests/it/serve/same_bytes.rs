//! Answers over HTTP have the same bytes as those of the command line.

use super::desk::{Desk, On, Wishes};
use crate::cli::support::{NOW, Place};

pub(super) const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";
const FLAGS: [&str; 4] = [
    "--from",
    "2026-11-02T08:00:00Z",
    "--to",
    "2026-11-02T08:21:00Z",
];

/// A question over HTTP, and on the command line.
fn questions() -> Vec<Question> {
    [of_a_moment(), of_a_window(), of_others()].concat()
}

/// A path, and the words of the command line.
type Question = (String, Vec<&'static str>);

fn windowed(path: &str, line: &[&'static str]) -> Question {
    (path.replace("WINDOW", WINDOW), [line, &FLAGS].concat())
}

fn of_a_moment() -> Vec<Question> {
    vec![
        ("now".to_owned(), vec!["now"]),
        (
            "now?person=101&person=102".to_owned(),
            vec!["now", "101", "102"],
        ),
        (
            "now?policy=direct_calls".to_owned(),
            vec!["now", "--policy", "direct_calls"],
        ),
        (
            "at?time=2026-11-02T08:04:30Z".to_owned(),
            vec!["at", "2026-11-02T08:04:30Z"],
        ),
        // An offset with an unescaped plus, and one as tables show it.
        (
            "at?time=2026-11-02T09:04:30+01:00".to_owned(),
            vec!["at", "2026-11-02T08:04:30Z"],
        ),
        (
            "at?time=2026-11-02%2009:04:30%2B01:00".to_owned(),
            vec!["at", "2026-11-02 09:04:30+01:00"],
        ),
        (
            "at?time=-10m&zone=Europe/Berlin&person=front".to_owned(),
            vec!["at", "-10m", "--zone", "Europe/Berlin", "front"],
        ),
    ]
}

fn of_a_window() -> Vec<Question> {
    vec![
        windowed(
            "timeline?WINDOW&person=101&person=103",
            &["timeline", "101", "103"],
        ),
        windowed(
            "timeline?WINDOW&person=101&facet=message",
            &["timeline", "101", "--facet", "message"],
        ),
        windowed("changes?WINDOW", &["changes"]),
        windowed(
            "changes?WINDOW&person=101&limit=2",
            &["changes", "101", "--limit", "2"],
        ),
        windowed("report?WINDOW", &["report"]),
        windowed(
            "report?WINDOW&by=department,hour&hours=Mo-Fr+08:00-08:10&zone=UTC&types=all",
            &[
                "report",
                "--by",
                "department,hour",
                "--hours",
                "Mo-Fr 08:00-08:10",
                "--zone",
                "UTC",
                "--types",
                "all",
            ],
        ),
        windowed(
            "report?WINDOW&metrics=episodes&value=Available&as-now=true",
            &[
                "report",
                "--metrics",
                "episodes",
                "--value",
                "Available",
                "--as-now",
            ],
        ),
        windowed(
            "staffing?WINDOW&value=Available&step=5m",
            &["staffing", "--value", "Available", "--step", "5m"],
        ),
        windowed(
            "heatmap?WINDOW&value=Available",
            &["heatmap", "--value", "Available"],
        ),
        windowed(
            "episodes?WINDOW&value=Available&at-least=1m",
            &["episodes", "--value", "Available", "--at-least", "1m"],
        ),
        windowed("coverage?WINDOW", &["coverage"]),
        windowed(
            "report?WINDOW&department=Sales&site=South",
            &["report", "--department", "Sales", "--site", "South"],
        ),
        windowed(
            "staffing?WINDOW&value=Available&department=Sales&as-now",
            &[
                "staffing",
                "--value",
                "Available",
                "--department",
                "Sales",
                "--as-now",
            ],
        ),
        windowed(
            "heatmap?WINDOW&value=Available&department=Sales",
            &["heatmap", "--value", "Available", "--department", "Sales"],
        ),
        windowed(
            "timeline?WINDOW&department=Sales",
            &["timeline", "--department", "Sales"],
        ),
        windowed(
            "meet?WINDOW&site=North&person=101&length=5m",
            &["meet", "101", "--site", "North", "--length", "5m"],
        ),
        windowed(
            "changes?WINDOW&kind=appeared&kind=changed&department=Sales&policy=direct_calls",
            &[
                "changes",
                "--kind",
                "appeared",
                "--kind",
                "changed",
                "--department",
                "Sales",
                "--policy",
                "direct_calls",
            ],
        ),
        windowed(
            "meet?WINDOW&person=101&person=103&length=5m&limit=3",
            &["meet", "101", "103", "--length", "5m", "--limit", "3"],
        ),
    ]
}

fn of_others() -> Vec<Question> {
    vec![
        (
            "explain?person=101&time=2026-11-02T08:12:00Z".to_owned(),
            vec!["explain", "101", "2026-11-02T08:12:00Z"],
        ),
        (
            "route?class=can_take&limit=2".to_owned(),
            vec!["route", "--class", "can_take", "--limit", "2"],
        ),
        ("people".to_owned(), vec!["people"]),
        (
            "people?department=Sales&as-now=true".to_owned(),
            vec!["people", "--department", "Sales", "--as-now"],
        ),
        (
            "now?department=Sales&site=North".to_owned(),
            vec!["now", "--department", "Sales", "--site", "North"],
        ),
        (
            "at?time=2026-11-02T08:12:00Z&department=Sales".to_owned(),
            vec!["at", "2026-11-02T08:12:00Z", "--department", "Sales"],
        ),
        (
            "people?types=all&limit=2".to_owned(),
            vec!["people", "--types", "all", "--limit", "2"],
        ),
        ("policies".to_owned(), vec!["policy", "list"]),
        (
            "report?from=-20m&to=now".to_owned(),
            vec!["report", "--from", "-20m", "--to", "now"],
        ),
        windowed("report?WINDOW&as-of=5", &["report", "--as-of", "5"]),
        windowed(
            "report?WINDOW&compare-as-of=8:8",
            &["report", "--compare-as-of", "8:8"],
        ),
        windowed(
            "report?WINDOW&as-of=8:8&compare-as-of=9990-01-01",
            &["report", "--as-of", "8:8", "--compare-as-of", "9990-01-01"],
        ),
    ]
}

async fn the_bytes_are_the_command_lines(on: On) {
    let desk = Desk::start(Wishes {
        on,
        ..Wishes::default()
    })
    .await;
    let place = Place::empty();
    for (path, line) in questions() {
        for format in ["json", "ndjson", "csv"] {
            let (name, query) = path.split_once('?').unwrap_or((&path, ""));
            let answer = desk.get(&format!("/api/v1/{name}.{format}?{query}")).await;
            let common = [
                "--store",
                &desk.location,
                "--now",
                NOW,
                "--format",
                format,
                "--quiet",
            ];
            let line = [&line[..], &common].concat();
            let told = tokio::task::block_in_place(|| place.run(&line).answer());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert_eq!(answer.body, told, "{path} as {format}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_are_the_command_lines_with_sqlite() {
    the_bytes_are_the_command_lines(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_are_the_command_lines_with_postgres() {
    the_bytes_are_the_command_lines(On::Postgres).await;
}
