//! `presence migrate`.

use presence_store::{OpenMode, Roles, is_postgres};

use super::args::MigrateArgs;
use super::exit::Failure;
use super::session::Session;

/// Makes a store, or brings an older one up to date: opening it to write does both. Then its roles, if they are wanted.
pub(super) async fn run(session: &mut Session, args: &MigrateArgs) -> Result<(), Failure> {
    let is_refused = args.roles && !is_postgres(&session.settings.store);
    if !is_refused {
        bring_up_to_date(session).await?;
    }
    if args.roles {
        roles(session, args).await?;
    }
    Ok(())
}

async fn bring_up_to_date(session: &Session) -> Result<(), Failure> {
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

async fn roles(session: &mut Session, args: &MigrateArgs) -> Result<(), Failure> {
    let roles = Roles {
        writer: args.writer.clone(),
        analyst: args.analyst.clone(),
        readers: args.accounts.clone(),
    };
    let location = session.settings.store.clone();
    if args.apply {
        roles.apply(&location).await?;
        session.output.note(&format!(
            "{} writes and {} reads; set their passwords before they connect.",
            args.writer, args.analyst
        ));
        return Ok(());
    }
    let sql = roles.sql(&location).await?;
    Ok(session.output.write(&sql)?)
}
