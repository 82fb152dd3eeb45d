//! Pages that answer before anything is filled in, and pages that explain what others show.

use serde_json::json;

use super::desk::{Desk, Holds, Wishes, import};
use super::pages::page;
use crate::cli::support::ACCOUNT;

#[tokio::test]
async fn questions_begin_with_an_answer() {
    let desk = Desk::open().await;
    let pages = [
        (
            "/report",
            "presence report --from today-6d --to tomorrow --zone",
        ),
        (
            "/staffing",
            "presence staffing --value Available --from today-6d --to tomorrow",
        ),
        (
            "/heatmap",
            "presence heatmap --value Available --from today-6d --to tomorrow",
        ),
    ];
    for (path, command) in pages {
        let answer = desk.get(path).await;
        let text = page(&answer);
        assert!(text.contains("<h2 id=\"answer\">"), "{path}");
        assert!(text.contains(command), "{path} lacks {command}: {text}");
    }
    let report = desk.get("/report").await;
    assert!(page(&report).contains("--by department"));
    // If the address has a question, exactly that is asked.
    let report = desk.get("/report?from=2026-11-02&to=2026-11-03").await;
    let text = page(&report);
    assert!(text.contains("--from 2026-11-02 --to 2026-11-03"), "{text}");
    assert!(!text.contains("--by department"), "{text}");
    // No value of messages is known from the start.
    let staffing = desk.get("/staffing?facet=message").await;
    assert!(!page(&staffing).contains("id=\"answer\""));
}

#[tokio::test]
async fn a_person_is_found_by_number_too() {
    let desk = Desk::open().await;
    for path in ["/people/1001", "/people/101"] {
        let answer = desk.get(path).await;
        assert!(
            page(&answer).contains("<h1><bdi>Front Desk</bdi></h1>"),
            "{path}"
        );
    }
    assert_eq!(desk.get("/people/9999").await.status, 404);
}

#[tokio::test]
async fn a_name_with_a_comma_is_one_person() {
    let desk = Desk::start(Wishes {
        holds: Holds::Nothing,
        ..Wishes::default()
    })
    .await;
    let person = |id: i64, name: &str| json!({"id": id, "extensionNumber": (id - 900).to_string(), "name": name, "type": "User", "status": "Enabled"});
    let record = |id: i64| json!({"extension": {"id": id}, "presenceStatus": "Busy"});
    let line = json!({
        "account_id": ACCOUNT,
        "observed_at": "2026-11-02T08:21:00Z",
        "records": [record(1001), record(1002)],
        "directory": [person(1001, "Blue, Workshop"), person(1002, "Workshop Red")],
    });
    import(&desk.opened, format!("{line}\n")).await;
    let asked = "from=2026-11-02&to=2026-11-03&by=extension";
    let one = desk
        .get(&format!("/report?{asked}&person=Blue,+Workshop"))
        .await;
    let text = page(&one);
    assert!(
        text.contains("Blue, Workshop") && !text.contains("Workshop Red"),
        "{text}"
    );
    let people = ["Blue,+Workshop%3B+Workshop+Red", "101,+102"];
    for people in people {
        let both = desk.get(&format!("/report?{asked}&person={people}")).await;
        let text = page(&both);
        assert!(
            text.contains("Blue, Workshop") && text.contains("Workshop Red"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_page_shows_what_was_known_then() {
    let desk = Desk::open().await;
    let day = "/day/2026-11-02?zone=UTC";
    let now = desk.get(day).await;
    assert!(!page(&now).contains("This is what was known"));
    for asked in ["as-of=5", "as-of=5:4"] {
        let then = desk.get(&format!("{day}&{asked}")).await;
        let text = page(&then);
        assert!(text.contains("This is what was known at"), "{text}");
        // It stays in the addresses of the data and of other days.
        let (name, _) = asked.split_once('=').expect("a field");
        for link in [
            format!("/day/2026-11-02.csv?zone=UTC&#38;{name}="),
            format!("/day/2026-11-01?zone=UTC&#38;{name}="),
        ] {
            assert!(text.contains(&link), "{link} is not in {text}");
        }
    }
    let csv = "/day/2026-11-02.csv?zone=UTC";
    let (now, then) = (
        desk.get(csv).await,
        desk.get(&format!("{csv}&as-of=5")).await,
    );
    assert_eq!((now.status, then.status), (200, 200));
    assert_ne!(now.body, then.body);
    // These sweeps were recorded just now, long after they were made.
    let before = desk
        .get(&format!("{day}&as-known-at=2026-11-02T08:00:30Z"))
        .await;
    assert_eq!(before.status, 400);
    assert!(
        before.body.contains("had been recorded by"),
        "{}",
        before.body
    );
    for wrong in ["as-of=x", "as-known-at=x", "as-of=5&as-known-at=now"] {
        assert_eq!(
            desk.get(&format!("{day}&{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_page_shows_why_a_state_is_known() {
    let desk = Desk::open().await;
    let form = desk.get("/explain").await;
    assert!(page(&form).contains("Name a person and a time"));
    let known = desk
        .get("/explain?person=101&time=2026-11-02T08:03:30Z&zone=UTC")
        .await;
    let text = page(&known);
    for part in [
        "<bdi>Front Desk</bdi> at 2026-11-02 08:03:30",
        "The sweeps that decide",
        "The events that decide",
        "presence explain 101 2026-11-02T08:03:30.000Z --zone UTC",
        "/api/v1/explain.json?person=1001&#38;time=",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let gap = desk
        .get("/explain?person=101&time=2026-11-02T08:12:00Z&zone=UTC")
        .await;
    let text = page(&gap);
    assert!(
        text.contains("unknown") && text.contains("a gap is never filled"),
        "{text}"
    );
    let policy = "/explain?person=101&time=2026-11-02T08:03:30Z&policy=direct_calls";
    assert!(page(&desk.get(policy).await).contains("The rules of the policy, in order"));
    for (path, status) in [
        ("/explain?person=Nobody&time=2026-11-02T08:03:30Z", 404),
        ("/explain?person=101&time=soonish", 400),
        ("/explain?person=101&time=2027-01-01", 400),
    ] {
        assert_eq!(desk.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_team_has_a_figure_and_a_band_with_what_is_required() {
    let desk = Desk::open().await;
    let answer = desk
        .get("/day/2026-11-02?zone=UTC&required=Mo-Fr+08:02-18:00=2")
        .await;
    let text = page(&answer);
    for part in [
        "<bdi>Everyone</bdi>: <b>Available ",
        "class=\"required\"",
        "class=\"short-certain\"",
        "class=\"short-unknown\"",
        " together <span class=\"soft\">0 to ",
        "now.",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let busy = desk.get("/day/2026-11-02?zone=UTC&value=Busy").await;
    let text = page(&busy);
    assert!(
        text.contains("<b>Busy ") && !text.contains("class=\"required\""),
        "{text}"
    );
    for wrong in ["required=Mo-Fr", "required=Mo-Fr+08:00-09:00=0"] {
        let answer = desk.get(&format!("/day/2026-11-02?{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn changes_of_the_chosen_people_are_listed_in_pages() {
    let desk = Desk::open().await;
    let all = desk.get("/changes?zone=UTC").await;
    let text = page(&all);
    for part in [
        "10 changes from 2026-11-02 00:00:00 to 08:21:30",
        "Front Desk</a>",
        "Status: Available → Busy",
        "presence changes --zone UTC",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // Each change links to its explanation.
    let link = "/explain?zone=UTC&#38;person=1001&#38;time=2026-11-02T08:03:00.000Z";
    assert!(text.contains(link), "{text}");
    let sales = desk
        .get("/changes?zone=UTC&department=Sales&kind=changed")
        .await;
    let text = page(&sales);
    assert!(
        text.contains("Front Desk") && !text.contains("Workshop"),
        "{text}"
    );
    let later = desk.get("/changes?zone=UTC&after=5").await;
    let text = page(&later);
    assert!(
        !text.contains("<td>5</td>") && text.contains("<td>8</td>"),
        "{text}"
    );
    assert_eq!(desk.get("/changes?from=soonish").await.status, 400);
    assert_eq!(desk.get("/changes?department=Saless").await.status, 400);
}

#[tokio::test]
async fn a_reader_of_a_part_cannot_use_positions_of_the_whole_log() {
    let desk = Desk::guarded().await;
    let (_, own) = desk.token("own", &["read:extension=1002"]).await;
    let shown = desk.get_with("/api/v1/people", &own).await;
    assert_eq!(shown.status, 200);
    let report = desk
        .get_with("/api/v1/report?from=2026-11-02&to=now", &own)
        .await
        .json();
    let position = report["as_of"]["position"].as_i64().expect("a number");
    let pages = [
        "/day/2026-11-02?zone=UTC",
        "/day/2026-11-02.json?zone=UTC",
        "/report?from=2026-11-02&to=now",
        "/changes?from=2026-11-02",
        "/explain?person=1002&time=2026-11-02T08:03:30Z",
    ];
    for path in pages {
        let then = desk
            .get_with(&format!("{path}&as-of={position}"), &own)
            .await;
        assert_eq!(then.status, 200, "{path}: {}", then.body);
        let guessed = desk.get_with(&format!("{path}&as-of=5"), &own).await;
        assert_eq!(guessed.status, 400, "{path}");
        assert!(
            !guessed.body.contains("position 10"),
            "{path}: {}",
            guessed.body
        );
    }
}
