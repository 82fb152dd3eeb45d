//! The forms: a report, and the API.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use regex::Regex;
use serde_json::{Value, json};

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

#[tokio::test]
async fn a_report_is_built_with_the_form_and_downloaded() {
    // A refused question is answered with 400, which the browser reports as an error.
    browse(
        Screen::WIDE,
        Some("400"),
        async |_: &Office, page: &Page| {
            let hours = Target::LabelPart("Hours that count");
            // The answer is at the top, and the form is folded.
            page.open("/report").await;
            page.wait_for("#answer", "").await;
            page.fill(Target::Label("From"), "2026-11-02").await;
            page.fill(Target::Label("To"), "2026-11-07").await;
            page.fill(hours, "Mo-Fr 9-17").await;
            page.click(Target::Css("details.question > summary")).await;
            page.check(Target::LabelPart("by department")).await;
            page.select(Target::LabelPart("By time"), "day").await;
            page.click(Target::Button("Show")).await;
            page.wait_for("[role=alert]", "Mo-Fr 09:00-17:00").await;
            page.fill(hours, "Mo-Fr 09:00-17:00").await;
            page.click(Target::Button("Show")).await;
            page.wait_for("#answer", "").await;
            let rows = page.count("tbody tr").await;
            assert!(rows >= 20, "{rows} rows");
            let command = page.text(Target::Css("#command")).await;
            let start =
                "presence report --from 2026-11-02 --to 2026-11-07 --hours 'Mo-Fr 09:00-17:00' ";
            assert!(command.starts_with(start), "{command}");
            assert!(command.ends_with("--by day,department"), "{command}");
            let link = page
                .about(Target::Link("CSV"), "return arguments[0].href")
                .await;
            let csv = page
                .fetch(link.as_str().expect("a link leads somewhere"))
                .await;
            assert!(csv.starts_with("department,day,scheduled_ms,"), "{csv}");
        },
    )
    .await;
}

/// The fields of a query, ordered by name.
fn pairs(query: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    pairs
}

/// The answer that a page shows.
async fn body(page: &Page) -> Value {
    let text = page.text(Target::Css("#body")).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn a_question_is_tried_by_keyboard_alone_and_its_answer_shown() {
    let screen = Screen {
        scheme: "dark",
        width: 390,
        ..Screen::WIDE
    };
    browse(screen, Some("400"), async |_: &Office, page: &Page| {
        let (from, to) = (Target::LabelStart("from "), Target::LabelStart("to "));
        page.open("/api").await;
        page.focus(Target::Link("GET /api/v1/report")).await;
        page.press(Key::Enter).await;
        page.wait_for_address(r"/api/report$").await;
        page.fill(from, "2026-11-02").await;
        page.fill(to, "2026-11-03").await;
        let people = Office::people()[..2].iter();
        let people: BTreeSet<_> = people
            .map(|person| person["extension_id"].as_str().expect("an id is text"))
            .collect();
        let lines: Vec<_> = people.iter().copied().collect();
        page.fill(Target::LabelStart("person "), &lines.join("\n"))
            .await;
        page.focus(to).await;
        page.press(Key::Enter).await;
        page.wait_for("#status", r"^200 OK, [\d,]+ bytes in [\d,]+ ms$")
            .await;
        let top = "return arguments[0].getBoundingClientRect().top";
        let top = page.about(Target::Css("#status"), top).await;
        let is_in_sight = top.as_f64().is_some_and(|top| (0.0..800.0).contains(&top));
        assert!(is_in_sight, "the answer is out of sight, at {top}");
        let headers = page.text(Target::Css("#headers")).await;
        for pattern in [
            "content-type *application/json",
            "etag *\"[0-9a-f]{32}(-gzip)?\"",
        ] {
            let pattern = Regex::new(pattern).expect("it is a pattern");
            assert!(pattern.is_match(&headers), "{pattern}: {headers}");
        }
        let answer = body(page).await;
        let rows = answer["rows"].as_array().expect("a report has rows");
        let mut shown: Vec<_> = rows.iter().map(|row| &row["extension_id"]).collect();
        shown.sort_by_key(|id| id.as_str());
        assert_eq!(shown, lines);
        let command = page.text(Target::Css("#command")).await;
        let asked = command
            .strip_prefix("curl '")
            .and_then(|rest| rest.strip_suffix('\''))
            .and_then(|address| address.split_once("/api/v1/report?"))
            .unwrap_or_else(|| panic!("{command}"))
            .1;
        let mut expected = vec!["from=2026-11-02".to_owned(), "to=2026-11-03".to_owned()];
        expected.extend(lines.iter().map(|id| format!("person={id}")));
        expected.sort();
        assert_eq!(pairs(asked), expected);
        // The page's address has the values of the form.
        assert_eq!(page.address().await.query(), Some(asked));
        assert_eq!(page.faults().await, [""; 0]);
        let overflow = page.overflow().await;
        assert!(overflow <= 0.0, "{overflow} pixels wider than the screen");
        page.keep_picture("api-answer-dark-390").await;
        // A wrong value is answered, too.
        page.fill(to, "2026-11-01").await;
        page.press(Key::Enter).await;
        page.wait_for("#status", "^400 Bad Request").await;
        assert_eq!(body(page).await["parameter"], json!("from"));
    })
    .await;
}

/// Opens a question, sends it, and waits for its status.
async fn sent(page: &Page, path: &str, status: &str) {
    page.open(path).await;
    page.click(Target::Button("Send")).await;
    page.wait_for("#status", status).await;
}

#[tokio::test]
async fn a_picture_a_long_answer_a_table_and_a_stream_are_shown_in_their_own_ways() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let path = "/api/heatmap?value=Available&from=2026-11-02&to=2026-11-07&format=svg";
        sent(page, path, "^200 OK").await;
        let width = "return arguments[0].decode().then(() => arguments[0].naturalWidth)";
        let width = page.about(Target::Css("#picture img"), width).await;
        assert!(width.as_u64() > Some(0), "{width}");
        assert_eq!(page.faults().await, [""; 0]);
        let path = "/api/changes?from=2026-11-02&to=2026-11-07&limit=10000";
        sent(page, path, "The first 200,000 letters are shown").await;
        let length = "return arguments[0].textContent.length";
        let length = page.about(Target::Css("#body"), length).await;
        assert_eq!(length, json!(200_000));
        let path = "/api/report?from=2026-11-02&to=2026-11-07&format=parquet";
        sent(page, path, "^200 OK").await;
        let text = page.text(Target::Css("#body")).await;
        assert!(text.contains("no text"), "{text}");
        let path = "/api/changes-stream?after=0";
        sent(page, path, "^200 OK, .* so far|until now").await;
        page.wait_for("#body", "event: change").await;
        page.open("/api/changes-stream").await;
        page.click(Target::Button("Send")).await;
        page.click(Target::Button("Stop")).await;
        page.wait_for("#status", "(?i)stopped").await;
    })
    .await;
}
