//! Why an import stopped, said in one line.

use std::error::Error;
use std::fmt;
use std::io;

use super::ImportSummary;
use presence_model::ids::{AccountId, SnapshotNo};
use presence_model::time::Timestamp;
use presence_ringcentral_wire::{WireError, clip};
use presence_store::StoreError;

/// How far in the future a sweep may lie: clocks differ, but not by more than this.
pub const FUTURE_MS_MAX: i64 = 5 * 60 * 1_000;

const NAME_CHARS: usize = 120;
const CAUSE_CHARS: usize = 300;

/// Why an import stopped before the end of its input. The sweeps of the lines before are in the store.
#[derive(Debug)]
pub struct ImportError {
    /// The input, as it was named.
    pub name: String,
    /// The number of the line, from 1.
    pub line_no: u64,
    /// Why.
    pub reason: ImportErrorReason,
    /// What came of the lines before.
    pub summary: ImportSummary,
}

/// Why an import stopped.
#[derive(Debug)]
pub enum ImportErrorReason {
    /// The line is no sweep.
    Field(WireError),
    /// The line is longer than any sweep can be.
    TooLong {
        /// The greatest length of a line, in bytes.
        bytes_max: usize,
    },
    /// The sweep lies in the future.
    InFuture {
        /// When it was.
        observed_at: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// The sweep is not later than what the store (or the file) has of the account.
    Backwards {
        /// Whose sweep.
        account_id: AccountId,
        /// When it was.
        observed_at: Timestamp,
        /// When the last sweep of the account was.
        previous: Timestamp,
    },
    /// The sweep is of another account than those that are taken.
    OtherAccount {
        /// Whose sweep.
        account_id: AccountId,
        /// Whose are taken.
        accounts: Vec<AccountId>,
    },
    /// Another sweep of the account has the same time.
    OtherContent {
        /// Whose sweep.
        account_id: AccountId,
        /// When it was.
        observed_at: Timestamp,
        /// Which snapshot has that time.
        snapshot_no: SnapshotNo,
    },
    /// The input cannot be read on.
    Unreadable(io::Error),
    /// The store cannot be written to.
    Store(StoreError),
}

impl fmt::Display for ImportErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(error) => error.fmt(f),
            Self::TooLong { bytes_max } => write!(
                f,
                "the line is longer than {} MiB; a sweep must be on one line, and each sweep on its own",
                bytes_max / (1024 * 1024)
            ),
            Self::InFuture { observed_at, now } => write!(
                f,
                "observed_at {observed_at} is more than {} minutes in the future (it is {now})",
                FUTURE_MS_MAX / 60_000
            ),
            Self::Backwards {
                account_id,
                observed_at,
                previous,
            } => write!(
                f,
                "observed_at {observed_at} is {} the previous sweep of account {account_id} ({previous}); lines must run forward in time",
                if observed_at == previous {
                    "the time of"
                } else {
                    "before"
                },
            ),
            Self::OtherAccount {
                account_id,
                accounts,
            } => {
                let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the sweep is of account {account_id}; only sweeps of {} are accepted",
                    ids.join(", ")
                )
            }
            Self::OtherContent {
                account_id,
                observed_at,
                snapshot_no,
            } => write!(
                f,
                "observed_at {observed_at} is already taken by another sweep of account {account_id} with other content (snapshot {snapshot_no}); what is stored is never overwritten"
            ),
            Self::Unreadable(error) => {
                write!(
                    f,
                    "the input cannot be read: {}",
                    clip(&error.to_string(), CAUSE_CHARS)
                )
            }
            Self::Store(error) => f.write_str(&clip(&error.to_string(), CAUSE_CHARS)),
        }
    }
}

impl ImportErrorReason {
    /// What to do about it.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::Store(_) => "Import it again",
            _ => "Correct or remove the line and import the file again",
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = clip(&self.name, NAME_CHARS);
        write!(f, "{name} line {}: {}. ", self.line_no, self.reason)?;
        let remedy = self.reason.remedy();
        let before = self.summary.line_count;
        if before == 0 {
            return write!(f, "Nothing was stored. {remedy}.");
        }
        let are = if before == 1 {
            "line before it is"
        } else {
            "lines before it are"
        };
        write!(
            f,
            "Nothing of this line was stored; {before} {are} in the store"
        )?;
        match self.summary.skipped_count {
            0 => f.write_str(". ")?,
            already => write!(f, " ({already} of them already were). ")?,
        }
        write!(f, "{remedy}: what is stored will be skipped.")
    }
}

impl Error for ImportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            ImportErrorReason::Unreadable(error) => Some(error),
            ImportErrorReason::Store(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_whatever_the_input_is_called() {
        let at = Timestamp::saturating_from_ms(0);
        let error = ImportError {
            name: "two\nlines\u{1b}[2J".to_owned(),
            line_no: 1,
            reason: ImportErrorReason::Backwards {
                account_id: AccountId(1),
                observed_at: at,
                previous: at,
            },
            summary: ImportSummary::default(),
        };
        assert_eq!(
            error.to_string(),
            "two\u{fffd}lines\u{fffd}[2J line 1: observed_at 1970-01-01T00:00:00.000Z is the time of the previous sweep of account 1 (1970-01-01T00:00:00.000Z); lines must run forward in time. Nothing was stored. Correct or remove the line and import the file again."
        );
    }
}
