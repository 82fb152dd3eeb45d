//! What a database knows of how many rows there are, and how they differ: by that it chooses how to answer a question.
//!
//! SQLite gathers them only on request, and a server some time after much has changed, or never for a partitioned
//! table. So they are requested after much was appended.

use sqlx::Connection;

use super::StoreError;
use super::dialect::{Dialect, Statement};
use super::writer::Writer;

/// Lets the database gather statistics of its tables. If the role may not, nothing happens.
pub(super) async fn refresh<DB: Dialect>(writer: &mut Writer<DB>) -> Result<(), StoreError> {
    let begin = writer.begins.rebuild.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    for statement in DB::REFRESH_STATISTICS {
        Statement::<DB>::new(statement)
            .execute(&mut transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
