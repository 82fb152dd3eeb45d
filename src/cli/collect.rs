//! `presence collect`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use presence_answers::render::counted;
use presence_clock::Clock;
use presence_collector::operations::{self, Listening, Monitor, Operations};
use presence_collector::progress::{Observer, Progress, Tick, Totals};
use presence_collector::run::{AccountGuard, CollectError, Collector, Settings};
use presence_config::{Config, ConfigError};
use presence_core::escape::shown;
use presence_model::history::LogEnd;
use presence_model::ids::AccountId;
use presence_model::observation::SweepStatus;
use presence_model::queue::QueueOutcome;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;
use presence_recording::spool::{self, FolderSpool, SpoolSettings};
use presence_ringcentral::{RingCentral, install_tls};
use presence_store::{
    self as store, AwaitedStore, Durability, OpenMode, ReadStore, Store, StoreError, StoreHandle,
};

use super::args::CollectArgs;
use super::daily_rollup::{DailyRollup, SweepListener};
use super::exit::Failure;
use super::lock::{self, Locks, Wait};
use super::output::{Notes, stderr_is_terminal};
use super::platform::{TellWaits, connect_as, credentials};
use super::session::Session;
use super::stop;

/// How long what is under way may take after the program was told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// How long logging out and closing the store may take after that: two seconds in all.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(700);

/// Records an account's presence.
pub(super) async fn run(session: &mut Session, args: &CollectArgs) -> Result<(), Failure> {
    let credentials = credentials(&session.asker.config)?;
    let server_url = credentials.server_url.clone();
    install_tls();
    let listening = listen(session, args).await?;
    let stop = stop::on_signal()
        .map_err(|error| Failure::failed(format!("signals cannot be received: {error}")))?;
    let store = store_to_write(session, args).await?;
    let holder = lock::holder(session.clock.now_ms());
    let wait = if args.once { Wait::Never } else { Wait::Until };
    let file = store::file_of(&session.settings.store);
    let locks = file.map(|file| Arc::new(Locks::new(file, holder.clone(), wait)));
    let tell = if stderr_is_terminal() && session.output.notes() == Notes::Shown {
        TellWaits::InLines
    } else {
        TellWaits::InLog
    };
    let source = Arc::new(connect_as(session, credentials, tell)?);
    let daily = session.settings.daily.clone();
    let daily_rollup =
        DailyRollup::start(store.part(|store| store), daily, Arc::clone(&session.clock));
    let watched = OperatorOutputs::new(Arc::clone(&session.clock), &stop);
    if let Some(listening) = listening {
        let history = store.part::<dyn ReadStore>(|store| store);
        watched.answer(listening, history, source.clone(), &stop);
    }
    let end = Arc::new(EndNoter {
        store: store.part(|store| store),
        locks: locks.clone(),
        account_id: OnceLock::new(),
    });
    let observer = ProgressReporter::new(
        session.shown_status(),
        daily_rollup.listener(),
        watched,
        Arc::clone(&end),
    );
    let collector = Collector {
        source: source.clone(),
        store: store.part(|store| store),
        packing: Some(store.part(|store| store)),
        clock: Arc::clone(&session.clock),
        settings: Settings {
            interval_ms: session.settings.interval_ms(args.interval),
            valid_for_ms: None,
            holder,
            stop_at: None,
            flush_at: FlushAt::EVERY_SWEEP,
            spool: Some(spool(session, args)?),
            guard: locks.map(|locks| locks as Arc<dyn AccountGuard>),
            queues: session
                .settings
                .queues(session.settings.interval_ms(args.interval)),
        },
        observer: Arc::new(observer),
    };
    let span = tracing::info_span!("collect", account_id = tracing::field::Empty);
    let ended = if args.once {
        once(&collector, &stop).instrument(span).await
    } else {
        until_stopped(&collector, &stop).instrument(span).await
    };
    session.status.finish_and_clear();
    drop(collector);
    if args.once {
        tokio::select! {
            () = daily_rollup.finish() => {}
            () = stop.cancelled() => {}
        }
    } else {
        daily_rollup.stop();
    }
    // The session is given up and the store closed as far as that does not hold up the end.
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, async {
        end.note().await;
        source.log_out().await;
        store.close().await;
    })
    .await;
    session
        .output
        .note(&ended.map_err(|ended| ended.told(&server_url))?);
    Ok(())
}

/// The store; if it is away and looks can wait for it, one that is opened as soon as it is back.
async fn store_to_write(
    session: &Session,
    args: &CollectArgs,
) -> Result<StoreHandle<dyn Store>, Failure> {
    if args.once {
        return Ok(session.store(OpenMode::Create).await?.into());
    }
    let location = session.settings.store.clone();
    let awaited = AwaitedStore::new(location, OpenMode::Create, Durability::default());
    match awaited.opened().await {
        Err(error) if error.is_away() => Ok(StoreHandle::awaited(awaited)),
        opened => Ok(Arc::clone(opened?).into()),
    }
}

/// Takes the address of the operations endpoints, if they are wanted: before anything is asked of anyone.
async fn listen(session: &Session, args: &CollectArgs) -> Result<Option<Listening>, Failure> {
    let Some(address) = session.settings.operations(args.operations) else {
        return Ok(None);
    };
    let bound = operations::bind(address).await;
    let listening = bound.map_err(|error| Failure::failed(error.to_string()))?;
    let address = listening.address();
    tracing::info!(%address, "serving /healthz, /readyz and /metrics");
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "anyone who can reach this address can read health and metrics: no login is needed");
    }
    Ok(Some(listening))
}

/// Anyone who operates the collector: over HTTP and through the service manager.
struct OperatorOutputs {
    monitor: Arc<Monitor>,
    clock: Arc<dyn Clock>,
    #[cfg(unix)]
    signs: operations::service_manager::Signs,
}

impl OperatorOutputs {
    fn new(clock: Arc<dyn Clock>, stop: &CancellationToken) -> Self {
        let now = Timestamp::saturating_from_ms(clock.now_ms());
        let monitor = Arc::new(Monitor::new(now));
        Self {
            #[cfg(unix)]
            signs: operations::service_manager::start(
                Arc::clone(&monitor),
                Arc::clone(&clock),
                stop.clone(),
            ),
            monitor,
            clock,
        }
    }

    fn answer(
        &self,
        listening: Listening,
        store: StoreHandle<dyn ReadStore>,
        source: Arc<RingCentral>,
        stop: &CancellationToken,
    ) {
        let mut operations = Operations::new(store, Arc::clone(&self.clock));
        operations.monitor = Some(Arc::clone(&self.monitor));
        operations.traffic = Some(source);
        listening.serve(operations::router(Arc::new(operations)), stop.clone());
    }

    fn record(&self, progress: &Progress<'_>) {
        let now = Timestamp::saturating_from_ms(self.clock.now_ms());
        self.monitor.record(progress, now);
        #[cfg(unix)]
        self.signs.notice();
    }
}

/// Where sweeps wait while the store cannot be used.
fn spool(session: &Session, args: &CollectArgs) -> Result<SpoolSettings, Failure> {
    let folder = spool_folder(session, args.spool.clone())?;
    Ok(SpoolSettings {
        files: Arc::new(FolderSpool { folder }),
        limit_bytes: spool::LIMIT_BYTES_DEFAULT,
    })
}

/// The folder that was named, by a flag or in the configuration; else the one of the store's file, or the service's own.
pub(super) fn spool_folder(
    session: &Session,
    flag: Option<PathBuf>,
) -> Result<PathBuf, ConfigError> {
    let beside = || {
        let file = store::file_of(&session.settings.store)?;
        file.parent().map(Path::to_owned)
    };
    let named = flag.or_else(|| session.asker.config.spool_folder());
    match named.or_else(beside) {
        Some(folder) => Ok(folder),
        None => Config::state_folder(),
    }
}

async fn once(collector: &Collector, stop: &CancellationToken) -> Result<String, Ended> {
    let Some(tick) = collector.once_unless(stop).await? else {
        let why = "stopped before the sweep was over; nothing was recorded";
        return Err(Ended::Sweep(why.to_owned()));
    };
    match tick.status {
        SweepStatus::Complete | SweepStatus::Partial => Ok(told(&tick)),
        SweepStatus::Failed | SweepStatus::Skipped => Err(Ended::Sweep(told(&tick))),
    }
}

async fn until_stopped(collector: &Collector, stop: &CancellationToken) -> Result<String, Ended> {
    let run = collector.run(stop);
    tokio::pin!(run);
    let totals = tokio::select! {
        totals = &mut run => totals,
        () = timeout_after(stop) => {
            return Ok("stopped; the unfinished sweep was dropped, the history is complete".to_owned());
        }
    };
    Ok(summary(totals?))
}

async fn timeout_after(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}

/// Why collecting did not come to a good end.
enum Ended {
    /// The collector could not go on.
    Collector(CollectError),
    /// The only sweep saw nothing.
    Sweep(String),
}

impl From<CollectError> for Ended {
    fn from(error: CollectError) -> Self {
        Self::Collector(error)
    }
}

impl Ended {
    /// The failure; that of a platform with the platform's address, which is the first thing to check.
    fn told(self, server_url: &str) -> Failure {
        match self {
            Self::Collector(CollectError::Source(error)) => {
                Failure::failed(format!("{server_url}: {error}"))
            }
            Self::Collector(error) => Failure::Failed(error.into()),
            Self::Sweep(sentence) => Failure::failed(sentence),
        }
    }
}

fn summary(totals: Totals) -> String {
    let counts = [
        (totals.partial_count, "partial"),
        (totals.failed_count, "failed"),
        (totals.skipped_count, "skipped"),
    ];
    let others = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!(", {count} {word}"));
    format!(
        "{}, {}{}",
        counted(totals.complete_count, "complete sweep"),
        counted(totals.event_count, "change"),
        others.collect::<String>()
    )
}

/// What a sweep came to, in a sentence.
fn told(tick: &Tick) -> String {
    let expected = tick
        .expected_count
        .map_or_else(String::new, |count| format!(" of {count}"));
    let detail = tick
        .detail
        .as_deref()
        .map_or_else(String::new, |detail| format!(": {}", shown(detail)));
    format!(
        "{} sweep at {}: {}{expected} extensions, {}{detail}",
        tick.status.name(),
        tick.started_at,
        tick.observed_count,
        counted(tick.event_count, "change")
    )
}

/// Notes next to the file how far the history reaches.
struct EndNoter {
    store: StoreHandle<dyn ReadStore>,
    locks: Option<Arc<Locks>>,
    account_id: OnceLock<AccountId>,
}

impl EndNoter {
    /// A sweep is recorded: the end is noted next to what goes on.
    fn record(self: &Arc<Self>, tick: &Tick) {
        let _ = self.account_id.set(tick.account_id);
        let noter = Arc::clone(self);
        tokio::spawn(async move { noter.note().await });
    }

    async fn log_end(&self, account_id: AccountId) -> Result<LogEnd, StoreError> {
        let store = self.store.get().await?;
        store.read().await?.log_end(account_id).await
    }

    async fn note(&self) {
        let (Some(locks), Some(account_id)) = (&self.locks, self.account_id.get()) else {
            return;
        };
        match self.log_end(*account_id).await {
            Ok(end) => locks.note_end(end.snapshot_no),
            Err(error) => {
                tracing::debug!(%account_id, %error, "the end of the log could not be noted");
            }
        }
    }
}

/// Says of the collector's progress: a line that changes on a terminal, the log elsewhere.
struct ProgressReporter {
    status: ProgressBar,
    daily_rollup: SweepListener,
    watched: OperatorOutputs,
    end: Arc<EndNoter>,
}

impl ProgressReporter {
    fn new(
        status: ProgressBar,
        daily_rollup: SweepListener,
        watched: OperatorOutputs,
        end: Arc<EndNoter>,
    ) -> Self {
        if stderr_is_terminal() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                status.set_style(style);
            }
            status.enable_steady_tick(Duration::from_millis(250));
        }
        Self {
            status,
            daily_rollup,
            watched,
            end,
        }
    }
}

impl Observer for ProgressReporter {
    fn notice(&self, progress: Progress<'_>) {
        self.watched.record(&progress);
        match progress {
            Progress::Started {
                account,
                interval_ms,
            } => {
                tracing::Span::current().record("account_id", account.account_id.0);
                tracing::info!(account_id = %account.account_id, interval_ms, "collecting");
                self.status
                    .set_message(format!("account {}: collecting", account.account_id));
            }
            Progress::LeaseTaken { holder, expires_at } => {
                tracing::info!(holder, %expires_at, "another collector has the account; waiting for it to end");
                self.status.set_message(format!(
                    "waiting: {} has the account until {expires_at}",
                    shown(holder)
                ));
            }
            Progress::LeaseHeld { epoch, until } => {
                tracing::debug!(epoch = epoch.0, %until, "this collector may write the account");
            }
            Progress::Waiting { until } => tracing::debug!(%until, "waiting"),
            Progress::Sweeping { until } => tracing::debug!(%until, "sweeping"),
            Progress::ClockCompared { skew_ms } => tracing::debug!(skew_ms, "compared clocks"),
            Progress::Ticked(tick) => {
                tracing::info!(
                    status = tick.status.name(),
                    started_at = %tick.started_at,
                    duration_ms = tick.finished_at.since_ms(tick.started_at),
                    expected_count = tick.expected_count,
                    observed_count = tick.observed_count,
                    event_count = tick.event_count,
                    detail = tick.detail.as_deref(),
                    "sweep recorded"
                );
                self.status.set_message(told(tick));
                self.daily_rollup.record(tick);
                self.end.record(tick);
            }
            Progress::Plan(sentence) => tracing::info!("{sentence}"),
            Progress::QueueSwept(sweep) => match &sweep.outcome {
                QueueOutcome::Read(members) => {
                    tracing::debug!(queue_id = %sweep.queue_id, members = members.len(), "queue swept");
                }
                QueueOutcome::Failed { cause, sentence } => {
                    tracing::info!(queue_id = %sweep.queue_id, cause = cause.name(), "queue not swept: {}", shown(sentence));
                }
            },
            Progress::Kept { tick, waiting } => {
                tracing::warn!(
                    status = tick.status.name(),
                    started_at = %tick.started_at,
                    waiting,
                    "sweep spooled until the store is back"
                );
                self.status
                    .set_message(format!("{waiting} sweeps wait for the store"));
            }
            Progress::CaughtUp { count } => {
                tracing::info!(
                    count,
                    "the store is back; the sweeps that waited are recorded"
                );
            }
            Progress::Skipped { missed } => {
                tracing::warn!(count = missed.count, "missed slots were skipped");
            }
            Progress::Warning(text) => tracing::warn!("{}", shown(text)),
        }
    }
}
