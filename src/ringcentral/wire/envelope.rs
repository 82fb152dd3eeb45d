//! What every list of the platform has around its records.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::place::explain;
use super::values::{Object, mend_escapes};
use super::{Oddity, OddityEffect, WireError};

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
    /// How many records the page says it holds, as far as it says so.
    pub fn record_count(&self) -> Option<i64> {
        let count = self
            .page_end?
            .checked_sub(self.page_start?)?
            .checked_add(1)?;
        (count >= 0).then_some(count)
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
    records: Vec<&'a RawValue>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    #[serde(borrow)]
    navigation: Option<&'a RawValue>,
}

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
    let mut page = Page {
        records: Vec::with_capacity(envelope.records.len()),
        paging: Paging::default(),
        has_next: false,
        record_count: envelope.records.len(),
        oddities: Vec::new(),
    };
    for (index, raw) in envelope.records.iter().enumerate() {
        let path = format!("records[{index}]");
        if let Some(record) = page.one(&path, raw.get(), &mut decode_record) {
            page.records.push(record);
        }
    }
    if let Some(raw) = envelope.paging {
        page.paging = page.part("paging", raw.get()).unwrap_or_default();
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
}
