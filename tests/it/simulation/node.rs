//! One program: a collector with its own clock and spool, and a platform that fails; it ends, is killed, and is started
//! again.

use std::io;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use presence_clock::Clock;
use presence_collector::progress::{Observer, Progress};
use presence_collector::run::{Collector, Settings};
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::ids::{AccountId, ExtensionId, QueueId};
use presence_model::observation::Observation;
use presence_model::state::{Interner, Presence};
use presence_model::time::Timestamp;
use presence_recording::spool::{SpoolFile, SpoolFiles, SpoolSettings};
use presence_ringcentral::budget::RateLimit;
use presence_ringcentral::{Answer, PresenceSource, SourceError};
use presence_ringcentral_wire::{
    Account, CallQueue, Extension, Page, Paging, PresencePage, QueuePresence, Site,
};
use presence_store::StoreHandle;
use rand::RngExt;
use tokio_util::sync::CancellationToken;

use super::INTERVAL_MS;
use super::store::SharedStore;
use super::world::World;

pub(super) const ACCOUNT: AccountId = AccountId(37_439_510);

/// The usual limit of a clock's error, in milliseconds: beyond five minutes nothing is recorded.
const OFFSET_MS_MAX: i64 = 330_000;
/// The limit in rare cases.
const WRONG_MS_MAX: i64 = 3 * 3_600_000;

/// See the module.
pub(super) struct Node {
    index: usize,
    world: Arc<World>,
    store: Arc<SharedStore>,
    offset_ms: AtomicI64,
    file: MemorySpoolFile,
    acknowledged: Mutex<Vec<String>>,
    kept: AtomicUsize,
}

impl Node {
    pub(super) fn new(index: usize, world: &Arc<World>, store: &Arc<SharedStore>) -> Arc<Self> {
        Arc::new(Self {
            index,
            world: Arc::clone(world),
            store: Arc::clone(store),
            offset_ms: AtomicI64::new(0),
            file: MemorySpoolFile::default(),
            acknowledged: Mutex::default(),
            kept: AtomicUsize::new(0),
        })
    }

    /// The keys of the sweeps that were reported as recorded.
    pub(super) fn acknowledged(&self) -> Vec<String> {
        self.acknowledged.lock().expect("no panic").clone()
    }

    /// How many sweeps waited for the store.
    pub(super) fn kept(&self) -> usize {
        self.kept.load(Ordering::SeqCst)
    }

    /// Collects until the world ends; returns how often the collector ended before that.
    pub(super) async fn live(self: Arc<Self>) -> usize {
        let mut ends = 0;
        while !self.world.is_over() {
            let collector = self.collector(ends);
            let run = tokio::spawn(async move {
                drop(collector.run(&CancellationToken::new()).await);
            });
            // It is killed at some moment, unless it ended by itself before.
            let life_ms = self.world.rng().random_range(1_000..20 * 3_600_000);
            let life = Duration::from_millis(life_ms);
            let abort = run.abort_handle();
            if tokio::time::timeout(life, run).await.is_err() {
                abort.abort();
            }
            ends += 1;
            self.world.pass(1_000, 300_000).await;
        }
        ends
    }

    fn collector(self: &Arc<Self>, number: usize) -> Collector {
        Collector {
            source: Arc::new(Platform {
                node: Arc::clone(self),
                interner: Mutex::default(),
            }),
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock: Arc::clone(self) as _,
            settings: Settings {
                stop_at: Some(at(self.world.end_ms())),
                spool: Some(SpoolSettings {
                    files: Arc::new(self.file.clone()),
                    limit_bytes: 12_000,
                }),
                ..Settings::new(
                    INTERVAL_MS,
                    format!("node {} for the {number}th time", self.index),
                )
            },
            observer: Arc::clone(self) as _,
        }
    }

    fn step_clock(&self) {
        let mut rng = self.world.rng();
        let offset_ms = match rng.random_range(0..24) {
            0..8 => 0,
            8 => rng.random_range(-WRONG_MS_MAX..WRONG_MS_MAX),
            _ => rng.random_range(-OFFSET_MS_MAX..OFFSET_MS_MAX),
        };
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).expect("a moment of this century")
}

#[async_trait::async_trait]
impl Clock for Node {
    fn now_ms(&self) -> i64 {
        self.world.now_ms() + self.offset_ms.load(Ordering::SeqCst)
    }

    async fn sleep_until_ms(&self, at_ms: i64) {
        let wait_ms = u64::try_from(at_ms - self.now_ms()).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        if self.world.once_in(3_000) {
            // The computer was asleep.
            self.world.pass(1_000, 5_000_000).await;
        }
    }
}

impl Observer for Node {
    fn notice(&self, progress: Progress<'_>) {
        match progress {
            Progress::Ticked(tick) => {
                let key = tick.slot.key();
                self.acknowledged.lock().expect("no panic").push(key);
            }
            Progress::Kept { .. } => {
                self.kept.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }
}

/// A file that survives the program, on a disk that is sometimes full.
#[derive(Clone, Debug, Default)]
struct MemorySpoolFile(Arc<Mutex<Vec<u8>>>);

impl SpoolFiles for MemorySpoolFile {
    fn file(&self, _: AccountId) -> io::Result<Box<dyn SpoolFile>> {
        Ok(Box::new(self.clone()))
    }
}

impl SpoolFile for MemorySpoolFile {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().expect("no panic").clone())
    }

    fn read_at(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let offset = usize::try_from(offset).expect("small");
        let length = usize::try_from(length).expect("small");
        Ok(self.0.lock().expect("no panic")[offset..offset + length].to_vec())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("small");
        self.0.lock().expect("no panic").truncate(length);
        Ok(())
    }
}

/// What a node sees of the platform.
struct Platform {
    node: Arc<Node>,
    interner: Mutex<Interner>,
}

impl Platform {
    /// A request takes a while, and may fail.
    async fn ask<T>(
        &self,
        by: Timestamp,
        rarely: u32,
        value: impl FnOnce(Timestamp, Timestamp) -> T,
    ) -> Result<Answer<T>, SourceError> {
        let world = &self.node.world;
        let requested_at = at(self.node.now_ms());
        world.pass(0, 200).await;
        if world.once_in(20 * rarely) {
            world.pass(0, 200_000).await;
        }
        if world.is_platform_down() || world.once_in(20 * rarely) {
            let timeout_ms = by.since_ms(at(self.node.now_ms()));
            world
                .pass(0, timeout_ms.clamp(1, 30_000).unsigned_abs())
                .await;
            return Err(self.failure());
        }
        if world.once_in(80 * rarely) {
            self.node.step_clock();
        }
        let received_at = at(self.node.now_ms()).max(requested_at);
        Ok(Answer {
            value: value(requested_at, received_at),
            requested_at,
            received_at,
            clock_skew_ms: Some(world.now_ms() - self.node.now_ms()),
        })
    }

    fn failure(&self) -> SourceError {
        let (what, why) = ("it", "bad weather".to_owned());
        match self.node.world.rng().random_range(0..7) {
            0 => SourceError::Malformed { what, why },
            1 => SourceError::Maintenance { what, why },
            2 => SourceError::RateLimited {
                what,
                retry_at: at(self.node.now_ms() + 30_000),
            },
            3 => SourceError::Refused { what, why },
            _ => SourceError::Unavailable { what, why },
        }
    }

    fn seen(
        &self,
        id: i64,
        requested_at: Timestamp,
        received_at: Timestamp,
    ) -> Option<Observation> {
        let status = self.node.world.status(id)?;
        self.node.world.tell(id, received_at.as_ms(), status);
        let mut values = [None; STATE_FACET_COUNT];
        values[Facet::PresenceStatus.state_index().expect("it is one")] = Some(status);
        Some(Observation {
            extension_id: ExtensionId(id),
            extension_number: None,
            requested_at,
            received_at,
            presence: Presence {
                state: self.interner.lock().expect("no panic").state(&values),
                message: None,
            },
        })
    }

    fn page(&self, requested_at: Timestamp, received_at: Timestamp) -> PresencePage {
        let world = &self.node.world;
        let mut people = world.people();
        let mut told = people.len();
        let is_short = world.once_in(60);
        let is_cut = !is_short && world.once_in(60);
        if is_short {
            // The list silently lacks one extension, or half of them.
            let left = if world.once_in(2) {
                people.len() - 1
            } else {
                people.len() / 2
            };
            people.truncate(left);
            told = left;
        } else if is_cut {
            people.pop();
        } else if world.once_in(60) {
            people.extend(people.clone());
        }
        let seen = people.into_iter();
        let observations: Vec<Observation> = seen
            .filter_map(|id| self.seen(id, requested_at, received_at))
            .collect();
        let count = i64::try_from(told).expect("few");
        PresencePage {
            record_count: observations.len(),
            observations,
            paging: Paging {
                page: Some(1),
                total_pages: Some(1),
                per_page: Some(1_000),
                total_elements: Some(count),
                page_start: Some(0),
                page_end: Some(count - 1),
            },
            has_next: false,
            oddities: Vec::new(),
        }
    }
}

fn one_page<T>(records: Vec<T>) -> Page<T> {
    Page {
        record_count: records.len(),
        paging: Paging {
            page: Some(1),
            total_pages: Some(1),
            total_elements: i64::try_from(records.len()).ok(),
            ..Paging::default()
        },
        records,
        has_next: false,
        oddities: Vec::new(),
    }
}

fn listed(id: i64) -> Extension {
    Extension {
        extension_id: ExtensionId(id),
        update: presence_model::profile::ProfileUpdate {
            name: Some(Some(format!("Extension {id}"))),
            extension_type: Some(Some("User".to_owned())),
            ..Default::default()
        },
        site_id: None,
        queue_ids: None,
    }
}

#[async_trait::async_trait]
impl PresenceSource for Platform {
    async fn account(&self, by: Timestamp) -> Result<Answer<Account>, SourceError> {
        self.ask(by, 1, |_, _| Account {
            account_id: ACCOUNT,
            company_name: None,
            time_zone: None,
        })
        .await
    }

    async fn presence_page(
        &self,
        _: u32,
        by: Timestamp,
    ) -> Result<Answer<PresencePage>, SourceError> {
        self.ask(by, 1, |requested_at, received_at| {
            self.page(requested_at, received_at)
        })
        .await
    }

    async fn presence(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Observation>>, SourceError> {
        self.ask(by, 1, |requested_at, received_at| {
            self.seen(extension_id.0, requested_at, received_at)
        })
        .await
    }

    async fn extension_page(
        &self,
        _: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<Extension>>, SourceError> {
        let people = self.node.world.people();
        self.ask(by, 4, |_, _| {
            one_page(people.into_iter().map(listed).collect())
        })
        .await
    }

    async fn extension(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Extension>>, SourceError> {
        self.ask(by, 4, |_, _| Some(listed(extension_id.0))).await
    }

    async fn queue_page(
        &self,
        _: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<CallQueue>>, SourceError> {
        self.ask(by, 4, |_, _| one_page(Vec::new())).await
    }

    async fn queue_member_page(
        &self,
        _: ExtensionId,
        _: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<ExtensionId>>, SourceError> {
        self.ask(by, 4, |_, _| one_page(Vec::new())).await
    }

    async fn site_page(&self, _: u32, by: Timestamp) -> Result<Answer<Page<Site>>, SourceError> {
        self.ask(by, 4, |_, _| one_page(Vec::new())).await
    }

    async fn queue_presence(
        &self,
        _: QueueId,
        by: Timestamp,
    ) -> Result<Answer<Option<QueuePresence>>, SourceError> {
        self.ask(by, 4, |_, _| None).await
    }

    fn queue_presence_limit(&self) -> RateLimit {
        RateLimit {
            limit: 50,
            window_ms: 60_000,
        }
    }

    fn presence_page_limit(&self) -> RateLimit {
        RateLimit {
            limit: 10,
            window_ms: 60_000,
        }
    }
}
