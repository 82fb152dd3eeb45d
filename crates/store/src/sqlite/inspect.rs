//! Inspects a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, query, raw_sql};

use super::{BEGIN_WRITE, open};
use crate::dialect::Dialect;
use crate::inspect::{Access, Inspection};
use crate::open::OpenMode;
use crate::{StoreError, lease};
use presence_files::private::{self, Openness};

/// How long another program's transaction is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// See [`crate::inspect()`].
pub(crate) async fn inspect(location: &str) -> Result<Inspection, StoreError> {
    let path = open::path_of(location)?;
    open::check_file(&path, OpenMode::ReadOnly)?;
    let shown = path.display().to_string();
    let explain = |error: sqlx::Error| Sqlite::explain(&shown, error.into());
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT);
    let reader = options.clone().read_only(true).connect().await;
    let mut reader = reader.map_err(explain)?;
    let integrity = quick_check(&mut reader).await.map_err(explain)?;
    let leases = lease::all::<Sqlite>(&mut reader).await;
    let leases = leases.map_err(|error| Sqlite::explain(&shown, error))?;
    reader.close().await.map_err(explain)?;
    let writing = try_to_write(&options).await;
    Ok(Inspection {
        folder: path.parent().map(std::path::Path::to_owned),
        integrity,
        writing: writing.map_err(|error| Sqlite::explain(&shown, error.into()).to_string()),
        access: access(&path),
        leases,
    })
}

/// Reads every page, and compares without the indexes' order: seconds for a large file.
async fn quick_check(reader: &mut SqliteConnection) -> Result<Result<(), String>, sqlx::Error> {
    let row = query("pragma quick_check(1)").fetch_one(reader).await?;
    let told: String = row.try_get("quick_check")?;
    Ok(if told == "ok" { Ok(()) } else { Err(told) })
}

/// What other users may do with the file and with the files next to it that begin with its name.
fn access(path: &Path) -> Access {
    let mut found: Vec<(Openness, String)> = Vec::new();
    for file in belonging(path) {
        if let Some((openness, mode)) = private::openness(&file)
            && openness > Openness::Private
        {
            found.push((openness, format!("{} ({mode:04o})", file.display())));
        }
    }
    let Some(worst) = found.iter().map(|(openness, _)| *openness).max() else {
        return Access::Closed("only its owner, or its group, can read the file".to_owned());
    };
    let names: Vec<String> = found
        .into_iter()
        .filter(|(openness, _)| *openness == worst)
        .map(|(_, name)| name)
        .collect();
    let names = names.join(", ");
    let advice = "run `chmod 600` on each (`chmod 640`, if its group is to read it)".to_owned();
    if worst == Openness::Writable {
        let found = format!("other users can change {names}");
        Access::Open { found, advice }
    } else {
        let found = format!("every user of this computer can read {names}");
        Access::Readable { found, advice }
    }
}

/// The file, and the files next to it under its name: the write-ahead log, its index, the locks.
fn belonging(path: &Path) -> Vec<PathBuf> {
    let mut files = vec![path.to_owned()];
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return files;
    };
    let name = name.to_string_lossy();
    let beside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let beside = beside.filter(|entry| {
        let other = entry.file_name();
        let rest = other.to_str().and_then(|other| other.strip_prefix(&*name));
        rest.is_some_and(|rest| {
            ["-wal", "-shm", "-journal"].contains(&rest) || rest.strip_suffix(".lock").is_some()
        })
    });
    files.extend(beside.map(|entry| entry.path()));
    files.sort();
    files
}

/// Takes the write lock and gives it up.
async fn try_to_write(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut writer = options.connect().await?;
    raw_sql(BEGIN_WRITE).execute(&mut writer).await?;
    raw_sql("rollback").execute(&mut writer).await?;
    writer.close().await
}
