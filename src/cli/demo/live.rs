//! A demonstration that goes on: the office's platform, a collector and a server with the pages, until told to stop.

use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::office::{HOLDER, Office, client};
use crate::cli::args::DemoArgs;
use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::cli::{serve, stop};
use crate::collector::progress::{Observer, Progress};
use crate::collector::run::{Collector, Settings};
use crate::config::Config;
use crate::render::escape::shown;
use crate::serve::listen::{ListenAddress, Listener};
use crate::simulator::platform::{Platform, PlatformConfig};
use crate::simulator::server::start_anywhere;
use crate::simulator::time::PlatformTime;
use crate::store::OpenMode;

/// What a demonstration that goes on needs from the start.
pub(super) struct Live {
    listener: Listener,
    stop: CancellationToken,
}

impl Live {
    /// Takes the address, before anything is collected: nobody waits for a history that cannot be shown then.
    pub(super) async fn begin(session: &Session, args: &DemoArgs) -> Result<Self, Failure> {
        if session.settings.now_given.is_some() {
            return Err(Failure::Usage(
                "--live goes on at the present: leave --now out".to_owned(),
            ));
        }
        let stop = stop::on_signal().context("the program cannot listen for signals")?;
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
        own.config = Config::default();
        own.settings.store = format!("sqlite:{}", args.keep.display());
        own.settings.account = None;
        let store = own.store(OpenMode::Create).await?;
        let collector = Collector {
            source: Arc::new(client(
                &platform,
                &running,
                Arc::clone(&clock),
                office.seed,
            )?),
            store: Arc::clone(&store),
            clock,
            settings: Settings::new(office.interval_ms, HOLDER),
            observer: Arc::new(Warnings),
        };
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
        store.close().await;
        running.stop().await;
        collected.map_err(|error| Failure::failed(error.to_string()))?;
        served
    }
}

/// Passes on what goes wrong; the pages show the rest.
struct Warnings;

impl Observer for Warnings {
    fn notice(&self, progress: Progress<'_>) {
        if let Progress::Warning(text) = progress {
            tracing::warn!("{}", shown(text));
        }
    }
}
