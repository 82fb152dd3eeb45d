//! The tag of an answer: it stays while nothing changes, and changes with everything that the answer depends on.

use presence_clock::{Clock, SystemClock};
use presence_model::time::Timestamp;

use super::desk::{Answer, Desk};

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
    // A later sweep changes the answer.
    super::desk::import(&desk.opened, later()).await;
    let changed = again(&desk, &paths[0], &tags[0]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tags[0]);
}

/// Settings of a policy, a report, a calendar, holidays and an absence: before and after a change.
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
        // The same configuration after a restart: an answer that the client has is not sent again.
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
            // An answer that does not depend on that part of the configuration is still valid, and has the same bytes.
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
async fn an_answer_so_far_changes_later() {
    let desk = Desk::open().await;
    // The window ends before the last sweep, and after the present of the question, which advances.
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

/// A sweep after the history.
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
