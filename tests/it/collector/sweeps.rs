//! One sweep: what it saw, what it missed, and what it concludes.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_collector::sweep::{Plan, sweep};
use presence_model::diff::diff;
use presence_model::ids::ExtensionId;
use presence_model::known::AccountState;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::projection::{Delta, fold};
use presence_ringcentral::SourceError;

use super::scripted::{Happening, Platform, unavailable};
use super::{ACCOUNT, MINUTE_MS, START_MS, at};

struct Case {
    clock: Arc<VirtualClock>,
    platform: Platform,
    known: AccountState,
}

impl Case {
    /// This many people, three to a page.
    fn of(people: i64) -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        let platform = Platform::new(&clock, people);
        platform.change(|office| office.page_size = 3);
        Self {
            clock,
            platform,
            known: AccountState::new(ACCOUNT),
        }
    }

    async fn try_sweep(&self) -> Result<Sweep, SourceError> {
        let now_ms = self.clock.now_ms();
        let plan = Plan {
            account_id: ACCOUNT,
            idempotency_key: format!("poll:{now_ms}"),
            valid_for_ms: 3 * MINUTE_MS,
            by: at(now_ms + 55_000),
        };
        sweep(&self.platform, &*self.clock, &plan, &self.known).await
    }

    async fn one_sweep(&self) -> Sweep {
        self.try_sweep().await.expect("nothing stops it")
    }

    /// Makes a sweep, and adds what it saw to what is known.
    async fn know(&mut self) -> Sweep {
        let one_sweep = self.one_sweep().await;
        let snapshot = diff(&self.known, &one_sweep).expect("it follows");
        fold(&mut self.known, &snapshot, &mut Delta::default());
        self.clock.advance(MINUTE_MS);
        one_sweep
    }
}

fn ids(one_sweep: &Sweep) -> Vec<i64> {
    one_sweep
        .observations
        .iter()
        .map(|seen| seen.extension_id.0)
        .collect()
}

#[tokio::test]
async fn all_pages_make_a_complete_sweep_each_with_its_own_times() {
    let case = Case::of(7);
    case.platform.next("page 1", [Happening::Takes(400)]);
    case.platform.next("page 2", [Happening::Takes(1_000)]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    assert_eq!(ids(&one_sweep), [101, 102, 103, 104, 105, 106, 107]);
    assert_eq!(one_sweep.expected_count, Some(7));
    assert_eq!(one_sweep.detail, None);
    let times = |index: usize| {
        let seen = &one_sweep.observations[index];
        let ms = |at: presence_model::time::Timestamp| at.as_ms() - START_MS;
        (ms(seen.requested_at), ms(seen.received_at))
    };
    assert_eq!(
        (times(0), times(3), times(6)),
        ((0, 400), (400, 1_400), (1_400, 1_400))
    );
    assert_eq!(one_sweep.started_at, at(START_MS));
    assert_eq!(one_sweep.finished_at, at(START_MS + 1_400));
    assert_eq!(case.platform.calls(), ["page 1", "page 2", "page 3"]);
}

#[tokio::test]
async fn a_page_that_failed_is_requested_again() {
    let case = Case::of(7);
    case.platform
        .next("page 2", [Happening::Fails(unavailable())]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    assert_eq!(
        case.platform.calls(),
        ["page 1", "page 2", "page 3", "page 2"]
    );
}

#[tokio::test]
async fn a_page_that_stays_away_does_not_undo_the_others() {
    for missing in 1..=3 {
        let mut case = Case::of(7);
        case.know().await;
        // Page 2 or 3 shows how many pages there are, if page 1 is missing and more than one is expected.
        case.known.present_count = 2_500;
        let call = format!("page {missing}");
        case.platform.next(
            &call,
            [
                Happening::Fails(unavailable()),
                Happening::Fails(unavailable()),
            ],
        );
        let one_sweep = case.one_sweep().await;
        assert_eq!(one_sweep.status, SweepStatus::Partial);
        assert_eq!(
            one_sweep.observations.len(),
            if missing == 3 { 6 } else { 4 }
        );
        assert_eq!(
            one_sweep.detail,
            Some(format!(
                "unavailable: page {missing} is missing: it could not be read: 503"
            ))
        );
        assert_eq!(one_sweep.expected_count, Some(7));
    }
}

#[tokio::test]
async fn without_any_page_it_failed_and_says_why() {
    let mut case = Case::of(7);
    case.know().await;
    case.known.present_count = 9_000;
    for page in 1..10 {
        let fails = (0..3).map(|_| Happening::Fails(unavailable()));
        case.platform.next(&format!("page {page}"), fails);
    }
    let asked_before = case.platform.calls().len();
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Failed);
    let detail = one_sweep.detail.expect("a reason");
    assert!(
        detail.starts_with("unavailable: page 1 is missing: it could not be read: 503"),
        "{detail}"
    );
    assert!(
        case.platform.calls().len() - asked_before <= 4,
        "an outage is not hammered"
    );
}

#[tokio::test]
async fn what_repeating_does_not_change_is_not_repeated() {
    let case = Case::of(7);
    let refused = SourceError::Refused {
        what: "it",
        why: "400".to_owned(),
    };
    case.platform.next("page 3", [Happening::Fails(refused)]);
    assert_eq!(case.one_sweep().await.status, SweepStatus::Partial);
    assert_eq!(case.platform.count("page 3"), 1);
}

#[tokio::test]
async fn a_total_that_changes_makes_it_partial() {
    let case = Case::of(7);
    let grow = |office: &mut super::scripted::Office| {
        office.people.insert(100, "Busy");
    };
    case.platform
        .next("page 2", [Happening::Changes(Box::new(grow))]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Partial);
    assert_eq!(
        one_sweep.detail.as_deref(),
        Some("inconsistent: the number of extensions changed from 7 to 8 between pages")
    );
}

#[tokio::test]
async fn a_short_page_makes_it_partial() {
    let case = Case::of(7);
    case.platform.change(|office| office.short_page = Some(2));
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Partial);
    assert_eq!(
        one_sweep.detail.as_deref(),
        Some("inconsistent: page 2 has 2 records but says 3")
    );
}

#[tokio::test]
async fn anyone_who_comes_twice_is_kept_twice_and_the_one_pushed_out_is_asked_for() {
    let mut case = Case::of(7);
    case.know().await;
    case.platform.change(|office| office.repeated_on = Some(2));
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    assert_eq!(ids(&one_sweep), [101, 102, 103, 103, 104, 105, 107, 106]);
    assert_eq!(case.platform.count("presence"), 1);
    assert!(one_sweep.not_found.is_empty());
}

#[tokio::test]
async fn a_record_that_comes_twice_counts_once() {
    let case = Case::of(7);
    case.platform.change(|office| office.doubles = true);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    assert_eq!(one_sweep.observations.len(), 10);
    assert_eq!(
        (one_sweep.observed_count(), one_sweep.expected_count),
        (7, Some(7))
    );
    // A total that counts the records counts the repeated ones, too.
    case.platform.change(|office| office.told_total = Some(10));
    let one_sweep = case.one_sweep().await;
    assert_eq!(
        (one_sweep.observed_count(), one_sweep.expected_count),
        (7, Some(7))
    );
}

#[tokio::test]
async fn a_total_that_the_list_contradicts_is_not_believed() {
    for (told, listed) in [(6, 7), (0, 7), (8, 7), (1_000_000, 7)] {
        let case = Case::of(7);
        case.platform
            .change(|office| office.told_total = Some(told));
        let one_sweep = case.one_sweep().await;
        assert_eq!(one_sweep.status, SweepStatus::Partial, "{told}");
        assert_eq!(one_sweep.expected_count, None, "{told}");
        let detail = format!(
            "inconsistent: the platform says that there are {told} extensions, and lists {listed}"
        );
        assert_eq!(one_sweep.detail, Some(detail));
    }
}

#[tokio::test]
async fn pages_that_never_end_are_left_when_they_show_nobody_new() {
    let case = Case::of(7);
    case.platform.change(|office| office.never_ends = true);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.observed_count(), 7);
    assert_eq!(
        case.platform.count("page"),
        4,
        "three pages, and an empty one"
    );
}

#[tokio::test]
async fn anyone_who_is_missing_is_asked_for_and_gone_if_not_found() {
    let mut case = Case::of(7);
    case.know().await;
    case.platform.change(|office| {
        office.people.remove(&104);
    });
    case.platform.next("presence 104", [Happening::Takes(50)]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.not_found.len(), 1);
    assert_eq!(one_sweep.not_found[0].extension_id, ExtensionId(104));
    assert_eq!(one_sweep.finished_at, one_sweep.not_found[0].received_at);
    let snapshot = diff(&case.known, &one_sweep).expect("it follows");
    assert_eq!(snapshot.events.len(), 1);
    assert!(snapshot.events[0].presence.is_none());
}

#[tokio::test]
async fn who_cannot_be_asked_for_is_left_to_a_later_sweep() {
    let mut case = Case::of(7);
    case.know().await;
    case.platform.change(|office| {
        office.people.remove(&104);
    });
    case.platform
        .next("presence 104", [Happening::Fails(unavailable())]);
    for _ in 0..3 {
        let one_sweep = case.know().await;
        assert_eq!(one_sweep.status, SweepStatus::Complete);
        assert!(one_sweep.not_found.is_empty());
        assert_eq!(case.known.present_count, 7, "nothing is concluded");
        case.platform
            .next("presence 104", [Happening::Fails(unavailable())]);
    }
    case.know().await;
    assert!(!case.one_sweep().await.not_found.is_empty());
}

#[tokio::test]
async fn a_partial_sweep_asks_for_nobody() {
    let mut case = Case::of(60);
    case.know().await;
    case.platform.change(|office| office.short_page = Some(2));
    case.one_sweep().await;
    assert_eq!(case.platform.count("presence"), 0);
}

#[tokio::test]
async fn if_many_are_missing_and_a_few_of_them_are_confirmed_gone_the_list_is_believed() {
    let mut case = Case::of(60);
    case.know().await;
    case.platform
        .change(|office| office.people.retain(|id, _| *id < 140));
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    // The first few are checked, and then the others, since they are not too many.
    assert_eq!(case.platform.count("presence"), 21);
    assert_eq!(one_sweep.not_found.len(), 21);

    let mut case = Case::of(300);
    case.know().await;
    case.platform
        .change(|office| office.people.retain(|id, _| *id < 371));
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Complete);
    assert_eq!(case.platform.count("presence"), 5);
    // These five are gone at once, the others with the next sweep that lacks them.
    let snapshot = diff(&case.known, &one_sweep).expect("it follows");
    assert_eq!((snapshot.events.len(), snapshot.unseen.len()), (5, 25));
}

#[tokio::test]
async fn many_who_are_missing_from_the_list_alone_are_not_believed_to_be_gone() {
    // Six of sixty are a tenth; seven are more.
    for (missing, status) in [(6, SweepStatus::Complete), (7, SweepStatus::Partial)] {
        let mut case = Case::of(60);
        case.know().await;
        case.platform.change(|office| office.unlisted = missing);
        for _ in 0..5 {
            let one_sweep = case.know().await;
            assert_eq!(
                one_sweep.status, status,
                "{missing}: {:?}",
                one_sweep.detail
            );
            assert_eq!(one_sweep.expected_count, Some(60 - missing));
        }
        let present = case.known.present_count;
        assert_eq!(present, 60, "nobody is gone");
        if status == SweepStatus::Partial {
            let detail = case.one_sweep().await.detail.expect("a reason");
            assert_eq!(
                detail,
                "implausible: 7 of 60 known extensions are missing at once, and of 5 requested individually, 5 \
                 exist: this is implausible"
            );
        }
    }
}

#[tokio::test]
async fn many_who_are_missing_and_cannot_be_asked_for_are_not_believed_to_be_gone() {
    let mut case = Case::of(60);
    case.know().await;
    case.platform
        .change(|office| office.people.retain(|id, _| *id < 140));
    case.platform
        .next("presence 140", [Happening::Fails(unavailable())]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Partial);
    let detail = one_sweep.detail.expect("a reason");
    assert!(
        detail.contains("none of them could be requested individually"),
        "{detail}"
    );
}

#[tokio::test]
async fn anyone_who_may_not_be_seen_is_not_gone() {
    let mut case = Case::of(7);
    case.know().await;
    case.platform.change(|office| office.unlisted = 2);
    let forbidden = SourceError::PermissionMissing("not this one".to_owned());
    for _ in 0..4 {
        let fails = Happening::Fails(forbidden.clone());
        case.platform.next("presence 106", [fails]);
        let one_sweep = case.know().await;
        assert_eq!(one_sweep.status, SweepStatus::Complete);
        assert_eq!(one_sweep.withheld, [ExtensionId(106)]);
        assert_eq!(
            one_sweep.detail.as_deref(),
            Some("withheld: extension 106 exists, but may not be seen")
        );
    }
    assert_eq!(case.known.present_count, 7);
    // Once the platform says that they are gone, they are.
    case.platform.change(|office| {
        office.unlisted = 0;
        office.people.remove(&106);
    });
    case.know().await;
    assert_eq!(case.known.present_count, 6);
}

#[tokio::test]
async fn an_account_of_nobody_is_a_failure() {
    let case = Case::of(0);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Failed);
    assert_eq!(
        one_sweep.detail.as_deref(),
        Some("inconsistent: the platform listed no one")
    );
}

#[tokio::test]
async fn a_clock_that_is_set_back_during_the_sweep_makes_it_fail() {
    let case = Case::of(7);
    case.platform.next("page 2", [Happening::Takes(-20_000)]);
    let one_sweep = case.one_sweep().await;
    assert_eq!(one_sweep.status, SweepStatus::Failed);
    assert!(one_sweep.observations.is_empty());
    assert!(one_sweep.finished_at >= one_sweep.started_at);
    let detail = one_sweep.detail.expect("a reason");
    assert!(detail.starts_with("clock: "), "{detail}");
    assert!(detail.contains("set back"), "{detail}");
}

#[tokio::test]
async fn what_needs_an_operator_stops_it() {
    for error in [
        SourceError::LoginRefused("no".to_owned()),
        SourceError::PermissionMissing("no".to_owned()),
    ] {
        let case = Case::of(7);
        case.platform
            .next("page 2", [Happening::Fails(error.clone())]);
        assert_eq!(case.try_sweep().await.expect_err("it stops"), error);
    }
}

#[tokio::test]
async fn the_largest_clock_difference_is_reported() {
    let case = Case::of(7);
    let ahead = |office: &mut super::scripted::Office| office.skew_ms = Some(-9_000);
    case.platform
        .next("page 3", [Happening::Changes(Box::new(ahead))]);
    assert_eq!(case.one_sweep().await.clock_skew_ms, Some(-9_000));
}
