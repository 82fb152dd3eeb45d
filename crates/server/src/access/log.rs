//! Who asked about whom: written before the answer is given.

use super::Identity;
use presence_answers::ask::Visible;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::{TimeRange, Timestamp};
use presence_store::Access;

/// A question that someone asks about people.
#[derive(Clone, Debug)]
pub struct AccessEvent<'l> {
    /// Whose history.
    pub account_id: AccountId,
    /// What is asked, such as `report`.
    pub question: &'l str,
    /// The stretch of time; `None`: the present.
    pub window: Option<TimeRange>,
    /// The people who were named; `None`: everyone who may be seen.
    pub named: Option<&'l [ExtensionId]>,
}

impl AccessEvent<'_> {
    /// The entry of the log.
    pub fn entry(&self, who: &Identity, visible: &Visible, at: Timestamp) -> Access {
        let extensions = match (self.named, visible) {
            (Some(named), _) => {
                let mut named = named.to_vec();
                named.sort_unstable();
                named.dedup();
                Some(named)
            }
            (None, Visible::Everybody) => None,
            (None, Visible::Only(ids)) => Some(ids.iter().copied().collect()),
        };
        // A session is the token that it was begun with.
        let token_id = who.parent_id.or(who.token_id);
        let mut access = Access {
            account_id: self.account_id,
            who: who.name.clone(),
            token_id,
            question: self.question.to_owned(),
            window: self.window,
            extensions,
            at,
            digest: [0; 32],
        };
        access.digest = access.computed_digest();
        access
    }
}
