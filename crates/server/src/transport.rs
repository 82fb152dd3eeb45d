//! Connections: accepted as far as there is room, encrypted if wanted, given up on when the other end is too slow.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::access::Peer;
use super::encryption::Encryption;
use super::listen::Listener;
use super::per_address::{Part, PerAddress};

/// So many connections are open at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;

/// So many of them are of one address: others are closed at once. A proxy that is trusted has as many as it wants.
const CONNECTIONS_OF_ADDRESS_MAX: u64 = 256;

/// How long the head of a request may take, and how long a connection may stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a reader may take for what was written, or for [`PROGRESS_BYTES_MIN`] of it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A reader who takes so many bytes within [`WRITE_TIMEOUT`] makes progress.
const PROGRESS_BYTES_MIN: usize = 128 * 1024;

/// How long it may take to agree on encryption.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long answers under way may take after the server was told to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be accepted, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Answers requests on `listener` until `stop` is cancelled; then finishes what is under way.
pub fn serve(
    listener: impl Into<Listener>,
    encryption: Option<Arc<Encryption>>,
    router: Router,
    stop: &CancellationToken,
) -> BoxFuture<'_, ()> {
    let door = Door {
        listener: listener.into(),
        trusted: Vec::new(),
    };
    door.serve(encryption, router, stop)
}

/// Where connections come in.
pub struct Door {
    /// What they are accepted from.
    pub listener: Listener,
    /// The proxies that may have as many as they want.
    pub trusted: Vec<IpAddr>,
}

/// A connection that was accepted.
enum Accepted {
    Tcp(TcpStream, SocketAddr),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Door {
    /// Answers requests until `stop` is cancelled; then finishes what is under way.
    pub fn serve(
        self,
        encryption: Option<Arc<Encryption>>,
        router: Router,
        stop: &CancellationToken,
    ) -> BoxFuture<'_, ()> {
        self.answers(encryption, router, stop).boxed()
    }

    async fn answers(
        self,
        encryption: Option<Arc<Encryption>>,
        router: Router,
        stop: &CancellationToken,
    ) {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let of_address = PerAddress::new(CONNECTIONS_OF_ADDRESS_MAX);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&room) => accepted,
                () = stop.cancelled() => break,
            };
            let Some((accepted, permit)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let Some(part) = self.part(&accepted, &of_address) else {
                tracing::debug!("a connection was closed: its address has too many");
                continue;
            };
            let connection = Connection {
                router: router.clone(),
                encryption: encryption.clone(),
                watcher: graceful.watcher(),
                _permit: permit,
                _part: part,
            };
            tokio::spawn(async move {
                if let Err(error) = connection.serve(accepted).await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
        drop(self.listener);
        if timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
            tracing::warn!("answers that were still under way were given up");
        }
    }

    /// The place of a connection among those of its address, or `Some(None)` where it needs none.
    #[expect(
        clippy::option_option,
        reason = "there is no room, none is needed, or there is"
    )]
    fn part(&self, accepted: &Accepted, of_address: &Arc<PerAddress>) -> Option<Option<Part>> {
        match accepted {
            Accepted::Tcp(_, address) => {
                let address = address.ip().to_canonical();
                if self.trusted.contains(&address) {
                    return Some(None);
                }
                of_address.take(address, 1).map(Some)
            }
            #[cfg(unix)]
            Accepted::Unix(_) => Some(None),
        }
    }

    async fn accept(&self, room: &Arc<Semaphore>) -> Option<(Accepted, OwnedSemaphorePermit)> {
        let permit = Arc::clone(room).acquire_owned().await.ok()?;
        let accepted = match &self.listener {
            Listener::Tcp(listener) => {
                let accepted = listener.accept().await;
                accepted.map(|(stream, address)| Accepted::Tcp(stream, address))
            }
            #[cfg(unix)]
            Listener::Unix(socket) => loop {
                let accepted = socket.listener.accept().await;
                let Ok((stream, _)) = accepted else {
                    break accepted.map(|(stream, _)| Accepted::Unix(stream));
                };
                // The rights of the socket say so too; but they may be changed from outside.
                let user = stream.peer_cred().map(|found| found.uid());
                if user.as_ref().is_ok_and(|user| *user == socket.owner) {
                    break Ok(Accepted::Unix(stream));
                }
                tracing::warn!(?user, "another user's connection was closed");
            },
        };
        match accepted {
            Ok(accepted) => Some((accepted, permit)),
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                None
            }
        }
    }
}

struct Connection {
    router: Router,
    encryption: Option<Arc<Encryption>>,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
    _part: Option<Part>,
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl Connection {
    async fn serve(self, accepted: Accepted) -> Result<(), AnyError> {
        let (stream, address) = match accepted {
            Accepted::Tcp(stream, address) => (stream, address),
            #[cfg(unix)]
            Accepted::Unix(stream) => {
                let peer = Peer {
                    is_owner: true,
                    ..Peer::default()
                };
                return self.answer(Patient::new(stream), peer).await;
            }
        };
        // Small answers must not wait for more to send.
        stream.set_nodelay(true)?;
        let peer = Peer {
            address: address.ip().to_canonical(),
            is_encrypted: self.encryption.is_some(),
            is_owner: false,
        };
        let stream = Patient::new(stream);
        match self.encryption.clone() {
            None => self.answer(stream, peer).await,
            Some(encryption) => {
                let handshake = async { encryption.acceptor().await.accept(stream).await };
                let stream = timeout(HANDSHAKE_TIMEOUT, handshake).await??;
                self.answer(stream, peer).await
            }
        }
    }

    async fn answer<I>(self, stream: I, peer: Peer) -> Result<(), AnyError>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router;
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        Ok(self.watcher.watch(connection).await?)
    }
}

/// A connection whose other end must take what is sent to it within some time, or go on taking a good part of it.
struct Patient<S> {
    stream: S,
    /// When waiting for the other end is over, while it is waited for.
    over: Option<Pin<Box<Sleep>>>,
    /// What it has taken since that was decided, in bytes.
    taken: usize,
}

impl<S> Patient<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            over: None,
            taken: 0,
        }
    }

    /// What came of a write, unless it has been waited for too long. Taking a little of it now and then is no progress.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = &written {
            self.taken = self.taken.saturating_add(*result.as_ref().unwrap_or(&0));
            if self.taken >= PROGRESS_BYTES_MIN {
                self.all_taken();
            }
            return written;
        }
        ready!(self.waited(context));
        Poll::Ready(Err(too_slow()))
    }

    /// What came of sending everything that was written, unless it has been waited for too long.
    fn sent(
        &mut self,
        context: &mut Context<'_>,
        sent: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if sent.is_ready() {
            self.all_taken();
            return sent;
        }
        ready!(self.waited(context));
        Poll::Ready(Err(too_slow()))
    }

    fn all_taken(&mut self) {
        self.over = None;
        self.taken = 0;
    }

    /// Ready once it has been waited for too long.
    fn waited(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let over = self
            .over
            .get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        over.as_mut().poll(context)
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the reader is too slow")
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.sent(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.sent(context, shut)
    }
}
