//! An answer that is sent while it is worked out: what was written and not yet taken waits in files without a name.
//!
//! The writer never waits for the reader, so a slow reader holds up no transaction. What waits is in segments, each of which is
//! given back as soon as it is taken, so that an answer of any length takes little room where its reader keeps up. A small
//! answer stays in memory.
//!
//! ```text
//! writer ──▶ [ segment 5 ] [ segment 4 ] [ segment 3 ] ──▶ reader        segments 1 and 2 are given back
//! ```

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use super::capacity::{Holding, Permit, Room};
use super::error::Problem;

/// A segment has so many bytes; the last one may have fewer.
pub(super) const SEGMENT_BYTES: u64 = 1024 * 1024;

/// Answers of fewer bytes stay in memory.
const FILE_BYTES_MIN: u64 = 256 * 1024;

/// So much is sent at once.
const CHUNK_BYTES: u64 = 64 * 1024;

/// An answer that is being written. It is broken off if this is dropped before [`SpoolWriter::finish`].
pub(super) struct SpoolWriter {
    spooled: Arc<Mutex<Spooled>>,
    room: Room,
    address: IpAddr,
}

/// What was written, as the body of an answer.
pub(super) struct SpoolReader(Arc<Mutex<Spooled>>);

/// A new spool, for a reader at this address.
pub(super) fn spool(room: &Room, address: IpAddr) -> (SpoolWriter, SpoolReader) {
    let spooled = Arc::<Mutex<Spooled>>::default();
    let writer = SpoolWriter {
        spooled: Arc::clone(&spooled),
        room: room.clone(),
        address,
    };
    (writer, SpoolReader(spooled))
}

/// How the writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
}

#[derive(Default)]
struct Spooled {
    segments: VecDeque<Segment>,
    /// What the segments hold of the room.
    holding: Holding,
    /// How much was written, in bytes.
    written: u64,
    end: Option<End>,
    /// Why there was no room for more.
    refused: Option<Problem>,
    reader_is_gone: bool,
    /// The reader, while it waits for more.
    waker: Option<Waker>,
}

struct Segment {
    content: Content,
    /// How much was written to it, in bytes.
    len: u64,
    /// How much of that was taken.
    taken: u64,
    place: Permit,
}

enum Content {
    Memory(Vec<u8>),
    File(File),
}

impl Content {
    /// A file, or memory where there can be none.
    fn in_file() -> Self {
        match tempfile::tempfile() {
            Ok(file) => Self::File(file),
            Err(error) => {
                tracing::warn!(%error, "a large answer waits in memory: there can be no file for it");
                Self::Memory(Vec::new())
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Memory(content) => content.extend_from_slice(bytes),
            Self::File(file) => {
                file.seek(SeekFrom::End(0))?;
                file.write_all(bytes)?;
            }
        }
        Ok(())
    }

    /// So many bytes from an index on.
    fn read(&mut self, from: u64, count: u64) -> io::Result<Bytes> {
        let count = usize::try_from(count).map_err(io::Error::other)?;
        match self {
            Self::Memory(content) => {
                let from = usize::try_from(from).map_err(io::Error::other)?;
                let bytes = content.get(from..from.saturating_add(count));
                let bytes = bytes.ok_or(io::ErrorKind::UnexpectedEof)?;
                Ok(Bytes::copy_from_slice(bytes))
            }
            Self::File(file) => {
                file.seek(SeekFrom::Start(from))?;
                let mut bytes = vec![0; count];
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

fn lock(spooled: &Mutex<Spooled>) -> MutexGuard<'_, Spooled> {
    spooled.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SpoolWriter {
    /// Adds bytes; an error if there is no room for them, or if the reader is gone.
    pub(super) fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut spooled = lock(&self.spooled);
            let added = spooled.add(bytes, &self.room, self.address)?;
            bytes = &bytes[added..];
            let waker = spooled.waker.take();
            drop(spooled);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        Ok(())
    }

    /// How much was written, in bytes.
    pub(super) fn written(&self) -> u64 {
        lock(&self.spooled).written
    }

    /// Refuses to begin an answer for whose rest there is probably no room.
    pub(super) fn check_room(&self) -> io::Result<()> {
        let mut spooled = lock(&self.spooled);
        let checked = self.room.check_rest(self.address, spooled.holding);
        checked.map_err(|problem| spooled.refuse(problem))
    }

    /// Why there was no room, if there was none.
    pub(super) fn refused(&self) -> Option<Problem> {
        lock(&self.spooled).refused.clone()
    }

    /// Whether the reader is gone.
    pub(super) fn reader_is_gone(&self) -> bool {
        lock(&self.spooled).reader_is_gone
    }

    /// Hands over everything that was written and not taken, piece by piece.
    pub(super) fn visit(&self, mut visit: impl FnMut(&[u8])) -> io::Result<()> {
        let mut spooled = lock(&self.spooled);
        for segment in &mut spooled.segments {
            let mut from = segment.taken;
            while from < segment.len {
                let count = CHUNK_BYTES.min(segment.len - from);
                visit(&segment.content.read(from, count)?);
                from += count;
            }
        }
        Ok(())
    }

    /// Says that the answer is whole.
    pub(super) fn finish(self) {
        self.end(End::Whole);
    }

    fn end(&self, end: End) {
        let mut spooled = lock(&self.spooled);
        spooled.end.get_or_insert(end);
        let waker = spooled.waker.take();
        drop(spooled);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.end(End::Broken);
    }
}

impl Spooled {
    /// Adds as many of the bytes as the last segment has room for, and says how many.
    fn add(&mut self, bytes: &[u8], room: &Room, address: IpAddr) -> io::Result<usize> {
        if self.reader_is_gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let is_full = |segment: &Segment| segment.len >= SEGMENT_BYTES;
        if self.segments.back().is_none_or(is_full) {
            let content = if self.written < FILE_BYTES_MIN {
                Content::Memory(Vec::new())
            } else {
                Content::in_file()
            };
            self.segments.push_back(Segment {
                content,
                len: 0,
                taken: 0,
                place: Permit::default(),
            });
        }
        let Some(last) = self.segments.back_mut() else {
            return Err(io::Error::other("there is no segment"));
        };
        let left = usize::try_from(SEGMENT_BYTES - last.len).unwrap_or(usize::MAX);
        let bytes = &bytes[..left.min(bytes.len())];
        let count = bytes.len() as u64;
        let more = match room.take(address, count, self.holding) {
            Ok(more) => more,
            Err(problem) => return Err(self.refuse(problem)),
        };
        self.holding.add(&more);
        last.place.join(more);
        if last.len + count >= FILE_BYTES_MIN
            && let Content::Memory(content) = &last.content
            && let mut file @ Content::File(_) = Content::in_file()
        {
            file.append(content)?;
            last.content = file;
        }
        last.content.append(bytes)?;
        last.len += count;
        self.written += count;
        Ok(bytes.len())
    }

    fn refuse(&mut self, problem: Problem) -> io::Error {
        let told = problem.to_string();
        self.refused = Some(problem);
        io::Error::new(io::ErrorKind::StorageFull, told)
    }

    /// The next bytes; `None` if none were written that are not taken.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(first) = self.segments.front_mut() {
            let left = first.len - first.taken;
            if left > 0 {
                let count = left.min(CHUNK_BYTES);
                let bytes = first.content.read(first.taken, count)?;
                first.taken += count;
                self.give_back();
                return Ok(Some(bytes));
            }
            if !self.give_back() {
                break;
            }
        }
        Ok(None)
    }

    /// Gives the first segment back if all of it is taken and nothing more comes into it.
    fn give_back(&mut self) -> bool {
        let is_last = self.segments.len() == 1;
        let Some(first) = self.segments.front() else {
            return false;
        };
        let is_over = !is_last || first.len >= SEGMENT_BYTES || self.end.is_some();
        let is_done = is_over && first.taken == first.len;
        if is_done && let Some(first) = self.segments.pop_front() {
            self.holding.subtract(&first.place);
        }
        is_done
    }

    /// What is still to be taken, in bytes.
    fn left(&self) -> u64 {
        let segments = self.segments.iter();
        segments.map(|segment| segment.len - segment.taken).sum()
    }
}

impl HttpBody for SpoolReader {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut spooled = lock(&self.0);
        match spooled.next() {
            Ok(Some(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Ok(None) => {}
            Err(error) => return Poll::Ready(Some(Err(error))),
        }
        match spooled.end {
            Some(End::Whole) => Poll::Ready(None),
            // The connection is closed: a part of an answer must not look like the whole.
            Some(End::Broken) => {
                Poll::Ready(Some(Err(io::Error::other("the answer was broken off"))))
            }
            None => {
                spooled.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let spooled = lock(&self.0);
        spooled.end == Some(End::Whole) && spooled.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        let spooled = lock(&self.0);
        match spooled.end {
            Some(End::Whole) => SizeHint::with_exact(spooled.left()),
            _ => SizeHint::default(),
        }
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        let mut spooled = lock(&self.0);
        spooled.reader_is_gone = true;
        spooled.segments.clear();
        spooled.holding = Holding::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::transport::serve;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn bytes(count: usize) -> Vec<u8> {
        (0..=u8::MAX).cycle().take(count).collect()
    }

    #[tokio::test]
    async fn what_was_written_is_what_is_taken() {
        for count in [0, 1, 300_000, 5_000_000] {
            let room = Room::default();
            let (writer, reader) = spool(&room, ADDRESS);
            let written = bytes(count);
            let read = tokio::spawn(to_bytes(Body::new(reader), usize::MAX));
            for part in written.chunks(70_001) {
                writer.write(part).expect("there is room");
                tokio::task::yield_now().await;
            }
            writer.finish();
            let read = read.await.expect("no panic").expect("it can be read");
            assert!(read == written, "{count}");
            assert!(room.is_empty(), "{count}");
        }
    }

    #[tokio::test]
    async fn what_is_taken_gives_its_room_back() {
        let room = Room::default();
        let (writer, mut reader) = spool(&room, ADDRESS);
        writer.write(&bytes(3_000_000)).expect("there is room");
        let mut visited = 0;
        writer
            .visit(|piece| visited += piece.len())
            .expect("it can be read");
        assert_eq!((writer.written(), visited), (3_000_000, 3_000_000));
        let (_, before) = room.held(ADDRESS);
        assert_eq!(before, 3_000_000);
        let mut taken = 0;
        let mut pinned = Pin::new(&mut reader);
        let mut context = Context::from_waker(Waker::noop());
        while taken < 2 * 1024 * 1024 {
            match pinned.as_mut().poll_frame(&mut context) {
                Poll::Ready(Some(Ok(frame))) => {
                    taken += frame.into_data().expect("data").len();
                }
                other => panic!("{other:?}"),
            }
        }
        let (_, held) = room.held(ADDRESS);
        assert_eq!(held, 3_000_000 - 2 * SEGMENT_BYTES);
        drop(reader);
        assert!(room.is_empty());
        let error = writer.write(b"more").expect_err("nobody takes it");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(writer.reader_is_gone());
    }

    /// What a client reads of an answer whose writing ends in this way.
    async fn answered(is_whole: bool) -> Vec<u8> {
        let router = Router::new().route(
            "/",
            get(move || async move {
                let (writer, reader) = spool(&Room::default(), ADDRESS);
                tokio::spawn(async move {
                    let parts = bytes(2_000_000);
                    for part in parts.chunks(100_000) {
                        writer.write(part).expect("there is room");
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    if is_whole {
                        writer.finish();
                    }
                });
                Body::new(reader)
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let server = tokio::spawn(async move { serve(listener, None, router, &stopped).await });
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("it is taken");
        let mut read = Vec::new();
        // A connection that is reset has an end, too.
        let _ = stream.read_to_end(&mut read).await;
        stop.cancel();
        server.await.expect("no panic");
        read
    }

    #[tokio::test]
    async fn an_answer_that_is_broken_off_does_not_sweep_whole() {
        const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";
        let whole = answered(true).await;
        assert!(whole.starts_with(b"HTTP/1.1 200 OK\r\n"));
        assert!(whole.len() > 2_000_000 && whole.ends_with(LAST_CHUNK));
        let broken = answered(false).await;
        assert!(broken.starts_with(b"HTTP/1.1 200 OK\r\n"));
        assert!(!broken.ends_with(LAST_CHUNK));
    }
}
