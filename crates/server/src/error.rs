//! What a request is told when it cannot be answered: problem details (RFC 9457). The one place that knows status codes.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use presence_answers::Refusal;
use presence_answers::ask::AskError;
use presence_answers::person::PersonError;
use presence_charts::json;
use presence_config::{CalendarError, PolicyError};
use presence_store::StoreError;

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    parameter: Option<String>,
    retry_after_s: Option<u64>,
}

/// The body of a problem.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemShape<'p> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'p str>,
}

impl Problem {
    /// A problem with a sentence for the reader.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            parameter: None,
            retry_after_s: None,
        }
    }

    /// A parameter says what cannot be.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.into()),
            ..Self::new(StatusCode::BAD_REQUEST, "wrong_parameter", detail)
        }
    }

    /// The question is well-formed, but larger than what is answered; `name` is the parameter to make smaller.
    pub fn too_large(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.into()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_large", detail)
        }
    }

    /// What was said of the part of the log that a question is asked of, said of the one that it is compared with.
    pub fn of_comparison(mut self) -> Self {
        if matches!(self.wrong_parameter(), Some("as-of" | "as-known-at")) {
            self.parameter = Some("compare-as-of".to_owned());
        }
        self
    }

    /// A parameter names no part of the log; for readers who may not learn where the log ends.
    pub fn no_such_part(name: &str) -> Self {
        let told = format!(
            "{name} names no part of the log; take it from the as_of of an answer to the same token, or from the event or \
             entry that you have last"
        );
        Self::parameter(name, told)
    }

    /// The same for readers who may not learn where the log ends.
    pub fn without_positions(self) -> Self {
        match self.wrong_parameter() {
            Some(name @ ("as-of" | "compare-as-of")) => Self::no_such_part(name),
            _ => self,
        }
    }

    /// There is nothing at this address.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The request has no token or session.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// The reader may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// Too much is being done already.
    pub fn busy(detail: impl Into<String>, retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
        }
    }

    /// Too much was tried.
    pub fn too_many(detail: impl Into<String>, retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
        }
    }

    /// Something failed that the reader can do nothing about: the server's log has the reason, the answer has not.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %chain(error), "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "the server could not answer; its log says why",
        )
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The name of the parameter that is wrong, if it is one.
    pub fn wrong_parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }
}

/// An error and those behind it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(source) = behind {
        told = format!("{told}: {source}");
        behind = source.source();
    }
    told
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json::pretty(&ProblemShape {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            parameter: self.parameter.as_deref(),
        });
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"presence\""),
            );
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %chain(&error), "the store failed");
        Self::busy(
            "the store cannot be read just now; the server's log says why",
            10,
        )
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Refusal> for Problem {
    /// Why a request has no answer; a field is the parameter of the same name.
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.sentence();
        let detail = detail.map(|sentence| sentence.text(|field| field.0.to_owned()));
        let detail = detail.unwrap_or_default();
        match refusal {
            Refusal::Wrong { field, .. } => match field {
                Some(field) => Self::parameter(field.0, detail),
                None => Self::new(StatusCode::BAD_REQUEST, "wrong_parameter", detail),
            },
            Refusal::NoSuchField { name, .. } => Self::parameter(name, detail),
            Refusal::Person(error) => of_person(&error),
            Refusal::Ask(error) => of_ask(error, detail),
            Refusal::Comparison(error) => of_ask(error, detail).of_comparison(),
            Refusal::Store(error) => error.into(),
            Refusal::Config(error) => misconfigured(&error),
            Refusal::Calendar(error @ (CalendarError::Unknown { .. } | CalendarError::NoneOwn)) => {
                Self::parameter("calendar", format!("calendar: {error}"))
            }
            Refusal::Calendar(error) => misconfigured(&error),
            Refusal::Policy(error @ PolicyError::Unknown { .. }) => {
                Self::parameter("policy", format!("policy: {error}"))
            }
            Refusal::Policy(error) => misconfigured(&error),
            Refusal::NoAnswer(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_answer", detail)
            }
            Refusal::Output(error) => Self::internal(&error),
            Refusal::Export(error) => Self::internal(&error),
        }
    }
}

fn of_person(error: &PersonError) -> Problem {
    let status = match error {
        PersonError::Nobody { .. } => StatusCode::NOT_FOUND,
        PersonError::SeveralExact { .. } | PersonError::Ambiguous { .. } => StatusCode::BAD_REQUEST,
    };
    Problem {
        status,
        ..Problem::parameter("person", error.to_string())
    }
}

/// The history cannot be asked so, as `detail` says.
fn of_ask(error: AskError, detail: String) -> Problem {
    let parameter = match error {
        AskError::Store(error) => return error.into(),
        AskError::UnknownName { parameter, .. } => parameter,
        AskError::BeyondTheLog { .. } => "as-of",
        AskError::NothingKnownYet { .. } => "as-known-at",
        AskError::NoSuchClass { .. } => "class",
        AskError::SeveralQueues { .. } | AskError::AsksQueues { .. } => "policy",
        AskError::NotYet { .. } => "time",
    };
    Problem::parameter(parameter, detail)
}

/// The configuration is wrong: the log has where, the answer has not.
fn misconfigured(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = %chain(error), "the configuration is wrong");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "the server's configuration is wrong; its log says where",
    )
}
