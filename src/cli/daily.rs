//! `presence daily`.

use presence_answers::format::Format;
use presence_answers::render;
use presence_answers::shapes::daily::DailyUpdateShape;
use presence_charts::json;
use presence_model::facet::Facet;
use presence_model::time::Timestamp;
use presence_reading::daily::{DailyTable, DailyUpdate, update_daily};
use presence_store::{AccountRow, MaintainStore, OpenMode, ReadStore};

use super::args::DailyArgs;
use super::exit::Failure;
use super::session::Session;
use super::settings::DailySettings;

/// Brings the daily table of every account (or of the one that is named) up to date, or empties it.
pub(super) async fn run(session: &mut Session, args: &DailyArgs) -> Result<(), Failure> {
    let store = session.store(OpenMode::Existing).await?;
    let accounts = chosen(session, &*store).await?;
    if args.clear {
        clear(session, &*store, &accounts, &args.facets).await?;
    } else {
        let settings = DailySettings {
            facets: match &*args.facets {
                [] => session.settings.daily.facets.clone(),
                named => named.to_vec(),
            },
            zone: session.settings.daily.zone.clone(),
        };
        let updates = update(&*store, &accounts, &settings, session.asker.settings.now).await?;
        write(session, &updates)?;
    }
    store.close().await;
    Ok(())
}

/// Every account, or the one that is named.
async fn chosen(session: &Session, store: &dyn ReadStore) -> Result<Vec<AccountRow>, Failure> {
    let mut accounts = store.accounts().await?;
    if session.asker.settings.account.is_some() {
        let wanted = session.asker.account(store).await?;
        accounts.retain(|account| account.account_id == wanted);
    }
    Ok(accounts)
}

/// Brings the tables of some accounts up to date.
pub(super) async fn update(
    store: &dyn MaintainStore,
    accounts: &[AccountRow],
    settings: &DailySettings,
    now: Timestamp,
) -> Result<Vec<DailyUpdate>, Failure> {
    let mut updates = Vec::new();
    for account in accounts {
        for &facet in &settings.facets {
            let table = DailyTable {
                account_id: account.account_id,
                facet,
                zone: settings.zone.clone(),
            };
            updates.push(update_daily(store, &table, now).await?);
        }
    }
    Ok(updates)
}

async fn clear(
    session: &mut Session,
    store: &dyn MaintainStore,
    accounts: &[AccountRow],
    facets: &[Facet],
) -> Result<(), Failure> {
    for account in accounts {
        let mut kept = store.read().await?.daily_facets(account.account_id).await?;
        kept.retain(|facet| facets.is_empty() || facets.contains(facet));
        for facet in kept {
            store.clear_daily(account.account_id, facet).await?;
            let what = format!("account {}, {}", account.account_id, facet.name());
            session.output.note(&format!("{what}: emptied"));
        }
    }
    Ok(())
}

fn write(session: &mut Session, updates: &[DailyUpdate]) -> Result<(), Failure> {
    let shapes = || -> Vec<DailyUpdateShape> { updates.iter().copied().map(Into::into).collect() };
    let text = match session.asker.settings.format {
        Format::Table => render::daily::table(updates),
        Format::Json => json::pretty(&shapes()),
        Format::Ndjson => json::lines(shapes()),
        Format::Csv => render::daily::csv(updates).file(&session.asker.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}
