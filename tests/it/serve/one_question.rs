//! A page, its command, its data and its links ask the same question.

use super::desk::Desk;
use super::pages::page;
use super::trying::between;
use crate::cli::support::{NOW, Place};

/// The text of HTML.
pub(super) fn unescaped(text: &str) -> String {
    let named = [
        ("&#38;", "&"),
        ("&amp;", "&"),
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    named
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The words of a command line, split as a shell does it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted, mut is_word) =
        (Vec::new(), String::new(), false, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                is_quoted = !is_quoted;
                is_word = true;
            }
            '\\' if !is_quoted => word.extend(letters.next()),
            ' ' if !is_quoted => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            letter => {
                word.push(letter);
                is_word = true;
            }
        }
    }
    if is_word {
        words.push(word);
    }
    words
}

/// The address of a link.
pub(super) fn link(text: &str, name: &str) -> String {
    let end = format!("\">{name}</a>");
    let before = text
        .split_once(&end)
        .unwrap_or_else(|| panic!("no link {name} in {text}"))
        .0;
    let start = before.rfind("href=\"").expect("a link leads somewhere");
    unescaped(&before[start + "href=\"".len()..])
}

const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";

/// Pages with every setting that their bars have.
pub(super) fn pages() -> Vec<String> {
    let windowed = [
        "/report?WINDOW",
        "/report?WINDOW&by=department&by=hour&hours=Mo-Fr+08:00-08:10&zone=Europe/Berlin",
        "/report?WINDOW&department=Sales&by=extension&policy=direct_calls",
        "/report?WINDOW&person=front&by=extension",
        "/report?WINDOW&site=South&as-of=5",
        "/staffing?WINDOW&required=3&step=5m",
        "/staffing?WINDOW&value=Busy&by=department&department=Sales",
        "/heatmap?WINDOW&facet=telephony_status",
        "/changes?WINDOW&department=Sales",
        "/changes?WINDOW&person=101&facet=presence_status&kind=changed",
        "/span?WINDOW&person=front&facet=message",
        "/span?WINDOW&department=Sales&policy=direct_calls",
        "/day/2026-11-02?department=&site=South&hours=Mo-Fr+09:00-17:00",
        "/day/2026-11-02?as-of=5",
        "/health?WINDOW",
        "/people/1001?week=2026-W45&zone=UTC&as-of=5",
        "/people/103?WINDOW",
        "/route",
        "/route?site=South&limit=1",
        "/route?policy=reachable&class=reachable",
        "/meet?person=101,102&from=2026-11-02T07:00:00Z&to=2026-11-02T09:00:00Z&weeks=2",
        "/meet?department=Sales",
        "/explain?person=101&time=2026-11-02T08:05:00Z&policy=direct_calls",
        "/",
        "/?department=Sales&policy=direct_calls",
        "/?person=front",
    ];
    windowed.map(|path| path.replace("WINDOW", WINDOW)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_its_command_and_its_data_are_one_question() {
    let desk = Desk::open().await;
    let place = Place::empty();
    for path in pages() {
        let mut answer = desk.get(&path).await;
        if answer.status == 303 {
            let shorter = answer.header("location").to_owned();
            answer = desk.get(&shorter).await;
        }
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let text = page(&answer).to_owned();
        let command = unescaped(between(&text, "<code id=\"command\">", "</code>"));
        // A person's page has both the changes and the intervals.
        let name = |kind: &str| {
            if path.starts_with("/people/") {
                format!("changes as {kind}")
            } else {
                kind.to_owned()
            }
        };
        let data = link(&text, &name("JSON"));
        let told = desk.get(&data).await;
        assert_eq!(told.status, 200, "{path}: {data}: {}", told.body);
        let mut line = words(&command);
        assert_eq!(line.remove(0), "presence", "{command}");
        let common = [
            "--store",
            &desk.location,
            "--now",
            NOW,
            "--format",
            "json",
            "--quiet",
        ];
        line.extend(common.map(str::to_owned));
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let ran = tokio::task::block_in_place(|| place.run(&line).answer());
        assert_eq!(told.body, ran, "{path}: {command} and {data}");
        let csv = desk.get(&link(&text, &name("CSV"))).await;
        assert_eq!(csv.status, 200, "{path}: {}", csv.body);
    }
}

#[tokio::test]
async fn what_is_chosen_on_a_page_is_kept_on_the_next() {
    let desk = Desk::open().await;
    let answer = desk
        .get("/week/2026-W45?department=Sales&policy=direct_calls&hours=Mo-Fr+09:00-17:00&zone=UTC")
        .await;
    let text = page(&answer);
    for name in ["Report", "Staffing", "Heatmap"] {
        let address = link(text, name);
        let then = desk.get(&address).await;
        let text = page(&then);
        let command = unescaped(between(text, "<code id=\"command\">", "</code>"));
        for flag in [
            "--department Sales",
            "--policy direct_calls",
            "--hours 'Mo-Fr 09:00-17:00'",
            "--zone UTC",
            "--from 2026-11-02",
            "--to 2026-11-09",
        ] {
            assert!(command.contains(flag), "{name}: {command} lacks {flag}");
        }
        // And back again.
        assert!(
            link(text, "Team").starts_with("/week/2026-W45?"),
            "{}",
            link(text, "Team")
        );
    }
    let now = link(text, "Now");
    assert!(
        now.contains("department=Sales") && now.contains("policy=direct_calls"),
        "{now}"
    );
}

#[tokio::test]
async fn a_form_without_script_leads_to_the_shortest_address() {
    let desk = Desk::open().await;
    let leads = [
        (
            "/people?department=&site=&person=front",
            "/people?person=front",
        ),
        ("/day?date=2026-11-02&department=", "/day?date=2026-11-02"),
        (
            "/day?date=2026-11-02&department=Sales",
            "/day/2026-11-02?department=Sales",
        ),
        ("/quarter?date=2026-11-02", "/quarter/2026-Q4"),
        (
            "/report?date=2026-11-02&by=day",
            "/report?by=day&from=2026-11-02&to=2026-11-03",
        ),
        (
            "/day/2026-11-02?from=2026-11-01&to=2026-11-03&department=Sales",
            "/span?department=Sales&from=2026-11-01&to=2026-11-03",
        ),
        (
            "/staffing?value=Available&value-of=presence_status&facet=dnd_status",
            "/staffing?facet=dnd_status",
        ),
    ];
    for (sent, leads_to) in leads {
        let answer = desk.get(sent).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, leads_to),
            "{sent}"
        );
    }
    let wrong = desk.get("/day?date=soon").await;
    assert_eq!(wrong.status, 400);
    // If only its end is given, a range begins a week before it.
    let answer = desk.get("/report?to=2026-10-05T00:00:00Z&zone=UTC").await;
    assert!(
        page(&answer).contains("--from 2026-09-28T00:00:00.000Z"),
        "{}",
        answer.body
    );
}
