//! What every list of the platform has around its records.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json_path::explain;
use super::values::{Object, mend_escapes};
use super::{Oddity, OddityEffect, WireError};

/// So many records one page is read with at most: ten times as many as any page is asked to hold.
pub(super) const RECORDS_MAX: usize = 10_000;
/// General paging is documented up to this page number.
pub const PAGES_MAX: u32 = 1_000;
/// An account that pages can show has no more extensions.
pub const ELEMENTS_MAX: i64 = 1_000_000;

/// What a page says of its place in the list; every part may be missing, most of all beyond the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    /// The number of the page, from 1.
    pub page: Option<i64>,
    /// How many pages there are.
    pub total_pages: Option<i64>,
    /// How many records one page holds at most.
    pub per_page: Option<i64>,
    /// How many records there are on all pages.
    pub total_elements: Option<i64>,
    /// The place of the page's first record in the whole list, from 0.
    pub page_start: Option<i64>,
    /// The place of the page's last record in the whole list, from 0 (inclusive).
    pub page_end: Option<i64>,
}

impl Paging {
    /// The numbers that can be true of a list; each that cannot is left out, as one that is missing, and named.
    pub(super) fn believed(mut self, oddities: &mut Vec<Oddity>) -> Self {
        let last_page = i64::from(PAGES_MAX);
        let bounds = [
            ("page", &mut self.page, (1, last_page)),
            ("totalPages", &mut self.total_pages, (0, last_page)),
            ("perPage", &mut self.per_page, (0, ELEMENTS_MAX)),
            ("totalElements", &mut self.total_elements, (0, ELEMENTS_MAX)),
            ("pageStart", &mut self.page_start, (0, ELEMENTS_MAX)),
            ("pageEnd", &mut self.page_end, (0, ELEMENTS_MAX)),
        ];
        for (name, number, (from, to)) in bounds {
            if let Some(odd) = number.take_if(|told| !(from..=to).contains(told)) {
                let what = format!("is {odd}, but must be from {from} to {to}");
                oddities.push(Oddity {
                    error: WireError {
                        path: format!("paging.{name}"),
                        what,
                    },
                    effect: OddityEffect::Kept,
                });
            }
        }
        self
    }

    /// How many records the page says it holds, as far as it says so.
    pub fn record_count(&self) -> Option<i64> {
        let count = self
            .page_end?
            .checked_sub(self.page_start?)?
            .checked_add(1)?;
        (count >= 0).then_some(count)
    }
}

/// Whether a page is the one that was asked for, as far as it says so.
pub fn check_page(asked: u32, paging: &Paging) -> Result<(), WireError> {
    match paging.page {
        Some(told) if told != i64::from(asked) => Err(WireError {
            path: "paging.page".to_owned(),
            what: format!("is {told}, but page {asked} was asked for"),
        }),
        _ => Ok(()),
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The records that could be read, in the order of the page.
    pub records: Vec<T>,
    /// What the page says of its place.
    pub paging: Paging,
    /// Whether it names a next page.
    pub has_next: bool,
    /// How many records there were, those that could not be read included.
    pub record_count: usize,
    /// What was not as it should be.
    pub oddities: Vec<Oddity>,
}

/// The links of a page; `null` is no link.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Navigation<'a> {
    #[serde(borrow)]
    next_page: Option<&'a RawValue>,
}

impl Navigation<'_> {
    pub(super) fn has_next(&self) -> bool {
        self.next_page.is_some()
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a list of records")]
struct Envelope<'a> {
    #[serde(borrow)]
    records: Records<'a>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    #[serde(borrow)]
    navigation: Option<&'a RawValue>,
}

/// The records of a page, not read yet; at most [`RECORDS_MAX`].
struct Records<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Records<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RecordsVisitor).map(Self)
    }
}

struct RecordsVisitor;

impl<'de> Visitor<'de> for RecordsVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut records = Vec::new();
        while let Some(record) = seq.next_element()? {
            if records.len() >= RECORDS_MAX {
                return Err(A::Error::custom(TOO_MANY));
            }
            records.push(record);
        }
        Ok(records)
    }
}

pub(super) const TOO_MANY: &str = "has more than 10000 records";

/// The payload as text; the platform's JSON is UTF-8.
pub(super) fn as_text(bytes: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(bytes).map_err(|error| WireError {
        path: String::new(),
        what: format!("is not UTF-8 (at byte {})", error.valid_up_to()),
    })
}

/// Reads one value strictly.
pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WireError> {
    let text = as_text(bytes)?;
    serde_json::from_str::<Object<T>>(text)
        .map(|object| object.0)
        .map_err(|error| explain(text, &error))
}

/// Reads a page record by record with `decode_record`; a record that cannot be read does not undo the others.
///
/// It fails only where the page as a whole is no list of records.
pub(super) fn tolerant_page<T>(
    bytes: &[u8],
    mut decode_record: impl FnMut(&str) -> Result<T, serde_json::Error>,
) -> Result<Page<T>, WireError> {
    let envelope: Envelope<'_> = decode(bytes)?;
    let Records(records) = envelope.records;
    let mut page = Page {
        records: Vec::with_capacity(records.len()),
        paging: Paging::default(),
        has_next: false,
        record_count: records.len(),
        oddities: Vec::new(),
    };
    for (index, raw) in records.into_iter().enumerate() {
        let path = format!("records[{index}]");
        if let Some(record) = page.one(&path, raw.get(), &mut decode_record) {
            page.records.push(record);
        }
    }
    if let Some(raw) = envelope.paging {
        let paging: Option<Paging> = page.part("paging", raw.get());
        page.paging = paging.unwrap_or_default().believed(&mut page.oddities);
    }
    if let Some(raw) = envelope.navigation {
        let navigation: Option<Navigation<'_>> = page.part("navigation", raw.get());
        page.has_next = navigation.is_some_and(|navigation| navigation.has_next());
    }
    Ok(page)
}

impl<T> Page<T> {
    /// Reads one record; if it has escapes that stand for no character, it is read without them.
    fn one(
        &mut self,
        path: &str,
        raw: &str,
        decode_record: &mut impl FnMut(&str) -> Result<T, serde_json::Error>,
    ) -> Option<T> {
        let error = match decode_record(raw) {
            Ok(record) => return Some(record),
            Err(error) => below(path, explain(raw, &error)),
        };
        let mended = mend_escapes(raw).and_then(|mended| decode_record(&mended).ok());
        let effect = if mended.is_some() {
            OddityEffect::Kept
        } else {
            OddityEffect::Lost
        };
        self.oddities.push(Oddity { error, effect });
        mended
    }

    fn part<'a, P: Deserialize<'a>>(&mut self, path: &str, raw: &'a str) -> Option<P> {
        match serde_json::from_str::<Object<P>>(raw) {
            Ok(part) => Some(part.0),
            Err(error) => {
                self.oddities.push(Oddity {
                    error: below(path, explain(raw, &error)),
                    effect: OddityEffect::Kept,
                });
                None
            }
        }
    }
}

/// The error, with its path below `parent`.
fn below(parent: &str, error: WireError) -> WireError {
    let path = match error.path.chars().next() {
        None => parent.to_owned(),
        Some('[') => format!("{parent}{}", error.path),
        Some(_) => format!("{parent}.{}", error.path),
    };
    WireError { path, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_how_many_records_it_holds() {
        let paging = |page_start, page_end| Paging {
            page_start,
            page_end,
            ..Paging::default()
        };
        assert_eq!(paging(Some(3), Some(5)).record_count(), Some(3));
        assert_eq!(paging(Some(3), None).record_count(), None);
        assert_eq!(paging(Some(5), Some(3)).record_count(), None);
        assert_eq!(paging(Some(i64::MIN), Some(i64::MAX)).record_count(), None);
    }

    #[test]
    fn numbers_that_no_list_has_are_left_out_and_named() {
        let mut oddities = Vec::new();
        let told = Paging {
            page: Some(0),
            total_pages: Some(2_000_000_000),
            per_page: Some(1_000),
            total_elements: Some(-5),
            page_start: Some(0),
            page_end: Some(i64::MAX),
        };
        let believed = Paging {
            per_page: Some(1_000),
            page_start: Some(0),
            ..Paging::default()
        };
        assert_eq!(told.believed(&mut oddities), believed);
        let shown: Vec<String> = oddities.iter().map(|odd| odd.error.to_string()).collect();
        assert_eq!(
            shown,
            [
                "paging.page is 0, but must be from 1 to 1000",
                "paging.totalPages is 2000000000, but must be from 0 to 1000",
                "paging.totalElements is -5, but must be from 0 to 1000000",
                "paging.pageEnd is 9223372036854775807, but must be from 0 to 1000000",
            ]
        );
    }
}
