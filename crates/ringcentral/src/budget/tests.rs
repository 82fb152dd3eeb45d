//! The budget against a platform that counts, and against headers that make no sense.

use proptest::prelude::*;

use super::*;

const SWEEP: Endpoint = Endpoint {
    name: "account presence",
    group: "heavy",
};
const SINGLE: Endpoint = Endpoint {
    name: "one presence",
    group: "light",
};

fn granted(budget: &mut Budget, endpoint: Endpoint, now_ms: i64) -> Ticket {
    match budget.permit(endpoint, now_ms) {
        Permit::Granted(ticket) => ticket,
        Permit::WaitUntil(at) => panic!("has to wait until {at}"),
    }
}

fn told(group: &str, limit: u32, remaining: u32) -> Feedback {
    Feedback {
        group: Some(RateGroup::new(group)),
        limit: Some(limit),
        remaining: Some(remaining),
        window_ms: Some(60_000),
        refused: None,
        answered: true,
    }
}

#[test]
fn stays_one_below_the_limit() {
    let mut budget = Budget::default();
    for sent in 0..9 {
        let ticket = granted(&mut budget, SWEEP, 0);
        budget.settle(ticket, &told("Heavy", 10, 9 - sent), 0);
    }
    assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(60_001));
    assert_eq!(budget.free(SINGLE, 0), 49, "groups are independent");
    let _ = granted(&mut budget, SWEEP, 60_001);
}

#[test]
fn others_who_use_the_same_credentials_count() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    budget.settle(ticket, &told("heavy", 10, 1), 100);
    assert_eq!(budget.free(SWEEP, 100), 0);
    assert_eq!(budget.permit(SWEEP, 100), Permit::WaitUntil(60_101));
}

#[test]
fn nothing_remaining_means_a_whole_window() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SINGLE, 0);
    budget.settle(ticket, &told("light", 50, 0), 7);
    assert!(matches!(
        budget.permit(SINGLE, 7),
        Permit::WaitUntil(60_007..)
    ));
}

#[test]
fn a_refusal_blocks_its_group_for_as_long_as_it_says() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    let refused = Feedback {
        refused: Some(Some(45_000)),
        remaining: None,
        ..told("heavy", 10, 0)
    };
    budget.settle(ticket, &refused, 1_000);
    assert_eq!(budget.permit(SWEEP, 45_999), Permit::WaitUntil(46_000));
    assert!(matches!(budget.permit(SINGLE, 45_999), Permit::Granted(_)));
    let _ = granted(&mut budget, SWEEP, 46_000);
}

#[test]
fn a_refusal_without_a_time_costs_the_penalty() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    let refused = Feedback {
        refused: Some(None),
        remaining: None,
        ..told("heavy", 10, 0)
    };
    budget.settle(ticket, &refused, 0);
    assert_eq!(budget.permit(SWEEP, 1), Permit::WaitUntil(60_000));
}

#[test]
fn a_refusal_that_names_no_group_blocks_everything() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    let refused = Feedback {
        refused: Some(None),
        ..Feedback::default()
    };
    budget.settle(ticket, &refused, 0);
    assert_eq!(budget.permit(SINGLE, 0), Permit::WaitUntil(30_000));
    assert_eq!(budget.free(SINGLE, 0), 0);
}

#[test]
fn an_endpoint_moves_to_the_group_that_responses_name() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    budget.settle(ticket, &told("presence-bulk", 3, 2), 0);
    assert_eq!(
        budget.limit_of(SWEEP),
        RateLimit {
            limit: 3,
            window_ms: 60_000
        }
    );
    assert_eq!(budget.free(SWEEP, 0), 1);
}

#[test]
fn an_answer_that_never_came_still_counts() {
    let mut budget = Budget::default();
    for _ in 0..9 {
        let _ = granted(&mut budget, SWEEP, 0);
    }
    assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(120_000));
}

#[test]
fn a_limit_that_no_platform_has_costs_one_window_and_no_memory() {
    let mut budget = Budget::default();
    let ticket = granted(&mut budget, SWEEP, 0);
    let capped = budget.settle(ticket, &told("heavy", u32::MAX, 1), 0);
    let shown: Vec<String> = capped.iter().map(Capped::to_string).collect();
    assert_eq!(
        shown,
        ["X-Rate-Limit-Limit 4294967295 is out of bounds; 10000 is used"]
    );
    assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(60_001));
    assert_eq!(budget.free(SWEEP, 60_001), 9_999);
}

/// What a refusal costs that asks for so long.
fn refuse(budget: &mut Budget, retry_after_ms: i64, now_ms: i64) -> i64 {
    let ticket = granted(budget, SWEEP, now_ms);
    let refused = Feedback {
        group: Some(RateGroup::new("heavy")),
        refused: Some(Some(retry_after_ms)),
        ..Feedback::default()
    };
    let capped = budget.settle(ticket, &refused, now_ms);
    assert_eq!(capped.len(), usize::from(retry_after_ms > 600_000));
    match budget.permit(SWEEP, now_ms) {
        Permit::WaitUntil(at_ms) => at_ms - now_ms,
        Permit::Granted(_) => 0,
    }
}

#[test]
fn one_odd_wait_costs_ten_minutes_and_one_that_is_meant_is_obeyed() {
    const DAY_MS: i64 = 86_400_000;
    const MINUTE_MS: i64 = 60_000;
    let mut budget = Budget::default();
    let mut now_ms = 0;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let wait_ms = refuse(&mut budget, 4_294_967_295_000, now_ms);
        waits.push(wait_ms / MINUTE_MS);
        now_ms += wait_ms;
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440]);
    let ticket = granted(&mut budget, SWEEP, now_ms);
    let _ = budget.settle(ticket, &told("heavy", 10, 9), now_ms);
    assert_eq!(refuse(&mut budget, DAY_MS, now_ms), 10 * MINUTE_MS);
    let later_ms = now_ms + 10 * MINUTE_MS;
    assert_eq!(refuse(&mut budget, 45_000, later_ms), 45_000);
}

#[test]
fn a_clock_that_is_set_back_does_not_prolong_a_wait_beyond_a_day() {
    let mut budget = Budget::default();
    let year_ms = 365 * 86_400_000;
    assert_eq!(refuse(&mut budget, 60_000, year_ms), 60_000);
    assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(WAIT_MS_MAX));
    let ticket = granted(&mut budget, SINGLE, year_ms);
    let _ = budget.settle(ticket, &told("light", 2, 0), year_ms);
    assert!(matches!(budget.permit(SINGLE, 0), Permit::WaitUntil(at_ms) if at_ms <= WAIT_MS_MAX));
}

#[test]
fn groups_are_few_and_have_names() {
    let mut budget = Budget::default();
    for number in 0..1_000 {
        let ticket = match budget.permit(SWEEP, number * 600_000) {
            Permit::Granted(ticket) => ticket,
            Permit::WaitUntil(at_ms) => panic!("waits until {at_ms}"),
        };
        let _ = budget.settle(
            ticket,
            &told(&format!("g{number}"), 10, 9),
            number * 600_000,
        );
    }
    assert!(budget.standing(0).len() <= 16);
    for no_name in ["", " ", "a b", "heavy\"", "grün", &"x".repeat(33)] {
        assert_eq!(RateGroup::told(no_name), None, "{no_name}");
    }
    assert_eq!(RateGroup::told(" Heavy "), Some(RateGroup::new("heavy")));
}

/// The platform's side of it: a sliding window, and a penalty that every request prolongs.
struct Platform {
    limit: u32,
    window_ms: i64,
    seen_ms: Vec<i64>,
}

impl Platform {
    /// Counts a request that arrives at `at_ms`; how many are in the window then, this one included.
    fn arrive(&mut self, at_ms: i64) -> u32 {
        self.seen_ms.push(at_ms);
        let from_ms = at_ms - self.window_ms;
        let in_window = self.seen_ms.iter().filter(|seen| **seen >= from_ms).count();
        u32::try_from(in_window).expect("few")
    }
}

proptest! {
    #[test]
    fn the_platform_never_counts_up_to_its_limit(
        limit in 2_u32..15,
        window_s in 1_i64..120,
        legs in proptest::collection::vec((0_i64..20_000, 0_i64..3_000, 0_i64..3_000, any::<bool>()), 1..120),
    ) {
        let mut platform = Platform { limit, window_ms: window_s * 1_000, seen_ms: Vec::new() };
        let mut budget = Budget::default();
        let mut now_ms = 0;
        for (pause_ms, there_ms, back_ms, has_headers) in legs {
            now_ms += pause_ms;
            let ticket = match budget.permit(SWEEP, now_ms) {
                Permit::Granted(ticket) => ticket,
                Permit::WaitUntil(at_ms) => {
                    prop_assert!(at_ms > now_ms);
                    now_ms = at_ms;
                    match budget.permit(SWEEP, now_ms) {
                        Permit::Granted(ticket) => ticket,
                        Permit::WaitUntil(_) => return Err(TestCaseError::fail("was told to wait until now")),
                    }
                }
            };
            let counted = platform.arrive(now_ms + there_ms);
            prop_assert!(counted < limit, "{counted} of {limit}");
            now_ms += there_ms + back_ms;
            let first = platform.seen_ms.len() == 1;
            let feedback = if has_headers || first {
                Feedback {
                    group: Some(RateGroup::new("heavy")),
                    limit: Some(platform.limit),
                    remaining: Some(platform.limit - counted),
                    window_ms: Some(platform.window_ms),
                    refused: None,
                    answered: true,
                }
            } else {
                Feedback::default()
            };
            budget.settle(ticket, &feedback, now_ms);
        }
    }

    #[test]
    fn nothing_passes_during_a_penalty(
        retry_after_s in proptest::option::of(1_i64..600),
        names_group in any::<bool>(),
        asked_ms in proptest::collection::vec(0_i64..700_000, 1..20),
    ) {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        let feedback = Feedback {
            group: names_group.then(|| RateGroup::new("heavy")),
            refused: Some(retry_after_s.map(|seconds| seconds * 1_000)),
            ..Feedback::default()
        };
        budget.settle(ticket, &feedback, 0);
        let end_ms = retry_after_s.map_or(if names_group { 60_000 } else { 30_000 }, |s| s * 1_000);
        for at_ms in asked_ms {
            let passes = budget.free(SWEEP, at_ms) > 0;
            prop_assert_eq!(passes, at_ms >= end_ms);
        }
    }

    #[test]
    fn whatever_the_headers_say_nothing_waits_long_or_panics(
        legs in proptest::collection::vec(
            (
                -100_000_000_i64..100_000_000,
                proptest::option::of(any::<u32>()),
                proptest::option::of(prop_oneof![0_u32..20, any::<u32>()]),
                proptest::option::of(any::<i64>()),
                proptest::option::of(proptest::option::of(any::<i64>())),
                any::<Option<bool>>(),
            ),
            1..60,
        ),
    ) {
        let mut budget = Budget::default();
        let mut now_ms = 1_793_600_000_000_i64;
        for (pause_ms, limit, remaining, window_ms, refused, group) in legs {
            now_ms += pause_ms;
            let ticket = match budget.permit(SWEEP, now_ms) {
                Permit::Granted(ticket) => ticket,
                Permit::WaitUntil(at_ms) => {
                    prop_assert!(at_ms > now_ms && at_ms <= now_ms + WAIT_MS_MAX, "{}", at_ms - now_ms);
                    continue;
                }
            };
            let feedback = Feedback {
                group: group.map(|is_heavy| RateGroup::new(if is_heavy { "heavy" } else { "odd" })),
                limit,
                remaining,
                window_ms,
                refused,
                answered: refused.is_none(),
            };
            let _ = budget.settle(ticket, &feedback, now_ms);
            let rate = budget.limit_of(SWEEP);
            prop_assert!((1..=10_000).contains(&rate.limit));
            prop_assert!((1_000..=600_000).contains(&rate.window_ms));
            prop_assert!(budget.free(SWEEP, now_ms) <= rate.limit);
        }
    }

    #[test]
    fn ends_are_those_of_all_requests_in_order(
        ours in proptest::collection::vec(0_i64..20, 0..8),
        foreign_count in 0_u32..8,
        foreign_until_ms in 0_i64..20,
    ) {
        let spent = |until_ms: &i64| Spent { number: 0, until_ms: *until_ms, is_settled: true };
        let group = Group {
            spent: ours.iter().map(spent).collect(),
            foreign_count,
            foreign_until_ms,
            ..Group::new(RateLimit { limit: 1, window_ms: 1 })
        };
        let mut ends = ours;
        ends.extend((0..foreign_count).map(|_| foreign_until_ms));
        ends.sort_unstable();
        let found: Vec<i64> = (0..ends.len()).map(|index| group.end_ms(index)).collect();
        prop_assert_eq!(found, ends);
    }
}
