//! The API: questions, the stream of changes, and recording.

pub mod description;
pub mod document;
pub mod etag;
pub mod format;
mod import;
pub mod limits;
mod outgoing;
pub mod reading;
pub mod schemas;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::oneshot;
use tower_http::timeout::RequestBodyTimeoutLayer;

use self::format::Written;
use self::outgoing::{Connection, Outgoing, UnderWay};
use super::access::log::AccessEvent;
use super::access::{Identity, Reader};
use super::capacity::HasRoom;
use super::concurrency;
use super::error::Problem;
use super::headers::PICTURE_POLICY;
use super::spool::{SpoolReader, SpoolWriter, spool};
use super::state::AppState;
use super::stream;
use presence_answers::ask::Context;
use presence_answers::asker::{self, Asker};
use presence_answers::common::CommonFields;
use presence_answers::format::FormatWord;
use presence_answers::{About, QUESTIONS, Question, Reply, Request, version};
use presence_charts::json;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;

/// How long a part of a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest body that a question is asked with.
const QUESTION_BYTES_MAX: usize = 64 * 1024;

/// What an answer is compressed for differently, or kept from whom it is not for.
const VARY: &str = "accept, authorization, cookie";

/// All paths of the API.
pub(super) fn router() -> Router<AppState> {
    let recording = Router::new()
        .route("/import", post(import::import))
        .layer(DefaultBodyLimit::max(import::BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT));
    let bodies = Router::new()
        .route("/{question}", get(ask).post(ask_by_body))
        .layer(DefaultBodyLimit::max(QUESTION_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT));
    Router::new()
        .merge(recording)
        .route("/openapi.json", get(document::openapi))
        .route("/me", get(me))
        .route("/changes/stream", get(stream::changes))
        .merge(bodies)
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing)
}

async fn nothing(uri: Uri) -> Problem {
    let names: Vec<&str> = QUESTIONS.iter().map(|question| question.name).collect();
    Problem::not_found(format!(
        "there is nothing at {}; the questions are {}",
        uri.path(),
        names.join(", ")
    ))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        format!("{} is not asked with {method}", uri.path()),
    )
}

/// Who asks, as far as they need know it themselves.
#[derive(Serialize, JsonSchema)]
struct Me {
    name: String,
    scopes: Vec<String>,
    account_id: Option<String>,
    expires_at: Option<String>,
}

/// `GET /api/v1/me`.
async fn me(identity: Identity) -> Response {
    let body = json::pretty(&Me {
        scopes: identity.scopes.texts(),
        name: identity.name,
        account_id: identity.account_id.map(|id| id.to_string()),
        expires_at: identity.expires_at.map(|at| at.to_string()),
    });
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// `GET /api/v1/{question}`.
async fn ask(
    State(state): State<AppState>,
    Reader(identity): Reader,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    connection: Connection,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asking = Asking {
        state,
        identity,
        connection,
        headers,
    };
    asking
        .answer(&name, |_| reading::pairs(query.as_deref()))
        .await
}

/// `POST /api/v1/{question}`: the same with the parameters in a JSON object.
async fn ask_by_body(
    State(state): State<AppState>,
    Reader(identity): Reader,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    connection: Connection,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asking = Asking {
        state,
        identity,
        connection,
        headers,
    };
    let read = |headers: &HeaderMap| {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().starts_with("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "a question that is asked with a body has its parameters in a JSON object: send it as application/json",
            ));
        }
        if query.is_some_and(|query| !query.is_empty()) {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "wrong_parameter",
                "the parameters stand in the address or in the body, not in both",
            ));
        }
        reading::body_pairs(&body)
    };
    asking.answer(&name, read).await
}

/// A request to answer a question.
struct Asking {
    state: AppState,
    identity: Identity,
    connection: Connection,
    headers: HeaderMap,
}

impl Asking {
    /// The answer to a question, whose parameters `read` gives.
    async fn answer(
        self,
        name: &str,
        read: impl FnOnce(&HeaderMap) -> Result<Vec<(String, String)>, Problem>,
    ) -> Result<Response, Problem> {
        let (name, ending) = match name.rsplit_once('.') {
            Some((name, ending)) => (name, Some(ending)),
            None => (name, None),
        };
        let question = reading::find(name)?;
        let mut pairs = read(&self.headers)?;
        let veil = self.identity.veil();
        let line = line(&pairs);
        if let Some(veil) = &veil {
            reading::reveal(name, &mut pairs, veil)?;
        }
        let written = format::chosen(question, ending, &pairs, &self.headers)?;
        let (common, request) = reading::read(question, pairs)?;
        let asked = ParsedQuestion {
            question,
            common,
            request,
            written,
            line,
            known: self.headers,
        };
        let (state, identity, connection) = (self.state.clone(), self.identity, self.connection);
        let (begin, mut response) = oneshot::channel();
        // Where a list goes on is known at its end, and stands in front of it.
        let can_begin = connection.has_ends && question.pages.is_none();
        let begin = can_begin.then_some(begin);
        let answer = Box::pin(async move {
            let spool = spool(state.room(), connection.peer.address);
            asked.answer(&state, &identity, spool, begin).await
        });
        let mut running = concurrency::begin(&self.state, answer).await?;
        let answered = tokio::select! {
            biased;
            Ok(head) = &mut response => return Ok(UnderWay::response(head, running)),
            answered = running.finished() => answered,
        };
        // Its head may have come with its end.
        if let Ok(head) = response.try_recv() {
            return Ok(UnderWay::response(head, running));
        }
        match veil {
            None => answered,
            Some(_) => answered.map_err(Problem::without_positions),
        }
    }
}

/// The parameters as they stand for the question: in an order of their own.
fn line(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort();
    serde_json::to_string(&sorted).expect("texts can be written as JSON")
}

/// A question that was read.
struct ParsedQuestion {
    question: &'static Question,
    common: CommonFields,
    request: Request,
    written: &'static Written,
    line: String,
    known: HeaderMap,
}

impl ParsedQuestion {
    /// The whole answer; where it begins to be sent before, `begin` gets it.
    async fn answer(
        self,
        state: &AppState,
        identity: &Identity,
        spool: (SpoolWriter, SpoolReader),
        begin: Option<oneshot::Sender<Response>>,
    ) -> Result<Response, Problem> {
        let request = &self.request;
        let reader = state
            .asker(identity, &self.common, self.written.word)
            .await?;
        let window = request.window(&reader.settings)?;
        let context = reader.context(&request.part()).await?;
        let named = asker::people(&context, request.people()).await?;
        let count = match &named {
            Some(named) => named.len(),
            None => context.extensions().await?.len(),
        };
        limits::check(request, window, count)?;
        if self.question.about == About::People {
            let name = self.question.name;
            note_access(state, identity, &context, name, window, named.as_deref()).await?;
        }
        drop(context);
        let written = self.written_as(identity, &reader);
        let mut answer = Outgoing::new(&self, written, spool, begin);
        let mut reply = Reply::to(&mut answer);
        let answered = Box::pin(request.answer(&reader, &mut reply)).await;
        let next = reply.next;
        match answered {
            Ok(()) => answer.finished(next.as_deref()),
            Err(refusal) => Err(answer.refused(refusal)),
        }
    }

    /// How the answer is written, and for whom: what decides its bytes in addition to its identity.
    fn written_as(&self, identity: &Identity, reader: &Asker) -> String {
        let (version, zone) = (version::long(), reader.settings.zone_name());
        let scopes = identity.scopes.texts().join("\n");
        let parts = [
            &*version,
            self.question.name,
            self.written.name(),
            &*self.line,
            &*reader.shown_store,
            &*zone,
            &*scopes,
        ];
        serde_json::to_string(&parts).expect("texts can be written as JSON")
    }

    fn respond(&self, status: StatusCode, body: Body, tag: &str, next: Option<&str>) -> Response {
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(HasRoom);
        let headers = response.headers_mut();
        if status == StatusCode::OK {
            let kind = HeaderValue::from_static(self.written.content_type);
            headers.insert(header::CONTENT_TYPE, kind);
            if self.written.word == FormatWord::Svg {
                let policy = HeaderValue::from_static(PICTURE_POLICY);
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
        }
        if let Ok(tag) = HeaderValue::from_str(tag) {
            headers.insert(header::ETAG, tag);
        }
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        if let Some(link) = next.and_then(|next| self.next_page(next)) {
            headers.insert(header::LINK, link);
        }
        response
    }

    /// Where the list goes on (RFC 8288), beside this page.
    fn next_page(&self, next: &str) -> Option<HeaderValue> {
        let mut pairs: Vec<(String, String)> = serde_json::from_str(&self.line).ok()?;
        pairs.retain(|(name, _)| name != "after");
        pairs.push(("after".to_owned(), next.to_owned()));
        let query = serde_urlencoded::to_string(pairs).ok()?;
        let link = format!(
            "<{}.{}?{query}>; rel=\"next\"",
            self.question.name,
            self.written.name()
        );
        HeaderValue::from_str(&link).ok()
    }
}

/// Records in the access log who asks about whom.
pub(super) async fn note_access(
    state: &AppState,
    identity: &Identity,
    context: &Context,
    question: &str,
    window: Option<TimeRange>,
    named: Option<&[ExtensionId]>,
) -> Result<(), Problem> {
    let look = AccessEvent {
        account_id: context.account_id(),
        question,
        window,
        named,
    };
    let entry = look.entry(identity, context.visible(), state.now());
    Ok(state.access().note_access(entry).await?)
}
