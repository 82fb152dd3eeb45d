//! What goes back to the client, before it becomes an HTTP response.
//!
//! Pure up to [`Answer::into_response`]: faults that concern the body are worked in here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

use super::fault::Fault;
use super::refusal::Refused;

/// The media type of a batch as one JSON array.
pub(super) const MULTIPART_JSON: &str = "application/vnd.ringcentral.multipart+json";

/// A page such as proxies send.
const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\
                    <body><h1>Please sign in to the network</h1></body></html>\n";

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) payload: Payload,
}

/// How an answer's body goes out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Payload {
    /// JSON, which faults can still change.
    Json(Value),
    /// Some other text.
    Text(String),
    /// This much, then nothing for ever.
    Hangs(String),
    /// Records without end.
    Endless,
    /// Nothing: the connection is to be closed.
    Reset,
}

impl Answer {
    /// A JSON answer.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            headers: Vec::new(),
            payload: Payload::Json(body),
        }
    }

    fn html(status: u16) -> Self {
        Self {
            content_type: "text/html; charset=utf-8".to_owned(),
            payload: Payload::Text(HTML.to_owned()),
            ..Self::json(status, Value::Null)
        }
    }

    /// Finds the first fault that takes the place of the right answer.
    pub(super) fn instead(faults: &[Fault]) -> Option<Self> {
        let unavailable = |code| Refused::new(503, code, "Service Temporary Unavailable");
        faults.iter().find_map(|fault| match fault {
            Fault::InternalError => {
                Some(Refused::new(500, "CMN-203", "Internal Server Error").into())
            }
            Fault::BadGateway => Some(Self::html(502)),
            Fault::Unavailable(None) => Some(unavailable("CMN-201").into()),
            Fault::Unavailable(Some(wait_s)) => {
                Some(unavailable("CMN-201").retry_after(*wait_s).into())
            }
            Fault::HighAvailability => Some(unavailable("CMN-211").into()),
            Fault::Maintenance => Some(Refused::maintenance().into()),
            Fault::GlobalRateLimit(wait_s) => Some(Refused::global_rate_exceeded(*wait_s).into()),
            Fault::GroupRateLimit(wait_s) => Some(Refused::rate_exceeded(*wait_s).into()),
            Fault::RequestTimeout => Some(Self {
                payload: Payload::Text(String::new()),
                ..Self::html(408)
            }),
            Fault::GatewayTimeout => Some(Self::html(504)),
            Fault::BadRequest => Some(Refused::invalid_parameter("page", "1").into()),
            Fault::NotFoundPage => Some(Self::html(404)),
            Fault::EmptyBody => Some(Self {
                payload: Payload::Text(String::new()),
                ..Self::json(200, Value::Null)
            }),
            Fault::HtmlPage => Some(Self::html(200)),
            Fault::Redirect(location) => {
                let mut answer = Self::html(302);
                answer.headers.push(("location", location.clone()));
                Some(answer)
            }
            Fault::Reset => Some(Self {
                payload: Payload::Reset,
                ..Self::json(200, Value::Null)
            }),
            Fault::EndlessBody => Some(Self {
                payload: Payload::Endless,
                ..Self::json(200, Value::Null)
            }),
            _ => None,
        })
    }

    /// Works the faults that concern a body into a good answer.
    pub(super) fn corrupt(mut self, faults: &[Fault]) -> Self {
        let Payload::Json(mut body) = self.payload else {
            return self;
        };
        for fault in faults {
            match fault {
                Fault::UnknownValue(field, value) => {
                    each_object(&mut body, &mut |object| {
                        if object.contains_key("presenceStatus") || has_switches(object) {
                            object.insert(field.clone(), json!(value));
                        }
                    });
                }
                Fault::UnknownField => each_object(&mut body, &mut |object| {
                    if object.contains_key("uri") || has_switches(object) {
                        object.insert(
                            "quantumState".to_owned(),
                            json!({"entangled": [true, null]}),
                        );
                    }
                }),
                Fault::IdsAsText => each_object(&mut body, &mut |object| {
                    if let Some(id) = object.get_mut("id").filter(|id| id.is_number()) {
                        *id = json!(id.to_string());
                    }
                }),
                Fault::FieldsMissing => each_object(&mut body, &mut |object| {
                    if object.contains_key("presenceStatus") {
                        object.retain(|key, _| key == "extension" || key == "presenceStatus");
                    } else if has_switches(object) {
                        object.retain(|key, _| !SWITCHES.contains(&key.as_str()));
                    }
                }),
                Fault::NullFields => each_object(&mut body, &mut |object| {
                    if object.contains_key("presenceStatus") {
                        for value in object.values_mut().filter(|value| value.is_string()) {
                            *value = Value::Null;
                        }
                    } else if has_switches(object) {
                        for value in object.values_mut().filter(|value| value.is_boolean()) {
                            *value = Value::Null;
                        }
                    }
                }),
                Fault::WrongType => {
                    if let Some(Value::Object(first)) = body.pointer_mut("/records/0") {
                        for key in ["presenceStatus"].iter().chain(&SWITCHES) {
                            if let Some(state) = first.get_mut(*key) {
                                *state = json!({"value": 3});
                            }
                        }
                    }
                }
                Fault::DoubledRecords => {
                    if let Some(Value::Array(records)) = body.get_mut("records") {
                        *records = records
                            .iter()
                            .flat_map(|record| [record.clone(), record.clone()])
                            .collect();
                    }
                }
                _ => {}
            }
        }
        if faults.contains(&Fault::BadGzip) {
            self.headers.push(("content-encoding", "gzip".to_owned()));
        }
        self.payload = mangled(body, faults);
        self
    }

    /// Makes the HTTP response; `None` where the connection is to be closed instead.
    pub(super) fn into_response(self) -> Option<Response<Body>> {
        let body = match self.payload {
            Payload::Json(body) => Body::from(body.to_string()),
            Payload::Text(text) => Body::from(text),
            Payload::Hangs(text) => trickle(text.into_bytes(), b""),
            Payload::Endless => trickle(b"{\"records\":[".to_vec(), ENDLESS_RECORD),
            Payload::Reset => return None,
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let kind = [("content-type", self.content_type)];
        for (name, value) in kind.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Some(response)
    }
}

/// What an endless body repeats.
const ENDLESS_RECORD: &[u8] = b"{\"presenceStatus\":\"Offline\",\"extension\":{\"id\":1}},";

fn trickle(first: Vec<u8>, then: &'static [u8]) -> Body {
    let trickle = Trickle {
        first,
        then,
        told: 0,
    };
    Body::from_stream(ReaderStream::new(trickle))
}

/// A body that never ends: something first, then the same for ever, or silence.
struct Trickle {
    first: Vec<u8>,
    then: &'static [u8],
    told: usize,
}

impl AsyncRead for Trickle {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.told >= self.first.len() && self.then.is_empty() {
            // No one will wake this: the client has to time out.
            return Poll::Pending;
        }
        let this = &mut *self;
        let text = if this.told < this.first.len() {
            &this.first[this.told..]
        } else {
            &this.then[(this.told - this.first.len()) % this.then.len()..]
        };
        let count = text.len().min(into.remaining());
        into.put_slice(&text[..count]);
        this.told = this.told.wrapping_add(count);
        Poll::Ready(Ok(()))
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let mut answer = Self::json(refused.status, refused.body);
        answer.headers.extend(
            refused
                .retry_after_s
                .map(|wait_s| ("retry-after", wait_s.to_string())),
        );
        answer
    }
}

fn mangled(body: Value, faults: &[Fault]) -> Payload {
    let half = |text: &str| -> String { text.chars().take(text.len() / 2).collect() };
    if faults.contains(&Fault::LostReply) {
        Payload::Reset
    } else if faults.contains(&Fault::Hang) {
        Payload::Hangs(half(&body.to_string()))
    } else if faults.contains(&Fault::TruncatedBody) {
        Payload::Text(half(&body.to_string()))
    } else if faults.contains(&Fault::InvalidJson) {
        Payload::Text(body.to_string().replace("\":", "\"="))
    } else {
        Payload::Json(body)
    }
}

/// The switches that records of a queue's presence have.
const SWITCHES: [&str; 3] = ["acceptQueueCalls", "acceptCurrentQueueCalls", "acceptCalls"];

/// Says whether an object is a record of a queue's presence.
fn has_switches(object: &serde_json::Map<String, Value>) -> bool {
    SWITCHES.iter().any(|switch| object.contains_key(*switch))
}

/// Visits every object inside a value.
fn each_object(value: &mut Value, visit: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, visit)),
        Value::Object(object) => {
            visit(object);
            object
                .values_mut()
                .for_each(|item| each_object(item, visit));
        }
        _ => {}
    }
}

/// Composes a batch's answer: 207, as one JSON array or as parts.
///
/// `base` names the address of an item from its id.
pub(super) fn batch(
    items: Vec<(String, Result<Value, Refused>)>,
    as_json: bool,
    base: impl Fn(&str) -> String,
) -> Answer {
    let items: Vec<(String, u16, Value)> = items
        .into_iter()
        .map(|(id, item)| match item {
            Ok(body) => (id, 200, body),
            Err(refused) => (id, refused.status, refused.body),
        })
        .collect();
    if as_json {
        let list = items
            .into_iter()
            .map(|(id, status, body)| json!({"resourceId": id, "status": status, "body": body}))
            .collect();
        return Answer {
            content_type: MULTIPART_JSON.to_owned(),
            ..Answer::json(207, list)
        };
    }
    let summary: Vec<Value> = items
        .iter()
        .map(|(id, status, _)| {
            let description = if *status == 200 { "OK" } else { "Not Found" };
            json!({"href": base(id), "status": status, "responseDescription": description})
        })
        .collect();
    let boundary = "Boundary_20_32057915_1351669531796";
    let mut text = String::new();
    for part in
        std::iter::once(&json!({"response": summary})).chain(items.iter().map(|item| &item.2))
    {
        text.extend(["--", boundary, "\r\nContent-Type: application/json\r\n\r\n"]);
        text.extend([part.to_string().as_str(), "\r\n"]);
    }
    text.extend(["--", boundary, "--\r\n"]);
    Answer {
        content_type: format!("multipart/mixed; boundary={boundary}"),
        payload: Payload::Text(text),
        ..Answer::json(207, Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrupted(body: &Value, fault: Fault) -> Value {
        let answer = Answer::json(200, body.clone()).corrupt(&[fault]);
        match answer.payload {
            Payload::Json(body) => body,
            other => panic!("it is JSON: {other:?}"),
        }
    }

    #[test]
    fn records_of_queues_can_be_as_strange_as_those_of_presence() {
        let member = json!({"id": "1"});
        let body = json!({"records": [
            {"member": member, "acceptQueueCalls": true, "acceptCurrentQueueCalls": false},
        ]});
        let record = |fault| corrupted(&body, fault)["records"][0].clone();
        let unknown = Fault::UnknownValue("acceptCurrentQueueCalls".into(), "Perhaps".into());
        assert_eq!(record(unknown)["acceptCurrentQueueCalls"], "Perhaps");
        assert!(record(Fault::UnknownField)["quantumState"].is_object());
        assert_eq!(record(Fault::FieldsMissing), json!({"member": member}));
        let nulls = record(Fault::NullFields);
        assert!(nulls["acceptQueueCalls"].is_null() && nulls["member"] == member);
        assert!(record(Fault::WrongType)["acceptQueueCalls"].is_object());
        let doubled = corrupted(&body, Fault::DoubledRecords);
        assert_eq!(doubled["records"].as_array().map(Vec::len), Some(2));
        let own = json!({"records": [{"callQueue": member, "acceptCalls": true}]});
        let own = corrupted(&own, Fault::WrongType);
        assert!(own["records"][0]["acceptCalls"].is_object());
    }
}
