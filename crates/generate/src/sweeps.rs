//! What a collector would have seen of the office, look by look.
//!
//! Pure: follows from a [`HistoryConfig`]. The observations are kept from look to look and brought up to date in place,
//! so that a sweep costs what changed in it, and a few stores for each of the rest.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;

use super::days::{Days, Doing};
use super::outages::Outages;
use super::roster::Roster;
use super::{CHANGES_PERCENT, DAY_MS, HistoryConfig};
use presence_model::cause::Cause;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::observation::{DirectoryEntry, Observation, Source, Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_simulator::World;
use presence_simulator::rng::{Purpose, between, one_in, rng};

/// How many extensions a page holds.
const PAGE_SIZE: usize = 1_000;
/// One look in so many lacks a page.
const LOOKS_PER_PARTIAL: u32 = 400;
/// One look in so many fails as a whole.
const LOOKS_PER_FAILED: u32 = 1_500;
/// From one listing of everyone to the next.
const LISTING_MS: i64 = DAY_MS;

/// One sweep, and what is known of it beforehand.
#[derive(Clone, Copy, Debug)]
pub struct NextSweep<'a> {
    /// The sweep, whole: as a collector would hand it on.
    pub sweep: &'a Sweep,
    /// Who may show anything but what was last seen, as places in [`Sweep::observations`], rising.
    pub differing: &'a [usize],
    /// When the request was sent that last saw them, or someone who is gone now. What a collector remembers of
    /// everyone is needed of these only.
    pub last_requests: &'a [(ExtensionId, Timestamp)],
}

/// The sweeps of an office, in their order.
pub struct Sweeps {
    config: HistoryConfig,
    outages: Outages,
    roster: Roster,
    days: Days,
    /// Who has changed since their page was last seen, in order of time.
    unseen: Vec<Doing>,
    next_slot_ms: i64,
    offset_ms: i64,
    listed_at_ms: Option<i64>,
    /// Who came in the latest sweep and is not listed yet.
    unlisted: Vec<usize>,
    sweep: Sweep,
    differing: Vec<usize>,
    last_requests: Vec<(ExtensionId, Timestamp)>,
}

impl Sweeps {
    /// The sweeps of a history, from its first.
    pub fn new(config: HistoryConfig) -> Self {
        let office = config.office;
        let start_ms = office.start_ms;
        let interval_ms = config.interval_ms.max(1);
        let mut rng = rng(office.seed, Purpose::Sweeps, 0, 0);
        let start = Timestamp::saturating_from_ms(start_ms);
        Self {
            outages: Outages::draw(office.seed, start_ms, config.end_ms()),
            roster: Roster::new(World::new(office).with_changes_percent(CHANGES_PERCENT)),
            days: Days::from(start_ms),
            unseen: Vec::new(),
            next_slot_ms: start_ms,
            offset_ms: between(&mut rng, 0, interval_ms / 4),
            listed_at_ms: None,
            unlisted: Vec::new(),
            sweep: no_sweep(&config, start, String::new()),
            differing: Vec::new(),
            last_requests: Vec::new(),
            config: HistoryConfig {
                interval_ms,
                ..config
            },
        }
    }

    /// The office that is looked at.
    pub fn world(&self) -> &World {
        self.roster.world()
    }

    /// The office that was looked at, to ask what really happened.
    pub fn into_world(self) -> World {
        self.roster.into_world()
    }

    /// When no sweeps are made.
    pub fn outages(&self) -> &Outages {
        &self.outages
    }

    /// How many sweeps there are at most: some slots pass while the collector is down.
    pub fn slot_count(&self) -> u64 {
        let window_ms = self.config.end_ms() - self.config.office.start_ms;
        u64::try_from(window_ms.div_euclid(self.config.interval_ms)).unwrap_or(0)
    }

    /// How many slots have passed.
    pub fn slots_passed(&self) -> u64 {
        let passed_ms = self.next_slot_ms - self.config.office.start_ms;
        u64::try_from(passed_ms.div_euclid(self.config.interval_ms)).unwrap_or(0)
    }

    /// The next sweep; `None` when the history ends.
    pub fn next_sweep(&mut self) -> Option<NextSweep<'_>> {
        let (slot_ms, started_ms, mut rng) = self.next_start()?;
        let started_at = Timestamp::saturating_from_ms(started_ms);
        // What was handed out goes back, but not what is not everyone.
        if self.sweep.status == SweepStatus::Complete && self.roster.seen.is_empty() {
            self.roster.seen = std::mem::take(&mut self.sweep.observations);
        }
        self.sweep = no_sweep(&self.config, started_at, format!("poll:{slot_ms}"));
        self.differing.clear();
        self.last_requests.clear();
        if one_in(&mut rng, LOOKS_PER_FAILED) {
            self.fail(&mut rng);
        } else {
            self.observe(&mut rng, started_ms);
        }
        Some(NextSweep {
            sweep: &self.sweep,
            differing: &self.differing,
            last_requests: &self.last_requests,
        })
    }

    /// The next slot in which the collector is up and has ended the sweep before, when the sweep begins, and its random numbers.
    fn next_start(&mut self) -> Option<(i64, i64, ChaCha8Rng)> {
        loop {
            let slot_ms = self.next_slot_ms;
            let mut rng = rng(
                self.config.office.seed,
                Purpose::Sweeps,
                slot_ms.cast_unsigned(),
                1,
            );
            let late_ms = between(&mut rng, 0, (self.config.interval_ms - 1).min(99));
            let started_ms = slot_ms + self.offset_ms + late_ms;
            if started_ms >= self.config.end_ms() {
                return None;
            }
            self.next_slot_ms += self.config.interval_ms;
            let is_first = self.sweep.idempotency_key.is_empty();
            let is_free = is_first || self.sweep.finished_at.as_ms() < started_ms;
            if is_free && self.outages.until(started_ms).is_none() {
                return Some((slot_ms, started_ms, rng));
            }
        }
    }

    fn fail(&mut self, rng: &mut ChaCha8Rng) {
        let gave_up_ms = between(rng, 1_000, 20_000).min(self.config.interval_ms / 2);
        self.sweep.status = SweepStatus::Failed;
        self.sweep.finished_at = self.sweep.started_at.plus_ms(gave_up_ms);
        self.sweep.detail = Some(Cause::Unavailable.detail("the platform did not answer in time"));
    }

    fn observe(&mut self, rng: &mut ChaCha8Rng, started_ms: i64) {
        let (came, gone) = self.roster.move_to(started_ms);
        let last_seen = |seen: &Observation| (seen.extension_id, seen.requested_at);
        self.last_requests.extend(gone.iter().map(last_seen));
        self.sweep.directory = self.listing(started_ms);
        let pages = Pages::draw(rng, started_ms, self.roster.seen.len());
        // A look in which someone comes is whole, so that anyone who is kept as seen was seen.
        let may_miss = pages.count() > 1 && came.is_empty();
        let missed = (may_miss && one_in(rng, LOOKS_PER_PARTIAL))
            .then(|| usize::try_from(between(rng, 0, pages.last())).unwrap_or(0));
        for &person in &came {
            self.differing.extend(self.roster.place(person));
        }
        self.unlisted.extend(came);
        self.show_changes(&pages, missed);
        self.stamp(&pages, missed);
        self.sweep.finished_at = Timestamp::saturating_from_ms(pages.finished_ms());
        self.sweep.expected_count = i64::try_from(self.roster.seen.len()).ok();
        self.sweep.clock_skew_ms = Some(between(rng, -40, 40));
        match missed {
            None => {
                self.sweep.status = SweepStatus::Complete;
                self.sweep.observations = std::mem::take(&mut self.roster.seen);
            }
            Some(page) => self.leave_out(page, &pages),
        }
    }

    /// What the directory lists: everyone once a day, and anyone who came in the sweep before.
    fn listing(&mut self, at_ms: i64) -> Vec<DirectoryEntry> {
        let is_due = self
            .listed_at_ms
            .is_none_or(|listed_ms| at_ms - listed_ms >= LISTING_MS);
        let unlisted = std::mem::take(&mut self.unlisted);
        if is_due {
            self.listed_at_ms = Some(at_ms);
            return self.roster.directory(at_ms);
        }
        let still_there = |person: &usize| self.roster.place(*person).is_some();
        let unlisted = unlisted.into_iter().filter(still_there);
        unlisted
            .map(|person| self.roster.entry(person, at_ms))
            .collect()
    }

    /// Lets the pages that came show what has changed until each was made.
    fn show_changes(&mut self, pages: &Pages, missed: Option<usize>) {
        let mut doings = std::mem::take(&mut self.unseen);
        while let Some(doing) = self.days.next(self.roster.world(), pages.finished_ms()) {
            doings.push(doing);
        }
        for doing in doings {
            let Some(place) = self.roster.place(doing.person) else {
                continue;
            };
            let page = place / PAGE_SIZE;
            if missed == Some(page) || doing.at_ms > pages.made_ms[page] {
                self.unseen.push(doing);
                continue;
            }
            self.roster.seen[place].presence = self.roster.presence(doing.person, doing.condition);
            self.differing.push(place);
        }
        self.differing.sort_unstable();
        self.differing.dedup();
        if let Some(page) = missed {
            let out = pages.range(page);
            self.differing.retain(|place| !out.contains(place));
        }
        let seen = &self.roster.seen;
        let differing = self.differing.iter().map(|place| &seen[*place]);
        self.last_requests
            .extend(differing.map(|one| (one.extension_id, one.requested_at)));
    }

    /// Gives the observations of the pages that came their times.
    fn stamp(&mut self, pages: &Pages, missed: Option<usize>) {
        for page in (0..pages.count()).filter(|page| missed != Some(*page)) {
            let (requested_at, received_at) = pages.times[page];
            for seen in &mut self.roster.seen[pages.range(page)] {
                seen.requested_at = requested_at;
                seen.received_at = received_at;
            }
        }
    }

    /// Makes the sweep one that lacks a page.
    fn leave_out(&mut self, page: usize, pages: &Pages) {
        let out = pages.range(page);
        let seen = &self.roster.seen;
        self.sweep.status = SweepStatus::Partial;
        self.sweep.observations = [&seen[..out.start], &seen[out.end..]].concat();
        let missed = format!("page {} of {} did not come", page + 1, pages.count());
        self.sweep.detail = Some(Cause::Unavailable.detail(&missed));
        for place in &mut self.differing {
            if *place >= out.end {
                *place -= out.len();
            }
        }
    }
}

fn no_sweep(config: &HistoryConfig, started_at: Timestamp, idempotency_key: String) -> Sweep {
    Sweep {
        account_id: AccountId(config.office.account_id),
        source: Source::Poll,
        status: SweepStatus::Failed,
        started_at,
        finished_at: started_at,
        valid_for_ms: config.valid_for_ms(),
        expected_count: None,
        observations: Vec::new(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key,
        detail: None,
    }
}

/// The times of a sweep's pages, which are asked for one after another.
struct Pages {
    /// When each was asked for and had come.
    times: Vec<(Timestamp, Timestamp)>,
    /// The moment whose state each shows.
    made_ms: Vec<i64>,
    extension_count: usize,
}

impl Pages {
    fn draw(rng: &mut ChaCha8Rng, started_ms: i64, extension_count: usize) -> Self {
        let count = extension_count.div_ceil(PAGE_SIZE).max(1);
        let mut at_ms = started_ms;
        let (mut times, mut made) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let requested_ms = at_ms + between(rng, 1, 12);
            let made_ms = requested_ms + between(rng, 30, 200);
            let received_ms = made_ms + between(rng, 60, 700);
            times.push((requested_ms, received_ms));
            made.push(made_ms);
            at_ms = received_ms;
        }
        let at = Timestamp::saturating_from_ms;
        Self {
            times: times
                .into_iter()
                .map(|(from, until)| (at(from), at(until)))
                .collect(),
            made_ms: made,
            extension_count,
        }
    }

    fn count(&self) -> usize {
        self.times.len()
    }

    fn last(&self) -> i64 {
        i64::try_from(self.count() - 1).unwrap_or(i64::MAX)
    }

    fn range(&self, page: usize) -> Range<usize> {
        page * PAGE_SIZE..((page + 1) * PAGE_SIZE).min(self.extension_count)
    }

    fn finished_ms(&self) -> i64 {
        self.times
            .last()
            .map_or(0, |(_, received_at)| received_at.as_ms())
    }
}
