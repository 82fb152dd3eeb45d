//! Looks a schema over.

use sqlx::{AssertSqlSafe, Connection, PgTransaction, Postgres, Row, query};

use super::address::Address;
use crate::model::ids::{AccountId, Epoch};
use crate::model::time::Timestamp;
use crate::store::StoreError;
use crate::store::dialect::Dialect;
use crate::store::examine::{Examination, LeaseRow};
use crate::store::patience::connected;

/// See [`crate::store::examine()`].
pub(in crate::store) async fn examine(location: &str) -> Result<Examination, StoreError> {
    let address = Address::parse(location)?;
    let explain = |error: sqlx::Error| Postgres::explain(&address.shown, error.into());
    let mut connection = connected(&address.options).await.map_err(explain)?;
    let begin = format!(
        "begin read only; set local search_path to \"{}\", pg_temp",
        address.schema
    );
    let transaction = connection.begin_with(AssertSqlSafe(begin)).await;
    let mut transaction = transaction.map_err(explain)?;
    let found = look(&mut transaction).await.map_err(explain)?;
    transaction.rollback().await.map_err(explain)?;
    connection.close().await.map_err(explain)?;
    Ok(found)
}

/// The server keeps its own files in order; what it can tell is whether it would let us write.
async fn look(transaction: &mut PgTransaction<'_>) -> Result<Examination, sqlx::Error> {
    let statement = "\
        select
            pg_is_in_recovery(),
            has_table_privilege('event', 'insert') and has_table_privilege('head', 'update')";
    let row = query(statement)
        .persistent(false)
        .fetch_one(&mut **transaction)
        .await?;
    let (is_standby, may_write): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    let statement = "\
        select account_id, holder, epoch, (extract(epoch from expires_at) * 1000)::bigint
        from lease
        order by account_id";
    let rows = query(statement)
        .persistent(false)
        .fetch_all(&mut **transaction)
        .await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(LeaseRow {
            account_id: AccountId(row.try_get(0)?),
            holder: row.try_get(1)?,
            epoch: Epoch(row.try_get(2)?),
            expires_at: Timestamp::saturating_from_ms(row.try_get(3)?),
        })
    };
    Ok(Examination {
        folder: None,
        integrity: Ok(()),
        writing: match (is_standby, may_write) {
            (true, _) => Err("the server is a standby; name the primary server".to_owned()),
            (_, false) => Err("this user may read only".to_owned()),
            (false, true) => Ok(()),
        },
        leases: rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?,
    })
}
