//! The platform's client: what the collector asks of RingCentral, and what can go wrong by what is done about it.
//!
//! [`PresenceSource`] is the seam: the collector knows it alone. [`client::RingCentral`] is the real one; tests have
//! scripted ones. Payloads are decoded by `presence-ringcentral-wire`; [`budget`] obeys rate limits, and is pure.

pub mod auth;
mod body;
pub mod budget;
pub mod client;
mod failure;
mod headers;
mod own_presence;
mod token_file;
mod traffic;
pub mod transport;
mod waits;

use presence_model::cause::Cause;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::observation::Observation;
use presence_model::time::Timestamp;

use budget::RateLimit;
use presence_ringcentral_wire::{
    Account, CallQueue, Extension, Page, PresencePage, QueuePresence, Site,
};

pub use auth::{Credentials, KeptSession};
pub use client::RingCentral;
pub use own_presence::PresenceChange;
pub use token_file::SessionStorage;
pub use traffic::{RequestCount, Traffic};
pub use transport::{ClientError, HttpLimits, install_tls};
pub use waits::{TellWait, Wait, WaitReason};

/// What the collector asks of the platform.
///
/// Every question carries a deadline, `by`: waiting for the rate limit and repeating what failed for the moment end
/// there. A deadline that has passed means "only if it can be asked at once, and only once".
#[async_trait::async_trait]
pub trait PresenceSource: Send + Sync {
    /// The account that the credentials belong to.
    async fn account(&self, by: Timestamp) -> Result<Answer<Account>, SourceError>;

    /// Page `page` (from 1) of the account's presence, [`PRESENCE_PAGE_SIZE`] to a page.
    async fn presence_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<PresencePage>, SourceError>;

    /// One extension's presence; `None` when the platform says that there is no such extension.
    async fn presence(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Observation>>, SourceError>;

    /// Page `page` (from 1) of the extension list.
    async fn extension_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<Extension>>, SourceError>;

    /// One extension, its time zone included; `None` when the platform says that there is no such extension.
    async fn extension(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Extension>>, SourceError>;

    /// Page `page` (from 1) of the call queues.
    async fn queue_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<CallQueue>>, SourceError>;

    /// Page `page` (from 1) of a call queue's members.
    async fn queue_member_page(
        &self,
        queue_id: ExtensionId,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<ExtensionId>>, SourceError>;

    /// Page `page` (from 1) of the sites; an account without sites may answer with [`SourceError::Refused`].
    async fn site_page(&self, page: u32, by: Timestamp) -> Result<Answer<Page<Site>>, SourceError>;

    /// Who takes the calls of a queue; `None` when the platform says that there is no such queue.
    async fn queue_presence(
        &self,
        queue_id: QueueId,
        by: Timestamp,
    ) -> Result<Answer<Option<QueuePresence>>, SourceError>;

    /// The limit that holds for pages of the account's presence, as far as known.
    fn presence_page_limit(&self) -> RateLimit;

    /// The limit that holds for the presence of queues, as far as known. Requests of the directory count against it too.
    fn queue_presence_limit(&self) -> RateLimit;
}

/// How many records a page of the account's presence is asked to hold: the platform's maximum (reference, "Paging").
pub const PRESENCE_PAGE_SIZE: u32 = 1_000;

/// An answer, and when it was had.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was answered.
    pub value: T,
    /// When the request was sent.
    pub requested_at: Timestamp,
    /// When the last byte of the response had arrived; not before `requested_at`.
    pub received_at: Timestamp,
    /// The platform's clock minus ours, in milliseconds: the smallest difference that explains the `Date` header.
    pub clock_skew_ms: Option<i64>,
}

impl<T> Answer<T> {
    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: change(self.value),
            requested_at: self.requested_at,
            received_at: self.received_at,
            clock_skew_ms: self.clock_skew_ms,
        }
    }
}

/// Why the platform gave no answer, by what a caller does about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The credentials are not accepted: stop and tell the operator.
    #[error("RingCentral does not accept the credentials: {0}")]
    LoginRefused(String),
    /// The application or the user may not ask this: stop and tell the operator, or do without.
    #[error("{0}")]
    PermissionMissing(String),
    /// The rate limit does not allow it in the time given: ask again then.
    #[error("the rate limit for {what} is used up until {retry_at}")]
    RateLimited {
        /// What was asked for.
        what: &'static str,
        /// When it can be asked again.
        retry_at: Timestamp,
    },
    /// The platform, or the way to it, failed for the moment.
    #[error("{what} could not be read: {why}")]
    Unavailable {
        /// What was asked for.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// The platform says that it is being maintained: it is asked again as after any failure.
    #[error(
        "{what} could not be read: RingCentral is under maintenance ({why}); it will be requested again"
    )]
    Maintenance {
        /// What was asked for.
        what: &'static str,
        /// Status, code and message.
        why: String,
    },
    /// The answer cannot be read.
    #[error("the answer for {what} cannot be read: {why}")]
    Malformed {
        /// What was asked for.
        what: &'static str,
        /// What is wrong, and how the answer begins.
        why: String,
    },
    /// The answer is longer than any answer should be.
    #[error("the answer for {what} is longer than {limit_bytes} bytes; it was not read to its end")]
    TooBig {
        /// What was asked for.
        what: &'static str,
        /// How many bytes are read at most.
        limit_bytes: usize,
    },
    /// The answer sends us elsewhere. The token is for the configured server alone, so it is not followed.
    #[error(
        "{what} was answered with a redirect to {target}, which is not followed: \
         check the server's address (RC_SERVER_URL) and any proxy in between"
    )]
    Redirected {
        /// What was asked for.
        what: &'static str,
        /// Where to: scheme and host.
        target: String,
    },
    /// The platform refuses the request for a reason that repeating does not change.
    #[error("RingCentral refused {what}: {why}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// Status, code and message.
        why: String,
    },
}

impl SourceError {
    /// Whether collecting has to stop until an operator does something.
    pub fn stops_collecting(&self) -> bool {
        matches!(self, Self::LoginRefused(_) | Self::PermissionMissing(_))
    }

    /// Whether the same question may well be answered a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Unavailable { .. }
                | Self::Maintenance { .. }
                | Self::Malformed { .. }
        )
    }

    /// Why, without what was asked for.
    fn why(&self) -> String {
        match self {
            Self::Unavailable { why, .. }
            | Self::Maintenance { why, .. }
            | Self::Malformed { why, .. }
            | Self::Refused { why, .. } => why.clone(),
            other => other.to_string(),
        }
    }

    /// The word for it in the history.
    pub fn cause(&self) -> Cause {
        match self {
            Self::LoginRefused(_) => Cause::Credentials,
            Self::PermissionMissing(_) => Cause::Permission,
            Self::RateLimited { .. } => Cause::RateLimit,
            Self::Unavailable { .. } => Cause::Unavailable,
            Self::Maintenance { .. } => Cause::Maintenance,
            Self::Malformed { .. } | Self::TooBig { .. } => Cause::Unreadable,
            Self::Redirected { .. } | Self::Refused { .. } => Cause::Refused,
        }
    }
}
