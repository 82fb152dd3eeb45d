//! The platform on a loopback address.
//!
//! [`serve`] runs until told to stop; [`start`] does so in a task of its own; [`StandAlone`] puts
//! world, platform and time together for a platform that people develop against.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::{Request, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::oauth::Credentials;
use super::platform::{Platform, PlatformConfig};
use super::time::PlatformTime;
use super::world::{OfficeConfig, World};
use presence_clock::Clock;

/// How long open connections may take to end after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers requests on `listener` until `shutdown` is done; then finishes what is under way.
pub async fn serve(
    platform: Arc<Platform>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(platform);
    let service = router.into_make_service_with_connect_info::<ResetHandle>();
    axum::serve(Lines(listener), service)
        .with_graceful_shutdown(shutdown)
        .await
}

async fn answer(
    State(platform): State<Arc<Platform>>,
    ConnectInfo(reset_handle): ConnectInfo<ResetHandle>,
    request: Request<Body>,
) -> Response<Body> {
    platform.respond(request).await.unwrap_or_else(|| {
        reset_handle.0.store(true, Ordering::SeqCst);
        Response::new(Body::empty())
    })
}

/// A platform that runs in a task of its own.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the address as the server URL of a client's configuration.
    pub fn server_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and waits for what is under way, though not for answers that hang.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // A platform that has stopped by itself does not listen any more.
            let _ = stop.send(());
        }
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

/// Starts a platform on an address; port 0 takes a free one.
pub async fn start(platform: Arc<Platform>, listen: SocketAddr) -> io::Result<Running> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // If the handle is dropped, the platform stops, too.
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(platform, listener, shutdown));
    Ok(Running {
        address,
        stop: Some(stop),
        task,
    })
}

/// Starts a platform on a free port of the loopback address.
pub async fn start_anywhere(platform: Arc<Platform>) -> io::Result<Running> {
    start(platform, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

/// A platform to develop and test against, with an office of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct StandAlone {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The office behind it.
    pub office: OfficeConfig,
    /// Call queues on top, each with so many members: see [`World::with_further_queues`].
    pub further_queues: Vec<usize>,
    /// How the platform behaves.
    pub platform: PlatformConfig,
    /// World milliseconds for each millisecond of the clock; at least 1.
    pub speed: u32,
    /// World time at the start (UTC, milliseconds since the epoch); `None` is the clock's present,
    /// with which the office's period of joining and leaving then begins, too.
    pub world_start_ms: Option<i64>,
}

impl Default for StandAlone {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8_180)),
            office: OfficeConfig::default(),
            further_queues: Vec::new(),
            platform: PlatformConfig::default(),
            speed: 1,
            world_start_ms: None,
        }
    }
}

/// What a stand-alone platform shows about itself.
pub struct Started {
    /// The platform's task.
    pub running: Running,
    /// What a client must present.
    pub credentials: Credentials,
    /// The platform itself, for its faults, counters and world.
    pub platform: Arc<Platform>,
}

impl StandAlone {
    /// Founds the office and opens the platform; prints nothing.
    pub async fn start(self, clock: Arc<dyn Clock>) -> io::Result<Started> {
        let now_ms = clock.now_ms();
        let office = match self.world_start_ms {
            Some(_) => self.office,
            None => OfficeConfig {
                start_ms: now_ms,
                ..self.office
            },
        };
        let world_start_ms = self.world_start_ms.unwrap_or(now_ms);
        let time = PlatformTime::accelerated(clock, world_start_ms, self.speed.max(1));
        let credentials = self.platform.credentials.clone();
        let world = Arc::new(World::new(office).with_further_queues(&self.further_queues));
        let platform = Arc::new(Platform::new(world, self.platform, time));
        let running = start(Arc::clone(&platform), self.listen).await?;
        Ok(Started {
            running,
            credentials,
            platform,
        })
    }
}

/// Cuts the connection that a request came on.
#[derive(Clone, Debug)]
struct ResetHandle(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Lines>> for ResetHandle {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().reset_handle.clone()
    }
}

/// A listener whose connections can be cut from within an answer.
struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for more to send.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection of the simulator keeps its delay");
        }
        (
            Wire {
                stream,
                reset_handle: ResetHandle(Arc::default()),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that ends with a reset once it is cut.
struct Wire {
    stream: TcpStream,
    reset_handle: ResetHandle,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.reset_handle.0.load(Ordering::SeqCst) {
            // Without lingering, closing sends a reset instead of an orderly end.
            let reset = self.stream.set_zero_linger();
            return Poll::Ready(reset.and(Err(io::ErrorKind::ConnectionReset.into())));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
