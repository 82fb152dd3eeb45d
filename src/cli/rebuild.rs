//! `presence rebuild`.

use crate::render::{counted, escape};
use crate::store::OpenMode;
use crate::store::{AccountRow, RebuildMode};

use super::args::RebuildArgs;
use super::exit::Failure;
use super::session::Session;

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
        let report = store.rebuild(account.account_id, mode).await?;
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
