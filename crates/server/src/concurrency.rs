//! Questions are worked on a few at a time, each for a limited time, and no longer than somebody waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::Problem;
use super::state::AppState;

/// How long a question waits for its turn.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a question may take.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Answers a question when its turn comes.
pub(super) async fn with_permit<T: Send + 'static>(
    state: &AppState,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    let concurrency = Arc::clone(state.questions()).acquire_owned();
    let Ok(Ok(concurrency)) = timeout(PERMIT_TIMEOUT, concurrency).await else {
        return Err(Problem::busy("too many questions are being answered", 5));
    };
    // Counting keeps a processor busy: not one that other connections wait for. Whoever stops waiting stops it.
    let gone = CancellationToken::new();
    let guard = gone.clone().drop_guard();
    let work = tokio::task::spawn_blocking(move || {
        let _turn = concurrency;
        Handle::current().block_on(async move {
            tokio::select! {
                answer = work => answer,
                () = gone.cancelled() => Err(Problem::busy("nobody waits for the answer", 1)),
            }
        })
    });
    let done = timeout(ANSWER_TIMEOUT, work).await;
    drop(guard);
    match done {
        Ok(Ok(answer)) => answer,
        Ok(Err(panicked)) => Err(Problem::internal(&panicked)),
        Err(_) => Err(Problem::busy(
            format!(
                "the answer took longer than {} seconds; ask about a shorter window, or fewer people",
                ANSWER_TIMEOUT.as_secs()
            ),
            30,
        )),
    }
}
