//! The address at which a collector answers anyone who operates it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where `--operations` listens if no address is named: this computer alone can ask.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9_464);

/// Why no one can ask.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address} for /healthz, /readyz and /metrics: {error}; \
         choose another address with --operations, or `--operations off`"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
}

/// An address that is listened on; anyone who asks before [`Listening::serve`] waits.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Listens on an address; port 0 takes a free one.
pub async fn bind(address: SocketAddr) -> Result<Listening, OperationsError> {
    let failed = |error| OperationsError::Bind { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// The address, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers in a task of its own until `stop` is cancelled.
    pub fn serve(self, router: Router, stop: CancellationToken) {
        let address = self.address;
        tokio::spawn(async move {
            let served = axum::serve(self.listener, router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%address, %error, "health and metrics are no longer served");
            }
        });
    }
}
