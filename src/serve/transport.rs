//! Connections: accepted as far as there is room, encrypted if wanted, given up on when the other end is too slow.

use std::io;
use std::net::SocketAddr;
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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::access::Peer;
use super::encryption::Encryption;

/// So many connections are open at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;

/// How long the head of a request may take, and how long a connection may stay idle.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);

/// How long a reader may take nothing of an answer.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take to agree on encryption.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);

/// How long answers under way may take after the server was told to end.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be accepted, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Answers requests on `listener` until `stop` is cancelled; then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    encryption: Option<Arc<Encryption>>,
    router: Router,
    stop: &CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stop.cancelled() => break,
        };
        let Some((stream, address, permit)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let connection = Connection {
            router: router.clone(),
            encryption: encryption.clone(),
            watcher: graceful.watcher(),
            _permit: permit,
        };
        tokio::spawn(async move {
            if let Err(error) = connection.serve(stream, address).await {
                tracing::debug!(%address, %error, "a connection ended");
            }
        });
    }
    drop(listener);
    if timeout(STOP_PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("answers that were still under way were given up");
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection cannot be accepted");
            None
        }
    }
}

struct Connection {
    router: Router,
    encryption: Option<Arc<Encryption>>,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl Connection {
    async fn serve(self, stream: TcpStream, address: SocketAddr) -> Result<(), AnyError> {
        // Small answers must not wait for more to send.
        stream.set_nodelay(true)?;
        let peer = Peer {
            address: address.ip().to_canonical(),
            is_encrypted: self.encryption.is_some(),
        };
        let stream = Patient::new(stream);
        match self.encryption.clone() {
            None => self.answer(stream, peer).await,
            Some(encryption) => {
                let handshake = async { encryption.acceptor().await.accept(stream).await };
                let stream = timeout(HANDSHAKE_PATIENCE, handshake).await??;
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
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        Ok(self.watcher.watch(connection).await?)
    }
}

/// A connection whose other end must take what is sent to it within some time.
struct Patient<S> {
    stream: S,
    /// When waiting for the other end is over, while it is waited for.
    over: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    fn new(stream: S) -> Self {
        Self { stream, over: None }
    }

    /// What came of a write, unless it has been waited for too long.
    fn within<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.over = None;
            return written;
        }
        let over = self
            .over
            .get_or_insert_with(|| Box::pin(sleep(WRITE_PATIENCE)));
        ready!(over.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the reader takes nothing",
        )))
    }
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
        self.within(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.within(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.within(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.within(context, shut)
    }
}
