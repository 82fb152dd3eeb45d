//! Names that stand for extensions in answers that must not name anyone.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::ids::ExtensionId;

/// A key has so many bytes at least: a shorter one can be found by trying.
pub const KEY_BYTES_MIN: usize = 16;

/// How many bytes of the code a pseudonym shows: two of a million extensions are alike once in 37 million keys.
const SHOWN_BYTES: usize = 8;

/// What pseudonyms are made with: anyone who has it can find out who they stand for.
#[derive(Clone)]
pub struct PseudonymKey(Hmac<Sha256>);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(…)")
    }
}

impl PseudonymKey {
    /// A key of these bytes; `None` if there are fewer than [`KEY_BYTES_MIN`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < KEY_BYTES_MIN {
            return None;
        }
        Hmac::new_from_slice(bytes).ok().map(Self)
    }

    /// What stands for the key where answers are compared: it does not reveal the key. No id is coded like it.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut code = self.0.clone();
        code.update(b"fingerprint of the key");
        code.finalize().into_bytes().into()
    }

    /// The pseudonym of an extension: the first 8 bytes, in hexadecimal digits, of HMAC-SHA-256 over the digits of its
    /// id. It is always the same under the same key.
    pub fn pseudonym(&self, id: ExtensionId) -> String {
        let mut code = self.0.clone();
        code.update(id.to_string().as_bytes());
        let bytes = code.finalize().into_bytes();
        hex::encode(&bytes[..SHOWN_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_beginning_of_the_code() {
        let key = PseudonymKey::new(b"a key of many bytes").expect("it is long enough");
        // printf 101 | openssl dgst -sha256 -hmac "a key of many bytes"
        assert_eq!(key.pseudonym(ExtensionId(101)), "4aa5058cbf8794e3");
        assert!(!format!("{key:?}").contains("key of many"));
    }

    #[test]
    fn a_short_key_is_none() {
        assert!(PseudonymKey::new(b"fifteen bytes, .").is_some());
        assert!(PseudonymKey::new(b"fifteen bytes, ").is_none());
    }
}
