//! Answers that were given and not yet taken: so many bytes at once, in total and for each address.
//!
//! A large answer waits in a file without a name, so that a slow reader costs a place on the disk and no memory. It is
//! gone with the connection, and with the server.

use std::io::{Read, Seek, Write};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::access::Peer;
use super::error::Problem;
use super::per_address::{Part, PerAddress};
use super::state::AppState;

/// So many bytes are not taken yet, of all answers together.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// So many of them are for one address.
const BYTES_OF_ADDRESS_MAX: u64 = 128 * 1024 * 1024;

/// Answers from so many bytes on wait in a file.
const FILE_BYTES_MIN: u64 = 256 * 1024;

/// So much of a file is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// When to try again, in seconds, where there is no room.
const RETRY_S: u64 = 10;

/// A unit in which the total is counted, in bytes.
const UNIT: u64 = 1024;

/// Room for answers that are not taken yet.
#[derive(Debug)]
pub(super) struct Room {
    total: Arc<Semaphore>,
    of_address: Arc<PerAddress>,
}

/// A place in it; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _total: OwnedSemaphorePermit,
    _part: Part,
}

impl Default for Room {
    fn default() -> Self {
        let units = usize::try_from(BYTES_MAX / UNIT).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            total: Arc::new(Semaphore::new(units)),
            of_address: PerAddress::new(BYTES_OF_ADDRESS_MAX),
        }
    }
}

impl Room {
    /// Room for so many bytes, if there is; one answer alone may be larger than what an address may hold.
    pub(super) fn take(&self, address: IpAddr, bytes: u64) -> Result<Permit, Problem> {
        let units = bytes.min(BYTES_MAX).div_ceil(UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let part = self.of_address.take(address, bytes);
        let part = part.ok_or_else(|| full("for this address"))?;
        let total = Arc::clone(&self.total).try_acquire_many_owned(units);
        let total = total.map_err(|_| full("by all readers together"))?;
        Ok(Permit {
            _total: total,
            _part: part,
        })
    }

    /// Refuses what would find no room.
    fn check(&self, address: IpAddr) -> Result<(), Problem> {
        if self.of_address.is_full(address) {
            return Err(full("for this address"));
        }
        if self.total.available_permits() == 0 {
            return Err(full("by all readers together"));
        }
        Ok(())
    }
}

fn full(of_whom: &str) -> Problem {
    Problem::busy(
        format!("too much was answered {of_whom} and has not been taken yet"),
        RETRY_S,
    )
}

/// Lets through what there is room for, until it is taken.
pub(super) async fn bounded(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let address = peer.unwrap_or_default().address;
    if let Err(problem) = state.room().check(address) {
        return problem.into_response();
    }
    let (parts, body) = next.run(request).await.into_parts();
    // What has no end that is known, such as a stream of events, is bounded by itself.
    let Some(bytes) = body.size_hint().exact().filter(|bytes| *bytes > 0) else {
        return Response::from_parts(parts, body);
    };
    let place = match state.room().take(address, bytes) {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    let body = if bytes < FILE_BYTES_MIN {
        Body::new(Held { body, place })
    } else {
        in_file(body, bytes, place).await
    };
    Response::from_parts(parts, body)
}

/// A body that waits in a file, or in memory where there can be none.
async fn in_file(body: Body, bytes: u64, place: Permit) -> Body {
    let limit = usize::try_from(bytes).unwrap_or(usize::MAX);
    let content = match to_bytes(body, limit).await {
        Ok(content) => content,
        Err(error) => {
            tracing::warn!(%error, "an answer could not be kept");
            return Body::empty();
        }
    };
    let kept = content.clone();
    let written = tokio::task::spawn_blocking(move || -> std::io::Result<std::fs::File> {
        let mut file = tempfile::tempfile()?;
        file.write_all(&kept)?;
        file.rewind()?;
        Ok(file)
    });
    match written.await {
        Ok(Ok(file)) => Body::new(Spooled {
            file,
            left: bytes,
            _place: place,
        }),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a large answer waits in memory: there can be no file for it");
            let body = Body::from(content);
            Body::new(Held { body, place })
        }
        Err(error) => {
            tracing::warn!(%error, "a large answer waits in memory");
            let body = Body::from(content);
            Body::new(Held { body, place })
        }
    }
}

/// A body in memory, and its place.
struct Held {
    body: Body,
    #[expect(dead_code, reason = "it is given back when this is dropped")]
    place: Permit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
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

/// A body in a file, and its place. It was written a moment ago, so reading a part of it waits for no disk; a thread for
/// each part would keep memory of its own.
struct Spooled {
    file: std::fs::File,
    /// What is still to come, in bytes.
    left: u64,
    _place: Permit,
}

impl HttpBody for Spooled {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut chunk = vec![0; CHUNK_BYTES];
        Poll::Ready(Some(self.file.read(&mut chunk).and_then(|count| {
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            chunk.truncate(count);
            self.left = self.left.saturating_sub(count as u64);
            Ok(Frame::data(chunk.into()))
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much() {
        let room = Room::default();
        let address = |last| IpAddr::from([10, 0, 0, last]);
        let large = BYTES_OF_ADDRESS_MAX - 1;
        let mut places = Vec::new();
        for last in 0..4 {
            places.push(room.take(address(last), large).expect("there is room"));
            assert!(room.take(address(last), 2).is_err());
        }
        // All of it is held, by four of them.
        assert!(room.take(address(9), 64 * UNIT).is_err());
        assert!(
            !room.of_address.is_full(address(9)),
            "nothing stays of what was refused"
        );
        places.clear();
        // One alone may be larger than everything.
        let huge = room.take(address(9), 8 * BYTES_MAX).expect("there is room");
        assert!(room.check(address(1)).is_err() && room.check(address(9)).is_err());
        drop(huge);
        assert!(room.check(address(1)).is_ok());
    }

    #[tokio::test]
    async fn what_waits_in_a_file_is_what_was_answered() {
        let room = Room::default();
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(700_000).collect();
        let place = room.take(IpAddr::from([10, 0, 0, 1]), 700_000);
        let body = in_file(bytes.clone().into(), 700_000, place.expect("there is room")).await;
        assert_eq!(body.size_hint().exact(), Some(700_000));
        let read = to_bytes(body, usize::MAX).await.expect("it can be read");
        assert_eq!(read, bytes);
        assert_eq!(
            room.total.available_permits() as u64,
            BYTES_MAX / UNIT,
            "the place was given back"
        );
    }
}
