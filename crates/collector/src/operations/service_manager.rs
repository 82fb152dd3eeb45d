//! Informs a service manager (systemd, or one that speaks its protocol) how the collector is.
//!
//! `READY=1` is told once the store is open, the platform has answered and the account is known, or a sweep waits for a
//! store that is away: from then on the collector does its work, or stands by for the one that does. Waiting for the first sweep would keep a service with
//! an hour's interval "starting" for an hour. Until then each sign of progress asks for more time, so that a platform
//! that is away does not make the service manager give up. `WATCHDOG=1` is told only while the loop makes progress.
//! Without a service manager (`NOTIFY_SOCKET`) no one is notified.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Monitor;
use super::vitals::{Phase, Vitals};
use presence_clock::Clock;
use presence_core::escape::shown;
use presence_model::time::Timestamp;

/// A platform that does not answer is asked again within so many microseconds: three minutes.
const MORE_TIME_US: u32 = 180_000_000;
/// How often the watchdog's rule is applied if the service manager has no watchdog: never.
const NO_WATCHDOG: Duration = Duration::from_hours(1);

/// Receives every sign of progress.
#[derive(Clone, Debug)]
pub struct Signs(watch::Sender<()>);

impl Signs {
    /// The collector told something.
    pub fn notice(&self) {
        self.0.send_replace(());
    }
}

/// Informs the service manager in a task of its own, until `stop` is cancelled.
pub fn start(monitor: Arc<Monitor>, clock: Arc<dyn Clock>, stop: CancellationToken) -> Signs {
    let (signs, seen) = watch::channel(());
    tokio::spawn(tell(monitor, clock, seen, stop));
    Signs(signs)
}

async fn tell(
    monitor: Arc<Monitor>,
    clock: Arc<dyn Clock>,
    mut seen: watch::Receiver<()>,
    stop: CancellationToken,
) {
    let watchdog = sd_notify::watchdog_enabled();
    let half = watchdog.map_or(NO_WATCHDOG, |every| every / 2);
    let mut ticks = tokio::time::interval(half.max(Duration::from_millis(1)));
    let mut told = Reported::default();
    loop {
        let vitals = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = ticks.tick() => {
                let vitals = monitor.vitals();
                let now = Timestamp::saturating_from_ms(clock.now_ms());
                if watchdog.is_some() && vitals.is_alive(now) {
                    send(&[NotifyState::Watchdog]);
                }
                vitals
            }
            changed = seen.changed() => {
                if changed.is_err() {
                    return;
                }
                monitor.vitals()
            }
        };
        told.tell(&vitals);
    }
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// What was told already.
#[derive(Debug, Default)]
struct Reported {
    is_ready: bool,
    status: String,
}

impl Reported {
    fn tell(&mut self, vitals: &Vitals) {
        let is_ready = vitals.phase != Phase::Starting;
        let status = status(vitals);
        let mut news = Vec::new();
        if is_ready && !self.is_ready {
            news.push(NotifyState::Ready);
        }
        if !is_ready {
            news.push(NotifyState::ExtendTimeoutUsec(MORE_TIME_US));
        }
        if status != self.status {
            news.push(NotifyState::Status(&status));
        }
        send(&news);
        self.is_ready = is_ready;
        self.status = status;
    }
}

fn send(news: &[NotifyState<'_>]) {
    if news.is_empty() {
        return;
    }
    if let Err(error) = sd_notify::notify(news) {
        tracing::warn!(%error, "the service manager cannot be notified of the collector's status");
    }
}

/// What the collector is about, in a line.
fn status(vitals: &Vitals) -> String {
    match (&vitals.phase, &vitals.last_sweep) {
        (Phase::Starting, _) => match &vitals.last_warning {
            None => "waiting for the platform".to_owned(),
            Some(why) => format!("waiting for the platform: {}", shown(why)),
        },
        (Phase::Standby { holder }, _) => {
            format!("standing by: {} has the account", shown(holder))
        }
        (Phase::Collecting, None) => "collecting; no sweep yet".to_owned(),
        (Phase::Collecting, Some(last)) => format!(
            "{} sweep at {}: {} extensions; {} complete sweeps, {} changes since the start",
            last.status.name(),
            last.started_at,
            last.observed_count,
            vitals.sweep_counts[0],
            vitals.change_count
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::vitals::tests::{at, tick};
    use super::*;
    use crate::progress::Progress;
    use presence_model::observation::SweepStatus;

    #[test]
    fn the_status_line_says_what_the_collector_is_about() {
        let mut vitals = Vitals::new(at(0));
        assert_eq!(status(&vitals), "waiting for the platform");
        vitals.record(&Progress::Warning("it\nis away"), at(1));
        assert_eq!(status(&vitals), "waiting for the platform: it\\nis away");
        vitals.phase = Phase::Collecting;
        assert_eq!(status(&vitals), "collecting; no sweep yet");
        vitals.record(&Progress::Ticked(&tick(SweepStatus::Partial, 0)), at(2));
        assert_eq!(
            status(&vitals),
            "partial sweep at 1970-01-01T00:00:00.250Z: 12 extensions; 0 complete sweeps, 3 changes since the start"
        );
    }
}
