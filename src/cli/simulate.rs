//! `presence simulate`.

use std::sync::Arc;

use crate::simulator::{Credentials, OfficeConfig, PlatformConfig, StandAlone};

use super::args::SimulateArgs;
use super::exit::Failure;
use super::session::Session;
use super::stop;

/// How long before and after its start an office that runs on has people joining and leaving, in days.
const OFFICE_DAYS: u32 = 365;

/// A local platform, until it is told to stop.
pub(super) async fn run(session: &mut Session, args: &SimulateArgs) -> Result<(), Failure> {
    let settings = &session.settings;
    let start = match &args.start {
        Some(text) => settings.moment("--start", text)?,
        None => settings.now,
    };
    let stop = stop::on_signal()
        .map_err(|error| Failure::failed(format!("signals cannot be heard: {error}")))?;
    let platform = StandAlone {
        listen: args.listen,
        office: OfficeConfig {
            seed: args.seed,
            extensions: usize::try_from(args.extensions).unwrap_or(usize::MAX),
            start_ms: start.as_ms(),
            days: OFFICE_DAYS,
            account_id: args.account_id,
        },
        platform: PlatformConfig {
            seed: args.seed,
            ..PlatformConfig::default()
        },
        speed: args.speed,
        world_start_ms: Some(start.as_ms()),
    };
    let started = platform
        .start(Arc::clone(&session.clock))
        .await
        .map_err(|error| {
            Failure::failed(format!(
                "cannot listen on {}: {error}; choose another address with --listen",
                args.listen
            ))
        })?;
    session.output.write(&exports(
        &started.running.server_url(),
        &started.credentials,
    ))?;
    session.output.flush()?;
    session.output.note(&format!(
        "A simulated office of {} extensions, at {start}, {} times as fast as the clock. Ctrl-C ends it.",
        args.extensions, args.speed
    ));
    stop.cancelled().await;
    started.running.stop().await;
    Ok(())
}

/// The lines that make a shell's next `presence collect` use the platform.
fn exports(server_url: &str, credentials: &Credentials) -> String {
    format!(
        "export RC_SERVER_URL={server_url}\n\
         export RC_APP_CLIENT_ID={}\n\
         export RC_APP_CLIENT_SECRET={}\n\
         export RC_USER_JWT={}\n",
        credentials.client_id, credentials.client_secret, credentials.jwt
    )
}
