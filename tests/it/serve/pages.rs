//! The pages: what they show, to whom, and that text from outside never becomes part of their markup.

use serde_json::json;

use super::access::names;
use super::desk::{Answer, Desk, Wishes, import};
use crate::cli::support::{ACCOUNT, Place, sweep};

const DAY: &str = "/day/2026-11-02";

/// Every page that shows people.
const PAGES: [&str; 19] = [
    "/",
    "/board/rows?ids=1001,1002,1003",
    "/day/2026-11-02",
    "/week/2026-W45",
    "/month/2026-11",
    "/quarter/2026-Q4",
    "/span?from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z",
    "/people",
    "/people/1001",
    "/report?from=2026-11-02&to=2026-11-03&by=extension",
    "/staffing?value=Available&from=2026-11-02T08:00:00Z&to=now&by=extension&step=5m",
    "/heatmap?value=Available&from=2026-11-02&to=now&by=extension",
    "/changes?from=2026-11-02",
    "/explain?person=1001&time=2026-11-02T08:03:00Z",
    "/health",
    "/route",
    "/meet?person=1001&from=2026-11-02&to=2026-11-03",
    "/policies",
    "/access-log",
];

#[track_caller]
pub(super) fn page(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    &answer.body
}

/// Checks that a strict content security policy refuses nothing, and that no address leads out of the server.
#[track_caller]
pub(super) fn check_markup(path: &str, text: &str) {
    for refused in [
        " style=",
        "<style",
        "javascript:",
        " onclick=",
        " onload=",
        "http://",
        "//cdn",
    ] {
        assert!(!text.contains(refused), "{path} has {refused}");
    }
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/"), "{path} has a script inside");
    }
}

#[tokio::test]
async fn a_day_that_is_not_over_is_marked_so_far() {
    let desk = Desk::open().await;
    let answer = desk.get("/day/2026-11-02?zone=UTC").await;
    let text = page(&answer);
    // It is 08:21:30. There is no data until 08, nor from 08:09 to 08:15: nothing else is unknown.
    let told = "So far: 15h 39m of the window are still to come, and count nowhere.";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("unknown 8h 06m"), "{text}");
    assert!(text.contains("class=\"future\""), "{text}");
    let answer = desk.get("/people/1001?week=2026-W45&zone=UTC").await;
    let text = page(&answer);
    assert!(text.contains("So far: "), "{text}");
    // Days that are still to come have no row in the table below the picture.
    let table = text.rsplit("How long each value held").next();
    let table = table.and_then(|rest| rest.split("</table>").next());
    let table = table.expect("a table");
    assert!(
        table.contains("2026-11-02") && !table.contains("2026-11-03"),
        "{table}"
    );
    let answer = desk.get("/day/2026-11-01?zone=UTC").await;
    assert!(!page(&answer).contains("So far"));
}

#[tokio::test]
async fn too_few_are_of_three_kinds_on_the_page() {
    let desk = Desk::open().await;
    let asked = "value=Available&from=2026-11-02T08:00&to=2026-11-02T09:00&zone=UTC&step=10m";
    let path = format!("/staffing?{asked}&required=Mo-Fr+08:02-18:00=2");
    let answer = desk.get(&path).await;
    let text = page(&answer);
    for told in [
        "too few for certain",
        "perhaps too few",
        "not known",
        "Judged up to 2026-11-02 08:20:00",
        "So far: 39m of the window are still to come",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // There is no shortage in the future: the last step is the one that contains now.
    assert!(
        text.contains("2026-11-02 08:20:00") && !text.contains("2026-11-02 08:30:00"),
        "{text}"
    );
}

#[tokio::test]
async fn every_page_is_complete_and_loads_only_its_own_files() {
    let desk = Desk::open().await;
    for path in PAGES {
        let answer = desk.get(path).await;
        let text = page(&answer);
        check_markup(path, text);
        assert!(
            text.contains("Busy")
                || text.contains("Available")
                || ["/people", "/health", "/route", "/policies", "/access-log"].contains(&path)
                || path.starts_with("/meet"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        if path.starts_with("/board/rows") {
            continue;
        }
        for part in [
            "<!doctype html>",
            "<html lang=\"en\">",
            "<h1>",
            "<main id=\"main\">",
            "zone data",
        ] {
            assert!(text.contains(part), "{path} lacks {part}");
        }
    }
}

#[tokio::test]
async fn text_from_outside_is_escaped() {
    const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
    let desk = Desk::open().await;
    let mut line = sweep(
        ACCOUNT,
        21,
        &[(1001, json!({"presenceStatus": HOSTILE, "message": HOSTILE}))],
    );
    line["complete"] = json!(false);
    line["directory"] = json!([{
        "id": 1001, "extensionNumber": "101", "name": HOSTILE, "type": "User",
        "contact": {"department": HOSTILE}, "site": {"name": HOSTILE},
    }]);
    import(&desk.opened, line.to_string()).await;
    let department = serde_urlencoded::to_string([
        ("department", HOSTILE),
        ("person", HOSTILE),
        ("hours", HOSTILE),
    ]);
    let department = department.expect("it can be written");
    let mut paths: Vec<String> = PAGES.iter().map(|&path| path.to_owned()).collect();
    paths.push(format!("/?{department}"));
    paths.push(format!("/people?{department}"));
    paths.push(format!("{DAY}?department={HOSTILE}&person={HOSTILE}"));
    paths.push(format!("/report?from=2026-11-02&{department}"));
    paths.push("/span?from=%3Cscript%3E&to=%3Cscript%3E".to_owned());
    paths.push("/day/%3Cscript%3E".to_owned());
    paths.push("/people/%3Cscript%3E".to_owned());
    paths.push("/?zone=%3Cscript%3Ealert(1)%3C/script%3E&policy=%3Cscript%3E".to_owned());
    let mut seen = 0;
    for path in paths {
        let answer = desk.get(&path).await;
        assert!(!answer.body.contains("<script>"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("<img src=x"), "{path}");
        seen += usize::from(answer.body.contains("alert(1)"));
    }
    assert!(seen > 8, "the hostile text was shown on {seen} pages only");
}

#[tokio::test]
async fn no_sweep_is_missing_before_the_first_one() {
    let desk = Desk::open().await;
    let text = desk.get("/health").await.body;
    assert!(text.contains("The first sweep was at"), "{text}");
    assert!(
        text.contains("of 22m"),
        "twenty-two minutes, not a week: {text}"
    );
}

#[tokio::test]
async fn a_page_shows_only_people_whom_the_token_may_see() {
    let desk = Desk::guarded().await;
    let (_, own) = desk.token("own", &["read:extension=1002"]).await;
    let (_, all) = desk.token("all", &["read"]).await;
    let name = "Front Desk";
    for path in PAGES {
        let answer = desk.get_with(path, &all).await;
        assert_eq!(answer.status, 200, "{path}");
        // Nobody in the history can take a call now.
        if !["/health", "/route", "/policies"].contains(&path) {
            assert!(answer.body.contains(name), "{path} lacks {name}");
        }
        let answer = desk.get_with(path, &own).await;
        let is_about_other = path == "/people/1001" || path.starts_with("/explain");
        let expected = match path {
            _ if is_about_other => 404,
            // A reader who may see one person is led to that person's page.
            "/" => 303,
            // A question about someone whom this reader may not see.
            _ if path.starts_with("/meet") => 400,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{path}");
        assert!(!answer.body.contains(name), "{path} shows {name}");
        assert!(
            !answer.body.contains("/people/1001"),
            "{path} leads to someone else"
        );
    }
    for ending in [".json", ".csv"] {
        let answer = desk.get_with(&format!("{DAY}{ending}"), &own).await;
        assert_eq!(answer.status, 200);
        assert!(
            names(&answer.body, "1002") && !names(&answer.body, "1001"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_and_a_token_that_may_not_read_is_refused() {
    let desk = Desk::guarded().await;
    let (_, ingest) = desk.token("sweeps", &["ingest"]).await;
    for path in PAGES {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(
            answer.header("location").starts_with("/sign-in?next=%2F"),
            "{path}"
        );
        assert_eq!(desk.get_with(path, &ingest).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_picture_is_the_same_as_data() {
    let desk = Desk::open().await;
    let place = Place::with_history();
    let line = [
        "timeline",
        "101",
        "102",
        "103",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-03",
        "--zone",
        "UTC",
        "--format",
    ];
    for format in ["json", "csv"] {
        let told = place.ask(&[&line[..], &[format]].concat()).answer();
        let answer = desk.get(&format!("{DAY}.{format}?zone=UTC")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, told, "{format}");
    }
}

#[tokio::test]
async fn pictures_are_there_by_themselves() {
    let desk = Desk::open().await;
    for path in [
        "/day/2026-11-02.svg",
        "/week/2026-W45.svg?hours=Mo-Fr+08:00-08:10",
        "/span.svg?from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z",
        "/staffing.svg?value=Available&from=2026-11-02T08:00:00Z&to=now&step=5m",
        "/heatmap.svg?value=Available&from=2026-11-02&to=now&by=department",
    ] {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "image/svg+xml");
        assert!(answer.body.starts_with("<svg "), "{path}");
        // Its style sheet is inside; a script would not run.
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'");
    }
}

#[tokio::test]
async fn a_boards_stream_continues_where_the_page_ends() {
    let desk = Desk::open().await;
    let changes = desk.get("/api/v1/changes?from=2026-11-01&to=now").await;
    let changes = changes.json();
    let last = changes.as_array().and_then(|changes| changes.last());
    let position = &last.expect("there is one")["position"];
    let board = desk.get("/").await.body;
    let stream = format!("data-stream=\"/api/v1/changes/stream?after={position}\"");
    assert!(board.contains(&stream), "{board}");
    // A team's heading is renewed with every row, of any team.
    let rows = desk.get("/board/rows?ids=1001").await.body;
    assert_eq!(rows.matches("<tr id=\"p-").count(), 1, "{rows}");
    let lines = |page: &str| page.matches("<tr id=\"t-").count();
    assert_eq!(lines(&rows), lines(&board));
    assert!(lines(&board) > 1, "{board}");
}

#[tokio::test]
async fn addresses_begin_with_the_prefix() {
    let desk = Desk::start(Wishes {
        prefix: "/presence",
        ..Wishes::default()
    })
    .await;
    for path in PAGES {
        let answer = desk.get(path).await;
        let text = page(&answer);
        for name in [
            "href=\"",
            "src=\"",
            "action=\"",
            "data-rows=\"",
            "data-stream=\"",
            "data-span=\"",
            "data-events=\"",
        ] {
            for address in text.split(name).skip(1) {
                let is_inner = address.starts_with("/presence/") || address.starts_with('#');
                assert!(
                    is_inner,
                    "{path}: {name}{}",
                    &address[..address.len().min(60)]
                );
            }
        }
    }
    let answer = desk.get("/day").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/presence/day/2026-11-02")
    );
}

#[tokio::test]
async fn what_cannot_be_shown_is_explained() {
    let desk = Desk::open().await;
    for (path, status, said) in [
        (
            "/day/2026-02-30",
            404,
            "is no day: write it like 2026-11-04.",
        ),
        ("/week/2026-W54", 404, "is no week: write it like 2026-W45."),
        ("/people/9", 404, "Nobody known has the id"),
        ("/people/x", 404, "Nobody known has the id"),
        ("/?zone=Mars", 400, "is no time zone"),
        ("/?facet=mood", 400, "is no facet"),
        ("/?policy=none", 400, "There is no policy"),
        ("/day/2026-11-02?hours=9-17", 400, "09:00-17:00"),
        ("/day/2026-11-02.csv?person=nobody", 404, "Nobody is chosen"),
        ("/span?to=2026-11-02", 400, "give from and to"),
        (
            "/span?from=2026-11-03&to=2026-11-02",
            400,
            "the window would be empty",
        ),
        (
            "/span?from=2020-01-01&to=2026-11-02",
            422,
            "400 days at most",
        ),
        (
            "/report?from=tomorrow&to=yesterday",
            400,
            "the window would be empty",
        ),
        ("/report?from=-7d&by=hour&by=day", 400, "one way only"),
        (
            "/staffing?from=-7d&value=Nowhere",
            400,
            "known are Available, Busy, Offline",
        ),
    ] {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains(said), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_store_of_several_accounts_offers_a_choice() {
    let desk = Desk::start(super::desk::Wishes {
        holds: super::desk::Holds::TwoAccounts,
        ..Default::default()
    })
    .await;
    for path in ["/", "/day/2026-11-02?zone=UTC", "/people", "/report"] {
        let page = desk.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.contains("Choose an account"), "{path}");
        let separator = if path.contains('?') {
            "zone=UTC&amp;"
        } else {
            ""
        };
        for account in ["5", crate::cli::support::ACCOUNT] {
            let link = format!("href=\"?{separator}account={account}\"");
            let link = link.replace("&amp;", "&#38;");
            assert!(page.body.contains(&link), "{path} {link}: {}", page.body);
        }
    }
    let page = desk.get("/people?account=5").await;
    assert!(
        page.body.contains("101") && !page.body.contains("Front Desk"),
        "{}",
        page.body
    );
    // Links keep the account.
    assert!(
        page.body.contains("href=\"/day?account=5\""),
        "{}",
        page.body
    );
    let page = desk.get("/report?account=5").await;
    assert!(
        page.body
            .contains("<input type=\"hidden\" name=\"account\" value=\"5\">"),
        "{}",
        page.body
    );
    for (wrong, status) in [("/?account=6", 422), ("/?account=x", 400)] {
        assert_eq!(desk.get(wrong).await.status, status, "{wrong}");
    }
}

#[tokio::test]
async fn what_was_before_the_first_sweep_is_no_gap_in_health() {
    let desk = Desk::open().await;
    for days in [1, 7, 30] {
        let answer = desk.get(&format!("/health?from=-{days}d&to=now")).await;
        let text = page(&answer);
        let (_, text) = text.split_once("<h3>Gaps</h3>").expect("it lists the gaps");
        // The history begins on 2 November at 08:00, twenty minutes before now.
        for before in ["2026-11-01", "2026-10-"] {
            assert!(!text.contains(before), "{days} days show {before}");
        }
    }
}
