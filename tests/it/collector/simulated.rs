//! A simulated office, collected over HTTP on a virtual clock, and compared with the truth about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_collector::progress::Totals;
use presence_collector::run::{CollectError, Collector, Settings};
use presence_model::facet::Facet;
use presence_model::ids::AccountId;
use presence_model::known::Existence;
use presence_recording::recorder::FlushAt;
use presence_ringcentral::{Credentials, HttpLimits, RingCentral};
use presence_simulator::{
    Fault, FaultRule, GroundTruth, Limits, OfficeConfig, PathKind, Platform, PlatformConfig,
    PlatformTime, Running, When, World, start_anywhere,
};
use presence_store::StoreHandle;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{MINUTE_MS, at};
use crate::support::memory_store::MemoryStore;

const HOUR_MS: i64 = 60 * MINUTE_MS;

pub(super) struct Case {
    clock: Arc<VirtualClock>,
    pub(super) platform: Arc<Platform>,
    running: Running,
    pub(super) store: Arc<MemoryStore>,
    pub(super) start_ms: i64,
}

impl Case {
    pub(super) async fn open(extensions: usize) -> Self {
        Self::with(extensions, Limits::default()).await
    }

    async fn with(extensions: usize, limits: Limits) -> Self {
        let office = OfficeConfig {
            extensions,
            ..OfficeConfig::default()
        };
        let start_ms = office.start_ms;
        let clock = Arc::new(VirtualClock::new(start_ms));
        let config = PlatformConfig {
            latency_ms: Some((20, 400)),
            limits,
            ..PlatformConfig::default()
        };
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let account_id = AccountId(office.account_id);
        let platform = Arc::new(Platform::new(Arc::new(World::new(office)), config, time));
        Self {
            running: start_anywhere(Arc::clone(&platform))
                .await
                .expect("loopback has free ports"),
            store: Arc::new(MemoryStore::new(account_id)),
            clock,
            platform,
            start_ms,
        }
    }

    async fn collect(&self, until_ms: i64) -> Totals {
        let ended = self.try_to_collect(until_ms, HttpLimits::default()).await;
        ended.expect("nothing stops it")
    }

    pub(super) async fn try_to_collect(
        &self,
        until_ms: i64,
        limits: HttpLimits,
    ) -> Result<Totals, CollectError> {
        let known = self.platform.credentials();
        let credentials = Credentials {
            server_url: self.running.server_url(),
            client_id: known.client_id.clone(),
            client_secret: SecretString::from(known.client_secret.as_str()),
            jwt: SecretString::from(known.jwt.as_str()),
        };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let source = RingCentral::new(credentials, Arc::clone(&clock), limits, 1)
            .expect("loopback is a good server");
        let collector = Collector {
            source: Arc::new(source),
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock,
            settings: Settings {
                interval_ms: MINUTE_MS,
                valid_for_ms: None,
                holder: "a test".to_owned(),
                stop_at: Some(at(until_ms)),
                flush_at: FlushAt::EVERY_SWEEP,
                spool: None,
                guard: None,
                queues: None,
            },
            observer: Arc::new(()),
        };
        collector.run(&CancellationToken::new()).await
    }
}

/// The recorded states are those at some moment of the last sweep.
#[track_caller]
pub(super) fn check_against_truth(case: &Case) {
    let truth = GroundTruth::new(Arc::clone(case.platform.world()));
    let replay = case.store.replay();
    let last = case.store.log().last().expect("rows").clone();
    let (from_ms, to_ms) = (last.started_at.as_ms(), last.finished_at.as_ms());
    let mut wrong = BTreeMap::new();
    let mut compared = 0;
    for (id, extension) in &replay.state().extensions {
        let Existence::Present(present) = &extension.existence else {
            continue;
        };
        let during: Vec<[Option<String>; 3]> = truth
            .segments(id.0, from_ms, to_ms + 1)
            .iter()
            .map(|segment| {
                let state = &segment.state;
                [
                    Some(state.presence_status),
                    state.user_status,
                    state.telephony_status,
                ]
                .map(|value| value.map(str::to_owned))
            })
            .collect();
        let shown = [
            Facet::PresenceStatus,
            Facet::UserStatus,
            Facet::TelephonyStatus,
        ]
        .map(|facet| present.presence.get(facet).map(str::to_owned));
        compared += 1;
        if !during.contains(&shown) {
            wrong.insert(*id, (shown, during));
        }
    }
    assert!(compared > 10, "{compared}");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test]
async fn a_day_is_collected_without_a_gap_and_without_a_refusal() {
    let case = Case::open(60).await;
    let totals = case.collect(case.start_ms + 24 * HOUR_MS).await;
    assert_eq!(case.platform.counters().with_status(429), 0);
    assert_eq!(totals.complete_count, 24 * 60, "{totals:?}");
    assert!(totals.event_count > 500, "{totals:?}");
    let coverage = case.store.replay().coverage();
    assert_eq!(coverage.observed.len(), 1);
    assert_eq!(coverage.complete.len(), 1);
    check_against_truth(&case);
    let replay = case.store.replay();
    let with_zone = replay.state().extensions.values().filter(|extension| {
        let profile = extension.profile.as_ref();
        profile.is_some_and(|profile| profile.value.time_zone.is_some())
    });
    assert!(with_zone.count() > 20);
}

#[tokio::test]
async fn a_large_account_stays_below_its_limit() {
    let case = Case::open(4_500).await;
    let totals = case.collect(case.start_ms + 8 * MINUTE_MS).await;
    assert_eq!(case.platform.counters().with_status(429), 0);
    assert_eq!(totals.complete_count, 8, "{totals:?}");
}

#[tokio::test]
async fn an_account_too_large_for_its_interval_is_seen_whole_but_less_often() {
    let limits = Limits {
        heavy: 4,
        ..Limits::default()
    };
    let case = Case::with(4_500, limits).await;
    let totals = case.collect(case.start_ms + 10 * MINUTE_MS).await;
    assert_eq!(case.platform.counters().with_status(429), 0);
    assert_eq!(
        (totals.partial_count, totals.failed_count),
        (0, 0),
        "{totals:?}"
    );
    // Five pages, at most three in a minute: one sweep in 100 s, once the size is known.
    assert!((5..=7).contains(&totals.complete_count), "{totals:?}");
    assert!(totals.skipped_count <= 1, "{totals:?}");
    let coverage = case.store.replay().coverage();
    assert_eq!(coverage.observed.len(), 1);
}

#[tokio::test]
async fn a_bad_hour_leaves_rows_and_gaps_and_then_goes_on() {
    let case = Case::open(60).await;
    let bad = (case.start_ms + HOUR_MS, case.start_ms + 2 * HOUR_MS);
    let faults = case.platform.faults();
    for fault in [Fault::Maintenance, Fault::BadGateway] {
        let rule = FaultRule::new(fault)
            .on(PathKind::PresenceList)
            .when(When::Between(bad.0, bad.1));
        faults.add(rule);
    }
    let totals = case.collect(case.start_ms + 3 * HOUR_MS).await;
    // The last sweep of the hour may have been repeated until the hour was over.
    assert!((59..=60).contains(&totals.failed_count), "{totals:?}");
    assert_eq!(
        totals.complete_count + totals.failed_count,
        180,
        "{totals:?}"
    );
    assert_eq!(case.platform.counters().with_status(429), 0);
    assert_eq!(case.store.replay().coverage().observed.len(), 2);
    check_against_truth(&case);
}

#[tokio::test]
async fn faults_of_all_kinds_never_stop_it() {
    let case = Case::open(60).await;
    let faults = case.platform.faults();
    let weather = [
        Fault::InternalError,
        Fault::HtmlPage,
        Fault::TruncatedBody,
        Fault::InvalidJson,
        Fault::Reset,
        Fault::Unavailable(Some(3)),
        Fault::GlobalRateLimit(5),
        Fault::ShortPage,
        Fault::TokenRevoked,
        Fault::Stall(2_000),
        Fault::UnknownField,
        Fault::IdsAsText,
    ];
    for fault in weather {
        faults.add(FaultRule::new(fault).when(When::Chance(0.03)));
    }
    let totals = case.collect(case.start_ms + 4 * HOUR_MS).await;
    assert!(faults.fired() > 50, "{}", faults.fired());
    let rows =
        totals.complete_count + totals.partial_count + totals.failed_count + totals.skipped_count;
    assert_eq!(rows, 240, "{totals:?}");
    assert!(totals.complete_count > 150, "{totals:?}");
    faults.clear();
    case.collect(case.start_ms + 4 * HOUR_MS + 10 * MINUTE_MS)
        .await;
    check_against_truth(&case);
}
