//! The configuration file, and the one place that reads the environment.
//!
//! A flag goes before the environment, that before the file, that before the default. Flags and most of the
//! environment come through the command line's definition; here are the file, the platform's credentials, and what
//! settles one over the other. Secrets come from the environment or from a file of their own, never from a flag, and
//! are never shown.

mod absences;
mod calendars;
mod digest;
mod located;
mod policies;
mod saved;
mod scalar;
mod serve;
mod surroundings;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

pub use self::absences::{AbsenceFile, AbsencesSection};
pub use self::calendars::{CalendarError, CalendarForSection, CalendarSection};
pub use self::located::{CredentialPart, Origin};
pub use self::policies::{
    LocatedFinding, PolicyError, PolicySection, RuleSection, lines as policy_lines,
};
pub use self::saved::{SavedArgs, SavedSection};
pub use self::serve::{GrantSection, OidcSection, ServeSection};
pub use self::surroundings::{SessionLocation, columns};

use presence_core::query::suggestion::suggestion;
use presence_files::{self as files, FileError};
use presence_model::text;

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
    #[serde(deserialize_with = "scalar::optional_text")]
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
    #[serde(deserialize_with = "scalar::optional_text")]
    pub min_evidence: Option<String>,
    /// `--min-group`, as text.
    #[serde(deserialize_with = "scalar::optional_text")]
    pub min_group: Option<String>,
    /// A file that holds the key of pseudonyms.
    pub pseudonym_key_file: Option<PathBuf>,
}

/// `[collect]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectSection {
    /// `--interval`.
    #[serde(deserialize_with = "scalar::optional_length")]
    pub interval: Option<String>,
    /// `--operations`.
    pub operations: Option<String>,
    /// `--spool`; a relative folder is next to the configuration file.
    pub spool: Option<PathBuf>,
    /// Whether queues are asked who takes their calls; they are, unless it says `false`.
    pub queues: Option<bool>,
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

/// `[ringcentral]`. Relative files are next to the configuration file.
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
    /// The file to keep the session in, so that the next start goes on with it, or `off`; without it, one in the state
    /// folder.
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
    "queues",
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
    "question",
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
pub fn named_in_environment() -> Option<PathBuf> {
    let value = raw_variable("PRESENCE_CONFIG")?;
    match value.to_str().map(text::value) {
        Some("") => None,
        Some(value) => Some(PathBuf::from(value)),
        None => Some(PathBuf::from(value)),
    }
}

/// Why there is no configuration to work with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read, or is no text.
    #[error(transparent)]
    File(#[from] FileError),
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
         `presence simulate` prints credentials to try with",
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
    /// A variable holds several lines.
    #[error(
        "{name} holds more than one line, or a control character; set it to the value alone, on one line"
    )]
    NotOneLine {
        /// The variable.
        name: String,
    },
    /// A variable is not text.
    #[error("{name} is set to something that is not UTF-8 text")]
    NotText {
        /// The variable.
        name: String,
    },
}

/// What it takes to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The platform's address.
    pub server_url: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// The user's JWT credential.
    pub jwt: SecretString,
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
        let text = match files::text(path) {
            Err(error) if named.is_none() && error.is_missing() => return Ok(Self::default()),
            text => text?,
        };
        let config = Self {
            file: parse(&text, path)?,
            path: Some(path.to_owned()),
            text,
        };
        config.check_saved()?;
        Ok(config)
    }

    /// The configuration that a text would be if it stood in the file `path`; nothing is read.
    ///
    /// # Errors
    ///
    /// The text is no configuration.
    pub fn written(text: &str, path: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            file: parse(text, path)?,
            path: Some(path.to_owned()),
            text: text.to_owned(),
        })
    }

    /// Saved questions have fields; what has no question has no other keys than it needs.
    fn check_saved(&self) -> Result<(), ConfigError> {
        for (name, section) in &self.file.saved {
            if let Some(key) = section.stray_key() {
                return Err(ConfigError::Malformed {
                    path: self.path.clone().unwrap_or_default(),
                    line: self.line_of(&["saved", name, key]),
                    reason: explained(&format!("unknown field `{key}`")),
                });
            }
        }
        Ok(())
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
    pub fn login(&self) -> Result<Login, ConfigError> {
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
            (Some(client_id), Some(client_secret), Some(jwt)) => Ok(Login {
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
        return in_own_words(first_line);
    };
    let hint = match key {
        "client_secret" | "user_jwt" | "jwt" => {
            "; secrets stay out of this file: name a file that holds it, with client_secret_file or user_jwt_file".to_owned()
        }
        _ => suggestion(key, KEYS.iter().copied()).map_or_else(String::new, |near| format!("; did you mean {near:?}?")),
    };
    format!("there is no key {key:?}{hint}")
}

/// What the reader of the file says of a value of another kind, in words of ours.
fn in_own_words(message: &str) -> String {
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    else {
        return message.to_owned();
    };
    let advice = match expected {
        "a string" => "write text in quotation marks",
        "a boolean" => "write true or false, without quotation marks",
        "a sequence" => "write a list in square brackets, such as [\"a\", \"b\"]",
        expected if expected.starts_with("struct ") || expected == "a map" => {
            "this is the name of a section, such as [report]; its keys follow below it"
        }
        _ => return message.to_owned(),
    };
    format!("the value has the wrong type ({found}): {advice}")
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

/// The one value that a file holds, without what is around it: white space, the line end, a byte order mark.
fn content(path: &Path) -> Result<String, ConfigError> {
    let text = files::text(path).map_err(FileError::without_content)?;
    let reason = match text::value(&text) {
        "" => "it is empty",
        // Half of a secret would be called a wrong one.
        value if value.contains(char::is_control) => {
            "it holds more than one line, or a control character; write the value on one line, and nothing else"
        }
        value => return Ok(value.to_owned()),
    };
    Err(ConfigError::Malformed {
        path: path.to_owned(),
        line: None,
        reason: reason.to_owned(),
    })
}

/// What a variable is set to, without white space, a line end or a byte order mark around it: a file of variables from
/// Windows puts them there. Nothing but those is the same as not set.
fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    let Some(value) = raw_variable(name) else {
        return Ok(None);
    };
    let name = || name.to_owned();
    let value = value
        .into_string()
        .map_err(|_| ConfigError::NotText { name: name() })?;
    match text::value(&value) {
        "" => Ok(None),
        value if value.contains(char::is_control) => Err(ConfigError::NotOneLine { name: name() }),
        value => Ok(Some(value.to_owned())),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn raw_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

#[cfg(test)]
mod tests;
