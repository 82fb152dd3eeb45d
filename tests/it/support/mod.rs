//! What several tests share.

pub(crate) mod drawn;
pub(crate) mod memory_store;
pub(crate) mod own_server;
pub(crate) mod parquet;
pub(crate) mod postgres;
pub(crate) mod queues;
pub(crate) mod reading;
pub(crate) mod sweeps;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Sends a signal, such as `TERM`. The shell does it, since not every system has the program `kill`.
pub(crate) fn signal(name: &str, process: impl std::fmt::Display) {
    let sent = std::process::Command::new("/bin/sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", name])
        .arg(process.to_string())
        .status();
    assert!(sent.expect("every system has a shell").success());
}

/// Ends a program if a test waits too long for it: missing output makes the test fail instead of waiting for ever.
/// Dropping this cancels the deadline.
pub(crate) struct Deadline {
    _called_off: Sender<()>,
}

impl Deadline {
    pub(crate) fn of(process: u32) -> Self {
        let (called_off, ended) = channel::<()>();
        std::thread::spawn(move || {
            if ended.recv_timeout(Duration::from_mins(10)) == Err(RecvTimeoutError::Timeout) {
                signal("KILL", process);
            }
        });
        Self {
            _called_off: called_off,
        }
    }
}

/// A port that nobody listens on, and that no other server of these tests gets. It is below the ports that the system
/// gives to clients (32768 and above on Linux), so it is still free when the server starts again.
pub(crate) fn free_port() -> u16 {
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Several runs of the tests begin at different ports.
    let start = std::process::id().wrapping_mul(16);
    for _ in 0..COUNT {
        let number = start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + number).expect("ports are below 65536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
