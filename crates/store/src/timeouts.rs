//! How long a server is waited for. One that vanished without a word keeps a connection waiting for a quarter of an hour.

use std::io;
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};

use super::StoreError;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may take to answer when it has nothing to do.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a short transaction that writes may take: a little longer than the server itself lets a statement take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(130);

/// Makes a connection.
pub(super) async fn connected<O>(options: &O) -> Result<O::Connection, sqlx::Error>
where
    O: ConnectOptions<Connection: Sized>,
{
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect());
    connecting.await.unwrap_or_else(|_| {
        Err(silent(&format!(
            "no connection within {} s",
            CONNECT_TIMEOUT.as_secs()
        )))
    })
}

/// Whether the other end of a connection still answers.
pub(super) async fn is_there(connection: &mut impl Connection) -> bool {
    let answer = tokio::time::timeout(PING_TIMEOUT, connection.ping()).await;
    answer.is_ok_and(|answer| answer.is_ok())
}

/// Runs something short; `None` if the server is silent for so long that the outcome is unknown.
pub(super) async fn with_timeout<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Option<Result<T, StoreError>> {
    tokio::time::timeout(WRITE_TIMEOUT, work).await.ok()
}

/// What is said of a transaction that [`with_timeout`] gave up.
pub(super) fn gave_up() -> StoreError {
    let seconds = WRITE_TIMEOUT.as_secs();
    silent(&format!("no answer within {seconds} s")).into()
}

fn silent(what: &str) -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, what))
}
