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

/// So many bytes must be free for the rest of a large answer before it is begun.
const REST_BYTES: u64 = 16 * 1024 * 1024;

/// Answers from so many bytes on wait in a file.
const FILE_BYTES_MIN: u64 = 256 * 1024;

/// So much of a file is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// When to try again, in seconds, where there is no room.
const RETRY_S: u64 = 10;

/// A unit in which the total is counted, in bytes.
const UNIT: u64 = 1024;

/// Room for answers that are not taken yet; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Room {
    total: Arc<Semaphore>,
    of_address: Arc<PerAddress>,
}

/// A place in it; given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Permit {
    units: Vec<OwnedSemaphorePermit>,
    parts: Vec<Part>,
}

impl Permit {
    /// The same place with more room.
    pub(super) fn join(&mut self, more: Self) {
        for permit in more.units {
            match self.units.last_mut() {
                Some(own) => own.merge(permit),
                None => self.units.push(permit),
            }
        }
        for part in more.parts {
            match self.parts.last_mut() {
                Some(own) => own.join(part),
                None => self.parts.push(part),
            }
        }
    }
}

/// How much one answer holds, in all its places.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    units: usize,
    bytes: u64,
}

impl Holding {
    /// Counts a place in.
    pub(super) fn add(&mut self, place: &Permit) {
        let (units, bytes) = Self::of(place);
        self.units += units;
        self.bytes += bytes;
    }

    /// Counts a place out.
    pub(super) fn subtract(&mut self, place: &Permit) {
        let (units, bytes) = Self::of(place);
        self.units = self.units.saturating_sub(units);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn of(place: &Permit) -> (usize, u64) {
        let units = place.units.iter().map(OwnedSemaphorePermit::num_permits);
        let bytes = place.parts.iter().map(Part::count);
        (units.sum(), bytes.sum())
    }
}

/// The units of all the room.
fn all_units() -> usize {
    usize::try_from(BYTES_MAX / UNIT).unwrap_or(Semaphore::MAX_PERMITS)
}

impl Default for Room {
    fn default() -> Self {
        Self {
            total: Arc::new(Semaphore::new(all_units())),
            of_address: PerAddress::new(BYTES_OF_ADDRESS_MAX),
        }
    }
}

impl Room {
    /// Room for so many bytes more of an answer that has `own` already, if there is. One answer alone may be larger than
    /// everything, and than what an address may hold.
    pub(super) fn take(
        &self,
        address: IpAddr,
        bytes: u64,
        own: Holding,
    ) -> Result<Permit, Problem> {
        let units = usize::try_from(bytes.min(BYTES_MAX).div_ceil(UNIT)).unwrap_or(usize::MAX);
        let part = self.of_address.take_more(address, bytes, own.bytes);
        let part = part.ok_or_else(|| full("for this address"))?;
        let free = self.total.available_permits();
        let is_alone = free + own.units >= all_units();
        let units = if is_alone { units.min(free) } else { units };
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let total = Arc::clone(&self.total).try_acquire_many_owned(units);
        let total = total.map_err(|_| full("by all readers together"))?;
        Ok(Permit {
            units: vec![total],
            parts: vec![part],
        })
    }

    /// Refuses an answer that has begun, and has `own`, if others leave little for its rest.
    pub(super) fn check_rest(&self, address: IpAddr, own: Holding) -> Result<(), Problem> {
        if self
            .of_address
            .take_more(address, REST_BYTES, own.bytes)
            .is_none()
        {
            return Err(full("for this address"));
        }
        let free = self.total.available_permits();
        let rest = usize::try_from(REST_BYTES / UNIT).unwrap_or(usize::MAX);
        if free < rest && free + own.units < all_units() {
            return Err(full("by all readers together"));
        }
        Ok(())
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

/// An answer whose body has taken its room itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct HasRoom;

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
    if parts.extensions.get::<HasRoom>().is_some() {
        return Response::from_parts(parts, body);
    }
    // What has no end that is known, such as a stream of events, is bounded by itself.
    let Some(bytes) = body.size_hint().exact().filter(|bytes| *bytes > 0) else {
        return Response::from_parts(parts, body);
    };
    let place = match state.room().take(address, bytes, Holding::default()) {
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

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn take(room: &Room, last: u8, bytes: u64) -> Result<Permit, Problem> {
        room.take(address(last), bytes, Holding::default())
    }

    impl Room {
        /// How many bytes are held in all, in whole units, and for an address.
        pub(crate) fn held(&self, address: IpAddr) -> (u64, u64) {
            let units = all_units() - self.total.available_permits();
            (units as u64 * UNIT, self.of_address.held(address))
        }

        /// Whether nothing is held.
        pub(crate) fn is_empty(&self) -> bool {
            self.total.available_permits() == all_units()
        }
    }

    #[test]
    fn an_answer_grows_as_far_as_others_leave_room() {
        let room = Room::default();
        let (mut own, mut place) = (Holding::default(), Permit::default());
        let mut grow = |bytes| -> Result<(), Problem> {
            let more = room.take(address(1), bytes, own)?;
            own.add(&more);
            place.join(more);
            Ok(())
        };
        // Alone, it may be larger than everything.
        for _ in 0..6 {
            grow(BYTES_OF_ADDRESS_MAX).expect("it is alone");
        }
        assert!(take(&room, 1, 1).is_err() && take(&room, 2, 1).is_err());
        own.subtract(&place);
        drop(place);
        assert_eq!((own.units, own.bytes), (0, 0));
        assert_eq!(room.held(address(1)), (0, 0));
        // Another one of the address leaves less.
        let other = take(&room, 1, BYTES_OF_ADDRESS_MAX - REST_BYTES).expect("there is room");
        assert!(room.check_rest(address(1), Holding::default()).is_ok());
        let own_place = take(&room, 1, 1_024).expect("there is room");
        let mut own = Holding::default();
        own.add(&own_place);
        assert!(room.check_rest(address(1), own).is_err());
        assert!(room.take(address(1), REST_BYTES, own).is_err());
        assert!(room.check_rest(address(2), Holding::default()).is_ok());
        drop(other);
        assert!(room.check_rest(address(1), own).is_ok());
    }

    #[test]
    fn there_is_room_for_so_much() {
        let room = Room::default();
        let large = BYTES_OF_ADDRESS_MAX - 1;
        let mut places = Vec::new();
        for last in 0..4 {
            places.push(take(&room, last, large).expect("there is room"));
            assert!(take(&room, last, 2).is_err());
        }
        // All of it is held, by four of them.
        assert!(take(&room, 9, 64 * UNIT).is_err());
        assert!(
            !room.of_address.is_full(address(9)),
            "nothing stays of what was refused"
        );
        places.clear();
        // One alone may be larger than everything.
        let huge = take(&room, 9, 8 * BYTES_MAX).expect("there is room");
        assert!(room.check(address(1)).is_err() && room.check(address(9)).is_err());
        drop(huge);
        assert!(room.check(address(1)).is_ok());
    }

    #[tokio::test]
    async fn what_waits_in_a_file_is_what_was_answered() {
        let room = Room::default();
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(700_000).collect();
        let place = take(&room, 1, 700_000);
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
