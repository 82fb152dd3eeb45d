//! Deriving what follows from the log again where it follows older rules.
//!
//! The rules by which projections follow from the log have a number ([`RULES`]), and each account's head carries the one
//! that its projections follow. A store is answered from only if that is this program's own. Opening it to write derives
//! the others again, one account after the other.
//!
//! The first step empties what is replaced, puts the head back to before the log, and gives it the number
//! [`UNDER_WAY`]. Each further step folds some snapshots and moves the head to the last of them, in one transaction: so
//! the head always says what the projections amount to, and after a kill the next program that opens the store to write
//! goes on from there. A program of an older version that still runs finds the end of the log where it does not expect
//! it, and writes nothing. Packed blocks and the daily table were made from what is replaced: packing and the daily update
//! make them again.

use std::sync::Arc;

use sqlx::{Connection, Transaction};

use super::append::{self, Head};
use super::dialect::{Dialect, Statement};
use super::dictionary::Remembered;
use super::dictionary_cache::DictionaryCache;
use super::selected::RulesColumns;
use super::tables::KEPT;
use super::writer::Writer;
use super::{StoreError, daily, log, packing, read, rebuild, sql};
use presence_model::ids::{AccountId, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::projection::RULES;

/// How far the derivation of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Whose history.
    pub account_id: AccountId,
    /// The last snapshot that was read again; 0 at the beginning, more where an earlier run was stopped.
    pub done: SnapshotNo,
    /// The last snapshot of the log.
    pub end: SnapshotNo,
}

/// Called with the progress.
pub type TellDerived = Arc<dyn Fn(Derived) + Send + Sync>;

/// Writes the progress to the program's log: at the beginning, and then at every tenth.
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

/// Calls `tell` at the beginning, and then at every tenth.
pub(super) struct Tenths<'a> {
    account_id: AccountId,
    end: SnapshotNo,
    tell: &'a TellDerived,
    told: Option<i64>,
}

impl<'a> Tenths<'a> {
    fn new(
        account_id: AccountId,
        done: SnapshotNo,
        end: SnapshotNo,
        tell: &'a TellDerived,
    ) -> Self {
        let mut tenths = Self {
            account_id,
            end,
            tell,
            told: None,
        };
        tenths.reached(done);
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
    let rows = Statement::<DB>::select(sql::OTHER_RULES)
        .int(RULES)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        let account = AccountId(row.int(RulesColumns::account_id)?);
        Ok((account, row.int(RulesColumns::rules)?))
    })
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
             run `presence migrate` as a user who may)"
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

/// The number of rules of an account whose projections are being derived again: they amount to the log up to its head.
const UNDER_WAY: i64 = 0;

/// An account whose projections are being derived again, as far as they are.
struct Derivation {
    state: AccountState,
    remembered: Remembered,
}

impl Derivation {
    /// Empties what is derived again.
    async fn begin<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        account: AccountId,
        head: Head,
    ) -> Result<Self, StoreError> {
        rebuild::clear(transaction, account).await?;
        packing::forget(transaction, account).await?;
        daily::clear_all(transaction, account).await?;
        set_rules(transaction, account, UNDER_WAY).await?;
        let state = AccountState::new(account);
        rebuild::move_head(transaction, &state, head).await?;
        Ok(Self {
            state,
            remembered: Remembered::default(),
        })
    }

    /// Goes on with what another program, or an earlier run of this one, left.
    async fn resume<DB: Dialect>(
        transaction: &mut Transaction<'_, DB>,
        entries: &DictionaryCache,
        account: AccountId,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            state: read::load(transaction, entries, account).await?,
            remembered: Remembered::default(),
        })
    }

    fn is_at(&self, head: Head) -> bool {
        (self.state.snapshot_no, self.state.position) == (head.snapshot_no, head.position)
    }

    /// Folds the next snapshots; `false` if there are none: then all of it is derived.
    async fn step<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        entries: &DictionaryCache,
        head: Head,
    ) -> Result<bool, StoreError> {
        let account = self.state.account_id;
        let (state, remembered) = (&mut self.state, &mut self.remembered);
        let folded = rebuild::fold_chunk(transaction, &KEPT, entries, state, remembered).await?;
        if folded.is_none() {
            // Positions have no gaps: the last one says how many events there are.
            log::check_count(transaction, account, state.position.0).await?;
            set_rules(transaction, account, RULES).await?;
            return Ok(false);
        }
        rebuild::move_head(transaction, state, head).await?;
        Ok(true)
    }
}

async fn set_rules<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    rules: i64,
) -> Result<(), StoreError> {
    Statement::<DB>::new(sql::SET_RULES)
        .int(account.0)
        .int(rules)
        .execute(transaction)
        .await?;
    Ok(())
}

/// Derives what follows from an account's log again, unless another program has done it meanwhile; several may do it
/// together.
pub(super) async fn derive<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    tell: &TellDerived,
) -> Result<(), StoreError> {
    let begin = writer.begins.rebuild.clone();
    let mut kept: Option<(Derivation, Tenths<'_>)> = None;
    loop {
        let mut transaction = writer.connection.begin_with(begin.clone()).await?;
        let head = append::lock_head(&mut transaction, account).await?;
        let outdated = outdated(&mut transaction).await?;
        let rules = outdated.iter().find(|(other, _)| *other == account);
        let (Some(head), Some((_, rules))) = (head, rules.filter(|(_, rules)| *rules < RULES))
        else {
            return Ok(transaction.rollback().await?);
        };
        let entries = DictionaryCache::refreshed(&mut transaction, Arc::default()).await?;
        let (mut derivation, mut tenths) = match kept.take() {
            Some(kept) if *rules == UNDER_WAY && kept.0.is_at(head) => kept,
            kept => {
                let derivation = if *rules == UNDER_WAY {
                    Derivation::resume(&mut transaction, &entries, account).await?
                } else {
                    Derivation::begin(&mut transaction, account, head).await?
                };
                let tenths = if let Some((_, tenths)) = kept {
                    tenths
                } else {
                    let end = log::last_number(&mut transaction, account).await?;
                    Tenths::new(account, derivation.state.snapshot_no, end, tell)
                };
                (derivation, tenths)
            }
        };
        let reached = Head::of(&derivation.state);
        let goes_on = derivation.step(&mut transaction, &entries, reached).await?;
        transaction.commit().await?;
        tenths.reached(derivation.state.snapshot_no);
        if !goes_on {
            return Ok(());
        }
        kept = Some((derivation, tenths));
    }
}
