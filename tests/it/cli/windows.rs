//! Files as Windows, spreadsheets and shells write them: byte order marks, line ends, encodings, and variables with
//! more than their value.

use super::support::{ACCOUNT, Place, Ran, Simulated, history};

/// A text as PowerShell's `>` writes it.
fn utf16(text: &str) -> Vec<u8> {
    let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn write(place: &Place, name: &str, bytes: &[u8]) {
    std::fs::write(place.path().join(name), bytes).expect("the folder can be written to");
}

const SCHEDULE: &str =
    r#"{"uri":"u","schedule":{"weeklyRanges":{"monday":[{"from":"09:00","to":"18:00"}]}}}"#;

const CONFIG: &str = "zone = \"Europe/Berlin\"\n[[absences]]\nfile = \"away.csv\"\n\
    [calendars.desk]\nhours = \"Mo-Fr 09:00-17:00; PH off\"\nholidays = [\"free.ics\"]\n";

const AWAY: &str = "person,from,to\n\u{5c71}\u{7530},2026-11-02,2026-11-02\n";

const FREE: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests\nBEGIN:VEVENT\nUID:1\nSUMMARY:F\u{ea}te\n\
    DTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR\n";

#[test]
fn every_file_is_read_as_windows_writes_it() {
    for form in ["mark", "crlf", "utf16"] {
        let place = Place::empty();
        let put = |name: &str, text: &str| {
            let bytes = match form {
                "mark" => format!("\u{feff}{text}").into_bytes(),
                "crlf" => text.replace('\n', "\r\n").into_bytes(),
                _ => utf16(text),
            };
            write(&place, name, &bytes);
        };
        put("sweeps.ndjson", &history());
        put("presence.toml", CONFIG);
        put("away.csv", AWAY);
        put("free.ics", FREE);
        put("hours.json", SCHEDULE);
        let imported = place.run(&["import", "sweeps.ndjson"]);
        assert_eq!(
            (imported.code, imported.stderr.trim_end()),
            (Some(0), "16 sweeps stored with 10 changes"),
            "{form}"
        );
        let calendar = place.run(&["calendar", "import", "hours.json", "--name", "a"]);
        assert_eq!(
            calendar.answer(),
            "[calendars.\"a\"]\nhours = \"Mo 09:00-18:00\"\n",
            "{form}"
        );
        let checked = place.run(&["config", "check", "--format", "json"]);
        for found in ["desk is well-formed", "1 absence"] {
            assert!(checked.stdout.contains(found), "{form}: {}", checked.stdout);
        }
        let report = place.ask(&[
            "report",
            "--from",
            "2026-11-02T09:00",
            "--to",
            "2026-11-02T09:20",
            "--format",
            "csv",
        ]);
        assert_eq!(report.code, Some(0), "{form}: {}", report.stderr);
        assert!(
            report.stdout.contains("1002,102,"),
            "{form}: {}",
            report.stdout
        );
    }
}

#[test]
fn sweeps_come_through_a_pipe_in_any_form() {
    let place = Place::empty();
    write(&place, "utf16.ndjson", &utf16(&history()));
    let script = format!("{} import - < utf16.ndjson", env!("CARGO_BIN_EXE_presence"));
    let mut shell = std::process::Command::new("sh");
    let ran = Ran::from_command(shell.arg("-c").arg(script).current_dir(place.path()));
    assert_eq!(
        (ran.code, ran.stderr.contains("16 sweeps stored")),
        (Some(0), true),
        "{}",
        ran.stderr
    );
    let old_mac = history().replace('\n', "\r");
    let again = place.run_with_input(&["import", "-"], &old_mac);
    assert!(
        again.stderr.contains("16 sweeps already recorded"),
        "{}",
        again.stderr
    );
}

#[test]
fn other_encodings_are_refused_with_their_line() {
    let place = Place::with_history();
    let question = [
        "report",
        "--from",
        "2026-11-02T08:00",
        "--to",
        "2026-11-02T08:20",
    ];
    write(&place, "presence.toml", b"# B\xfcro\nzone = \"UTC\"\n");
    let ran = place.ask(&question);
    let told = |line: usize, byte: &str, letter: &str| {
        format!(
            "line {line}: it is not UTF-8 text: the byte {byte} is \"{letter}\" in Windows-1252 (Latin-1); save it as UTF-8 \
             (Excel: \"CSV UTF-8\")"
        )
    };
    let expected = format!("presence: presence.toml {}\n", told(1, "0xfc", "\u{fc}"));
    assert_eq!((ran.code, ran.stderr), (Some(1), expected));
    write(
        &place,
        "presence.toml",
        b"[[absences]]\nfile = \"away.csv\"\n",
    );
    write(
        &place,
        "away.csv",
        b"person,from,to\r\n101,2026-11-02,\r\nM\xf6bel,2026-11-03,\r\n",
    );
    let ran = place.ask(&question);
    let expected = format!("presence: away.csv {}\n", told(3, "0xf6", "\u{f6}"));
    assert_eq!((ran.code, ran.stderr), (Some(1), expected));
    write(&place, "away.csv", &utf16(AWAY)[2..]);
    let ran = place.ask(&question);
    assert!(
        ran.stderr
            .contains("away.csv: it is UTF-16 without a byte order mark; save it as UTF-8"),
        "{}",
        ran.stderr
    );
    let mut latin = history().into_bytes();
    latin.extend_from_slice(b"{\"account_id\":\"M\xfc\"}\n");
    write(&place, "latin.ndjson", &latin);
    let ran = place.run(&["import", "latin.ndjson"]);
    assert!(
        ran.stderr.contains("latin.ndjson line 17")
            && ran.stderr.contains("save the file as UTF-8"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_secret_is_what_is_between_marks_and_line_ends() {
    let place = Place::empty();
    let platform = Simulated::with(&place, &["--rate-limit", "1000"]);
    let value = |name: &str| {
        let found = platform.environment.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.clone())
            .expect("the platform shows it")
    };
    let secret = value("RC_APP_CLIENT_SECRET");
    let collect = |changed: &[(&str, String)]| {
        let mut command = place.command(&["collect", "--once"]);
        command.envs(platform.environment.clone());
        for (name, value) in changed {
            if name.ends_with("_FILE") {
                command.env_remove(name.trim_end_matches("_FILE"));
            }
            command.env(name, value);
        }
        Ran::from_command(&mut command)
    };
    write(
        &place,
        "mark.txt",
        format!("\u{feff}{secret}\r\n").as_bytes(),
    );
    write(&place, "utf16.txt", &utf16(&format!("{secret}\n")));
    for (name, changed) in [
        ("RC_APP_CLIENT_SECRET", format!("{secret}\r")),
        ("RC_APP_CLIENT_SECRET", format!("\u{feff}{secret}\r\n")),
        ("RC_USER_JWT", format!(" {}\n", value("RC_USER_JWT"))),
        ("RC_SERVER_URL", format!("{}\r", value("RC_SERVER_URL"))),
        ("RC_APP_CLIENT_SECRET_FILE", "mark.txt".to_owned()),
        ("RC_APP_CLIENT_SECRET_FILE", "utf16.txt\r".to_owned()),
    ] {
        let ran = collect(&[(name, changed.clone())]);
        assert_eq!(ran.code, Some(0), "{name}={changed:?}: {}", ran.stderr);
    }
    // A part of a secret is not sent, and no part of it is shown.
    write(&place, "two.txt", b"hush-hush\nmore\n");
    write(&place, "latin.txt", b"hush-h\xfcsh\n");
    let cut = "it holds more than one line, or a control character; write the value on one line, and nothing else";
    for (name, changed, expected) in [
        (
            "RC_USER_JWT",
            "hush-\nhush",
            "RC_USER_JWT holds more than one line, or a control character; set it to the value alone, on one line"
                .to_owned(),
        ),
        ("RC_APP_CLIENT_SECRET_FILE", "two.txt", format!("two.txt: {cut}")),
        (
            "RC_APP_CLIENT_SECRET_FILE",
            "latin.txt",
            "latin.txt line 1: it is not UTF-8 text; save it as UTF-8 (Excel: \"CSV UTF-8\")".to_owned(),
        ),
    ] {
        let ran = collect(&[(name, changed.to_owned())]);
        assert_eq!((ran.code, ran.stderr), (Some(1), format!("presence: {expected}\n")));
    }
}

#[test]
fn a_variable_is_its_value_and_an_empty_one_is_not_set() {
    let place = Place::with_history();
    let empty = [
        "PRESENCE_STORE",
        "PRESENCE_CONFIG",
        "PRESENCE_ACCOUNT",
        "PRESENCE_FORMAT",
        "PRESENCE_ZONE",
        "PRESENCE_LOG_FORMAT",
        "PRESENCE_LOG",
        "PRESENCE_OPERATIONS",
        "PRESENCE_LISTEN",
        "RC_TOKEN_FILE",
        "PRESENCE_PSEUDONYM_KEY",
        "RC_SERVER_URL",
        "NO_COLOR",
    ];
    let people = ["people", "--format", "csv"];
    let usual = place.run(&people).answer();
    let settings = ["config", "show", "--format", "csv"];
    let usual_settings = place.run(&settings).answer();
    for value in ["", " ", "\r\n"] {
        let set = || empty.map(|name| (name, value));
        let ran = Ran::from_command(place.command(&people).envs(set()));
        assert_eq!(ran.answer(), usual, "{value:?}");
        let ran = Ran::from_command(place.command(&settings).envs(set()));
        assert_eq!(ran.answer(), usual_settings, "{value:?}");
    }
    let set = [
        ("PRESENCE_STORE", "sqlite:presence.db\r"),
        ("PRESENCE_ACCOUNT", " 37439510\n"),
        ("PRESENCE_FORMAT", "csv\r"),
        ("PRESENCE_ZONE", "\u{feff}Europe/Berlin\r"),
    ];
    assert_eq!(ACCOUNT, "37439510");
    let ran = Ran::from_command(place.command(&["people"]).envs(set));
    assert_eq!(ran.answer(), usual);
    let shown = Ran::from_command(place.command(&["config", "show"]).envs(set)).answer();
    for expected in [
        "zone,Europe/Berlin,environment,PRESENCE_ZONE",
        "store,sqlite:presence.db,environment,PRESENCE_STORE",
        "account,37439510,environment,PRESENCE_ACCOUNT",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    // The command line overrides it.
    let mut command = place.command(&["config", "show", "--zone", "UTC"]);
    let shown = Ran::from_command(command.envs(set)).answer();
    assert!(shown.contains("zone,UTC,flag,'--zone"), "{shown}");
    let mut command = place.command(&["people"]);
    let ran = Ran::from_command(command.env("PRESENCE_ACCOUNT", "1\r\n2"));
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("PRESENCE_ACCOUNT holds more than one line"),
        "{}",
        ran.stderr
    );
}
