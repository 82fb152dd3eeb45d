//! The dictionaries as they are read: states, profiles and status messages by number.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlx::Transaction;

use super::StoreError;
use super::codec::{decode_texts, is_hexadecimal};
use super::columns::Columns;
use super::dialect::{Dialect, Statement};
use super::dictionary::message_hash;
use super::selected::{HashedMessageColumns, MessageColumns};
use super::sql;
use super::tuples::{self, Origin};
use presence_model::HashMap;
use presence_model::facet::STATE_FACET_COUNT;
use presence_model::history::Dictionary;
use presence_model::ids::{MessageId, ProfileId, StateId};
use presence_model::profile::Profile;
use presence_model::state::State;

/// States and profiles by number, as far as they have been read. A reader keeps them from one question to the next.
#[derive(Clone, Default)]
pub(super) struct DictionaryCache {
    states: HashMap<StateId, Arc<State>>,
    profiles: HashMap<ProfileId, Arc<Profile>>,
    ends: (i64, i64),
}

impl DictionaryCache {
    /// Reads what was added since.
    pub(super) async fn refreshed<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        known: Arc<Self>,
    ) -> Result<Arc<Self>, StoreError> {
        let known = Self::with_states(transaction, known).await?;
        Self::with_profiles(transaction, known).await
    }

    /// Reads the states that were added since.
    pub(super) async fn with_states<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        known: Arc<Self>,
    ) -> Result<Arc<Self>, StoreError> {
        let states: Vec<StateTuple> = Statement::<DB>::tuples(&tuples::STATES_AFTER)?
            .int(known.ends.0)
            .fetch_tuples(transaction)
            .await?;
        if states.is_empty() {
            return Ok(known);
        }
        let mut entries = Self::clone(&known);
        for row in &states {
            let (id, state) = row.read()?;
            entries.states.insert(id, Arc::new(state));
            entries.ends.0 = entries.ends.0.max(id.0);
        }
        Ok(Arc::new(entries))
    }

    /// Reads the profiles that were added since: of many people these are many, and few questions need them all.
    pub(super) async fn with_profiles<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        known: Arc<Self>,
    ) -> Result<Arc<Self>, StoreError> {
        let profiles: Vec<ProfileTuple> = Statement::<DB>::tuples(&tuples::PROFILES_AFTER)?
            .int(known.ends.1)
            .fetch_tuples(transaction)
            .await?;
        if profiles.is_empty() {
            return Ok(known);
        }
        let mut entries = Self::clone(&known);
        entries.profiles.reserve(profiles.len());
        for row in profiles {
            let (id, profile) = row.read()?;
            entries.profiles.insert(id, Arc::new(profile));
            entries.ends.1 = entries.ends.1.max(id.0);
        }
        Ok(Arc::new(entries))
    }

    /// Reads those of these profiles that were not read yet.
    pub(super) async fn with_numbered<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        known: Arc<Self>,
        wanted: &BTreeSet<ProfileId>,
    ) -> Result<Arc<Self>, StoreError> {
        let missing = wanted.iter().filter(|&id| !known.profiles.contains_key(id));
        let missing: Vec<ProfileId> = missing.copied().collect();
        if missing.is_empty() {
            return Ok(known);
        }
        let profiles: Vec<ProfileTuple> = Statement::<DB>::tuples(&DB::PROFILES_NUMBERED)?
            .profile_ids(&missing)
            .fetch_tuples(transaction)
            .await?;
        let mut entries = Self::clone(&known);
        for row in profiles {
            let (id, profile) = row.read()?;
            entries.profiles.insert(id, Arc::new(profile));
        }
        Ok(Arc::new(entries))
    }

    pub(super) fn state(&self, id: i64) -> Option<Arc<State>> {
        self.states.get(&StateId(id)).cloned()
    }

    pub(super) fn profile(&self, id: i64) -> Option<Arc<Profile>> {
        self.profiles.get(&ProfileId(id)).cloned()
    }

    /// As questions read it, without messages.
    pub(super) fn to_dictionary(&self) -> Dictionary {
        Dictionary {
            states: self.states.clone(),
            messages: HashMap::default(),
            profiles: self.profiles.clone(),
        }
    }
}

/// A row of `state`.
#[derive(serde::Deserialize)]
struct StateTuple {
    state_id: i64,
    presence_status: Option<String>,
    user_status: Option<String>,
    telephony_status: Option<String>,
    dnd_status: Option<String>,
    meeting_status: Option<String>,
    dnd_status_personal: Option<String>,
    accept_call_queue_calls: Option<String>,
    allow_see_my_presence: Option<String>,
    caller_id_visibility: Option<String>,
    ring_on_monitored_call: Option<String>,
    pick_up_calls_on_hold: Option<String>,
    cx_telephony_status: Option<String>,
    aggregated_telephony_status: Option<String>,
    content_hash: String,
}

impl StateTuple {
    fn read(&self) -> Result<(StateId, State), StoreError> {
        let values: [&Option<String>; STATE_FACET_COUNT] = [
            &self.presence_status,
            &self.user_status,
            &self.telephony_status,
            &self.dnd_status,
            &self.meeting_status,
            &self.dnd_status_personal,
            &self.accept_call_queue_calls,
            &self.allow_see_my_presence,
            &self.caller_id_visibility,
            &self.ring_on_monitored_call,
            &self.pick_up_calls_on_hold,
            &self.cx_telephony_status,
            &self.aggregated_telephony_status,
        ];
        let state = State::new(&values.map(Option::as_deref));
        if !is_hexadecimal(&self.content_hash, state.content_hash()) {
            let origin = Origin {
                table: "state",
                key: &[self.state_id],
            };
            return Err(origin.inconsistent("content_hash"));
        }
        Ok((StateId(self.state_id), state))
    }
}

/// A row of `profile`.
#[derive(serde::Deserialize)]
struct ProfileTuple {
    profile_id: i64,
    extension_number: Option<String>,
    name: Option<String>,
    extension_type: Option<String>,
    status: Option<String>,
    department: Option<String>,
    site: Option<String>,
    time_zone: Option<String>,
    queues: String,
    content_hash: String,
}

impl ProfileTuple {
    fn read(self) -> Result<(ProfileId, Profile), StoreError> {
        let key = [self.profile_id];
        let origin = Origin {
            table: "profile",
            key: &key,
        };
        let profile = Profile {
            extension_number: self.extension_number,
            name: self.name,
            extension_type: self.extension_type,
            status: self.status,
            department: self.department,
            site: self.site,
            time_zone: self.time_zone,
            queues: decode_texts(&self.queues).ok_or_else(|| origin.inconsistent("queues"))?,
        };
        if !is_hexadecimal(&self.content_hash, &profile.content_hash()) {
            return Err(origin.inconsistent("content_hash"));
        }
        Ok((ProfileId(self.profile_id), profile))
    }
}

/// What breaks the rules in the dictionaries, whose hashes are computed again: row by row.
pub(super) async fn check<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let states: Vec<StateTuple> = Statement::<DB>::tuples(&tuples::STATES_AFTER)?
        .int(0)
        .fetch_tuples(transaction)
        .await?;
    let damaged = states.iter().filter(|row| row.read().is_err());
    findings.extend(damaged.map(|row| damaged_row("state", row.state_id)));
    let profiles: Vec<ProfileTuple> = Statement::<DB>::tuples(&tuples::PROFILES_AFTER)?
        .int(0)
        .fetch_tuples(transaction)
        .await?;
    for row in profiles {
        let id = row.profile_id;
        if row.read().is_err() {
            findings.push(damaged_row("profile", id));
        }
    }
    let take = |row: Columns<'_, DB, HashedMessageColumns>| {
        use HashedMessageColumns as C;
        let is_right = matches!((row.text(C::text), row.hash(C::content_hash)), (Ok(text), Ok(hash)) if message_hash(text) == hash);
        if !is_right {
            findings.push(damaged_row("message", row.int(C::message_id)?));
        }
        Ok(ControlFlow::Continue(()))
    };
    Statement::<DB>::select(sql::HASHED_MESSAGES)
        .for_each(transaction, take)
        .await?;
    findings.truncate(100);
    Ok(findings)
}

fn damaged_row(table: &str, id: i64) -> String {
    format!("{table} ({table}_id {id}): content_hash is not the SHA-256 of the row's values")
}

/// Reads all messages.
pub(super) async fn read_messages<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<HashMap<MessageId, Arc<str>>, StoreError> {
    let rows = Statement::<DB>::select(sql::MESSAGES)
        .fetch_all(transaction)
        .await?;
    let of_row = |row: Columns<'_, DB, MessageColumns>| {
        let id = MessageId(row.int(MessageColumns::message_id)?);
        Ok((id, Arc::from(row.text(MessageColumns::text)?)))
    };
    rows.iter().map(of_row).collect()
}
