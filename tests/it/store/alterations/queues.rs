//! Alterations of what is kept of queues.

use super::world::World;
use crate::store::database::ACCOUNT;

impl World {
    pub(super) fn of_queues(&self) -> Vec<(&'static str, String)> {
        let of_sweep = |set: String| {
            format!(
                "update queue_sweep set {set} where status = 0 \
                 and snapshot_no = (select min(snapshot_no) from queue_sweep where status = 0)"
            )
        };
        let of_failed = |set: &str| format!("update queue_sweep set {set} where status = 1");
        let of_change = |set: &str| {
            format!(
                "update queue_change set {set} where position = (select max(position) from queue_change)"
            )
        };
        vec![
            (
                "snapshot-queue-count",
                "update snapshot set queue_sweep_count = queue_sweep_count + 1".to_owned(),
            ),
            (
                "queue-sweep-deleted",
                "delete from queue_sweep where status = 1".to_owned(),
            ),
            (
                "queue-sweep-requested",
                of_sweep(format!(
                    "requested_at = {}",
                    self.plus("requested_at", 7_200_000)
                )),
            ),
            (
                "queue-sweep-valid-for",
                "update queue_sweep set valid_for_ms = 1".to_owned(),
            ),
            ("queue-sweep-unreadable", of_sweep("status = 9".to_owned())),
            (
                "queue-sweep-members",
                of_sweep("member_count = 4711".to_owned()),
            ),
            ("queue-sweep-cause", of_failed("cause = 'altered'")),
            ("queue-sweep-detail", of_failed("detail = 'altered'")),
            ("queue-change-queue", of_change("queue_id = 4711")),
            (
                "queue-change-accepts",
                of_change("accepts = previous_accepts"),
            ),
            ("queue-change-unreadable", of_change("accepts = 9")),
            (
                "queue-change-deleted",
                "delete from queue_change".to_owned(),
            ),
            (
                "queue-change-added",
                format!("insert into queue_change values ({ACCOUNT}, 1, 4711, 1, null)"),
            ),
            (
                "queue-interval-altered",
                "update queue_interval set accepts = (accepts + 1) % 3".to_owned(),
            ),
            (
                "queue-interval-deleted",
                "delete from queue_interval where until is not null".to_owned(),
            ),
            (
                "queue-coverage-altered",
                format!(
                    "update queue_coverage set until = {}",
                    self.plus("until", 1)
                ),
            ),
        ]
    }
}
