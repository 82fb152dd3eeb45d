//! A sweep as JSON, whole: what is read back has the same digest. Pure.
//!
//! States and messages that several people have stand once, in a list of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use presence_model::HashMap;
use presence_model::cause::Cause;
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::ids::{AccountId, ExtensionId, QueueId};
use presence_model::observation::{
    DirectoryEntry, NotFound, Observation, Source, Sweep, SweepStatus,
};
use presence_model::profile::ProfileUpdate;
use presence_model::queue::{QueueMember, QueueOutcome, QueueSweep};
use presence_model::state::{ContentHash, Interner, Presence, State};
use presence_model::time::Timestamp;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpooledSweep {
    account_id: i64,
    source: String,
    status: String,
    started_ms: i64,
    finished_ms: i64,
    valid_for_ms: i64,
    expected_count: Option<i64>,
    clock_skew_ms: Option<i64>,
    key: String,
    detail: Option<String>,
    states: Vec<BTreeMap<String, String>>,
    seen: Vec<Seen>,
    not_found: Vec<(i64, i64)>,
    withheld: Vec<i64>,
    directory: Vec<Entry>,
    /// There is none in spools of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    queue_sweeps: Vec<SpooledQueueSweep>,
}

/// Extension, number, when it was asked for and received, the state's place in the list, the message.
#[derive(Serialize, Deserialize)]
struct Seen(i64, Option<String>, i64, i64, usize, Option<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: i64,
    received_ms: i64,
    /// The texts of the profile that were listed, by name; `null`: listed as absent.
    texts: BTreeMap<String, Option<String>>,
    queues: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpooledQueueSweep {
    queue: i64,
    requested_ms: i64,
    received_ms: i64,
    valid_for_ms: i64,
    /// Each member, and whether it takes calls; absent if the sweep failed.
    members: Option<Vec<(i64, Option<bool>)>>,
    /// Why it failed: the word and the sentence.
    failure: Option<(String, String)>,
}

/// The bytes of a sweep.
pub(super) fn encode(sweep: &Sweep) -> Vec<u8> {
    let mut states = States::default();
    let seen = sweep.observations.iter().map(|seen| {
        Seen(
            seen.extension_id.0,
            seen.extension_number.as_deref().map(str::to_owned),
            seen.requested_at.as_ms(),
            seen.received_at.as_ms(),
            states.place(&seen.presence.state),
            seen.presence.message.as_deref().map(str::to_owned),
        )
    });
    let seen = seen.collect();
    let sweep = SpooledSweep {
        account_id: sweep.account_id.0,
        source: sweep.source.name().to_owned(),
        status: sweep.status.name().to_owned(),
        started_ms: sweep.started_at.as_ms(),
        finished_ms: sweep.finished_at.as_ms(),
        valid_for_ms: sweep.valid_for_ms,
        expected_count: sweep.expected_count,
        clock_skew_ms: sweep.clock_skew_ms,
        key: sweep.idempotency_key.clone(),
        detail: sweep.detail.clone(),
        states: states.listed,
        seen,
        not_found: sweep
            .not_found
            .iter()
            .map(|gone| (gone.extension_id.0, gone.received_at.as_ms()))
            .collect(),
        withheld: sweep.withheld.iter().map(|id| id.0).collect(),
        directory: sweep.directory.iter().map(entry).collect(),
        queue_sweeps: sweep.queue_sweeps.iter().map(spooled).collect(),
    };
    serde_json::to_vec(&sweep).expect("numbers, texts and lists can be written as JSON")
}

#[derive(Default)]
struct States {
    places: HashMap<ContentHash, usize>,
    listed: Vec<BTreeMap<String, String>>,
}

impl States {
    fn place(&mut self, state: &Arc<State>) -> usize {
        if let Some(place) = self.places.get(state.content_hash()) {
            return *place;
        }
        let values = Facet::OF_STATE.iter().filter_map(|facet| {
            let value = state.get(*facet)?;
            Some((facet.name().to_owned(), value.to_owned()))
        });
        self.listed.push(values.collect());
        let place = self.listed.len() - 1;
        self.places.insert(*state.content_hash(), place);
        place
    }
}

fn entry(told: &DirectoryEntry) -> Entry {
    let update = &told.update;
    let texts = [
        ("extension_number", &update.extension_number),
        ("name", &update.name),
        ("type", &update.extension_type),
        ("status", &update.status),
        ("department", &update.department),
        ("site", &update.site),
        ("time_zone", &update.time_zone),
    ];
    Entry {
        id: told.extension_id.0,
        received_ms: told.received_at.as_ms(),
        texts: texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)))
            .collect(),
        queues: update.queues.clone(),
    }
}

fn spooled(sweep: &QueueSweep) -> SpooledQueueSweep {
    let (members, failure) = match &sweep.outcome {
        QueueOutcome::Read(members) => {
            let members = members.iter();
            let members = members.map(|member| (member.extension_id.0, member.accepts));
            (Some(members.collect()), None)
        }
        QueueOutcome::Failed { cause, sentence } => {
            (None, Some((cause.name().to_owned(), sentence.clone())))
        }
    };
    SpooledQueueSweep {
        queue: sweep.queue_id.0,
        requested_ms: sweep.requested_at.as_ms(),
        received_ms: sweep.received_at.as_ms(),
        valid_for_ms: sweep.valid_for_ms,
        members,
        failure,
    }
}

fn queue_sweep(spooled: SpooledQueueSweep) -> Result<QueueSweep, ContentError> {
    let unknown = |what: &str| ContentError::Unknown(what.to_owned());
    let at = |ms| Timestamp::from_ms(ms).map_err(|_| unknown("a moment"));
    let outcome = match (spooled.members, spooled.failure) {
        (Some(members), None) => {
            let members = members.into_iter().map(|(id, accepts)| QueueMember {
                extension_id: ExtensionId(id),
                accepts,
            });
            QueueOutcome::Read(members.collect())
        }
        (None, Some((cause, sentence))) => QueueOutcome::Failed {
            cause: Cause::from_name(&cause).ok_or_else(|| unknown(&cause))?,
            sentence,
        },
        _ => return Err(unknown("what became of a queue's sweep")),
    };
    Ok(QueueSweep {
        queue_id: QueueId(spooled.queue),
        requested_at: at(spooled.requested_ms)?,
        received_at: at(spooled.received_ms)?,
        valid_for_ms: spooled.valid_for_ms,
        outcome,
    })
}

/// Why bytes are no sweep.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0} is not known")]
    Unknown(String),
}

/// The sweep in `bytes`.
pub(super) fn decode(bytes: &[u8], interner: &mut Interner) -> Result<Sweep, ContentError> {
    let sweep: SpooledSweep = serde_json::from_slice(bytes)?;
    let unknown = |what: &str| ContentError::Unknown(what.to_owned());
    let at = |ms| Timestamp::from_ms(ms).map_err(|_| unknown("a moment"));
    let states = sweep
        .states
        .iter()
        .map(|values| state(values, interner))
        .collect::<Result<Vec<_>, _>>()?;
    let mut observations = Vec::with_capacity(sweep.seen.len());
    for Seen(id, number, requested_ms, received_ms, place, message) in sweep.seen {
        observations.push(Observation {
            extension_id: ExtensionId(id),
            extension_number: number.map(|number| interner.text(&number)),
            requested_at: at(requested_ms)?,
            received_at: at(received_ms)?,
            presence: Presence {
                state: Arc::clone(states.get(place).ok_or_else(|| unknown("a state"))?),
                message: message.map(|message| interner.text(&message)),
            },
        });
    }
    let mut not_found = Vec::with_capacity(sweep.not_found.len());
    for (id, received_ms) in sweep.not_found {
        not_found.push(NotFound {
            extension_id: ExtensionId(id),
            received_at: at(received_ms)?,
        });
    }
    let mut directory = Vec::with_capacity(sweep.directory.len());
    for told in sweep.directory {
        directory.push(DirectoryEntry {
            extension_id: ExtensionId(told.id),
            received_at: at(told.received_ms)?,
            update: update(told),
        });
    }
    let queue_sweeps = sweep.queue_sweeps.into_iter().map(queue_sweep);
    let queue_sweeps = queue_sweeps.collect::<Result<_, _>>()?;
    Ok(Sweep {
        account_id: AccountId(sweep.account_id),
        source: Source::from_name(&sweep.source).ok_or_else(|| unknown(&sweep.source))?,
        status: SweepStatus::from_name(&sweep.status).ok_or_else(|| unknown(&sweep.status))?,
        started_at: at(sweep.started_ms)?,
        finished_at: at(sweep.finished_ms)?,
        valid_for_ms: sweep.valid_for_ms,
        expected_count: sweep.expected_count,
        observations,
        not_found,
        withheld: sweep.withheld.into_iter().map(ExtensionId).collect(),
        directory,
        queue_sweeps,
        clock_skew_ms: sweep.clock_skew_ms,
        idempotency_key: sweep.key,
        detail: sweep.detail,
    })
}

fn state(
    values: &BTreeMap<String, String>,
    interner: &mut Interner,
) -> Result<Arc<State>, ContentError> {
    let mut facets = [None; STATE_FACET_COUNT];
    for (name, value) in values {
        let index = Facet::from_name(name).and_then(Facet::state_index);
        let index = index.ok_or_else(|| ContentError::Unknown(name.clone()))?;
        facets[index] = Some(value.as_str());
    }
    Ok(interner.state(&facets))
}

fn update(mut told: Entry) -> ProfileUpdate {
    let mut take = |name: &str| told.texts.remove(name);
    ProfileUpdate {
        extension_number: take("extension_number"),
        name: take("name"),
        extension_type: take("type"),
        status: take("status"),
        department: take("department"),
        site: take("site"),
        time_zone: take("time_zone"),
        queues: told.queues,
    }
}
