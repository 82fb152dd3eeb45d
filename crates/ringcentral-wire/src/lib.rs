//! The platform's payloads, decoded into the model. Pure.
//!
//! Shapes are those of the platform's public specification (`PresenceInfoResponse`, `GetExtensionListInfoResponse`,
//! `CallQueueInfo`, `SiteInfo`, `AccountInfo`, `TokenInfo`). What all of them share: ids are numbers or texts of up
//! to 64 bits, `null` is the same as absent, an empty text is the same as absent, unknown fields are passed over, and
//! values never seen before are kept as they are.
//!
//! One decoding of a record serves two readers. A *page of the platform* is read tolerantly: a record that cannot be
//! read becomes an [`Oddity`] and the others stay. An *imported line* is read strictly: the first field that cannot
//! be read refuses it, by a [`WireError`] that names the field.

mod account;
pub mod business_hours;
mod directory;
mod envelope;
mod error_body;
mod json_path;
mod presence;
mod queue_presence;
mod values;

pub use account::{Account, Token, account, permission_check, token};
pub use directory::{
    CallQueue, Extension, Site, call_queue_page, extension, extension_page, queue_member_page,
    site_page,
};
pub use envelope::{ELEMENTS_MAX, PAGES_MAX, Page, Paging, check_page};
pub use error_body::{ErrorBody, error_body};
pub use presence::{BatchItem, PresencePage, presence, presence_batch, presence_page};

pub use queue_presence::{QueuePresence, queue_presence};

pub use directory::ExtensionsSeed;
pub use json_path::explain;
pub use presence::{ObservationsSeed, first_observation};
pub use values::{Id, clip};

/// Why a payload, or a field of it, cannot be read.
///
/// The text is one line of bounded length, whatever the payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {what}", if .path.is_empty() { "the document" } else { .path.as_str() })]
pub struct WireError {
    /// The field, such as `records[3].presenceStatus`; empty for the document itself.
    pub path: String,
    /// What is wrong with it, such as `is the number 3, but must be a text`.
    pub what: String,
}

/// What became of a record that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityEffect {
    /// It was read, but for what the oddity names.
    Kept,
    /// It was not read: nothing is known of it, and the page is short by one.
    Lost,
}

/// Something in a page that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Where, and what.
    pub error: WireError,
    /// What became of the record.
    pub effect: OddityEffect,
}
