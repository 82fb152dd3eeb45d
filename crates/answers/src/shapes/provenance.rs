//! What an answer answers, and what it rests on: enough to ask again and get the same bytes.

use presence_charts::export::Metadata;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use presence_core::query::zone::zone_data_version;
use presence_model::ids::AccountId;

use super::as_of::AsOf;
use super::common::{CriterionShape, Text, Time};
use super::so_far::SoFar;

/// The program, as answers name it.
pub const PROGRAM: &str = concat!("presence ", env!("CARGO_PKG_VERSION"));

/// What an answer answers, and what it rests on: the one identity of an answer, with one digest ([`Provenance::digest`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(remote = "Self")]
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
    /// What else it follows from, which no answer shows: names and digests. It counts in the digest alone.
    #[serde(skip)]
    unshown: Vec<(&'static str, [u8; 32])>,
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WithDigest {
            provenance: self,
            answer_digest: Some(self.digest()),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct WithDigest<'a> {
    #[serde(flatten, serialize_with = "fields")]
    provenance: &'a Provenance,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_digest: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference to the field"
)]
fn fields<S: Serializer>(provenance: &&Provenance, serializer: S) -> Result<S::Ok, S::Error> {
    // The fields alone: the derive wrote this one for the type itself.
    Provenance::serialize(provenance, serializer)
}

impl Provenance {
    /// What identifies the answer: SHA-256 over everything that it follows from, as hexadecimal digits. Two answers with
    /// the same digest have the same content, no matter who asked and how it is written.
    ///
    /// It counts the question with absolute times and ids, the account, the digests of the policy and of the calendar, the
    /// part of the log (with the present moment where the answer depends on it), the zone, the versions of the program and
    /// of its zone data, warnings, and what is not shown: whom the asker may see, planned absence, the key of pseudonyms.
    pub fn digest(&self) -> String {
        let alone = WithDigest {
            provenance: self,
            answer_digest: None,
        };
        let shown = serde_json::to_vec(&alone);
        let shown = shown.expect("the public shapes have text as keys and no failing parts");
        let mut hasher = Sha256::new();
        hasher.update(b"answer 1\0");
        hasher.update((shown.len() as u64).to_be_bytes());
        hasher.update(shown);
        for (name, digest) in &self.unshown {
            hasher.update((name.len() as u64).to_be_bytes());
            hasher.update(name);
            hasher.update(digest);
        }
        hex::encode(hasher.finalize())
    }

    /// Counts what no answer shows in the digest, such as whom the asker may see.
    pub fn follows_from(&mut self, name: &'static str, content: &[u8]) {
        self.unshown.push((name, Sha256::digest(content).into()));
    }

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
            unshown: Vec::new(),
        }
    }

    /// An answer that is one JSON object, with what it does not say itself.
    pub fn answered<'a, T: Serialize>(&'a self, answer: &'a T) -> Answered<'a, T> {
        Answered {
            question: &self.question,
            account_id: self.account_id,
            program: self.program,
            answer_digest: self.digest(),
            calendar_digest: self.calendar_digest.as_deref(),
            warnings: &self.warnings,
            answer,
        }
    }
}

/// An answer that is one JSON object: the question stands in front of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}")]
pub struct Answered<'a, T> {
    /// The command that asks for it, spelled out.
    question: &'a str,
    /// Whose history.
    account_id: Text<AccountId>,
    /// What computed it.
    program: &'static str,
    /// What identifies the answer: SHA-256 over everything that it follows from, as hexadecimal digits.
    answer_digest: String,
    /// What identifies the meaning of the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar_digest: Option<&'a str>,
    /// What could not be used of the files that the configuration names, a sentence each.
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

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::time::Timestamp;

    fn of(position: i64) -> Provenance {
        let at = |ms| Text(Timestamp::saturating_from_ms(ms));
        let when = When::Window {
            from: at(0),
            to: at(60_000),
        };
        let as_of = AsOf {
            position,
            snapshot_no: 3,
            observed_until: Some(at(90_000)),
            now: None,
        };
        Provenance::new("presence report".to_owned(), AccountId(7), when, as_of)
    }

    #[test]
    fn everything_that_an_answer_follows_from_is_in_its_digest() {
        let changes: [fn(&mut Provenance); 11] = [
            |_| {},
            |one| one.question.push_str(" --by day"),
            |one| one.account_id = Text(AccountId(8)),
            |one| one.criterion = Some(CriterionShape::Facet { facet: "message" }),
            |one| one.zone = Some("Europe/Berlin".to_owned()),
            |one| one.calendar_digest = Some("ab".to_owned()),
            |one| one.as_of.now = Some(Text(Timestamp::saturating_from_ms(95_000))),
            |one| one.warnings = vec!["no holidays of 2031 are known".to_owned()],
            |one| one.follows_from("visible", b"1001"),
            |one| one.follows_from("visible", b"1002"),
            |one| one.follows_from("absence", b"1001"),
        ];
        let mut digests = vec![of(2).digest()];
        for change in changes {
            let mut one = of(1);
            change(&mut one);
            assert_eq!(one.digest(), one.clone().digest());
            digests.push(one.digest());
        }
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn the_digest_stands_with_what_it_is_of() {
        let provenance = of(1);
        let text = serde_json::to_string(&provenance).expect("it can be written");
        let end = format!(",\"answer_digest\":\"{}\"}}", provenance.digest());
        assert!(text.starts_with("{\"question\":\"presence report\",\"account_id\":\"7\","));
        assert!(text.ends_with(&end), "{text}");
        let metadata = provenance.metadata();
        assert_eq!(metadata.fields["answer_digest"], provenance.digest());
        assert!(!text.contains("unshown"), "{text}");
    }
}
