//! `presence copy`.

use indicatif::{ProgressBar, ProgressStyle};

use presence_answers::render::counted;
use presence_core::escape::one_line;
use presence_store::copy::{
    CopyError, CopyProgress, CopyStep, CopySummary, CopyTarget, copy_account,
};
use presence_store::{AccountRow, OpenMode, ReadStore, redacted};

use super::args::CopyArgs;
use super::exit::Failure;
use super::session::{Session, open};
use super::settings::check_location;
use presence_answers::asker::choose_account;

/// Copies the histories of every account (or of the one that is named) to another store.
pub(super) async fn run(session: &mut Session, args: &CopyArgs) -> Result<(), Failure> {
    check_location(&args.from)?;
    check_location(&args.to)?;
    if args.from == args.to {
        return Err(Failure::Usage(format!(
            "--from and --to are the same store, {}: name another one to copy to",
            redacted(&args.to)
        )));
    }
    // The source is opened first: where there is none, no target is made either.
    let source = open(&args.from, OpenMode::ReadOnly).await?;
    let accounts = accounts(&*source, session, &args.from).await?;
    let target = open(&args.to, OpenMode::Create).await?;
    let mut ended = Ok(());
    for account in &accounts {
        match copy_one(session, &*source, CopyTarget::of(&*target), account).await {
            Ok(summary) => session.output.write(&summary_line(&summary))?,
            Err(error) => {
                ended = Err(Failure::Failed(error.into()));
                break;
            }
        }
    }
    target.close().await;
    source.close().await;
    ended
}

async fn accounts(
    source: &dyn ReadStore,
    session: &Session,
    location: &str,
) -> Result<Vec<AccountRow>, Failure> {
    let mut accounts = source.accounts().await?;
    if accounts.is_empty() || session.asker.settings.account.is_some() {
        let wanted = choose_account(
            &accounts,
            session.asker.settings.account,
            &redacted(location),
        )?;
        accounts.retain(|account| account.account_id == wanted);
    }
    Ok(accounts)
}

async fn copy_one(
    session: &Session,
    source: &dyn ReadStore,
    target: CopyTarget<'_>,
    account: &AccountRow,
) -> Result<CopySummary, CopyError> {
    let bar = session.shown_status();
    start_bar(&bar, account);
    let copied = copy_account(source, target, account, &mut |progress| {
        show(&bar, progress);
    })
    .await;
    bar.finish_and_clear();
    copied
}

fn start_bar(bar: &ProgressBar, account: &AccountRow) {
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} sweeps, {msg}") {
        bar.set_style(style);
    }
    bar.reset();
    bar.set_prefix(format!("account {}", account.account_id));
}

fn show(bar: &ProgressBar, progress: CopyProgress) {
    bar.set_length(progress.total.unsigned_abs());
    bar.set_position(progress.done.unsigned_abs());
    bar.set_message(match progress.step {
        CopyStep::Comparing => "comparing what is there",
        CopyStep::Copying => "copying",
        CopyStep::Verifying => "verifying",
    });
}

fn summary_line(summary: &CopySummary) -> String {
    let there = match summary.present_count {
        0 => String::new(),
        count => format!(" to the {count} that were there"),
    };
    let line = format!(
        "account {}: {} copied{there}; both histories end with snapshot {}, event {}, and are the same \
         (SHA-256 {})",
        summary.account_id,
        counted(summary.copied_count, "sweep"),
        summary.end.snapshot_no,
        summary.end.position,
        hex::encode(summary.digest)
    );
    format!("{}\n", one_line(&line))
}
