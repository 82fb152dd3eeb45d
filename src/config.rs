//! The configuration file, and the one place that reads the environment.
//!
//! A flag goes before the environment, that before the file, that before the default. Flags and most of the
//! environment come through the command line's definition; here are the file, the platform's credentials, and what
//! settles one over the other. Secrets come from the environment or from a file of their own, never from a flag, and
//! are never shown.

mod calendars;
mod digest;
mod located;
mod policies;
mod saved;
mod serve;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

pub use self::calendars::{AbsencesSection, CalendarError, CalendarForSection, CalendarSection};
pub use self::located::{CredentialPart, Origin};
pub use self::policies::{LocatedFinding, PolicyError, PolicySection, RuleSection};
pub use self::saved::{SavedArgs, SavedSection};
pub use self::serve::{GrantSection, OidcSection, ServeSection};

use crate::query::nearest::nearest;
use crate::ringcentral::Credentials;

/// The file that is read if no other is named.
pub const DEFAULT_FILE: &str = "presence.toml";

/// The platform's own address; a sandbox or a simulator has another.
pub const DEFAULT_SERVER_URL: &str = "https://platform.ringcentral.com";

/// What `presence.toml` can say. A key that is none of these is an error: a misspelt one would silently do nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileConfig {
    /// `--store`.
    pub store: Option<String>,
    /// `--account`, as text.
    pub account: Option<String>,
    /// `--format`.
    pub format: Option<String>,
    /// `--zone`.
    pub zone: Option<String>,
    /// `--log-format`.
    pub log_format: Option<String>,
    /// Defaults of `report`.
    pub report: ReportSection,
    /// Defaults of `collect`.
    pub collect: CollectSection,
    /// What the daily table holds.
    pub daily: DailySection,
    /// Where and as whom to log in.
    pub ringcentral: RingCentralSection,
    /// The server.
    pub serve: ServeSection,
    /// Policies by name.
    pub policies: BTreeMap<String, PolicySection>,
    /// Calendars by name.
    pub calendars: BTreeMap<String, CalendarSection>,
    /// Whose calendar is which.
    pub calendar_for: Vec<CalendarForSection>,
    /// Files of planned absence.
    pub absences: Vec<AbsencesSection>,
    /// Questions by name.
    pub saved: BTreeMap<String, SavedSection>,
}

/// `[report]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSection {
    /// `--hours`.
    pub hours: Option<String>,
    /// `--min-evidence`, as text.
    pub min_evidence: Option<String>,
    /// `--min-group`, as text.
    pub min_group: Option<String>,
    /// A file that holds the key of pseudonyms.
    pub pseudonym_key_file: Option<PathBuf>,
}

/// `[collect]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectSection {
    /// `--interval`.
    pub interval: Option<String>,
    /// `--operations`.
    pub operations: Option<String>,
    /// `--spool`; a relative folder is beside the configuration file.
    pub spool: Option<PathBuf>,
}

/// `[daily]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DailySection {
    /// The facets that the daily table is kept of; none: it is not kept.
    pub facets: Option<Vec<String>>,
    /// In whose local time its days are, as `--zone`.
    pub zone: Option<String>,
}

/// `[ringcentral]`. Relative files are beside the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RingCentralSection {
    /// The platform's address.
    pub server_url: Option<String>,
    /// The application's id, which is no secret.
    pub client_id: Option<String>,
    /// A file that holds the application's id.
    pub client_id_file: Option<PathBuf>,
    /// A file that holds the application's secret.
    pub client_secret_file: Option<PathBuf>,
    /// A file that holds the user's JWT credential.
    pub user_jwt_file: Option<PathBuf>,
    /// A file to keep the token in, so that the next start goes on with the session.
    pub token_file: Option<PathBuf>,
}

/// The keys of the file, for suggestions.
const KEYS: &[&str] = &[
    "store",
    "account",
    "format",
    "zone",
    "log_format",
    "report",
    "hours",
    "min_evidence",
    "min_group",
    "pseudonym_key_file",
    "collect",
    "interval",
    "operations",
    "daily",
    "facets",
    "ringcentral",
    "server_url",
    "client_id",
    "client_id_file",
    "client_secret_file",
    "user_jwt_file",
    "token_file",
    "spool",
    "policies",
    "description",
    "rules",
    "when",
    "class",
    "class_of",
    "calendars",
    "holidays",
    "calendar_for",
    "calendar",
    "person",
    "department",
    "site",
    "queue",
    "absences",
    "file",
    "saved",
    "command",
    "args",
    "serve",
    "listen",
    "prefix",
    "require_token",
    "trusted_proxies",
    "public_url",
    "oidc",
    "issuer",
    "provider",
    "request_scopes",
    "groups_claim",
    "extension_claim",
    "grants",
    "group",
    "scopes",
];

/// The configuration file that the environment names.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
pub fn named_in_environment() -> Option<PathBuf> {
    std::env::var_os("PRESENCE_CONFIG").map(PathBuf::from)
}

/// Why there is no configuration to work with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The configuration is not what it should be.
    #[error("{}{}: {reason}", path.display(), line.map(|line| format!(" line {line}")).unwrap_or_default())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where in it.
        line: Option<usize>,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Credentials are missing.
    #[error(
        "{} not set: set {}, or name a file with the same name and _FILE at the end, or name one under [ringcentral] in {DEFAULT_FILE}; \
         `presence simulate` gives credentials to try with",
        names.join(", ") + if names.len() == 1 { " is" } else { " are" },
        if names.len() == 1 { "it" } else { "them" }
    )]
    MissingCredentials {
        /// The variables.
        names: Vec<&'static str>,
    },
    /// The same thing is said twice.
    #[error("both {name} and {name}_FILE are set: set only one of them")]
    SetTwice {
        /// The variable.
        name: &'static str,
    },
    /// A variable is not text.
    #[error("{name} is set to something that is not UTF-8 text")]
    NotText {
        /// The variable.
        name: String,
    },
}

/// The configuration, and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What the file says; nothing if there is none.
    pub file: FileConfig,
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// Its text, to show places in it.
    text: String,
}

impl Config {
    /// Reads the file that was named, or [`DEFAULT_FILE`] if it is there.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                let path = path.to_owned();
                return Err(ConfigError::Unreadable { path, error });
            }
        };
        Ok(Self {
            file: parse(&text, path)?,
            path: Some(path.to_owned()),
            text,
        })
    }

    /// A value of the file, read as the flag of the same name is.
    pub fn value<T>(
        &self,
        key: &str,
        text: Option<&String>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = text else { return Ok(None) };
        match read(text) {
            Ok(value) => Ok(Some(value)),
            Err(reason) => Err(ConfigError::Malformed {
                path: self.path.clone().unwrap_or_default(),
                line: None,
                reason: format!("{key} = {text:?}: {reason}"),
            }),
        }
    }

    /// What it takes to log in: from the environment, else from the file.
    pub fn credentials(&self) -> Result<Credentials, ConfigError> {
        let section = &self.file.ringcentral;
        let server_url = settle("RC_SERVER_URL", section.server_url.clone(), None)?;
        let client_id = settle(
            "RC_APP_CLIENT_ID",
            section.client_id.clone(),
            self.beside(section.client_id_file.as_ref()).as_deref(),
        )?;
        let client_secret = settle(
            "RC_APP_CLIENT_SECRET",
            None,
            self.beside(section.client_secret_file.as_ref()).as_deref(),
        )?;
        let jwt = settle(
            "RC_USER_JWT",
            None,
            self.beside(section.user_jwt_file.as_ref()).as_deref(),
        )?;
        match (client_id, client_secret, jwt) {
            (Some(client_id), Some(client_secret), Some(jwt)) => Ok(Credentials {
                server_url: server_url.unwrap_or_else(|| DEFAULT_SERVER_URL.to_owned()),
                client_id,
                client_secret: SecretString::from(client_secret),
                jwt: SecretString::from(jwt),
            }),
            (client_id, client_secret, jwt) => {
                let all = [
                    ("RC_APP_CLIENT_ID", client_id.is_none()),
                    ("RC_APP_CLIENT_SECRET", client_secret.is_none()),
                    ("RC_USER_JWT", jwt.is_none()),
                ];
                let missing = all
                    .into_iter()
                    .filter_map(|(name, is_missing)| is_missing.then_some(name));
                Err(ConfigError::MissingCredentials {
                    names: missing.collect(),
                })
            }
        }
    }

    /// The file to keep the token in: from the environment (`RC_TOKEN_FILE`), else from the file; `None`: it is not kept.
    pub fn token_file(&self) -> Result<Option<PathBuf>, ConfigError> {
        let named = variable("RC_TOKEN_FILE")?.map(PathBuf::from);
        Ok(named.or_else(|| self.beside(self.file.ringcentral.token_file.as_ref())))
    }

    /// The folder that the configuration names for the spool.
    pub fn spool_folder(&self) -> Option<PathBuf> {
        self.beside(self.file.collect.spool.as_ref())
    }

    /// The folder for what a service keeps: the one that systemd gives it, else the user's own.
    pub fn state_folder() -> Result<PathBuf, ConfigError> {
        if let Some(folders) = variable("STATE_DIRECTORY")? {
            let first = folders.split(':').next().unwrap_or_default();
            return Ok(PathBuf::from(first));
        }
        if let Some(folder) = variable("XDG_STATE_HOME")? {
            return Ok(Path::new(&folder).join("presence"));
        }
        let home = variable("HOME")?.map_or_else(|| PathBuf::from("."), PathBuf::from);
        Ok(home.join(".local/state/presence"))
    }

    /// The key that pseudonyms are made with: from the environment, else from the file.
    pub fn pseudonym_key(&self) -> Result<Option<SecretString>, ConfigError> {
        let file = self.beside(self.file.report.pseudonym_key_file.as_ref());
        let key = settle("PRESENCE_PSEUDONYM_KEY", None, file.as_deref())?;
        Ok(key.map(SecretString::from))
    }

    /// What the server shows its identity provider.
    pub fn oidc_secret(&self) -> Result<Option<SecretString>, ConfigError> {
        let section = self.file.serve.oidc.as_ref();
        let file = section.and_then(|section| section.client_secret_file.as_ref());
        let file = self.beside(file);
        let secret = settle("PRESENCE_OIDC_CLIENT_SECRET", None, file.as_deref())?;
        Ok(secret.map(SecretString::from))
    }

    fn beside(&self, file: Option<&PathBuf>) -> Option<PathBuf> {
        let folder = self.path.as_deref().and_then(Path::parent);
        file.map(|file| folder.map_or_else(|| file.clone(), |folder| folder.join(file)))
    }
}

fn parse(text: &str, path: &Path) -> Result<FileConfig, ConfigError> {
    toml::from_str(text).map_err(|error: toml::de::Error| ConfigError::Malformed {
        path: path.to_owned(),
        line: error
            .span()
            .map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        reason: explained(error.message()),
    })
}

/// What is wrong in a file, with what was probably meant.
fn explained(message: &str) -> String {
    let first_line = message.lines().next().unwrap_or(message);
    let unknown = first_line
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    let Some(key) = unknown else {
        return first_line.to_owned();
    };
    let hint = match key {
        "client_secret" | "user_jwt" | "jwt" => {
            "; secrets stay out of this file: name a file that holds it, with client_secret_file or user_jwt_file".to_owned()
        }
        _ => nearest(key, KEYS.iter().copied()).map_or_else(String::new, |near| format!("; did you mean {near:?}?")),
    };
    format!("there is no key {key:?}{hint}")
}

/// A setting: the variable, or the content of the file that the variable with `_FILE` names, or what the configuration
/// says, or the content of the file that it names. Empty is the same as not set.
fn settle(
    name: &'static str,
    configured: Option<String>,
    configured_file: Option<&Path>,
) -> Result<Option<String>, ConfigError> {
    let value = variable(name)?;
    let file = variable(&format!("{name}_FILE"))?.map(PathBuf::from);
    match (value, file) {
        (Some(_), Some(_)) => Err(ConfigError::SetTwice { name }),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(file)) => content(&file).map(Some),
        (None, None) => match configured {
            Some(value) => Ok(Some(value)),
            None => configured_file.map(content).transpose(),
        },
    }
}

/// What a file holds, without the white space around it.
fn content(path: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    match text.trim() {
        "" => Err(ConfigError::Malformed {
            path: path.to_owned(),
            line: None,
            reason: "it is empty".to_owned(),
        }),
        text => Ok(text.to_owned()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::NotText {
            name: name.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = parse(text, Path::new("presence.toml")).expect_err("the text is wrong");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn every_key_is_known_to_suggestions() {
        let text = r#"
            store = "sqlite:a.db"
            account = "1"
            format = "json"
            zone = "Europe/Berlin"
            log_format = "json"
            [report]
            hours = "Mo-Fr 09:00-17:00"
            min_evidence = "0.8"
            min_group = "5"
            pseudonym_key_file = "pseudonyms.txt"
            [collect]
            interval = "60s"
            operations = "off"
            spool = "spool"
            [ringcentral]
            server_url = "http://127.0.0.1:8180"
            client_id = "id"
            client_id_file = "id.txt"
            client_secret_file = "secret.txt"
            user_jwt_file = "jwt.txt"
            token_file = "token.json"
            [daily]
            facets = ["presence_status"]
            zone = "extension"
            [policies.phone]
            description = "who is on the phone"
            rules = [
                { when = "telephony_status == 'Ringing'", class = "ringing" },
                { when = "true", class_of = "telephony_status" },
            ]
            [calendars.support]
            hours = "Mo-Fr 09:00-17:00; PH off"
            holidays = ["country:DE"]
            [[calendar_for]]
            calendar = "support"
            person = "101"
            department = "Support"
            site = "North"
            queue = "Night"
            [[absences]]
            file = "vacation.csv"
            [saved.weekly-support]
            command = "report"
            args = "--from -7d --to now --by department"
            [serve]
            listen = "127.0.0.1:8080"
            prefix = "/presence"
            require_token = true
            trusted_proxies = ["127.0.0.1"]
            public_url = "https://presence.example.com"
            [serve.oidc]
            issuer = "https://login.example.com"
            client_id = "presence"
            client_secret_file = "oidc.txt"
            provider = "the office login"
            request_scopes = ["email"]
            groups_claim = "groups"
            extension_claim = "extension_id"
            [[serve.oidc.grants]]
            group = "planning"
            scopes = ["read"]
        "#;
        let parsed = parse(text, Path::new("presence.toml")).expect("these are all keys");
        assert_eq!(parsed.collect.interval.as_deref(), Some("60s"));
        let words: Vec<&str> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        assert!(KEYS.iter().all(|key| words.contains(key)));
    }

    #[test]
    fn an_unknown_key_is_named_with_a_suggestion() {
        check_refused(
            "stor = \"x\"",
            "presence.toml line 1: there is no key \"stor\"; did you mean \"store\"?",
        );
        check_refused(
            "\n[collect]\nintervall = \"60s\"",
            "presence.toml line 3: there is no key \"intervall\"; did you mean \"interval\"?",
        );
        check_refused(
            "[ringcentral]\nclient_secret = \"x\"",
            "presence.toml line 2: there is no key \"client_secret\"; secrets stay out of this file: \
             name a file that holds it, with client_secret_file or user_jwt_file",
        );
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let error = parse("store = \"x\"\nzone = ", Path::new("p.toml")).expect_err("no value");
        assert!(error.to_string().starts_with("p.toml line 2: "), "{error}");
    }

    #[test]
    fn files_are_beside_the_configuration() {
        let config = Config {
            path: Some(PathBuf::from("/etc/presence/presence.toml")),
            ..Config::default()
        };
        let file = PathBuf::from("jwt.txt");
        assert_eq!(
            config.beside(Some(&file)),
            Some(PathBuf::from("/etc/presence/jwt.txt"))
        );
    }
}
