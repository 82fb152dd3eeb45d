//! Secrets: 256 bits from the system's random source, shown once, kept as their SHA-256.
//!
//! A slow hash would add nothing: there is nothing to guess in 256 random bits.

use sha2::{Digest as _, Sha256};

use presence_store::Digest;

/// The prefix of secrets, so that a leaked one is recognizable.
const PREFIX: &str = "presence_";

/// How many random bytes a secret has.
const RANDOM_BYTES: usize = 32;

/// The system's random source gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoRandomness;

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system's random source.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let random = rustls::crypto::ring::default_provider().secure_random;
        random.fill(bytes).map_err(|_| NoRandomness)
    }
}

/// A new secret, by the system's random source.
pub fn new_secret() -> Result<String, NoRandomness> {
    new_secret_from(&SystemRandom)
}

/// A new secret.
pub(super) fn new_secret_from(random: &dyn Random) -> Result<String, NoRandomness> {
    let bytes = random_bytes::<RANDOM_BYTES>(random)?;
    Ok(format!("{PREFIX}{}", hex::encode(bytes)))
}

/// Random bytes.
pub(super) fn random_bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// What is kept of a secret; `None` for a text that cannot be one.
pub fn digest_of(secret: &str) -> Option<Digest> {
    let digits = secret.strip_prefix(PREFIX)?;
    let is_one = hex::decode_to_slice(digits, &mut [0; RANDOM_BYTES]).is_ok();
    is_one.then(|| Sha256::digest(secret.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_alike() {
        let [one, other] =
            [new_secret(), new_secret()].map(|secret| secret.expect("there is randomness"));
        assert_ne!(digest_of(&one), digest_of(&other));
        assert!(digest_of(&one).is_some());
        assert_eq!(digest_of(&one[1..]), None);
        assert_eq!(digest_of("presence_"), None);
    }
}
