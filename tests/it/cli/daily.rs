//! `presence daily`, as it is used.

use super::support::{Place, Ran};

const NEXT_DAY: [&str; 2] = ["--now", "2026-11-03T12:00:00Z"];

fn run(place: &Place, arguments: &[&str]) -> Ran {
    place.run(&[arguments, &NEXT_DAY].concat())
}

#[track_caller]
fn check(place: &Place, arguments: &[&str], expected: &str) {
    let ran = run(place, arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(format!("{}{}", ran.stdout, ran.stderr), expected);
}

#[test]
fn the_table_is_brought_up_to_date_checked_and_emptied() {
    let place = Place::with_history();
    let before = place.ask(&["daily"]);
    assert_eq!(
        before.answer(),
        "account 37439510, presence_status: nothing new\n"
    );
    let day = "4 extension-days from 2026-11-02 to 2026-11-02 written";
    let open = "; 4 extension-days may still change, and will be computed again";
    check(
        &place,
        &["daily"],
        &format!("account 37439510, presence_status: {day}, 13 rows{open}\n"),
    );
    check(
        &place,
        &["daily", "--facet", "dnd_status", "--format", "csv"],
        "account_id,facet,from,to,days,open_days,rows,next_at\n\
         37439510,dnd_status,2026-11-02,2026-11-02,4,4,9,2026-11-03T23:00:00.000Z\n",
    );
    let agree = "account 37439510: 16 snapshots, 10 events; the derived tables match the log\n";
    check(&place, &["rebuild", "--check"], agree);
    check(&place, &["rebuild"], agree);
    check(
        &place,
        &["daily", "--clear"],
        "account 37439510, presence_status: emptied\naccount 37439510, dnd_status: emptied\n",
    );
    check(&place, &["daily", "--clear"], "");
}

#[test]
fn the_configuration_says_what_is_kept() {
    let place = Place::with_history();
    let config = "[daily]\nfacets = [\"telephony_status\"]\nzone = \"Pacific/Auckland\"\n";
    place.write("presence.toml", config);
    let ran = run(&place, &["daily", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.answer()).expect("it is JSON");
    let expected = serde_json::json!([{
        "account_id": "37439510", "facet": "telephony_status", "from": "2026-11-02", "to": "2026-11-02",
        "days": 4, "open_days": 4, "rows": 10, "next_at": "2026-11-03T11:00:00.000Z",
    }]);
    assert_eq!(told, expected);
    place.write("presence.toml", "[daily]\nfacets = [\"message\"]\n");
    let ran = run(&place, &["daily"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("status messages are personal"),
        "{}",
        ran.stderr
    );
    place.write("presence.toml", "");
    let ran = run(&place, &["daily", "--facet", "nothing"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("presence_status"), "{}", ran.stderr);
}

#[test]
fn a_copy_has_no_table_until_it_is_asked_for() {
    let place = Place::with_history();
    check_rows(&run(&place, &["daily", "--format", "ndjson"]));
    let copied = run(
        &place,
        &[
            "copy",
            "--from",
            "sqlite:presence.db",
            "--to",
            "sqlite:copy.db",
        ],
    );
    assert_eq!(copied.code, Some(0), "{}", copied.stderr);
    let of_copy = ["--store", "sqlite:copy.db"];
    let emptied = run(&place, &[&["daily", "--clear"], &of_copy[..]].concat());
    assert_eq!(emptied.answer(), "", "there was nothing");
    check_rows(&run(
        &place,
        &[&["daily", "--format", "ndjson"], &of_copy[..]].concat(),
    ));
}

#[track_caller]
fn check_rows(ran: &Ran) {
    assert!(ran.stdout.contains("\"rows\":13"), "{}", ran.stdout);
}
