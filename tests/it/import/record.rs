//! Whole inputs, imported into a store.

use std::io::{self, Cursor, Read};
use std::sync::mpsc;
use std::time::Duration;

use presence_model::ids::AccountId;
use presence_recording::import::{ImportErrorReason, ImportProgress, Input};
use presence_store::Store;

use super::support::{Place, import, sample_file, short_line, summary};
use crate::support::reading::ReadAtOnce;

const AGAIN: &str =
    "Correct or remove the line and import the file again: what is stored will be skipped.";

fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// Imports into an empty store; checks the outcome, and the times of the sweeps of account 1 in the store.
#[track_caller]
fn check(lines: &[String], expected: &str, times: &[&str]) {
    check_bytes(joined(lines).into_bytes(), expected, times);
}

#[track_caller]
fn check_bytes(input: Vec<u8>, expected: &str, times: &[&str]) {
    let (shown, stored) = run(async {
        let place = Place::new().await;
        let shown = match place.import(input).await {
            Ok(summary) => format!(
                "{} stored, {} skipped",
                summary.stored_count, summary.skipped_count
            ),
            Err(error) => error,
        };
        let stored = place.times(1).await;
        place.close().await;
        (shown, stored)
    });
    assert_eq!(shown, expected);
    assert_eq!(stored, times);
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
        .block_on(test)
}

#[tokio::test]
async fn lines_are_snapshots() {
    let place = Place::new().await;
    let lines = [
        short_line(1, 0, "Available"),
        short_line(1, 1, "Available"),
        short_line(1, 2, "Busy"),
    ];
    assert_eq!(place.import(joined(&lines)).await, Ok(summary(3, 0, 2)));
    assert_eq!(place.times(1).await, ["14:00", "14:01", "14:02"]);
    let log = place
        .store
        .reading()
        .await
        .log_end(AccountId(1))
        .await
        .expect("it can be read");
    assert_eq!(log.position.0, 2);
    place.close().await;
}

#[tokio::test]
async fn the_same_again_changes_nothing() {
    let place = Place::new().await;
    let lines = sample_file();
    let text = joined(&lines);
    let first = place
        .import(text.clone())
        .await
        .expect("it can be imported");
    assert_eq!(first.stored_count, lines.len() as u64);
    let log = place.log(37_439_510).await;
    let again = place.import(text.clone()).await;
    assert_eq!(again, Ok(summary(0, first.line_count, 0)));
    let mut importer = place.importer();
    for _ in 0..2 {
        let again = import(&mut importer, Cursor::new(text.clone())).await;
        assert_eq!(
            again.expect("it can be imported"),
            summary(0, first.line_count, 0)
        );
    }
    assert_eq!(place.log(37_439_510).await, log);
    place.close().await;
}

#[tokio::test]
async fn a_file_cut_in_two_gives_the_same_log() {
    let lines = sample_file();
    let whole = Place::new().await;
    whole
        .import(joined(&lines))
        .await
        .expect("it can be imported");
    let logs = [whole.log(37_439_510).await, whole.log(255_537_016).await];
    whole.close().await;
    for cut in 1..lines.len() {
        let place = Place::new().await;
        let first = place.import(joined(&lines[..cut])).await;
        assert_eq!(first.expect("it can be imported").stored_count, cut as u64);
        let rest = (lines.len() - cut) as u64;
        // Every other time only the rest; else the whole file, which has more than what is already stored.
        if cut % 2 == 0 {
            let second = place.import(joined(&lines[cut..])).await;
            assert_eq!(second.expect("it can be imported").stored_count, rest);
        } else {
            let second = place
                .import(joined(&lines))
                .await
                .expect("it can be imported");
            assert_eq!(
                (second.stored_count, second.skipped_count),
                (rest, cut as u64)
            );
        }
        let other = [place.log(37_439_510).await, place.log(255_537_016).await];
        assert_eq!(other, logs);
        place.close().await;
    }
}

#[tokio::test]
async fn many_sweeps_make_many_transactions() {
    let place = Place::new().await;
    let line = |second: i64| {
        format!(
            r#"{{"account_id":1,"observed_at":"2026-11-02T{:02}:{:02}:{:02}Z","records":[{{"extension":{{"id":7}},"presenceStatus":"{}"}}]}}"#,
            10 + second / 3_600,
            second / 60 % 60,
            second % 60,
            if second % 2 == 0 { "Busy" } else { "Available" },
        )
    };
    let lines: Vec<String> = (0..1_000).map(line).collect();
    assert_eq!(
        place.import(joined(&lines)).await,
        Ok(summary(1_000, 0, 1_000))
    );
    assert_eq!(place.times(1).await.len(), 1_000);
    place.close().await;
}

#[test]
fn what_files_have_around_their_lines_is_accepted() {
    let [one, two] = [short_line(1, 0, "Busy"), short_line(1, 1, "Busy")];
    check_bytes(Vec::new(), "0 stored, 0 skipped", &[]);
    check_bytes(b"\xef\xbb\xbf".to_vec(), "0 stored, 0 skipped", &[]);
    check_bytes(b"\n\r\n \t \n".to_vec(), "0 stored, 0 skipped", &[]);
    let both = &["14:00", "14:01"];
    check_bytes(
        format!("\u{feff}{one}\r\n\r\n{two}\r\n").into(),
        "2 stored, 0 skipped",
        both,
    );
    check_bytes(
        format!("{one}\n\n\n{two}").into(),
        "2 stored, 0 skipped",
        both,
    );
    check_bytes(
        format!("{one}\n\u{feff}{two}").into(),
        "2 stored, 0 skipped",
        both,
    );
}

#[test]
fn the_same_line_twice_in_a_file_is_skipped() {
    let [one, two] = [short_line(1, 0, "Busy"), short_line(1, 1, "Busy")];
    check(
        &[one.clone(), one.clone(), two, one],
        "2 stored, 2 skipped",
        &["14:00", "14:01"],
    );
}

#[test]
fn lines_before_a_bad_one_stay_and_the_rest_is_not_read() {
    let lines = [
        short_line(1, 0, "Busy"),
        short_line(1, 0, "Busy"),
        short_line(1, 1, "Busy"),
        short_line(1, 2, "Busy").replace("\"Busy\"", "3"),
        short_line(1, 3, "Busy"),
    ];
    check(
        &lines,
        &format!(
            "sweeps.ndjson line 4: records[0].presenceStatus is the number 3, but must be a text. Nothing of this line was stored; 3 lines before it are in the store (1 of them already were). {AGAIN}"
        ),
        &["14:00", "14:01"],
    );
    check(
        &lines[2..],
        &format!(
            "sweeps.ndjson line 2: records[0].presenceStatus is the number 3, but must be a text. Nothing of this line was stored; 1 line before it is in the store. {AGAIN}"
        ),
        &["14:01"],
    );
    check(
        &lines[3..],
        "sweeps.ndjson line 1: records[0].presenceStatus is the number 3, but must be a text. Nothing was stored. Correct or remove the line and import the file again.",
        &[],
    );
}

#[test]
fn lines_must_run_forward_in_time() {
    check(
        &[short_line(1, 5, "Busy"), short_line(1, 4, "Busy")],
        &format!(
            "sweeps.ndjson line 2: observed_at 2026-11-02T14:04:00.000Z is before the previous sweep of account 1 (2026-11-02T14:05:00.000Z); lines must run forward in time. Nothing of this line was stored; 1 line before it is in the store. {AGAIN}"
        ),
        &["14:05"],
    );
    // The order of times is separate for each account.
    check(
        &[
            short_line(1, 5, "Busy"),
            short_line(2, 4, "Busy"),
            short_line(1, 6, "Busy"),
        ],
        "3 stored, 0 skipped",
        &["14:05", "14:06"],
    );
}

#[tokio::test]
async fn a_line_before_what_is_stored_is_refused() {
    let place = Place::new().await;
    place
        .import(short_line(1, 5, "Busy"))
        .await
        .expect("it can be imported");
    assert_eq!(
        place
            .import(short_line(1, 4, "Busy"))
            .await
            .expect_err("it is refused"),
        "sweeps.ndjson line 1: observed_at 2026-11-02T14:04:00.000Z is before the previous sweep of account 1 (2026-11-02T14:05:00.000Z); lines must run forward in time. Nothing was stored. Correct or remove the line and import the file again."
    );
    place.close().await;
}

#[tokio::test]
async fn the_same_time_with_other_content_is_refused() {
    let refused = |tail: &str| {
        format!(
            "observed_at 2026-11-02T14:00:00.000Z is already taken by another sweep of account 1 with other content (snapshot 1); what is stored is never overwritten. {tail}"
        )
    };
    let place = Place::new().await;
    let [one, two] = [short_line(1, 0, "Busy"), short_line(1, 1, "Busy")];
    let other = short_line(1, 0, "Available");
    let in_one_file = place
        .import(joined(&[one.clone(), two, other.clone()]))
        .await;
    assert_eq!(
        in_one_file.expect_err("it is refused"),
        format!(
            "sweeps.ndjson line 3: {}",
            refused(&format!(
                "Nothing of this line was stored; 2 lines before it are in the store. {AGAIN}"
            ))
        )
    );
    let nothing = "Nothing was stored. Correct or remove the line and import the file again.";
    for other in [
        other,
        one.replace("\"account_id\"", "\"complete\":false,\"account_id\""),
        one.replace("\"account_id\"", "\"valid_for_ms\":1,\"account_id\""),
        one.replace(
            "\"account_id\"",
            "\"directory\":[{\"id\":1}],\"account_id\"",
        ),
    ] {
        assert_eq!(
            place.import(other).await.expect_err("it is refused"),
            format!("sweeps.ndjson line 1: {}", refused(nothing))
        );
    }
    assert_eq!(place.times(1).await, ["14:00", "14:01"]);
    place.close().await;
}

#[test]
fn the_future_is_refused() {
    let at = |time: &str| short_line(1, 0, "Busy").replace("2026-11-02T14:00:00", time);
    check(
        &[at("2026-11-02T15:05:00")],
        "1 stored, 0 skipped",
        &["15:05"],
    );
    check(
        &[at("2026-11-02T15:05:00.001")],
        "sweeps.ndjson line 1: observed_at 2026-11-02T15:05:00.001Z is more than 5 minutes in the future (it is 2026-11-02T15:00:00.000Z). Nothing was stored. Correct or remove the line and import the file again.",
        &[],
    );
}

#[test]
fn a_line_longer_than_any_sweep_is_refused() {
    let place_holder = short_line(1, 0, "Busy");
    let mut input = format!("{place_holder}\n{{\"x\":\"").into_bytes();
    input.resize(input.len() + 64 * 1024 * 1024, b'x');
    check_bytes(
        input,
        &format!(
            "sweeps.ndjson line 2: the line is longer than 64 MiB; a sweep must be on one line, and each sweep on its own. Nothing of this line was stored; 1 line before it is in the store. {AGAIN}"
        ),
        &["14:00"],
    );
}

/// An input that fails after some bytes.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(io::Error::other("the medium\nis gone")),
            other => other,
        }
    }
}

#[tokio::test]
async fn an_error_while_reading_the_input_is_reported() {
    let place = Place::new().await;
    let input = Broken(Cursor::new(
        joined(&[short_line(1, 0, "Busy")]).into_bytes(),
    ));
    let error = import(&mut place.importer(), input)
        .await
        .expect_err("it fails");
    assert_eq!(
        error.to_string(),
        "sweeps.ndjson line 2: the input cannot be read: the medium\u{fffd}is gone. Nothing of this line was stored; 1 line before it is in the store. Import it again: what is stored will be skipped."
    );
    assert!(matches!(error.reason, ImportErrorReason::Unreadable(_)));
    assert_eq!(place.times(1).await, ["14:00"]);
    place.close().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_written_to_is_reported() {
    let place = Place::new().await;
    place.store.close().await;
    let error = place
        .import(short_line(1, 0, "Busy"))
        .await
        .expect_err("it fails");
    assert!(error.starts_with("sweeps.ndjson line 1: "), "{error}");
    assert!(
        error.ends_with("Nothing was stored. Import it again."),
        "{error}"
    );
    assert!(!error.contains('\n'), "{error}");
    place.close().await;
}

#[tokio::test]
async fn progress_ends_with_the_input() {
    let place = Place::new().await;
    let text = joined(&sample_file());
    let byte_count = text.len() as u64;
    let mut seen: Vec<ImportProgress> = Vec::new();
    let input = Input {
        name: "sweeps.ndjson".to_owned(),
        reader: Cursor::new(text),
        byte_count: Some(byte_count),
    };
    let summary = place
        .importer()
        .import(input, &mut |progress: ImportProgress| seen.push(progress))
        .await
        .expect("it can be imported");
    assert!(seen.is_sorted_by_key(|progress| progress.bytes_read));
    let last = seen.last().expect("it reports something");
    assert_eq!(last.bytes_read, byte_count);
    assert_eq!(last.byte_count, Some(byte_count));
    assert_eq!(last.summary, summary);
    place.close().await;
}

/// An input that pauses.
struct Pipe(mpsc::Receiver<Vec<u8>>);

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.recv().unwrap_or_default();
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

#[tokio::test]
async fn a_live_pipe_is_recorded_as_it_comes() {
    let place = Place::new().await;
    let (sender, receiver) = mpsc::channel();
    let mut importer = place.importer();
    let running = tokio::spawn(async move { import(&mut importer, Pipe(receiver)).await });
    let send = |line: String| sender.send(line.into_bytes()).expect("it is being read");
    send(joined(&[short_line(1, 0, "Busy")]));
    while place.times(1).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    send(joined(&[short_line(1, 1, "Busy")]));
    drop(sender);
    let summary = running.await.expect("it does not panic");
    assert_eq!(summary.expect("it can be imported").stored_count, 2);
    assert_eq!(place.times(1).await, ["14:00", "14:01"]);
    place.close().await;
}

#[tokio::test]
async fn what_a_failing_store_did_not_keep_is_not_counted() {
    let place = Place::new().await;
    let (sender, receiver) = mpsc::channel();
    let mut importer = place.importer();
    let running = tokio::spawn(async move { import(&mut importer, Pipe(receiver)).await });
    let send = |minute: u32| {
        let line = joined(&[short_line(1, minute, "Busy")]);
        sender.send(line.into_bytes()).expect("it is being read");
    };
    send(0);
    while place.times(1).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    place.store.close().await;
    for minute in 1..4 {
        send(minute);
    }
    drop(sender);
    let error = running
        .await
        .expect("it does not panic")
        .expect_err("it fails");
    assert_eq!(error.summary.stored_count, 1);
    assert!(
        error.to_string().ends_with(
            "1 line before it is in the store. Import it again: what is stored will be skipped."
        ),
        "{error}"
    );
    assert!(matches!(error.reason, ImportErrorReason::Store(_)));
    let place = place.reopened().await;
    assert_eq!(place.times(1).await, ["14:00"]);
    place.close().await;
}
