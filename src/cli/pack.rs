//! `presence pack`.

use indicatif::{ProgressBar, ProgressStyle};

use presence_answers::render::counted;
use presence_core::escape;
use presence_model::ids::AccountId;
use presence_store::{AccountRow, MaintainStore, OpenMode, PackStep, StoreError};

use super::args::PackArgs;
use super::exit::Failure;
use super::session::Session;

/// How many extensions' month is packed in one transaction: a collector that writes meanwhile waits no longer than that.
const EXTENSIONS_AT_ONCE: u32 = 200;

/// Packs what is past of every account (or of the one that is named), or compares what is packed.
pub(super) async fn run(session: &mut Session, args: &PackArgs) -> Result<(), Failure> {
    let mode = if args.check {
        OpenMode::ReadOnly
    } else {
        OpenMode::Existing
    };
    let store = session.store(mode).await?;
    let mut accounts: Vec<AccountRow> = store.accounts().await?;
    if accounts.is_empty() || session.asker.settings.account.is_some() {
        let wanted = session.asker.account(&*store).await?;
        accounts.retain(|account| account.account_id == wanted);
    }
    let done = if args.check {
        check(session, &*store, &accounts).await
    } else {
        pack(session, &*store, &accounts).await
    };
    store.close().await;
    done
}

async fn pack(
    session: &mut Session,
    store: &dyn MaintainStore,
    accounts: &[AccountRow],
) -> Result<(), Failure> {
    for account in accounts {
        let bar = session.shown_status();
        let packed = pack_one(store, account.account_id, &bar).await;
        bar.finish_and_clear();
        let packed = packed?;
        let line = if packed.extension_count == 0 {
            format!(
                "account {}: nothing to pack: all past days are packed",
                account.account_id
            )
        } else {
            format!(
                "account {}: packed {}, one extension each: {}",
                account.account_id,
                counted(packed.block_count, "month"),
                in_bytes(packed.interval_count, packed.byte_count)
            )
        };
        write_line(session, &line)?;
    }
    Ok(())
}

async fn pack_one(
    store: &dyn MaintainStore,
    account: AccountId,
    bar: &ProgressBar,
) -> Result<PackStep, StoreError> {
    let template = "{prefix} {bar:30} {pos}/{len} months of extensions, {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.reset();
    bar.set_prefix(format!("account {account}"));
    let mut total = PackStep::default();
    loop {
        let step = store.pack(account, EXTENSIONS_AT_ONCE).await?;
        if step.extension_count == 0 {
            return Ok(total);
        }
        total.extension_count += step.extension_count;
        total.block_count += step.block_count;
        total.interval_count += step.interval_count;
        total.byte_count += step.byte_count;
        bar.set_length((total.extension_count + step.left_count).unsigned_abs());
        bar.set_position(total.extension_count.unsigned_abs());
        bar.set_message(counted(total.interval_count, "interval"));
    }
}

async fn check(
    session: &mut Session,
    store: &dyn MaintainStore,
    accounts: &[AccountRow],
) -> Result<(), Failure> {
    let mut differing = Vec::new();
    for account in accounts {
        let check = store.check_packed(account.account_id).await?;
        let outcome = if check.differences.is_empty() {
            "all match the rows they were made from".to_owned()
        } else {
            differing.push(account.account_id.to_string());
            format!("differences: {}", check.differences.join("; "))
        };
        let line = format!(
            "account {}: {} packed, one extension each: {}; {outcome}",
            account.account_id,
            counted(check.block_count, "month"),
            in_bytes(check.interval_count, check.byte_count)
        );
        write_line(session, &line)?;
    }
    if differing.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the packed history of account {} does not match its rows: keep a copy of {}, then run `presence rebuild`",
        differing.join(", "),
        session.settings.shown_store()
    )))
}

/// How much it is, and how many bytes each interval takes.
fn in_bytes(interval_count: i64, byte_count: i64) -> String {
    let intervals = counted(interval_count, "interval");
    if interval_count == 0 {
        return intervals;
    }
    let tenths = (byte_count * 10 + interval_count / 2) / interval_count;
    format!("{intervals}, {}.{} bytes each", tenths / 10, tenths % 10)
}

fn write_line(session: &mut Session, line: &str) -> Result<(), Failure> {
    let line = format!("{}\n", escape::one_line(line));
    Ok(session.output.write(&line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_for_each_interval() {
        assert_eq!(in_bytes(0, 0), "0 intervals");
        assert_eq!(in_bytes(1, 60), "1 interval, 60.0 bytes each");
        assert_eq!(in_bytes(1000, 4850), "1000 intervals, 4.9 bytes each");
    }
}
