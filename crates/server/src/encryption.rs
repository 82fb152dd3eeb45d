//! Encryption by the files of a certificate and its key, which are read again when they have changed: certificates are
//! renewed every few weeks, and a server need not be started again for that.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use presence_files::{self as files, FileError};

/// How often it is looked whether the files have changed, when connections come.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Why there is no encryption.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file holds something else.
    #[error("{file}: {reason}")]
    File {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// Certificate and key do not go together.
    #[error("the certificate {certificate} and the key {key} cannot be used: {reason}")]
    Pair {
        /// The file of the certificate.
        certificate: String,
        /// The file of the key.
        key: String,
        /// Why.
        reason: String,
    },
}

/// Encryption by a certificate and its key.
pub struct Encryption {
    files: Files,
    current: Mutex<Current>,
}

/// Where the certificate and its key are.
#[derive(Clone)]
struct Files {
    /// The certificate, with those that it was signed by, as PEM.
    certificate: PathBuf,
    /// The key, as PEM.
    key: PathBuf,
}

/// What new connections are encrypted with.
struct Current {
    acceptor: TlsAcceptor,
    /// The files as they were when they were last read, whether or not they could be used.
    read: Option<Stamps>,
    looked_at: Instant,
    /// What was wrong with them then, so that it is told once.
    told: Option<String>,
}

/// When files were written, and how long they are.
type Stamps = [(SystemTime, u64); 2];

impl Encryption {
    /// Reads a certificate and its key.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        // What is written after this is newer than what was read.
        let read = files.stamps();
        let acceptor = files.read()?;
        Ok(Self {
            files,
            current: Mutex::new(Current {
                acceptor,
                read,
                looked_at: Instant::now(),
                told: None,
            }),
        })
    }

    /// What to encrypt a new connection with: by the files as they are now, if it is time to look at them. Those that
    /// cannot be used are not: what was there before them stays.
    pub async fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        if self.is_time_to_sweep() {
            let own = Arc::clone(self);
            // A disk that does not answer must not hold up other connections.
            let looked = tokio::task::spawn_blocking(move || own.look()).await;
            if let Err(error) = looked {
                tracing::error!(%error, "the certificate could not be looked at");
            }
        }
        self.current().acceptor.clone()
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the files are to be looked at; to one of those who ask at the same time.
    fn is_time_to_sweep(&self) -> bool {
        let mut current = self.current();
        let is_time = current.looked_at.elapsed() >= LOOK_EVERY;
        if is_time {
            current.looked_at = Instant::now();
        }
        is_time
    }

    /// Reads the files again if they have changed, or could not be used before.
    fn look(&self) {
        let stamps = self.files.stamps();
        let is_known = {
            let current = self.current();
            stamps.is_some() && current.read == stamps && current.told.is_none()
        };
        if is_known {
            return;
        }
        let read = self.files.read();
        let mut current = self.current();
        current.read = stamps;
        match read {
            Ok(acceptor) => {
                current.acceptor = acceptor;
                current.told = None;
                tracing::info!("the certificate has changed; new connections use the new one");
            }
            Err(error) => {
                let sentence = error.to_string();
                if current.told.as_ref() != Some(&sentence) {
                    tracing::warn!(
                        "the certificate has changed and cannot be used, so the one before it stays: {sentence}"
                    );
                }
                current.told = Some(sentence);
            }
        }
    }
}

impl Files {
    /// When the files were written; `None` where that cannot be told.
    fn stamps(&self) -> Option<Stamps> {
        let stamp = |file: &Path| {
            let about = std::fs::metadata(file).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        Some([stamp(&self.certificate)?, stamp(&self.key)?])
    }

    fn read(&self) -> Result<TlsAcceptor, TlsError> {
        let Self { certificate, key } = self;
        let wrong = |file: &Path, reason: String| TlsError::File {
            file: file.display().to_string(),
            reason,
        };
        // What stands between the blocks need be no text.
        let bytes = files::unmarked(certificate)?;
        let certificates = CertificateDer::pem_slice_iter(&bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(certificate, format!("no certificate can be read: {error}")))?;
        if certificates.is_empty() {
            return Err(wrong(certificate, "it holds no certificate".to_owned()));
        }
        let bytes = files::unmarked(key)?;
        let private = PrivateKeyDer::from_pem_slice(&bytes)
            .map_err(|error| wrong(key, format!("no private key can be read: {error}")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(certificates, private)
            });
        let mut config = config.map_err(|error| TlsError::Pair {
            certificate: certificate.display().to_string(),
            key: key.display().to_string(),
            reason: error.to_string(),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
