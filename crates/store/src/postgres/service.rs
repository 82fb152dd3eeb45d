//! Connection services: how to connect, by name, from the files of Postgres' own programs (`pg_service.conf`).
//!
//! The driver knows the environment variables and the file of passwords, but not these. What the location says itself
//! goes before what the service says, and that before the environment.

use std::fmt::Write;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use presence_files::{self as files, FileError};

/// What the driver understands of a service's settings.
const KNOWN: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
];

/// Where services are defined, and which one is meant if the location names none.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// `PGSERVICE`.
    service: Option<String>,
    /// The user's file and the system's, in this order; neither need be there.
    files: Vec<PathBuf>,
}

impl Surroundings {
    /// What the environment says: `PGSERVICE`, `PGSERVICEFILE` or the user's file, and `PGSYSCONFDIR`.
    #[expect(
        clippy::disallowed_methods,
        reason = "these variables are Postgres' own, and the driver reads their like itself"
    )]
    pub(super) fn of_environment() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let named = set("PGSERVICEFILE").map(PathBuf::from);
        let of_user = || Some(std::env::home_dir()?.join(".pg_service.conf"));
        let of_system = set("PGSYSCONFDIR")
            .map_or_else(|| PathBuf::from("/etc/postgresql-common"), PathBuf::from);
        Self {
            service: set("PGSERVICE").and_then(|name| name.into_string().ok()),
            files: named
                .or_else(of_user)
                .into_iter()
                .chain([of_system.join("pg_service.conf")])
                .collect(),
        }
    }

    /// The location with the settings of its service as parameters; the same if no service is meant. The sentence says
    /// what is wrong with the service.
    pub(super) fn resolve(&self, location: &str) -> Result<String, String> {
        let (location, named) = without_service(location);
        let Some(name) = named.or_else(|| self.service.clone()) else {
            return Ok(location);
        };
        for file in &self.files {
            let text = match files::text(file) {
                Err(error @ FileError::NoText { .. }) => {
                    let error = error.without_content();
                    return Err(format!("names the service {name}: {error}"));
                }
                Err(_) => continue,
                Ok(text) => text,
            };
            let settings = settings(&text, &name)
                .map_err(|why| format!("names the service {name}: {} {why}", file.display()))?;
            if let Some(settings) = settings {
                return Ok(with_settings(&location, &settings));
            }
        }
        let files: Vec<String> = self
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        Err(format!(
            "names the service {name}, which is not in {}; add it, or name the file in PGSERVICEFILE",
            files.join(" or ")
        ))
    }
}

/// The location without its parameter `service`, and that.
fn without_service(location: &str) -> (String, Option<String>) {
    let Some((base, query)) = location.split_once('?') else {
        return (location.to_owned(), None);
    };
    let mut service = None;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("service=") {
            Some(name) => service = Some(name.to_owned()),
            None => rest.push(pair),
        }
    }
    if rest.is_empty() {
        (base.to_owned(), service)
    } else {
        (format!("{base}?{}", rest.join("&")), service)
    }
}

type Settings = Vec<(String, String)>;

/// The settings of a service in a file; `None` if the file does not have it.
fn settings(text: &str, service: &str) -> Result<Option<Settings>, String> {
    let mut found: Option<Settings> = None;
    let mut is_here = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            is_here = name.strip_suffix(']') == Some(service);
            if is_here {
                found = Some(Vec::new());
            }
        } else if is_here && let Some(settings) = &mut found {
            let wrong = || format!("has no setting KEY=VALUE in line {}", index + 1);
            let (key, value) = line.split_once('=').ok_or_else(wrong)?;
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(found)
}

/// Adds settings that the location does not have itself.
fn with_settings(location: &str, settings: &Settings) -> String {
    let own = own_settings(location);
    let mut result = location.to_owned();
    for (key, value) in settings {
        if !KNOWN.contains(&key.as_str()) {
            tracing::warn!(setting = %key, "a setting of the connection service is not supported");
        } else if !own.contains(&key.as_str()) {
            let mark = if result.contains('?') { '&' } else { '?' };
            let _ = write!(result, "{mark}{key}={}", escaped(value));
        }
    }
    result
}

/// Which settings a location has: in its first part, or as parameters.
fn own_settings(location: &str) -> Vec<&str> {
    let rest = location.split_once("://").map_or("", |(_, rest)| rest);
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut own: Vec<&str> = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key))
        .collect();
    let (authority, database) = base.split_once('/').unwrap_or((base, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    for (key, value) in [
        ("host", host),
        ("hostaddr", host),
        ("port", port),
        ("user", user),
        ("password", password),
        ("dbname", database),
    ] {
        if !value.is_empty() {
            own.push(key);
        }
    }
    own
}

/// What has a meaning in a parameter.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A value as it is written in a parameter.
fn escaped(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# services\n[other]\nhost=elsewhere\n\n[office]\nhost = db.example.com\nport=5433\n\
        user=presence\ndbname=office\npassword=a&b c\nsslmode=verify-full\n[broken]\nhost\n";

    fn resolve(location: &str, service: Option<&str>) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("pg_service.conf");
        std::fs::write(&file, FILE).expect("it is written");
        let surroundings = Surroundings {
            service: service.map(str::to_owned),
            files: vec![folder.path().join("not there"), file],
        };
        surroundings.resolve(location)
    }

    #[track_caller]
    fn check(location: &str, service: Option<&str>, expected: &str) {
        assert_eq!(resolve(location, service).as_deref(), Ok(expected));
    }

    #[test]
    fn what_the_location_says_goes_first() {
        check(
            "postgres:///?service=office",
            None,
            "postgres:///?host=db.example.com&port=5433&user=presence&dbname=office&password=a%26b%20c&sslmode=verify-full",
        );
        check(
            "postgres://me:secret@localhost:5432/db?sslmode=disable&service=office",
            Some("other"),
            "postgres://me:secret@localhost:5432/db?sslmode=disable",
        );
        check(
            "postgres:///db?schema=a",
            Some("other"),
            "postgres:///db?schema=a&host=elsewhere",
        );
        check("postgres://host/db", None, "postgres://host/db");
    }

    #[test]
    fn a_service_that_cannot_be_used_is_refused() {
        let refused = resolve("postgres:///?service=missing", None).expect_err("it is not there");
        assert!(refused.starts_with("names the service missing, which is not in "));
        let refused = resolve("postgres:///?service=broken", None).expect_err("it is broken");
        assert!(
            refused.ends_with("has no setting KEY=VALUE in line 13"),
            "{refused}"
        );
    }
}
