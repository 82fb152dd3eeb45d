//! `presence simulate`.

use std::sync::Arc;

use presence_answers::refusal::FieldName;
use presence_answers::render::counted;
use presence_answers::shared::FROM;
use presence_generate::{self as generate, HistoryConfig, Progress};
use presence_simulator::{Credentials, Limits, OfficeConfig, PlatformConfig, StandAlone};

use super::args::SimulateArgs;
use super::exit::Failure;
use super::output::progress_style;
use super::session::{self, Session};
use super::stop;
use presence_store::OpenMode;

/// When the history ends.
const END: FieldName = FieldName("end");
/// When the simulated time begins.
const START: FieldName = FieldName("start");

/// How long before and after its start an office that runs on has people joining and leaving, in days.
const OFFICE_DAYS: u32 = 365;

/// How many days a history has.
const HISTORY_DAYS: u32 = 30;
const DAY_MS: i64 = 86_400_000;

/// A local platform, until it is told to stop; or the history of one.
pub(super) async fn run(session: &mut Session, args: &SimulateArgs) -> Result<(), Failure> {
    match &args.into {
        Some(location) => write(session, args, location).await,
        None => serve(session, args).await,
    }
}

/// Writes a history.
async fn write(session: &Session, args: &SimulateArgs, location: &str) -> Result<(), Failure> {
    let config = HistoryConfig {
        interval_ms: args.interval.unwrap_or(60_000),
        ..HistoryConfig::new(history_office(session, args)?)
    };
    let store = session::open(location, OpenMode::Create).await?;
    let bar = session.shown_status();
    if let Some(style) = progress_style("{bar:30} {share}, {msg}, {eta} left") {
        bar.set_style(style);
    }
    bar.reset();
    let mut show = |progress: Progress| {
        bar.set_length(progress.slot_count);
        bar.set_position(progress.slots_passed);
        bar.set_message(counted(progress.summary.event_count, "change"));
    };
    let written = generate::generate(&*store, config, &mut show).await;
    bar.finish_and_clear();
    store.close().await;
    let summary = written.map_err(|error| Failure::failed(error.to_string()))?;
    let already = match summary.already_count {
        0 => String::new(),
        count => format!(", {} of them already there", counted(count, "sweep")),
    };
    session.output.note(&format!(
        "A history of {} and {}: {} with {}{already}.",
        counted(u64::from(args.extensions), "extension"),
        counted(u64::from(config.office.days), "day"),
        counted(summary.look_count, "sweep"),
        counted(summary.event_count, "change"),
    ));
    Ok(())
}

fn history_office(session: &Session, args: &SimulateArgs) -> Result<OfficeConfig, Failure> {
    let settings = &session.asker.settings;
    let days = args.days.unwrap_or(HISTORY_DAYS);
    let start_ms = match (&args.from, &args.end) {
        (Some(from), _) => settings.moment(FROM, from)?.as_ms(),
        (None, Some(end)) => settings.moment(END, end)?.as_ms() - i64::from(days) * DAY_MS,
        (None, None) => {
            let today_ms = settings.now.as_ms().div_euclid(DAY_MS) * DAY_MS;
            today_ms - i64::from(days) * DAY_MS
        }
    };
    Ok(OfficeConfig {
        seed: args.seed,
        extensions: usize::try_from(args.extensions).unwrap_or(usize::MAX),
        start_ms,
        days,
        account_id: args.account_id,
    })
}

async fn serve(session: &mut Session, args: &SimulateArgs) -> Result<(), Failure> {
    let settings = &session.asker.settings;
    let start = match &args.start {
        Some(text) => settings.moment(START, text)?,
        None => settings.now,
    };
    let stop = stop::on_signal()
        .map_err(|error| Failure::failed(format!("signals cannot be received: {error}")))?;
    let platform = StandAlone {
        listen: args.listen,
        office: OfficeConfig {
            seed: args.seed,
            extensions: usize::try_from(args.extensions).unwrap_or(usize::MAX),
            start_ms: start.as_ms(),
            days: OFFICE_DAYS,
            account_id: args.account_id,
        },
        further_queues: Vec::new(),
        platform: PlatformConfig {
            seed: args.seed,
            faults: args.faults.clone(),
            limits: args.rate_limit.map_or_else(Limits::default, Limits::all),
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
        "A simulated office of {} extensions, at {start}, {} times as fast as the clock. Press Ctrl-C to stop.",
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
