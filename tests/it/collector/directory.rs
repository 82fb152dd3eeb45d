//! Names and groups of people, read in the time between sweeps.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_collector::directory::{Directory, Effort};
use presence_model::ids::ExtensionId;
use presence_model::known::AccountState;
use presence_model::profile::Profile;
use presence_ringcentral::{PresenceSource, SourceError};

use super::scripted::{Happening, Platform, unavailable};
use super::{ACCOUNT, START_MS, at};

struct Case {
    clock: Arc<VirtualClock>,
    platform: Platform,
    directory: Directory,
}

impl Case {
    async fn of(people: i64) -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        let platform = Platform::new(&clock, people);
        let account = platform
            .account(at(START_MS))
            .await
            .expect("an account")
            .value;
        let directory = Directory::new(&account, &AccountState::new(ACCOUNT));
        Self {
            clock,
            platform,
            directory,
        }
    }

    async fn try_work(&mut self, effort: Effort) -> Result<(), SourceError> {
        let now = at(self.clock.now_ms());
        self.directory.work(&self.platform, now, now, effort).await
    }

    async fn work(&mut self, effort: Effort) {
        self.try_work(effort).await.expect("nothing stops it");
    }

    /// What was learned about an extension since the last delivery, applied in order.
    fn profile(&self, id: i64) -> Profile {
        let mut profile = Profile::default();
        for entry in self.directory.learned() {
            if entry.extension_id == ExtensionId(id) {
                entry.update.apply(&mut profile);
            }
        }
        profile
    }

    fn zone(&self, id: i64) -> Option<String> {
        self.profile(id).time_zone
    }
}

#[tokio::test]
async fn lists_come_first_and_zones_of_sites_are_separate() {
    let mut case = Case::of(2).await;
    case.platform.change(|office| {
        office.queues = [(900, vec![101]), (901, vec![101, 102])].into();
    });
    case.work(Effort::Lists(10)).await;
    assert_eq!(
        case.platform.calls()[1..],
        [
            "sites 1",
            "list 1",
            "queues 1",
            "members 900",
            "members 901"
        ]
    );
    let first = case.profile(101);
    assert_eq!(first.name.as_deref(), Some("Extension 101"));
    assert_eq!(first.queues, ["Queue 900", "Queue 901"]);
    assert_eq!(first.time_zone, None, "nothing is known of their own");
    assert_eq!(case.zone(102), None);
    let zones = case.directory.untold_zones(at(START_MS));
    let shown: Vec<(&str, &str)> = zones
        .iter()
        .map(|zone| (zone.site.as_str(), zone.time_zone.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("", "America/Chicago"), ("West", "America/Los_Angeles")]
    );
    case.directory.zones_told();
    assert!(case.directory.untold_zones(at(START_MS)).is_empty());
}

#[tokio::test]
async fn an_extensions_own_time_zone_is_read_and_stays() {
    let mut case = Case::of(3).await;
    case.platform
        .change(|office| office.zones = [(101, "Europe/Berlin")].into());
    case.work(Effort::Any(100)).await;
    assert_eq!(case.platform.count("extension"), 3);
    assert_eq!(case.zone(101).as_deref(), Some("Europe/Berlin"));
    assert_eq!(case.zone(102), None, "the platform says none");
    let count = case.directory.learned().len();
    case.directory.delivered(count);
    assert!(case.directory.learned().is_empty());

    case.clock.advance(24 * 3_600_000);
    assert!(case.directory.has_work(at(case.clock.now_ms())));
    case.work(Effort::Any(100)).await;
    assert_eq!(case.platform.count("list"), 2, "lists daily");
    assert_eq!(case.platform.count("extension"), 3, "time zones weekly");
    assert_eq!(
        case.zone(101),
        None,
        "what is known is not reported again by a list"
    );
    case.clock.advance(6 * 24 * 3_600_000);
    case.work(Effort::Any(100)).await;
    assert_eq!(case.platform.count("extension"), 6);
}

#[tokio::test]
async fn a_few_at_a_time() {
    let mut case = Case::of(50).await;
    case.work(Effort::Lists(10)).await;
    assert_eq!(case.platform.count("extension"), 0);
    for asked in [20, 40, 50] {
        assert!(case.directory.has_work(at(START_MS)));
        case.work(Effort::Any(20)).await;
        assert_eq!(case.platform.count("extension"), asked);
    }
    assert!(!case.directory.has_work(at(START_MS)));
}

#[tokio::test]
async fn queues_are_reported_when_all_members_are_known() {
    let mut case = Case::of(2).await;
    case.platform.change(|office| {
        office.queues = [(900, vec![101]), (901, vec![102])].into();
    });
    case.platform
        .next("members 901", [Happening::Fails(unavailable())]);
    case.work(Effort::Any(100)).await;
    assert!(case.profile(101).queues.is_empty());
    assert_eq!(case.directory.take_warnings().len(), 1);
    case.work(Effort::Any(100)).await;
    assert_eq!(
        case.platform.count("members 901"),
        1,
        "after an error there is a pause"
    );
    case.clock.advance(60_000);
    case.work(Effort::Any(100)).await;
    assert_eq!(case.profile(101).queues, ["Queue 900"]);
    assert_eq!(case.profile(102).queues, ["Queue 901"]);
}

#[tokio::test]
async fn only_the_list_of_extensions_is_required() {
    let forbidden = || SourceError::PermissionMissing("not allowed".to_owned());
    let mut case = Case::of(2).await;
    case.platform
        .next("sites 1", [Happening::Fails(forbidden())]);
    case.platform
        .next("queues 1", [Happening::Fails(forbidden())]);
    case.work(Effort::Any(100)).await;
    assert_eq!(
        case.directory.take_warnings(),
        ["not allowed"],
        "many accounts have no sites"
    );
    let told = |entry: &presence_model::observation::DirectoryEntry| entry.update.queues.is_some();
    assert!(
        !case.directory.learned().iter().any(told),
        "nothing is known of queues"
    );
    assert_eq!(case.zone(102), None);
    let zones = case.directory.untold_zones(at(START_MS));
    assert_eq!(zones.len(), 1, "the account's alone");

    let mut case = Case::of(2).await;
    case.platform
        .next("list 1", [Happening::Fails(forbidden())]);
    assert_eq!(case.try_work(Effort::Any(100)).await, Err(forbidden()));
}

#[tokio::test]
async fn someone_new_brings_the_list_forward() {
    let mut case = Case::of(2).await;
    case.work(Effort::Any(100)).await;
    case.platform.change(|office| {
        office.people.insert(200, "Available");
    });
    let now = at(START_MS);
    let seen = case
        .platform
        .presence(ExtensionId(200), now)
        .await
        .expect("an answer");
    let seen = [seen.value.expect("it is there")];
    case.directory.note_seen(&seen, now);
    assert!(
        !case.directory.has_work(now),
        "not at once after the last list"
    );
    case.clock.advance(3_600_000);
    let later = at(case.clock.now_ms());
    case.directory.note_seen(&seen, later);
    assert!(case.directory.has_work(later));
    case.work(Effort::Any(100)).await;
    assert_eq!(case.profile(200).name.as_deref(), Some("Extension 200"));
    assert_eq!(case.platform.count("extension 200"), 1);
    assert_eq!(case.platform.count("extension 101"), 1);
}
