//! What names and groups people: kept known in the time between sweeps.
//!
//! The extension list, the sites and the call queues take a few requests and are asked for before the first sweep
//! and once a day. Time zones are in no list: they take a request for each person (reference, "Extensions"), so they
//! are asked for a few at a time, and once a week. What zones the sites and the account have is handed over by itself:
//! it is no part of anyone's profile, and anyone who asks assumes from it a zone that is not known.
//!
//! There is no second task: anyone who has time to spare calls [`Directory::work`], and what was learned is handed to
//! the next sweep.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::future::Future;

use presence_model::ids::{ExtensionId, QueueId};
use presence_model::known::AccountState;
use presence_model::observation::{DirectoryEntry, Observation};
use presence_model::profile::{PEOPLE_TYPES, ProfileUpdate};
use presence_model::time::Timestamp;
use presence_ringcentral::{Answer, PresenceSource, SourceError};
use presence_ringcentral_wire::{Account, CallQueue, Extension, PAGES_MAX, Page, Site};
use presence_store::SiteZone;

use super::schedule::scattered;

const LIST_AGE_MS_MAX: i64 = 24 * 3_600_000;
const ZONE_AGE_MS_MAX: i64 = 7 * 24 * 3_600_000;
/// A sweep that shows someone new brings the next list forward, but not closer to the previous one than this.
const LIST_AGE_MS_MIN: i64 = 10 * 60_000;
/// After an error nothing is asked for this long.
const PAUSE_MS: i64 = 60_000;

/// Something to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    Sites,
    List,
    Queues,
    Members(ExtensionId),
    Person(ExtensionId),
}

/// What came of an errand.
enum Finding {
    Sites(Vec<Site>),
    List(Vec<Extension>),
    Queues(Vec<CallQueue>),
    Members(ExtensionId, Vec<ExtensionId>),
    Person(ExtensionId, Option<Box<Extension>>),
}

/// How much [`Directory::work`] may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Everything but time zones, as far as so many requests go.
    Lists(usize),
    /// So many requests of any kind.
    Any(usize),
}

/// What names and groups the extensions of an account.
#[derive(Debug, Default)]
pub struct Directory {
    account_zone: Option<String>,
    sites: HashMap<String, Site>,
    people: BTreeMap<ExtensionId, Person>,
    listed: HashSet<ExtensionId>,
    /// Anyone who was seen without being listed, and has brought a list forward for it.
    unlisted: HashSet<ExtensionId>,
    /// `None` until the list of call queues is known.
    queues: Option<BTreeMap<ExtensionId, Queue>>,
    errands: VecDeque<Errand>,
    list_asked_at: Option<Timestamp>,
    paused_until: Option<Timestamp>,
    learned: Vec<DirectoryEntry>,
    /// The zones of sites have been listed, or the account's is known, and are not kept yet.
    has_untold_zones: bool,
    warnings: Vec<String>,
}

/// An extension that has a time zone.
#[derive(Debug, Default)]
struct Person {
    has_zone: bool,
    zone_asked_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Queue {
    name: String,
    members: Option<BTreeSet<ExtensionId>>,
}

impl Directory {
    /// A directory that has yet to be asked for; zones that the history has are taken for known.
    pub fn new(account: &Account, known: &AccountState) -> Self {
        let zones_known = known.extensions.iter().filter(|(_, extension)| {
            let profile = extension.profile.as_ref();
            profile.is_some_and(|profile| profile.value.time_zone.is_some())
        });
        Self {
            account_zone: account.time_zone.clone(),
            has_untold_zones: account.time_zone.is_some(),
            people: zones_known
                .map(|(id, _)| {
                    let person = Person {
                        has_zone: true,
                        zone_asked_at: None,
                    };
                    (*id, person)
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Asks for what is due, within `effort` and until `by`. An error is remembered as a warning and asked again
    /// later; only one that stops collecting is given back.
    pub async fn work(
        &mut self,
        source: &dyn PresenceSource,
        now: Timestamp,
        by: Timestamp,
        effort: Effort,
    ) -> Result<(), SourceError> {
        self.plan(now);
        let requests = match effort {
            Effort::Lists(requests) | Effort::Any(requests) => requests,
        };
        for _ in 0..requests {
            let Some(errand) = self.next(now, effort) else {
                break;
            };
            match ask(source, errand, by).await {
                Ok(answer) => {
                    self.errands.pop_front();
                    self.learn(answer.value, answer.received_at);
                }
                Err(error) => self.put_off(errand, error, now)?,
            }
        }
        Ok(())
    }

    /// Whether a list is left to ask for now.
    pub fn has_list_work(&self, now: Timestamp) -> bool {
        self.is_list_due(now) || self.next(now, Effort::Lists(1)).is_some()
    }

    /// How many extensions the latest list has.
    pub fn listed_count(&self) -> usize {
        self.listed.len()
    }

    /// The call queues; `None` while their list is not known.
    pub fn queue_ids(&self) -> Option<Vec<QueueId>> {
        let queues = self.queues.as_ref()?;
        Some(queues.keys().map(|id| QueueId(id.0)).collect())
    }

    /// Whether anything is left to ask for.
    pub fn has_work(&self, now: Timestamp) -> bool {
        self.is_list_due(now) || !self.errands.is_empty()
    }

    /// What was learned and not yet delivered.
    pub fn learned(&self) -> &[DirectoryEntry] {
        &self.learned
    }

    /// The first `count` of what was learned are part of the history now.
    pub fn delivered(&mut self, count: usize) {
        self.learned.drain(..count.min(self.learned.len()));
    }

    /// Anyone who was seen but is not listed brings the next list forward.
    pub fn note_seen(&mut self, seen: &[Observation], now: Timestamp) {
        let is_early = |at: Timestamp| now.since_ms(at) < LIST_AGE_MS_MIN;
        if self.list_asked_at.is_none_or(is_early) {
            return;
        }
        let count = self.unlisted.len();
        let new = seen.iter().map(|seen| seen.extension_id);
        self.unlisted
            .extend(new.filter(|id| !self.listed.contains(id)));
        if self.unlisted.len() > count {
            self.list_asked_at = None;
        }
    }

    /// The zones of the sites, and the account's under the empty name, if they are not kept yet. Sites of the same name
    /// that are in different zones are left out.
    pub fn untold_zones(&self, since: Timestamp) -> Vec<SiteZone> {
        if !self.has_untold_zones {
            return Vec::new();
        }
        let mut zones: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for site in self.sites.values() {
            if let (Some(name), Some(zone)) = (&site.name, &site.time_zone) {
                let known = zones.entry(name).or_insert(Some(zone));
                *known = known.filter(|known| known == zone);
            }
        }
        zones.insert("", self.account_zone.as_deref());
        let zones = zones.into_iter().filter_map(|(site, zone)| {
            Some(SiteZone {
                site: site.to_owned(),
                since,
                time_zone: zone?.to_owned(),
            })
        });
        zones.collect()
    }

    /// The zones of the sites are kept now.
    pub fn zones_told(&mut self) {
        self.has_untold_zones = false;
    }

    /// What went wrong since last asked, for people.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn is_list_due(&self, now: Timestamp) -> bool {
        self.list_asked_at
            .is_none_or(|at| now.since_ms(at) >= LIST_AGE_MS_MAX)
    }

    fn plan(&mut self, now: Timestamp) {
        if self.is_list_due(now) {
            self.list_asked_at = Some(now);
            self.queues = None;
            self.errands
                .retain(|errand| matches!(errand, Errand::Person(_)));
            for errand in [Errand::Queues, Errand::List, Errand::Sites] {
                self.errands.push_front(errand);
            }
        }
    }

    fn next(&self, now: Timestamp, effort: Effort) -> Option<Errand> {
        if self.paused_until.is_some_and(|until| now < until) {
            return None;
        }
        let errand = *self.errands.front()?;
        match (effort, errand) {
            (Effort::Lists(_), Errand::Person(_)) => None,
            _ => Some(errand),
        }
    }

    fn put_off(
        &mut self,
        errand: Errand,
        error: SourceError,
        now: Timestamp,
    ) -> Result<(), SourceError> {
        match error {
            SourceError::LoginRefused(_) => return Err(error),
            SourceError::PermissionMissing(_) if errand == Errand::List => return Err(error),
            SourceError::RateLimited { retry_at, .. } => self.paused_until = Some(retry_at),
            SourceError::Unavailable { .. } | SourceError::Maintenance { .. } => {
                self.paused_until = Some(now.plus_ms(PAUSE_MS));
                self.warnings
                    .push(format!("{error}; it will be requested again later"));
            }
            error => {
                // It would fail again; the next list asks again. An account may well have no sites.
                self.errands.pop_front();
                if errand != Errand::Sites {
                    self.warnings.push(error.to_string());
                }
            }
        }
        Ok(())
    }

    fn learn(&mut self, finding: Finding, received_at: Timestamp) {
        match finding {
            Finding::Sites(sites) => {
                self.sites = sites
                    .into_iter()
                    .map(|site| (site.site_id.clone(), site))
                    .collect();
                self.has_untold_zones = true;
            }
            Finding::List(extensions) => self.learn_list(extensions, received_at),
            Finding::Queues(queues) => self.learn_queues(queues, received_at),
            Finding::Members(queue_id, members) => {
                let queue = self.queues.as_mut().and_then(|all| all.get_mut(&queue_id));
                if let Some(queue) = queue {
                    queue.members = Some(members.into_iter().collect());
                }
                self.tell_queues(received_at);
            }
            Finding::Person(id, extension) => self.learn_person(id, extension, received_at),
        }
    }

    fn learn_list(&mut self, extensions: Vec<Extension>, received_at: Timestamp) {
        self.listed = extensions.iter().map(|one| one.extension_id).collect();
        let mut to_ask = Vec::new();
        for extension in extensions {
            let id = extension.extension_id;
            if has_time_zone(&extension.update) {
                let person = self.people.entry(id).or_default();
                let is_due = person
                    .zone_asked_at
                    .is_none_or(|at| received_at.since_ms(at) >= ZONE_AGE_MS_MAX);
                if is_due {
                    to_ask.push((person.has_zone, id));
                }
            }
            self.tell(id, received_at, extension.update);
        }
        // Those of whom nothing is known first; else in an order of its own each time, so that runs that end early
        // come to everyone in the end.
        let shuffled = |id: ExtensionId| scattered(id.0 ^ received_at.as_ms());
        to_ask.sort_by_key(|(has_zone, id)| (*has_zone, shuffled(*id)));
        self.errands
            .retain(|errand| !matches!(errand, Errand::Person(_)));
        self.errands
            .extend(to_ask.into_iter().map(|(_, id)| Errand::Person(id)));
        self.tell_queues(received_at);
    }

    fn learn_queues(&mut self, queues: Vec<CallQueue>, received_at: Timestamp) {
        let queues: BTreeMap<ExtensionId, Queue> = queues
            .into_iter()
            .map(|queue| {
                let name = queue.name.or(queue.extension_number);
                let name = name.unwrap_or_else(|| queue.extension_id.to_string());
                let members = None;
                (queue.extension_id, Queue { name, members })
            })
            .collect();
        for id in queues.keys().rev() {
            self.errands.push_front(Errand::Members(*id));
        }
        self.queues = Some(queues);
        self.tell_queues(received_at);
    }

    /// Publishes everyone's queues once all members of all queues are known: before, no one's are.
    fn tell_queues(&mut self, received_at: Timestamp) {
        let is_waiting =
            |errand: &Errand| matches!(errand, Errand::List | Errand::Queues | Errand::Members(_));
        let Some(queues) = &self.queues else {
            return;
        };
        if self.errands.iter().any(is_waiting) || queues.values().any(|one| one.members.is_none()) {
            return;
        }
        let mut queues_of: BTreeMap<ExtensionId, Vec<String>> = self
            .people
            .keys()
            .filter(|id| self.listed.contains(id))
            .map(|id| (*id, Vec::new()))
            .collect();
        for queue in queues.values() {
            for member in queue.members.iter().flatten() {
                queues_of
                    .entry(*member)
                    .or_default()
                    .push(queue.name.clone());
            }
        }
        for (id, queues) in queues_of {
            let update = ProfileUpdate {
                queues: Some(queues),
                ..ProfileUpdate::default()
            };
            self.tell(id, received_at, update);
        }
    }

    fn learn_person(
        &mut self,
        id: ExtensionId,
        extension: Option<Box<Extension>>,
        received_at: Timestamp,
    ) {
        let person = self.people.entry(id).or_default();
        person.zone_asked_at = Some(received_at);
        let Some(extension) = extension else {
            return;
        };
        let mut update = extension.update;
        match &update.time_zone {
            Some(Some(_)) => person.has_zone = true,
            // It says none: nothing is known of it.
            _ => update.time_zone = None,
        }
        self.tell(id, received_at, update);
    }

    fn tell(&mut self, extension_id: ExtensionId, received_at: Timestamp, update: ProfileUpdate) {
        self.learned.push(DirectoryEntry {
            extension_id,
            received_at,
            update,
        });
    }
}

/// Whether an extension is a person who may have a time zone of their own; one that is not assigned is no one yet.
fn has_time_zone(update: &ProfileUpdate) -> bool {
    let told = |field: &Option<Option<String>>| field.clone().flatten();
    let is_person =
        told(&update.extension_type).is_none_or(|kind| PEOPLE_TYPES.contains(&kind.as_str()));
    is_person && told(&update.status).as_deref() != Some("Unassigned")
}

async fn ask(
    source: &dyn PresenceSource,
    errand: Errand,
    by: Timestamp,
) -> Result<Answer<Finding>, SourceError> {
    match errand {
        Errand::Sites => {
            let sites = all_pages(|page| source.site_page(page, by)).await?;
            Ok(sites.map(|sites| Finding::Sites(sites.records)))
        }
        Errand::List => {
            let list = all_pages(|page| source.extension_page(page, by)).await?;
            Ok(list.map(|list| Finding::List(list.records)))
        }
        Errand::Queues => {
            let queues = all_pages(|page| source.queue_page(page, by)).await?;
            Ok(queues.map(|queues| Finding::Queues(queues.records)))
        }
        Errand::Members(queue_id) => {
            let members = all_pages(|page| source.queue_member_page(queue_id, page, by)).await?;
            if !members.value.is_whole {
                // Anyone who is missing from it would lose the queue.
                return Err(SourceError::Unavailable {
                    what: "a call queue's members",
                    why: "the list changed while it was read, or lacks records".to_owned(),
                });
            }
            Ok(members.map(|members| Finding::Members(queue_id, members.records)))
        }
        Errand::Person(id) => {
            let person = source.extension(id, by).await?;
            // An answer about someone else says nothing of the one who was asked for.
            let own = |extension: Option<Extension>| extension.filter(|one| one.extension_id == id);
            Ok(person.map(|extension| Finding::Person(id, own(extension).map(Box::new))))
        }
    }
}

/// More records than any account has are not listed.
const LISTED_MAX: usize = 1_000_000;

/// All records of a list, and whether it had no more.
struct Listing<T> {
    records: Vec<T>,
    is_whole: bool,
}

async fn all_pages<T, F>(mut ask: impl FnMut(u32) -> F) -> Result<Answer<Listing<T>>, SourceError>
where
    F: Future<Output = Result<Answer<Page<T>>, SourceError>>,
{
    let mut records: Vec<T> = Vec::new();
    let mut is_whole = true;
    let mut total_before = None;
    let mut page = 1;
    loop {
        let answer = ask(page).await?;
        let content = &answer.value;
        let total = content.paging.total_elements;
        is_whole &= total_before.is_none_or(|before| before == total);
        is_whole &= content.records.len() == content.record_count;
        total_before = Some(total);
        // An empty page is the last one, whatever it says; and no account has more than so many.
        let is_empty = content.record_count == 0;
        let goes_on = match content.paging.total_pages {
            Some(pages) => i64::from(page) < pages,
            None => content.has_next && !is_empty,
        };
        let is_full = page >= PAGES_MAX || records.len() >= LISTED_MAX;
        is_whole &= !goes_on || !(is_full || is_empty);
        let is_last = !goes_on || is_full || is_empty;
        let (requested_at, received_at) = (answer.requested_at, answer.received_at);
        let clock_skew_ms = answer.clock_skew_ms;
        records.extend(answer.value.records);
        if is_last {
            return Ok(Answer {
                value: Listing { records, is_whole },
                requested_at,
                received_at,
                clock_skew_ms,
            });
        }
        page += 1;
    }
}
