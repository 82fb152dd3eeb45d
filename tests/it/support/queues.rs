//! Sweeps of queues from a seed: some fail, some come late, members come and go.

use presence_model::cause::Cause;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::observation::Sweep;
use presence_model::queue::{QueueMember, QueueOutcome, QueueSweep};
use presence_model::time::Timestamp;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::sweeps::VALID_FOR_MS;

/// The queues of an office, and who may be a member.
pub(crate) struct Queues {
    random: ChaCha8Rng,
    queues: Vec<Queue>,
}

struct Queue {
    id: QueueId,
    people: Vec<(ExtensionId, Membership)>,
    answered_ms: i64,
}

/// What a response says of someone.
#[derive(Clone, Copy)]
enum Membership {
    Missing,
    NotSaid,
    Said(bool),
}

/// An extension that only queues name.
pub(crate) const STRANGER: ExtensionId = ExtensionId(62_264_499_999);

impl Queues {
    /// Queues of these people, and of one that only queues name.
    pub(crate) fn new(seed: u64, people: &[ExtensionId], start_ms: i64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed ^ 0x5175_6575_6573);
        let people = people.iter().take(3).copied().chain([STRANGER]);
        let people: Vec<_> = people.map(|id| (id, Membership::Missing)).collect();
        // One of them has the number of a person: nothing keeps a queue's extension from being observed too.
        let ids = [62_264_490_001, 62_264_490_002, people[0].0.0];
        let queues = ids.map(|id| Queue {
            id: QueueId(id),
            people: people.clone(),
            answered_ms: start_ms,
        });
        Self {
            random,
            queues: queues.into(),
        }
    }

    /// The sweeps that are part of `sweep`.
    pub(crate) fn sweeps(&mut self, sweep: &Sweep) -> Vec<QueueSweep> {
        let end_ms = sweep.finished_at.as_ms();
        let mut made = Vec::new();
        for queue in &mut self.queues {
            for _ in 0..self.random.random_range(0..3) {
                let earliest_ms = (end_ms - 40_000).max(queue.answered_ms + 1);
                if earliest_ms > end_ms {
                    break;
                }
                let requested_ms = self.random.random_range(earliest_ms..=end_ms);
                let latest_ms = end_ms.min(requested_ms + 800);
                let received_ms = self.random.random_range(requested_ms..=latest_ms);
                queue.answered_ms = received_ms;
                made.push(QueueSweep {
                    queue_id: queue.id,
                    requested_at: Timestamp::saturating_from_ms(requested_ms),
                    received_at: Timestamp::saturating_from_ms(received_ms),
                    valid_for_ms: VALID_FOR_MS / self.random.random_range(1..4),
                    outcome: queue.outcome(&mut self.random),
                });
            }
        }
        // In whatever order.
        let turn = self.random.random_range(0..=made.len());
        made.rotate_left(turn);
        made
    }
}

impl Queue {
    fn outcome(&mut self, random: &mut ChaCha8Rng) -> QueueOutcome {
        use Membership::{Missing, NotSaid, Said};
        if random.random_bool(0.15) {
            return QueueOutcome::Failed {
                cause: [Cause::Gone, Cause::Permission, Cause::Unavailable]
                    [random.random_range(0..3)],
                sentence: "it's said \"no\"".to_owned(),
            };
        }
        for (_, membership) in &mut self.people {
            if random.random_bool(0.3) {
                let all = [Missing, NotSaid, Said(true), Said(false)];
                *membership = all[random.random_range(0..all.len())];
            }
        }
        let members = self.people.iter().filter_map(|(id, membership)| {
            let accepts = match membership {
                Missing => return None,
                NotSaid => None,
                Said(accepts) => Some(*accepts),
            };
            Some(QueueMember {
                extension_id: *id,
                accepts,
            })
        });
        QueueOutcome::Read(members.collect())
    }
}
