//! A column of numbers that are mostly alike: each is kept as its distance from a reference in a fixed number of bits,
//! and the few for which that is too small are listed apart.
//!
//! The reference and the number of bits are those that make the column shortest. A column of equal numbers takes no
//! bits at all, and reading one takes no branch a number.

use crate::leb128::{push, push_signed, signed_length, take, take_bytes, take_length, take_signed};

/// How many numbers are read at once. A multiple of 8, so that each batch begins at a whole byte.
pub(super) const BATCH: usize = 128;

/// The most bits a number may take: eight bytes read at any byte hold that many, whatever the bit they begin at.
const WIDTH_MAX: u32 = 56;

/// Room for the bits of one batch, and for eight bytes read at the last one.
const ROOM: usize = BATCH * WIDTH_MAX as usize / 8 + 8;

/// Appends a column.
pub(super) fn write(values: &[i64], bytes: &mut Vec<u8>) {
    let Shape {
        reference, width, ..
    } = Shape::shortest(values);
    push_signed(bytes, reference);
    push(bytes, u64::from(width));
    let mut packed = vec![0_u8; bytes_of(values.len(), width).unwrap_or(0) + 8];
    let mut exceptions = Vec::new();
    let mut after_last = 0;
    for (index, value) in values.iter().enumerate() {
        let distance = value.wrapping_sub(reference).cast_unsigned();
        if distance >> width != 0 {
            push(&mut exceptions, (index - after_last) as u64);
            push_signed(&mut exceptions, *value);
            after_last = index + 1;
        } else if width > 0 {
            let bit = index * width as usize;
            let place = &mut packed[bit / 8..bit / 8 + 8];
            let there = u64::from_le_bytes(place.try_into().expect("eight bytes were taken"));
            place.copy_from_slice(&(there | distance << (bit % 8)).to_le_bytes());
        }
    }
    packed.truncate(packed.len() - 8);
    push(bytes, exceptions.len() as u64);
    bytes.extend_from_slice(&exceptions);
    bytes.extend_from_slice(&packed);
}

/// How many bytes [`write`] takes, but for the few that say how they are to be read.
pub(super) fn cost(values: &[i64]) -> usize {
    Shape::shortest(values).bits / 8
}

/// How the numbers of a column are kept.
struct Shape {
    reference: i64,
    width: u32,
    bits: usize,
}

impl Shape {
    fn shortest(values: &[i64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let mut best = Self {
            reference: sorted.first().copied().unwrap_or(0),
            width: 0,
            bits: usize::MAX,
        };
        // How many bits a number takes that is listed apart: its place, and itself.
        let listed = sorted
            .iter()
            .map(|value| signed_length(*value))
            .max()
            .map_or(16, |length| (length + 1) * 8);
        for width in 0..=WIDTH_MAX {
            if width as usize * sorted.len() >= best.bits {
                break;
            }
            let (reference, count) = most_within(&sorted, width);
            let bits = width as usize * sorted.len() + listed * (sorted.len() - count);
            if bits < best.bits {
                best = Self {
                    reference,
                    width,
                    bits,
                };
            }
            if count == sorted.len() {
                break;
            }
        }
        best
    }
}

/// The reference from which most of the sorted numbers are within `width` bits, and how many these are.
fn most_within(sorted: &[i64], width: u32) -> (i64, usize) {
    let mut best = (sorted.first().copied().unwrap_or(0), 0);
    let mut end = 0;
    for (start, reference) in sorted.iter().enumerate() {
        while sorted
            .get(end)
            .is_some_and(|value| value.wrapping_sub(*reference).cast_unsigned() >> width == 0)
        {
            end += 1;
        }
        if end - start > best.1 {
            best = (*reference, end - start);
        }
        if end == sorted.len() {
            break;
        }
    }
    best
}

fn bytes_of(count: usize, width: u32) -> Option<usize> {
    Some(count.checked_mul(width as usize)?.div_ceil(8))
}

/// A column being read from its beginning.
pub(super) struct Column<'a> {
    reference: i64,
    width: u32,
    packed: &'a [u8],
    exceptions: &'a [u8],
    next: (usize, i64),
}

impl<'a> Column<'a> {
    /// Takes a column of `count` numbers from the front; `None` if there is none.
    pub(super) fn take(bytes: &mut &'a [u8], count: usize) -> Option<Self> {
        let reference = take_signed(bytes)?;
        let width = u32::try_from(take(bytes)?).ok()?;
        if width > WIDTH_MAX {
            return None;
        }
        let length = take_length(bytes)?;
        let mut exceptions = take_bytes(bytes, length)?;
        let packed = take_bytes(bytes, bytes_of(count, width)?)?;
        let next = take_exception(&mut exceptions, 0)?;
        Some(Self {
            reference,
            width,
            packed,
            exceptions,
            next,
        })
    }

    /// Reads the next batch, which begins with number `start`: a multiple of [`BATCH`]. `None` if the column is broken.
    pub(super) fn read(&mut self, start: usize, values: &mut [i64]) -> Option<()> {
        if self.width == 0 {
            values.fill(self.reference);
        } else {
            self.unpack(start, values);
        }
        while self.next.0 < start + values.len() {
            let (index, value) = self.next;
            *values.get_mut(index.checked_sub(start)?)? = value;
            self.next = take_exception(&mut self.exceptions, index + 1)?;
        }
        Some(())
    }

    fn unpack(&self, start: usize, values: &mut [i64]) {
        let width = self.width as usize;
        let packed = self.packed.get(start / 8 * width..).unwrap_or_default();
        if packed.len() >= ROOM {
            self.unpack_from(packed, values);
            return;
        }
        let mut room = [0_u8; ROOM];
        room[..packed.len()].copy_from_slice(packed);
        self.unpack_from(&room, values);
    }

    /// From at least [`ROOM`] bytes.
    fn unpack_from(&self, packed: &[u8], values: &mut [i64]) {
        let mask = u64::MAX >> (64 - self.width);
        let mut bit = 0;
        for value in values {
            let place: [u8; 8] = packed[bit / 8..bit / 8 + 8]
                .try_into()
                .expect("eight bytes were taken");
            let distance = (u64::from_le_bytes(place) >> (bit % 8)) & mask;
            *value = self.reference.wrapping_add(distance.cast_signed());
            bit += self.width as usize;
        }
    }
}

/// The next number that is listed apart, with its index; after the last one, one that no column reaches.
fn take_exception(bytes: &mut &[u8], from: usize) -> Option<(usize, i64)> {
    if bytes.is_empty() {
        return Some((usize::MAX, 0));
    }
    let index = from.checked_add(take_length(bytes)?)?;
    Some((index, take_signed(bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(values: &[i64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(values, &mut bytes);
        bytes
    }

    fn read_back(mut bytes: &[u8], count: usize) -> Option<Vec<i64>> {
        let mut column = Column::take(&mut bytes, count)?;
        let mut values = vec![0; count];
        for (index, batch) in values.chunks_mut(BATCH).enumerate() {
            column.read(index * BATCH, batch)?;
        }
        bytes.is_empty().then_some(values)
    }

    #[test]
    fn equal_numbers_take_no_room() {
        assert_eq!(written(&[60_000; 1000]).len(), 5);
        assert_eq!(written(&[]).len(), 3);
    }

    #[test]
    fn the_few_that_are_far_are_listed_apart() {
        let mut values: Vec<i64> = (0..1000).map(|index| 500 + index % 8).collect();
        values[7] = i64::MIN;
        values[999] = i64::MAX;
        let bytes = written(&values);
        assert!(bytes.len() < 375 + 30, "{}", bytes.len());
        assert_eq!(read_back(&bytes, 1000), Some(values));
    }

    #[test]
    fn a_column_that_was_cut_is_refused() {
        let bytes = written(&(0..300).collect::<Vec<i64>>());
        for length in 0..bytes.len() {
            assert_eq!(read_back(&bytes[..length], 300), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn columns_come_back(
            values in prop_oneof![
                proptest::collection::vec(any::<i64>(), 0..400),
                proptest::collection::vec(-50_i64..4000, 0..400),
            ]
        ) {
            prop_assert_eq!(read_back(&written(&values), values.len()), Some(values));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), count in 0_usize..300) {
            let _ = read_back(&bytes, count);
        }
    }
}
