//! The time zones of sites: from them an extension's is assumed where its own is not known.

use std::collections::HashMap;

use sqlx::{Connection, Transaction};

use super::dialect::{Dialect, Statement};
use super::selected::SiteZoneColumns;
use super::writer::Writer;
use super::{SiteZone, StoreError, sql};
use presence_model::ids::AccountId;

/// Notes the zones that differ from what was known of their sites; a site that is not named stays as it is.
pub(super) async fn put<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    zones: &[SiteZone],
) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let kept = read(&mut transaction, account).await?.into_iter();
    let mut latest: HashMap<String, String> =
        kept.map(|zone| (zone.site, zone.time_zone)).collect();
    for zone in zones {
        if latest.get(&zone.site) == Some(&zone.time_zone) {
            continue;
        }
        latest.insert(zone.site.clone(), zone.time_zone.clone());
        Statement::<DB>::new(sql::PUT_SITE_ZONE)
            .int(account.0)
            .text(zone.site.clone())
            .time(zone.since)
            .text(zone.time_zone.clone())
            .execute(&mut transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// All that was ever known, by site and time.
pub(super) async fn read<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Vec<SiteZone>, StoreError> {
    let rows = Statement::<DB>::select(sql::SITE_ZONES)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        Ok(SiteZone {
            site: row.text(SiteZoneColumns::site)?.to_owned(),
            since: row.time(SiteZoneColumns::since)?,
            time_zone: row.text(SiteZoneColumns::time_zone)?.to_owned(),
        })
    })
}
