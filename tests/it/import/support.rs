//! Sample pages of the platform as lines of a file, and a store to import them into.

use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::support::reading::ReadAtOnce;
use presence_clock::VirtualClock;
use presence_model::ids::{AccountId, SnapshotNo};
use presence_model::time::Timestamp;
use presence_recording::import::{ImportError, ImportProgress, ImportSummary, Importer, Input};
use presence_store::{AppendStore, Durability, OpenMode, SqliteStore, Store};
use tempfile::TempDir;

/// The sample pages: every kind of record; a page in the middle; an empty one.
pub(super) const PAGES: [&str; 3] = [
    include_str!("../fixtures/ringcentral/presence-list-mixed-single-page.json"),
    include_str!("../fixtures/ringcentral/presence-list-page-2-of-8.json"),
    include_str!("../fixtures/ringcentral/presence-list-empty-page.json"),
];

/// The sample list of extensions.
pub(super) const DIRECTORY: &str = include_str!("../fixtures/ringcentral/extension-list-page.json");

/// A line with the records of a page.
pub(super) fn line_of(account_id: &str, observed_at: &str, page: &str) -> String {
    let page: serde_json::Value = serde_json::from_str(page).expect("a fixture is JSON");
    serde_json::json!({
        "account_id": account_id,
        "observed_at": observed_at,
        "records": page["records"],
    })
    .to_string()
}

/// A line in which extension 7 shows `status` at 14:`minute`.
pub(super) fn short_line(account_id: i64, minute: u32, status: &str) -> String {
    format!(
        r#"{{"account_id":{account_id},"observed_at":"2026-11-02T14:{minute:02}:00Z","records":[{{"extension":{{"id":7}},"presenceStatus":"{status}"}}]}}"#
    )
}

/// Two accounts, whose sweeps show the sample pages in turn, and one directory.
pub(super) fn sample_file() -> Vec<String> {
    let mut lines = Vec::new();
    for minute in 0..9 {
        let at = format!("2026-11-02T14:{minute:02}:00Z");
        lines.push(line_of("37439510", &at, PAGES[minute % 2]));
        if minute % 3 == 0 {
            lines.push(line_of("255537016", &at, PAGES[minute % 3]));
        }
    }
    let directory: serde_json::Value = serde_json::from_str(DIRECTORY).expect("it is JSON");
    let mut with_directory: serde_json::Value =
        serde_json::from_str(&lines[0]).expect("it is JSON");
    with_directory["directory"] = directory["records"].clone();
    lines[0] = with_directory.to_string();
    lines
}

async fn open_in(folder: &TempDir) -> SqliteStore {
    let path = folder.path().join("test.db");
    let location = path.to_str().expect("the path is text");
    SqliteStore::open(location, OpenMode::Create, Durability::Relaxed)
        .await
        .expect("a store can be opened")
}

/// An empty store at 15:00 on 2026-11-02.
pub(super) struct Place {
    folder: TempDir,
    pub(super) store: Arc<SqliteStore>,
    clock: Arc<VirtualClock>,
}

impl Place {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = open_in(&folder).await;
        let now: Timestamp = "2026-11-02T15:00:00Z".parse().expect("it is a time");
        Self {
            folder,
            store: Arc::new(store),
            clock: Arc::new(VirtualClock::new(now.as_ms())),
        }
    }

    pub(super) fn importer(&self) -> Importer {
        self.importer_into(Arc::clone(&self.store) as Arc<dyn AppendStore>)
    }

    pub(super) fn importer_into(&self, store: Arc<dyn AppendStore>) -> Importer {
        Importer::new(store, Arc::clone(&self.clock) as Arc<_>)
    }

    /// The summary of an input, or its error as text.
    pub(super) async fn import(&self, text: impl Into<Vec<u8>>) -> Result<ImportSummary, String> {
        let result = import(&mut self.importer(), Cursor::new(text.into())).await;
        result.map_err(|error| error.to_string())
    }

    /// The snapshots of an account with their events, as text.
    pub(super) async fn log(&self, account_id: i64) -> String {
        let snapshots = self
            .store
            .reading()
            .await
            .snapshots(AccountId(account_id), SnapshotNo(0), 10_000)
            .await
            .expect("the log can be read");
        format!("{snapshots:#?}")
    }

    /// The times of an account's snapshots.
    pub(super) async fn times(&self, account_id: i64) -> Vec<String> {
        let snapshots = self
            .store
            .reading()
            .await
            .snapshots(AccountId(account_id), SnapshotNo(0), 10_000)
            .await
            .expect("the log can be read");
        let time = |snapshot: &Timestamp| snapshot.to_string()[11..16].to_owned();
        snapshots
            .iter()
            .map(|(snapshot, _)| time(&snapshot.started_at))
            .collect()
    }

    /// The same store, opened again.
    pub(super) async fn reopened(self) -> Self {
        self.store.close().await;
        let store = Arc::new(open_in(&self.folder).await);
        Self { store, ..self }
    }

    /// Closes the store before its folder is removed.
    pub(super) async fn close(self) {
        self.store.close().await;
        self.folder.close().expect("the folder can be removed");
    }
}

/// Imports an input called `sweeps.ndjson`.
pub(super) async fn import(
    importer: &mut Importer,
    reader: impl Read + Send + 'static,
) -> Result<ImportSummary, ImportError> {
    let input = Input {
        name: "sweeps.ndjson".to_owned(),
        reader,
        byte_count: None,
    };
    importer.import(input, &mut |_: ImportProgress| {}).await
}

pub(super) fn summary(stored_count: u64, skipped_count: u64, event_count: u64) -> ImportSummary {
    ImportSummary {
        line_count: stored_count + skipped_count,
        stored_count,
        skipped_count,
        event_count,
    }
}
