//! Whole numbers in few bytes: LEB128, and zigzag for those that may be negative.

/// Appends a number: 7 bits a byte, the lowest first.
pub fn push(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Appends a number that may be negative: small ones of either sign are short.
pub(super) fn push_signed(bytes: &mut Vec<u8>, value: i64) {
    push(bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// How many bytes [`push_signed`] takes.
pub(super) fn signed_length(value: i64) -> usize {
    let value = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let bits = (64 - value.leading_zeros()).max(1);
    bits.div_ceil(7) as usize
}

/// Takes a number from the front; `None` if there is none, or one of more than ten bytes.
pub fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes a number that may be negative.
pub(super) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let value = take(bytes)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

/// Takes a number that counts something in memory.
pub(super) fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(take(bytes)?).ok()
}

/// Takes so many bytes.
pub(super) fn take_bytes<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_of_either_sign_take_a_byte() {
        for value in [0, 1, -1, 63, -64] {
            assert_eq!(signed_length(value), 1, "{value}");
        }
        assert_eq!(signed_length(64), 2);
        assert_eq!(signed_length(i64::MIN), 10);
    }

    #[test]
    fn what_ends_too_early_is_refused() {
        assert_eq!(take(&mut [0x80].as_slice()), None);
        assert_eq!(take(&mut [0xff; 11].as_slice()), None);
        assert_eq!(take_bytes(&mut [1, 2].as_slice(), 3), None);
    }

    proptest! {
        #[test]
        fn numbers_come_back(value in any::<i64>()) {
            let mut bytes = Vec::new();
            push_signed(&mut bytes, value);
            prop_assert_eq!(bytes.len(), signed_length(value));
            push(&mut bytes, value.cast_unsigned());
            let rest = &mut bytes.as_slice();
            prop_assert_eq!(take_signed(rest), Some(value));
            prop_assert_eq!(take(rest), Some(value.cast_unsigned()));
            prop_assert!(rest.is_empty());
        }
    }
}
