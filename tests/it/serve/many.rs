//! More people than a page has room for: figures about everyone cover everyone, and a part is marked as a part.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::desk::{Desk, Holds, Wishes, import};
use super::pages::page;
use crate::cli::support::ACCOUNT;

/// How many are in Engineering; every third of them is available.
const ENGINEERING: i64 = 700;
/// How many are in Sales, all of them busy.
const SALES: i64 = 420;
/// The first id.
const FIRST: i64 = 2_001;

const DAY: &str = "/day/2026-11-02";

fn sweep(minute: u32) -> Value {
    let ids = FIRST..FIRST + ENGINEERING + SALES;
    let is_engineer = |id: i64| id < FIRST + ENGINEERING;
    let records = ids.clone().map(|id| {
        let status = match id % 3 {
            0 if is_engineer(id) => "Available",
            _ if is_engineer(id) => "Offline",
            _ => "Busy",
        };
        json!({
            "extension": {"id": id, "extensionNumber": id.to_string()},
            "presenceStatus": status,
        })
    });
    let mut line = json!({
        "account_id": ACCOUNT,
        "observed_at": format!("2026-11-02T08:{minute:02}:00Z"),
        "complete": true,
        "records": records.collect::<Vec<_>>(),
    });
    if minute == 0 {
        let listed = ids.map(|id| {
            json!({
                "id": id,
                "extensionNumber": id.to_string(),
                "name": format!("Person {id}"),
                "type": "User",
                "status": "Enabled",
                "contact": {"department": if is_engineer(id) { "Engineering" } else { "Sales" }},
            })
        });
        line["directory"] = listed.collect();
    }
    line
}

async fn desk() -> Desk {
    let desk = Desk::start(Wishes {
        holds: Holds::Nothing,
        ..Wishes::default()
    })
    .await;
    let lines: Vec<String> = [0, 21].map(|minute| format!("{}\n", sweep(minute))).into();
    import(&desk.opened, lines.concat()).await;
    desk
}

/// The ids between two texts, each once.
fn between(text: &str, before: &str, after: char) -> BTreeSet<i64> {
    let parts = text.split(before).skip(1);
    let ids = parts.filter_map(|part| part.split(after).next()?.parse().ok());
    ids.collect()
}

#[tokio::test]
async fn the_boards_figures_cover_everyone_and_its_pages_divide_the_rows() {
    let desk = desk().await;
    let mut seen = BTreeSet::new();
    let pages = [
        ("/", 500, "People 1 to 500 of 1,120 are on this page."),
        (
            "/?page=2",
            500,
            "People 501 to 1,000 of 1,120 are on this page.",
        ),
        (
            "/?page=3",
            120,
            "People 1,001 to 1,120 of 1,120 are on this page.",
        ),
    ];
    for (path, count, told) in pages {
        let answer = desk.get(path).await;
        let text = page(&answer);
        assert!(text.contains(told), "{path}");
        assert!(text.contains("<b>234</b> Available"), "{path}");
        assert!(text.contains("<b>420</b> Busy"), "{path}");
        let rows = between(text, "<tr id=\"p-", '"');
        assert_eq!(rows.len(), count, "{path}");
        seen.extend(rows);
    }
    assert_eq!(seen.len(), 1_120);
    let answer = desk.get("/?page=2").await;
    let text = page(&answer);
    for told in [
        "700 extensions: 234 Available, 466 Offline; 200 of them on this page",
        "420 extensions: 420 Busy; 300 of them on this page",
    ] {
        assert!(text.contains(told), "no {told:?} in {text}");
    }
    let answer = desk.get("/board/rows?page=2&ids=all").await;
    assert_eq!(between(page(&answer), "<tr id=\"p-", '"').len(), 500);
    let answer = desk.get("/?department=Engineering").await;
    let filtered = page(&answer);
    assert!(
        filtered.contains("700 extensions: 234 Available, 466 Offline; 500 of them on this page")
    );
}

#[tokio::test]
async fn downloads_and_totals_of_a_day_cover_everyone() {
    let desk = desk().await;
    let everyone: BTreeSet<i64> = (FIRST..FIRST + ENGINEERING + SALES).collect();
    for page in ["", "&page=2", "&page=99"] {
        let json = desk.get(&format!("{DAY}.json?zone=UTC{page}")).await.json();
        let people = json["extensions"].as_array().expect("a list").iter();
        let ids = people.map(|one| {
            one["extension_id"]
                .as_str()
                .expect("text")
                .parse()
                .expect("digits")
        });
        assert_eq!(ids.collect::<BTreeSet<i64>>(), everyone);
        let csv = desk.get(&format!("{DAY}.csv?zone=UTC{page}")).await;
        let rows = csv.body.lines().skip(1);
        let ids = rows.filter_map(|row| row.split(',').next()?.parse().ok());
        assert_eq!(ids.collect::<BTreeSet<i64>>(), everyone);
    }
    let answer = desk.get(&format!("{DAY}?zone=UTC&page=3")).await;
    let text = page(&answer);
    assert!(text.contains("People 1,001 to 1,120 of 1,120 are on this page."));
    assert!(text.contains("the rows are of the people on this page, the total is of all 1,120"));
    let table = text
        .rsplit("How long each value held")
        .next()
        .expect("a table");
    assert_eq!(between(table, "/people/", '?').len(), 120);
    let total = table.split("<tr class=\"total\">").nth(1).expect("a total");
    let report = desk
        .get("/api/v1/report?from=2026-11-02&to=2026-11-03&zone=UTC&types=all")
        .await
        .json();
    let rows = report["rows"].as_array().expect("a list").iter();
    let ms: i64 = rows
        .filter_map(|row| row["values"]["Available"]["ms"].as_i64())
        .sum();
    assert!(ms > 3_600_000, "{report}");
    let hours = format!("{}h {:02}m", ms / 3_600_000, ms / 60_000 % 60);
    assert!(total.contains(&hours), "no {hours} in {total}");
    let picture = desk.get(&format!("{DAY}.svg?zone=UTC&page=3")).await;
    assert!(
        picture
            .body
            .contains("People 1,001 to 1,120 of 1,120 are on this page.")
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_and_not_cut() {
    let desk = desk().await;
    let answer = desk.get("/month/2026-11.csv?zone=UTC").await;
    assert!(
        !answer.header("content-type").starts_with("text/csv"),
        "{answer:?}"
    );
    assert_eq!(answer.status, 422);
    let team = desk
        .get("/month/2026-11.csv?zone=UTC&department=Sales")
        .await;
    assert_eq!(
        (team.status, team.header("content-type")),
        (200, "text/csv; charset=utf-8")
    );
}
