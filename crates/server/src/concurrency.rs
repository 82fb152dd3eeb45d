//! Questions are computed a few at a time, each for a limited time, and only as long as a reader waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::error::Problem;
use super::state::AppState;

/// How long a question waits for its turn.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a question may take.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// A question that is being worked on; given up when this is dropped.
#[derive(Debug)]
pub(super) struct Running<T> {
    work: JoinHandle<Result<T, Problem>>,
    until: Instant,
    _gone: DropGuard,
}

/// Begins to work on a question when its turn comes.
pub(super) async fn begin<T: Send + 'static>(
    state: &AppState,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<Running<T>, Problem> {
    let concurrency = Arc::clone(state.questions()).acquire_owned();
    let Ok(Ok(concurrency)) = timeout(PERMIT_TIMEOUT, concurrency).await else {
        return Err(Problem::busy("too many questions are being answered", 5));
    };
    let gone = CancellationToken::new();
    let guard = gone.clone().drop_guard();
    let until = Instant::now() + ANSWER_TIMEOUT;
    // Counting keeps a processor busy: not one that other connections wait for.
    let work = tokio::task::spawn_blocking(move || {
        let _turn = concurrency;
        Handle::current().block_on(async move {
            tokio::select! {
                answer = work => answer,
                () = gone.cancelled() => Err(Problem::busy("nobody waits for the answer", 1)),
                () = sleep_until(until) => Err(took_too_long()),
            }
        })
    });
    Ok(Running {
        work,
        until,
        _gone: guard,
    })
}

impl<T> Running<T> {
    /// What came of it.
    pub(super) async fn finished(&mut self) -> Result<T, Problem> {
        match timeout_at(self.until, &mut self.work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panicked)) => Err(Problem::internal(&panicked)),
            Err(_) => Err(took_too_long()),
        }
    }
}

/// Answers a question when its turn comes.
pub(super) async fn with_permit<T: Send + 'static>(
    state: &AppState,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    begin(state, Box::pin(work)).await?.finished().await
}

fn took_too_long() -> Problem {
    let seconds = ANSWER_TIMEOUT.as_secs();
    Problem::busy(
        format!(
            "the answer took longer than {seconds} seconds; ask about a shorter window, or fewer people"
        ),
        30,
    )
}
