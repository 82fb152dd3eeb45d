//! CSV that Excel opens with a double click.

use super::support::{NOW, Place};

const WINDOW: [&str; 4] = [
    "--from",
    "2026-11-02T08:00:00Z",
    "--to",
    "2026-11-02T08:20:00Z",
];

/// The answer as lines, each as its cells. The byte order mark and the line ends are checked, too.
#[track_caller]
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(!text.contains('\u{feff}'), "{text}");
    let lines: Vec<&str> = text
        .strip_suffix("\r\n")
        .expect("a line end")
        .split("\r\n")
        .collect();
    let rows = lines.iter().map(|line| {
        assert!(!line.contains('\n'), "{line}");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(u8::try_from(separator).expect("one byte"))
            .from_reader(line.as_bytes());
        let record = reader.records().next().expect("a row").expect("it is CSV");
        record.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

fn cell<'a>(rows: &'a [Vec<String>], row: usize, name: &str) -> &'a str {
    let column = rows[0].iter().position(|header| header == name);
    &rows[row][column.expect("the column is there")]
}

#[test]
fn excel_reads_times_fractions_and_accents() {
    let place = Place::with_history();
    let berlin = ["--zone", "Europe/Berlin", "--excel"];
    let timeline = [&["timeline", "101", "102"], &WINDOW[..], &berlin].concat();
    let text = place.ask(&timeline).answer();
    let answer = rows(&text, ';');
    assert_eq!(cell(&answer, 1, "from"), "2026-11-02 09:00:00");
    assert_eq!(cell(&answer, 1, "to"), "2026-11-02 09:03:00");
    assert_eq!(cell(&answer, 1, "duration_ms"), "180000");
    let named = answer
        .iter()
        .any(|row| row.contains(&"Workshop 山田".to_owned()));
    assert!(named, "{text}");
    let staffing = ["staffing", "--value", "Available", "--step", "15m"];
    let staffing = [&staffing, &WINDOW[..], &berlin].concat();
    let answer = rows(&place.ask(&staffing).answer(), ';');
    let average = cell(&answer, 2, "avg");
    assert!(average.contains(',') && !average.contains('.'), "{average}");
    let comma = [&staffing[..staffing.len() - 1], &["--excel=comma"]].concat();
    let answer = rows(&place.ask(&comma).answer(), ',');
    assert_eq!(cell(&answer, 2, "avg"), average.replace(',', "."));
    // A formula in a name stays text.
    let people = place.run(&["people", "--excel", "--output", "people.csv"]);
    assert_eq!(people.code, Some(0), "{}", people.stderr);
    let text = std::fs::read_to_string(place.path().join("people.csv")).expect("it was written");
    assert!(text.contains(";\"'=HYPERLINK(\"\"x\"\")\";"), "{text}");
    rows(&text, ';');
}

#[test]
fn every_question_is_written_for_excel() {
    let place = Place::with_history();
    let window = |words: &[&'static str]| [words, &WINDOW[..]].concat();
    for question in [
        vec!["now"],
        vec!["at", "2026-11-02T08:10:00Z"],
        window(&["changes"]),
        window(&["report", "--by", "day"]),
        window(&["heatmap", "--value", "Available"]),
        window(&["coverage"]),
        vec!["explain", "101", "2026-11-02T08:10:00Z"],
        vec!["route"],
        window(&["export", "--view", "presence_changes"]),
        vec!["policy", "list"],
        vec!["config", "show"],
        vec!["saved"],
    ] {
        let ran = place.run(&[&question[..], &["--now", NOW, "--excel"]].concat());
        assert_eq!(ran.code, Some(0), "{question:?}: {}", ran.stderr);
        let answer = rows(&ran.stdout, ';');
        let plain = place.run(&[&question[..], &["--now", NOW, "--format", "csv"]].concat());
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(plain.stdout.as_bytes());
        assert_eq!(reader.records().count(), answer.len(), "{question:?}");
        let is_moment = |cell: &String| cell.len() == 24 && cell.ends_with('Z');
        assert!(
            !answer.iter().flatten().any(is_moment),
            "{question:?}: {answer:?}"
        );
    }
    // The lines above the header come after the mark, and have the same line ends as the rest.
    let asked = ["now", "--now", NOW, "--excel", "--with-question"];
    let text = place.run(&asked).answer();
    assert!(text.starts_with("\u{feff}# "), "{text}");
    assert!(
        text.lines().all(|line| !line.contains('\r')) && !text.replace("\r\n", "").contains('\n')
    );
}

#[test]
fn excel_applies_to_csv_only() {
    let place = Place::with_history();
    for format in ["json", "table", "parquet"] {
        let ran = place.run(&["now", "--excel", "--format", format]);
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (
                Some(2),
                "",
                "presence: --excel: it is a way to write CSV; leave out --format, or write --format csv\n"
            )
        );
    }
}
