//! Where connections come from: an address, or a socket of this computer that only the user who runs the server may use.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

/// How the word for a socket begins.
const UNIX: &str = "unix:";

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket of this computer, by its path.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Whether only this computer reaches it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl Default for ListenAddress {
    fn default() -> Self {
        Self::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_080))
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(UNIX) {
            Some("") => Err("write the path of the socket, like unix:/run/presence/http".to_owned()),
            Some(path) => Ok(Self::Unix(PathBuf::from(path))),
            None => text.parse().map(Self::Tcp).map_err(|_| {
                "write an address and a port, like 127.0.0.1:8080, or a socket, like unix:/run/presence/http"
                    .to_owned()
            }),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// What connections are accepted from.
pub enum Listener {
    /// An address and a port.
    Tcp(TcpListener),
    /// A socket of this computer.
    #[cfg(unix)]
    Unix(OwnSocket),
}

impl Listener {
    /// Begins to listen.
    pub async fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            #[cfg(unix)]
            ListenAddress::Unix(path) => OwnSocket::bind(path).map(Self::Unix),
            #[cfg(not(unix))]
            ListenAddress::Unix(_) => Err(io::Error::other("this system has no such sockets")),
        }
    }

    /// Where it listens: with the port that was found where any was asked for.
    pub fn address(&self) -> io::Result<ListenAddress> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(ListenAddress::Tcp),
            #[cfg(unix)]
            Self::Unix(socket) => Ok(ListenAddress::Unix(socket.path.clone())),
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

/// A socket that only the user who runs the server may use; it is removed when this is dropped.
#[cfg(unix)]
pub struct OwnSocket {
    pub(super) listener: UnixListener,
    /// The number of the user.
    pub(super) owner: u32,
    path: PathBuf,
}

#[cfg(unix)]
impl OwnSocket {
    fn bind(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let about = std::fs::metadata(folder)?;
        if about.mode() & 0o022 != 0 {
            return Err(io::Error::other(format!(
                "others may write to the folder {}; choose one that only you may write to",
                folder.display()
            )));
        }
        // What a server left behind that was killed is in the way; what another listens on stays.
        match std::fs::symlink_metadata(path) {
            Ok(there) if !there.file_type().is_socket() => {
                return Err(io::Error::other(
                    "something else is there, which is no socket",
                ));
            }
            Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
                return Err(io::Error::other("another program listens there"));
            }
            Ok(_) => std::fs::remove_file(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        // The user who made the socket runs the server.
        let owner = std::fs::symlink_metadata(path)?.uid();
        Ok(Self {
            listener,
            owner,
            path: path.to_owned(),
        })
    }
}

#[cfg(unix)]
impl Drop for OwnSocket {
    fn drop(&mut self) {
        // It may have been removed already; another server then takes its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_listen_is_an_address_or_a_socket() {
        for text in [
            "127.0.0.1:8080",
            "[::1]:80",
            "unix:/run/presence/http",
            "unix:x",
        ] {
            let read = text.parse::<ListenAddress>().expect("it is one");
            assert_eq!(read.to_string(), text);
        }
        for wrong in ["", "8080", "unix:", "localhost:80", "/run/x"] {
            assert!(wrong.parse::<ListenAddress>().is_err(), "{wrong}");
        }
        assert_eq!(ListenAddress::default().to_string(), "127.0.0.1:8080");
    }
}
