//! `presence rebuild`.

use crate::ask::{self, Context};
use crate::model::facet::Facet;
use crate::model::ids::AccountId;
use crate::render::{counted, escape};
use crate::store::OpenMode;
use crate::store::{AccountRow, RebuildMode, Store, StoreError};

use super::args::RebuildArgs;
use super::exit::Failure;
use super::session::Session;
use super::settings::DailySettings;

/// Makes the projections of every account (or of the one that is named) anew, or compares them.
pub(super) async fn run(session: &mut Session, args: &RebuildArgs) -> Result<(), Failure> {
    let (open_mode, mode) = if args.check {
        (OpenMode::ReadOnly, RebuildMode::Check)
    } else {
        (OpenMode::Existing, RebuildMode::Replace)
    };
    let store = session.store(open_mode).await?;
    let mut accounts: Vec<AccountRow> = store.accounts().await?;
    if session.settings.account.is_some() {
        let wanted = session.account(&*store).await?;
        accounts.retain(|account| account.account_id == wanted);
    }
    let mut differing = Vec::new();
    for account in accounts {
        let daily = session.settings.daily.clone();
        let facets = kept_daily(&*store, account.account_id).await?;
        let mut report = store.rebuild(account.account_id, mode).await?;
        match mode {
            RebuildMode::Check => {
                let context = Context::new(&*store, account.account_id, session.settings.now);
                let context = context.await?;
                for facet in facets {
                    report
                        .differences
                        .extend(ask::check_daily(&context, facet).await?);
                }
            }
            RebuildMode::Replace => {
                // It was emptied with the projections that it was computed from.
                let daily = DailySettings { facets, ..daily };
                let account = std::slice::from_ref(&account);
                super::daily::update(&*store, account, &daily, session.settings.now).await?;
            }
        }
        let outcome = match (mode, report.differences.is_empty()) {
            (_, true) => "the projections agree with the log".to_owned(),
            (RebuildMode::Replace, false) => {
                format!("replaced what differed: {}", report.differences.join("; "))
            }
            (RebuildMode::Check, false) => {
                format!("the projections differ: {}", report.differences.join("; "))
            }
        };
        let line = format!(
            "account {}: {}, {}; {outcome}",
            account.account_id,
            counted(report.snapshot_count, "snapshot"),
            counted(report.event_count, "event")
        );
        session
            .output
            .write(&format!("{}\n", escape::one_line(&line)))?;
        if !report.differences.is_empty() {
            differing.push(account.account_id.to_string());
        }
    }
    store.close().await;
    if mode == RebuildMode::Check && !differing.is_empty() {
        return Err(Failure::failed(format!(
            "the projections of account {} differ from the log: keep a copy of {}, then run `presence rebuild`",
            differing.join(", "),
            session.settings.shown_store()
        )));
    }
    Ok(())
}

/// The facets that the daily table is kept of.
async fn kept_daily(store: &dyn Store, account_id: AccountId) -> Result<Vec<Facet>, StoreError> {
    store.read().await?.daily_facets(account_id).await
}
