//! Every fault of the simulated platform: a history is collected during the fault, and compared with the truth.

use std::sync::Arc;

use presence_collector::run::CollectError;
use presence_model::cause::Cause;
use presence_model::event::{EventKind, Snapshot};
use presence_model::facet::Facet;
use presence_model::observation::SweepStatus;
use presence_ringcentral::HttpLimits;
use presence_simulator::fault::CATALOGUE;
use presence_simulator::{FaultRule, GroundTruth, When};

use super::MINUTE_MS;
use super::simulated::{Case, check_against_truth};

/// What the rows of sweeps during a fault show.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// They see everybody, and what they see is true.
    Unharmed,
    /// They see everybody, and show what the platform made up.
    AsTold,
    /// They have this status and this cause.
    Row(SweepStatus, Cause),
    /// The collector ends, after a row with this cause.
    Ends(Cause),
}

use Expected::{AsTold, Ends, Row, Unharmed};
use SweepStatus::{Complete, Failed, Partial, Skipped};

const FAILED: Expected = Row(Failed, Cause::Unavailable);
const UNREADABLE: Expected = Row(Failed, Cause::Unreadable);
const INCONSISTENT: Expected = Row(Partial, Cause::Inconsistent);

/// What each fault leads to; with `+`, in an office of two pages.
const EXPECTED: [(&str, Expected); 45] = [
    ("internal_error", FAILED),
    ("bad_gateway", FAILED),
    ("gateway_timeout", FAILED),
    ("request_timeout", FAILED),
    ("unavailable", FAILED),
    ("high_availability", FAILED),
    ("maintenance", Row(Failed, Cause::Maintenance)),
    ("global_rate_limit", Row(Failed, Cause::RateLimit)),
    ("group_rate_limit", Row(Failed, Cause::RateLimit)),
    ("no_rate_headers", Unharmed),
    ("unknown_rate_group", Unharmed),
    ("bad_request", Row(Failed, Cause::Refused)),
    ("not_found_page", Row(Failed, Cause::Refused)),
    ("redirect", Row(Failed, Cause::Refused)),
    ("html_page", UNREADABLE),
    ("empty_body", UNREADABLE),
    ("truncated_body", UNREADABLE),
    ("invalid_json", UNREADABLE),
    ("bad_gzip", FAILED),
    ("endless_body", UNREADABLE),
    ("hang", FAILED),
    ("stall", Unharmed),
    ("reset", FAILED),
    ("lost_reply", FAILED),
    ("empty_list", Row(Failed, Cause::Inconsistent)),
    ("+shrinking_total", INCONSISTENT),
    ("wrong_total", INCONSISTENT),
    ("short_page", INCONSISTENT),
    ("+repeated_record", Unharmed),
    ("doubled_records", Unharmed),
    ("+first_page_again", Row(Partial, Cause::Implausible)),
    ("missing_extension", Unharmed),
    ("missing_share", Row(Partial, Cause::Implausible)),
    ("forbidden", Row(Complete, Cause::Withheld)),
    ("vanished_queue", Unharmed),
    ("unknown_value", AsTold),
    ("unknown_field", Unharmed),
    ("fields_missing", AsTold),
    ("null_fields", AsTold),
    ("wrong_type", Row(Partial, Cause::Unreadable)),
    ("ids_as_text", Unharmed),
    ("token_revoked", Unharmed),
    ("application_lacks_permission", Ends(Cause::Permission)),
    ("user_lacks_permission", Ends(Cause::Permission)),
    ("clock_skew", Row(Skipped, Cause::Clock)),
];

const BEFORE: i64 = 3;
const DURING: i64 = 5;
const AFTER: i64 = 4;

#[tokio::test]
async fn no_fault_invents_or_loses_anything_or_goes_unexplained() {
    for (text, _) in CATALOGUE {
        let name = text.split('=').next().unwrap_or(text);
        let known = EXPECTED
            .iter()
            .find(|(known, _)| known.trim_start_matches('+') == name);
        let (known, expected) = known.unwrap_or_else(|| panic!("{text} is not expected"));
        check(text, known.starts_with('+'), *expected).await;
    }
}

async fn check(text: &str, is_large: bool, expected: Expected) {
    let case = Case::open(if is_large { 1_100 } else { 40 }).await;
    let (from_ms, until_ms) = (
        case.start_ms + BEFORE * MINUTE_MS,
        case.start_ms + (BEFORE + DURING) * MINUTE_MS,
    );
    let mut rule: FaultRule = text.parse().expect(text);
    rule.when = match text {
        // One request only: the next one has another token.
        "token_revoked" => When::Requests(1),
        // Each of these costs real time.
        "hang" => When::Requests(18),
        _ => When::Between(from_ms, until_ms),
    };
    if let presence_simulator::Fault::MissingExtension(id)
    | presence_simulator::Fault::Forbidden(id) = &mut rule.fault
    {
        let truth = GroundTruth::new(Arc::clone(case.platform.world()));
        let present = truth.extensions(case.start_ms, case.start_ms + 3_600_000);
        *id = present.map(|one| one.id).nth(3).expect("an office of many");
        rule.on = None;
    }
    let limits = HttpLimits {
        body_bytes: 2_000_000,
        ..HttpLimits::default()
    };
    let impatient = HttpLimits {
        read_ms: if text == "hang" { 50 } else { limits.read_ms },
        ..limits
    };
    case.try_to_collect(from_ms, limits).await.expect(text);
    case.platform.faults().add(rule);
    let ended = case.try_to_collect(until_ms, impatient).await;
    case.platform.faults().clear();
    match (expected, ended) {
        (Ends(_), Err(CollectError::Source(error))) => {
            assert!(error.stops_collecting(), "{text}: {error}");
        }
        (Ends(_), ended) => panic!("{text}: {ended:?}"),
        (_, ended) => drop(ended.expect(text)),
    }
    assert!(case.platform.faults().fired() > 0, "{text} did not happen");
    let met = case.store.log();
    let end_ms = until_ms + AFTER * MINUTE_MS;
    case.try_to_collect(end_ms, limits).await.expect(text);
    check_rows(text, &met, expected);
    check_log(text, &case, expected);
    check_against_truth(&case);
}

/// The rows of the sweeps during the fault are as expected; all others are complete.
#[track_caller]
fn check_rows(text: &str, log: &[Snapshot], expected: Expected) {
    let mut met = 0;
    for row in log {
        let cause = row
            .detail
            .as_deref()
            .map(|detail| Cause::of_detail(detail).0);
        let is_met = match expected {
            Row(status, word) => row.status == status && cause == Some(Some(word)),
            Ends(word) => row.status == Failed && cause == Some(Some(word)),
            Unharmed | AsTold => row.status == Complete,
        };
        met += usize::from(is_met);
        let is_untouched = row.status == Complete && cause.is_none();
        assert!(
            is_met || is_untouched,
            "{text}: {:?} {:?}",
            row.status,
            row.detail
        );
    }
    assert!(
        met > 0,
        "{text}: {:?}",
        log.iter().map(|row| &row.detail).collect::<Vec<_>>()
    );
}

/// No slot occurs twice, everybody who is gone has really left, and everything that was seen was shown.
#[track_caller]
fn check_log(text: &str, case: &Case, expected: Expected) {
    let truth = GroundTruth::new(Arc::clone(case.platform.world()));
    let log = case.store.log();
    let mut keys: Vec<&str> = log.iter().map(|row| row.idempotency_key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), log.len(), "{text}");
    for row in &log {
        for event in &row.events {
            let (from_ms, to_ms) = (row.started_at.as_ms(), event.observed_at.as_ms());
            let id = event.extension_id.0;
            let segments = truth.segments(id, from_ms, to_ms + 1);
            match event.kind {
                EventKind::Disappeared => {
                    assert!(segments.is_empty(), "{text}: {id} is not gone");
                }
                EventKind::Appeared | EventKind::Changed if !matches!(expected, AsTold) => {
                    let presence = event.presence.as_ref().expect("it is there");
                    let status = presence.get(Facet::PresenceStatus);
                    let was_so = segments
                        .iter()
                        .any(|segment| Some(segment.state.presence_status) == status);
                    assert!(was_so, "{text}: {id} never showed {status:?}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_fault_is_documented() {
    let document = include_str!("../../../docs/faults.md");
    for (text, _) in CATALOGUE {
        let name = text.split('=').next().unwrap_or(text);
        let known = EXPECTED
            .iter()
            .find(|(known, _)| known.trim_start_matches('+') == name);
        let row = document
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/faults.md"));
        let cause = match known.expect("it is expected").1 {
            Row(_, cause) | Ends(cause) => format!("`{}` |", cause.name()),
            Unharmed | AsTold => "| |".to_owned(),
        };
        assert!(row.ends_with(&cause), "{row}");
    }
}
