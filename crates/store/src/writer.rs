//! The one connection that writes, and what becomes of it after a failure.

use sqlx::{Connection, Database};

use super::StoreError;
use super::dialect::{BeginStatements, Dialect};
use super::dictionary::Remembered;
use super::months::Months;
use super::timeouts::{connected, gave_up, is_there, with_timeout};

/// How a writer connects.
pub(super) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// The one connection that writes, and what it remembers of the dictionaries.
pub(super) struct Writer<DB: Dialect> {
    pub(super) connection: DB::Connection,
    pub(super) begins: BeginStatements,
    pub(super) remembered: Remembered,
    /// The months that can be written to, as far as is known.
    pub(super) months: Months,
    options: Options<DB>,
    /// Whether something was given up in the middle of a transaction.
    is_doubtful: bool,
}

impl<DB: Dialect> Writer<DB> {
    /// A writer that remembers nothing yet.
    pub(super) fn new(
        connection: DB::Connection,
        options: Options<DB>,
        begins: BeginStatements,
    ) -> Self {
        Self {
            connection,
            begins,
            remembered: Remembered::default(),
            months: Months::default(),
            options,
            is_doubtful: false,
        }
    }

    /// Does something short. A server that does not answer is not waited for: the next one who writes makes another
    /// connection.
    pub(super) async fn with_timeout<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if !DB::IS_SERVER {
            return work(self).await;
        }
        if let Some(done) = with_timeout(work(self)).await {
            return done;
        }
        self.is_doubtful = true;
        Err(gave_up())
    }

    /// After a failure: a transaction that was merely dropped ends when the connection is used next. That is now: until
    /// then it would keep its locks, and the database from removing old rows.
    pub(super) async fn end_dropped(&mut self) {
        if !self.is_doubtful && !is_there(&mut self.connection).await {
            self.is_doubtful = true;
        }
    }

    /// After a failure that may pass: puts a new connection into the place of one that is gone. Who answers it may not
    /// have all that the one before had, so what was remembered is forgotten.
    pub(super) async fn recover(&mut self, error: &sqlx::Error) -> Result<(), StoreError> {
        if DB::is_lost(error) {
            self.reconnect().await?;
        }
        Ok(())
    }

    /// Before anything is written: SQLite ends a transaction by itself when the medium fails, which the driver does not
    /// notice, and then it begins no other one on that connection. A new connection takes its place.
    pub(super) async fn finish(&mut self) -> Result<(), StoreError> {
        if self.is_doubtful {
            return self.reconnect().await;
        }
        if !self.connection.is_in_transaction() {
            return Ok(());
        }
        // A transaction that was merely dropped is rolled back when the connection is used next: that is now.
        let is_there = is_there(&mut self.connection).await;
        if !is_there || self.connection.is_in_transaction() {
            self.reconnect().await?;
        }
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.connection = connected(&self.options).await?;
        self.is_doubtful = false;
        self.remembered = Remembered::default();
        self.months = Months::default();
        Ok(())
    }
}
