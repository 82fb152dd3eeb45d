//! How much a change takes on disk, everything counted.

use std::fs;

use presence_history::store::recorder::FlushAt;

use super::database::{ACCOUNT, Database, SqliteFile, record_all};
use crate::support::sweeps::Office;

/// Bytes of the file for each change event: the log, its projections, dictionaries and free space.
///
/// The dictionaries and the tables of people are a fixed part, here some 15 bytes an event; a long history comes below
/// 100.
#[tokio::test]
async fn a_change_takes_few_bytes() {
    let file = SqliteFile::new();
    let store = file.open().await;
    let sweeps = Office::calm(61, ACCOUNT, 500, 0.2).sweeps(200);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let end = store.log_end(ACCOUNT).await.expect("it reads");
    let event_count = u64::try_from(end.position.0).expect("it is a count");
    store.close().await;
    let bytes_each = || fs::metadata(file.path()).expect("it is there").len() / event_count;
    let grown = bytes_each();
    assert!(grown <= 115, "{grown} bytes an event as it grew");
    file.execute("vacuum").await.expect("it is done");
    let packed = bytes_each();
    assert!(packed <= 106, "{packed} bytes an event when packed");
}
