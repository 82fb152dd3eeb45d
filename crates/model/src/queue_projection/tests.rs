//! Histories of one queue drawn as text, one character a minute.
//!
//! ```text
//! 1 0     a sweep that showed the member signed in, signed out
//! n       a sweep that showed the member, and did not say
//! -       a sweep that lacked the member
//! x       a sweep that failed
//! .       no sweep
//! ```

use super::super::cause::Cause;
use super::super::diff::{DiffError, diff};
use super::super::event::{EventKind, Snapshot};
use super::super::ids::{AccountId, ExtensionId, QueueId, Version};
use super::super::known::{AccountState, Existence};
use super::super::observation::{Source, Sweep, SweepStatus};
use super::super::projection::{self, Delta};
use super::super::queue::{QueueMember, QueueOutcome, QueueSweep, QueueSweepOutcome};
use super::super::queue_diff::{QueueFault, check_follows};
use super::super::time::Timestamp;

mod laws;

const ACCOUNT: AccountId = AccountId(1);
const SUPPORT: QueueId = QueueId(900);
const SALES: QueueId = QueueId(901);
const MEMBER: ExtensionId = ExtensionId(101);
const MINUTE_MS: i64 = 60_000;
const VALID_FOR_MS: i64 = 2 * MINUTE_MS;

/// So many tenths of a minute after 1970.
fn at(tenths: i64) -> Timestamp {
    Timestamp::saturating_from_ms(tenths * MINUTE_MS / 10)
}

/// In minutes, with tenths where they are not whole.
fn shown(moment: Timestamp) -> String {
    let tenths = moment.as_ms() * 10 / MINUTE_MS;
    if tenths % 10 == 0 {
        format!("{}", tenths / 10)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// A sweep that lasts from one tenth of a minute to another.
fn read(queue_id: QueueId, from: i64, to: i64, members: &[(i64, char)]) -> QueueSweep {
    let member = |&(id, drawn): &(i64, char)| {
        let accepts = match drawn {
            '1' => Some(true),
            '0' => Some(false),
            'n' => None,
            _ => return None,
        };
        Some(QueueMember {
            extension_id: ExtensionId(id),
            accepts,
        })
    };
    QueueSweep {
        queue_id,
        requested_at: at(from),
        received_at: at(to),
        valid_for_ms: VALID_FOR_MS,
        outcome: QueueOutcome::Read(members.iter().filter_map(member).collect()),
    }
}

fn failed(queue_id: QueueId, from: i64, to: i64) -> QueueSweep {
    QueueSweep {
        outcome: QueueOutcome::Failed {
            cause: Cause::Unavailable,
            sentence: "it did not answer".to_owned(),
        },
        ..read(queue_id, from, to, &[])
    }
}

/// A failed sweep of the account, from the end of the sweeps of queues that are part of it to then.
fn carrying(no: i64, queue_sweeps: Vec<QueueSweep>) -> Sweep {
    let ends = queue_sweeps.iter().map(|sweep| sweep.received_at);
    let end = ends.max().unwrap_or(at(0));
    Sweep {
        account_id: ACCOUNT,
        source: Source::Poll,
        status: SweepStatus::Failed,
        started_at: end,
        finished_at: end,
        valid_for_ms: VALID_FOR_MS,
        expected_count: None,
        observations: Vec::new(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps,
        clock_skew_ms: None,
        idempotency_key: format!("sweep {no}"),
        detail: None,
    }
}

/// A log of snapshots, with what it amounts to.
struct Recorded {
    state: AccountState,
    delta: Delta,
    log: Vec<Snapshot>,
}

fn record(snapshots: &[Vec<QueueSweep>]) -> Recorded {
    let mut recorded = Recorded {
        state: AccountState::new(ACCOUNT),
        delta: Delta::default(),
        log: Vec::new(),
    };
    for (no, sweeps) in (1..).zip(snapshots) {
        let sweep = carrying(no, sweeps.clone());
        let snapshot = diff(&recorded.state, &sweep).expect("drawn sweeps run forward");
        assert_eq!(check_follows(&recorded.state, &snapshot), Ok(()));
        projection::fold(&mut recorded.state, &snapshot, &mut recorded.delta);
        recorded.log.push(snapshot);
    }
    recorded
}

/// The sweeps of a drawing, each of which takes so many tenths of a minute.
fn drawn(drawing: &str, takes: i64) -> Vec<QueueSweep> {
    let sweep = |(minute, one): (i64, char)| {
        let (from, to) = (minute * 10, minute * 10 + takes);
        match one {
            '.' => None,
            'x' => Some(failed(SUPPORT, from, to)),
            one => Some(read(SUPPORT, from, to, &[(MEMBER.0, one)])),
        }
    };
    (0..).zip(drawing.chars()).filter_map(sweep).collect()
}

/// Each interval: what the member accepts, from when on (and not before), until when (certainly until).
fn intervals(recorded: &Recorded) -> String {
    let rows = recorded.delta.queue_intervals.values().map(|row| {
        let not_before = row.not_before.map(shown).unwrap_or_default();
        let until = row.until.map(shown).unwrap_or_default();
        let certain = row.certain_until.map(shown).unwrap_or_default();
        format!(
            "{} {}({not_before})-{until}({certain})",
            row.accepts.name(),
            shown(row.from)
        )
    });
    rows.collect::<Vec<_>>().join(", ")
}

fn coverage(recorded: &Recorded) -> String {
    let rows = recorded.delta.queue_coverage.values();
    let rows = rows.map(|row| format!("{}-{}", shown(row.from), shown(row.to())));
    rows.collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(drawing: &str, takes: i64, expected: &str, expected_coverage: &str) {
    let one_each = drawn(drawing, takes).into_iter().map(|one| vec![one]);
    let recorded = record(&one_each.collect::<Vec<_>>());
    assert_eq!(intervals(&recorded), expected);
    assert_eq!(coverage(&recorded), expected_coverage);
    let all_at_once = record(&[drawn(drawing, takes)]);
    assert_eq!(intervals(&all_at_once), expected);
    assert_eq!(coverage(&all_at_once), expected_coverage);
}

#[test]
fn what_goes_on_is_one_open_interval() {
    check("1111", 0, "signed_in 0()-()", "0-3");
    check("nn", 0, "not_said 0()-()", "0-1");
    check("--", 0, "", "0-1");
}

#[test]
fn a_change_lies_between_the_last_request_and_the_response() {
    check("110", 0, "signed_in 0()-2(1), signed_out 2(1)-()", "0-2");
    // From the request of the earlier sweep to the response of the later one.
    check(
        "110",
        1,
        "signed_in 0.1()-2.1(1), signed_out 2.1(1)-()",
        "0.1-2",
    );
    // What is in doubt lies where something is known: nothing was before the first response.
    check(
        "10",
        1,
        "signed_in 0.1()-1.1(0.1), signed_out 1.1(0.1)-()",
        "0.1-1",
    );
}

#[test]
fn a_member_who_comes_or_leaves_changes_like_any_other() {
    check("--1", 0, "signed_in 2(1)-()", "0-2");
    check("11--", 0, "signed_in 0()-2(1)", "0-3");
    check("1-1", 0, "signed_in 0()-1(0), signed_in 2(1)-()", "0-2");
    check("1n", 0, "signed_in 0()-1(0), not_said 1(0)-()", "0-1");
}

#[test]
fn a_gap_is_unknown_from_the_last_sweep_before_it_to_the_first_after_it() {
    check(
        "11...11",
        0,
        "signed_in 0()-1(1), signed_in 5()-()",
        "0-1, 5-6",
    );
    check(
        "11...00",
        0,
        "signed_in 0()-1(1), signed_out 5()-()",
        "0-1, 5-6",
    );
    check("11...--", 0, "signed_in 0()-1(1)", "0-1, 5-6");
    check("--...11", 0, "signed_in 5()-()", "0-1, 5-6");
    // It ends at the request, but never before it begins.
    check(
        "11...1",
        1,
        "signed_in 0.1()-1(1), signed_in 5.1()-()",
        "0.1-1, 5.1-5.1",
    );
    check(
        "1...1",
        1,
        "signed_in 0.1()-0.1(0.1), signed_in 4.1()-()",
        "0.1-0.1, 4.1-4.1",
    );
}

#[test]
fn exactly_valid_for_apart_is_no_gap() {
    check("1.1", 0, "signed_in 0()-()", "0-2");
    check(
        "1.1",
        1,
        "signed_in 0.1()-0.1(0.1), signed_in 2.1()-()",
        "0.1-0.1, 2.1-2.1",
    );
}

#[test]
fn a_failed_sweep_brackets_nothing_and_closes_nothing() {
    check("1x1", 0, "signed_in 0()-()", "0-2");
    check(
        "1xx1",
        0,
        "signed_in 0()-0(0), signed_in 3()-()",
        "0-0, 3-3",
    );
    check("11xxxxxx", 0, "signed_in 0()-()", "0-1");
    check("xx", 0, "", "");
}

#[test]
fn the_validity_of_the_earlier_sweep_counts() {
    let mut sweeps = drawn("1....1..1", 0);
    sweeps[0].valid_for_ms = 5 * MINUTE_MS;
    let recorded = record(&[sweeps]);
    assert_eq!(intervals(&recorded), "signed_in 0()-5(5), signed_in 8()-()");
    assert_eq!(coverage(&recorded), "0-5, 8-8");
}

#[test]
fn an_event_says_what_was_and_what_is() {
    let recorded = record(&[
        drawn("1", 0),
        drawn("1.0", 0).split_off(1),
        vec![read(SUPPORT, 60, 61, &[])],
    ]);
    let told: Vec<String> = recorded
        .log
        .iter()
        .flat_map(|snapshot| &snapshot.events)
        .map(|event| {
            let change = event.queue.expect("it is of a queue");
            assert_eq!(event.kind, EventKind::QueueChanged);
            assert!(event.presence.is_none() && event.previous.is_none());
            assert!(event.profile.is_none() && event.previous_profile.is_none());
            let accepts =
                |accepts: Option<super::Accepts>| accepts.map_or("no member", super::Accepts::name);
            format!(
                "{} {} v{}: {} to {} at {} not before {}",
                event.position,
                event.extension_id,
                event.version,
                accepts(change.previous),
                accepts(change.accepts),
                shown(event.observed_at),
                event.not_before.map(shown).unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 101 v1: no member to signed_in at 0 not before ",
            "2 101 v2: signed_in to signed_out at 2 not before 0",
            // Across a gap too: the log keeps the bound, the intervals do not need it.
            "3 101 v3: signed_out to no member at 6.1 not before 2",
        ]
    );
}

#[test]
fn a_member_of_whom_nothing_else_is_known_has_neither_presence_nor_profile() {
    let recorded = record(&[drawn("1", 0)]);
    let extension = &recorded.state.extensions[&MEMBER];
    assert_eq!(extension.existence, Existence::Listed);
    assert_eq!(extension.profile, None);
    assert_eq!(extension.version, Version(1));
    assert_eq!(recorded.state.present_count, 0);
    assert_eq!(recorded.delta.extensions[&MEMBER], *extension);
    assert!(recorded.delta.intervals.is_empty() && recorded.delta.existence.is_empty());
    assert!(recorded.delta.coverage.is_empty());
}

#[test]
fn versions_follow_the_time_of_the_sweeps() {
    let sweeps = vec![
        read(SALES, 10, 11, &[(101, '1')]),
        read(SUPPORT, 5, 6, &[(101, '1')]),
        read(SUPPORT, 15, 16, &[(101, '0')]),
    ];
    let recorded = record(&[sweeps]);
    let events = recorded.log[0].events.iter();
    let told: Vec<_> = events
        .map(|event| {
            let queue = event.queue.expect("it is of a queue").queue_id;
            (event.version.0, queue, shown(event.observed_at))
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, SUPPORT, "0.6".to_owned()),
            (2, SALES, "1.1".to_owned()),
            (3, SUPPORT, "1.6".to_owned()),
        ]
    );
    let rows = recorded.log[0].queue_sweeps.iter();
    let rows: Vec<_> = rows
        .map(|row| (row.queue_id, shown(row.requested_at)))
        .collect();
    assert_eq!(
        rows,
        [
            (SUPPORT, "0.5".to_owned()),
            (SUPPORT, "1.5".to_owned()),
            (SALES, "1".to_owned()),
        ]
    );
}

#[test]
fn a_member_who_is_there_twice_counts_once() {
    let agreeing = read(SUPPORT, 0, 0, &[(101, '1'), (101, '1')]);
    assert_eq!(
        agreeing.row().outcome,
        QueueSweepOutcome::Complete { member_count: 1 }
    );
    let recorded = record(&[vec![agreeing]]);
    assert_eq!(intervals(&recorded), "signed_in 0()-()");
    let differing = read(SUPPORT, 0, 0, &[(101, '1'), (101, '0')]);
    assert_eq!(intervals(&record(&[vec![differing]])), "not_said 0()-()");
}

#[test]
fn the_sweeps_of_a_queue_run_forward() {
    let known = record(&[vec![read(SUPPORT, 10, 20, &[])]]).state;
    let error = |sweeps: Vec<QueueSweep>| {
        let mut sweep = carrying(2, sweeps);
        sweep.started_at = at(100);
        sweep.finished_at = at(100);
        diff(&known, &sweep).expect_err("they do not")
    };
    for (from, to) in [(20, 30), (5, 30)] {
        let told = error(vec![read(SUPPORT, from, to, &[])]);
        let expected = DiffError::QueueRunsBackwards {
            queue_id: SUPPORT,
            requested_at: at(from),
            previous: at(20),
        };
        assert_eq!(told, expected);
        // A failed one too.
        assert_eq!(error(vec![failed(SUPPORT, from, to)]), expected);
    }
    let overlapping = vec![read(SUPPORT, 30, 40, &[]), failed(SUPPORT, 40, 50)];
    assert!(matches!(
        error(overlapping),
        DiffError::QueueRunsBackwards { previous, .. } if previous == at(40)
    ));
    for (from, to) in [(50, 40), (90, 101)] {
        assert!(matches!(
            error(vec![read(SUPPORT, from, to, &[])]),
            DiffError::QueueOutside { .. }
        ));
    }
    let told = error(vec![read(SUPPORT, 90, 101, &[])]).to_string();
    assert!(told.starts_with("queue 900 was asked for at "), "{told}");
}

#[test]
fn the_digest_of_a_sweep_without_queues_is_what_it_was() {
    let mut sweep = carrying(1, Vec::new());
    sweep.withheld = vec![ExtensionId(7)];
    assert_eq!(sweep.content_digest()[..4], [0xe1, 0x1d, 0x86, 0xa1]);
    let without = sweep.content_digest();
    let mut digests = vec![without];
    for queue_sweeps in [
        vec![read(SUPPORT, 0, 0, &[])],
        vec![read(SALES, 0, 0, &[])],
        vec![failed(SUPPORT, 0, 0)],
        vec![read(SUPPORT, 0, 0, &[(101, '1')])],
        vec![read(SUPPORT, 0, 0, &[(101, '0')])],
        vec![read(SUPPORT, 0, 0, &[(101, 'n')])],
        vec![read(SUPPORT, 0, 0, &[]), read(SALES, 0, 0, &[])],
    ] {
        sweep.queue_sweeps = queue_sweeps;
        digests.push(sweep.content_digest());
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn a_log_that_does_not_follow_is_found() {
    let before = record(&[drawn("1", 0)]);
    let sweep = carrying(2, drawn("1.0", 0).split_off(1));
    let right = diff(&before.state, &sweep).expect("it runs forward");
    let fault = |change: fn(&mut Snapshot)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        check_follows(&before.state, &wrong)
    };
    assert_eq!(fault(|_| ()), Ok(()));
    let position = right.events[0].position;
    let wrong_events: [fn(&mut Snapshot); 6] = [
        |it| it.events[0].observed_at = at(19),
        |it| it.events[0].not_before = None,
        |it| change(it).previous = None,
        |it| change(it).accepts = Some(super::Accepts::SignedIn),
        |it| change(it).queue_id = SALES,
        |it| it.queue_sweeps.clear(),
    ];
    for change in wrong_events {
        assert_eq!(fault(change), Err(QueueFault::Event(position)));
    }
    let wrong_sweeps: [fn(&mut Snapshot); 3] = [
        |it| it.queue_sweeps[0].requested_at = at(0),
        |it| it.queue_sweeps[0].received_at = at(21),
        |it| it.queue_sweeps.insert(0, it.queue_sweeps[0].clone()),
    ];
    for change in wrong_sweeps {
        assert!(matches!(fault(change), Err(QueueFault::Sweep { .. })));
    }
}

fn change(snapshot: &mut Snapshot) -> &mut super::super::queue::QueueChange {
    snapshot.events[0].queue.as_mut().expect("it is of a queue")
}
