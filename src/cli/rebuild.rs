//! `presence rebuild`.

use presence_answers::ask::{AskError, Context};
use presence_answers::render::counted;
use presence_core::escape;
use presence_model::facet::Facet;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_reading::daily;
use presence_store::{
    AccountRow, MaintainStore, OpenMode, ReadStore, RebuildMode, RebuildReport, StoreError,
    refresh_statistics,
};

use super::args::RebuildArgs;
use super::exit::Failure;
use super::lock;
use super::session::Session;
use super::settings::DailySettings;

/// Makes the projections of every account (or of the one that is named) again, or compares them and checks the store.
pub(super) async fn run(session: &mut Session, args: &RebuildArgs) -> Result<(), Failure> {
    if args.check {
        return check(session).await;
    }
    let store = session.store(OpenMode::Existing).await?;
    let accounts = wanted(session, &*store, store.accounts().await?).await?;
    for account in accounts {
        let facets = kept_daily(&*store, account.account_id).await?;
        let report = store
            .rebuild(account.account_id, RebuildMode::Replace)
            .await?;
        // The daily table was emptied with the projections that it was computed from.
        let daily = DailySettings {
            facets,
            ..session.settings.daily.clone()
        };
        let only = std::slice::from_ref(&account);
        super::daily::update(&*store, only, &daily, session.asker.settings.now).await?;
        let outcome = match report.differences.as_slice() {
            [] => "the derived tables match the log".to_owned(),
            differences => format!("replaced the differences: {}", differences.join("; ")),
        };
        write_line(session, account.account_id, &report, &outcome)?;
    }
    refresh_statistics(&*store).await;
    store.close().await;
    Ok(())
}

/// Compares the projections with the log, and checks the rest of the store; nothing is written.
async fn check(session: &mut Session) -> Result<(), Failure> {
    let store = session.store(OpenMode::ReadOnly).await?;
    let mut accounts: Vec<AccountRow> = store.accounts().await?;
    let audit = store.audit().await?;
    for finding in &audit.findings {
        let line = format!("the store: {finding}");
        session
            .output
            .write(&format!("{}\n", escape::one_line(&line)))?;
    }
    let is_listed = |id: &AccountId| accounts.iter().any(|account| account.account_id == *id);
    let missing: Vec<AccountId> = audit
        .accounts
        .iter()
        .copied()
        .filter(|id| !is_listed(id))
        .collect();
    accounts.extend(missing.into_iter().map(|account_id| AccountRow {
        account_id,
        name: None,
        first_seen_at: Timestamp::MIN,
    }));
    let accounts = wanted(session, &*store, accounts).await?;
    let mut differing = Vec::new();
    let mut damaged = Vec::new();
    for account in &accounts {
        if let Some(lost) =
            lock::lost_end(&session.settings.store, &*store, account.account_id).await?
        {
            session
                .output
                .write(&format!("{}\n", escape::one_line(&lost)))?;
            damaged.push(account.account_id.to_string());
        }
    }
    for account in &accounts {
        match check_account(session, &*store, account.account_id).await {
            Ok(report) => {
                let outcome = match report.differences.as_slice() {
                    [] => "the derived tables match the log".to_owned(),
                    differences => {
                        differing.push(account.account_id.to_string());
                        format!("the derived tables differ: {}", differences.join("; "))
                    }
                };
                write_line(session, account.account_id, &report, &outcome)?;
            }
            Err(Failure::Failed(error)) if is_damage(&error) => {
                let line = format!("account {}: {error}", account.account_id);
                session
                    .output
                    .write(&format!("{}\n", escape::one_line(&line)))?;
                damaged.push(account.account_id.to_string());
            }
            Err(failure) => return Err(failure),
        }
    }
    store.close().await;
    let shown = session.settings.shown_store();
    if !audit.findings.is_empty() || !damaged.is_empty() {
        return Err(Failure::failed(format!(
            "{shown} is damaged: keep a copy of it, and restore an earlier backup; nothing was repaired"
        )));
    }
    if differing.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the derived tables of account {} differ from the log: keep a copy of {shown}, then run `presence rebuild`",
        differing.join(", "),
    )))
}

/// Whether the store is what failed, rather than the way to it.
fn is_damage(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<StoreError>(),
        Some(StoreError::Inconsistent { .. } | StoreError::Packed(_))
    )
}

async fn check_account(
    session: &Session,
    store: &dyn MaintainStore,
    account_id: AccountId,
) -> Result<RebuildReport, Failure> {
    let facets = kept_daily(store, account_id).await?;
    let mut report = store.rebuild(account_id, RebuildMode::Check).await?;
    if facets.is_empty() {
        return Ok(report);
    }
    // What is damaged may stand in the way of computing the table again, and that is a difference too.
    match check_daily(session, store, account_id, &facets).await {
        Ok(differences) => report.differences.extend(differences),
        Err(error) => report.differences.push(error.to_string()),
    }
    Ok(report)
}

async fn check_daily(
    session: &Session,
    store: &dyn ReadStore,
    account_id: AccountId,
    facets: &[Facet],
) -> Result<Vec<String>, AskError> {
    let context = Context::new(store, account_id, session.asker.settings.now).await?;
    let mut differences = Vec::new();
    for facet in facets {
        differences.extend(daily::check_daily(&context, *facet).await?);
    }
    Ok(differences)
}

/// The account that was named, or all.
async fn wanted(
    session: &Session,
    store: &dyn ReadStore,
    mut accounts: Vec<AccountRow>,
) -> Result<Vec<AccountRow>, Failure> {
    if session.asker.settings.account.is_some() {
        let wanted = session.asker.account(store).await?;
        accounts.retain(|account| account.account_id == wanted);
    }
    Ok(accounts)
}

fn write_line(
    session: &mut Session,
    account_id: AccountId,
    report: &RebuildReport,
    outcome: &str,
) -> Result<(), Failure> {
    let line = format!(
        "account {account_id}: {}, {}; {outcome}",
        counted(report.snapshot_count, "snapshot"),
        counted(report.event_count, "event")
    );
    Ok(session
        .output
        .write(&format!("{}\n", escape::one_line(&line)))?)
}

/// The facets that the daily table is kept of.
async fn kept_daily(
    store: &dyn ReadStore,
    account_id: AccountId,
) -> Result<Vec<Facet>, StoreError> {
    store.read().await?.daily_facets(account_id).await
}
