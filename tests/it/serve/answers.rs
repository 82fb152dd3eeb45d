//! What is answered: the command line's bytes, each with its tag, in pages, as asked for.

use presence_clock::{Clock, SystemClock};
use presence_core::model::time::Timestamp;

use super::desk::{Answer, Desk, On, Wishes};
use crate::cli::support::{NOW, Place};

const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";
const FLAGS: [&str; 4] = [
    "--from",
    "2026-11-02T08:00:00Z",
    "--to",
    "2026-11-02T08:21:00Z",
];

/// A question as it is asked over HTTP, and on the command line.
fn questions() -> Vec<Asked> {
    [of_a_moment(), of_a_window(), of_others()].concat()
}

/// A path, and the words of the command line.
type Asked = (String, Vec<&'static str>);

fn windowed(path: &str, line: &[&'static str]) -> Asked {
    (path.replace("WINDOW", WINDOW), [line, &FLAGS].concat())
}

fn of_a_moment() -> Vec<Asked> {
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
        // An offset whose plus is written as it is, and as tables have it.
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

fn of_a_window() -> Vec<Asked> {
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

fn of_others() -> Vec<Asked> {
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

#[tokio::test]
async fn an_answer_is_as_it_is_asked_for() {
    let desk = Desk::open().await;
    let path = format!("/api/v1/coverage?{WINDOW}");
    for (accepted, expected) in [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        (
            "application/json;q=0.5, text/csv",
            "text/csv; charset=utf-8",
        ),
        ("text/html, application/json;q=0.9", "application/json"),
    ] {
        let mut request = desk.client.get(desk.url(&path));
        if !accepted.is_empty() {
            request = request.header("accept", accepted);
        }
        let answer = desk.sent(request).await;
        assert_eq!(answer.header("content-type"), expected, "{accepted}");
    }
    let request = desk
        .client
        .get(desk.url(&path))
        .header("accept", "image/png");
    let refused = desk.sent(request).await.problem();
    assert_eq!(refused, (406, "not_acceptable".to_owned(), None));
    let named = desk.get(&format!("{path}&format=csv")).await;
    assert_eq!(named.header("content-type"), "text/csv; charset=utf-8");
}

async fn again(desk: &Desk, path: &str, tag: &str) -> Answer {
    let request = desk.client.get(desk.url(path)).header("if-none-match", tag);
    desk.sent(request).await
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let desk = Desk::open().await;
    let past = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z";
    let paths = [
        format!("/api/v1/report?{past}"),
        format!("/api/v1/report?{past}&by=department"),
        format!("/api/v1/report.csv?{past}"),
        format!("/api/v1/timeline?{past}&person=101"),
        format!("/api/v1/changes?{past}"),
        "/api/v1/now".to_owned(),
        "/api/v1/policies".to_owned(),
        "/api/v1/report?from=-1h&to=now".to_owned(),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        let first = desk.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        assert!(!tags.contains(&tag), "{path}");
        let known = again(&desk, path, &tag).await;
        assert_eq!((known.status, known.body.as_str()), (304, ""), "{path}");
        assert_eq!(known.header("etag"), tag, "{path}");
        assert_eq!(
            again(&desk, path, "\"other\"").await.body,
            first.body,
            "{path}"
        );
        tags.push(tag);
    }
    // What is learned later makes another answer.
    super::desk::import(&desk.opened, later()).await;
    let changed = again(&desk, &paths[0], &tags[0]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tags[0]);
}

/// What a policy, a calendar, an absence and a floor of groups say: as they are first, and changed.
const CONFIGURED: [(&str, &str, &str); 5] = [
    ("presence.toml", "class = \"here\"", "class = \"there\""),
    ("presence.toml", "min_group = \"2\"", "min_group = \"3\""),
    ("presence.toml", "Mo-Fr 08:00-08:15", "Mo-Fr 08:00-08:10"),
    ("own.ics", "20261101", "20261102"),
    (
        "vacation.csv",
        "2026-10-31,2026-11-01",
        "2026-11-01,2026-11-02",
    ),
];

fn configured(folder: &std::path::Path) -> presence_config::Config {
    let path = folder.join("presence.toml");
    presence_config::Config::load(Some(&path)).expect("it is right")
}

#[tokio::test]
async fn a_changed_configuration_makes_other_answers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("it can be written");
    };
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    write(
        "presence.toml",
        "[report]\nmin_group = \"2\"\n\
         [policies.desk]\nrules = [{ when = \"presence_status == 'Available'\", class = \"here\" }]\n\
         [calendars.office]\nhours = \"Mo-Fr 08:00-08:15; PH off\"\nzone = \"UTC\"\nholidays = [\"own.ics\"]\n\
         [[absences]]\nfile = \"vacation.csv\"\n",
    );
    write(
        "own.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;VALUE=DATE:20261101\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    write(
        "vacation.csv",
        "person,from,to\n101,2026-10-31,2026-11-01\n",
    );
    let past = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z&zone=UTC";
    let paths = [
        format!("/api/v1/report?{past}&policy=desk&by=extension,department"),
        format!("/api/v1/report.csv?{past}&policy=desk&by=department"),
        format!("/api/v1/report.parquet?{past}&calendar=office&planned-absence=exclude"),
        format!("/api/v1/timeline.svg?{past}&person=101&policy=desk"),
        format!("/api/v1/timeline?{past}&person=101&policy=desk"),
    ];
    let first = Desk::open().await;
    let mut desk = first.restarted(configured(folder.path())).await;
    for (name, before, after) in CONFIGURED {
        let mut known = Vec::new();
        for path in &paths {
            let answer = desk
                .client
                .get(desk.url(path))
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status(), 200, "{path}: {:?}", answer.text().await);
            let tag = answer.headers()["etag"].to_str().expect("text").to_owned();
            known.push((tag, answer.bytes().await.expect("a body")));
        }
        // The same configuration after a restart: what is known is not sent again.
        desk = first.restarted(configured(folder.path())).await;
        for (path, (tag, _)) in paths.iter().zip(&known) {
            assert_eq!(again(&desk, path, tag).await.status, 304, "{path}");
        }
        let text = read(name);
        assert!(text.contains(before), "{name}");
        write(name, &text.replace(before, after));
        desk = first.restarted(configured(folder.path())).await;
        let mut changed = 0;
        for (path, (tag, body)) in paths.iter().zip(&known) {
            let sent = desk.client.get(desk.url(path)).send().await;
            let now = sent.expect("an answer").bytes().await.expect("a body");
            // What does not follow from that part of the configuration is still known; it is the same to the byte.
            let is_known = again(&desk, path, tag).await.status == 304;
            assert!(
                !is_known || now == *body,
                "{path} after {name} said {after}"
            );
            changed += usize::from(now != *body);
        }
        assert!(changed > 0, "{name} with {after} changes nothing");
    }
}

#[tokio::test]
async fn pages_are_always_made_again() {
    let desk = Desk::open().await;
    for path in [
        "/",
        "/day/2026-11-02",
        "/day/2026-11-02.csv",
        "/report?from=-1h&to=now",
    ] {
        let page = desk.get(path).await;
        assert_eq!((page.status, page.header("etag")), (200, ""), "{path}");
        assert_eq!(page.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(again(&desk, path, "*").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn what_is_still_to_come_is_refused() {
    let desk = Desk::open().await;
    for path in ["at?", "explain?person=101&"] {
        let moment = "time=2026-11-02T08:12:00Z&now=2026-11-02T08:11:59Z";
        let answer = desk.get(&format!("/api/v1/{path}{moment}")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["parameter"], "time", "{path}");
    }
}

#[tokio::test]
async fn an_answer_so_far_is_another_one_later() {
    let desk = Desk::open().await;
    // The window ends before the last look, and after the present that is asked about, which goes on.
    let moment: Timestamp = "2026-11-02T08:10:00Z".parse().expect("a moment");
    let ago_s = SystemClock.now_ms() / 1_000 - moment.as_ms() / 1_000;
    let window = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z";
    let path = format!("/api/v1/report?{window}&now=-{ago_s}s");
    let first = desk.get(&path).await;
    assert_eq!(first.json()["so_far"], true);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let later = again(&desk, &path, first.header("etag")).await;
    assert_eq!(later.status, 200);
    assert_ne!(later.json()["not_yet_ms"], first.json()["not_yet_ms"]);
}

/// A look after the history.
fn later() -> String {
    let sweep = crate::cli::support::sweep(
        crate::cli::support::ACCOUNT,
        22,
        &[(1001, serde_json::json!({"presenceStatus": "Busy"}))],
    );
    format!("{sweep}\n")
}

#[tokio::test]
async fn what_is_compressed_has_a_tag_of_its_own() {
    let desk = Desk::open().await;
    let path = "/api/v1/policies";
    let plain = desk.get(path).await;
    let request = desk
        .client
        .get(desk.url(path))
        .header("accept-encoding", "gzip");
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let tag = response.headers()["etag"]
        .to_str()
        .expect("text")
        .to_owned();
    assert_eq!(
        tag,
        plain
            .header("etag")
            .replace("\"\"", "")
            .trim_end_matches('"')
            .to_owned()
            + "-gzip\""
    );
    let bytes = response.bytes().await.expect("a body");
    assert!(bytes.len() < plain.body.len());
    let request = desk
        .client
        .get(desk.url(path))
        .header("accept-encoding", "gzip")
        .header("if-none-match", &tag);
    let known = desk.sent(request).await;
    assert_eq!((known.status, known.header("etag")), (304, tag.as_str()));
}

/// Where a list goes on.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let (address, relation) = link.split_once(">; ")?;
    assert_eq!(relation, "rel=\"next\"");
    Some(format!("/api/v1/{}", address.trim_start_matches('<')))
}

#[tokio::test]
async fn a_list_in_pages_is_the_list() {
    let desk = Desk::open().await;
    for path in [
        format!("/api/v1/changes.ndjson?{WINDOW}"),
        "/api/v1/people.ndjson?types=all".to_owned(),
    ] {
        let whole = desk.get(&path).await;
        assert_eq!(next(&whole), None);
        let mut parts = String::new();
        let mut pages = 0;
        let mut at = Some(format!("{path}&limit=3"));
        while let Some(path) = at {
            let page = desk.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.body);
            assert!(page.body.lines().count() <= 3);
            parts.push_str(&page.body);
            pages += 1;
            at = next(&page);
        }
        assert_eq!(parts, whole.body, "{path}");
        assert!(pages > 1, "{path}");
    }
}

/// What cannot be asked: the status, the code, and the parameter that is named.
const WRONG: &[(&str, u16, &str, Option<&str>)] = &[
    ("/api/v1/reprot", 404, "not_found", None),
    ("/api/v1/", 404, "not_found", None),
    ("/api/v2/now", 404, "not_found", None),
    ("/nothing", 404, "not_found", None),
    ("/api/v1/now.xml", 404, "not_found", None),
    (
        "/api/v1/now?format=xml",
        400,
        "wrong_parameter",
        Some("format"),
    ),
    ("/api/v1/report", 200, "", None),
    ("/api/v1/report?to=now", 200, "", None),
    (
        "/api/v1/report?from=%2B1d",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=x&to=now",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=now&to=-1d",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&by=day,week",
        400,
        "wrong_parameter",
        Some("by"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&hours=x",
        400,
        "wrong_parameter",
        Some("hours"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&zone=Mars",
        400,
        "wrong_parameter",
        Some("zone"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&policy=x",
        400,
        "wrong_parameter",
        Some("policy"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&calendar=x",
        400,
        "wrong_parameter",
        Some("calendar"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&as-of=99999",
        400,
        "wrong_parameter",
        Some("as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&compare-as-of=99999",
        400,
        "wrong_parameter",
        Some("compare-as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&compare-as-of=2020-01-01",
        400,
        "wrong_parameter",
        Some("compare-as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&color=always",
        400,
        "wrong_parameter",
        Some("color"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&pseudonymous",
        400,
        "wrong_parameter",
        Some("pseudonymous"),
    ),
    (
        "/api/v1/now?person=nobody",
        404,
        "wrong_parameter",
        Some("person"),
    ),
    ("/api/v1/now?account=5", 422, "no_answer", None),
    ("/api/v1/at", 400, "wrong_parameter", Some("time")),
    ("/api/v1/at?time=noon", 400, "wrong_parameter", Some("time")),
    (
        "/api/v1/timeline?from=-1d&to=now",
        400,
        "wrong_parameter",
        Some("person"),
    ),
    (
        "/api/v1/staffing?from=-1d&to=now&value=x",
        400,
        "wrong_parameter",
        Some("value"),
    ),
    (
        "/api/v1/changes?from=-1d&to=now&limit=x",
        400,
        "wrong_parameter",
        Some("limit"),
    ),
    ("/api/v1/now?a=%ff", 400, "wrong_parameter", None),
    ("/api/v1/report?from=-400d&to=now&by=hour", 200, "", None),
    (
        "/api/v1/report?from=-20x&to=now",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=-20y&to=now",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/report?zone=GMT%2B1",
        400,
        "wrong_parameter",
        Some("zone"),
    ),
    ("/api/v1/at?time=7d", 400, "wrong_parameter", Some("time")),
    (
        "/api/v1/report?from=1990-01-01&to=now",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/timeline?from=1990-01-01&to=now&person=101",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/staffing?from=-9d&to=now&value=Busy&step=1s",
        422,
        "too_large",
        Some("step"),
    ),
    ("/assets/nothing.js", 404, "not_found", None),
    ("/assets/..%2f..%2fCargo.toml", 404, "not_found", None),
    ("/assets/%2e%2e/Cargo.toml", 404, "not_found", None),
    ("/api/v1/..%2f..%2fpresence.db", 404, "not_found", None),
];

#[tokio::test]
async fn what_cannot_be_is_told_by_its_name() {
    let desk = Desk::open().await;
    for &(path, status, code, parameter) in WRONG {
        let answer = desk.get(path).await;
        if status == 200 {
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            continue;
        }
        let expected = (status, code.to_owned(), parameter.map(str::to_owned));
        assert_eq!(answer.problem(), expected, "{path}: {}", answer.body);
    }
    let request = desk.client.delete(desk.url("/api/v1/now"));
    let refused = desk.sent(request).await.problem();
    assert_eq!(refused, (405, "wrong_method".to_owned(), None));
}

#[tokio::test]
async fn a_server_below_a_path_is_the_same() {
    let desk = Desk::start(Wishes {
        prefix: "/office/presence",
        ..Wishes::default()
    })
    .await;
    let answer = desk.get("/api/v1/people.ndjson?limit=1").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body.lines().count(), 1);
    let bare = format!("http://{}/api/v1/people", desk.address);
    assert_eq!(desk.sent(desk.client.get(bare)).await.status, 404);
    assert_eq!(desk.get("/assets/presence.css").await.status, 200);
    let bare = format!("http://{}/office/presence", desk.address);
    let answer = desk.sent(desk.client.get(bare)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/office/presence/")
    );
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let desk = Desk::open().await;
    for path in [
        "/api/v1/now",
        "/nothing",
        "/sign-in",
        "/assets/presence.css",
        "/api/v1/at",
    ] {
        let answer = desk.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert_ne!(answer.header("cache-control"), "", "{path}");
    }
}
