//! What the words of spreadsheets and exports mean: names of columns, what became of a request, halves of days.

use super::DayPart;
use crate::query::suggestion::folded;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Person,
    From,
    To,
    Status,
    Half,
    FromHalf,
    ToHalf,
    Days,
}

/// The names of columns as [`key`] has them; of two in a file the one that is named first here counts.
const COLUMNS: [(Column, &[&str]); 8] = [
    (
        Column::Person,
        &[
            "person",
            "extension_number",
            "extension",
            "extension_id",
            "employee",
            "employee_name",
            "full_name",
            "name",
            "user",
        ],
    ),
    (
        Column::From,
        &[
            "from",
            "from_date",
            "start",
            "start_date",
            "date_from",
            "starts",
            "starts_on",
            "first_day",
            "begin",
            "begins",
            "date",
        ],
    ),
    (
        Column::To,
        &[
            "to", "to_date", "end", "end_date", "date_to", "ends", "ends_on", "last_day", "until",
        ],
    ),
    (
        Column::Status,
        &[
            "status",
            "approval_status",
            "request_status",
            "leave_status",
            "approval",
            "approved",
            "state",
        ],
    ),
    (
        Column::Half,
        &[
            "half_day",
            "halfday",
            "half",
            "am_pm",
            "ampm",
            "morning_afternoon",
            "part_of_day",
            "day_part",
            "part",
            "half_day_type",
            "half_day_period",
        ],
    ),
    (
        Column::FromHalf,
        &[
            "from_half",
            "start_half",
            "from_half_day",
            "start_half_day",
            "half_day_start",
            "from_part",
            "start_part",
            "from_am_pm",
            "start_am_pm",
            "from_period",
            "start_period",
            "start_day_part",
        ],
    ),
    (
        Column::ToHalf,
        &[
            "to_half",
            "end_half",
            "to_half_day",
            "end_half_day",
            "half_day_end",
            "to_part",
            "end_part",
            "to_am_pm",
            "end_am_pm",
            "to_period",
            "end_period",
            "end_day_part",
        ],
    ),
    (
        Column::Days,
        &[
            "days",
            "number_of_days",
            "total_days",
            "working_days",
            "days_requested",
        ],
    ),
];

/// A word as it is compared: small letters, and one `_` for whatever else stands between them.
pub(super) fn key(text: &str) -> String {
    let folded = folded(text);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// Where a column is among the headers, which are keys.
pub(super) fn place(headers: &[String], wanted: Column) -> Option<usize> {
    let (_, names) = COLUMNS.iter().find(|(column, _)| *column == wanted)?;
    names
        .iter()
        .find_map(|name| headers.iter().position(|header| header == name))
}

/// How many kinds of columns are among the headers.
pub(super) fn known_count(headers: &[String]) -> usize {
    let known = COLUMNS.iter().map(|(column, _)| *column);
    known
        .filter(|column| place(headers, *column).is_some())
        .count()
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Approved,
    NotApproved,
}

const APPROVED: &[&str] = &[
    "approved",
    "accepted",
    "confirmed",
    "granted",
    "authorised",
    "authorized",
    "auto_approved",
    "scheduled",
    "booked",
    "planned",
    "taken",
    "active",
    "completed",
    "yes",
    "true",
    "ok",
    "1",
];

const NOT_APPROVED: &[&str] = &[
    // Refused.
    "rejected",
    "declined",
    "denied",
    "refused",
    "disapproved",
    "not_approved",
    "no",
    "false",
    "0",
    // Taken back.
    "cancelled",
    "canceled",
    "withdrawn",
    "revoked",
    "deleted",
    "removed",
    "void",
    "voided",
    "superseded",
    "recalled",
    "expired",
    "cancellation_approved",
    // Not decided yet.
    "pending",
    "requested",
    "submitted",
    "open",
    "new",
    "draft",
    "waiting",
    "unapproved",
    "tentative",
    "in_review",
    "in_progress",
    "under_review",
    "pending_approval",
    "awaiting_approval",
    "waiting_for_approval",
    "to_be_approved",
    "pending_cancellation",
];

/// Reads what became of a request; the error is the sentence.
pub(super) fn decision(text: &str) -> Result<Decision, String> {
    let key = key(text);
    if APPROVED.contains(&key.as_str()) {
        Ok(Decision::Approved)
    } else if NOT_APPROVED.contains(&key.as_str()) {
        Ok(Decision::NotApproved)
    } else if key.is_empty() {
        Err("its status is empty: write approved, rejected, cancelled or pending".to_owned())
    } else {
        Err(format!(
            "its status {text:?} is not known: write approved, rejected, cancelled or pending"
        ))
    }
}

/// What a column of halves says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HalfWord {
    /// This part.
    Part(DayPart),
    /// A half, and not which.
    Unsaid,
}

/// Reads a half; `column` names the column in the error.
pub(super) fn half(column: &str, text: &str) -> Result<HalfWord, String> {
    let key = key(text);
    let part = match key.as_str() {
        "" | "no" | "n" | "false" | "0" | "none" | "full" | "full_day" | "fullday" | "whole"
        | "whole_day" | "all_day" | "1_0" => DayPart::Whole,
        "am" | "a_m" | "morning" | "first" | "first_half" | "1st_half" | "forenoon"
        | "before_noon" | "before_lunch" => DayPart::FirstHalf,
        "pm" | "p_m" | "afternoon" | "second" | "second_half" | "2nd_half" | "after_noon"
        | "after_lunch" => DayPart::SecondHalf,
        "yes" | "y" | "true" | "1" | "x" | "half" | "half_day" | "halfday" | "0_5" | "\u{bd}" => {
            return Ok(HalfWord::Unsaid);
        }
        _ => {
            return Err(format!(
                "its {column} {text:?} is not known: write am or pm, or leave it empty for the whole day"
            ));
        }
    };
    Ok(HalfWord::Part(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_as_they_read() {
        assert_eq!(key(" Start  Date "), "start_date");
        assert_eq!(key("AM/PM"), "am_pm");
        assert_eq!(key("Half-day?"), "half_day");
        let headers = ["name", "person", "from_date", "end"].map(str::to_owned);
        assert_eq!(place(&headers, Column::Person), Some(1));
        assert_eq!(place(&headers, Column::From), Some(2));
        assert_eq!(place(&headers, Column::Status), None);
        assert_eq!(known_count(&headers), 3);
    }

    #[test]
    fn no_word_has_two_meanings() {
        assert!(APPROVED.iter().all(|word| !NOT_APPROVED.contains(word)));
        let names = || COLUMNS.iter().flat_map(|(_, names)| names.iter());
        for name in names().chain(APPROVED).chain(NOT_APPROVED) {
            assert_eq!(key(name), *name);
        }
        let mut sorted: Vec<&&str> = names().collect();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names().count());
    }

    #[test]
    fn what_is_not_approved_is_told_apart_from_what_is_not_known() {
        assert_eq!(decision("Approved"), Ok(Decision::Approved));
        assert_eq!(decision("PENDING_APPROVAL"), Ok(Decision::NotApproved));
        assert_eq!(decision("Cancelled"), Ok(Decision::NotApproved));
        assert!(
            decision("maybe")
                .expect_err("no word")
                .contains("\"maybe\"")
        );
        assert!(decision("").is_err());
    }
}
