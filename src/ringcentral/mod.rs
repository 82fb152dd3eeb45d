//! The platform's client: what the collector asks of RingCentral, and what can go wrong by what is done about it.
//!
//! [`PresenceSource`] is the seam: the collector knows it alone. [`client::RingCentral`] is the real one; tests have
//! scripted ones. [`wire`] decodes payloads and [`budget`] obeys rate limits, both pure.

pub mod auth;
pub mod budget;
pub mod client;
mod failure;
mod listing;
pub mod wire;

use crate::model::ids::{AccountId, ExtensionId};
use crate::model::observation::Observation;
use crate::model::profile::ProfileUpdate;
use crate::model::time::Timestamp;

use budget::RateLimit;

/// What the collector asks of the platform.
///
/// Every question carries a deadline, `by`: waiting for the rate limit and repeating what failed for a moment end
/// there. A deadline that has passed means "only if it can be asked at once, and once".
#[async_trait::async_trait]
pub trait PresenceSource: Send + Sync {
    /// The account that the credentials belong to.
    async fn account(&self, by: Timestamp) -> Result<Account, SourceError>;

    /// Page `page` (from 1) of everybody's presence, 1000 to a page.
    async fn presence_page(&self, page: u32, by: Timestamp) -> Result<PresencePage, SourceError>;

    /// One extension's presence; `None` when the platform says that there is no such extension.
    async fn presence(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Single<Observation>, SourceError>;

    /// Page `page` (from 1) of the extension list.
    async fn extension_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Page<ListedExtension>, SourceError>;

    /// What the platform says of one extension, its time zone included; `None` when there is no such extension.
    async fn extension(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Single<ProfileUpdate>, SourceError>;

    /// Page `page` (from 1) of the call queues.
    async fn queue_page(&self, page: u32, by: Timestamp) -> Result<Page<CallQueue>, SourceError>;

    /// Page `page` (from 1) of a call queue's members.
    async fn queue_member_page(
        &self,
        queue_id: ExtensionId,
        page: u32,
        by: Timestamp,
    ) -> Result<Page<ExtensionId>, SourceError>;

    /// Page `page` (from 1) of the sites; an account without sites may answer with [`SourceError::Refused`].
    async fn site_page(&self, page: u32, by: Timestamp) -> Result<Page<Site>, SourceError>;

    /// The limit that holds for presence pages, as far as known.
    fn presence_page_limit(&self) -> RateLimit;
}

/// An account as the platform describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub account_id: AccountId,
    /// The company's name, if the platform tells it.
    pub name: Option<String>,
    /// The IANA name of its time zone.
    pub time_zone: Option<String>,
}

/// Where a page stands among its like, as far as the platform says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// How many pages there are.
    pub total_pages: Option<u32>,
    /// How many records there are on all pages.
    pub total_count: Option<i64>,
    /// How many records this page should have.
    pub page_count: Option<i64>,
    /// Whether the platform names a next page.
    pub has_next: bool,
}

impl Paging {
    /// Whether there is something to ask for after page `page`, which had `record_count` records.
    pub fn goes_on_after(&self, page: u32, record_count: usize) -> bool {
        match self.total_pages {
            Some(total) => page < total,
            None => self.has_next && record_count > 0,
        }
    }
}

/// When a request was sent and its response had been received, by our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When the request was sent.
    pub requested_at: Timestamp,
    /// When the last byte of the response had arrived; not before `requested_at`.
    pub received_at: Timestamp,
    /// The platform's clock minus ours, in milliseconds: the smallest difference that explains the `Date` header.
    pub clock_skew_ms: Option<i64>,
}

/// One page of everybody's presence.
#[derive(Clone, Debug)]
pub struct PresencePage {
    /// What was seen.
    pub observations: Vec<Observation>,
    /// How many records the page had, readable or not.
    pub record_count: usize,
    /// Records, and other things in it, that could not be read.
    pub oddities: Vec<String>,
    /// Where it stands.
    pub paging: Paging,
    /// When it was asked for and had come.
    pub exchange: Exchange,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What it lists.
    pub records: Vec<T>,
    /// Where it stands.
    pub paging: Paging,
    /// When it was asked for and had come.
    pub exchange: Exchange,
}

/// The answer to a question about one extension.
#[derive(Clone, Debug)]
pub struct Single<T> {
    /// What there is; `None` when the platform says that it does not exist.
    pub found: Option<T>,
    /// When it was asked for and had come.
    pub exchange: Exchange,
}

/// An extension in the extension list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedExtension {
    /// Which.
    pub extension_id: ExtensionId,
    /// What the list tells of it: not the time zone, nor the call queues.
    pub update: ProfileUpdate,
}

/// A call queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallQueue {
    /// Its id, which is that of its extension.
    pub queue_id: ExtensionId,
    /// Its name; its extension number, or else its id, where it has none.
    pub name: String,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The IANA name of its time zone.
    pub time_zone: Option<String>,
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
    #[error("{what} could not be had: {why}")]
    Unavailable {
        /// What was asked for.
        what: &'static str,
        /// Why not.
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
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Malformed { .. }
        )
    }
}
