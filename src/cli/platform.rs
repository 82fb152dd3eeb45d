//! The platform's client, as every command makes it: with the session that they share, and reporting what it waits for.

use std::sync::Arc;

use indicatif::ProgressBar;

use presence_config::{Config, ConfigError, SessionLocation};
use presence_model::time::Timestamp;
use presence_ringcentral::{Credentials, HttpLimits, RingCentral, SessionStorage, TellWait, Wait};

use super::args::LogFormat;
use super::exit::Failure;
use super::output::{Notes, to_stderr};
use super::session::Session;

/// Where waits are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TellWaits {
    /// In a line on standard error, for people.
    InLines,
    /// In the log, for anyone who runs a service.
    InLog,
}

/// The credentials of the environment and the configuration.
pub(super) fn credentials(config: &Config) -> Result<Credentials, ConfigError> {
    let login = config.login()?;
    Ok(Credentials {
        server_url: login.server_url,
        client_id: login.client_id,
        client_secret: login.client_secret,
        jwt: login.jwt,
    })
}

/// The client, with the credentials of the environment and the configuration.
pub(super) fn connect(session: &Session) -> Result<RingCentral, Failure> {
    connect_as(
        session,
        credentials(&session.asker.config)?,
        TellWaits::InLines,
    )
}

/// The client with these credentials. It goes on with the session that an earlier command has left, and leaves it to the
/// next: the platform lets no one log in more than a few times a minute.
pub(super) fn connect_as(
    session: &Session,
    credentials: Credentials,
    tell: TellWaits,
) -> Result<RingCentral, Failure> {
    let jitter_seed = session.clock.now_ms().unsigned_abs();
    let clock = Arc::clone(&session.clock);
    let client = RingCentral::new(credentials, clock, HttpLimits::default(), jitter_seed);
    let place = session.asker.config.session_location()?;
    let place = place.map(|place| match place {
        SessionLocation::File(path) => SessionStorage::File(path),
        SessionLocation::Folder(folder) => SessionStorage::Folder(folder),
    });
    let client = client.and_then(|client| match place {
        Some(place) => client.keeping_session(place),
        None => Ok(client),
    });
    let client = client.map_err(|error| Failure::failed(error.to_string()))?;
    Ok(client.reporting_waits(teller(session, tell)))
}

fn teller(session: &Session, tell: TellWaits) -> Arc<TellWait> {
    let is_for_people = tell == TellWaits::InLines
        && session.output.notes() == Notes::Shown
        && session.log_format == LogFormat::Text;
    let status = session.status.clone();
    match tell {
        TellWaits::InLines if is_for_people => Arc::new(move |wait| in_a_line(&status, wait)),
        // Where nothing is said but errors, this is not said either.
        TellWaits::InLines => Arc::new(|wait| tracing::warn!("{wait}")),
        TellWaits::InLog => Arc::new(|wait| tracing::info!("{wait}")),
    }
}

/// Above the status line, if one is shown.
fn in_a_line(status: &ProgressBar, wait: &Wait) {
    let sentence = wait.to_string();
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let line: String = first.into_iter().chain(letters).collect();
    status.suspend(|| to_stderr(&line));
}

/// A moment this many milliseconds from now.
pub(super) fn after_ms(session: &Session, duration_ms: i64) -> Timestamp {
    Timestamp::saturating_from_ms(session.clock.now_ms()).plus_ms(duration_ms)
}
