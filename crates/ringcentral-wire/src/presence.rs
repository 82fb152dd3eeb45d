//! Presence records: one, a batch, or a page of an account's.
//!
//! A page of an account is what the program reads most: it is read in one pass that borrows from the payload and
//! interns what it keeps. Only a page with something odd in it is read again, record by record.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use presence_model::ids::ExtensionId;
use presence_model::observation::Observation;
use presence_model::state::{FacetValues, Interner, Presence};
use presence_model::time::Timestamp;

use super::envelope::{Navigation, Paging, RECORDS_MAX, TOO_MANY, as_text, decode, tolerant_page};
use super::json_path::explain;
use super::values::{Digits, Flag, Id, Object, Text};
use super::{ErrorBody, Oddity, WireError, error_body};

/// One presence record (`PresenceInfoResponse`). Active calls and monitoring details are not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a presence record")]
struct PresenceRecord<'a> {
    #[serde(borrow)]
    extension: Object<ExtensionRef<'a>>,
    #[serde(borrow, default)]
    presence_status: Text<'a>,
    #[serde(borrow, default)]
    user_status: Text<'a>,
    #[serde(borrow, default)]
    telephony_status: Text<'a>,
    #[serde(borrow, default)]
    dnd_status: Text<'a>,
    #[serde(borrow, default)]
    meeting_status: Text<'a>,
    #[serde(borrow, default)]
    dnd_status_personal: Text<'a>,
    #[serde(borrow, default)]
    accept_call_queue_calls: Flag<'a>,
    #[serde(borrow, default)]
    allow_see_my_presence: Flag<'a>,
    #[serde(borrow, default)]
    caller_id_visibility: Text<'a>,
    #[serde(borrow, default)]
    ring_on_monitored_call: Flag<'a>,
    #[serde(borrow, default)]
    pick_up_calls_on_hold: Flag<'a>,
    #[serde(borrow, default)]
    cx_telephony_status: Text<'a>,
    #[serde(borrow, default)]
    aggregated_telephony_status: Text<'a>,
    #[serde(borrow, default)]
    message: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an extension")]
struct ExtensionRef<'a> {
    id: Id,
    #[serde(borrow, default)]
    extension_number: Digits<'a>,
}

/// When a response's request was sent and when the response had been received.
#[derive(Clone, Copy, Debug)]
struct Moments {
    requested_at: Timestamp,
    received_at: Timestamp,
}

impl Moments {
    /// Stands for moments that the caller knows and sets.
    const NOT_KNOWN: Self = Self {
        requested_at: Timestamp::MIN,
        received_at: Timestamp::MIN,
    };
}

impl PresenceRecord<'_> {
    /// In the order of [`presence_model::facet::Facet::OF_STATE`].
    fn facet_values(&self) -> FacetValues<'_> {
        [
            self.presence_status.get(),
            self.user_status.get(),
            self.telephony_status.get(),
            self.dnd_status.get(),
            self.meeting_status.get(),
            self.dnd_status_personal.get(),
            self.accept_call_queue_calls.get(),
            self.allow_see_my_presence.get(),
            self.caller_id_visibility.get(),
            self.ring_on_monitored_call.get(),
            self.pick_up_calls_on_hold.get(),
            self.cx_telephony_status.get(),
            self.aggregated_telephony_status.get(),
        ]
    }

    fn observation(&self, moments: Moments, interner: &mut Interner) -> Observation {
        let extension = &self.extension.0;
        Observation {
            extension_id: ExtensionId(extension.id.0),
            extension_number: extension
                .extension_number
                .get()
                .map(|number| interner.text(number)),
            requested_at: moments.requested_at,
            received_at: moments.received_at,
            presence: Presence {
                state: interner.state(&self.facet_values()),
                message: self.message.get().map(|message| interner.text(message)),
            },
        }
    }
}

/// Reads the presence record that `text` begins with, strictly; also how many bytes it takes. `None` if it cannot be
/// read. It is not known yet when it was seen: the caller sets both times.
pub fn first_observation(text: &str, interner: &mut Interner) -> Option<(Observation, usize)> {
    let document = serde_json::Deserializer::from_str(text);
    let mut records = document.into_iter::<Object<PresenceRecord<'_>>>();
    let Object(record) = records.next()?.ok()?;
    let observation = record.observation(Moments::NOT_KNOWN, interner);
    Some((observation, records.byte_offset()))
}

/// Reads a list of presence records, strictly, in one pass.
pub struct ObservationsSeed<'i> {
    moments: Moments,
    interner: &'i mut Interner,
    /// So many are read at most.
    limit: usize,
}

impl<'i> ObservationsSeed<'i> {
    /// Records of which it is not known yet when they were seen: the caller sets both times of each.
    pub fn new(interner: &'i mut Interner) -> Self {
        Self {
            moments: Moments::NOT_KNOWN,
            interner,
            limit: usize::MAX,
        }
    }
}

impl<'de> DeserializeSeed<'de> for ObservationsSeed<'_> {
    type Value = Vec<Observation>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ObservationsSeed<'_> {
    type Value = Vec<Observation>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of presence records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut observations = Vec::new();
        while let Some(Object(record)) = seq.next_element::<Object<PresenceRecord<'de>>>()? {
            if observations.len() >= self.limit {
                return Err(A::Error::custom(TOO_MANY));
            }
            observations.push(record.observation(self.moments, self.interner));
        }
        Ok(observations)
    }
}

/// One page of an account's presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresencePage {
    /// The records that could be read, in the order of the page.
    pub observations: Vec<Observation>,
    /// What the page says of its place.
    pub paging: Paging,
    /// Whether it names a next page.
    pub has_next: bool,
    /// How many records there were, those that could not be read included.
    pub record_count: usize,
    /// What was not as it should be.
    pub oddities: Vec<Oddity>,
}

impl PresencePage {
    /// Whether fewer extensions could be read than the page holds, or says that it holds.
    pub fn is_short(&self) -> bool {
        let read = self.observations.len();
        let told = self
            .paging
            .record_count()
            .and_then(|count| usize::try_from(count).ok());
        read < self.record_count || told.is_some_and(|told| read < told)
    }
}

/// Reads a page of `GET /restapi/v1.0/account/{accountId}/presence`, whose request was sent at `requested_at` and
/// whose response had been received at `received_at`.
///
/// It fails only where the page as a whole is no list of records.
pub fn presence_page(
    bytes: &[u8],
    requested_at: Timestamp,
    received_at: Timestamp,
    interner: &mut Interner,
) -> Result<PresencePage, WireError> {
    let moments = Moments {
        requested_at,
        received_at,
    };
    let text = as_text(bytes)?;
    let mut document = serde_json::Deserializer::from_str(text);
    let page = PageSeed {
        moments,
        interner: &mut *interner,
    }
    .deserialize(&mut document)
    .and_then(|page| document.end().map(|()| page));
    match page {
        Ok(page) => Ok(page),
        Err(_) => page_by_records(bytes, moments, interner),
    }
}

fn page_by_records(
    bytes: &[u8],
    moments: Moments,
    interner: &mut Interner,
) -> Result<PresencePage, WireError> {
    let page = tolerant_page(bytes, |raw| {
        serde_json::from_str::<Object<PresenceRecord<'_>>>(raw)
            .map(|record| record.0.observation(moments, interner))
    })?;
    Ok(PresencePage {
        observations: page.records,
        paging: page.paging,
        has_next: page.has_next,
        record_count: page.record_count,
        oddities: page.oddities,
    })
}

/// Reads a whole page in one pass, strictly.
struct PageSeed<'i> {
    moments: Moments,
    interner: &'i mut Interner,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum PageField {
    Records,
    Paging,
    Navigation,
    #[serde(other)]
    Unknown,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = PresencePage;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = PresencePage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of presence records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut observations: Option<Vec<Observation>> = None;
        let mut paging: Option<Option<Object<Paging>>> = None;
        let mut navigation: Option<Option<Object<Navigation<'de>>>> = None;
        while let Some(field) = map.next_key()? {
            match field {
                PageField::Records if observations.is_none() => {
                    observations = Some(map.next_value_seed(ObservationsSeed {
                        moments: self.moments,
                        interner: &mut *self.interner,
                        limit: RECORDS_MAX,
                    })?);
                }
                PageField::Paging if paging.is_none() => paging = Some(map.next_value()?),
                PageField::Navigation if navigation.is_none() => {
                    navigation = Some(map.next_value()?);
                }
                PageField::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => return Err(A::Error::custom("a key is there twice")),
            }
        }
        let observations = observations.ok_or_else(|| A::Error::missing_field("records"))?;
        let mut oddities = Vec::new();
        let paging = paging.flatten().map(|paging| paging.0).unwrap_or_default();
        Ok(PresencePage {
            record_count: observations.len(),
            observations,
            paging: paging.believed(&mut oddities),
            has_next: navigation
                .flatten()
                .is_some_and(|navigation| navigation.0.has_next()),
            oddities,
        })
    }
}

/// Reads one presence record, as `GET …/extension/{extensionId}/presence` (for one id) and the update of it answer.
pub fn presence(
    bytes: &[u8],
    requested_at: Timestamp,
    received_at: Timestamp,
    interner: &mut Interner,
) -> Result<Observation, WireError> {
    let record: PresenceRecord<'_> = decode(bytes)?;
    let moments = Moments {
        requested_at,
        received_at,
    };
    Ok(record.observation(moments, interner))
}

/// What a batch (HTTP 207) answered for one of its ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem {
    /// Which extension was asked for.
    pub extension_id: ExtensionId,
    /// The HTTP status for it alone.
    pub status: u16,
    /// Its presence, or what the platform (or the reading of its answer) said instead.
    pub outcome: Result<Observation, ErrorBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawItem<'a> {
    resource_id: Id,
    status: u16,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// Reads the answer to a request for several ids at once with `Accept: application/vnd.ringcentral.multipart+json`:
/// `[{"resourceId", "status", "body"}]`. Items succeed and fail singly.
pub fn presence_batch(
    bytes: &[u8],
    requested_at: Timestamp,
    received_at: Timestamp,
    interner: &mut Interner,
) -> Result<Vec<BatchItem>, WireError> {
    let text = as_text(bytes)?;
    let items: Vec<Object<RawItem<'_>>> =
        serde_json::from_str(text).map_err(|error| explain(text, &error))?;
    let read = |Object(item): Object<RawItem<'_>>| {
        let body = item.body.map_or("null", RawValue::get).as_bytes();
        let outcome = if (200..300).contains(&item.status) {
            presence(body, requested_at, received_at, &mut *interner)
                .map_err(|error| ErrorBody::unreadable(&error))
        } else {
            Err(error_body(body))
        };
        BatchItem {
            extension_id: ExtensionId(item.resource_id.0),
            status: item.status,
            outcome,
        }
    };
    Ok(items.into_iter().map(read).collect())
}
