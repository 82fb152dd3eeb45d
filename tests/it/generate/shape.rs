//! A generated history is plausible.

use std::collections::HashMap;

use presence_generate::Sweeps;
use presence_model::ids::ExtensionId;
use presence_model::observation::SweepStatus;
use presence_model::state::Presence;

use super::history;

const DAY_MS: i64 = 86_400_000;

#[test]
fn people_change_twenty_five_to_fifty_times_a_workday() {
    let config = history(7, 60, 5, 60_000);
    let mut upcoming = Sweeps::new(config);
    let people: Vec<ExtensionId> = upcoming
        .world()
        .extensions()
        .iter()
        .filter(|one| {
            one.is_person() && one.schedule.weekdays == [true, true, true, true, true, false, false]
        })
        .filter(|one| one.schedule.length_minutes >= 480 && !one.habits.hides_presence)
        .map(|one| ExtensionId(one.id))
        .collect();
    let mut shown: HashMap<ExtensionId, Presence> = HashMap::new();
    let mut changes: HashMap<(ExtensionId, i64), usize> = HashMap::new();
    while let Some(next) = upcoming.next_sweep() {
        let day = next.sweep.started_at.as_ms() / DAY_MS;
        for seen in &next.sweep.observations {
            let before = shown.insert(seen.extension_id, seen.presence.clone());
            if before.is_some_and(|before| before != seen.presence)
                && people.contains(&seen.extension_id)
            {
                *changes.entry((seen.extension_id, day)).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<usize> = changes.into_values().collect();
    counts.sort_unstable();
    let mean = counts.iter().sum::<usize>() / counts.len();
    assert!((25..=50).contains(&mean), "{mean} of {counts:?}");
}

#[test]
fn sweeps_run_forward_and_skip_outages() {
    let config = history(7, 12, 21, 600_000);
    let mut upcoming = Sweeps::new(config);
    let outages = upcoming.outages().clone();
    assert!(outages.segments().len() > 2);
    let (mut last_ms, mut count, mut failed) = (i64::MIN, 0, 0);
    while let Some(next) = upcoming.next_sweep() {
        let sweep = next.sweep;
        assert!(sweep.started_at.as_ms() > last_ms);
        assert_eq!(outages.until(sweep.started_at.as_ms()), None);
        let inside = sweep.observations.iter().all(|seen| {
            sweep.started_at <= seen.requested_at
                && seen.requested_at < seen.received_at
                && seen.received_at <= sweep.finished_at
        });
        assert!(inside);
        last_ms = sweep.finished_at.as_ms();
        count += 1;
        failed += usize::from(sweep.status == SweepStatus::Failed);
    }
    let slots = 21 * 144;
    assert!(
        (slots * 7 / 10..slots).contains(&count),
        "{count} of {slots}"
    );
    assert!(failed < count / 100);
}
