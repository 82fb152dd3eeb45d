//! How a spool marks its records, so that what is torn or damaged is found, and what follows it is read. Pure.
//!
//! ```text
//! marker 8 | slot 8 | length 4 | check of these 4 | content … | check of the content 4       (big endian, CRC-32)
//! ```
//!
//! The slot stands before the content and has a check of its own: when the content is damaged, it is still known which
//! sweep that was.

const MARKER: &[u8; 8] = b"\xffSPOOL\x01\n";
const HEAD: usize = 24;
const CHECK: usize = 4;

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of the slot that began then.
    Record { slot_ms: i64 },
    /// Something that is none, perhaps of the slot that began then.
    Damaged {
        slot_ms: Option<i64>,
        why: &'static str,
    },
}

/// A record, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordPosition {
    pub(super) found: Found,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// What is in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) places: Vec<RecordPosition>,
    /// How long the file is without what was torn off at its end.
    pub(super) length: u64,
}

/// A record of the slot that began at `slot_ms`.
pub(super) fn record(slot_ms: i64, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a sweep is far smaller than 4 GiB");
    let mut bytes = Vec::with_capacity(HEAD + content.len() + CHECK);
    bytes.extend_from_slice(MARKER);
    bytes.extend_from_slice(&slot_ms.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend_from_slice(content);
    bytes.extend_from_slice(&crc32fast::hash(content).to_be_bytes());
    bytes
}

/// The content of a record.
pub(super) fn content(record: &[u8]) -> Result<&[u8], &'static str> {
    let head = head(record).ok_or("its beginning is damaged")?;
    let content = record.get(HEAD..HEAD + head.length);
    let check = record.get(HEAD + head.length..HEAD + head.length + CHECK);
    match (content, check) {
        (Some(content), Some(check)) if crc32fast::hash(content).to_be_bytes() == check => {
            Ok(content)
        }
        (Some(_), Some(_)) => Err("its checksum does not match"),
        _ => Err("its end is missing"),
    }
}

struct Head {
    slot_ms: i64,
    length: usize,
}

fn head(bytes: &[u8]) -> Option<Head> {
    let head = bytes.get(..HEAD)?;
    let (told, check) = head.split_at(HEAD - CHECK);
    if !told.starts_with(MARKER) || crc32fast::hash(told).to_be_bytes() != check {
        return None;
    }
    let slot = told[8..16].try_into().ok()?;
    let length = told[16..20].try_into().ok()?;
    Some(Head {
        slot_ms: i64::from_be_bytes(slot),
        length: u32::from_be_bytes(length) as usize,
    })
}

/// Finds the records of a file.
///
/// A record that is cut short by the end of the file was never finished, and is no part of it. What is damaged before
/// that is named; the next record is found by its marker.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut places: Vec<RecordPosition> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let Some(head) = head(rest) else {
            let next = next_record(rest);
            if next.is_none() && MARKER.starts_with(&rest[..rest.len().min(MARKER.len())]) {
                // It begins as a record does, and nothing follows it: it was never finished.
                break;
            }
            let length = next.unwrap_or(rest.len());
            places.push(place(at, length, None, "its beginning is damaged"));
            at += length;
            continue;
        };
        let length = HEAD + head.length + CHECK;
        if rest.len() < length {
            match next_record(&rest[HEAD..]) {
                None => break,
                Some(next) => {
                    let length = HEAD + next;
                    places.push(place(at, length, Some(head.slot_ms), "its end is missing"));
                    at += length;
                    continue;
                }
            }
        }
        let found = match content(&rest[..length]) {
            Ok(_) => Found::Record {
                slot_ms: head.slot_ms,
            },
            Err(why) => Found::Damaged {
                slot_ms: Some(head.slot_ms),
                why,
            },
        };
        places.push(RecordPosition {
            found,
            offset: at as u64,
            length: length as u64,
        });
        at += length;
    }
    Scan {
        places,
        length: at as u64,
    }
}

fn place(offset: usize, length: usize, slot_ms: Option<i64>, why: &'static str) -> RecordPosition {
    RecordPosition {
        found: Found::Damaged { slot_ms, why },
        offset: offset as u64,
        length: length as u64,
    }
}

/// Where the next whole beginning of a record is, after the first byte.
fn next_record(bytes: &[u8]) -> Option<usize> {
    (1..bytes.len()).find(|&at| bytes[at..].starts_with(MARKER) && head(&bytes[at..]).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn three() -> Vec<u8> {
        [
            record(10, b"first"),
            record(20, b"the second"),
            record(30, b""),
        ]
        .concat()
    }

    /// A letter a place: the slot, `?` for one that is damaged.
    fn shown(bytes: &[u8]) -> String {
        let scan = scan(bytes);
        let places = scan.places.iter().map(|place| match place.found {
            Found::Record { slot_ms } => format!("{slot_ms} "),
            Found::Damaged {
                slot_ms: Some(slot_ms),
                ..
            } => format!("?{slot_ms} "),
            Found::Damaged { slot_ms: None, .. } => "? ".to_owned(),
        });
        format!(
            "{}{}",
            places.collect::<String>(),
            bytes.len() as u64 - scan.length
        )
    }

    #[test]
    fn records_are_found_again() {
        assert_eq!(shown(&[]), "0");
        assert_eq!(shown(&three()), "10 20 30 0");
        let scanned = scan(&three());
        let second = scanned.places[1];
        let offset = usize::try_from(second.offset).expect("small");
        assert_eq!(content(&three()[offset..]), Ok(&b"the second"[..]));
    }

    #[test]
    fn what_was_never_finished_is_cut_off() {
        let whole = three();
        for cut in 1..HEAD + CHECK {
            let shown = shown(&whole[..whole.len() - cut]);
            assert_eq!(shown, format!("10 20 {}", HEAD + CHECK - cut), "{cut}");
        }
    }

    #[test]
    fn a_damaged_record_is_named_and_the_next_one_is_read() {
        let mut bytes = three();
        let second = record(10, b"first").len();
        bytes[second + HEAD + 3] ^= 1;
        assert_eq!(shown(&bytes), "10 ?20 30 0");
        bytes[second + 10] ^= 1;
        assert_eq!(shown(&bytes), "10 ? 30 0");
        bytes.remove(second + HEAD);
        assert_eq!(shown(&bytes), "10 ? 30 0");
        let mut short = three();
        short.remove(second + HEAD);
        assert!(shown(&short).starts_with("10 ?20 "), "{}", shown(&short));
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_file_nothing_is_read_that_was_not_written(
            contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
            at in any::<prop::sample::Index>(),
            change in 0_u8..3,
            byte in any::<u8>(),
        ) {
            let mut bytes: Vec<u8> = Vec::new();
            for (index, content) in contents.iter().enumerate() {
                bytes.extend(record(i64::try_from(index).expect("few"), content));
            }
            let at = at.index(bytes.len());
            match change {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= byte,
                _ => { bytes.remove(at); }
            }
            let mut whole = 0;
            for place in scan(&bytes).places {
                let Found::Record { slot_ms } = place.found else { continue };
                let offset = usize::try_from(place.offset).expect("small");
                let index = usize::try_from(slot_ms).expect("it was written");
                prop_assert_eq!(content(&bytes[offset..]), Ok(&contents[index][..]));
                whole += 1;
            }
            if change == 1 {
                // One byte damages one record.
                prop_assert!(whole + 1 >= contents.len(), "{} of {}", whole, contents.len());
            }
        }
    }
}
