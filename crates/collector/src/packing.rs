//! Packing days that are over, a little after each sweep.

use presence_model::ids::AccountId;
use presence_model::known::AccountState;
use presence_model::time::Timestamp;
use presence_store::{MaintainStore, PackStep, StoreError, StoreHandle};

/// Whose day is packed after one sweep: some tens of milliseconds of work, so that ten thousand extensions' day is packed
/// within the first hours of the next one.
const EXTENSIONS_AT_ONCE: u32 = 50;

/// Up to where everything is packed that can be.
#[derive(Debug, Default)]
pub(super) struct Packing {
    done: Option<Timestamp>,
}

impl Packing {
    /// Packs some more, if a day is over and not packed; `known` is what is known at the end of the stored log.
    pub(super) async fn go_on(
        &mut self,
        store: &StoreHandle<dyn MaintainStore>,
        known: &AccountState,
    ) -> Result<(), StoreError> {
        let Some(day) = first_not_over(known) else {
            return Ok(());
        };
        if self.done == Some(day) {
            return Ok(());
        }
        let step = match store.get().await {
            Ok(store) => store.pack(known.account_id, EXTENSIONS_AT_ONCE).await,
            Err(error) => Err(error),
        };
        // What failed is not tried again at every sweep: the next day or the next start does.
        if !matches!(&step, Ok(step) if step.extension_count > 0) {
            self.done = Some(day);
        }
        log(known.account_id, &step?);
        Ok(())
    }
}

/// The beginning of the first day (UTC) that is not over.
fn first_not_over(known: &AccountState) -> Option<Timestamp> {
    let seen_at = known.latest_heartbeat()?.at;
    Some(known.finished_at?.min(seen_at).start_of_day())
}

fn log(account_id: AccountId, step: &PackStep) {
    if step.extension_count > 0 {
        tracing::debug!(
            %account_id,
            extension_count = step.extension_count,
            interval_count = step.interval_count,
            byte_count = step.byte_count,
            left_count = step.left_count,
            "packing past days"
        );
    }
}
