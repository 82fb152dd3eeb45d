//! Sweeps that wait while the store cannot be used: in the spool, or, when that has no room, as slots to be accounted for.

use std::collections::VecDeque;

use presence_model::ids::AccountId;
use presence_model::observation::Sweep;
use presence_recording::spool::{Spool, SpoolError, SpoolSettings, Waiting};

use super::schedule::Slot;

/// So many slots whose look is lost get a row of their own; of more, the latest do.
const LOST_MAX: usize = 1_000;

/// What waits for the store.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    spool: Option<Spool>,
    lost: VecDeque<Slot>,
    /// Whether the store could not be used when it was last tried.
    pub(super) is_away: bool,
}

impl Backlog {
    /// What waits of an account since before, and what there is to say about it.
    pub(super) fn open(
        settings: Option<&SpoolSettings>,
        account_id: AccountId,
    ) -> (Self, Vec<String>) {
        let Some(settings) = settings else {
            return (Self::default(), Vec::new());
        };
        let mut told = Vec::new();
        let spool = match Spool::of(settings, account_id) {
            Ok((spool, torn)) => {
                if torn > 0 {
                    told.push(format!(
                        "{torn} bytes of an incomplete sweep were removed from the end of the spool"
                    ));
                }
                if !spool.is_empty() {
                    told.push(format!(
                        "{} sweeps from an earlier run wait in the spool",
                        spool.len()
                    ));
                }
                Some(spool)
            }
            Err(error) => {
                told.push(format!(
                    "sweeps cannot be spooled while the store is unavailable: {error}"
                ));
                None
            }
        };
        let backlog = Self {
            spool,
            ..Self::default()
        };
        (backlog, told)
    }

    /// Whether looks can wait at all.
    pub(super) fn is_there(&self) -> bool {
        self.spool.is_some()
    }

    /// Whether anything has to go into the store before the next sweep.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_away || !self.lost.is_empty() || self.waiting() > 0
    }

    /// How many sweeps wait in the spool.
    pub(super) fn waiting(&self) -> usize {
        self.spool.as_ref().map_or(0, Spool::len)
    }

    /// When the slot of the sweep that came last began (milliseconds since the Unix epoch), if one waits that says so.
    pub(super) fn last_slot_ms(&self) -> Option<i64> {
        self.spool.as_ref().and_then(Spool::last_slot_ms)
    }

    /// Keeps a sweep.
    pub(super) fn push(&mut self, slot: Slot, sweep: &Sweep) -> Result<(), SpoolError> {
        match &mut self.spool {
            Some(spool) => spool.push(slot.start_ms, sweep),
            None => Err(SpoolError::Io(std::io::ErrorKind::NotFound.into())),
        }
    }

    /// The sweep of a slot is lost: the slot is accounted for as soon as there is room.
    pub(super) fn lose(&mut self, slot: Slot) {
        if self.lost.len() == LOST_MAX {
            self.lost.pop_front();
        }
        self.lost.push_back(slot);
    }

    /// The sweep that has waited longest.
    pub(super) fn first(&mut self) -> Result<Option<Waiting>, SpoolError> {
        match &mut self.spool {
            Some(spool) => spool.first(),
            None => Ok(None),
        }
    }

    /// The sweep that has waited longest is dealt with.
    pub(super) fn pass(&mut self) -> Result<(), SpoolError> {
        match &mut self.spool {
            Some(spool) => spool.pass(),
            None => Ok(()),
        }
    }

    /// The slot whose look has been lost longest.
    pub(super) fn first_lost(&self) -> Option<Slot> {
        self.lost.front().copied()
    }

    /// That slot is accounted for.
    pub(super) fn pass_lost(&mut self) {
        self.lost.pop_front();
    }
}
