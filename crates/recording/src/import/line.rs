//! One line of a file to a sweep, or to the reason why not. Pure.
//!
//! ```json
//! {"account_id":"37439510","observed_at":"2026-11-02T14:00:00.000Z","valid_for_ms":180000,"complete":true,
//!  "records":[…presence records of the platform…],"directory":[…extension objects of the platform, optional…]}
//! ```
//!
//! A line is taken whole or not at all: the first field that cannot be read refuses it. Fields that are not ours are
//! passed over. Keys come in any order.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use presence_model::HashMap;
use presence_model::cause::Cause;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::observation::{DirectoryEntry, Observation, Source, Sweep, SweepStatus};
use presence_model::state::Interner;
use presence_model::time::Timestamp;
use presence_ringcentral_wire::{
    Extension, ExtensionsSeed, Id, ObservationsSeed, WireError, clip, explain,
};

/// How long an imported sweep stays valid unless its line says otherwise, in milliseconds.
pub const DEFAULT_VALID_FOR_MS: i64 = 180_000;

/// Decodes one line, without its line end, into the sweep that it describes.
///
/// The error names the field, in one line of bounded length.
pub fn decode_line(line: &[u8], interner: &mut Interner) -> Result<Sweep, WireError> {
    let text = as_text(line)?;
    let mut document = serde_json::Deserializer::from_str(text);
    let fields = LineSeed { interner }
        .deserialize(&mut document)
        .and_then(|fields| document.end().map(|()| fields));
    match fields {
        Ok(fields) => Ok(fields.into_sweep()),
        Err(error) => Err(with_hint(explain(text, &error), &error)),
    }
}

/// The sweep of a line without its records (an empty list stands for them), which are read already; `None` if the
/// rest of it cannot be read.
pub(super) fn decode_frame(text: &str, observations: Vec<Observation>) -> Option<Sweep> {
    let interner = &mut Interner::default();
    let mut document = serde_json::Deserializer::from_str(text);
    let frame = LineSeed { interner }.deserialize(&mut document).ok()?;
    document.end().ok()?;
    let line = Line {
        observations,
        ..frame
    };
    Some(line.into_sweep())
}

/// What names the sweep of a line once and for all within its account.
pub fn idempotency_key(observed_at: Timestamp) -> String {
    format!("import:{observed_at}")
}

fn as_text(line: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(line).map_err(|error| {
        let what = format!(
            "is not UTF-8 (at byte {}); save the file as UTF-8",
            error.valid_up_to() + 1
        );
        WireError {
            path: "the line".to_owned(),
            what,
        }
    })
}

fn with_hint(mut error: WireError, cause: &serde_json::Error) -> WireError {
    if error.path.is_empty() {
        "the line".clone_into(&mut error.path);
    }
    if cause.is_eof() {
        error.what.push_str(" (a sweep must be on one line)");
    }
    error
}

/// What a line holds.
struct Line {
    account_id: AccountId,
    observed_at: Timestamp,
    valid_for_ms: i64,
    status: SweepStatus,
    observations: Vec<Observation>,
    directory: Vec<Extension>,
}

impl Line {
    fn into_sweep(self) -> Sweep {
        let at = self.observed_at;
        let mut observations = self.observations;
        for seen in &mut observations {
            seen.requested_at = at;
            seen.received_at = at;
        }
        let partial = self.status == SweepStatus::Partial;
        Sweep {
            account_id: self.account_id,
            source: Source::Import,
            status: self.status,
            started_at: at,
            finished_at: at,
            valid_for_ms: self.valid_for_ms,
            expected_count: None,
            observations,
            not_found: Vec::new(),
            withheld: Vec::new(),
            directory: directory_entries(self.directory, at),
            queue_sweeps: Vec::new(),
            clock_skew_ms: None,
            idempotency_key: idempotency_key(at),
            detail: partial
                .then(|| Cause::Import.detail("the imported line says that it is not complete")),
        }
    }
}

/// The directory of a line, with the names of the queues where the same directory lists them all.
fn directory_entries(extensions: Vec<Extension>, received_at: Timestamp) -> Vec<DirectoryEntry> {
    let queue_names: Vec<Option<Vec<String>>> =
        if extensions.iter().any(|one| one.queue_ids.is_some()) {
            let names = names_by_id(&extensions);
            let name = |id: &ExtensionId| names.get(id).map(|&name| name.to_owned());
            let all_names = |ids: &Vec<ExtensionId>| ids.iter().map(name).collect();
            let told = |one: &Extension| one.queue_ids.as_ref().and_then(all_names);
            extensions.iter().map(told).collect()
        } else {
            vec![None; extensions.len()]
        };
    let entry = |(extension, queues): (Extension, Option<Vec<String>>)| {
        let mut update = extension.update;
        update.queues = queues;
        DirectoryEntry {
            extension_id: extension.extension_id,
            received_at,
            update,
        }
    };
    extensions.into_iter().zip(queue_names).map(entry).collect()
}

fn names_by_id(extensions: &[Extension]) -> HashMap<ExtensionId, &str> {
    extensions
        .iter()
        .filter_map(|one| Some((one.extension_id, one.update.name.as_ref()?.as_deref()?)))
        .collect()
}

/// Reads a whole line in one pass.
struct LineSeed<'i> {
    interner: &'i mut Interner,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum LineField {
    AccountId,
    ObservedAt,
    ValidForMs,
    Complete,
    Records,
    Directory,
    #[serde(other)]
    Unknown,
}

impl<'de> DeserializeSeed<'de> for LineSeed<'_> {
    type Value = Line;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Line, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LineSeed<'_> {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let mut account_id: Option<Id> = None;
        let mut observed_at: Option<Moment> = None;
        let mut valid_for_ms: Option<Option<ValidFor>> = None;
        let mut complete: Option<Option<bool>> = None;
        let mut observations: Option<Vec<Observation>> = None;
        let mut directory: Option<Option<Extensions>> = None;
        while let Some(field) = map.next_key()? {
            match field {
                LineField::AccountId => {
                    once(&mut account_id, "account_id", || map.next_value())?;
                }
                LineField::ObservedAt => {
                    once(&mut observed_at, "observed_at", || map.next_value())?;
                }
                LineField::ValidForMs => {
                    once(&mut valid_for_ms, "valid_for_ms", || map.next_value())?;
                }
                LineField::Complete => {
                    once(&mut complete, "complete", || map.next_value())?;
                }
                LineField::Directory => {
                    once(&mut directory, "directory", || map.next_value())?;
                }
                LineField::Records => once(&mut observations, "records", || {
                    map.next_value_seed(ObservationsSeed::new(&mut *self.interner))
                })?,
                LineField::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = <A::Error as de::Error>::missing_field;
        let complete = complete.flatten().unwrap_or(true);
        Ok(Line {
            account_id: AccountId(account_id.ok_or_else(|| missing("account_id"))?.0),
            observed_at: observed_at.ok_or_else(|| missing("observed_at"))?.0,
            valid_for_ms: valid_for_ms
                .flatten()
                .map_or(DEFAULT_VALID_FOR_MS, |valid| valid.0),
            status: if complete {
                SweepStatus::Complete
            } else {
                SweepStatus::Partial
            },
            observations: observations.ok_or_else(|| missing("records"))?,
            directory: directory.flatten().map(|list| list.0).unwrap_or_default(),
        })
    }
}

fn once<T, E: de::Error>(
    kept: &mut Option<T>,
    name: &'static str,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<(), E> {
    if kept.is_some() {
        return Err(E::duplicate_field(name));
    }
    *kept = Some(read()?);
    Ok(())
}

struct Extensions(Vec<Extension>);

impl<'de> Deserialize<'de> for Extensions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ExtensionsSeed.deserialize(deserializer).map(Self)
    }
}

struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time like 2026-11-02T14:00:00.000Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        clip(text, 60).parse().map(Moment).map_err(E::custom)
    }
}

struct ValidFor(i64);

impl<'de> Deserialize<'de> for ValidFor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValidForVisitor)
    }
}

struct ValidForVisitor;

impl Visitor<'_> for ValidForVisitor {
    type Value = ValidFor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of milliseconds, at least 1")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ValidFor, E> {
        match i64::try_from(value) {
            Ok(valid_for_ms) if valid_for_ms >= 1 => Ok(ValidFor(valid_for_ms)),
            _ => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<ValidFor, E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(value), &self)),
        }
    }
}
