//! When queues are asked, and what becomes of their answers.

use super::*;
use presence_model::ids::{AccountId, ExtensionId, Position};
use presence_model::observation::{Source, SweepStatus};
use presence_model::queue::{QueueMember, QueueSegment, QueueState};

const LIGHT: RateLimit = RateLimit {
    limit: 50,
    window_ms: 60_000,
};

fn at(ms: i64) -> Timestamp {
    Timestamp::saturating_from_ms(1_800_000_000_000 + ms)
}

fn rounds(count: i64) -> Rounds {
    let mut rounds = Rounds::new(60_000);
    rounds.set((1..=count).map(QueueId), LIGHT);
    rounds
}

#[track_caller]
fn check_round(count: usize, round_s: i64) {
    assert_eq!(round_ms(count, 60_000, LIGHT), round_s * 1_000, "{count}");
}

#[test]
fn many_queues_share_the_minute_in_rounds() {
    check_round(0, 60);
    check_round(1, 60);
    check_round(30, 60);
    check_round(31, 70);
    check_round(43, 90);
    check_round(61, 130);
    check_round(1_500, 3_000);
    assert_eq!(round_ms(3, 600_000, LIGHT), 600_000);
    assert_eq!(round_ms(3, 10_000, LIGHT), 10_000);
    let small = RateLimit {
        limit: 2,
        window_ms: 60_000,
    };
    assert_eq!(round_ms(3, 60_000, small), 180_000);
    assert_eq!(plan_sentence(43, 90_000), "43 call queues: each every 90 s");
    assert_eq!(plan_sentence(1, 1_500), "1 call queue: each every 1500 ms");
}

/// Asks as the loop does, but for the first seconds of each minute, which a sweep takes; when each queue was asked.
fn asked(rounds: &mut Rounds, until_ms: i64, busy_ms: i64) -> Vec<(i64, QueueId)> {
    let mut now_ms = 0;
    let mut asked = Vec::new();
    while now_ms < until_ms {
        let into_slot_ms = now_ms % 60_000;
        if into_slot_ms < busy_ms {
            now_ms += busy_ms - into_slot_ms;
            continue;
        }
        match rounds.next(at(now_ms)) {
            Next::Ask(queue) => {
                rounds.note(queue, (at(now_ms), at(now_ms + 150)), Came::Answer);
                asked.push((now_ms, queue));
                now_ms += 150;
            }
            Next::Wait(until) => now_ms = until.since_ms(at(0)).max(now_ms + 1),
            Next::Nothing => break,
        }
    }
    asked
}

#[test]
fn each_queue_has_its_turn_and_no_minute_has_more_than_its_share() {
    for (count, busy_ms) in [
        (1, 0),
        (7, 3_000),
        (30, 20_000),
        (43, 3_000),
        (60, 40_000),
        (300, 0),
    ] {
        let mut rounds = rounds(count);
        let round_ms = rounds.round_ms(at(0));
        let asked = asked(&mut rounds, 3_600_000, busy_ms);
        for (index, (now_ms, _)) in asked.iter().enumerate() {
            let window = asked[..=index].iter().rev();
            let within = window.take_while(|(earlier, _)| now_ms - earlier < 60_000);
            assert!(within.count() <= 30, "{count} queues at {now_ms}");
        }
        for queue in (1..=count).map(QueueId) {
            let times: Vec<i64> = asked
                .iter()
                .filter(|one| one.1 == queue)
                .map(|one| one.0)
                .collect();
            let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max();
            let longest = longest.expect("more than once an hour");
            // What a sweep takes of a minute is made up for in the rest of it.
            assert!(longest <= round_ms + 60_000, "{count} queues: {longest}");
            let shortest = times.windows(2).map(|pair| pair[1] - pair[0]).min();
            assert!(shortest.expect("more than once an hour") >= round_ms.min(60_000));
        }
    }
}

#[test]
fn an_answer_holds_for_three_rounds_or_as_long_as_its_queue_had_to_wait() {
    let mut rounds = rounds(2);
    assert_eq!(rounds.valid_for_ms(QueueId(1), at(0)), 180_000);
    rounds.note(QueueId(1), (at(0), at(100)), Came::Answer);
    assert_eq!(rounds.valid_for_ms(QueueId(1), at(61_000)), 183_000);
    assert_eq!(rounds.valid_for_ms(QueueId(1), at(150_000)), 450_000);
    assert_eq!(rounds.valid_for_ms(QueueId(1), at(9_000_000)), 720_000);
}

#[test]
fn what_fails_is_asked_less_often() {
    let mut rounds = rounds(3);
    rounds.note(QueueId(1), (at(0), at(100)), Came::Forbidden);
    assert_eq!(rounds.next(at(100)), Next::Ask(QueueId(2)));
    assert_eq!(rounds.count(at(100)), 2);
    rounds.note(QueueId(2), (at(200), at(300)), Came::Nothing);
    rounds.note(QueueId(3), (at(400), at(500)), Came::Nothing);
    assert_eq!(rounds.next(at(500)), Next::Wait(at(60_200)));
    rounds.note(QueueId(2), (at(60_200), at(60_300)), Came::Nothing);
    // Three failures in a row: a pause.
    assert_eq!(rounds.next(at(60_500)), Next::Wait(at(120_300)));
    let until = at(200_000);
    rounds.note(
        QueueId(3),
        (at(120_300), at(120_400)),
        Came::UsedUp { until },
    );
    assert_eq!(rounds.next(at(180_500)), Next::Wait(until));
    assert_eq!(rounds.next(at(3_600_100)), Next::Ask(QueueId(2)));
    for queue in [2, 3] {
        rounds.note(QueueId(queue), (at(3_600_100), at(3_600_200)), Came::Answer);
    }
    assert_eq!(rounds.next(at(3_600_200)), Next::Ask(QueueId(1)));
    let mut none = Rounds::new(60_000);
    none.set([], LIGHT);
    assert_eq!(none.next(at(0)), Next::Nothing);
}

#[test]
fn a_clock_that_was_set_back_stops_nothing() {
    let mut rounds = rounds(1);
    rounds.note(QueueId(1), (at(7_200_000), at(7_200_100)), Came::Answer);
    assert_eq!(rounds.next(at(0)), Next::Ask(QueueId(1)));
}

fn answer(queue: i64, requested_ms: i64, received_ms: i64) -> QueueSweep {
    QueueSweep {
        queue_id: QueueId(queue),
        requested_at: at(requested_ms),
        received_at: at(received_ms),
        valid_for_ms: 180_000,
        outcome: QueueOutcome::Read(vec![QueueMember {
            extension_id: ExtensionId(101),
            accepts: Some(true),
        }]),
    }
}

fn sweep(finished_ms: i64) -> Sweep {
    let plan = super::super::sweep::Plan {
        account_id: AccountId(1),
        idempotency_key: "poll:1".to_owned(),
        valid_for_ms: 180_000,
        by: at(finished_ms),
    };
    let sweep =
        super::super::sweep::unseen(&plan, SweepStatus::Failed, at(finished_ms), Cause::Late, "");
    assert_eq!(sweep.source, Source::Poll);
    sweep
}

/// The times at which answers were received.
fn times(sweeps: &[QueueSweep]) -> Vec<(i64, i64)> {
    let times = sweeps
        .iter()
        .map(|one| (one.queue_id.0, one.received_at.since_ms(at(0))));
    times.collect()
}

#[test]
fn what_waits_goes_with_the_next_sweep_that_is_kept() {
    let known = AccountState::new(AccountId(1));
    let mut queues = Queues::new(Some(QueueSettings {
        round_ms_min: 60_000,
    }));
    for waiting in [
        answer(1, 100, 200),
        answer(2, 300, 400),
        answer(1, 60_100, 60_200),
    ] {
        queues.keep(waiting);
    }
    let mut first = sweep(1_000);
    assert_eq!(queues.attach(&mut first, &known), []);
    assert_eq!(times(&first.queue_sweeps), [(1, 200), (2, 400)]);
    // The sweep was lost: what it had goes with the next one.
    let mut second = sweep(61_000);
    assert_eq!(queues.attach(&mut second, &known), []);
    assert_eq!(
        times(&second.queue_sweeps),
        [(1, 200), (2, 400), (1, 60_200)]
    );
    queues.delivered(second.finished_at);
    let mut third = sweep(120_000);
    queues.attach(&mut third, &known);
    assert_eq!(third.queue_sweeps, []);
}

#[test]
fn what_does_not_follow_the_history_is_left_out() {
    let mut known = AccountState::new(AccountId(1));
    known.queues.insert(
        QueueId(1),
        QueueState {
            segment: QueueSegment {
                from: at(0),
                until: at(900),
                answered_at: at(1_000),
                valid_for_ms: 180_000,
            },
            members: BTreeMap::new(),
        },
    );
    assert_eq!(known.position, Position(0));
    let mut queues = Queues::new(None);
    for waiting in [
        answer(1, 1_000, 1_100),
        answer(1, 1_001, 1_100),
        answer(1, 1_100, 1_200),
        answer(1, 1_101, 1_200),
        answer(2, 500, 400),
        answer(2, 500, 500),
    ] {
        queues.keep(waiting);
    }
    let mut next = sweep(2_000);
    let refused = queues.attach(&mut next, &known);
    assert_eq!(times(&refused), [(1, 1_100), (1, 1_200), (2, 400)]);
    assert_eq!(
        times(&next.queue_sweeps),
        [(1, 1_100), (1, 1_200), (2, 500)]
    );
    // Also where the history does not show it yet, as while sweeps wait in the spool.
    queues.delivered(next.finished_at);
    queues.keep(answer(2, 500, 600));
    let mut again = sweep(3_000);
    assert_eq!(times(&queues.attach(&mut again, &known)), [(2, 600)]);
}

#[test]
fn few_answers_wait_however_long_the_store_is_away() {
    let mut queues = Queues::new(None);
    for index in 0..3_000 {
        queues.keep(answer(1, index * 10, index * 10 + 5));
    }
    assert_eq!(queues.waiting.len(), WAITING_MAX);
    assert_eq!(queues.waiting[0].requested_at, at(10_000));
}

#[test]
fn a_member_has_left_when_two_answers_lack_them() {
    let known = AccountState::new(AccountId(1));
    let mut queues = Queues::new(None);
    let mut told = |ids: &[i64]| {
        let members = ids.iter().map(|id| QueueMember {
            extension_id: ExtensionId(*id),
            accepts: Some(true),
        });
        let answered = QueueOutcome::Read(members.collect());
        match queues.believed(answered, QueueId(1), &known) {
            QueueOutcome::Read(members) => Ok(members.len()),
            QueueOutcome::Failed { cause, sentence } => Err((cause, sentence)),
        }
    };
    let missing = |count: usize, of: usize| {
        let text = format!(
            "{count} of {of} members are missing from the answer; the next one shows whether they left"
        );
        Err((Cause::Implausible, text))
    };
    assert_eq!(told(&[101, 102, 103]), Ok(3));
    assert_eq!(told(&[101, 102, 103, 104]), Ok(4));
    // One odd answer.
    assert_eq!(told(&[]), missing(4, 4));
    assert_eq!(told(&[101, 102, 103, 104]), Ok(4));
    // Someone left, and then another one.
    assert_eq!(told(&[102, 103, 104]), missing(1, 4));
    assert_eq!(told(&[103, 104]), missing(2, 4));
    assert_eq!(told(&[103, 104]), Ok(2));
    assert_eq!(told(&[103, 104]), Ok(2));
}

#[test]
fn who_was_a_member_is_known_from_the_history() {
    let mut known = AccountState::new(AccountId(1));
    let member = presence_model::queue::MemberState {
        accepts: presence_model::queue::Accepts::SignedIn,
        since: at(0),
        not_before: None,
        position: Position(1),
    };
    known.queues.insert(
        QueueId(1),
        QueueState {
            segment: QueueSegment {
                from: at(0),
                until: at(900),
                answered_at: at(1_000),
                valid_for_ms: 180_000,
            },
            members: [(ExtensionId(101), member)].into(),
        },
    );
    let mut queues = Queues::new(None);
    let empty = || QueueOutcome::Read(Vec::new());
    let first = queues.believed(empty(), QueueId(1), &known);
    assert!(matches!(first, QueueOutcome::Failed { .. }), "{first:?}");
    assert_eq!(queues.believed(empty(), QueueId(1), &known), empty());
    assert_eq!(queues.believed(empty(), QueueId(2), &known), empty());
}
