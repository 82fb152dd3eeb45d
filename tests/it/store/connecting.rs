//! Connecting to one's own Postgres server: passwords from files, services, certificates, and a restart.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use presence_recording::recorder::FlushAt;
use presence_store::{Durability, OpenMode, RebuildMode, Store, open};

use super::database::{ACCOUNT, after, record_all, recorder};
use super::expected::{Expected, assert_same_state};
use crate::support::own_server::OwnServer;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// The result of `presence migrate` with this store and environment.
fn migrate(store: &str, variables: &[(&str, &Path)]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let ran = Command::new(env!("CARGO_BIN_EXE_presence"))
        .env_clear()
        .env("HOME", folder.path())
        .envs(variables.iter().copied())
        .current_dir(folder.path())
        .args(["migrate", "--store", store])
        .output()
        .expect("the program can be run");
    let said = String::from_utf8(ran.stderr).expect("the program writes UTF-8");
    assert!(!said.contains("secret"), "{said}");
    if ran.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

fn private_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("it is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    path
}

#[track_caller]
fn check_refused(result: Result<(), String>, expected: &str) {
    let said = result.expect_err(expected);
    assert!(said.contains(expected), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn a_password_comes_from_a_file_and_everything_from_a_service() {
    let server = OwnServer::start().await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let port = server.port;
    let location = format!("{}?sslmode=require", server.address);
    check_refused(migrate(&location, &[]), "does not let us in");
    let text =
        format!("localhost:{port}:office:someone:wrong\nlocalhost:{port}:*:presence:secret\n");
    let passwords = private_file(folder.path(), "passwords", &text);
    migrate(&location, &[("PGPASSFILE", &passwords)]).expect("the file holds the password");
    let home = private_file(folder.path(), ".pgpass", &text);
    assert!(home.is_file());
    migrate(&location, &[("HOME", folder.path())]).expect("the user's file holds it");

    let service = format!(
        "[office]\nhost=localhost\nport={port}\ndbname=office\nuser=presence\npassword=secret\nsslmode=verify-full\n\
         sslrootcert={}\n",
        server.certificate().display()
    );
    let services = private_file(folder.path(), "services", &service);
    let of_file = ("PGSERVICEFILE", services.as_path());
    migrate("postgres:///?service=office&schema=history", &[of_file]).expect("it says everything");
    migrate(
        "postgres:///?schema=history",
        &[of_file, ("PGSERVICE", Path::new("office"))],
    )
    .expect("the environment names it");
    check_refused(
        migrate("postgres:///?service=other", &[of_file]),
        "names the service other, which is not in",
    );
    check_refused(
        migrate("postgres:///missing?service=office", &[of_file]),
        "a database that is not there",
    );
}

#[tokio::test]
async fn a_certificate_is_checked_as_far_as_is_asked_for() {
    let server = OwnServer::start().await;
    let with_password = server.address.replacen("presence@", "presence:secret@", 1);
    let by_number = with_password.replacen("localhost", "127.0.0.1", 1);
    let root = format!("&sslrootcert={}", server.certificate().display());
    for (address, parameters) in [
        (&with_password, "sslmode=require".to_owned()),
        (&with_password, format!("sslmode=verify-ca{root}")),
        (&with_password, format!("sslmode=verify-full{root}")),
        (&by_number, "sslmode=prefer".to_owned()),
        (&by_number, format!("sslmode=verify-ca{root}")),
    ] {
        let location = format!("{address}?{parameters}");
        migrate(&location, &[]).unwrap_or_else(|said| panic!("{parameters}: {said}"));
    }
    for (address, parameters, expected) in [
        (
            &with_password,
            "sslmode=disable".to_owned(),
            "does not let us in",
        ),
        (
            &with_password,
            "sslmode=verify-full".to_owned(),
            "cannot be reached safely",
        ),
        (
            &by_number,
            format!("sslmode=verify-full{root}"),
            "cannot be reached safely",
        ),
    ] {
        let location = format!("{address}?{parameters}");
        check_refused(migrate(&location, &[]), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_is_survived() {
    let server = OwnServer::start().await;
    let location = format!("{}?schema=history", server.local_address);
    let store: Arc<dyn Store> = open(&location, OpenMode::Create, Durability::PowerLoss)
        .await
        .expect("it opens");
    let sweeps = Office::wild(98, ACCOUNT).sweeps(9);
    let (first, rest) = sweeps.split_at(3);
    record_all(&store, first, FlushAt::EVERY_SWEEP).await;
    let mut recorder = recorder(&store, None, FlushAt::EVERY_SWEEP).await;
    for (number, sweep) in rest.iter().enumerate() {
        // Every other time during a question: that answer is lost, and the next question is answered.
        let reading = match number % 2 {
            0 => Some(store.read().await.expect("it begins")),
            _ => None,
        };
        server.restart();
        if let Some(mut reading) = reading {
            let cut = reading
                .log_end(ACCOUNT)
                .await
                .expect_err("its connection has ended");
            assert!(cut.is_away(), "{cut:?}");
        }
        record_when_up(&mut recorder, sweep).await;
        store
            .reading()
            .await
            .log_end(ACCOUNT)
            .await
            .expect("it reads");
    }
    let report = store
        .rebuild(ACCOUNT, RebuildMode::Check)
        .await
        .expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, Expected::of(&sweeps).replay.state());
    store.close().await;
}

/// Records a sweep as a collector does: while the server is not up yet, the next tick tries again.
async fn record_when_up(
    recorder: &mut presence_recording::recorder::Recorder,
    sweep: &presence_model::observation::Sweep,
) {
    let mut last = None;
    // The longest time to wait is three minutes. No run of the test comes near it.
    for _ in 0..3_600 {
        match recorder.record(sweep.clone(), after(sweep)).await {
            Ok(_) if recorder.pending_count() == 0 => return,
            Ok(_) => match recorder.flush(after(sweep)).await {
                Ok(_) => return,
                Err(error) => last = Some(error),
            },
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the server did not come up again: {last:?}");
}
