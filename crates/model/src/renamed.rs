//! Names that changed before the first release. The old name answers for one release more, unless it says otherwise.
//!
//! Code that writes an old name takes it from here, and a test holds documents, dashboards, alert rules and questions to the
//! new ones. `CHANGELOG.md` has the same table.

/// A name, and the one that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// What it was called.
    pub old: &'static str,
    /// What it is called.
    pub new: &'static str,
}

/// A key of a JSON object that was renamed: the answer has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenamedKey {
    /// The object, as the description of the API names it.
    pub object: &'static str,
    /// The key.
    pub key: Renamed,
}

/// A column of CSV and Parquet, or a value of one, that was renamed. The old name is gone: a table with each column twice would
/// mislead those who add them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenamedColumn {
    /// The question that it is of.
    pub question: &'static str,
    /// The column, or `column: value`.
    pub column: Renamed,
}

const fn renamed(old: &'static str, new: &'static str) -> Renamed {
    Renamed { old, new }
}

const fn key(object: &'static str, old: &'static str, new: &'static str) -> RenamedKey {
    let key = renamed(old, new);
    RenamedKey { object, key }
}

const fn column(question: &'static str, old: &'static str, new: &'static str) -> RenamedColumn {
    let column = renamed(old, new);
    RenamedColumn { question, column }
}

/// The view of snapshots.
pub const SNAPSHOTS_VIEW: Renamed = renamed("presence_looks", "presence_snapshots");
/// The views: in a store, and of `presence export --view`.
pub const VIEWS: [Renamed; 1] = [SNAPSHOTS_VIEW];

/// The count of records that could not be read as they should.
pub const MALFORMED_RECORDS: Renamed = renamed("odd_records", "malformed_records");
/// The metrics, without `presence_` before them and what follows them, such as `_total`.
pub const METRICS: [Renamed; 1] = [MALFORMED_RECORDS];

/// What else the moment may have been.
pub const EXPLANATION_AMBIGUITY: RenamedKey = key("Explanation", "doubt", "ambiguity");
/// The snapshots around the moment.
pub const EXPLANATION_SNAPSHOTS: RenamedKey = key("Explanation", "looks", "snapshots");
/// How many more there are between.
pub const EXPLANATION_OMITTED: RenamedKey =
    key("Explanation", "looks_left_out", "snapshots_omitted");
/// How many sweeps have not seen a candidate since the last one that did.
pub const CANDIDATE_MISSED: RenamedKey = key("Candidate", "looks_missed", "sweeps_missed");
/// How many sweeps failed, or were not made, for a cause.
pub const CAUSE_SWEEPS: RenamedKey = key("GapCause", "looks", "sweeps");
/// When the first of the snapshots between began.
pub const BETWEEN_FROM: RenamedKey = key("RecordedBetween", "looked_from", "observed_from");
/// When the last of them ended.
pub const BETWEEN_TO: RenamedKey = key("RecordedBetween", "looked_to", "observed_to");
/// Why a row has no figures.
pub const ROW_SUPPRESSED: RenamedKey = key("ReportRow", "withheld", "suppressed");
/// The end of the period that was requested, where it is cut.
pub const PERIOD_REQUESTED: RenamedKey = key("Period", "asked_to", "requested_to");

/// The keys of JSON objects.
pub const JSON_KEYS: [RenamedKey; 9] = [
    EXPLANATION_AMBIGUITY,
    EXPLANATION_SNAPSHOTS,
    EXPLANATION_OMITTED,
    CANDIDATE_MISSED,
    CAUSE_SWEEPS,
    BETWEEN_FROM,
    BETWEEN_TO,
    ROW_SUPPRESSED,
    PERIOD_REQUESTED,
];

/// The columns of CSV and Parquet, and the one value of a JSON key: these have no alias.
pub const COLUMNS: [RenamedColumn; 5] = [
    column("route", "looks_missed", "sweeps_missed"),
    column("report", "withheld", "suppressed"),
    column("report", "change: withheld", "change: suppressed"),
    column("explain", "tells", "shows"),
    column("explain", "item: look", "item: snapshot"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_one_thing() {
        let keys = JSON_KEYS.map(|key| (key.object, key.key));
        for (object, key) in keys {
            let same = |(other, other_key): &(&str, Renamed)| {
                *other == object && (other_key.old == key.old || other_key.new == key.new)
            };
            assert_eq!(keys.iter().filter(|one| same(one)).count(), 1, "{key:?}");
            assert!(
                !keys.iter().any(|(_, other)| other.new == key.old),
                "{key:?}"
            );
        }
    }
}
