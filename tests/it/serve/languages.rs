//! The languages of the pages: who reads which one, what is translated, and what stays as it is.

use std::collections::BTreeSet;

use presence_model::facet::Facet;
use regex::Regex;

use super::desk::{Answer, Desk, Wishes};
use super::one_question::{link, pages, unescaped};
use super::trying::between;

/// A page in the language that a browser asks for.
async fn page_in(desk: &Desk, language: &str, path: &str) -> Answer {
    let get = |path: &str| {
        let request = desk.client.get(desk.url(path));
        desk.sent(request.header("accept-language", language))
    };
    let answer = get(path).await;
    match answer.status {
        303 => get(answer.header("location")).await,
        _ => answer,
    }
}

/// The texts of a page: what stands between its tags, and what is read out or shown of attributes.
fn texts(page: &str) -> BTreeSet<String> {
    // What is typed, copied or sent is no text: commands, values of fields, scripts.
    let foreign = "(?s)<(code|pre|textarea|datalist|script|style)[ >].*?</(code|pre|textarea|datalist|script|style)>";
    let foreign = Regex::new(foreign).expect("a pattern");
    let page = foreign.replace_all(page, "");
    let between_tags = Regex::new(">([^<>]+)<").expect("a pattern");
    let attributes =
        Regex::new("(?:aria-label|placeholder|alt|title)=\"([^\"]+)\"").expect("a pattern");
    let found = between_tags
        .captures_iter(&page)
        .chain(attributes.captures_iter(&page));
    let found = found.map(|captures| unescaped(captures[1].trim()));
    found.filter(|text| !text.is_empty()).collect()
}

/// Words that are the same in German, and what is no language's: names and groups of the history, values of the platform,
/// formats, zones.
const SAME: &[&str] = &[
    "API", "CSV", "Center", "Contact", "Deutsch", "English", "Excel", "HTML", "Heatmap", "JSON",
    "NDJSON", "Name", "Offline", "Parquet", "Position", "QUEUE", "SVG", "Status", "Team", "UTC",
];

/// What is written into fields and stands in the access log: times, questions and options as the command line knows them; and the
/// name of the program.
const WRITTEN: &[&str] = &[
    "yesterday 14:05",
    "yesterday 18:00",
    "today",
    "today-6d",
    "tomorrow",
    "previous",
    "now",
    "at",
    "changes",
    "explain",
    "heatmap",
    "meet",
    "people",
    "report",
    "route",
    "staffing",
    "timeline",
    "coverage",
    "presence",
    "front",
    "local",
];

/// Words by which an English sentence is known, also where its figures are written in the other way.
const ENGLISH: &[&str] = &[
    "and", "been", "from", "has", "have", "not", "the", "this", "unknown", "with",
];

/// The words of a text that may be English: names, figures and zones left out.
fn words_of(text: &str, names: &[String]) -> Vec<String> {
    if WRITTEN.contains(&text) {
        return Vec::new();
    }
    let mut text = text.strip_suffix(" – presence").unwrap_or(text).to_owned();
    for name in names {
        text = text.replace(name.as_str(), " ");
    }
    let words = text.split(|letter: char| !letter.is_alphanumeric() && !"_/".contains(letter));
    let words = words.filter(|word| {
        let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
        let is_figure = word.starts_with(|letter: char| letter.is_ascii_digit());
        letters >= 3 && !is_figure && !word.contains(['_', '/']) && !SAME.contains(word)
    });
    words.map(str::to_owned).collect()
}

/// What the history calls people and groups, and values that the platform sends.
async fn names(desk: &Desk) -> Vec<String> {
    let people = desk.get("/api/v1/people.json").await.json();
    let mut found = BTreeSet::new();
    for person in people.as_array().expect("a list") {
        for name in ["name", "department", "site", "type", "time_zone"] {
            found.extend(person[name].as_str().map(str::to_owned));
        }
        let queues = person["queues"].as_array().into_iter().flatten();
        found.extend(queues.filter_map(|queue| queue.as_str().map(str::to_owned)));
    }
    let values = Facet::ALL.into_iter();
    found.extend(
        values
            .flat_map(Facet::documented_values)
            .map(|value| (*value).to_owned()),
    );
    let policies = desk.get("/api/v1/policies.json").await.json();
    for policy in policies.as_array().expect("a list") {
        found.extend(policy["policy"].as_str().map(str::to_owned));
        let rules = policy["rules"].as_array().expect("a list").iter();
        found.extend(rules.filter_map(|rule| rule["class"].as_str().map(str::to_owned)));
    }
    // The class of anyone of whom no rule holds, and a message.
    found.extend(["other", "gone", "home"].map(str::to_owned));
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_by_key(|name| std::cmp::Reverse(name.len()));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_page_stays_in_english() {
    let desk = Desk::open().await;
    let names = names(&desk).await;
    let more = [
        "/people",
        "/policies",
        "/access-log",
        "/accounts",
        "/staffing",
        "/heatmap",
        "/report",
        "/people?person=nobody-of-this-name",
    ];
    let mut left = BTreeSet::new();
    for path in pages().into_iter().chain(more.map(str::to_owned)) {
        let english = page_in(&desk, "en", &path).await;
        let german = page_in(&desk, "de", &path).await;
        assert_eq!(english.status, german.status, "{path}");
        assert!(
            german.body.contains("<html lang=\"de\">"),
            "{path}: {}",
            german.body
        );
        assert_eq!(german.header("content-language"), "de", "{path}");
        let english = texts(&english.body);
        for text in texts(&german.body) {
            let words = words_of(&text, &names);
            let is_english = words.iter().any(|word| ENGLISH.contains(&word.as_str()));
            if is_english || (english.contains(&text) && !words.is_empty()) {
                left.insert(text);
            }
        }
    }
    assert!(left.is_empty(), "this is English: {left:#?}");
}

/// Where the links of a page lead, but for files of the server.
fn links(page: &str) -> Vec<String> {
    let href = Regex::new("href=\"([^\"]+)\"").expect("a pattern");
    let links = href
        .captures_iter(page)
        .map(|captures| captures[1].to_owned());
    links.filter(|link| !link.contains("/assets/")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_links_and_data_are_the_same_in_every_language() {
    let desk = Desk::open().await;
    for path in pages() {
        let english = page_in(&desk, "en", &path).await.body;
        let german = page_in(&desk, "de", &path).await.body;
        let command = |page: &str| between(page, "<code id=\"command\">", "</code>").to_owned();
        assert_eq!(command(&german), command(&english), "{path}");
        assert_eq!(links(&german), links(&english), "{path}");
    }
}

#[tokio::test]
async fn a_reader_chooses_a_language_once() {
    let desk = Desk::start(Wishes {
        prefix: "/p",
        ..Wishes::default()
    })
    .await;
    let german = page_in(&desk, "de-CH, en;q=0.5", "/week/2026-W45?zone=UTC").await;
    let back = link(&german.body, "English");
    assert_eq!(
        back,
        "/p/language/en?to=%2Fp%2Fweek%2F2026-W45%3Fzone%3DUTC"
    );
    assert!(
        german.header("vary").contains("accept-language"),
        "{german:?}"
    );
    let chosen = desk
        .get(back.strip_prefix("/p").expect("it is below the prefix"))
        .await;
    assert_eq!(
        (chosen.status, chosen.header("location")),
        (303, "/p/week/2026-W45?zone=UTC")
    );
    let cookie = chosen.header("set-cookie");
    assert_eq!(
        cookie,
        "presence_language=en; Path=/p/; Max-Age=31536000; SameSite=Lax; HttpOnly"
    );
    let request = desk.client.get(desk.url("/week/2026-W45?zone=UTC"));
    let request = request
        .header("accept-language", "de")
        .header("cookie", "presence_language=en");
    let then = desk.sent(request).await;
    assert!(then.body.contains("<html lang=\"en\">"), "{}", then.body);
    // A language that is not there, and a way out of the server.
    assert_eq!(desk.get("/language/tlh?to=/p/").await.status, 404);
    for out in ["//example.com/", "https://example.com/", "/\\example.com"] {
        let answer = desk.get(&format!("/language/de?to={out}")).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/p/"),
            "{out}"
        );
    }
}

#[tokio::test]
async fn dates_and_numbers_are_written_as_the_language_does() {
    let desk = Desk::open().await;
    let path = "/changes?from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z&zone=UTC";
    let english = page_in(&desk, "en", path).await.body;
    let german = page_in(&desk, "de", path).await.body;
    assert!(english.contains("2026-11-02 08:"), "{english}");
    assert!(german.contains("02.11.2026 08:"), "{german}");
    let day = page_in(&desk, "de", "/day/2026-11-02?zone=UTC").await.body;
    assert!(day.contains("Montag, 2. November 2026"), "{day}");
}

#[tokio::test]
async fn scripts_get_the_texts_of_the_language() {
    let desk = Desk::open().await;
    let texts = desk.get("/assets/texts-de.js").await;
    assert_eq!(
        texts.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert!(
        texts.body.starts_with("\"use strict\";\nconst TEXTS = {"),
        "{}",
        texts.body
    );
    assert_eq!(desk.get("/assets/texts-tlh.js").await.status, 404);
    assert_eq!(desk.get("/assets/texts-.js").await.status, 404);
}

/// The sources whose names end so.
fn sources(ending: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "crates/answers/src",
        "crates/charts/src",
        "crates/server/assets",
        "crates/server/src",
        "crates/server/templates",
        "crates/texts/src",
    ];
    let paths = folders
        .into_iter()
        .flat_map(|folder| files(&root.join(folder)));
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    let texts = wanted.map(|path| std::fs::read_to_string(path).expect("it is text"));
    texts.collect::<Vec<_>>().join("\n")
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let found = paths.flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    found.collect()
}

/// The first group of each match.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let found = pattern.captures_iter(text);
    found.map(|captures| captures[1].to_owned()).collect()
}

#[test]
fn every_message_is_used_and_every_used_one_is_there() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/texts/locales/en.ftl");
    let english = std::fs::read_to_string(file).expect("it is there");
    let defined = found("(?m)^([a-z][A-Za-z0-9_-]*) =", &english);
    let rust = sources("rs") + &sources("html");
    let scripts = sources("js");
    // Of a message that is named in part, such as the label of a value, the beginning stands in the sources.
    let mut begun = found(r#""([a-z][a-z0-9-]*-)\{"#, &rust);
    begun.extend(
        found(r#"word_text\([a-z_.]+,\s*"([a-z-]+)""#, &rust)
            .iter()
            .map(|kind| format!("{kind}-")),
    );
    let begun_by_scripts = found(r"`([a-z][a-z0-9-]*-)\$", &scripts);
    let is_used = |id: &String| {
        let (name, sources, begun) = id
            .strip_prefix("script-")
            .map_or((id.as_str(), &rust, &begun), |name| {
                (name, &scripts, &begun_by_scripts)
            });
        let is_begun = begun.iter().any(|beginning| name.starts_with(beginning));
        is_begun || sources.contains(&format!("\"{name}\""))
    };
    let unused: Vec<&String> = defined.iter().filter(|id| !is_used(id)).collect();
    assert!(unused.is_empty(), "no one asks for {unused:?}");
    let said = found(
        r#"(?:\.say\(|say!\(\s*[a-z_.]+,\s*)"([a-z][a-z0-9-]*)""#,
        &rust,
    );
    let said_by_scripts = found(r#"\bsay\("([a-z][a-z0-9-]*)""#, &scripts);
    let said_by_scripts = said_by_scripts.iter().map(|name| format!("script-{name}"));
    let said: BTreeSet<String> = said.into_iter().chain(said_by_scripts).collect();
    let missing: Vec<&String> = said
        .difference(&defined)
        .filter(|id| *id != "nothing-of-this-name")
        .collect();
    assert!(
        missing.is_empty(),
        "what is not there is asked for: {missing:?}"
    );
}
