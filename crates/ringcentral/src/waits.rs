//! What the client waits for, before it goes on: told to anyone who runs the program.

use std::fmt;

use presence_model::time::Timestamp;

/// A wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is asked for then.
    pub what: &'static str,
    /// Why not at once.
    pub reason: WaitReason,
    /// When the wait begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// Why something is not asked for at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The platform's rate limit is used up, by this program or by others with the same credentials.
    RateLimit,
    /// It failed for the moment, for this reason.
    Failed(String),
    /// Another program is logging in with the same credentials; it may end sooner.
    OtherProgram,
}

/// Hears of each wait as it begins. It must not block.
pub type TellWait = dyn Fn(&Wait) + Send + Sync;

/// Shorter waits are not worth a line, in milliseconds.
const UNTOLD_MS_MAX: i64 = 1_000;

impl Wait {
    /// Whether it is long enough to be told.
    pub(super) fn is_worth_reporting(&self) -> bool {
        self.until.since_ms(self.from) > UNTOLD_MS_MAX
    }
}

impl fmt::Display for Wait {
    /// In a sentence: until when, how long, for what, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        // Up: at the end of the wait its time has come.
        let seconds = (self.until.since_ms(self.from) + 999) / 1_000;
        let until = self.until.to_string();
        let until = until.get(..19).unwrap_or(&until).replace('T', " ");
        match &self.reason {
            WaitReason::RateLimit => write!(
                f,
                "waiting {seconds} s, until {until} UTC: RingCentral's rate limit for {what} is used up"
            ),
            WaitReason::Failed(why) => write!(
                f,
                "waiting {seconds} s, until {until} UTC, to request {what} again: {why}"
            ),
            WaitReason::OtherProgram => write!(
                f,
                "waiting until {until} UTC at the latest: another program is logging in with the same credentials"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_says_for_what_and_until_when() {
        let at = Timestamp::saturating_from_ms;
        let wait = |reason| Wait {
            what: "the login",
            reason,
            from: at(1_793_628_000_000),
            until: at(1_793_628_059_001),
        };
        assert_eq!(
            wait(WaitReason::RateLimit).to_string(),
            "waiting 60 s, until 2026-11-02 14:00:59 UTC: RingCentral's rate limit for the login is used up"
        );
        assert_eq!(
            wait(WaitReason::Failed("503".to_owned())).to_string(),
            "waiting 60 s, until 2026-11-02 14:00:59 UTC, to request the login again: 503"
        );
        assert_eq!(
            wait(WaitReason::OtherProgram).to_string(),
            "waiting until 2026-11-02 14:00:59 UTC at the latest: another program is logging in with the same credentials"
        );
    }
}
