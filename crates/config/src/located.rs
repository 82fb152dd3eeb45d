//! Where in the file a key stands, and where credentials come from.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError, content, variable};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(String),
    /// This variable of the environment.
    Environment(String),
    /// The configuration file, in this line.
    File(usize),
    /// Nowhere: it is what holds if nothing is said.
    Default,
}

/// One of what it takes to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialPart {
    /// Its key in the file, without `_file`.
    pub key: &'static str,
    /// Its value, unless it is a secret or in a file.
    pub value: Option<String>,
    /// The file that holds it, if one does.
    pub file: Option<PathBuf>,
    /// Where that was said; [`Origin::Default`]: nowhere.
    pub origin: Origin,
    /// Whether it is a secret.
    pub is_secret: bool,
}

impl Config {
    /// The line of a key, from 1; `None` if the file does not say it.
    pub fn line_of(&self, keys: &[&str]) -> Option<usize> {
        let document = DeTable::parse(&self.text).ok()?;
        let offset = find(document.get_ref(), keys)?;
        Some(1 + self.text[..offset].matches('\n').count())
    }

    /// What a file holds, without the white space around it; a file that holds nothing is an error.
    pub fn content_of(path: &Path) -> Result<String, ConfigError> {
        content(path)
    }

    /// A variable of the environment; empty is the same as not set.
    pub fn variable(name: &str) -> Result<Option<String>, ConfigError> {
        variable(name)
    }

    /// The value of a variable that has more around it than the value: white space, a line end, a byte order mark. Empty
    /// is the same as not set; `None`: it is the value as it is, or there is none.
    pub fn changed_variable(name: &str) -> Result<Option<String>, ConfigError> {
        let as_it_is = super::raw_variable(name);
        // What is no text is for anyone who takes it as it is.
        let Some(as_it_is) = as_it_is.and_then(|value| value.into_string().ok()) else {
            return Ok(None);
        };
        let value = variable(name)?.unwrap_or_default();
        Ok((value.is_empty() || value != as_it_is).then_some(value))
    }

    /// What it takes to log in, and where each part comes from; nothing is read but the environment.
    pub fn credential_parts(&self) -> Result<[CredentialPart; 4], ConfigError> {
        let section = &self.file.ringcentral;
        let server_url = (section.server_url.as_ref(), None);
        let client_id = (section.client_id.as_ref(), section.client_id_file.as_ref());
        Ok([
            self.part("server_url", "RC_SERVER_URL", server_url, false)?,
            self.part("client_id", "RC_APP_CLIENT_ID", client_id, false)?,
            self.part(
                "client_secret",
                "RC_APP_CLIENT_SECRET",
                (None, section.client_secret_file.as_ref()),
                true,
            )?,
            self.part(
                "user_jwt",
                "RC_USER_JWT",
                (None, section.user_jwt_file.as_ref()),
                true,
            )?,
        ])
    }

    fn part(
        &self,
        key: &'static str,
        name: &'static str,
        configured: (Option<&String>, Option<&PathBuf>),
        is_secret: bool,
    ) -> Result<CredentialPart, ConfigError> {
        let file_name = format!("{name}_FILE");
        let mut part = CredentialPart {
            key,
            value: None,
            file: None,
            origin: Origin::Default,
            is_secret,
        };
        let (value, file) = (variable(name)?, variable(&file_name)?);
        match (value, file, configured) {
            (Some(value), ..) => {
                part.value = Some(value).filter(|_| !is_secret);
                part.origin = Origin::Environment(name.to_owned());
            }
            (None, Some(file), _) => {
                part.file = Some(PathBuf::from(file));
                part.origin = Origin::Environment(file_name);
            }
            (None, None, (Some(value), _)) => {
                part.value = Some(value.clone());
                part.origin = self.origin_of(&["ringcentral", key]);
            }
            (None, None, (None, Some(file))) => {
                part.file = self.beside(Some(file));
                part.origin = self.origin_of(&["ringcentral", &format!("{key}_file")]);
            }
            (None, None, (None, None)) => {}
        }
        Ok(part)
    }

    /// The file's line of a key, else the default.
    pub fn origin_of(&self, keys: &[&str]) -> Origin {
        self.line_of(keys).map_or(Origin::Default, Origin::File)
    }

    /// The path of the file, as it was named.
    pub fn shown_path(&self) -> String {
        self.path
            .as_deref()
            .unwrap_or(Path::new(super::DEFAULT_FILE))
            .display()
            .to_string()
    }
}

/// Where the key at the end of a path begins.
fn find(table: &DeTable<'_>, keys: &[&str]) -> Option<usize> {
    let (first, rest) = keys.split_first()?;
    let (key, value): (&Spanned<_>, &Spanned<DeValue<'_>>) = table
        .iter()
        .find(|(key, _)| key.get_ref().as_ref() == *first)?;
    if rest.is_empty() {
        return Some(key.span().start);
    }
    match value.get_ref() {
        DeValue::Table(inner) => find(inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_their_lines() {
        let config = Config {
            text: "# first\nstore = \"a\"\n\n[collect]\ninterval = \"1s\"\nringcentral.x = 1\n[report]\nhours = \"\"\n"
                .to_owned(),
            ..Config::default()
        };
        assert_eq!(config.line_of(&["store"]), Some(2));
        assert_eq!(config.line_of(&["collect", "interval"]), Some(5));
        assert_eq!(config.line_of(&["collect", "ringcentral", "x"]), Some(6));
        assert_eq!(config.line_of(&["report", "hours"]), Some(8));
        assert_eq!(config.line_of(&["report", "interval"]), None);
        assert_eq!(config.line_of(&["zone"]), None);
    }
}
