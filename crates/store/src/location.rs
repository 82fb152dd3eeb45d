//! The form of a text that names a store, and how it is shown: without a password, however it is misspelt.
//!
//! A location that is meant for a server and misspelt must not become a file: its name would hold the password.

use std::path::PathBuf;

use super::sqlite::path_of;

/// What replaces whatever may be a password.
const HIDDEN: &str = "***";

/// Words that begin the address of a Postgres server, also as people misspell them.
const SERVER_WORDS: [&str; 8] = [
    "postgresql",
    "postgress",
    "postgres",
    "postgre",
    "pgsql",
    "psql",
    "pg",
    "jdbc",
];

/// Keywords of connection strings, as `libpq` and other drivers write them: `host=… password=…`.
const KEYWORDS: [&str; 15] = [
    "host",
    "hostaddr",
    "server",
    "port",
    "dbname",
    "database",
    "user",
    "username",
    "password",
    "pwd",
    "passfile",
    "service",
    "sslmode",
    "sslpassword",
    "pgpassword",
];

/// Whether a location names a Postgres database.
pub fn is_postgres(location: &str) -> bool {
    let scheme = location.split_once("://").map(|(scheme, _)| scheme);
    matches!(scheme, Some("postgres" | "postgresql"))
}

/// The file that a location names, if it names one.
pub fn file_of(location: &str) -> Option<PathBuf> {
    if is_postgres(location) {
        return None;
    }
    path_of(location).ok()
}

/// Why a text can name no store on any computer, and how to write it; `None` if it can.
pub fn location_fault(location: &str) -> Option<&'static str> {
    if is_postgres(location) {
        return None;
    }
    if location.is_empty() {
        return Some("names no file; write sqlite:FILE");
    }
    if let Some(path) = location.strip_prefix("sqlite:") {
        return match path {
            "" | "//" => Some("names no file; write sqlite:FILE"),
            ":memory:" => Some("would be gone with the program; write sqlite:FILE"),
            _ if path.contains("://") || has_password_keyword(path) => Some(
                "mixes a file and a server; write sqlite:FILE or postgres://USER@HOST/DATABASE",
            ),
            _ => None,
        };
    }
    if has_keywords(location) {
        return Some(
            "is a list of keywords, not a location; write postgres://USER@HOST/DATABASE, with the password in \
             PGPASSWORD or ~/.pgpass (a file of such a name: sqlite:FILE)",
        );
    }
    if is_like_server(location) {
        return Some(
            "looks like the address of a server, but is not written as one; write \
             postgres://USER@HOST/DATABASE, in small letters, with :// (a file of such a name: sqlite:FILE)",
        );
    }
    match location.split_once("://") {
        Some(_) => Some("is of an unknown kind; write sqlite:FILE or postgres://HOST/DATABASE"),
        None => None,
    }
}

/// Whether a text without a known scheme is meant for a server: it begins as an address does, or holds `:` before `@`.
fn is_like_server(location: &str) -> bool {
    let text = location.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let lower = text.to_ascii_lowercase();
    let begins_so = SERVER_WORDS.iter().any(|word| {
        let Some(rest) = lower.strip_prefix(word) else {
            return false;
        };
        let is_address = rest.starts_with("//") || rest.starts_with("\\\\");
        is_address || rest.starts_with([':', '@', ';']) || rest.contains('@')
    });
    begins_so || has_user_and_password(location)
}

/// Whether a text holds `NAME:PASSWORD@`. The letter of a drive is no name.
fn has_user_and_password(text: &str) -> bool {
    let Some((before, _)) = text.rsplit_once('@') else {
        return false;
    };
    match before.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 && rest.starts_with(['\\', '/']) => {
            rest.contains(':')
        }
        Some(_) => true,
        None => false,
    }
}

/// The words before `=` in a text, whatever parts its pairs. An escaped letter belongs to its word.
fn keys(text: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = text.split('=').collect();
    let count = parts.len().saturating_sub(1);
    parts.into_iter().take(count).map(|part| {
        let is_of_key =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '%');
        let part = part.trim_end();
        let start = part.trim_end_matches(is_of_key).len();
        part.get(start..).unwrap_or("").to_ascii_lowercase()
    })
}

fn has_keywords(text: &str) -> bool {
    // Of an address with `://` the parameters are read when it is known what it is.
    !text.contains("://") && keys(text).any(|key| KEYWORDS.contains(&key.as_str()))
}

fn has_password_keyword(text: &str) -> bool {
    keys(text).any(|key| is_password_key(&key))
}

fn is_password_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.contains("pass") || key.contains("pwd") || key.contains('%')
}

/// The location as it may be shown and logged: what may be a password is replaced by `***`.
///
/// Of one that is misspelt nothing is shown but the word that it begins with: where its password stands is anybody's
/// guess.
pub fn redacted(location: &str) -> String {
    match location.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['@', '=']) => {
            format!("{scheme}://{}", redacted_address(rest))
        }
        _ if !may_hold_password(location) => location.to_owned(),
        _ => {
            let lower = location.to_ascii_lowercase();
            let word = SERVER_WORDS.iter().find(|word| lower.starts_with(**word));
            format!("{}{HIDDEN}", word.map_or("", |word| word))
        }
    }
}

fn may_hold_password(location: &str) -> bool {
    let path = location.strip_prefix("sqlite:");
    match path {
        Some(path) => has_password_keyword(path),
        None => location_fault(location).is_some() || has_password_keyword(location),
    }
}

/// What follows `://`, without its password.
fn redacted_address(rest: &str) -> String {
    // An unescaped `/`, `?` or `@` in a password would end it early for who reads it strictly: rather too much is
    // hidden than too little, so the last `@` before the parameters ends what is hidden.
    let (base, query) = match rest.split_once('?') {
        Some((base, query)) if !query.contains('@') => (base, Some(query)),
        Some((_, query)) if has_password_keyword(query) => return HIDDEN.to_owned(),
        _ => (rest, None),
    };
    let base = match base.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{HIDDEN}@{host}"),
            None if user.contains(['?', '=']) => HIDDEN.to_owned(),
            None => format!("{user}@{host}"),
        },
        None => base.to_owned(),
    };
    match query {
        Some(query) => {
            let pairs: Vec<String> = query.split('&').map(redacted_pair).collect();
            format!("{base}?{}", pairs.join("&"))
        }
        None => base,
    }
}

fn redacted_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, _)) if is_password_key(key) => format!("{key}={HIDDEN}"),
        _ => pair.to_owned(),
    }
}

/// A sentence in which no address shows its password: for what quotes a command line as it was given.
pub fn without_passwords(sentence: &str) -> String {
    let is_edge = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '`');
    let shown: String = sentence
        .split_inclusive(is_edge)
        .map(|word| {
            let text = word.trim_end_matches(is_edge);
            let edge = word.get(text.len()..).unwrap_or("");
            let has_password = match text.split_once("://") {
                Some((_, rest)) => rest.contains('@') || has_password_keyword(rest),
                None => has_user_and_password(text) && is_like_server(text),
            };
            if has_password {
                format!("{}{edge}", redacted(text))
            } else {
                word.to_owned()
            }
        })
        .collect();
    without_values(&shown)
}

/// The same without the values of keywords for passwords: `password = ***`.
fn without_values(sentence: &str) -> String {
    let mut shown = String::new();
    let mut rest = sentence;
    while let Some((before, value)) = rest.split_once('=') {
        shown.push_str(before);
        shown.push('=');
        rest = value;
        let word = before.trim_end();
        let start = word.rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let key = start.and_then(|start| word.get(start..)).unwrap_or(word);
        let key = key.to_ascii_lowercase();
        if !(key.ends_with("password") || key.ends_with("pwd")) {
            continue;
        }
        let value = rest.trim_start();
        let ends =
            |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '`' | '&' | ';');
        let quoted = value.strip_prefix(['\'', '"']).unwrap_or(value);
        let end = quoted.find(ends).unwrap_or(quoted.len());
        if end > 0 {
            let space = rest.len() - value.len();
            shown.push_str(rest.get(..space).unwrap_or(""));
            shown.push_str(HIDDEN);
            rest = quoted.get(end..).unwrap_or("");
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_shown(location: &str, expected: &str) {
        assert_eq!(redacted(location), expected);
    }

    #[test]
    fn a_password_is_never_shown() {
        check_shown("sqlite:presence.db", "sqlite:presence.db");
        check_shown("postgres://host/db", "postgres://host/db");
        check_shown("postgres://me@host/db", "postgres://me@host/db");
        check_shown("postgres://me:secret@host/db", "postgres://me:***@host/db");
        check_shown("postgres://me:s@e/c?r@host/db", "postgres://me:***@host/db");
        check_shown("postgres://:secret@host/db", "postgres://:***@host/db");
        check_shown(
            "postgres://host/db?user=me&password=secret&schema=a",
            "postgres://host/db?user=me&password=***&schema=a",
        );
        check_shown(
            "postgres://host/db?sslpassword=secret",
            "postgres://host/db?sslpassword=***",
        );
    }

    #[test]
    fn a_password_with_marks_in_a_parameter_is_never_shown() {
        check_shown("postgres://host/db?password=s@ecret", "postgres://***");
        check_shown("postgres://host:5432/db?password=s@ecret", "postgres://***");
        check_shown(
            "postgres://host/db?%70assword=secret",
            "postgres://host/db?%70assword=***",
        );
    }

    #[test]
    fn what_is_meant_for_a_server_is_no_file() {
        for misspelt in [
            "postgres//u:secret@h",
            "postgres//u:secret@h/db",
            "postgres:/u:secret@h",
            "postgres:u:secret@h/db",
            "postgresql:u:secret@",
            "postgresql:u:secret@h/db",
            "postgres/u:secret@h/db",
            "postgres@h:secret",
            "POSTGRES://u:secret@h/db",
            "Postgresql://u:secret@h/db",
            "postgress://u:secret@h/db",
            " postgres://u:secret@h/db",
            "postgres:\\\\u:secret@h",
            "postgres:/u@h?password=secret",
            "jdbc:postgresql://h/db?user=u&password=secret",
            "pg:u:secret@h",
            "u:secret@h/db",
            "//u:secret@h/db",
            "h/db?password=secret",
            "host=127.0.0.1 dbname=office user=x password=secret",
            "host = 127.0.0.1 password = secret",
            "Host=h;Username=u;Password=secret",
            "password=secret",
            "dbname='office' password='secret'",
            "mysql://u:secret@h/db",
            "sqlite:postgres://u:secret@h/db",
            "sqlite:host=h password=secret",
        ] {
            assert!(location_fault(misspelt).is_some(), "{misspelt}");
            let shown = redacted(misspelt);
            assert!(!shown.contains("secret"), "{misspelt}: {shown}");
            let said = without_passwords(&format!("unexpected argument '{shown}' found"));
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn other_texts_stay_files() {
        for file in [
            "presence.db",
            "odd:name.db",
            "a folder/with 100%?.db",
            "postgres/presence.db",
            "postgres.db",
            "page.db",
            "pg_history.db",
            "team@home.db",
            "C:\\data\\me@work\\presence.db",
            "/srv/2026=11/presence.db",
            "sqlite:odd:name@here.db",
            "sqlite:///var/lib/presence.db",
        ] {
            assert_eq!(location_fault(file), None, "{file}");
            assert_eq!(redacted(file), file);
        }
    }

    #[test]
    fn a_sentence_quotes_no_password() {
        let check = |sentence: &str, expected: &str| {
            assert_eq!(without_passwords(sentence), expected);
        };
        check(
            "unexpected argument 'postgres://u:secret@h/db' found",
            "unexpected argument 'postgres://u:***@h/db' found",
        );
        check("no `postgres//u:secret@h` here", "no `postgres***` here");
        check(
            "--password=secret is no option",
            "--password=*** is no option",
        );
        check(
            "unexpected 'host = h password = secret' found",
            "unexpected 'host = h password = ***' found",
        );
        check("Host=h;Password='secret';", "Host=h;Password=***';");
        check(
            "a.ndjson line 3: observed_at is before 14:00:00Z",
            "a.ndjson line 3: observed_at is before 14:00:00Z",
        );
    }
}
