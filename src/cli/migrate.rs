//! `presence migrate`.

use crate::store::OpenMode;

use super::exit::Failure;
use super::session::Session;

/// Makes a store, or brings an older one up to date: opening it to write does both.
pub(super) async fn run(session: &mut Session) -> Result<(), Failure> {
    let store = session.store(OpenMode::Create).await?;
    let account_count = store.accounts().await?.len();
    store.close().await;
    let accounts = if account_count == 1 {
        "account"
    } else {
        "accounts"
    };
    session.output.note(&format!(
        "{} is up to date; it holds {account_count} {accounts}.",
        session.settings.shown_store()
    ));
    Ok(())
}
