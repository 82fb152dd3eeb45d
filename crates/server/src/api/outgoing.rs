//! Answers on their way: how much of one must be there before it is sent, and what becomes of one that fails after that.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{self, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use super::{ParsedQuestion, etag};
use crate::access::Peer;
use crate::concurrency::Running;
use crate::error::Problem;
use crate::spool::{SEGMENT_BYTES, SpoolReader, SpoolWriter};
use presence_answers::{Refusal, Sink};

/// How a request came.
pub(super) struct Connection {
    /// The other end.
    pub(super) peer: Peer,
    /// Whether the reader sees where an answer ends: before HTTP/1.1, the end of the connection is the end of the answer.
    pub(super) has_ends: bool,
}

impl<S: Sync> FromRequestParts<S> for Connection {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            peer: parts.extensions.get().copied().unwrap_or_default(),
            has_ends: parts.version >= Version::HTTP_11,
        })
    }
}

/// An answer that is written, and sent when it is whole or when much of it is there. Where its identity is known before it is
/// worked out, and the reader has it already, it stays empty.
pub(super) struct Outgoing<'a> {
    asked: &'a ParsedQuestion,
    spool: SpoolWriter,
    /// See [`ParsedQuestion::written_as`].
    written: String,
    /// Its tag, as soon as that is known.
    tag: Option<String>,
    /// What is read of it, until it is sent.
    body: Option<SpoolReader>,
    /// Takes the response that begins before the answer is whole.
    begin: Option<oneshot::Sender<Response>>,
}

impl<'a> Outgoing<'a> {
    /// An answer of which nothing is written; `written`: see [`ParsedQuestion::written_as`].
    pub(super) fn new(
        asked: &'a ParsedQuestion,
        written: String,
        (spool, body): (SpoolWriter, SpoolReader),
        begin: Option<oneshot::Sender<Response>>,
    ) -> Self {
        Self {
            asked,
            spool,
            written,
            tag: None,
            body: Some(body),
            begin,
        }
    }

    /// Begins to send the answer, if much of it is there and its head is known.
    fn begin(&mut self) -> io::Result<()> {
        if self.begin.is_none() || self.spool.written() < SEGMENT_BYTES {
            return Ok(());
        }
        let Some(tag) = &self.tag else {
            return Ok(());
        };
        self.spool.check_room()?;
        if let (Some(begin), Some(body)) = (self.begin.take(), self.body.take()) {
            let response = self
                .asked
                .respond(StatusCode::OK, Body::new(body), tag, None);
            // The reader may be gone: then the spool has no reader either.
            drop(begin.send(response));
        }
        Ok(())
    }

    /// The response, if it has not begun; else only its end was lacking.
    pub(super) fn finished(self, next: Option<&str>) -> Result<Response, Problem> {
        let Some(body) = self.body else {
            self.spool.finish();
            return Ok(StatusCode::OK.into_response());
        };
        let tag = match self.tag {
            Some(tag) => tag,
            None => etag::tag_of_pieces(self.spool.written(), |take| self.spool.visit(take))
                .map_err(|error| Problem::internal(&error))?,
        };
        if etag::is_known(&self.asked.known, &tag) {
            let status = StatusCode::NOT_MODIFIED;
            return Ok(self.asked.respond(status, Body::empty(), &tag, None));
        }
        self.spool.finish();
        Ok(self
            .asked
            .respond(StatusCode::OK, Body::new(body), &tag, next))
    }

    /// Why there is no answer. Where it has begun, the reader sees that it is broken off, and the log says why.
    pub(super) fn refused(&self, refusal: Refusal) -> Problem {
        if let (Refusal::Output(_), Some(problem)) = (&refusal, self.spool.refused()) {
            if self.body.is_none() {
                tracing::warn!(%problem, "an answer was broken off while it was sent");
            }
            return problem;
        }
        if self.spool.reader_is_gone() {
            return Problem::busy("nobody takes the answer", 1);
        }
        let problem = Problem::from(refusal);
        if self.body.is_none() {
            tracing::warn!(%problem, "an answer was broken off while it was sent");
        }
        problem
    }
}

impl Sink for Outgoing<'_> {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.write_bytes(text.as_bytes())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.spool.write(bytes)?;
        self.begin()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn keep_sidecar(&mut self, _text: String) -> bool {
        false
    }

    fn width(&self) -> Option<usize> {
        None
    }

    fn is_terminal(&self) -> bool {
        false
    }

    fn has(&mut self, answer_digest: &str) -> bool {
        let tag = etag::tag(&[answer_digest.as_bytes(), self.written.as_bytes()]);
        let is_known = etag::is_known(&self.asked.known, &tag);
        self.tag = Some(tag);
        is_known
    }
}

/// The body of an answer that is still being computed: the work stops when the reader is gone.
pub(super) struct UnderWay {
    body: Body,
    #[expect(dead_code, reason = "the work is given up when this is dropped")]
    running: Running<Response>,
}

impl UnderWay {
    /// A response that has begun, with what works on its rest.
    pub(super) fn response(begun: Response, running: Running<Response>) -> Response {
        begun.map(|body| Body::new(Self { body, running }))
    }
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
