//! The demonstration's week: a simulated office, collected over real HTTP on a virtual clock.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::clock::VirtualClock;
use crate::collector::progress::Observer;
use crate::collector::run::{Collector, Settings};
use crate::model::ids::AccountId;
use crate::model::time::{Span, Timestamp};
use crate::ringcentral::auth::Credentials;
use crate::ringcentral::client::RingCentral;
use crate::ringcentral::transport::HttpLimits;
use crate::simulator::platform::{Platform, PlatformConfig};
use crate::simulator::server::start_anywhere;
use crate::simulator::time::PlatformTime;
use crate::simulator::truth::Truth;
use crate::simulator::world::{OfficeConfig, World};

use crate::store::recorder::FlushAt;
use crate::store::{Durability, OpenMode, SqliteStore, Store};

/// Monday, 2 November 2026, 05:00 UTC: six in the morning in Berlin.
const START_MS: i64 = 1_793_595_600_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The last day ends at 03:00 UTC of the next: seven in the evening in Los Angeles.
const LAST_DAY_MS: i64 = 22 * HOUR_MS;
/// The collector is down from 14:00 UTC of the third day (or the last, if there are fewer) for an hour and a half.
const OUTAGE_AFTER_MS: i64 = 9 * HOUR_MS;
const OUTAGE_MS: i64 = 90 * 60_000;
/// Each answer takes the platform this long, in milliseconds.
const LATENCY_MS: (i64, i64) = (40, 400);

/// The account that the demonstration's platform has: no sample's and no other simulation's.
pub const ACCOUNT: AccountId = AccountId(9_000_400_001);

/// How large the office is, and how it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Office {
    /// People and other extensions.
    pub extension_count: u32,
    /// How many days, from Monday on.
    pub day_count: u32,
    /// From one look to the next, in milliseconds.
    pub interval_ms: i64,
    /// Another seed is another office.
    pub seed: u64,
}

/// A collected week, and the truth about it.
pub struct Collected {
    /// The history.
    pub store: Arc<dyn Store>,
    /// What really happened.
    pub truth: Truth,
    /// How many looks were complete.
    pub sweep_count: i64,
    /// How many changes they showed.
    pub event_count: usize,
}

/// The day on which every demonstration begins.
pub fn first_day() -> Span {
    let start = Timestamp::saturating_from_ms(START_MS);
    Span::new(start, start.plus_ms(DAY_MS)).expect("a day is not empty")
}

impl Office {
    /// The time that is collected.
    pub fn window(self) -> Span {
        let start = Timestamp::saturating_from_ms(START_MS);
        let days = i64::from(self.day_count.max(1));
        let end = start.plus_ms((days - 1) * DAY_MS + LAST_DAY_MS);
        Span::new(start, end).expect("it lasts at least a day")
    }

    /// The time in which the collector is down.
    pub fn outage(self) -> Span {
        let day = i64::from(self.day_count.clamp(1, 3)) - 1;
        let from = self.window().from().plus_ms(day * DAY_MS + OUTAGE_AFTER_MS);
        Span::new(from, from.plus_ms(OUTAGE_MS)).expect("it lasts a while")
    }

    /// Collects the week into a new store at `path`, telling `observer` of every look.
    pub async fn collect(
        self,
        path: &Path,
        observer: Arc<dyn Observer>,
    ) -> anyhow::Result<Collected> {
        let world = Arc::new(World::new(OfficeConfig {
            seed: self.seed,
            extensions: self.extension_count as usize,
            start_ms: self.window().from().as_ms(),
            days: self.day_count,
            account_id: ACCOUNT.0,
        }));
        let clock = Arc::new(VirtualClock::new(self.window().from().as_ms()));
        let platform = Arc::new(Platform::new(
            Arc::clone(&world),
            PlatformConfig {
                seed: self.seed,
                latency_ms: Some(LATENCY_MS),
                ..PlatformConfig::default()
            },
            PlatformTime::virtual_clock(Arc::clone(&clock)),
        ));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .context("the simulated platform could not listen on this computer")?;
        let location = path.to_str().context("the file's name is not valid text")?;
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(location, OpenMode::Create, Durability::Relaxed).await?);
        let credentials = platform.credentials();
        let credentials = Credentials {
            server_url: running.server_url(),
            client_id: credentials.client_id.clone(),
            client_secret: SecretString::from(credentials.client_secret.clone()),
            jwt: SecretString::from(credentials.jwt.clone()),
        };
        let mut sweep_count = 0;
        let mut event_count = 0;
        let outage = self.outage();
        for watched in [
            Span::new(self.window().from(), outage.from()),
            Span::new(outage.to(), self.window().to()),
        ] {
            let watched = watched.context("the outage lies within the week")?;
            clock.advance(watched.from().as_ms() - clock_now(&clock));
            // Each time a new process, so to say: nothing is remembered but what the store holds.
            let source = RingCentral::new(
                credentials.clone(),
                Arc::clone(&clock) as _,
                HttpLimits::default(),
                self.seed,
            )?;
            let collector = Collector {
                source: Arc::new(source),
                store: Arc::clone(&store),
                clock: Arc::clone(&clock) as _,
                settings: Settings {
                    interval_ms: self.interval_ms,
                    valid_for_ms: None,
                    holder: "presence demo".to_owned(),
                    stop_at: Some(watched.to()),
                    flush_at: FlushAt::EVERY_SWEEP,
                    spool: None,
                    guard: None,
                },
                observer: Arc::clone(&observer),
            };
            let totals = collector.run(&CancellationToken::new()).await?;
            sweep_count += totals.complete_count;
            event_count += totals.event_count;
        }
        running.stop().await;
        Ok(Collected {
            store,
            truth: Truth::new(world),
            sweep_count,
            event_count,
        })
    }
}

fn clock_now(clock: &VirtualClock) -> i64 {
    use crate::clock::Clock as _;
    clock.now_ms()
}
