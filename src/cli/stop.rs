//! Being told to stop: Ctrl-C, or SIGTERM from anyone who runs the service.

use std::io;

use tokio_util::sync::CancellationToken;

/// A token that is cancelled when the program is told to stop.
pub(super) fn on_signal() -> io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    let mut told = Signals::new()?;
    tokio::spawn(async move {
        told.next().await;
        cancelled.cancel();
    });
    Ok(token)
}

/// Does `work` each time that the program is told to read its configuration again, with SIGHUP, until `stop`.
#[cfg(unix)]
pub(super) fn on_hangup(
    stop: &CancellationToken,
    work: impl Fn() + Send + 'static,
) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut told = signal(SignalKind::hangup())?;
    let stop = stop.clone();
    tokio::spawn(async move {
        while let Some(Some(())) = stop.run_until_cancelled(told.recv()).await {
            work();
        }
    });
    Ok(())
}

/// There is no such signal here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub(super) fn on_hangup(
    _stop: &CancellationToken,
    _work: impl Fn() + Send + 'static,
) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
