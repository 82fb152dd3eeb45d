//! The demonstration's days: a simulated office, collected over real HTTP on a virtual clock, up to the present.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use presence_clock::{Clock, VirtualClock};
use presence_collector::progress::Observer;
use presence_collector::queues::QueueSettings;
use presence_collector::run::{Collector, Settings, Totals};
use presence_model::ids::AccountId;
use presence_model::time::{TimeRange, Timestamp};
use presence_ringcentral::auth::Credentials;
use presence_ringcentral::client::RingCentral;
use presence_ringcentral::transport::HttpLimits;
use presence_simulator::ground_truth::GroundTruth;
use presence_simulator::platform::{Platform, PlatformConfig};
use presence_simulator::server::{Running, start_anywhere};
use presence_simulator::time::PlatformTime;
use presence_simulator::world::{OfficeConfig, World};
use presence_store::{self as store, Durability, OpenMode, Store, StoreHandle};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The collector is down for so long, from 14:00 UTC of a working day in the middle.
const OUTAGE_MS: i64 = 90 * MINUTE_MS;
const OUTAGE_AT_MS: i64 = 14 * HOUR_MS;
/// So much is collected at least before the outage and after it.
const OUTAGE_MARGIN_MS: i64 = HOUR_MS;
/// A Monday, 00:00 UTC: 5 January 1970.
const SOME_MONDAY_MS: i64 = 4 * DAY_MS;
/// The last sweep of all is valid for so long, if no one goes on: anyone who reads on for a while still gets answers about the
/// present, marked as presumed.
const LAST_VALID_MS: i64 = HOUR_MS;
/// Each answer takes the platform this long, in milliseconds.
const LATENCY_MS: (i64, i64) = (40, 400);

/// Queues are seen so often: less often than people, since a sign-in lasts longer than a call.
pub const QUEUES: QueueSettings = QueueSettings {
    round_ms_min: 5 * MINUTE_MS,
};

/// The account that the demonstration's platform has: no sample's and no other simulation's.
pub const ACCOUNT: AccountId = AccountId(9_000_400_001);

/// What the lease calls the demonstration's collector.
pub const HOLDER: &str = "presence demo";

/// How large the office is, and when and how it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Office {
    /// People and other extensions.
    pub extension_count: u32,
    /// How many days of 24 hours.
    pub day_count: u32,
    /// When they end: no sweep begins at or after this moment.
    pub end: Timestamp,
    /// From one sweep to the next, in milliseconds.
    pub interval_ms: i64,
    /// Another seed is another office.
    pub seed: u64,
}

/// Collected days, and the truth about them.
pub struct Collected {
    /// The history.
    pub store: Arc<dyn Store>,
    /// What really happened.
    pub truth: GroundTruth,
    /// The time that was collected: that of the office, or longer where collecting had to catch up with the present.
    pub window: TimeRange,
    /// How many sweeps were complete.
    pub sweep_count: i64,
    /// How many changes they showed.
    pub event_count: usize,
}

impl Office {
    /// The time that is collected.
    pub fn window(self) -> TimeRange {
        let days = i64::from(self.day_count.max(1));
        TimeRange::new(self.end.plus_ms(-days * DAY_MS), self.end).expect("it lasts at least a day")
    }

    /// The time in which the collector is down: in the afternoon (UTC) of the day next to the middle, a working day if
    /// there is one.
    pub fn outage(self) -> TimeRange {
        let window = self.window();
        let (from_ms, to_ms) = (window.from().as_ms(), window.to().as_ms());
        let middle_ms = from_ms + (to_ms - from_ms - OUTAGE_MS) / 2;
        let fits = from_ms + OUTAGE_MARGIN_MS..=to_ms - OUTAGE_MARGIN_MS - OUTAGE_MS;
        let first_day_ms = from_ms.div_euclid(DAY_MS) * DAY_MS;
        let days = (0..=i64::from(self.day_count.max(1))).map(|day| first_day_ms + day * DAY_MS);
        let afternoons = days.map(|day_ms| day_ms + OUTAGE_AT_MS);
        let chosen = afternoons
            .filter(|at_ms| fits.contains(at_ms))
            .min_by_key(|at_ms| (is_weekend(*at_ms), (at_ms - middle_ms).abs()));
        let at = Timestamp::saturating_from_ms(chosen.unwrap_or(middle_ms));
        TimeRange::new(at, at.plus_ms(OUTAGE_MS)).expect("it lasts a while")
    }

    /// The office itself: the same for the same size, seed and time.
    pub fn world(self) -> World {
        World::new(OfficeConfig {
            seed: self.seed,
            extensions: usize::try_from(self.extension_count).unwrap_or(usize::MAX),
            start_ms: self.window().from().as_ms(),
            days: self.day_count,
            account_id: ACCOUNT.0,
        })
    }

    /// Collects the days into a new store at `path`, and reports every sweep to `observer`.
    pub async fn collect(
        self,
        path: &Path,
        ending: Ending<'_>,
        observer: Arc<dyn Observer>,
    ) -> anyhow::Result<Collected> {
        let (world, window) = (Arc::new(self.world()), self.window());
        let clock = Arc::new(VirtualClock::new(window.from().as_ms()));
        let config = PlatformConfig {
            seed: self.seed,
            latency_ms: Some(LATENCY_MS),
            ..PlatformConfig::default()
        };
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let platform = Arc::new(Platform::new(Arc::clone(&world), config, time));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .context("the simulated platform could not listen on this computer")?;
        let location = path.to_str().context("the file's name is not valid text")?;
        let store = store::open_file(location, OpenMode::Create, Durability::Relaxed).await?;
        let mut sessions = Sessions {
            office: self,
            platform: &platform,
            running: &running,
            store: Arc::clone(&store),
            clock,
            observer,
            totals: Totals::default(),
        };
        let outage = self.outage();
        sessions.run(window.from(), outage.from(), None).await?;
        let mut last_from = window.to().plus_ms(-self.interval_ms);
        sessions.run(outage.to(), last_from, None).await?;
        while let Some(now) = ending.now()
            && now.since_ms(last_from) >= 2 * self.interval_ms
        {
            let from = last_from;
            last_from = now.plus_ms(-self.interval_ms);
            sessions.run(from, last_from, None).await?;
        }
        let until = last_from.plus_ms(self.interval_ms);
        let valid_for_ms = (!ending.goes_on).then_some(LAST_VALID_MS.max(3 * self.interval_ms));
        sessions.run(last_from, until, valid_for_ms).await?;
        let totals = sessions.totals;
        running.stop().await;
        Ok(Collected {
            store,
            truth: GroundTruth::new(world),
            window: TimeRange::new(window.from(), until).context("the history has an end")?,
            sweep_count: totals.complete_count,
            event_count: totals.event_count,
        })
    }
}

/// How the collected days end.
pub struct Ending<'a> {
    /// The clock with whose present they end, however long collecting takes; `None`: where the office says.
    pub present: Option<&'a dyn Clock>,
    /// Whether another collector goes on from there.
    pub goes_on: bool,
}

impl Ending<'_> {
    fn now(&self) -> Option<Timestamp> {
        let present = self.present?;
        Some(Timestamp::saturating_from_ms(present.now_ms()))
    }
}

/// One collector after the other, on a clock that waits for no one.
struct Sessions<'a> {
    office: Office,
    platform: &'a Platform,
    running: &'a Running,
    store: Arc<dyn Store>,
    clock: Arc<VirtualClock>,
    observer: Arc<dyn Observer>,
    totals: Totals,
}

impl Sessions<'_> {
    /// Sweeps from one moment to before another. Each time it is a new process, so to say: nothing is remembered but what
    /// the store holds.
    async fn run(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        valid_for_ms: Option<i64>,
    ) -> anyhow::Result<()> {
        let early_ms = from.as_ms() - self.clock.now_ms();
        self.clock.advance(early_ms.max(0));
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let source = client(
            self.platform,
            self.running,
            Arc::clone(&clock),
            self.office.seed,
        )?;
        let collector = Collector {
            source: Arc::new(source),
            store: StoreHandle::Open(self.store.clone()),
            packing: Some(StoreHandle::Open(self.store.clone())),
            clock,
            settings: Settings {
                stop_at: Some(to),
                valid_for_ms,
                queues: Some(QUEUES),
                ..Settings::new(self.office.interval_ms, HOLDER)
            },
            observer: Arc::clone(&self.observer),
        };
        let more = collector.run(&CancellationToken::new()).await?;
        self.totals.complete_count += more.complete_count;
        self.totals.event_count += more.event_count;
        Ok(())
    }
}

/// A client of a simulated platform, logged in nowhere yet.
pub fn client(
    platform: &Platform,
    running: &Running,
    clock: Arc<dyn Clock>,
    seed: u64,
) -> anyhow::Result<RingCentral> {
    let credentials = platform.credentials();
    let credentials = Credentials {
        server_url: running.server_url(),
        client_id: credentials.client_id.clone(),
        client_secret: SecretString::from(credentials.client_secret.clone()),
        jwt: SecretString::from(credentials.jwt.clone()),
    };
    Ok(RingCentral::new(
        credentials,
        clock,
        HttpLimits::default(),
        seed,
    )?)
}

/// Whether a moment lies on a Saturday or Sunday (UTC).
fn is_weekend(at_ms: i64) -> bool {
    (at_ms - SOME_MONDAY_MS).div_euclid(DAY_MS).rem_euclid(7) >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(end: &str, day_count: u32) -> String {
        let office = Office {
            extension_count: 60,
            day_count,
            end: end.parse().expect("it is a time"),
            interval_ms: 60_000,
            seed: 1,
        };
        let (window, outage) = (office.window(), office.outage());
        assert!(window.from() < outage.from() && outage.to() < window.to());
        outage.from().to_string()
    }

    #[test]
    fn the_collector_is_down_in_the_afternoon_of_a_working_day_near_the_middle() {
        // A Friday: five days before is Sunday, and the middle is Wednesday, 02:45.
        assert_eq!(
            outage("2026-11-06T15:30:00Z", 5),
            "2026-11-04T14:00:00.000Z"
        );
        // A Monday at noon: Saturday and Sunday are in the middle.
        assert_eq!(
            outage("2026-11-09T12:00:00Z", 5),
            "2026-11-06T14:00:00.000Z"
        );
        // Two days that are both a weekend's.
        assert_eq!(
            outage("2026-11-08T23:00:00Z", 2),
            "2026-11-07T14:00:00.000Z"
        );
        // A day in which 14:00 is too near to both ends.
        assert_eq!(
            outage("2026-11-06T14:30:00Z", 1),
            "2026-11-06T01:45:00.000Z"
        );
    }
}
