//! The link that the server prints when it starts: the first person who opens it is signed in. Pure but for the random source
//! that is given.

use std::sync::{Mutex, PoisonError};

use super::secret::{NoRandomness, Random, digest_of, new_secret_from};
use presence_model::time::Timestamp;
use presence_store::Digest;

/// How long a link is good for, in milliseconds.
pub const LINK_MS: i64 = 10 * 60_000;

/// The link that signs a person in; kept in memory alone, as the SHA-256 of its secret.
#[derive(Debug, Default)]
pub struct SignInLink(Mutex<Option<Link>>);

#[derive(Clone, Copy, Debug)]
struct Link {
    digest: Digest,
    made_at: Timestamp,
}

impl SignInLink {
    /// A new link, in place of the one before; its secret.
    pub fn renew(&self, random: &dyn Random, now: Timestamp) -> Result<String, NoRandomness> {
        let secret = new_secret_from(random)?;
        let link = digest_of(&secret).map(|digest| Link {
            digest,
            made_at: now,
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = link;
        Ok(secret)
    }

    /// Uses the link up: `true` once, for its secret, as long as it is good.
    pub fn take(&self, secret: &str, now: Timestamp) -> bool {
        let digest = digest_of(secret);
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |link: &mut Link| {
            Some(link.digest) == digest && (0..LINK_MS).contains(&now.since_ms(link.made_at))
        };
        link.take_if(is_good).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::secret::SystemRandom;

    /// A source that gives the same byte again and again.
    struct Same(u8);

    impl Random for Same {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn a_link_is_good_once_and_for_ten_minutes() {
        let at = Timestamp::saturating_from_ms;
        let link = SignInLink::default();
        assert!(!link.take("", at(0)));
        let secret = link.renew(&Same(7), at(0)).expect("it gives bytes");
        assert_eq!(secret, format!("presence_{}", "07".repeat(32)));
        assert!(!link.take("presence_x", at(1)));
        assert!(!link.take(&secret, at(LINK_MS)));
        assert!(!link.take(&secret, at(-1)));
        assert!(link.take(&secret, at(LINK_MS - 1)));
        assert!(!link.take(&secret, at(LINK_MS - 1)));
        let first = link
            .renew(&SystemRandom, at(0))
            .expect("there is randomness");
        let second = link
            .renew(&SystemRandom, at(0))
            .expect("there is randomness");
        assert!(!link.take(&first, at(1)));
        assert!(link.take(&second, at(1)));
    }
}
