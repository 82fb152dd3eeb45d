//! What was checked, and what was found: of `doctor` and `config check`.

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// All is well.
    Ok,
    /// It could not be checked, or was not asked for.
    Skipped,
    /// It works, and something should be done about it.
    Warn,
    /// It does not work.
    Fail,
}

impl CheckStatus {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked, such as `clock`.
    pub check: &'static str,
    /// How it ended.
    pub status: CheckStatus,
    /// What was found.
    pub found: String,
    /// What to do; `null` if there is nothing to be done.
    pub advice: Option<String>,
}

impl Check {
    /// All is well.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::of(check, CheckStatus::Ok, found.into(), None)
    }

    /// It works, and something should be done about it.
    pub fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into());
        Self::of(check, CheckStatus::Warn, found.into(), advice)
    }

    /// It does not work; an empty advice is none, where what was found says what to do already.
    pub fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into()).filter(|advice: &String| !advice.is_empty());
        Self::of(check, CheckStatus::Fail, found.into(), advice)
    }

    /// It could not be checked.
    pub fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self::of(check, CheckStatus::Skipped, why.into(), None)
    }

    fn of(check: &'static str, status: CheckStatus, found: String, advice: Option<String>) -> Self {
        Self {
            check,
            status,
            found,
            advice,
        }
    }
}
