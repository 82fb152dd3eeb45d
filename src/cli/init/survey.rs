//! What the platform says of an account before it is collected: who it is, how large, and what a sweep costs.

use crate::cli::exit::Failure;
use crate::cli::settings::interval_text;
use presence_answers::render::counted;
use presence_collector::schedule::{Pace, pace};
use presence_core::escape::shown;
use presence_model::profile::Profile;
use presence_model::time::Timestamp;
use presence_ringcentral::budget::{GroupStanding, RateLimit};
use presence_ringcentral::{PresenceSource, RingCentral, SourceError};
use presence_ringcentral_wire::Account;

/// So many pages of the extension list are read to count the people.
const PAGES_MAX: u32 = 100;

/// What the platform told.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    account: Account,
    clock_skew_ms: Option<i64>,
    extension_count: i64,
    /// `None`: the extension list may not be read, or is longer than it may be.
    people_count: Option<usize>,
    limit: RateLimit,
    groups: Vec<GroupStanding>,
}

impl Survey {
    /// Logs in and asks.
    pub(super) async fn of(source: &RingCentral, by: Timestamp) -> Result<Self, SourceError> {
        let account = source.account(by).await?;
        let page = source.presence_page(1, by).await?.value;
        let seen = i64::try_from(page.record_count).unwrap_or(i64::MAX);
        Ok(Self {
            account: account.value,
            clock_skew_ms: account.clock_skew_ms,
            extension_count: page.paging.total_elements.unwrap_or(seen),
            people_count: count_people(source, by).await,
            limit: source.presence_page_limit(),
            groups: source.traffic().groups,
        })
    }

    /// How fast the account can be looked at.
    pub(super) fn pace(&self) -> Pace {
        pace(self.extension_count, self.limit)
    }

    /// The account's id, with its name if that is known.
    pub(super) fn name(&self) -> String {
        let id = self.account.account_id;
        match &self.account.company_name {
            Some(name) => format!("{id} ({})", shown(name)),
            None => id.to_string(),
        }
    }

    /// All of it, in sentences.
    pub(super) fn told(&self, interval_ms: i64) -> String {
        let pace = self.pace();
        let people = match self.people_count {
            Some(count) => format!(", {count} of them people"),
            None => String::new(),
        };
        let groups = self.groups.iter().map(|one| {
            let window = interval_text(one.rate.window_ms);
            format!("{} {} in {window}", one.group.name(), one.rate.limit)
        });
        let skew = match self.clock_skew_ms {
            Some(skew_ms) if skew_ms.abs() >= 1_000 => format!(
                "This computer's clock and the platform's differ by {} s.\n",
                skew_ms.abs() / 1_000
            ),
            _ => String::new(),
        };
        format!(
            "Account {}: {}{people}.\n\
             One sweep takes {} of the group heavy. Rate limits: {}.\n\
             The fastest interval for this account is {}; {} leaves half of the limit free. Chosen: {}.\n\
             {skew}",
            self.name(),
            counted(self.extension_count.unsigned_abs(), "extension"),
            counted(pace.page_count.unsigned_abs(), "request"),
            groups.collect::<Vec<_>>().join(", "),
            interval_text(pace.fastest_ms),
            interval_text(pace.comfortable_ms),
            interval_text(interval_ms),
        )
    }

    /// Refuses an interval that the rate limit does not bear.
    pub(super) fn refuse_too_fast(&self, interval_ms: i64) -> Result<(), Failure> {
        let pace = self.pace();
        if interval_ms >= pace.fastest_ms {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "--interval {}: the rate limit does not allow it; choose {} or longer. Nothing was written",
            interval_text(interval_ms),
            interval_text(pace.comfortable_ms)
        )))
    }
}

async fn count_people(source: &RingCentral, by: Timestamp) -> Option<usize> {
    let mut count = 0;
    for page in 1..=PAGES_MAX {
        let listed = match source.extension_page(page, by).await {
            Ok(listed) => listed.value,
            Err(error) => {
                tracing::warn!(%error, "the people cannot be counted");
                return None;
            }
        };
        let people = listed.records.iter().filter(|extension| {
            let mut profile = Profile::default();
            extension.update.apply(&mut profile);
            profile.is_person()
        });
        count += people.count();
        if !listed.has_next {
            return Some(count);
        }
    }
    None
}
