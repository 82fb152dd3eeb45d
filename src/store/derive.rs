//! Deriving what follows from the log again where it follows older rules.
//!
//! The rules by which projections follow from the log have a number ([`RULES`]), and each account's head carries the one
//! that its projections follow. A store is answered from only if that is this program's own. Opening it to write derives
//! the others again, one account after the other, each in one transaction: a kill leaves the account as it was, and the
//! next program that opens the store to write begins with it again. Packed blocks and the daily table were made from what
//! is replaced, so they are emptied: packing and the daily update make them again.

use std::sync::Arc;

use sqlx::{Connection, Transaction};

use super::append::{Writer, lock_head};
use super::codec::Columns;
use super::dialect::{Dialect, Statement};
use super::entries::Entries;
use super::{StoreError, daily, packing, rebuild, sql};
use crate::model::ids::{AccountId, SnapshotNo};
use crate::model::projection::RULES;

/// How far the derivation of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Whose history.
    pub account_id: AccountId,
    /// The last snapshot that was read again; 0 at the beginning.
    pub done: SnapshotNo,
    /// The last snapshot of the log. When both are the same, everything is read, but not everything written yet.
    pub end: SnapshotNo,
}

/// Who hears how far it is.
pub type TellDerived = Arc<dyn Fn(Derived) + Send + Sync>;

/// Tells the log: at the beginning, and then at every tenth part.
pub(super) fn to_log() -> TellDerived {
    Arc::new(|derived: Derived| {
        tracing::info!(
            account_id = %derived.account_id,
            snapshot_no = %derived.done,
            end = %derived.end,
            "deriving the history again by newer rules"
        );
    })
}

/// Calls `tell` at the beginning, and then once every tenth part.
pub(super) struct Tenths<'a> {
    account_id: AccountId,
    end: SnapshotNo,
    tell: &'a TellDerived,
    told: Option<i64>,
}

impl<'a> Tenths<'a> {
    fn new(account_id: AccountId, end: SnapshotNo, tell: &'a TellDerived) -> Self {
        let mut tenths = Self {
            account_id,
            end,
            tell,
            told: None,
        };
        tenths.reached(SnapshotNo(0));
        tenths
    }

    /// Takes note that the log has been read up to `done`.
    pub(super) fn reached(&mut self, done: SnapshotNo) {
        let tenth = done.0.saturating_mul(10) / self.end.0.max(1);
        if self.told.is_none_or(|told| told < tenth) {
            self.told = Some(tenth);
            (self.tell)(Derived {
                account_id: self.account_id,
                done,
                end: self.end,
            });
        }
    }
}

/// The accounts whose projections follow other rules than this program's, and which.
pub(super) async fn outdated<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Vec<(AccountId, i64)>, StoreError> {
    let rows = Statement::<DB>::new(sql::OTHER_RULES)
        .int(RULES)
        .fetch_all(transaction)
        .await?;
    let of_row = |row| {
        let columns = Columns::<DB>::of(row, "head", &["account_id", "rules"], 1);
        Ok((AccountId(columns.int(0)?), columns.int(1)?))
    };
    rows.iter().map(of_row).collect()
}

/// Why a store cannot be answered from; `None` if every account follows this program's rules.
pub(super) fn refusal(shown: &str, outdated: &[(AccountId, i64)]) -> Option<StoreError> {
    let (account, _) = outdated.first()?;
    if let Some(error) = newer(shown, outdated) {
        return Some(error);
    }
    Some(StoreError::Unusable(format!(
        "what follows from the log of account {account} in {shown} was derived by an older version of presence, by other \
         rules of time; derive it again with `presence migrate`"
    )))
}

/// Why a store cannot be brought up to date: some account follows newer rules.
pub(super) fn newer(shown: &str, outdated: &[(AccountId, i64)]) -> Option<StoreError> {
    let (_, rules) = outdated.iter().find(|(_, rules)| *rules > RULES)?;
    Some(StoreError::Unusable(format!(
        "{shown} was written by a newer version of presence (its rules of time are number {rules}, this program knows \
         {RULES}); nothing was changed; use the newer program"
    )))
}

/// What became of deriving an account's history again; the error says what to run where we may not.
pub(super) fn not_derived(error: StoreError, account: AccountId) -> StoreError {
    match error {
        StoreError::Unusable(why) => StoreError::Unusable(format!(
            "{why} (what follows from the log of account {account} must be derived again by newer rules of time first: \
             run `presence migrate` as somebody who may)"
        )),
        error => error,
    }
}

/// The same as [`outdated`], by the connection that writes.
pub(super) async fn outdated_of<DB: Dialect>(
    writer: &mut Writer<DB>,
) -> Result<Vec<(AccountId, i64)>, StoreError> {
    let begin = writer.begins.read.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let outdated = outdated(&mut transaction).await?;
    transaction.rollback().await?;
    Ok(outdated)
}

/// Derives what follows from an account's log again, unless another program has done it meanwhile.
pub(super) async fn derive<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    tell: &TellDerived,
) -> Result<(), StoreError> {
    let begin = writer.begins.rebuild.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let head = lock_head(&mut transaction, account).await?;
    let is_outdated = outdated(&mut transaction)
        .await?
        .iter()
        .any(|(other, rules)| *other == account && *rules < RULES);
    let Some(head) = head.filter(|_| is_outdated) else {
        return Ok(transaction.rollback().await?);
    };
    let mut tenths = Tenths::new(account, head.snapshot_no, tell);
    let entries = Entries::refreshed(&mut transaction, Arc::default()).await?;
    rebuild::derive(&mut transaction, &entries, account, &mut tenths).await?;
    packing::forget(&mut transaction, account).await?;
    daily::clear_all(&mut transaction, account).await?;
    Statement::<DB>::new(sql::SET_RULES)
        .int(account.0)
        .int(RULES)
        .execute(&mut transaction)
        .await?;
    Ok(transaction.commit().await?)
}
