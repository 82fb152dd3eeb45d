//! The credentials, from flags, the environment, a configuration that is there, or anyone who sits at the terminal.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::cli::args::InitArgs;
use crate::cli::exit::Failure;
use crate::cli::session::Session;
use presence_config::{Config, ConfigError, CredentialPart, DEFAULT_SERVER_URL, Origin};
use presence_ringcentral::Credentials;

/// A part of the credentials, and how the configuration will name it.
#[derive(Clone, Debug)]
struct Part {
    /// Its key in the file, without `_file`.
    key: &'static str,
    value: SecretString,
    kept: Kept,
}

/// Where a part is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    /// In the configuration itself: it is no secret.
    Here,
    /// In this file, which is there.
    File(PathBuf),
    /// In this file, which is still to be written.
    NewFile(PathBuf),
    /// In this variable of the environment.
    Variable(&'static str),
}

/// Everything that it takes to log in.
#[derive(Clone, Debug)]
pub(super) struct Answers([Part; 4]);

/// A part of the credentials, before it is known.
struct Wanted<'a> {
    key: &'static str,
    variable: &'static str,
    question: &'static str,
    flag: &'static str,
    value: Option<&'a String>,
    file: Option<&'a PathBuf>,
    default: Option<&'static str>,
    is_secret: bool,
}

impl Answers {
    /// Gathers what is there, and asks for the rest if that is possible.
    pub(super) fn gather(
        session: &mut Session,
        args: &InitArgs,
        may_ask: bool,
    ) -> Result<Self, Failure> {
        let wanted = [
            Wanted {
                key: "server_url",
                variable: "RC_SERVER_URL",
                question: "The platform's address",
                flag: "--server-url",
                value: args.server_url.as_ref(),
                file: None,
                default: Some(DEFAULT_SERVER_URL),
                is_secret: false,
            },
            Wanted {
                key: "client_id",
                variable: "RC_APP_CLIENT_ID",
                question: "The application's client id",
                flag: "--client-id",
                value: args.client_id.as_ref(),
                file: args.client_id_file.as_ref(),
                default: None,
                is_secret: false,
            },
            Wanted {
                key: "client_secret",
                variable: "RC_APP_CLIENT_SECRET",
                question: "The application's client secret",
                flag: "--client-secret-file",
                value: None,
                file: args.client_secret_file.as_ref(),
                default: None,
                is_secret: true,
            },
            Wanted {
                key: "user_jwt",
                variable: "RC_USER_JWT",
                question: "The user's JWT",
                flag: "--user-jwt-file",
                value: None,
                file: args.user_jwt_file.as_ref(),
                default: None,
                is_secret: true,
            },
        ];
        let known = session.asker.config.credential_parts()?;
        let mut found = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for (wanted, known) in wanted.iter().zip(known) {
            match find(wanted, &known)? {
                Some(part) => found.push(part),
                None if may_ask => found.push(ask(session, wanted, &args.output)?),
                None => missing.push(format!("{} (or {})", wanted.variable, wanted.flag)),
            }
        }
        found.try_into().map(Self).map_err(|_| {
            Failure::Usage(format!(
                "no {} to log in with; set what is missing; nothing was written",
                missing.join(", no ")
            ))
        })
    }

    /// What to log in with.
    pub(super) fn credentials(&self) -> Credentials {
        let [server_url, client_id, client_secret, jwt] = &self.0;
        Credentials {
            server_url: server_url.value.expose_secret().to_owned(),
            client_id: client_id.value.expose_secret().to_owned(),
            client_secret: client_secret.value.clone(),
            jwt: jwt.value.clone(),
        }
    }

    /// The secrets that were typed, and the files that are to hold them.
    pub(super) fn typed_secrets(&self) -> impl Iterator<Item = (&Path, &SecretString)> {
        self.0.iter().filter_map(|part| match &part.kept {
            Kept::NewFile(path) => Some((path.as_path(), &part.value)),
            _ => None,
        })
    }

    /// The lines of `[ringcentral]`.
    pub(super) fn lines(&self) -> String {
        self.0.iter().map(Part::line).collect()
    }
}

impl Part {
    fn line(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let key = self.key;
        match &self.kept {
            Kept::Here => format!("{key} = {}\n", quoted(self.value.expose_secret())),
            Kept::File(path) => {
                format!("{key}_file = {}\n", quoted(&path.display().to_string()))
            }
            Kept::NewFile(path) => {
                let name = path.file_name().unwrap_or_default();
                format!("{key}_file = {}\n", quoted(&name.to_string_lossy()))
            }
            Kept::Variable(name) => {
                format!(
                    "# {key} is in the environment, as {name}; to have it in a file: {key}_file = \"…\"\n"
                )
            }
        }
    }
}

/// What flags, the environment and a configuration tell of a part.
fn find(wanted: &Wanted<'_>, known: &CredentialPart) -> Result<Option<Part>, ConfigError> {
    let part = |value: String, kept| {
        Some(Part {
            key: wanted.key,
            value: SecretString::from(value),
            kept,
        })
    };
    let in_file = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let value = Config::content_of(&path)?;
        Ok(part(value, Kept::File(path)))
    };
    match (wanted.value, wanted.file, &known.file, &known.origin) {
        (Some(value), ..) => Ok(part(value.clone(), Kept::Here)),
        (None, Some(file), ..) | (None, None, Some(file), _) => in_file(file),
        (None, None, None, Origin::Environment(_)) if wanted.key != "server_url" => {
            let value = Config::variable(wanted.variable)?;
            Ok(value.and_then(|value| part(value, Kept::Variable(wanted.variable))))
        }
        (None, None, None, _) => {
            let value = known.value.clone();
            let value = value.or_else(|| wanted.default.map(str::to_owned));
            Ok(value.and_then(|value| part(value, Kept::Here)))
        }
    }
}

/// Asks at the terminal; a secret does not show while it is typed.
fn ask(session: &mut Session, wanted: &Wanted<'_>, output: &Path) -> Result<Part, Failure> {
    let told = |error: io::Error| Failure::failed(format!("no answer can be read: {error}"));
    let answer = loop {
        session.output.write(&format!("{}: ", wanted.question))?;
        session.output.flush()?;
        let answer = if wanted.is_secret {
            rpassword::read_password().map_err(told)?
        } else {
            read_line().map_err(told)?
        };
        if !answer.trim().is_empty() {
            break answer.trim().to_owned();
        }
    };
    let kept = if wanted.is_secret {
        Kept::NewFile(output.with_file_name(format!("{}.txt", wanted.key)))
    } else {
        Kept::Here
    };
    Ok(Part {
        key: wanted.key,
        value: SecretString::from(answer),
        kept,
    })
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    match io::stdin().read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}

/// Whether the file is to be written.
pub(super) fn confirm(session: &mut Session, output: &Path) -> Result<bool, Failure> {
    let question = format!("Write {}? [Y/n] ", output.display());
    session.output.write(&question)?;
    session.output.flush()?;
    let answer =
        read_line().map_err(|error| Failure::failed(format!("no answer can be read: {error}")))?;
    Ok(matches!(
        answer.trim().to_lowercase().as_str(),
        "" | "y" | "yes"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_in_a_line() {
        for kept in [
            Kept::File(PathBuf::from("/etc/a \"b\"/jwt.txt")),
            Kept::NewFile(PathBuf::from("x/user_jwt.txt")),
            Kept::Variable("RC_USER_JWT"),
        ] {
            let part = Part {
                key: "user_jwt",
                value: SecretString::from("hush"),
                kept,
            };
            let line = part.line();
            assert!(!line.contains("hush"), "{line}");
            toml::from_str::<toml::Table>(&line).expect("it is a line of the file");
        }
    }
}
