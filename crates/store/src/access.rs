//! Who may ask over the network, and who asked: tokens, sessions and the access log.
//!
//! Secrets are kept as their SHA-256 alone. A token is never deleted, only revoked: the access log names it.

use std::ops::ControlFlow;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use sqlx::{Connection, Transaction};

use super::audit::TOLD_AT_MOST;
use super::codec::{Coded, decode_ids, decode_texts, encode_ids, encode_texts};
use super::columns::Columns;
use super::dialect::{Dialect, Statement};
use super::selected::{AccessColumns, DigestedAccessColumns, TokenColumns};
use super::sql_store::SqlStore;
use super::writer::Writer;
use super::{StoreError, sql};
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::{TimeRange, Timestamp};

/// The SHA-256 of a secret, or of what an entry of the access log is about.
pub type Digest = [u8; 32];

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A token that a person or a program was given.
    Token,
    /// A reader signed in to the pages with a token, or through an identity provider.
    Session,
}

impl Coded for TokenKind {
    const CODES: &'static [(i64, Self)] = &[(0, Self::Token), (1, Self::Session)];

    fn code(self) -> i64 {
        match self {
            Self::Token => 0,
            Self::Session => 1,
        }
    }
}

/// A token or session that is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for.
    pub kind: TokenKind,
    /// Whose it is, as people call it.
    pub name: String,
    /// What may be done with it, see `serve::access`.
    pub scopes: Vec<String>,
    /// Whose history it is for; `None`: any in the store.
    pub account_id: Option<AccountId>,
    /// The token that a session was begun with; when that is revoked, so is the session.
    pub parent_id: Option<i64>,
    /// The secret's SHA-256.
    pub digest: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is good for nothing; `None`: until revoked.
    pub expires_at: Option<Timestamp>,
}

/// A token or session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its number.
    pub token_id: i64,
    /// What it is for.
    pub kind: TokenKind,
    /// Whose it is.
    pub name: String,
    /// What may be done with it.
    pub scopes: Vec<String>,
    /// Whose history it is for.
    pub account_id: Option<AccountId>,
    /// The token that a session was begun with.
    pub parent_id: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is good for nothing.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
    /// When it, or the token that it was begun with, was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl TokenRow {
    /// Whether it is good for anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// That someone asked about people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whose history.
    pub account_id: AccountId,
    /// Who asked: the name of the token.
    pub who: String,
    /// The token, if there was one.
    pub token_id: Option<i64>,
    /// What was asked, such as `report`.
    pub question: String,
    /// The time range that was asked about; `None`: the present.
    pub window: Option<TimeRange>,
    /// Who was asked about, ascending; `None`: everyone.
    pub extensions: Option<Vec<ExtensionId>>,
    /// When.
    pub at: Timestamp,
    /// The same digest within one entry: what was asked again is counted, not written again.
    pub digest: Digest,
}

/// An entry of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// Its number; later entries have higher ones.
    pub entry_id: i64,
    /// Who asked.
    pub who: String,
    /// The token, if there was one.
    pub token_id: Option<i64>,
    /// What was asked.
    pub question: String,
    /// The time range that was asked about.
    pub window: Option<TimeRange>,
    /// Who was asked about, ascending; `None`: everyone.
    pub extensions: Option<Vec<ExtensionId>>,
    /// When first.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
    /// How often.
    pub request_count: i64,
}

impl AccessRow {
    /// Whether `id` was asked about.
    pub fn is_about(&self, id: ExtensionId) -> bool {
        let ids = self.extensions.as_deref();
        ids.is_none_or(|ids| ids.binary_search(&id).is_ok())
    }
}

/// Which entries of the access log are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessQuery {
    /// Whose history.
    pub account_id: AccountId,
    /// Only entries before this one, the latest first; `None`: from the latest on.
    pub before: Option<i64>,
    /// Only entries from this moment on.
    pub from: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// Tokens, sessions and the access log. Every method is one transaction.
#[async_trait::async_trait]
pub trait AccessStore: Send + Sync {
    /// Keeps a token or session.
    async fn create_token(&self, token: NewToken) -> Result<TokenRow, StoreError>;

    /// The token or session of a secret with this SHA-256.
    async fn token_of(&self, digest: Digest) -> Result<Option<TokenRow>, StoreError>;

    /// All tokens and sessions, by number.
    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError>;

    /// Revokes a token with the sessions that were begun with it; `false`: there is none that was not revoked before.
    async fn revoke_token(&self, token_id: i64, now: Timestamp) -> Result<bool, StoreError>;

    /// Notes that a token was used.
    async fn note_use(&self, token_id: i64, now: Timestamp) -> Result<(), StoreError>;

    /// Deletes the sessions that ended before `before`.
    async fn delete_sessions(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Writes an access event, or counts it in an entry that is there.
    async fn note_access(&self, access: Access) -> Result<(), StoreError>;

    /// Entries of the access log, the latest first.
    async fn access_log(&self, query: AccessQuery) -> Result<Vec<AccessRow>, StoreError>;
}

fn token<DB: Dialect>(row: Columns<'_, DB, TokenColumns>) -> Result<TokenRow, StoreError> {
    use TokenColumns as C;
    let scopes = decode_texts(row.text(C::scopes)?);
    Ok(TokenRow {
        token_id: row.int(C::token_id)?,
        kind: row.coded(C::kind)?,
        name: row.text(C::name)?.to_owned(),
        scopes: scopes.ok_or_else(|| row.inconsistent(C::scopes))?,
        account_id: row.opt_int(C::account_id)?.map(AccountId),
        parent_id: row.opt_int(C::parent_id)?,
        created_at: row.time(C::created_at)?,
        expires_at: row.opt_time(C::expires_at)?,
        last_used_at: row.opt_time(C::last_used_at)?,
        revoked_at: row.opt_time(C::revoked_at)?,
    })
}

fn access<DB: Dialect>(row: Columns<'_, DB, AccessColumns>) -> Result<AccessRow, StoreError> {
    use AccessColumns as C;
    let window = match (row.opt_time(C::window_from)?, row.opt_time(C::window_to)?) {
        (Some(from), Some(to)) => {
            Some(TimeRange::new(from, to).ok_or_else(|| row.inconsistent(C::window_to))?)
        }
        _ => None,
    };
    let extensions = row.opt_blob(C::extensions)?.map(decode_ids);
    if extensions == Some(None) {
        return Err(row.inconsistent(C::extensions));
    }
    Ok(AccessRow {
        entry_id: row.int(C::entry_id)?,
        who: row.text(C::who)?.to_owned(),
        token_id: row.opt_int(C::token_id)?,
        question: row.text(C::question)?.to_owned(),
        window,
        extensions: extensions.flatten(),
        first_at: row.time(C::first_at)?,
        last_at: row.time(C::last_at)?,
        request_count: row.int(C::request_count)?,
    })
}

/// Executes one statement in a transaction of its own; how many rows it changed.
async fn execute<DB: Dialect>(
    writer: &mut Writer<DB>,
    statement: Statement<DB>,
) -> Result<u64, StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let changed = statement.execute(&mut transaction).await?;
    transaction.commit().await?;
    Ok(changed)
}

async fn create<DB: Dialect>(
    writer: &mut Writer<DB>,
    new: &NewToken,
) -> Result<TokenRow, StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let row = Statement::<DB>::select(sql::CREATE_TOKEN)
        .int(new.kind.code())
        .text(new.name.as_str())
        .text(encode_texts(&new.scopes))
        .opt_int(new.account_id.map(|account| account.0))
        .opt_int(new.parent_id)
        .blob(&new.digest)
        .time(new.created_at)
        .opt_time(new.expires_at)
        .fetch_one(&mut transaction)
        .await?;
    let token = token(row.columns())?;
    transaction.commit().await?;
    Ok(token)
}

/// Counts an access that has an entry, and makes one for any other.
async fn note<DB: Dialect>(writer: &mut Writer<DB>, access: &Access) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let counted = Statement::<DB>::new(sql::COUNT_ACCESS)
        .int(access.account_id.0)
        .blob(&access.digest)
        .opt_time(access.window.map(TimeRange::from))
        .opt_time(access.window.map(TimeRange::to))
        .time(access.at)
        .execute(&mut transaction)
        .await?;
    if counted == 0 {
        noted::<DB>(access).execute(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn noted<DB: Dialect>(access: &Access) -> Statement<DB> {
    // No one is an empty list of bytes, everyone is none.
    let extensions = access.extensions.as_deref();
    let extensions = extensions.map(|ids| encode_ids(ids).unwrap_or_default());
    Statement::<DB>::new(sql::NOTE_ACCESS)
        .int(access.account_id.0)
        .blob(&access.digest)
        .text(access.who.as_str())
        .opt_int(access.token_id)
        .text(access.question.as_str())
        .opt_time(access.window.map(TimeRange::from))
        .opt_time(access.window.map(TimeRange::to))
        .opt_blob(extensions)
        .time(access.at)
}

/// What is asked again within so long, in milliseconds, is counted in the same entry.
pub const ACCESS_ENTRY_MS: i64 = 3_600_000;

impl Access {
    /// What identifies the entry of this access: who asks what about whom, in which hour.
    pub fn computed_digest(&self) -> Digest {
        digest(
            self.at,
            self.token_id,
            [self.who.as_str(), self.question.as_str()],
            self.window.is_some(),
            self.extensions.as_deref(),
        )
    }
}

fn digest(
    at: Timestamp,
    token_id: Option<i64>,
    texts: [&str; 2],
    has_window: bool,
    extensions: Option<&[ExtensionId]>,
) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(at.as_ms().div_euclid(ACCESS_ENTRY_MS).to_be_bytes());
    hasher.update(token_id.unwrap_or_default().to_be_bytes());
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update([u8::from(has_window), u8::from(extensions.is_some())]);
    for id in extensions.into_iter().flatten() {
        hasher.update(id.0.to_be_bytes());
    }
    hasher.finalize().into()
}

/// What breaks the rules in the access log, whose digests are computed again.
pub(super) async fn check_access_log<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let take = |row: Columns<'_, DB, DigestedAccessColumns>| {
        let agrees = access(row.first()).is_ok_and(|entry| {
            let texts = [entry.who.as_str(), entry.question.as_str()];
            let has_window = entry.window.is_some();
            let computed = digest(
                entry.first_at,
                entry.token_id,
                texts,
                has_window,
                entry.extensions.as_deref(),
            );
            row.hash(DigestedAccessColumns::digest)
                .is_ok_and(|kept| kept == computed)
                && entry.first_at <= entry.last_at
                && entry.request_count > 0
        });
        if !agrees && findings.len() < TOLD_AT_MOST {
            findings.push(format!(
                "access_log (entry_id {}): digest is not that of who asked what about whom in which hour",
                row.int(DigestedAccessColumns::entry_id)?
            ));
        }
        Ok(ControlFlow::Continue(()))
    };
    Statement::<DB>::select(sql::WHOLE_ACCESS_LOG)
        .for_each(transaction, take)
        .await?;
    Ok(findings)
}

#[async_trait::async_trait]
impl<DB: Dialect> AccessStore for SqlStore<DB> {
    async fn create_token(&self, token: NewToken) -> Result<TokenRow, StoreError> {
        self.write(move |writer| {
            let token = token.clone();
            Box::pin(async move { create(writer, &token).await })
        })
        .await
    }

    async fn token_of(&self, digest: Digest) -> Result<Option<TokenRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin_to_read().await?;
                let asked = Statement::<DB>::select(sql::TOKEN_OF).blob(&digest);
                let row = asked.fetch_optional(&mut transaction).await?;
                row.map(|row| token(row.columns())).transpose()
            }
            .await,
        )
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin_to_read().await?;
                let rows = Statement::<DB>::select(sql::TOKENS);
                let rows = rows.fetch_all(&mut transaction).await?;
                rows.read(token)
            }
            .await,
        )
    }

    async fn revoke_token(&self, token_id: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .write(move |writer| {
                let statement = Statement::<DB>::new(sql::REVOKE_TOKEN);
                Box::pin(execute(writer, statement.int(token_id).time(now)))
            })
            .await?;
        Ok(changed > 0)
    }

    async fn note_use(&self, token_id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |writer| {
            let statement = Statement::<DB>::new(sql::NOTE_TOKEN_USE);
            Box::pin(execute(writer, statement.int(token_id).time(now)))
        })
        .await?;
        Ok(())
    }

    async fn delete_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |writer| {
            let statement = Statement::<DB>::new(sql::DELETE_SESSIONS).time(before);
            Box::pin(execute(writer, statement))
        })
        .await
    }

    async fn note_access(&self, access: Access) -> Result<(), StoreError> {
        let access = Arc::new(access);
        self.write(move |writer| {
            let access = Arc::clone(&access);
            Box::pin(async move { note(writer, &access).await })
        })
        .await
    }

    async fn access_log(&self, query: AccessQuery) -> Result<Vec<AccessRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin_to_read().await?;
                let rows = Statement::<DB>::select(sql::ACCESS_LOG)
                    .int(query.account_id.0)
                    .int(query.before.unwrap_or(i64::MAX))
                    .time(query.from)
                    .int(i64::from(query.limit))
                    .fetch_all(&mut transaction)
                    .await?;
                rows.read(access)
            }
            .await,
        )
    }
}
