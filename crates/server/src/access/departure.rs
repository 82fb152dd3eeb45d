//! A person who is signing in at the identity provider: everything needed when they come back is in a cookie of their browser,
//! signed with a key that only this server has. However many go there, nothing is kept of them here. Pure but for the
//! random source that is given.
//!
//! What the provider is told (`nonce`, the verifier of the code) follows from the number of the departure and the key.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secret::{NoRandomness, Random, random_bytes};
use presence_model::time::Timestamp;

/// How long signing in at the provider may take, in milliseconds.
pub(super) const AWAY_MS: i64 = 10 * 60_000;

/// So many of the latest numbers of those who came back are remembered: each is good once.
const RETURNED_MAX: usize = 4_096;

/// The longest cookie that is looked at, in bytes.
const COOKIE_BYTES_MAX: usize = 4_096;

/// The number of a departure.
type Number = [u8; 16];

/// A person who goes to the provider, or comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Departure {
    /// What comes back in the address.
    pub(super) state: String,
    /// What comes back in the token.
    pub(super) nonce: String,
    /// Shows that the code is exchanged by the server that asked for it.
    pub(super) verifier: String,
    /// The path to go to afterwards.
    pub(super) next: String,
}

/// Those who go to the provider.
#[derive(Debug, Default)]
pub(super) struct Departures {
    key: OnceLock<[u8; 32]>,
    returned: Mutex<VecDeque<Number>>,
}

impl Departures {
    /// A person goes to the provider; what their browser keeps meanwhile.
    pub(super) fn begin(
        &self,
        random: &dyn Random,
        next: String,
        now: Timestamp,
    ) -> Result<(Departure, String), NoRandomness> {
        if self.key.get().is_none() {
            let fresh = random_bytes(random)?;
            self.key.get_or_init(|| fresh);
        }
        let number: Number = random_bytes(random)?;
        let mut content = number.to_vec();
        content.extend(now.plus_ms(AWAY_MS).as_ms().to_be_bytes());
        content.extend(next.as_bytes());
        let code = self.code("cookie", &content).ok_or(NoRandomness)?;
        let cookie = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&content),
            URL_SAFE_NO_PAD.encode(code)
        );
        let departure = self.of(number, next).ok_or(NoRandomness)?;
        Ok((departure, cookie))
    }

    /// A person comes back with a cookie and a state: who they were when they went, if it is theirs, in time, and for the
    /// first time.
    pub(super) fn end(&self, cookie: &str, state: &str, now: Timestamp) -> Option<Departure> {
        if cookie.len() > COOKIE_BYTES_MAX {
            return None;
        }
        let (content, code) = cookie.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        let mut own = Hmac::<Sha256>::new_from_slice(self.key.get()?).ok()?;
        own.update(b"cookie");
        own.update(&content);
        own.verify_slice(&code).ok()?;
        let (number, rest) = content.split_first_chunk::<16>()?;
        let (end, next) = rest.split_first_chunk::<8>()?;
        let end = Timestamp::saturating_from_ms(i64::from_be_bytes(*end));
        let departure = self.of(*number, String::from_utf8(next.to_vec()).ok()?)?;
        let left_ms = end.since_ms(now);
        if departure.state != state || left_ms <= 0 || left_ms > AWAY_MS {
            return None;
        }
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        if returned.contains(number) {
            return None;
        }
        if returned.len() >= RETURNED_MAX {
            returned.pop_front();
        }
        returned.push_back(*number);
        Some(departure)
    }

    fn of(&self, number: Number, next: String) -> Option<Departure> {
        let text = |label| Some(URL_SAFE_NO_PAD.encode(self.code(label, &number)?));
        Some(Departure {
            state: URL_SAFE_NO_PAD.encode(number),
            nonce: text("nonce")?,
            verifier: text("verifier")?,
            next,
        })
    }

    fn code(&self, label: &str, content: &[u8]) -> Option<[u8; 32]> {
        let mut code = Hmac::<Sha256>::new_from_slice(self.key.get()?).ok()?;
        code.update(label.as_bytes());
        code.update(content);
        Some(code.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::secret::SystemRandom;

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(ms)
    }

    fn gone(departures: &Departures) -> (Departure, String) {
        let begun = departures.begin(&SystemRandom, "/report".to_owned(), at(0));
        begun.expect("there is randomness")
    }

    #[test]
    fn anyone_who_comes_back_is_who_went() {
        let departures = Departures::default();
        let (went, cookie) = gone(&departures);
        let (other, others) = gone(&departures);
        assert_ne!((&went.state, &went.nonce), (&other.state, &other.nonce));
        assert!(went.verifier.len() >= 43 && went.verifier != went.nonce);
        assert_eq!(departures.end(&cookie, &other.state, at(1)), None);
        assert_eq!(departures.end(&others, &went.state, at(1)), None);
        assert_eq!(departures.end(&cookie, &went.state, at(AWAY_MS)), None);
        assert_eq!(departures.end(&cookie, &went.state, at(-1)), None);
        let came = departures.end(&cookie, &went.state, at(AWAY_MS - 1));
        assert_eq!(came.as_ref(), Some(&went));
        assert_eq!(departures.end(&cookie, &went.state, at(AWAY_MS - 1)), None);
        // Another server, or this one after it was started again, has another key.
        let another = Departures::default();
        gone(&another);
        assert_eq!(another.end(&others, &other.state, at(1)), None);
        assert_eq!(
            Departures::default().end(&others, &other.state, at(1)),
            None
        );
    }

    #[test]
    fn a_forged_cookie_is_nobodys() {
        let departures = Departures::default();
        let (went, cookie) = gone(&departures);
        let (content, code) = cookie.split_once('.').expect("it has two parts");
        let mut bytes = URL_SAFE_NO_PAD.decode(content).expect("it was encoded");
        bytes.extend(b"/evil");
        let longer = format!("{}.{code}", URL_SAFE_NO_PAD.encode(bytes));
        for wrong in [
            "",
            ".",
            "x",
            content,
            &format!("{content}."),
            &format!("{content}.{content}"),
            &longer,
            &format!("{cookie}{}", "x".repeat(5_000)),
        ] {
            assert_eq!(departures.end(wrong, &went.state, at(1)), None, "{wrong}");
        }
        assert!(departures.end(&cookie, &went.state, at(1)).is_some());
    }
}
