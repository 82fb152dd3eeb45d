//! Opening a SQLite file, and refusing one that cannot be used: in one sentence, and without touching it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, query, raw_sql};

use super::BEGIN_WRITE;
use crate::StoreError;
use crate::derive;
use crate::dialect::BeginStatements;
use crate::location::{location_fault, redacted};
use crate::open::{Durability, OpenMode};
use crate::writer::Writer;
use presence_files::private;

/// "PHIS": marks a file as a presence history (`pragma application_id`).
const APPLICATION_ID: i64 = 0x5048_4953;

/// The migrations, in order; the file's `user_version` is the number of the last one applied.
///
/// All that a file lacks are applied in one transaction under the write lock, so two programs that open a new file at
/// once do not disturb each other, and a kill leaves the file as it was.
pub(super) const MIGRATIONS: [(i64, &str); 12] = [
    (
        1,
        include_str!("../../../../migrations/sqlite/0001_log.sql"),
    ),
    (
        2,
        include_str!("../../../../migrations/sqlite/0002_projections.sql"),
    ),
    (
        3,
        include_str!("../../../../migrations/sqlite/0003_views.sql"),
    ),
    (
        4,
        include_str!("../../../../migrations/sqlite/0004_daily.sql"),
    ),
    (
        5,
        include_str!("../../../../migrations/sqlite/0005_history_block.sql"),
    ),
    (
        7,
        include_str!("../../../../migrations/sqlite/0007_access.sql"),
    ),
    (
        8,
        include_str!("../../../../migrations/sqlite/0008_packed_days.sql"),
    ),
    (
        9,
        include_str!("../../../../migrations/sqlite/0009_site_zones.sql"),
    ),
    (
        10,
        include_str!("../../../../migrations/sqlite/0010_protection.sql"),
    ),
    (
        11,
        include_str!("../../../../migrations/sqlite/0011_rules.sql"),
    ),
    (
        12,
        include_str!("../../../../migrations/sqlite/0012_names.sql"),
    ),
    (
        13,
        include_str!("../../../../migrations/sqlite/0013_queues.sql"),
    ),
];

/// The version of the tables that this program writes.
const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Before 3.51.3 a checkpoint could corrupt a write-ahead log that several connections use.
const LIBRARY_LEAST: [u32; 3] = [3, 51, 3];

/// How long a writer waits for another program's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause between attempts to begin the write-ahead log of a file that another program is writing to.
const LOG_PAUSE: Duration = Duration::from_millis(50);

/// So many rows are read ahead. With the driver's 50 the two threads often wait for each other where
/// there are many rows.
const ROWS_AHEAD: usize = 1024;

/// Connections that answer questions at the same time.
const READERS: u32 = 4;

/// The file that `location` names: a path, or `sqlite:` (also `sqlite://`) before a path.
pub(crate) fn path_of(location: &str) -> Result<PathBuf, StoreError> {
    let shown = redacted(location);
    let refused = |why: &str| Err(StoreError::Unusable(format!("the store {shown:?} {why}")));
    if let Some(why) = location_fault(location) {
        return refused(why);
    }
    let path = match location.split_once(':') {
        Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
        _ => location,
    };
    if path.is_empty() || path.contains('\0') {
        return refused("names no file; use sqlite:FILE");
    }
    if location.starts_with("sqlite:") && path.contains('?') {
        return refused("has options after ?, which are not supported; use sqlite:FILE");
    }
    std::path::absolute(path).map_err(|error| {
        StoreError::Unusable(format!("the store {shown:?} names no file: {error}"))
    })
}

/// Checks the file before SQLite opens it.
pub(super) fn check_file(path: &Path, mode: OpenMode) -> Result<(), StoreError> {
    let shown = path.display();
    let unusable = |text: String| Err(StoreError::Unusable(text));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound && mode == OpenMode::Create => {
            return match path.parent() {
                Some(folder) if !folder.is_dir() => unusable(format!(
                    "{shown} cannot be made, because there is no folder {}; make it first",
                    folder.display()
                )),
                _ => Ok(()),
            };
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::NotYet(format!(
                "there is no store at {shown}; name the right one with --store, or make one with \
                 `presence collect` or `presence import`"
            )));
        }
        Err(error) => return unusable(format!("{shown} cannot be read: {error}")),
    };
    if !metadata.is_file() {
        return unusable(format!(
            "{shown} is a folder or a device, not a store; name a file"
        ));
    }
    let header = match read_header(path) {
        Ok(header) => header,
        Err(error) => {
            return unusable(format!(
                "{shown} cannot be read: {error}; check who may read it"
            ));
        }
    };
    check_header(path, &header, mode)?;
    if mode != OpenMode::ReadOnly
        && let Err(error) = File::options().write(true).open(path)
    {
        return unusable(format!(
            "{shown} cannot be written to: {error}; check who may write to it"
        ));
    }
    Ok(())
}

/// The first bytes of the file, up to the length of SQLite's header.
fn read_header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    Ok(header)
}

/// See "The Database Header" in SQLite's description of its file format. What the write-ahead log holds is not in it
/// yet, so zeros prove nothing.
fn check_header(path: &Path, header: &[u8], mode: OpenMode) -> Result<(), StoreError> {
    if header.is_empty() {
        return match mode {
            OpenMode::Create => Ok(()),
            _ => Err(holds_nothing(path)),
        };
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::Unusable(format!(
            "{} is not a presence history (it is no SQLite file); name another file with --store",
            path.display()
        )));
    }
    let number = |at: usize| {
        let bytes = header[at..at + 4]
            .try_into()
            .expect("four bytes were taken");
        i64::from(i32::from_be_bytes(bytes))
    };
    check_marks(path, number(68), number(60))
}

/// Whether the file's marks are ours, or none.
fn check_marks(path: &Path, application_id: i64, version: i64) -> Result<(), StoreError> {
    if application_id != 0 && application_id != APPLICATION_ID {
        return Err(not_ours(path));
    }
    if application_id == APPLICATION_ID && version > SCHEMA_VERSION {
        return Err(StoreError::Unusable(format!(
            "{} was written by a newer version of presence (its tables are version {version}, this program knows \
             {SCHEMA_VERSION}); nothing was changed; use the newer program",
            path.display()
        )));
    }
    Ok(())
}

fn not_ours(path: &Path) -> StoreError {
    StoreError::Unusable(format!(
        "{} belongs to another program (it is a SQLite file, but no presence history); name another file with --store",
        path.display()
    ))
}

fn holds_nothing(path: &Path) -> StoreError {
    StoreError::NotYet(format!(
        "{} holds no presence history yet; fill it with `presence collect` or `presence import`",
        path.display()
    ))
}

/// Opens the connection that writes, with the tables brought up to date, and the connections that read.
pub(super) async fn open_to_write(
    path: &Path,
    mode: OpenMode,
    durability: Durability,
    begins: BeginStatements,
) -> Result<(Writer<Sqlite>, SqlitePool), StoreError> {
    let synchronous = match durability {
        Durability::PowerLoss => SqliteSynchronous::Full,
        Durability::Relaxed => SqliteSynchronous::Normal,
    };
    let options = options(path)
        .create_if_missing(mode == OpenMode::Create)
        .synchronous(synchronous)
        .pragma("cache_size", "-65536")
        .pragma("journal_size_limit", "67108864")
        .optimize_on_close(true, 1000);
    if mode == OpenMode::Create {
        // The files that SQLite adds have the mode of this file.
        private::make_if_missing(path).map_err(|error| {
            StoreError::Unusable(format!("{} cannot be made: {error}", path.display()))
        })?;
    }
    let mut connection = options.connect().await?;
    check_library(&mut connection).await?;
    let version = version(path, &mut connection).await?;
    if version == 0 && mode == OpenMode::Existing {
        return Err(holds_nothing(path));
    }
    if version < SCHEMA_VERSION {
        // The mode stays with the file, so it is set only now that the file is known to be ours.
        connection.close().await?;
        connection = with_log(&options).await?;
        migrate(path, &mut connection).await?;
    }
    let readers = reader_pool(self::options(path).read_only(true));
    Ok((Writer::new(connection, options, begins), readers))
}

/// A connection to the file with a write-ahead log.
///
/// `pragma journal_mode = wal` first reads the file and then asks for the right to write it. A connection that already
/// reads is refused that at once while another one has it: SQLite does not call the busy handler then, because the two
/// could wait for each other. So two programs that begin the same new file meet here. We ask again until
/// [`BUSY_TIMEOUT`] has passed.
async fn with_log(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let options = options.clone().journal_mode(SqliteJournalMode::Wal);
    let trying = async {
        loop {
            match options.connect().await {
                Err(error) if is_busy(&error) => tokio::time::sleep(LOG_PAUSE).await,
                connected => return connected,
            }
        }
    };
    match tokio::time::timeout(BUSY_TIMEOUT, trying).await {
        Ok(connected) => connected,
        Err(_) => options.connect().await,
    }
}

/// Whether another connection holds a lock that was needed, by SQLite's primary code.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let code: Option<u32> = code.and_then(|code| code.parse().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// Opens the file to read only.
pub(super) async fn open_to_read(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = options(path).read_only(true);
    match checked_readers(path, options.clone()).await {
        Ok(readers) => Ok(readers),
        // Reading along a write-ahead log needs a shared file next to it. Where that cannot be made, and there is no
        // log that might still be written, the file alone is everything.
        Err(StoreError::Database(_)) if !has_write_ahead_log(path) => {
            checked_readers(path, options.immutable(true)).await
        }
        Err(error) => Err(error),
    }
}

/// What reads, if the file can be read: checked by the connection that then answers the first question, since making
/// one costs as much as a short answer.
async fn checked_readers(
    path: &Path,
    options: SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    let readers = reader_pool(options);
    let mut connection = readers.acquire().await?;
    check_library(&mut connection).await?;
    match version(path, &mut connection).await? {
        0 => Err(holds_nothing(path)),
        SCHEMA_VERSION => {
            let mut transaction = connection.begin().await?;
            let outdated = derive::outdated(&mut transaction).await?;
            transaction.rollback().await?;
            if let Some(error) = derive::refusal(&path.display().to_string(), &outdated) {
                return Err(error);
            }
            connection.return_to_pool().await;
            Ok(readers)
        }
        _ => Err(StoreError::Unusable(format!(
            "{} was written by an older version of presence; bring its tables up to date with `presence migrate`",
            path.display()
        ))),
    }
}

fn has_write_ahead_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_AHEAD)
        .foreign_keys(false)
}

/// Connections that are made when they are needed, and then kept.
fn reader_pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.pragma("cache_size", "-16384"))
}

async fn check_library(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let row = query("select sqlite_version()")
        .fetch_one(connection)
        .await?;
    let version: String = row.try_get(0)?;
    if is_new_enough(&version) {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "this program was built with SQLite {version}, whose write-ahead log can be corrupted; build it with SQLite \
         3.51.3 or newer (the bundled one is)"
    )))
}

fn is_new_enough(version: &str) -> bool {
    let numbers: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    numbers.is_ok_and(|numbers| numbers.as_slice() >= LIBRARY_LEAST.as_slice())
}

/// The version of the file's tables; 0 for a file that holds nothing.
async fn version(path: &Path, connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let statement = "\
        select
            (select application_id from pragma_application_id) as application_id,
            (select user_version from pragma_user_version) as version,
            (select count(*) from sqlite_master) as table_count";
    let row = query(statement).fetch_one(connection).await?;
    let (application_id, version): (i64, i64) =
        (row.try_get("application_id")?, row.try_get("version")?);
    let table_count: i64 = row.try_get("table_count")?;
    check_marks(path, application_id, version)?;
    match (application_id, table_count) {
        (APPLICATION_ID, _) => Ok(version),
        (_, 0) => Ok(0),
        _ => Err(not_ours(path)),
    }
}

async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with(BEGIN_WRITE).await?;
    // Another program may have done it while we waited for the lock.
    let version = version(path, &mut transaction).await?;
    for (_, migration) in MIGRATIONS.iter().filter(|(number, _)| *number > version) {
        raw_sql(*migration).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Turns SQLite's codes that concern the file into a sentence that names it.
pub(super) fn explain(shown: &str, error: StoreError) -> StoreError {
    let StoreError::Database(sqlx::Error::Database(cause)) = &error else {
        return error;
    };
    let code: i32 = cause.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    let primary = code & 0xff;
    let sentence = match primary {
        5 | 6 => format!(
            "{shown} is being written to by another program, which has not finished: {cause}; try again"
        ),
        10 => format!(
            "{shown} could not be read or written: {cause}; check the medium, and that it has room"
        ),
        13 => format!("{shown} has no room left: {cause}; make room on the medium"),
        8 => format!(
            "{shown} cannot be written to: {cause}; check who may write to it and to its folder"
        ),
        11 => format!(
            "{shown} is damaged: {cause}; keep it as it is, and go on with a copy made before (nothing was repaired or \
             renamed)"
        ),
        14 => format!(
            "{shown} cannot be opened: {cause}; check who may read and write it and its folder, where files ending in \
             -wal and -shm belong to it"
        ),
        26 => format!(
            "{shown} is not a presence history (it is no SQLite file); name another file with --store"
        ),
        _ => return error,
    };
    if matches!(primary, 5 | 6 | 10 | 13) {
        StoreError::Away(sentence)
    } else {
        StoreError::Unusable(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(location: &str, expected: &str) {
        let folder = std::path::absolute(".").expect("there is a current folder");
        let shown = match path_of(location) {
            Ok(path) => path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .display()
                .to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_location_names_a_file() {
        check("presence.db", "presence.db");
        check("sqlite:presence.db", "presence.db");
        check("sqlite://presence.db", "presence.db");
        check("sqlite:///var/lib/presence.db", "/var/lib/presence.db");
        check("a folder/with 100%?.db", "a folder/with 100%?.db");
        check("odd:name.db", "odd:name.db");
    }

    #[test]
    fn other_locations_are_refused() {
        check(
            "mysql://localhost/presence",
            "the store \"mysql://localhost/presence\" is of an unknown kind; write sqlite:FILE or \
             postgres://HOST/DATABASE",
        );
        check(
            "sqlite:",
            "the store \"sqlite:\" names no file; write sqlite:FILE",
        );
        check(
            "sqlite::memory:",
            "the store \"sqlite::memory:\" would be gone with the program; write sqlite:FILE",
        );
    }

    #[test]
    fn an_older_library_is_refused() {
        for (version, expected) in [
            ("3.51.3", true),
            ("3.52.0", true),
            ("4.0", true),
            ("3.51.2", false),
            ("3.40.1", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_file_that_another_program_is_writing_to_gets_its_log_when_that_has_ended() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("new.db");
        let options = options(&path).create_if_missing(true);
        let mut other = options.connect().await.expect("it can be made");
        let writing = raw_sql("begin immediate");
        writing
            .execute(&mut other)
            .await
            .expect("nobody else writes");
        let at_once = options.clone().journal_mode(SqliteJournalMode::Wal);
        let refused = at_once.connect().await.expect_err("the other is writing");
        assert!(is_busy(&refused), "{refused}");
        let ended = tokio::spawn(async move {
            tokio::time::sleep(LOG_PAUSE * 4).await;
            other.close().await
        });
        let mut connection = with_log(&options).await.expect("it waits for the other");
        let mode = query("pragma journal_mode").fetch_one(&mut connection);
        let mode: String = mode.await.expect("a row").get(0);
        assert_eq!(mode, "wal");
        ended.await.expect("it ends").expect("it closes");
    }
}
