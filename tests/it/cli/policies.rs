//! Policies as a user sees them: they are checked, listed, explained, and used in questions.

use super::support::Place;

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

const DESK: &str = r#"
[policies.desk]
description = "who can be helped by the front desk"
rules = [
  { when = 'telephony_status in ["CallConnected", "OnHold"]', class = "on the phone" },
  { name = "sales", when = 'department == "Sales" && presence_status == "Available"', class = "waiting" },
  { when = 'presence_status != ""', class_of = "presence_status" },
]
"#;

fn place() -> Place {
    let place = Place::with_history();
    place.write("presence.toml", DESK);
    place
}

#[test]
fn what_is_wrong_is_shown_with_its_place() {
    let place = Place::empty();
    place.write(
        "presence.toml",
        r#"
[policies.one]
rules = [
  { when = "presense_status == 'Available'", class = "in" },
	{ when = "user_status == \"Buzy\" && mesage.contains('ö')", class = "out" },
  { when = "user_status = 'Busy'", class = "" },
  { when = "true", class_of = "presence" },
]

[policies.on_call]
rules = [{ when = "true", class = "on a call" }]

[policies.fine]
rules = [
  { when = '''
      telephony_status == "CallConected"
      || true
    ''', class = "a" },
  { when = "true", class = "b" },
  { when = "true", class = "c" },
]
"#,
    );
    for format in ["table", "json", "csv"] {
        let ran = place.run(&["policy", "check", "--format", format]);
        insta::assert_snapshot!(format!("policy_check_{format}"), ran.shown());
    }
}

#[test]
fn well_formed_policies_are_confirmed() {
    let ran = place().run(&["policy", "check"]);
    assert_eq!(ran.answer(), "1 policy checked: no errors, no warnings\n");
    let ran = Place::empty().run(&["policy", "check"]);
    assert_eq!(ran.answer(), "0 policies checked: no errors, no warnings\n");
}

#[test]
fn all_policies_are_listed() {
    let place = place();
    for format in ["table", "json"] {
        let ran = place.run(&["policy", "list", "--format", format]);
        insta::assert_snapshot!(format!("policy_list_{format}"), ran.answer());
    }
}

#[test]
fn the_rule_that_decided_is_explained() {
    let place = place();
    for format in ["table", "json", "ndjson", "csv"] {
        let question = [
            "policy",
            "explain",
            "101",
            "2026-11-02T08:07",
            "--policy",
            "desk",
        ];
        let ran = place.ask(&[&question[..], &["--format", format]].concat());
        insta::assert_snapshot!(format!("policy_explain_{format}"), ran.answer());
    }
    let built_in = [
        "policy",
        "explain",
        "104",
        "2026-11-02T08:03",
        "--policy",
        "direct_calls",
    ];
    insta::assert_snapshot!("policy_explain_built_in", place.ask(&built_in).answer());
    let unknown = place.ask(&["policy", "explain", "101", "2026-11-02T08:12"]);
    insta::assert_snapshot!("policy_explain_unknown", unknown.answer());
}

#[test]
fn questions_are_asked_by_policy() {
    let place = place();
    for format in ["table", "json", "ndjson", "csv"] {
        for (name, question) in [
            ("report", vec!["report"]),
            ("timeline", vec!["timeline", "101"]),
        ] {
            let question = [
                &question[..],
                &WINDOW,
                &["--policy", "desk", "--format", format],
            ];
            let ran = place.ask(&question.concat());
            insta::assert_snapshot!(format!("policy_{name}_{format}"), ran.shown());
        }
        let question = [
            "at",
            "2026-11-02T08:04",
            "--policy",
            "desk",
            "--format",
            format,
        ];
        insta::assert_snapshot!(format!("policy_at_{format}"), place.ask(&question).answer());
    }
}

#[test]
fn the_default_policy_is_the_default_facet() {
    let place = place();
    let report = |arguments: &[&str]| {
        let question = [&["report", "--format", "csv"], arguments, &WINDOW[..]];
        let ran = place.ask(&question.concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    assert_eq!(report(&["--policy", "aggregated"]), report(&[]));
}

/// A digest depends on what a policy means, not on how it is written.
#[test]
fn equal_policies_have_equal_digests() {
    let place = Place::empty();
    let digest = |text: &str| {
        place.write("presence.toml", text);
        let list = place.run(&["policy", "list", "--format", "json"]).answer();
        let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
        let entries = list.as_array().expect("an array");
        let desk = entries.iter().find(|entry| entry["policy"] == "desk");
        desk.expect("it is listed")["policy_digest"].to_string()
    };
    let other_order = r#"
# a remark
[[policies.desk.rules]]
class = "on the phone"
when = "telephony_status in ['CallConnected',\n 'OnHold']"
[[policies.desk.rules]]
when = "department == 'Sales' && (presence_status) == 'Available'"
class = "waiting"
[[policies.desk.rules]]
class_of = "presence_status"
when = """!(presence_status == "")"""
"#;
    assert_eq!(digest(DESK), digest(other_order));
    assert_ne!(digest(DESK), digest(&DESK.replace("waiting", "free")));
}

#[test]
fn a_policy_that_cannot_be_used_is_refused() {
    let place = place();
    place.write(
        "wrong.toml",
        "[policies.desk]\nrules = [{ when = 'tru', class = 'a' }]",
    );
    for (name, arguments) in [
        ("unknown", vec!["--policy", "desc"]),
        (
            "beside_a_facet",
            vec!["--policy", "desk", "--facet", "message"],
        ),
        ("wrong", vec!["--policy", "desk", "--config", "wrong.toml"]),
    ] {
        let ran = place.ask(&[&["report"], &WINDOW[..], &arguments].concat());
        insta::assert_snapshot!(format!("policy_refused_{name}"), ran.shown());
    }
}
