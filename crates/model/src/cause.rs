//! Why a sweep of the account, or of a queue, did not see everyone, in one word.
//!
//! The word stands before the sentence for people in what a snapshot says of itself ([`super::event::Snapshot::detail`]),
//! as in `maintenance: page 1 is missing: …`. It is for programs, dashboards and alarms: the sentence may change, the
//! word does not. Sweeps of earlier versions, and imported ones, may have only a sentence.

use crate::named;

/// What kept a sweep from seeing everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The rate limit did not allow enough requests in time.
    RateLimit,
    /// The platform said that it is being maintained.
    Maintenance,
    /// The platform, or the way to it, did not answer: errors of the server, timeouts, broken connections.
    Unavailable,
    /// The platform answered, but the answer could not be read.
    Unreadable,
    /// The platform refused the request, or sent it elsewhere.
    Refused,
    /// The platform did not accept the credentials.
    Credentials,
    /// The application or the user lacks a permission.
    Permission,
    /// What was asked for does not exist (any more).
    Gone,
    /// The pages contradict each other or themselves.
    Inconsistent,
    /// So many people were missing at once that it is not believed until it is confirmed.
    Implausible,
    /// Someone exists, but may not be seen.
    Withheld,
    /// The sweep before took so long that this one's time had passed.
    Late,
    /// The computer slept, or was stopped, while this sweep was due.
    Suspended,
    /// The computer's clock was set, or differs too much from the platform's.
    Clock,
    /// The collector was told to stop during the sweep.
    Stopped,
    /// The store could not be reached: there was no room to keep the sweep meanwhile, or no one knew who was missing from
    /// it.
    Spool,
    /// The sweep had been kept while the store could not be reached, and was damaged when it was read back.
    Damaged,
    /// The author of an imported line says that it is not complete.
    Import,
}

named!(Cause {
    RateLimit => "rate_limit",
    Maintenance => "maintenance",
    Unavailable => "unavailable",
    Unreadable => "unreadable",
    Refused => "refused",
    Credentials => "credentials",
    Permission => "permission",
    Gone => "gone",
    Inconsistent => "inconsistent",
    Implausible => "implausible",
    Withheld => "withheld",
    Late => "late",
    Suspended => "suspended",
    Clock => "clock",
    Stopped => "stopped",
    Spool => "spool",
    Damaged => "damaged",
    Import => "import",
});

impl Cause {
    /// What a snapshot says of itself: the word, then a sentence for people.
    pub fn detail(self, sentence: &str) -> String {
        format!("{}: {sentence}", self.name())
    }

    /// The word and the sentence of what a snapshot says of itself; no word where there is none that is known.
    pub fn of_detail(detail: &str) -> (Option<Self>, &str) {
        let split = detail.split_once(": ");
        let known = split.and_then(|(word, rest)| Some((Self::from_name(word)?, rest)));
        known.map_or((None, detail), |(cause, rest)| (Some(cause), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_again_and_a_sentence_alone_is_left_alone() {
        let detail = Cause::RateLimit.detail("page 2 is missing: used up");
        assert_eq!(detail, "rate_limit: page 2 is missing: used up");
        let (cause, sentence) = Cause::of_detail(&detail);
        assert_eq!(cause, Some(Cause::RateLimit));
        assert_eq!(sentence, "page 2 is missing: used up");
        for alone in ["page 2 is missing: used up", "", "late"] {
            assert_eq!(Cause::of_detail(alone), (None, alone));
        }
    }
}
