//! Sequences of sweeps from a seed: with gaps, missed pages, people who go and come back, odd texts, and duplicate
//! records.

use std::sync::Arc;

use presence_model::facet::STATE_FACET_COUNT;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::observation::{
    DirectoryEntry, NotFound, Observation, Source, Sweep, SweepStatus,
};
use presence_model::profile::ProfileUpdate;
use presence_model::state::{Interner, Presence};
use presence_model::time::Timestamp;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::queues::Queues;

/// Monday, 2 November 2026, 08:00 UTC.
pub(crate) const START_MS: i64 = 1_793_606_400_000;

/// A mean month: added to the start several times, it leads to the first days of the next months.
pub(crate) const MONTH_MS: i64 = 2_629_800_000;

/// How long a sweep is valid.
pub(crate) const VALID_FOR_MS: i64 = 180_000;

/// Texts that break careless quoting, sorting or truncation.
const ODD_TEXTS: [&str; 6] = [
    "it's \"quoted\"; drop table event; --",
    "naïve café — 日本語 🦀",
    " spaces around ",
    "line\nbreak\tand tab",
    "%_*?",
    "\u{202e}right to left",
];

/// An account whose extensions change at random; the same seed gives the same sweeps.
pub(crate) struct Office {
    account_id: AccountId,
    random: ChaCha8Rng,
    interner: Interner,
    extensions: Vec<Extension>,
    now_ms: i64,
    sweep_no: u64,
    /// How likely each extension changes from one sweep to the next.
    change_rate: f64,
    /// Whether everything works.
    is_calm: bool,
    /// Its queues; a calm office has none.
    queues: Option<Queues>,
}

struct Extension {
    id: ExtensionId,
    number: Option<String>,
    exists: bool,
    values: [Option<String>; STATE_FACET_COUNT],
    message: Option<String>,
}

impl Office {
    /// A small office in which every kind of event happens often.
    pub(crate) fn wild(seed: u64, account_id: AccountId) -> Self {
        Self::new(seed, account_id, 9, 0.2, false)
    }

    /// An office of `count` people of whom each changes with the given probability; every sweep is complete.
    pub(crate) fn calm(seed: u64, account_id: AccountId, count: i64, change_rate: f64) -> Self {
        Self::new(seed, account_id, count, change_rate, true)
    }

    fn new(seed: u64, account_id: AccountId, count: i64, change_rate: f64, is_calm: bool) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let extensions = (0..count).map(|index| Extension {
            id: ExtensionId(62_264_425_008 + index * 1000 + random.random_range(0..900)),
            number: Some((101 + index).to_string()),
            exists: is_calm || random.random_bool(0.8),
            values: Default::default(),
            message: None,
        });
        let extensions: Vec<_> = extensions.collect();
        let ids: Vec<_> = extensions.iter().map(|extension| extension.id).collect();
        let mut office = Self {
            account_id,
            random,
            interner: Interner::default(),
            extensions,
            now_ms: START_MS,
            sweep_no: 0,
            change_rate,
            is_calm,
            queues: (!is_calm).then(|| Queues::new(seed, &ids, START_MS)),
        };
        for index in 0..office.extensions.len() {
            office.change(index);
        }
        office
    }

    /// No sweep is made, and nothing changes, until `moment`.
    pub(crate) fn sleep_until(&mut self, moment: Timestamp) {
        assert!(moment.as_ms() > self.now_ms, "time runs forward");
        self.now_ms = moment.as_ms();
    }

    /// The next sweeps.
    pub(crate) fn sweeps(&mut self, count: usize) -> Vec<Sweep> {
        (0..count).map(|_| self.sweep()).collect()
    }

    /// No sweep is made for this long.
    pub(crate) fn pause(&mut self, duration_ms: i64) {
        self.now_ms += duration_ms;
    }

    /// The next sweep.
    pub(crate) fn sweep(&mut self) -> Sweep {
        self.live();
        let duration_ms = self.random.random_range(200..3000);
        let started_at = Timestamp::saturating_from_ms(self.now_ms);
        let finished_at = started_at.plus_ms(duration_ms);
        let status = self.status();
        let mut sweep = Sweep {
            account_id: self.account_id,
            source: if self.random.random_bool(0.5) {
                Source::Poll
            } else {
                Source::Import
            },
            status,
            started_at,
            finished_at,
            valid_for_ms: VALID_FOR_MS,
            expected_count: self
                .random
                .random_bool(0.7)
                .then_some(i64::try_from(self.extensions.len()).expect("it is a count")),
            observations: Vec::new(),
            not_found: Vec::new(),
            withheld: Vec::new(),
            directory: Vec::new(),
            queue_sweeps: Vec::new(),
            clock_skew_ms: self
                .random
                .random_bool(0.5)
                .then(|| self.random.random_range(-900..900)),
            idempotency_key: format!("look {}", self.sweep_no),
            detail: (status != SweepStatus::Complete).then(|| "page 2 was missed".to_owned()),
        };
        if status.observes() {
            self.observe(&mut sweep);
        }
        if let Some(queues) = &mut self.queues {
            sweep.queue_sweeps = queues.sweeps(&sweep);
        }
        self.sweep_no += 1;
        sweep
    }

    /// Time passes and states change.
    fn live(&mut self) {
        let pause_ms = match self.random.random_range(0..20) {
            0 if !self.is_calm => 3_600_000,
            1 if !self.is_calm => VALID_FOR_MS,
            2 if !self.is_calm => VALID_FOR_MS + 1,
            _ => 60_000,
        };
        self.now_ms += pause_ms;
        for index in 0..self.extensions.len() {
            if self.random.random_bool(self.change_rate) {
                self.change(index);
            }
            if !self.is_calm && self.random.random_bool(0.04) {
                self.extensions[index].exists ^= true;
            }
        }
    }

    fn change(&mut self, index: usize) {
        const STATUS: [Option<&str>; 4] = [Some("Available"), Some("Busy"), Some("Offline"), None];
        const CALLS: [Option<&str>; 4] = [
            Some("NoCall"),
            Some("Ringing"),
            Some("CallConnected"),
            Some(""),
        ];
        const DND: [Option<&str>; 3] = [
            Some("TakeAllCalls"),
            Some("DoNotAcceptAnyCalls"),
            Some("A new value"),
        ];
        let owned = |value: Option<&&str>| value.map(|text| (*text).to_owned());
        let random = &mut self.random;
        let extension = &mut self.extensions[index];
        let mut pick = |values: &[Option<&str>]| {
            let value = values.choose(random).expect("there are some");
            owned(value.as_ref())
        };
        extension.values[0] = pick(&STATUS);
        extension.values[1] = pick(&STATUS);
        extension.values[2] = pick(&CALLS);
        extension.values[3] = pick(&DND);
        extension.values[12] = pick(&CALLS);
        if !self.is_calm && random.random_bool(0.3) {
            extension.message = owned(ODD_TEXTS.choose(random));
        } else if random.random_bool(0.1) {
            extension.message = None;
        }
    }

    fn status(&mut self) -> SweepStatus {
        if self.is_calm {
            return SweepStatus::Complete;
        }
        match self.random.random_range(0..20) {
            0..=2 => SweepStatus::Partial,
            3 => SweepStatus::Failed,
            4 => SweepStatus::Skipped,
            _ => SweepStatus::Complete,
        }
    }

    fn observe(&mut self, sweep: &mut Sweep) {
        for index in 0..self.extensions.len() {
            let missed = sweep.status == SweepStatus::Partial && self.random.random_bool(0.5);
            let exists = self.extensions[index].exists;
            if exists && !missed {
                let seen = self.observation(index, sweep);
                sweep.observations.push(seen);
            }
            if !exists && !self.is_calm && self.random.random_bool(0.2) {
                sweep.not_found.push(NotFound {
                    extension_id: self.extensions[index].id,
                    received_at: self.moment(sweep),
                });
            }
            if !self.is_calm && self.random.random_bool(0.05) {
                let entry = self.directory_entry(index, sweep);
                sweep.directory.push(entry);
            }
        }
        if !self.is_calm && self.random.random_bool(0.1) && !sweep.observations.is_empty() {
            // An extension moved from one page to the next: two records, in any order.
            let index = self.random.random_range(0..sweep.observations.len());
            let mut again = sweep.observations[index].clone();
            again.received_at = sweep.finished_at;
            let at = self.random.random_range(0..=sweep.observations.len());
            sweep.observations.insert(at, again);
        }
    }

    fn observation(&mut self, index: usize, sweep: &Sweep) -> Observation {
        let received_at = self.moment(sweep);
        let extension = &self.extensions[index];
        let values = extension.values.each_ref().map(Option::as_deref);
        Observation {
            extension_id: extension.id,
            extension_number: extension.number.as_deref().map(Arc::from),
            requested_at: sweep.started_at.max(received_at.plus_ms(-150)),
            received_at,
            presence: Presence {
                state: self.interner.state(&values),
                message: extension.message.as_deref().map(Arc::from),
            },
        }
    }

    fn directory_entry(&mut self, index: usize, sweep: &Sweep) -> DirectoryEntry {
        const NAMES: [&str; 3] = ["Extension A", "Extension B", "Ext. \u{1F980}"];
        let random = &mut self.random;
        let mut maybe = |values: &[&str]| {
            let value = values.choose(random).map(|text| (*text).to_owned());
            random
                .random_bool(0.7)
                .then(|| value.filter(|_| random.random_bool(0.8)))
        };
        let update = ProfileUpdate {
            name: maybe(&NAMES),
            extension_type: maybe(&["User", "IvrMenu"]),
            department: maybe(&["Sales", "Support"]),
            site: maybe(&["Main Site"]),
            time_zone: maybe(&["Europe/Berlin", "America/Vancouver"]),
            queues: random.random_bool(0.5).then(|| {
                ODD_TEXTS[..random.random_range(0..3)]
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect()
            }),
            ..ProfileUpdate::default()
        };
        DirectoryEntry {
            extension_id: self.extensions[index].id,
            received_at: self.moment(sweep),
            update,
        }
    }

    /// Some moment of the sweep.
    fn moment(&mut self, sweep: &Sweep) -> Timestamp {
        let duration_ms = sweep.finished_at.since_ms(sweep.started_at);
        sweep
            .started_at
            .plus_ms(self.random.random_range(0..=duration_ms))
    }
}
