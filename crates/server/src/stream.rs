//! Server-sent events: changes as they are stored, to be resumed where one left off.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::access::{Identity, Peer, Reader};
use super::api::reading;
use super::error::Problem;
use super::per_address::Part;
use super::state::AppState;
use presence_answers::ask::{self, ChangesQuestion};
use presence_answers::format::FormatWord;
use presence_answers::question::CHANGES;
use presence_answers::shared::AsOfFields;
use presence_answers::{self as answers, Request};
use presence_charts::json;
use presence_model::history::LogEnd;
use presence_model::ids::{AccountId, Position};
use presence_model::time::Timestamp;
use presence_store::{ReadStore, StoreError};

/// How often the end of the log is looked at, once for all who wait.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often a sign of life is sent where nothing changes.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// How often it is checked whether the token is still good: also where nothing changes, and while a reader is slow.
const CHECKED_EVERY: Duration = Duration::from_secs(10);

/// So many events wait for a reader that is slower than they come.
const EVENTS_WAITING: usize = 256;

/// The ends of the logs that streams wait for.
#[derive(Default)]
pub(super) struct LogTails {
    ends: Arc<Mutex<HashMap<AccountId, watch::Sender<Position>>>>,
}

impl LogTails {
    /// Receives each new end of an account's log. One task polls for all streams, as long as there are any.
    fn subscribe(&self, state: &AppState, account_id: AccountId) -> watch::Receiver<Position> {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = ends.get(&account_id) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(Position(0));
        ends.insert(account_id, sender);
        drop(ends);
        tokio::spawn(look(state.clone(), Arc::clone(&self.ends), account_id));
        receiver
    }
}

async fn log_end(store: &dyn ReadStore, account_id: AccountId) -> Result<LogEnd, StoreError> {
    store.read().await?.log_end(account_id).await
}

async fn look(
    state: AppState,
    ends: Arc<Mutex<HashMap<AccountId, watch::Sender<Position>>>>,
    account_id: AccountId,
) {
    loop {
        let end = log_end(&**state.history(), account_id).await;
        {
            let mut ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(sender) = ends.get(&account_id) else {
                return;
            };
            if sender.is_closed() || state.stop().is_cancelled() {
                ends.remove(&account_id);
                return;
            }
            match end {
                Ok(end) => {
                    sender.send_if_modified(|known| {
                        let is_new = *known != end.position;
                        *known = end.position;
                        is_new
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the end of the log cannot be read; trying again");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = state.stop().cancelled() => {}
        }
    }
}

/// `GET /api/v1/changes/stream`.
pub(super) async fn changes(
    State(state): State<AppState>,
    Reader(identity): Reader,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut pairs = reading::pairs(query.as_deref())?;
    let given = take(&mut pairs, "after")?;
    let veil = identity.veil();
    let last = headers.get("last-event-id").map(|value| value.to_str());
    let last = match last {
        Some(Ok(text)) => Some(position("Last-Event-ID", text)?),
        Some(Err(_)) => Some(position("Last-Event-ID", "?")?),
        None => given.map(|text| position("after", &text)).transpose()?,
    };
    let last = last.map(|last| match &veil {
        Some(veil) => Position(veil.reveal(last.0)),
        None => last,
    });
    let part = state.streams_of_address().take(peer.address, 1);
    let part =
        part.ok_or_else(|| Problem::busy("too many streams of this address are open already", 30))?;
    let permit = Arc::clone(state.streams())
        .try_acquire_owned()
        .map_err(|_| Problem::busy("too many streams are open already", 30))?;
    // All times: what is streamed has just been stored, however old the sweep was.
    pairs.push(("from".to_owned(), Timestamp::MIN.to_string()));
    pairs.push(("to".to_owned(), Timestamp::MAX.to_string()));
    let (common, request) = reading::read(reading::find(CHANGES)?, pairs)?;
    let Request::Changes(request) = &request else {
        return Err(Problem::not_found("there is no such stream"));
    };
    let asker = state.asker(&identity, &common, FormatWord::Ndjson).await?;
    let context = asker.context(&AsOfFields::default()).await?;
    let mut question = answers::changes::question(&asker, &context, request).await?;
    question.known_until = Timestamp::MAX;
    let end = context.true_log_end().await?.position;
    if last.is_some_and(|last| last > end) {
        return Err(match veil {
            None => Problem::parameter(
                "after",
                format!(
                    "the log ends at position {end}; nothing can be streamed from a later one on"
                ),
            ),
            Some(_) => Problem::no_such_part("after"),
        });
    }
    let account_id = context.account_id();
    super::api::note_access(
        &state,
        &identity,
        &context,
        "changes/stream",
        None,
        question.extensions.as_deref(),
    )
    .await?;
    drop(context);
    let (sender, receiver) = mpsc::channel(EVENTS_WAITING);
    let revoked = CancellationToken::new();
    let stream = Stream {
        ends: state.watched().subscribe(&state, account_id),
        state,
        identity,
        account_id,
        question,
        after: last.unwrap_or(end),
        sender,
        checked_at: Instant::now(),
        revoked: revoked.clone(),
        _permit: permit,
        _part: part,
    };
    tokio::spawn(stream.run());
    let alive = KeepAlive::new().interval(ALIVE_EVERY);
    // What waits for a slow reader is not sent any more once they may not have it.
    let events = ReceiverStream::new(receiver).take_until(revoked.cancelled_owned());
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    // A proxy that collects an answer before it passes it on would hold the events back.
    let headers = response.headers_mut();
    headers.insert(
        "x-accel-buffering",
        axum::http::HeaderValue::from_static("no"),
    );
    Ok(response)
}

/// Takes a parameter of the stream's own out of the others.
fn take(pairs: &mut Vec<(String, String)>, name: &str) -> Result<Option<String>, Problem> {
    let mut taken = pairs.extract_if(.., |(known, _)| known == name);
    let first = taken.next().map(|(_, value)| value);
    if taken.next().is_some() {
        return Err(Problem::parameter(name, format!("{name} is given twice")));
    }
    Ok(first)
}

fn position(name: &str, text: &str) -> Result<Position, Problem> {
    let number = text.trim().parse().ok().filter(|&number: &i64| number >= 0);
    number.map(Position).ok_or_else(|| {
        Problem::parameter(
            name,
            format!("{name} is no position: it is the id of an event, a number"),
        )
    })
}

/// One reader's stream.
struct Stream {
    state: AppState,
    identity: Identity,
    account_id: AccountId,
    question: ChangesQuestion,
    after: Position,
    ends: watch::Receiver<Position>,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    checked_at: Instant,
    /// Cancelled when the reader may know no more.
    revoked: CancellationToken,
    _permit: OwnedSemaphorePermit,
    _part: Part,
}

impl Stream {
    /// Sends until the reader is gone, the token is no longer good, or the server ends.
    async fn run(mut self) {
        let stop = self.state.stop().clone();
        loop {
            match self.send_new().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(problem) => tracing::warn!(%problem, "a stream cannot go on just now"),
            }
            tokio::select! {
                changed = self.ends.changed() => if changed.is_err() { return },
                () = self.sender.closed() => return,
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(self.checked_at + CHECKED_EVERY) => {}
            }
        }
    }

    /// Sends new events; `false`: the reader is gone, or its token has expired.
    async fn send_new(&mut self) -> Result<bool, Problem> {
        if !self.is_still_let_in().await? {
            return Ok(false);
        }
        loop {
            let account = Some(self.account_id);
            let context = self.state.context(&self.identity, account, None).await?;
            let end = context.true_log_end().await?.position;
            if end <= self.after {
                return Ok(true);
            }
            let (changes, next) = ask::changes(&context, &self.question, self.after).await?;
            drop(context);
            for change in &changes {
                let event = Event::default()
                    .id(change.position.to_string())
                    .event("change")
                    .data(json::line(change).trim_end());
                if !self.send(event).await? {
                    return Ok(false);
                }
            }
            self.after = next.unwrap_or(end);
            if next.is_none() {
                return Ok(true);
            }
        }
    }

    /// Sends an event, however long the reader takes, as long as they may have it; `false`: they may not, or are gone.
    async fn send(&mut self, event: Event) -> Result<bool, Problem> {
        loop {
            if !self.is_still_let_in().await? {
                return Ok(false);
            }
            match timeout_at(self.checked_at + CHECKED_EVERY, self.sender.reserve()).await {
                Ok(Ok(place)) => {
                    place.send(Ok(event));
                    return Ok(true);
                }
                Ok(Err(_)) => return Ok(false),
                Err(_) => {}
            }
        }
    }

    async fn is_still_let_in(&mut self) -> Result<bool, Problem> {
        let is_let_in = self.check_token().await?;
        if !is_let_in {
            self.revoked.cancel();
        }
        Ok(is_let_in)
    }

    /// Whether the token is good; it is looked up from time to time.
    async fn check_token(&mut self) -> Result<bool, Problem> {
        let now = self.state.now();
        let is_over = self.identity.expires_at.is_some_and(|end| now >= end);
        let is_due = self.checked_at.elapsed() >= CHECKED_EVERY;
        // Also where there is no token to look up: what waits for the next check would wait no more.
        if is_due {
            self.checked_at = Instant::now();
        }
        let Some(token_id) = self.identity.token_id.filter(|_| !is_over) else {
            return Ok(!is_over);
        };
        if !is_due {
            return Ok(true);
        }
        let tokens = self.state.access().tokens().await?;
        Ok(tokens
            .iter()
            .any(|token| token.token_id == token_id && token.is_live(now)))
    }
}
