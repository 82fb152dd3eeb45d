//! One look at a whole account.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::model::ids::{AccountId, ExtensionId};
use crate::model::known::{AccountState, Existence};
use crate::model::observation::{NotFound, Observation, Source, Sweep, SweepStatus};
use crate::model::time::Timestamp;
use crate::ringcentral::wire::{OddityEffect, PresencePage};
use crate::ringcentral::{Answer, PRESENCE_PAGE_SIZE, PresenceSource, SourceError};

use super::schedule::pace;

/// What a look is for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose.
    pub account_id: AccountId,
    /// Names it once and for all.
    pub idempotency_key: String,
    /// See [`Sweep::valid_for_ms`].
    pub valid_for_ms: i64,
    /// Until when it repeats what failed. Pages that were not asked for yet are asked for a little longer (see
    /// [`patience`]), so that an account too large for the interval is seen whole, though less often.
    pub by: Timestamp,
}

/// General paging is documented up to this page number.
const PAGES_MAX: u32 = 1_000;
/// How often a page that failed is asked for.
const ROUNDS: u32 = 2;
/// So many missing extensions are asked for one by one; more are left to the next look.
const CONFIRMED_MAX: usize = 20;
/// How long asking for them may take, in milliseconds: the rest of the look is not kept waiting.
const CONFIRMING_MS: i64 = 10_000;
/// How much of the reasons is kept.
const DETAIL_REASONS_MAX: usize = 5;

/// Looks once: all pages, each with its own times, and, if everybody else was seen, whoever is missing one by one.
///
/// Only an error that stops collecting is an error here; every other is part of the result.
pub async fn sweep(
    source: &dyn PresenceSource,
    clock: &dyn Clock,
    plan: &Plan,
    known: &AccountState,
) -> Result<Sweep, SourceError> {
    let started_at = now(clock);
    let pages = gather(source, clock, plan.by, known.present_count).await?;
    let mut sweep = pages.into_sweep(plan, started_at);
    if sweep.status == SweepStatus::Complete {
        confirm_absence(source, clock, plan.by, known, &mut sweep).await?;
    }
    sweep.finished_at = now(clock).max(latest(&sweep));
    Ok(fail_if_time_ran_backwards(sweep, now(clock)))
}

/// A look that was not made, since its slot had passed (`skipped`), or that was given up (`failed`).
pub fn unseen(plan: &Plan, status: SweepStatus, at: Timestamp, detail: String) -> Sweep {
    Sweep {
        account_id: plan.account_id,
        source: Source::Poll,
        status,
        started_at: at,
        finished_at: at,
        valid_for_ms: plan.valid_for_ms,
        expected_count: None,
        observations: Vec::new(),
        not_found: Vec::new(),
        directory: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: plan.idempotency_key.clone(),
        detail: Some(detail),
    }
}

fn now(clock: &dyn Clock) -> Timestamp {
    Timestamp::saturating_from_ms(clock.now_ms())
}

/// Until when a look that began at `started_at` goes on asking for the pages of so many extensions: twice as long as
/// the rate limit makes it take, or until `by` if that is later.
pub fn patience(
    source: &dyn PresenceSource,
    extension_count: i64,
    started_at: Timestamp,
    by: Timestamp,
) -> Timestamp {
    let pace = pace(extension_count, source.presence_page_limit());
    by.max(started_at.plus_ms(2 * pace.fastest_ms))
}

/// How many pages there should be, by what is known of the account: pages after a missed one are asked for too.
fn expected_pages(known_count: usize) -> u32 {
    let pages = known_count.div_ceil(PRESENCE_PAGE_SIZE as usize);
    u32::try_from(pages).unwrap_or(PAGES_MAX).max(1)
}

/// The pages of one look, those that came and those that did not.
#[derive(Debug, Default)]
struct Pages {
    came: BTreeMap<u32, Answer<PresencePage>>,
    missed: BTreeMap<u32, SourceError>,
    /// The last page that came.
    latest: Option<u32>,
}

async fn gather(
    source: &dyn PresenceSource,
    clock: &dyn Clock,
    by: Timestamp,
    known_count: usize,
) -> Result<Pages, SourceError> {
    let expected = expected_pages(known_count);
    let known_count = i64::try_from(known_count).unwrap_or(i64::MAX);
    let started_at = now(clock);
    let mut pages = Pages::default();
    for round in 0..ROUNDS {
        let mut page = 1;
        while page <= pages.last(expected).min(PAGES_MAX) {
            if pages.is_worth_asking(page, round) {
                let until = if round == 0 {
                    let count = pages.total().unwrap_or(known_count);
                    patience(source, count, started_at, by)
                } else {
                    by
                };
                match source.presence_page(page, until).await {
                    Ok(answer) => pages.came(page, answer),
                    Err(error) if error.stops_collecting() => return Err(error),
                    Err(error) => pages.missed(page, error),
                }
            }
            if pages.is_hopeless() {
                break;
            }
            page += 1;
        }
        if pages.missed.is_empty() || now(clock) >= by {
            break;
        }
    }
    Ok(pages)
}

impl Pages {
    fn came(&mut self, page: u32, answer: Answer<PresencePage>) {
        self.missed.remove(&page);
        self.latest = Some(page);
        self.came.insert(page, answer);
    }

    fn missed(&mut self, page: u32, error: SourceError) {
        self.missed.insert(page, error);
    }

    /// How many extensions there are, as the latest answer tells.
    fn total(&self) -> Option<i64> {
        let answer = self.came.get(&self.latest?)?;
        answer.value.paging.total_elements
    }

    fn is_worth_asking(&self, page: u32, round: u32) -> bool {
        match self.missed.get(&page) {
            Some(error) => error.is_transient(),
            None => round == 0 || !self.came.contains_key(&page),
        }
    }

    /// Nothing has come and two pages have failed: the others would fail as well.
    fn is_hopeless(&self) -> bool {
        self.came.is_empty() && self.missed.len() >= 2
    }

    /// The number of the last page, as the latest answer tells; until there is one, as expected.
    fn last(&self, expected: u32) -> u32 {
        let Some(answer) = self.latest.and_then(|page| self.came.get(&page)) else {
            return expected;
        };
        let page = self.latest.unwrap_or(1);
        match answer.value.paging.total_pages {
            Some(total) => u32::try_from(total.max(1)).unwrap_or(PAGES_MAX),
            None if answer.value.has_next && answer.value.record_count > 0 => page + 1,
            None => page,
        }
    }

    fn into_sweep(self, plan: &Plan, started_at: Timestamp) -> Sweep {
        let reasons = self.reasons();
        let expected_count = self.totals().last();
        let clock_skew_ms = self
            .came
            .values()
            .filter_map(|answer| answer.clock_skew_ms)
            .max_by_key(|skew_ms| skew_ms.abs());
        let observations: Vec<Observation> = self
            .came
            .into_values()
            .flat_map(|answer| answer.value.observations)
            .collect();
        let (status, reasons) = if observations.is_empty() {
            let nobody = vec!["the platform listed nobody".to_owned()];
            let reasons = if reasons.is_empty() { nobody } else { reasons };
            (SweepStatus::Failed, reasons)
        } else if reasons.is_empty() {
            (SweepStatus::Complete, reasons)
        } else {
            (SweepStatus::Partial, reasons)
        };
        Sweep {
            expected_count,
            observations,
            clock_skew_ms,
            detail: detail(&reasons),
            ..unseen(plan, status, started_at, String::new())
        }
    }

    /// What the pages say of how many extensions there are, page by page.
    fn totals(&self) -> impl Iterator<Item = i64> {
        self.came
            .values()
            .filter_map(|answer| answer.value.paging.total_elements)
    }

    /// Why nothing may be concluded about whoever was not seen; empty if everybody was.
    fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self
            .missed
            .iter()
            .map(|(page, error)| format!("page {page} is missing: {error}"))
            .collect();
        let mut totals: Vec<i64> = self.totals().collect();
        totals.dedup();
        if let [first, .., last] = totals.as_slice() {
            reasons.push(format!(
                "the number of extensions changed from {first} to {last} between pages"
            ));
        }
        for (page, answer) in &self.came {
            if answer.value.is_short() {
                reasons.push(short(*page, &answer.value));
            }
        }
        let seen = self.came.len();
        if self.missed.is_empty() && seen as u64 >= u64::from(PAGES_MAX) {
            reasons.push(format!("there are more than {PAGES_MAX} pages"));
        }
        reasons
    }
}

fn short(page: u32, content: &PresencePage) -> String {
    let read = content.observations.len();
    let lost = content
        .oddities
        .iter()
        .find(|oddity| oddity.effect == OddityEffect::Lost);
    match (lost, content.paging.record_count()) {
        (Some(oddity), _) => format!(
            "page {page}: {} of {} records could not be read ({})",
            content.record_count - read,
            content.record_count,
            oddity.error
        ),
        (None, Some(told)) => format!("page {page} has {read} records, though it says {told}"),
        (None, None) => format!("page {page} lacks records"),
    }
}

fn detail(reasons: &[String]) -> Option<String> {
    let shown = reasons[..reasons.len().min(DETAIL_REASONS_MAX)].join("; ");
    match reasons.len() {
        0 => None,
        count if count > DETAIL_REASONS_MAX => {
            Some(format!("{shown}; and {} more", count - DETAIL_REASONS_MAX))
        }
        _ => Some(shown),
    }
}

/// Asks for the few that are known to exist and were not seen: pages may have shifted between two requests.
async fn confirm_absence(
    source: &dyn PresenceSource,
    clock: &dyn Clock,
    by: Timestamp,
    known: &AccountState,
    sweep: &mut Sweep,
) -> Result<(), SourceError> {
    let missing = missing(known, &sweep.observations);
    if missing.len() > CONFIRMED_MAX {
        return Ok(());
    }
    let by = by.min(now(clock).plus_ms(CONFIRMING_MS));
    for extension_id in missing {
        if now(clock) >= by {
            return Ok(());
        }
        match source.presence(extension_id, by).await {
            Ok(answer) => match answer.value {
                Some(observation) => sweep.observations.push(observation),
                None => sweep.not_found.push(NotFound {
                    extension_id,
                    received_at: answer.received_at,
                }),
            },
            Err(error @ SourceError::LoginRefused(_)) => return Err(error),
            Err(error) => {
                // The next look decides.
                tracing::debug!(%error, %extension_id, "a missing extension could not be asked for");
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Who is known to exist and is not among the seen, ascending.
fn missing(known: &AccountState, seen: &[Observation]) -> Vec<ExtensionId> {
    let mut seen: Vec<ExtensionId> = seen.iter().map(|seen| seen.extension_id).collect();
    seen.sort_unstable();
    let mut missing: Vec<ExtensionId> = known
        .extensions
        .iter()
        .filter(|(_, extension)| matches!(extension.existence, Existence::Present(_)))
        .map(|(id, _)| *id)
        .filter(|id| seen.binary_search(id).is_err())
        .collect();
    missing.sort_unstable();
    missing
}

/// The last moment that the sweep speaks of.
fn latest(sweep: &Sweep) -> Timestamp {
    let seen = sweep.observations.iter().map(|seen| seen.received_at);
    let gone = sweep.not_found.iter().map(|gone| gone.received_at);
    seen.chain(gone).fold(sweep.started_at, Timestamp::max)
}

/// If the clock was set back during the look, its times contradict each other: nothing of it is kept.
fn fail_if_time_ran_backwards(sweep: Sweep, now: Timestamp) -> Sweep {
    let earliest = sweep
        .observations
        .iter()
        .map(|seen| seen.requested_at)
        .fold(now, Timestamp::min);
    if earliest >= sweep.started_at {
        return sweep;
    }
    Sweep {
        status: SweepStatus::Failed,
        observations: Vec::new(),
        not_found: Vec::new(),
        detail: Some(format!(
            "the computer's clock was set back during the look (from {} to {earliest})",
            sweep.finished_at
        )),
        ..sweep
    }
}
