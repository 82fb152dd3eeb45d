//! Inspects a schema.

use sqlx::{Connection, PgTransaction, Postgres, Row, query};

use super::address::Address;
use super::begins;
use super::schema::{BEGIN_CATALOG, inspect_schema};
use crate::dialect::Dialect;
use crate::inspect::{Access, Inspection};
use crate::open::Durability;
use crate::timeouts::connected;
use crate::{StoreError, lease};

/// See [`crate::inspect()`].
pub(crate) async fn inspect(location: &str) -> Result<Inspection, StoreError> {
    let address = Address::parse(location)?;
    let explain = |error: sqlx::Error| Postgres::explain(&address.shown, error.into());
    let mut connection = connected(&address.options).await.map_err(explain)?;
    let transaction = connection.begin_with(BEGIN_CATALOG).await;
    let mut transaction = transaction.map_err(explain)?;
    let found = read_schema(&mut transaction, &address.schema).await;
    let found = found.map_err(explain)?;
    transaction.rollback().await.map_err(explain)?;
    let begin = begins(&address.schema, Durability::default()).read;
    let transaction = connection.begin_with(begin).await;
    let mut transaction = transaction.map_err(explain)?;
    let leases = lease::all::<Postgres>(&mut transaction).await;
    let leases = leases.map_err(|error| Postgres::explain(&address.shown, error))?;
    transaction.rollback().await.map_err(explain)?;
    connection.close().await.map_err(explain)?;
    Ok(Inspection { leases, ..found })
}

/// The server keeps its own files in order; it can only say whether this user may write.
async fn read_schema(
    transaction: &mut PgTransaction<'_>,
    schema: &str,
) -> Result<Inspection, sqlx::Error> {
    let statement = "\
        select
            pg_catalog.pg_is_in_recovery() as is_standby,
            pg_catalog.has_table_privilege(pg_catalog.format('%I.event', $1), 'insert')
                and pg_catalog.has_table_privilege(pg_catalog.format('%I.head', $1), 'update') as may_write";
    let row = query(statement)
        .persistent(false)
        .bind(schema.to_owned())
        .fetch_one(&mut **transaction)
        .await?;
    let (is_standby, may_write): (bool, bool) =
        (row.try_get("is_standby")?, row.try_get("may_write")?);
    let complaint = inspect_schema(transaction, schema).await?.complaint(schema);
    Ok(Inspection {
        folder: None,
        access: match complaint {
            None => Access::Closed("only its owner may create anything in the schema".to_owned()),
            Some((found, advice)) => Access::Open { found, advice },
        },
        integrity: Ok(()),
        writing: match (is_standby, may_write) {
            (true, _) => Err("the server is a standby; name the primary server".to_owned()),
            (_, false) => Err("this user may read only".to_owned()),
            (false, true) => Ok(()),
        },
        leases: Vec::new(),
    })
}
