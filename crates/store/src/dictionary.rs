//! The dictionaries: each distinct state, status message and profile once, by number; and a number for each extension.
//!
//! Numbers are given out in Rust under the write lock, and remembered only after the commit. Rows never change, so
//! what is remembered never has to be checked again.

use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};
use sha2::{Digest, Sha256};
use sqlx::Transaction;

use super::StoreError;
use super::codec::encode_texts;
use super::columns::{ColumnList, Columns};
use super::dialect::{Dialect, RowStatement, Statement};
use super::selected::{EndColumns, FoundColumns, FoundExtensionColumns, HashedMessageColumns};
use super::sql;
use super::tuples;
use presence_model::HashMap;
use presence_model::event::{EventKind, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, MessageId, ProfileId, StateId};
use presence_model::profile::Profile;
use presence_model::projection::Delta;
use presence_model::state::{ContentHash, Presence, State};

/// Beyond so many remembered messages a writer forgets them all and reads them again.
const MESSAGES_REMEMBERED: usize = 200_000;

/// The numbers that a writer remembers.
#[derive(Default)]
pub(super) struct Remembered {
    states: HashMap<ContentHash, StateId>,
    messages: HashMap<Arc<str>, MessageId>,
    profiles: HashMap<ContentHash, ProfileId>,
    extensions: HashMap<(AccountId, ExtensionId), i64>,
}

impl Remembered {
    /// Adds what an append learned, after its commit.
    pub(super) fn add(&mut self, learned: Remembered) {
        if self.messages.len() + learned.messages.len() > MESSAGES_REMEMBERED {
            self.messages.clear();
        }
        self.states.extend(learned.states);
        self.messages.extend(learned.messages);
        self.profiles.extend(learned.profiles);
        self.extensions.extend(learned.extensions);
    }
}

/// What a batch or a part of a rebuild needs numbers for, in the order in which the log first uses it.
///
/// **Invariant:** the order follows from the log alone, however it was divided into batches; so the same history has the
/// same numbers in every database that keeps it alone.
pub(super) struct Needed {
    account: AccountId,
    extensions: IndexSet<ExtensionId, RandomState>,
    states: IndexMap<ContentHash, Arc<State>, RandomState>,
    messages: IndexSet<Arc<str>, RandomState>,
    profiles: IndexMap<ContentHash, Arc<Profile>, RandomState>,
}

impl Needed {
    /// Everything that these snapshots and rows mention and that is not `remembered`.
    pub(super) fn by<'a>(
        account: AccountId,
        snapshots: impl IntoIterator<Item = &'a Snapshot>,
        delta: &Delta,
        remembered: &Remembered,
    ) -> Self {
        let mut needed = Self {
            account,
            extensions: IndexSet::default(),
            states: IndexMap::default(),
            messages: IndexSet::default(),
            profiles: IndexMap::default(),
        };
        for event in snapshots.into_iter().flat_map(|snapshot| &snapshot.events) {
            if event.kind == EventKind::Appeared {
                needed.extension(event.extension_id, remembered);
            }
            for presence in [&event.presence, &event.previous].into_iter().flatten() {
                needed.presence(presence, remembered);
            }
            for profile in [&event.profile, &event.previous_profile]
                .into_iter()
                .flatten()
            {
                needed.profile(profile, remembered);
            }
        }
        for ((extension, _), row) in &delta.intervals {
            needed.extension(*extension, remembered);
            needed.presence(&row.presence, remembered);
        }
        for row in delta.profiles.values() {
            needed.profile(&row.profile, remembered);
        }
        for extension in delta.extensions.values() {
            if let presence_model::known::Existence::Present(present) = &extension.existence {
                needed.presence(&present.presence, remembered);
            }
            if let Some(known) = &extension.profile {
                needed.profile(&known.value, remembered);
            }
        }
        needed
    }

    fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.messages.is_empty()
            && self.profiles.is_empty()
            && self.extensions.is_empty()
    }

    /// Whatever the log mentions was given a number when it was appended, so nothing is left after it was found.
    pub(super) fn check_found(&self) -> Result<(), StoreError> {
        let inconsistent =
            |table, column, key| Err(StoreError::Inconsistent { table, column, key });
        if let Some(extension) = self.extensions.first() {
            let key = format!("{}, {extension}", self.account);
            return inconsistent("extension_key", "extension_key", key);
        }
        if let Some(hash) = self.states.keys().next() {
            return inconsistent("state", "content_hash", hex::encode(hash));
        }
        if let Some(hash) = self.profiles.keys().next() {
            return inconsistent("profile", "content_hash", hex::encode(hash));
        }
        if let Some(text) = self.messages.first() {
            return inconsistent("message", "content_hash", hex::encode(message_hash(text)));
        }
        Ok(())
    }

    fn extension(&mut self, id: ExtensionId, remembered: &Remembered) {
        if !remembered.extensions.contains_key(&(self.account, id)) {
            self.extensions.insert(id);
        }
    }

    fn presence(&mut self, presence: &Presence, remembered: &Remembered) {
        let hash = presence.state.content_hash();
        if !remembered.states.contains_key(hash) {
            let state = || Arc::clone(&presence.state);
            self.states.entry(*hash).or_insert_with(state);
        }
        if let Some(message) = &presence.message
            && !remembered.messages.contains_key(message)
        {
            self.messages.insert(Arc::clone(message));
        }
    }

    fn profile(&mut self, profile: &Arc<Profile>, remembered: &Remembered) {
        let hash = profile.content_hash();
        if !remembered.profiles.contains_key(&hash) {
            self.profiles
                .entry(hash)
                .or_insert_with(|| Arc::clone(profile));
        }
    }
}

/// The numbers of everything that a batch mentions.
pub(super) struct IdAllocator<'a> {
    account: AccountId,
    remembered: &'a Remembered,
    learned: Remembered,
}

const ALL_ARE_NUMBERED: &str = "everything that a batch mentions was given a number";

impl<'a> IdAllocator<'a> {
    /// Finds what is in the dictionaries already; what is found is not `needed` any more.
    pub(super) async fn look_up<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        needed: &mut Needed,
        remembered: &'a Remembered,
    ) -> Result<IdAllocator<'a>, StoreError> {
        let mut numbers = Self {
            account: needed.account,
            remembered,
            learned: Remembered::default(),
        };
        numbers.find(transaction, needed).await?;
        Ok(numbers)
    }

    async fn find<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        needed: &mut Needed,
    ) -> Result<(), StoreError> {
        let learned = &mut self.learned;
        let hashes: Vec<ContentHash> = needed.states.keys().copied().collect();
        for (hash, id) in find_hashes(transaction, &FIND_STATES, &hashes).await? {
            learned.states.insert(hash, StateId(id));
        }
        needed
            .states
            .retain(|hash, _| !learned.states.contains_key(hash));
        let hashes: Vec<ContentHash> = needed.profiles.keys().copied().collect();
        for (hash, id) in find_hashes(transaction, &FIND_PROFILES, &hashes).await? {
            learned.profiles.insert(hash, ProfileId(id));
        }
        needed
            .profiles
            .retain(|hash, _| !learned.profiles.contains_key(hash));
        let texts = needed.messages.iter();
        let by_hash: HashMap<ContentHash, Arc<str>> = texts
            .map(|text| (message_hash(text), Arc::clone(text)))
            .collect();
        let hashes: Vec<ContentHash> = by_hash.keys().copied().collect();
        for (hash, id) in find_hashes(transaction, &FIND_MESSAGES, &hashes).await? {
            if let Some(text) = by_hash.get(&hash) {
                learned.messages.insert(Arc::clone(text), MessageId(id));
            }
        }
        needed
            .messages
            .retain(|text| !learned.messages.contains_key(text));
        self.find_extensions(transaction, needed).await
    }

    async fn find_extensions<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        needed: &mut Needed,
    ) -> Result<(), StoreError> {
        let account = self.account;
        let wanted: Vec<ExtensionId> = needed.extensions.iter().copied().collect();
        for (statement, chunk) in FIND_EXTENSIONS.chunks::<DB, _>(&wanted) {
            let bound = chunk
                .iter()
                .fold(statement, |bound, id| bound.int(account.0).int(id.0));
            let rows = bound.giving().fetch_all(transaction).await?;
            for row in rows.iter() {
                let id = ExtensionId(row.int(FoundExtensionColumns::extension_id)?);
                let key = row.int(FoundExtensionColumns::extension_key)?;
                self.learned.extensions.insert((account, id), key);
            }
        }
        let found = &self.learned.extensions;
        needed
            .extensions
            .retain(|id| !found.contains_key(&(account, *id)));
        Ok(())
    }

    /// Gives numbers to the rest and inserts it; only under the write lock.
    pub(super) async fn insert<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        mut needed: Needed,
    ) -> Result<(), StoreError> {
        if needed.is_empty() {
            return Ok(());
        }
        if let Some(lock) = DB::LOCK_DICTIONARIES {
            Statement::<DB>::new(lock).execute(transaction).await?;
            // Another writer may have given out numbers for the same while we waited.
            self.find(transaction, &mut needed).await?;
        }
        let ends = Statement::<DB>::select(sql::DICTIONARY_ENDS)
            .fetch_one(transaction)
            .await?;
        let ends = ends.columns();
        let states = numbered(needed.states, after(ends, EndColumns::state_id)?);
        INSERT_STATES
            .execute(transaction, &states, bind_state)
            .await?;
        let messages = numbered(needed.messages, after(ends, EndColumns::message_id)?);
        INSERT_MESSAGES
            .execute(transaction, &messages, bind_message)
            .await?;
        let profiles = numbered(needed.profiles, after(ends, EndColumns::profile_id)?);
        INSERT_PROFILES
            .execute(transaction, &profiles, bind_profile)
            .await?;
        let states = states
            .into_iter()
            .map(|(id, (hash, _))| (hash, StateId(id)));
        self.learned.states.extend(states);
        let messages = messages.into_iter().map(|(id, text)| (text, MessageId(id)));
        self.learned.messages.extend(messages);
        let profiles = profiles
            .into_iter()
            .map(|(id, (hash, _))| (hash, ProfileId(id)));
        self.learned.profiles.extend(profiles);
        let extensions = numbered(needed.extensions, after(ends, EndColumns::extension_key)?);
        let account = self.account;
        INSERT_EXTENSIONS
            .execute(transaction, &extensions, |bound, (key, id)| {
                bound.int(*key).int(account.0).int(id.0)
            })
            .await?;
        let extensions = extensions.into_iter().map(|(key, id)| ((account, id), key));
        self.learned.extensions.extend(extensions);
        Ok(())
    }

    /// What was learned, to be remembered after the commit.
    pub(super) fn into_learned(self) -> Remembered {
        self.learned
    }

    pub(super) fn state(&self, state: &State) -> StateId {
        let hash = state.content_hash();
        let found = self.remembered.states.get(hash);
        *found
            .or_else(|| self.learned.states.get(hash))
            .expect(ALL_ARE_NUMBERED)
    }

    /// The number of an extension of the account.
    pub(super) fn extension(&self, id: ExtensionId) -> i64 {
        let key = (self.account, id);
        let found = self.remembered.extensions.get(&key);
        *found
            .or_else(|| self.learned.extensions.get(&key))
            .expect(ALL_ARE_NUMBERED)
    }

    pub(super) fn message(&self, text: &str) -> MessageId {
        let found = self.remembered.messages.get(text);
        *found
            .or_else(|| self.learned.messages.get(text))
            .expect(ALL_ARE_NUMBERED)
    }

    pub(super) fn profile(&self, profile: &Profile) -> ProfileId {
        let hash = profile.content_hash();
        let found = self.remembered.profiles.get(&hash);
        *found
            .or_else(|| self.learned.profiles.get(&hash))
            .expect(ALL_ARE_NUMBERED)
    }
}

/// The number after the greatest one that is kept in a column; none follows one that was made as great as can be.
fn after<DB: Dialect>(
    ends: Columns<'_, DB, EndColumns>,
    column: EndColumns,
) -> Result<i64, StoreError> {
    const ROOM: i64 = 1 << 40;
    let next = ends.int(column)?.checked_add(1);
    next.filter(|next| *next < i64::MAX - ROOM)
        .ok_or_else(|| ends.inconsistent(column))
}

/// Numbers from `first` on, in the order of the entries.
fn numbered<T>(entries: impl IntoIterator<Item = T>, first: i64) -> Vec<(i64, T)> {
    (first..).zip(entries).collect()
}

/// What `message.content_hash` is.
pub(super) fn message_hash(text: &str) -> ContentHash {
    Sha256::digest(text.as_bytes()).into()
}

static FIND_STATES: LazyLock<RowStatement> = LazyLock::new(|| find_in("state", "state_id"));
static FIND_MESSAGES: LazyLock<RowStatement> = LazyLock::new(|| find_in("message", "message_id"));
static FIND_PROFILES: LazyLock<RowStatement> = LazyLock::new(|| find_in("profile", "profile_id"));

static FIND_EXTENSIONS: LazyLock<RowStatement> = LazyLock::new(|| {
    let before = "select extension_key, extension_id from extension_key where (account_id, extension_id) in (values";
    RowStatement::new(before.to_owned(), 2, ")".to_owned())
});
static INSERT_EXTENSIONS: LazyLock<RowStatement> = LazyLock::new(|| {
    let columns = ["extension_key", "account_id", "extension_id"];
    RowStatement::insert("extension_key", &columns)
});

fn find_in(table: &str, id: &str) -> RowStatement {
    let before =
        format!("select {id} as id, content_hash from {table} where content_hash in (values");
    RowStatement::new(before, 1, ")".to_owned())
}

async fn find_hashes<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    statement: &'static RowStatement,
    hashes: &[ContentHash],
) -> Result<Vec<(ContentHash, i64)>, StoreError> {
    let mut found = Vec::new();
    for (statement, chunk) in statement.chunks::<DB, _>(hashes) {
        let bound = chunk.iter().fold(statement, |bound, hash| bound.blob(hash));
        let rows = bound.giving().fetch_all(transaction).await?;
        for row in rows.iter() {
            let hash = row.hash(FoundColumns::content_hash)?;
            found.push((hash, row.int(FoundColumns::id)?));
        }
    }
    Ok(found)
}

const PROFILE_COLUMNS: &[&str] = &[
    "profile_id",
    "extension_number",
    "name",
    "type",
    "status",
    "department",
    "site",
    "time_zone",
    "queues",
    "content_hash",
];
const MESSAGE_COLUMNS: &[&str] = HashedMessageColumns::NAMES;

static INSERT_STATES: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert("state", tuples::STATE));
static INSERT_MESSAGES: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert("message", MESSAGE_COLUMNS));
static INSERT_PROFILES: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert("profile", PROFILE_COLUMNS));

fn bind_state<DB: Dialect>(
    bound: Statement<DB>,
    (id, (hash, state)): &(i64, (ContentHash, Arc<State>)),
) -> Statement<DB> {
    let values = state.values().into_iter();
    values
        .fold(bound.int(*id), |bound, value| bound.opt_text(value))
        .blob(hash)
}

fn bind_message<DB: Dialect>(bound: Statement<DB>, (id, text): &(i64, Arc<str>)) -> Statement<DB> {
    bound.int(*id).text(&**text).blob(&message_hash(text))
}

fn bind_profile<DB: Dialect>(
    bound: Statement<DB>,
    (id, (hash, profile)): &(i64, (ContentHash, Arc<Profile>)),
) -> Statement<DB> {
    let texts = profile.texts().into_iter();
    texts
        .fold(bound.int(*id), |bound, text| bound.opt_text(text))
        .text(encode_texts(&profile.queues))
        .blob(hash)
}
