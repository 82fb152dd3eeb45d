//! Names that match nothing: they are refused wherever a question can have one, with a suggestion.

use super::support::{ACCOUNT, Place, Ran, history, sweep};

/// The history of the tests. Its Sales desk has moved to Service since.
fn place() -> Place {
    let place = Place::with_history();
    let mut line = sweep(
        ACCOUNT,
        21,
        &[(1001, serde_json::json!({"presenceStatus": "Offline"}))],
    );
    line["complete"] = false.into();
    line["directory"] = serde_json::json!([{
        "id": 1003, "extensionNumber": "103", "name": "Moved", "type": "User", "status": "Enabled",
        "contact": {"department": "Service"}, "site": {"id": "1", "name": "M\u{fc}nchen"},
    }]);
    place.write("more.ndjson", &line.to_string());
    let ran = place.run(&["import", "more.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    place
}

const WINDOW: [&str; 4] = ["--from", "-1h", "--to", "now"];

/// Each question with a name that matches nothing, and the message about it.
const UNKNOWN: &[(&[&str], &str)] = &[
    (
        &["route", "--queue", "Suport"],
        "no call queue in the account's history is \"Suport\"; none is known",
    ),
    (
        &["route", "--department", "sales"],
        "no department in the account's history is \"sales\"; did you mean \"Sales\"? Names are compared letter by letter",
    ),
    (
        &["route", "--types", "Usr"],
        "no extension type in the account's history is \"Usr\"; did you mean \"User\"?",
    ),
    (
        &["route", "--policy", "aggregated", "--class", "Availble"],
        "no class of policy aggregated is \"Availble\"; did you mean \"Available\"?",
    ),
    (
        &["now", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["at", "-5m", "--site", "Hamburg"],
        "no site in the account's history is \"Hamburg\": known are M\u{fc}nchen, North, South",
    ),
    (
        &["timeline", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["report", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["staffing", "--value", "Available", "--queue", "Suport"],
        "no call queue in the account's history is \"Suport\"; none is known",
    ),
    (
        &["heatmap", "--value", "Available", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["meet", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["people", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["changes", "--department", "Saless"],
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    ),
    (
        &["changes", "--site", "Hamburg"],
        "no site in the account's history is \"Hamburg\": known are M\u{fc}nchen, North, South",
    ),
    (
        &["changes", "--to-value", "Bussy"],
        "no state of any facet is \"Bussy\"; did you mean \"Busy\"?",
    ),
    (
        &["changes", "--facet", "message", "--value", "lunch"],
        "no state of message is \"lunch\"; none is known",
    ),
    (
        &[
            "changes",
            "--policy",
            "direct_calls",
            "--from-value",
            "can_tak",
        ],
        "no class of policy direct_calls is \"can_tak\"; did you mean \"can_take\"?",
    ),
    (
        &["report", "--metrics", "adherence", "--value", "Availble"],
        "no state of presence_status is \"Availble\"; did you mean \"Available\"?",
    ),
    (
        &["report", "--types", "ivrmenu,Telephone"],
        "no extension type in the account's history is \"Telephone\": known are Announcement, ApplicationExtension, Bot, \
         DelegatedLinesGroup, Department, DigitalUser, FaxUser, FlexibleUser, GroupCallPickup, IvrMenu, Limited, \
         PagingOnly and 8 more",
    ),
    (
        &[
            "staffing",
            "--facet",
            "accept_call_queue_calls",
            "--value",
            "yes",
        ],
        "no state of accept_call_queue_calls is \"yes\": known are false, true",
    ),
    (
        &["heatmap", "--value", "NoCall"],
        "no state of presence_status is \"NoCall\": known are Available, Busy, Offline",
    ),
    (
        &["people", "--types", "Userr"],
        "no extension type in the account's history is \"Userr\"; did you mean \"User\"?",
    ),
];

fn line<'a>(question: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let is_of_now = matches!(question[0], "route" | "people" | "now" | "at");
    let window = if is_of_now { &[][..] } else { &WINDOW[..] };
    [question, window, more].concat()
}

#[track_caller]
fn check_refused(ran: &Ran, expected: &str) {
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert_eq!(ran.stdout, "", "an answer in addition to the refusal");
    assert_eq!(
        ran.stderr,
        format!("presence: {expected} (--allow-unknown asks all the same)\n")
    );
}

#[test]
fn an_unknown_name_is_refused_and_can_be_allowed() {
    let place = place();
    for (question, expected) in UNKNOWN {
        check_refused(&place.ask(&line(question, &[])), expected);
        let allowed = place.ask(&line(question, &["--allow-unknown", "--format", "json"]));
        assert_eq!(allowed.code, Some(0), "{}", allowed.shown());
    }
}

#[test]
fn names_in_the_history_the_platform_or_a_policy_are_accepted() {
    let place = place();
    for known in [
        // It was so at some time.
        &["changes", "--department", "Sales"][..],
        &[
            "changes",
            "--department",
            "Service",
            "--site",
            "M\u{fc}nchen",
        ],
        // In any encoding of the accents.
        &["changes", "--site", "Mu\u{308}nchen"],
        // Nobody is in a queue, and some are in no department.
        &["changes", "--department", "", "--queue", ""],
        &["changes", "--value", "=1+1"],
        &["changes", "--facet", "message", "--to-value", ""],
        // Documented, although nobody has had it yet.
        &[
            "staffing",
            "--facet",
            "dnd_status",
            "--value",
            "DoNotAcceptAnyCalls",
        ],
        &[
            "staffing",
            "--facet",
            "allow_see_my_presence",
            "--value",
            "true",
        ],
        &["staffing", "--facet", "meeting_status", "--value", ""],
        &["heatmap", "--policy", "direct_calls", "--value", "other"],
        &["route", "--types", "user,Room"],
        &["route", "--class", "on_call"],
    ] {
        let ran = place.ask(&line(known, &[]));
        assert_eq!(ran.code, Some(0), "{known:?}: {}", ran.shown());
    }
}

#[test]
fn an_unknown_person_can_be_allowed() {
    let place = place();
    for question in [
        &["now", "Wrkshop"][..],
        &["changes", "Wrkshop"],
        &["report", "Wrkshop"],
        &["route", "Wrkshop"],
    ] {
        let ran = place.ask(&line(question, &[]));
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        assert!(
            ran.stderr
                .contains("did you mean 102 Workshop \u{5c71}\u{7530} (id 1002)?"),
            "{}",
            ran.stderr
        );
    }
    let allowed = ["--allow-unknown", "--format", "json"];
    let ran = place.ask(&[&["now", "Wrkshop"][..], &allowed].concat());
    assert_eq!((ran.code, ran.stdout.trim()), (Some(0), "[]"));
    let ran = place.ask(&[&["now", "Wrkshop", "101"][..], &allowed].concat());
    assert!(ran.answer().contains("\"1001\""));
    // The answer says that it is about nobody.
    let question = [&["report", "Wrkshop"][..], &WINDOW, &["--allow-unknown"]].concat();
    let answer = place.ask(&question).answer();
    assert!(
        answer.contains("presence report --account 37439510 0 "),
        "{answer}"
    );
    assert!(answer.contains("--allow-unknown"), "{answer}");
}

#[test]
fn a_saved_question_is_refused_as_one_that_is_written() {
    let place = place();
    place.write(
        "presence.toml",
        "[saved.desk]\ncommand = \"changes\"\nargs = \"--department Saless --from -1h --to now\"\n",
    );
    check_refused(
        &place.ask(&["changes", "@desk"]),
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    );
}

#[test]
fn a_token_for_nobody_is_not_made() {
    let place = place();
    let create = |scope: &str| place.run(&["token", "create", "desk", "--scope", scope]);
    check_refused(
        &create("read:department=Saless"),
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
    );
    let ran = create("read:extension=1999");
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(
        ran.stderr.contains("no known person has this id"),
        "{}",
        ran.stderr
    );
    let listed = place.run(&["token", "list", "--format", "csv"]).answer();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    for scope in [
        "read:department=Sales",
        "read:site=North",
        "read:extension=1002",
        "read",
    ] {
        assert_eq!(create(scope).code, Some(0), "{scope}");
    }
    let scope = ["--scope", "read:department=Planned", "--allow-unknown"];
    let ran = place.run(&[&["token", "create", "desk"][..], &scope].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let empty = Place::empty();
    let ran = empty.run(&["token", "create", "desk", "--scope", "read:queue=Night"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("has no people yet"), "{}", ran.stderr);
}

#[test]
fn names_of_one_account_are_unknown_in_another() {
    let place = Place::with_history();
    let mut other = sweep(
        "7",
        0,
        &[(2001, serde_json::json!({"presenceStatus": "Elsewhere"}))],
    );
    other["directory"] = serde_json::json!([{
        "id": 2001, "extensionNumber": "201", "name": "Other", "type": "User", "status": "Enabled",
        "contact": {"department": "Secret"},
    }]);
    place.write("other.ndjson", &other.to_string());
    assert_eq!(place.run(&["import", "other.ndjson"]).code, Some(0));
    let of = |account, question: &[&str]| {
        place.ask(&[question, &WINDOW, &["--account", account]].concat())
    };
    for (question, own, value) in [
        (
            &["changes", "--department", "Secret"][..],
            "Sales",
            "Secret",
        ),
        (
            &["changes", "--value", "Elsewhere"],
            "Available",
            "Elsewhere",
        ),
    ] {
        let ran = of(ACCOUNT, question);
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        let told = ran.stderr.replacen(&format!("{value:?}"), "", 1);
        assert!(told.contains(own) && !told.contains(value), "{told}");
        assert_eq!(of("7", question).code, Some(0));
    }
    assert!(!history().contains("Elsewhere"));
}

#[test]
fn unknown_names_in_a_policy_get_a_hint() {
    let place = place();
    place.write(
        "presence.toml",
        "[policies.desk]\nrules = [\n  { when = 'department == \"Saless\" || site in [\"North\", \"Nort\"]', class = \"a\" },\n  \
         { when = '\"Night\" in queues && presence_status == \"Busy\"', class = \"b\" },\n  \
         { when = 'department == \"Sales\" && message == \"=1+1\"', class = \"c\" },\n]\n",
    );
    let ran = place.run(&["config", "check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "no department in the account's history is \"Saless\"; did you mean \"Sales\"?",
        "no site in the account's history is \"Nort\"; did you mean \"North\"?",
        "no call queue in the account's history is \"Night\"; none is known",
    ] {
        assert!(told.contains(expected), "{told}");
    }
    assert!(!told.contains("=1+1"), "{told}");
}
