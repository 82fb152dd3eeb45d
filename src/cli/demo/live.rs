//! A demonstration that goes on: the office's platform, a collector and a server with the pages, until told to stop.

use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::check::FACET;
use super::office::{HOLDER, Office, QUEUES, client};
use crate::cli::args::DemoArgs;
use crate::cli::daily_rollup::{DailyRollup, SweepListener};
use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::cli::settings::DailySettings;
use crate::cli::{serve, stop};
use presence_answers::ask::ZoneChoice;
use presence_clock::Clock;
use presence_collector::progress::{Observer, Progress};
use presence_collector::run::{Collector, Settings};
use presence_config::Config;
use presence_core::escape::shown;
use presence_ringcentral::client::RingCentral;
use presence_server::listen::{ListenAddress, Listener};
use presence_simulator::platform::{Platform, PlatformConfig};
use presence_simulator::server::start_anywhere;
use presence_simulator::time::PlatformTime;
use presence_store::{OpenMode, Store, StoreHandle};

/// What a demonstration that goes on needs from the start.
pub(super) struct Live {
    listener: Listener,
    stop: CancellationToken,
}

impl Live {
    /// Takes the address, before anything is collected: no one waits for a history that cannot be shown then.
    pub(super) async fn begin(session: &Session, args: &DemoArgs) -> Result<Self, Failure> {
        if session.asker.settings.now_given.is_some() {
            return Err(Failure::Usage(
                "--live runs in real time: omit --now".to_owned(),
            ));
        }
        let stop = stop::on_signal().context("the program cannot receive signals")?;
        let listen = args.listen.map(ListenAddress::Tcp).unwrap_or_default();
        let listener = Listener::bind(&listen).await.map_err(|error| {
            Failure::failed(format!(
                "cannot listen on {listen}: {error}; choose another address with --listen"
            ))
        })?;
        Ok(Self { listener, stop })
    }

    /// What `work` comes to; `None` when told to stop before.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            done = work => Some(done),
        }
    }

    /// Lets the office go on from where its history ends.
    pub(super) async fn go_on(
        self,
        session: &mut Session,
        args: &DemoArgs,
        office: Office,
    ) -> Result<(), Failure> {
        let clock = Arc::clone(&session.clock);
        let config = PlatformConfig {
            seed: office.seed,
            ..PlatformConfig::default()
        };
        let time = PlatformTime::one_clock(Arc::clone(&clock));
        let platform = Arc::new(Platform::new(Arc::new(office.world()), config, time));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .context("the simulated platform could not listen on this computer")?;
        let mut own = session.beside(session.output.notes());
        // What is configured is of another store, and of another server.
        own.asker.config = Config::default();
        own.use_store(format!("sqlite:{}", args.keep.display()));
        own.asker.settings.account = None;
        let store = own.store(OpenMode::Create).await?;
        let source = client(&platform, &running, Arc::clone(&clock), office.seed)?;
        let Recording {
            collector,
            daily_rollup,
        } = Recording::new(source, Arc::clone(&store), clock, office);
        let collecting = async {
            let ended = collector.run(&self.stop).await;
            // Without a collector the pages would show an office that stands still.
            self.stop.cancel();
            ended
        };
        let serving = async {
            let ended = serve::run_plain(&mut own, self.listener, self.stop.clone()).await;
            self.stop.cancel();
            ended
        };
        let (collected, served) = tokio::join!(collecting, serving);
        daily_rollup.stop();
        store.close().await;
        running.stop().await;
        collected.map_err(|error| Failure::failed(error.to_string()))?;
        served
    }
}

/// What keeps the history of an office that goes on.
struct Recording {
    collector: Collector,
    daily_rollup: DailyRollup,
}

impl Recording {
    fn new(
        source: RingCentral,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        office: Office,
    ) -> Self {
        // The table that was computed of the days before.
        let daily = DailySettings {
            facets: vec![FACET],
            zone: ZoneChoice::Own,
        };
        let daily_rollup =
            DailyRollup::start(StoreHandle::Open(store.clone()), daily, Arc::clone(&clock));
        let collector = Collector {
            source: Arc::new(source),
            store: StoreHandle::Open(store.clone()),
            packing: Some(StoreHandle::Open(store)),
            clock,
            settings: Settings {
                queues: Some(QUEUES),
                ..Settings::new(office.interval_ms, HOLDER)
            },
            observer: Arc::new(Observing {
                daily_rollup: daily_rollup.listener(),
            }),
        };
        Self {
            collector,
            daily_rollup,
        }
    }
}

/// Passes on what goes wrong, and to the daily table what was seen; the pages show the rest.
struct Observing {
    daily_rollup: SweepListener,
}

impl Observer for Observing {
    fn notice(&self, progress: Progress<'_>) {
        match progress {
            Progress::Ticked(tick) => self.daily_rollup.record(tick),
            Progress::Warning(text) => tracing::warn!("{}", shown(text)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::{Date, date};

    use super::*;
    use crate::cli::demo::office::{ACCOUNT, Ending};
    use presence_clock::VirtualClock;
    use presence_model::time::Timestamp;
    use presence_reading::daily::{DailyTable, update_daily};
    use presence_ringcentral::install_tls;
    use presence_store::ReadStore;

    const DAY_MS: i64 = 86_400_000;

    struct Deaf;

    impl Observer for Deaf {
        fn notice(&self, _: Progress<'_>) {}
    }

    /// Before which dates all days of everyone are in the table.
    async fn kept_before(store: &dyn ReadStore) -> Vec<Date> {
        let mut reading = store.read().await.expect("it can be read");
        let series = reading.daily_series(ACCOUNT, FACET).await;
        let series = series.expect("it reads");
        let dates = series.iter().map(|one| one.kept_before.date());
        dates.collect::<BTreeSet<_>>().into_iter().collect()
    }

    #[tokio::test]
    async fn days_that_end_while_the_office_goes_on_are_in_the_daily_table() {
        install_tls();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let office = Office {
            extension_count: 6,
            day_count: 1,
            end: "2026-11-06T15:30:00Z".parse().expect("it is a time"),
            interval_ms: 900_000,
            seed: 1,
        };
        let ending = Ending {
            present: None,
            goes_on: true,
        };
        let path = folder.path().join("demo.db");
        let collected = office.collect(&path, ending, Arc::new(Deaf)).await;
        let store = collected.expect("it is collected").store;
        let table = DailyTable {
            account_id: ACCOUNT,
            facet: FACET,
            zone: ZoneChoice::Own,
        };
        let first = update_daily(&*store, &table, office.end).await;
        assert!(first.expect("it is computed").rows > 0);
        assert_eq!(kept_before(&*store).await, [date(2026, 11, 6)]);

        let clock = Arc::new(VirtualClock::new(office.end.as_ms()));
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let config = PlatformConfig::default();
        let platform = Arc::new(Platform::new(Arc::new(office.world()), config, time));
        let running = start_anywhere(Arc::clone(&platform)).await;
        let running = running.expect("it listens");
        let own_clock: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let source = client(&platform, &running, Arc::clone(&own_clock), 1);
        let source = source.expect("there is a client");
        let mut recording = Recording::new(source, Arc::clone(&store), own_clock, office);
        recording.collector.settings.stop_at = Some(office.end.plus_ms(2 * DAY_MS));
        let totals = recording.collector.run(&CancellationToken::new()).await;
        assert!(totals.expect("it collects").complete_count > 150);
        drop(recording.collector);
        recording.daily_rollup.finish().await;

        let now = Timestamp::saturating_from_ms(clock.now_ms());
        let after = kept_before(&*store).await;
        assert_eq!(after, [date(2026, 11, 8)]);
        // Nothing is left to do.
        let again = update_daily(&*store, &table, now).await;
        assert_eq!(again.expect("it is computed").rows, 0);
        running.stop().await;
    }
}
