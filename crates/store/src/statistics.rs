//! What a database knows of how many rows there are, and how they differ: by that it chooses how to answer a question.
//!
//! SQLite knows nothing of it until it is told to look, and a server looks some time after much has changed, or never at
//! a table that is divided. So after much was appended it is told to look at once.

use sqlx::Connection;

use super::StoreError;
use super::dialect::{Dialect, Statement};
use super::writer::Writer;

/// Lets the database look at its tables. Where the role may not, nothing happens.
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
