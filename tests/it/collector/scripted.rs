//! A platform that follows a script: people with a status, and calls that fail when the script says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use presence_clock::{Clock, VirtualClock};
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::observation::Observation;
use presence_model::profile::ProfileUpdate;
use presence_model::queue::QueueMember;
use presence_model::state::{Interner, Presence};
use presence_model::time::Timestamp;
use presence_ringcentral::budget::RateLimit;
use presence_ringcentral::{Answer, PresenceSource, SourceError};
use presence_ringcentral_wire::{
    Account, CallQueue, Extension, Page, Paging, PresencePage, QueuePresence, Site,
};

use super::{ACCOUNT, at};

/// A call, by the name that tests use.
pub(super) type Call = String;

/// What happens to a call before it is answered.
pub(super) enum Happening {
    /// It fails.
    Fails(SourceError),
    /// It takes this long, in milliseconds (negative: the clock is set back).
    Takes(i64),
    /// The script changes first.
    Changes(Box<dyn FnOnce(&mut Office) + Send>),
    /// It is never answered.
    Hangs,
}

/// Who is there, and what the platform says about them.
pub(super) struct Office {
    /// What each shows as `presenceStatus`, by id.
    pub(super) people: BTreeMap<i64, &'static str>,
    /// How many records a page holds.
    pub(super) page_size: usize,
    /// Whether pages lack their last record, by page.
    pub(super) short_page: Option<u32>,
    /// How many extensions at the end are not in the list, although they can be requested individually.
    pub(super) unlisted: i64,
    /// Records that are repeated at the start of this page.
    pub(super) repeated_on: Option<u32>,
    /// The number of extensions that the pages claim, if it is not the number that they list.
    pub(super) told_total: Option<i64>,
    /// The first record of each page is repeated at its end.
    pub(super) doubles: bool,
    /// Pages do not give their number, only that another one follows.
    pub(super) never_ends: bool,
    pub(super) zones: BTreeMap<i64, &'static str>,
    pub(super) queues: BTreeMap<i64, Vec<i64>>,
    /// Who is signed out, by queue and person.
    pub(super) signed_out: BTreeSet<(i64, i64)>,
    pub(super) queue_limit: RateLimit,
    pub(super) skew_ms: Option<i64>,
    pub(super) limit: RateLimit,
}

struct Script {
    office: Office,
    interner: Interner,
    happenings: BTreeMap<Call, VecDeque<Happening>>,
    calls: Vec<Call>,
}

/// See the module.
pub(super) struct Platform {
    clock: Arc<VirtualClock>,
    script: Mutex<Script>,
}

pub(super) fn unavailable() -> SourceError {
    SourceError::Unavailable {
        what: "it",
        why: "503".to_owned(),
    }
}

impl Platform {
    /// People `101`, `102`, …, all available.
    pub(super) fn new(clock: &Arc<VirtualClock>, people: i64) -> Self {
        Self {
            clock: Arc::clone(clock),
            script: Mutex::new(Script {
                office: Office {
                    people: (101..101 + people).map(|id| (id, "Available")).collect(),
                    page_size: 1_000,
                    short_page: None,
                    unlisted: 0,
                    repeated_on: None,
                    told_total: None,
                    doubles: false,
                    never_ends: false,
                    zones: BTreeMap::new(),
                    queues: BTreeMap::new(),
                    signed_out: BTreeSet::new(),
                    queue_limit: RateLimit {
                        limit: 50,
                        window_ms: 60_000,
                    },
                    skew_ms: Some(0),
                    limit: RateLimit {
                        limit: 10,
                        window_ms: 60_000,
                    },
                },
                interner: Interner::default(),
                happenings: BTreeMap::new(),
                calls: Vec::new(),
            }),
        }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Office)) {
        change(&mut self.script().office);
    }

    /// The next calls of this name get these happenings, one each.
    pub(super) fn next(&self, call: &str, happenings: impl IntoIterator<Item = Happening>) {
        let mut script = self.script();
        let queue = script.happenings.entry(call.to_owned()).or_default();
        queue.extend(happenings);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.script().calls.clone()
    }

    pub(super) fn count(&self, prefix: &str) -> usize {
        let script = self.script();
        script
            .calls
            .iter()
            .filter(|call| call.starts_with(prefix))
            .count()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script
            .lock()
            .expect("no test panics inside the platform")
    }

    async fn answer<T>(
        &self,
        call: String,
        value: impl FnOnce(&mut Script, Timestamp, Timestamp) -> T,
    ) -> Result<Answer<T>, SourceError> {
        let requested_at = at(self.clock.now_ms());
        let happening = {
            let mut script = self.script();
            script.calls.push(call.clone());
            script
                .happenings
                .get_mut(&call)
                .and_then(VecDeque::pop_front)
        };
        match happening {
            None => {}
            Some(Happening::Fails(error)) => return Err(error),
            Some(Happening::Takes(ms)) => self.clock.advance(ms),
            Some(Happening::Changes(change)) => change(&mut self.script().office),
            Some(Happening::Hangs) => std::future::pending().await,
        }
        let received_at = at(self.clock.now_ms()).max(requested_at);
        let mut script = self.script();
        Ok(Answer {
            value: value(&mut script, requested_at, received_at),
            requested_at,
            received_at,
            clock_skew_ms: script.office.skew_ms,
        })
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

fn observation(
    script: &mut Script,
    id: i64,
    requested_at: Timestamp,
    received_at: Timestamp,
) -> Option<Observation> {
    let status = *script.office.people.get(&id)?;
    let mut values = [None; STATE_FACET_COUNT];
    let index = Facet::OF_STATE
        .iter()
        .position(|facet| *facet == Facet::PresenceStatus)
        .expect("it is one of a state's");
    values[index] = Some(status);
    Some(Observation {
        extension_id: ExtensionId(id),
        extension_number: None,
        requested_at,
        received_at,
        presence: Presence {
            state: script.interner.state(&values),
            message: None,
        },
    })
}

fn presence_page(
    script: &mut Script,
    page: u32,
    requested_at: Timestamp,
    received_at: Timestamp,
) -> PresencePage {
    let office = &script.office;
    let mut ids: Vec<i64> = office.people.keys().copied().collect();
    ids.truncate(ids.len() - usize::try_from(office.unlisted).expect("no fewer than none"));
    let size = office.page_size;
    let start = (page as usize - 1) * size;
    let end = (start + size).min(ids.len());
    let mut on_page: Vec<i64> = ids.get(start..end).unwrap_or_default().to_vec();
    let told = on_page.len();
    if office.repeated_on == Some(page) {
        on_page.insert(0, ids[start - 1]);
        on_page.pop();
    }
    if office.short_page == Some(page) {
        on_page.pop();
    }
    if office.doubles {
        on_page.extend(on_page.first().copied());
    }
    let count = |number: usize| i64::try_from(number).expect("few");
    let (told_total, never_ends) = (office.told_total, office.never_ends);
    let observations: Vec<Observation> = on_page
        .into_iter()
        .filter_map(|id| observation(script, id, requested_at, received_at))
        .collect();
    if never_ends {
        return PresencePage {
            record_count: observations.len(),
            observations,
            paging: Paging::default(),
            has_next: true,
            oddities: Vec::new(),
        };
    }
    PresencePage {
        record_count: observations.len(),
        observations,
        paging: Paging {
            page: Some(i64::from(page)),
            total_pages: Some(count(ids.len().div_ceil(size))),
            per_page: Some(count(size)),
            total_elements: Some(told_total.unwrap_or(count(ids.len()))),
            page_start: (told > 0).then(|| count(start)),
            page_end: (told > 0).then(|| count(start + told - 1)),
        },
        has_next: end < ids.len(),
        oddities: Vec::new(),
    }
}

fn extension(script: &Script, id: i64, with_zone: bool) -> Extension {
    let zone = script.office.zones.get(&id).map(|zone| (*zone).to_owned());
    Extension {
        extension_id: ExtensionId(id),
        update: ProfileUpdate {
            name: Some(Some(format!("Extension {id}"))),
            extension_type: Some(Some("User".to_owned())),
            status: Some(Some("Enabled".to_owned())),
            time_zone: with_zone.then_some(zone),
            ..ProfileUpdate::default()
        },
        site_id: (id % 2 == 0).then(|| "1".to_owned()),
        queue_ids: None,
    }
}

#[async_trait::async_trait]
impl PresenceSource for Platform {
    async fn account(&self, _: Timestamp) -> Result<Answer<Account>, SourceError> {
        self.answer("account".to_owned(), |_, _, _| Account {
            account_id: ACCOUNT,
            company_name: Some("Example, Inc.".to_owned()),
            time_zone: Some("America/Chicago".to_owned()),
        })
        .await
    }

    async fn presence_page(
        &self,
        page: u32,
        _: Timestamp,
    ) -> Result<Answer<PresencePage>, SourceError> {
        self.answer(
            format!("page {page}"),
            |script, requested_at, received_at| {
                presence_page(script, page, requested_at, received_at)
            },
        )
        .await
    }

    async fn presence(
        &self,
        extension_id: ExtensionId,
        _: Timestamp,
    ) -> Result<Answer<Option<Observation>>, SourceError> {
        let call = format!("presence {extension_id}");
        self.answer(call, |script, requested_at, received_at| {
            observation(script, extension_id.0, requested_at, received_at)
        })
        .await
    }

    async fn extension_page(
        &self,
        page: u32,
        _: Timestamp,
    ) -> Result<Answer<Page<Extension>>, SourceError> {
        self.answer(format!("list {page}"), |script, _, _| {
            let ids = script.office.people.keys();
            one_page(ids.map(|id| extension(script, *id, false)).collect())
        })
        .await
    }

    async fn extension(
        &self,
        extension_id: ExtensionId,
        _: Timestamp,
    ) -> Result<Answer<Option<Extension>>, SourceError> {
        self.answer(format!("extension {extension_id}"), |script, _, _| {
            let exists = script.office.people.contains_key(&extension_id.0);
            exists.then(|| extension(script, extension_id.0, true))
        })
        .await
    }

    async fn queue_page(
        &self,
        page: u32,
        _: Timestamp,
    ) -> Result<Answer<Page<CallQueue>>, SourceError> {
        self.answer(format!("queues {page}"), |script, _, _| {
            let queues = script.office.queues.keys().map(|id| CallQueue {
                extension_id: ExtensionId(*id),
                name: Some(format!("Queue {id}")),
                extension_number: None,
                status: None,
            });
            one_page(queues.collect())
        })
        .await
    }

    async fn queue_member_page(
        &self,
        queue_id: ExtensionId,
        _: u32,
        _: Timestamp,
    ) -> Result<Answer<Page<ExtensionId>>, SourceError> {
        self.answer(format!("members {queue_id}"), |script, _, _| {
            let members = &script.office.queues[&queue_id.0];
            one_page(members.iter().map(|id| ExtensionId(*id)).collect())
        })
        .await
    }

    async fn site_page(&self, page: u32, _: Timestamp) -> Result<Answer<Page<Site>>, SourceError> {
        self.answer(format!("sites {page}"), |_, _, _| {
            one_page(vec![Site {
                site_id: "1".to_owned(),
                name: Some("West".to_owned()),
                time_zone: Some("America/Los_Angeles".to_owned()),
            }])
        })
        .await
    }

    async fn queue_presence(
        &self,
        queue_id: QueueId,
        _: Timestamp,
    ) -> Result<Answer<Option<QueuePresence>>, SourceError> {
        self.answer(format!("takers {queue_id}"), |script, _, _| {
            let members = script.office.queues.get(&queue_id.0)?;
            let members = members.iter().map(|id| QueueMember {
                extension_id: ExtensionId(*id),
                accepts: Some(!script.office.signed_out.contains(&(queue_id.0, *id))),
            });
            Some(QueuePresence {
                members: members.collect(),
                is_whole: true,
                oddities: Vec::new(),
            })
        })
        .await
    }

    fn queue_presence_limit(&self) -> RateLimit {
        self.script().office.queue_limit
    }

    fn presence_page_limit(&self) -> RateLimit {
        self.script().office.limit
    }
}
