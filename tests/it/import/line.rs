//! One line becomes a sweep, or an error that says why not.

use presence_model::observation::Sweep;
use presence_model::state::Interner;
use presence_recording::import::line::decode_line;
use proptest::prelude::*;

use super::support::{PAGES, line_of};

fn decode(line: &[u8]) -> Result<Sweep, String> {
    decode_line(line, &mut Interner::default()).map_err(|error| error.to_string())
}

fn sweep(line: &str) -> Sweep {
    decode(line.as_bytes()).expect("the line can be read")
}

/// Checks that a line is refused with this message.
#[track_caller]
fn check_refused(line: &str, expected: &str) {
    match decode(line.as_bytes()) {
        Ok(sweep) => panic!("it was read: {sweep:?}"),
        Err(error) => assert_eq!(error, expected),
    }
}

/// A line with one record, with `from` replaced by `to`.
fn changed(from: &str, to: &str) -> String {
    let line = r#"{"account_id":"1","observed_at":"2026-11-02T14:00:00Z","valid_for_ms":60000,"complete":true,"records":[{"extension":{"id":7,"extensionNumber":"101"},"presenceStatus":"Busy","message":"out"}],"directory":[{"id":7,"name":"Extension 101"}]}"#;
    assert!(line.contains(from), "the case changes something");
    line.replacen(from, to, 1)
}

#[track_caller]
fn check_change(from: &str, to: &str, expected: &str) {
    check_refused(&changed(from, to), expected);
}

#[test]
fn a_line_is_a_sweep_of_one_moment() {
    let sweep = sweep(&changed("", ""));
    assert_eq!(sweep.account_id.0, 1);
    assert_eq!(sweep.source.name(), "import");
    assert_eq!(sweep.status.name(), "complete");
    assert_eq!(sweep.started_at.to_string(), "2026-11-02T14:00:00.000Z");
    assert_eq!(sweep.finished_at, sweep.started_at);
    assert_eq!(sweep.valid_for_ms, 60_000);
    assert_eq!(sweep.idempotency_key, "import:2026-11-02T14:00:00.000Z");
    let seen = &sweep.observations[0];
    assert_eq!(seen.requested_at, sweep.started_at);
    assert_eq!(seen.received_at, sweep.started_at);
    assert_eq!(seen.extension_number.as_deref(), Some("101"));
    assert_eq!(seen.presence.message.as_deref(), Some("out"));
    let entry = &sweep.directory[0];
    assert_eq!(entry.extension_id.0, 7);
    assert_eq!(entry.received_at, sweep.started_at);
    assert_eq!(entry.update.name, Some(Some("Extension 101".into())));
}

#[test]
fn what_is_not_given_has_its_default() {
    let sweep = sweep(r#"{"account_id":1,"observed_at":"2026-11-02T14:00:00Z","records":[]}"#);
    assert_eq!(sweep.valid_for_ms, 180_000);
    assert_eq!(sweep.status.name(), "complete");
    assert_eq!(sweep.directory, []);
}

#[test]
fn null_is_not_given() {
    let sweep = sweep(
        r#"{"account_id":1,"observed_at":"2026-11-02T14:00:00Z","records":[],"valid_for_ms":null,"complete":null,"directory":null}"#,
    );
    assert_eq!(sweep.valid_for_ms, 180_000);
    assert_eq!(sweep.status.name(), "complete");
    assert_eq!(sweep.directory, []);
}

#[test]
fn a_partial_sweep_says_so() {
    let sweep = sweep(&changed("\"complete\":true", "\"complete\":false"));
    assert_eq!(sweep.status.name(), "partial");
}

#[test]
fn times_may_have_offsets_and_are_cut_to_milliseconds() {
    let at = |text: &str| {
        sweep(&changed("2026-11-02T14:00:00Z", text))
            .started_at
            .to_string()
    };
    assert_eq!(
        at("2026-11-02T15:00:00.1239+01:00"),
        "2026-11-02T14:00:00.123Z"
    );
    assert_eq!(at("2026-11-02T14:00:00.5+0000"), "2026-11-02T14:00:00.500Z");
}

#[test]
fn ids_are_numbers_or_texts_and_exact() {
    for id in ["9007199254740993", "\"9007199254740993\""] {
        let sweep = sweep(&changed("\"id\":7", &format!("\"id\":{id}")));
        assert_eq!(sweep.observations[0].extension_id.0, 9_007_199_254_740_993);
    }
    assert_eq!(sweep(&changed("\"1\"", "1")).account_id.0, 1);
}

#[test]
fn unknown_fields_are_skipped() {
    let with = |field: &str| {
        sweep(&changed(
            "{\"account_id\"",
            &format!("{{{field},\"account_id\""),
        ))
    };
    let plain = sweep(&changed("", ""));
    for field in [
        r#""paging":{"page":1}"#,
        r#""uri":"https://example.com""#,
        r#""x":[[[[]]]],"y":1e999,"z":null"#,
    ] {
        assert_eq!(with(field).content_digest(), plain.content_digest());
    }
}

#[test]
fn a_queue_is_named_where_the_directory_names_it() {
    let queues = |directory: &str| {
        let line = changed(r#"[{"id":7,"name":"Extension 101"}]"#, directory);
        sweep(&line).directory[0].update.queues.clone()
    };
    assert_eq!(
        queues(
            r#"[{"id":7,"departments":[{"id":"8"},{"id":9}]},{"id":8,"name":"Sales"},{"id":9,"name":"Support"}]"#
        ),
        Some(vec!["Sales".to_owned(), "Support".to_owned()])
    );
    assert_eq!(queues(r#"[{"id":7,"departments":[]}]"#), Some(vec![]));
    assert_eq!(
        queues(r#"[{"id":7,"departments":[{"id":8},{"id":9}]},{"id":8,"name":"Sales"}]"#),
        None
    );
    assert_eq!(queues(r#"[{"id":7}]"#), None);
}

#[test]
fn a_line_that_is_no_sweep_is_refused() {
    check_refused(
        "{",
        "the line is cut off: EOF while parsing an object (a sweep must be on one line)",
    );
    check_refused("[", "the line is a list, but must be an object");
    check_refused("[{}]", "the line is a list, but must be an object");
    check_refused("7", "the line is the number 7, but must be an object");
    check_refused("null", "the line is null, but must be an object");
    check_refused(
        "account_id,observed_at",
        "the line is not JSON: expected value",
    );
    check_refused("{}", "account_id is missing");
    check_refused(
        &format!("{} x", changed("", "")),
        "the line is not JSON: trailing characters",
    );
    let whole = changed("", "");
    check_refused(
        &whole[..whole.len() - 15],
        "directory[0].name is cut off: EOF while parsing a string (a sweep must be on one line)",
    );
}

#[test]
fn a_line_that_is_not_utf8_is_refused() {
    let mut line = changed("", "").into_bytes();
    line[10] = 0xff;
    assert_eq!(
        decode(&line).err().as_deref(),
        Some("the line is not UTF-8 (at byte 11); save the file as UTF-8")
    );
    // An input that is UTF-16 as a whole is recognised before it is split into lines.
    assert_eq!(
        decode(b"\xff\xfe{\0").err().as_deref(),
        Some("the line is not UTF-8 (at byte 1); save the file as UTF-8")
    );
}

#[test]
fn what_is_needed_is_named() {
    check_change(r#""account_id":"1","#, "", "account_id is missing");
    check_change(
        r#""observed_at":"2026-11-02T14:00:00Z","#,
        "",
        "observed_at is missing",
    );
    check_change(r#""records""#, r#""record""#, "records is missing");
    check_change(r#""id":7,"#, "", "records[0].extension.id is missing");
    check_change(r#"[{"id":7"#, r#"[{"no":7"#, "directory[0].id is missing");
    check_change(
        "\"1\"",
        "null",
        "account_id is null, but must be an id: a whole number from 0 to 9223372036854775807, or the same as text",
    );
}

#[test]
fn a_wrong_time_is_refused() {
    check_change(
        "2026-11-02T14:00:00Z",
        "yesterday",
        "observed_at \"yesterday\" is not a time like 2026-11-02T14:00:00.000Z",
    );
    check_change(
        "\"2026-11-02T14:00:00Z\"",
        "1762092000000",
        "observed_at is the number 1762092000000, but must be a time like 2026-11-02T14:00:00.000Z",
    );
    check_change(
        "2026-11-02T14:00:00Z",
        "+010000-01-01T00:00:00Z",
        "observed_at +010000-01-01T00:00:00Z is outside the years 1 to 9999",
    );
    check_change(
        "2026-11-02T14:00:00Z",
        "2026-11-02T14:00:00Z\\u001b[31m",
        "observed_at \"2026-11-02T14:00:00Z\u{fffd}[31m\" is not a time like 2026-11-02T14:00:00.000Z",
    );
}

#[test]
fn a_wrong_validity_is_refused() {
    let must = "but must be a whole number of milliseconds, at least 1";
    for (given, shown) in [
        ("0", "the number 0"),
        ("-5", "the number -5"),
        ("1.5", "the number 1.5"),
        ("\"60000\"", "the text \"60000\""),
        ("9223372036854775808", "the number 9223372036854775808"),
    ] {
        check_change("60000", given, &format!("valid_for_ms is {shown}, {must}"));
    }
    assert_eq!(sweep(&changed("60000", "1")).valid_for_ms, 1);
}

#[test]
fn other_types_are_refused() {
    check_change(
        "true",
        "\"true\"",
        "complete is the text \"true\", but must be true or false",
    );
    check_change(
        "\"Busy\"",
        "3",
        "records[0].presenceStatus is the number 3, but must be a text",
    );
    check_change(
        "\"Busy\"",
        "{}",
        "records[0].presenceStatus is an object, but must be a text",
    );
    check_change(
        "\"Busy\"",
        "{\"a\":[1]}",
        "records[0].presenceStatus is an object, but must be a text",
    );
    check_change(
        "\"Busy\"",
        "[\"a\"]",
        "records[0].presenceStatus is a list, but must be a text",
    );
    check_change(
        "\"Extension 101\"",
        "101",
        "directory[0].name is the number 101, but must be a text",
    );
    check_change(
        "[{\"extension\"",
        "[7,{\"extension\"",
        "records[0] is the number 7, but must be an object",
    );
    check_change(
        "[{\"extension\"",
        "[null,{\"extension\"",
        "records[0] is null, but must be an object",
    );
    check_change(
        "\"directory\":[",
        "\"directory\":7,\"x\":[",
        "directory is the number 7, but must be a list of extensions",
    );
    check_change(
        "\"records\":[",
        "\"records\":null,\"x\":[",
        "records is null, but must be a list of presence records",
    );
}

#[test]
fn texts_that_cannot_be_kept_are_refused() {
    check_change(
        "\"out\"",
        "\"a\\u0000b\"",
        "records[0].message holds U+0000, which cannot be kept",
    );
    check_change(
        "\"Extension 101\"",
        "\"\\u0000\"",
        "directory[0].name holds U+0000, which cannot be kept",
    );
    let lone = "holds half a character (a lone surrogate), which cannot be kept";
    check_change(
        "\"out\"",
        "\"a\\ud83d\"",
        &format!("records[0].message {lone}"),
    );
    check_change(
        "\"out\"",
        "\"a\\ud83dx\"",
        &format!("records[0].message {lone}"),
    );
    check_change(
        "\"out\"",
        "\"\\ude00\"",
        &format!("records[0].message {lone}"),
    );
    let whole = sweep(&changed("\"out\"", "\"\\ud83d\\ude00\""));
    assert_eq!(
        whole.observations[0].presence.message.as_deref(),
        Some("\u{1f600}")
    );
}

#[test]
fn a_key_twice_is_refused() {
    check_change(
        "\"complete\"",
        "\"account_id\":1,\"complete\"",
        "account_id is there twice",
    );
    check_change(
        "\"directory\"",
        "\"records\":[],\"directory\"",
        "records is there twice",
    );
    check_change(
        "\"message\"",
        "\"presenceStatus\":null,\"message\"",
        "records[0].presenceStatus is there twice",
    );
    check_change(
        "\"message\"",
        "\"presenc\\u0065Status\":null,\"message\"",
        "records[0].presenc\\u0065Status is there twice",
    );
    check_change(
        "{\"id\":7,\"ext",
        "{\"id\":7,\"id\":7,\"ext",
        "records[0].extension.id is there twice",
    );
    check_change(
        "\"name\"",
        "\"id\":7,\"name\"",
        "directory[0].id is there twice",
    );
}

#[test]
fn an_error_is_one_short_line_whatever_is_given() {
    let nasty = "x\\n\\u001b[2J\\u202e".repeat(10_000);
    for (from, to) in [
        ("2026-11-02T14:00:00Z", nasty.clone()),
        ("\"id\":7", format!("\"id\":\"{nasty}\"")),
        ("60000", format!("\"{nasty}\"")),
        ("\"complete\"", format!("\"complete\":7,\"{nasty}\"")),
        ("\"complete\"", format!("\"{nasty}\":{{\"a\":,")),
        ("\"records\":", "[".repeat(100_000)),
        (
            "\"records\":[",
            format!("\"records\":{}", "[".repeat(100_000)),
        ),
    ] {
        let error = decode(changed(from, &to).as_bytes()).expect_err("it is refused");
        assert!(error.chars().count() < 500, "{error}");
        assert!(!error.contains(char::is_control), "{error}");
    }
}

/// A JSON value with the keys of every object in another order.
fn reordered(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(fields) => {
            let written: Vec<String> = fields
                .iter()
                .rev()
                .map(|(key, value)| format!("{}:{}", serde_json::json!(key), reordered(value)))
                .collect();
            format!("{{{}}}", written.join(" , "))
        }
        serde_json::Value::Array(values) => {
            let written: Vec<String> = values.iter().map(reordered).collect();
            format!("[{}]", written.join(" ,"))
        }
        other => other.to_string(),
    }
}

#[test]
fn key_order_does_not_matter() {
    for page in PAGES {
        let line = line_of("37439510", "2026-11-02T14:00:00Z", page);
        let value: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        let mut keys: Vec<String> = value
            .as_object()
            .expect("it is an object")
            .iter()
            .map(|(key, value)| format!("{}:{}", serde_json::json!(key), reordered(value)))
            .collect();
        for _ in 1..keys.len() {
            keys.rotate_left(1);
            let other = format!("{{{}}}", keys.join(","));
            assert_ne!(other, line);
            assert_eq!(
                sweep(&other).content_digest(),
                sweep(&line).content_digest()
            );
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = decode(&bytes) {
            prop_assert!(!error.contains(char::is_control), "{}", error);
        }
    }

    #[test]
    fn a_damaged_line_is_read_or_refused_in_one_line(
        at in 0_usize..4_000,
        with in "[\\[\\]{}\":,0-9a-z\\\\\u{0}-\u{20}]{0,4}",
        gone in 0_usize..30,
    ) {
        let mut bytes = line_of("37439510", "2026-11-02T14:00:00Z", PAGES[0]).into_bytes();
        let at = at.min(bytes.len());
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, with.bytes());
        if let Err(error) = decode(&bytes) {
            prop_assert!(!error.contains(char::is_control), "{}", error);
            prop_assert!(error.chars().count() < 500, "{}", error);
        }
    }
}
