//! Answers as pictures and pages.

use std::collections::BTreeSet;

use super::support::Place;

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

/// Checks that a picture is XML, that it loads and runs nothing, and that its ids are unique.
#[track_caller]
fn check_picture(svg: &str) {
    let document = roxmltree::Document::parse(svg).expect("it is XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(root.attribute("role"), Some("img"));
    let mut ids = BTreeSet::new();
    for node in document.descendants() {
        assert_ne!(node.tag_name().name(), "script");
        for attribute in node.attributes() {
            assert!(
                !attribute.name().starts_with("on") && attribute.name() != "href",
                "{attribute:?}"
            );
            assert!(!attribute.value().contains("//"), "{attribute:?}");
            if attribute.name() == "id" {
                assert!(
                    ids.insert(attribute.value().to_owned()),
                    "{attribute:?} comes twice"
                );
            }
        }
    }
    for label in ["title", "desc"] {
        let words = root
            .children()
            .find(|node| node.has_tag_name((root.tag_name().namespace().unwrap_or(""), label)));
        assert!(
            words
                .and_then(|node| node.text())
                .is_some_and(|text| !text.is_empty()),
            "it has no {label}"
        );
    }
    for (from, _) in svg.match_indices("url(#") {
        let id = svg[from + 5..].split(')').next().unwrap_or_default();
        assert!(ids.contains(id), "there is no {id}");
    }
    let metadata = document
        .descendants()
        .find(|node| node.tag_name().name() == "metadata");
    let metadata = metadata
        .and_then(|node| node.text())
        .expect("it says what it answers");
    let told: serde_json::Value = serde_json::from_str(metadata).expect("it is JSON");
    assert!(
        told["question"]
            .as_str()
            .is_some_and(|question| question.starts_with("presence "))
    );
}

#[test]
fn a_timeline_as_a_picture() {
    let place = Place::with_history();
    let question = [
        &[
            "timeline",
            "101",
            "workshop",
            "1003",
            "--zone",
            "Europe/Berlin",
            "--hours",
            "Mo-Fr 09:05-17:00",
            "--format",
            "svg",
        ],
        &["--from", "2026-11-02T09:00", "--to", "2026-11-02T09:23"][..],
    ]
    .concat();
    let svg = place.ask(&question).answer();
    check_picture(&svg);
    assert!(svg.contains("=HYPERLINK(&quot;x&quot;)"), "{svg}");
    insta::assert_snapshot!("timeline_svg", svg);
}

#[test]
fn messages_cannot_break_out_of_a_picture() {
    let place = Place::with_history();
    let question = [
        &["timeline", "101", "--facet", "message", "--format", "svg"],
        &WINDOW[..],
    ]
    .concat();
    let svg = place.ask(&question).answer();
    check_picture(&svg);
    assert!(svg.contains("gone\\u{1b}[31m home\\u{7}"), "{svg}");
}

#[test]
fn a_heat_map_as_a_picture() {
    let place = Place::with_history();
    let question = [
        "heatmap",
        "--value",
        "Available",
        "--zone",
        "UTC",
        "--by",
        "department",
        "--format",
        "svg",
    ];
    let svg = place.ask(&[&question, &WINDOW[..]].concat()).answer();
    check_picture(&svg);
    insta::assert_snapshot!("heatmap_svg", svg);
}

#[test]
fn staffing_as_a_picture() {
    let place = Place::with_history();
    let question = [
        "staffing",
        "--value",
        "Available",
        "--step",
        "5m",
        "--zone",
        "UTC",
        "--required",
        "Mo-Fr 08:02-18:00=2",
        "--format",
        "svg",
    ];
    let svg = place.ask(&[&question, &WINDOW[..]].concat()).answer();
    check_picture(&svg);
    insta::assert_snapshot!("staffing_svg", svg);
    let nobody = place
        .ask(&[
            "staffing",
            "--value",
            "Available",
            "--types",
            "Bot",
            "--by",
            "department",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-02",
            "--format",
            "svg",
        ])
        .answer();
    check_picture(&nobody);
}

#[test]
fn a_report_as_a_page() {
    let place = Place::with_history();
    let question = [
        &[
            "report",
            "--format",
            "html",
            "-q",
            "--zone",
            "Europe/Berlin",
        ],
        &["--from", "2026-11-02T09:00", "--to", "2026-11-02T09:20"][..],
    ]
    .concat();
    let page = place.ask(&question).answer();
    assert!(!page.contains("<script"), "{page}");
    let loads: Vec<&str> = page.matches("http").collect();
    let names =
        page.matches("http://www.w3.org/2000/svg").count() + page.matches("http-equiv").count();
    assert_eq!(loads.len(), names, "it loads something");
    assert!(
        page.contains("=HYPERLINK(&#34;x&#34;)") && !page.contains("=HYPERLINK(\"x\")"),
        "{page}"
    );
    assert_eq!(page.matches("<svg").count(), 2, "a timeline and a heat map");
    insta::assert_snapshot!("report_html", page);
}

#[test]
fn a_page_shows_nothing_that_the_report_withholds() {
    let place = Place::with_history();
    let question = [
        &[
            "report",
            "--format",
            "html",
            "-q",
            "--by",
            "extension",
            "--min-group",
            "2",
        ],
        &WINDOW[..],
    ]
    .concat();
    let page = place.ask(&question).answer();
    assert!(!page.contains("<svg"), "{page}");
    let mut command = place.command(
        &[
            &["report", "--format", "html", "-q", "--pseudonymous"],
            &WINDOW[..],
        ]
        .concat(),
    );
    command.env(
        "PRESENCE_PSEUDONYM_KEY",
        "a key that is long enough to be one of these",
    );
    let page = super::support::Ran::from_command(&mut command).answer();
    assert!(
        !page.contains("<svg") && !page.contains("Front Desk"),
        "{page}"
    );
}
