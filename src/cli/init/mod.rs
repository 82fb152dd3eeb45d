//! `presence init`: from credentials to a configuration that is known to work.

mod answers;
mod survey;
mod template;

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use presence_store as store;

use self::answers::Answers;
use self::survey::Survey;
use super::args::InitArgs;
use super::exit::Failure;
use super::platform::{TellWaits, after_ms, connect_as};
use super::session::Session;

/// How long the platform may take for all that is asked, in milliseconds.
const TIMEOUT_MS: i64 = 120_000;
/// How often to look, unless it is said or the account is too large, in milliseconds.
const INTERVAL_MS_DEFAULT: i64 = 60_000;

/// Tries the credentials, says what collecting would cost, and writes a configuration.
pub(super) async fn run(session: &mut Session, args: &InitArgs) -> Result<(), Failure> {
    refuse_to_replace(&args.output, args.force)?;
    let may_ask = !args.yes && io::stdin().is_terminal();
    let answers = Answers::gather(session, args, may_ask)?;
    let survey = survey(session, &answers).await?;
    let interval_ms = args
        .interval
        .unwrap_or_else(|| survey.pace().comfortable_ms.max(INTERVAL_MS_DEFAULT));
    let told = survey.told(interval_ms);
    session.output.write(&told)?;
    session.output.flush()?;
    survey.refuse_too_fast(interval_ms)?;
    if may_ask && !answers::confirm(session, &args.output)? {
        return Err(Failure::failed("nothing was written"));
    }
    for (path, secret) in answers.typed_secrets() {
        refuse_to_replace(path, args.force)?;
        write_secret(path, secret)?;
    }
    let store = &session.settings.store;
    let text = template::text(&template::Filled {
        account: survey.name(),
        store: (store::redacted(store) == *store).then(|| store.clone()),
        credentials: answers.lines(),
        interval_ms,
        pace: survey.pace(),
    });
    write_file(&args.output, &text, args.force)?;
    let shown = args.output.display();
    session.output.note(&format!(
        "{shown} was written. Next: `presence doctor --config {shown}`, then `presence collect --config {shown}`."
    ));
    Ok(())
}

async fn survey(session: &Session, answers: &Answers) -> Result<Survey, Failure> {
    let credentials = answers.credentials();
    let server_url = credentials.server_url.clone();
    let source = connect_as(session, credentials, TellWaits::InLines)?;
    let survey = Survey::of(&source, after_ms(session, TIMEOUT_MS)).await;
    source.log_out().await;
    survey.map_err(|error| Failure::failed(format!("{server_url}: {error}; nothing was written")))
}

fn refuse_to_replace(path: &Path, force: bool) -> Result<(), Failure> {
    if force || !path.exists() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{} already exists; nothing was written. Name another file with --output, or replace it with --force",
        path.display()
    )))
}

/// Writes the file whole or not at all; one that has come meanwhile is replaced only if that was asked for.
fn write_file(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let written = if force {
        let beside = path.with_extension("toml.new");
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, path))
    } else {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
    };
    written.map_err(|error| unwritten(path, &error))
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, secret: &SecretString) -> Result<(), Failure> {
    let written = private(path).and_then(|mut file| {
        file.write_all(secret.expose_secret().as_bytes())?;
        file.write_all(b"\n")
    });
    written.map_err(|error| unwritten(path, &error))
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(path)?;
    // One that was there keeps its old mode otherwise.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    File::create(path)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}
