//! What an answer answers, and what it rests on: enough to ask again and get the same bytes.

use presence_charts::export::Metadata;
use serde::Serialize;

use presence_core::model::ids::AccountId;
use presence_core::query::zone::zone_data_version;

use super::as_of::AsOf;
use super::common::{CriterionShape, Text, Time};
use super::so_far::SoFar;

/// The program, as answers name it.
pub const PROGRAM: &str = concat!("presence ", env!("CARGO_PKG_VERSION"));

/// What an answer answers, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provenance {
    /// The command that asks for it, spelled out: moments as UTC, people as ids, defaults written down.
    pub question: String,
    /// Whose history.
    pub account_id: Text<AccountId>,
    /// What values are of; left out where there are none.
    #[serde(flatten)]
    pub criterion: Option<CriterionShape>,
    /// When.
    #[serde(flatten)]
    pub when: When,
    /// How much of the window is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
    /// In which zone times were read and shown; `null`: UTC, and each extension's own for days and hours.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// The calendar of the hours, or `own`; left out where hours are of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// What identifies the meaning of the calendar: SHA-256 over hours, zone and holidays, as hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_digest: Option<String>,
    /// What computed it.
    pub program: &'static str,
    /// Which part of the log it rests on.
    pub as_of: AsOf,
    /// What could not be used of the files that the configuration names, and what is not known of the holidays of its
    /// calendars, a sentence each; left out where there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Provenance {
    /// The same for a file that has a place for it.
    pub fn metadata(&self) -> Metadata {
        let fields = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        Metadata {
            program: PROGRAM.to_owned(),
            fields,
        }
    }
}

/// The moment or the window asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum When {
    /// One moment.
    Moment {
        /// Which.
        at: Time,
    },
    /// A stretch of time.
    Window {
        /// Its first moment.
        from: Time,
        /// The first moment after it.
        to: Time,
    },
    /// All that is recorded.
    Always {},
}

impl Provenance {
    /// A question by UTC about an account, with nothing said of values or calendars.
    pub fn new(question: String, account_id: AccountId, when: When, as_of: AsOf) -> Self {
        Self {
            question,
            account_id: Text(account_id),
            criterion: None,
            when,
            so_far: SoFar::default(),
            zone: None,
            zone_data: zone_data_version(),
            calendar: None,
            calendar_digest: None,
            program: PROGRAM,
            as_of,
            warnings: Vec::new(),
        }
    }

    /// An answer that is one JSON object, with what it does not say itself.
    pub fn answered<'a, T: Serialize>(&'a self, answer: &'a T) -> Answered<'a, T> {
        Answered {
            question: &self.question,
            account_id: self.account_id,
            program: self.program,
            calendar_digest: self.calendar_digest.as_deref(),
            warnings: &self.warnings,
            answer,
        }
    }
}

/// An answer that is one JSON object: the question stands in front of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Answered<'a, T> {
    question: &'a str,
    account_id: Text<AccountId>,
    program: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    #[serde(flatten)]
    answer: &'a T,
}

/// An answer that is an array, in an object with what it rests on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Envelope<'a, T> {
    /// What it rests on.
    #[serde(flatten)]
    pub provenance: &'a Provenance,
    /// The array.
    pub items: &'a [T],
}
