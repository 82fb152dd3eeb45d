//! One sweep of a whole account.

use std::collections::{BTreeMap, HashSet};

use presence_clock::Clock;
use presence_model::cause::Cause;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::known::{AccountState, Existence};
use presence_model::observation::{NotFound, Observation, Source, Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_ringcentral::{Answer, PRESENCE_PAGE_SIZE, PresenceSource, SourceError};
use presence_ringcentral_wire::{ELEMENTS_MAX, OddityEffect, PAGES_MAX, PresencePage};

use super::schedule::pace;

/// What a sweep is for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose.
    pub account_id: AccountId,
    /// Names it once and for all.
    pub idempotency_key: String,
    /// See [`Sweep::valid_for_ms`].
    pub valid_for_ms: i64,
    /// Until when it repeats what failed. Pages that were not asked for yet are asked for a little longer (see
    /// [`timeout`]), so that an account too large for the interval is seen whole, though less often.
    pub by: Timestamp,
}

/// How often a page that failed is asked for.
const ROUNDS: u32 = 2;
/// So many missing extensions are asked for one by one; more are left to the next sweep.
const CONFIRMED_MAX: usize = 20;
/// How long asking for them may take, in milliseconds: the rest of the sweep is not kept waiting.
const CONFIRMING_MS: i64 = 10_000;
/// So many people may be missing at once, however small the account, before it takes more to believe it.
const DROP_MIN: usize = 5;
/// Of many who are missing at once, so many are asked for one by one.
const DROP_SAMPLE: usize = 5;
/// How much of the reasons is kept.
const DETAIL_REASONS_MAX: usize = 5;

/// A reason: a word, and a sentence for people.
type Reason = (Cause, String);

/// Sweeps once: all pages, each with its own times, and, if everyone else was seen, anyone who is missing one by one.
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

/// A sweep that was not made, since its slot had passed (`skipped`), or that was given up (`failed`).
pub fn unseen(
    plan: &Plan,
    status: SweepStatus,
    at: Timestamp,
    cause: Cause,
    sentence: &str,
) -> Sweep {
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
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: plan.idempotency_key.clone(),
        detail: Some(cause.detail(sentence)),
    }
}

fn now(clock: &dyn Clock) -> Timestamp {
    Timestamp::saturating_from_ms(clock.now_ms())
}

/// Until when a sweep that began at `started_at` goes on asking for the pages of so many extensions: twice as long as
/// the rate limit makes it take, or until `by` if that is later.
pub fn timeout(
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

/// The pages of one sweep, those that came and those that did not.
#[derive(Debug, Default)]
struct Pages {
    came: BTreeMap<u32, Answer<PresencePage>>,
    missed: BTreeMap<u32, SourceError>,
    /// The last page that came.
    latest: Option<u32>,
    /// Who is on them.
    seen: HashSet<ExtensionId>,
    /// A page that showed no one new: those after it would go on like that, whatever it says.
    idle: Option<u32>,
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
        while page <= pages.last(expected).min(PAGES_MAX) && !pages.is_full() {
            if pages.is_worth_asking(page, round) {
                let until = if round == 0 {
                    let count = pages.total().unwrap_or(known_count);
                    timeout(source, count, started_at, by)
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
        let before = self.seen.len();
        let ids = answer.value.observations.iter();
        self.seen.extend(ids.map(|seen| seen.extension_id));
        if self.seen.len() == before && self.idle.is_none_or(|idle| page < idle) {
            self.idle = Some(page);
        }
        self.came.insert(page, answer);
    }

    fn missed(&mut self, page: u32, error: SourceError) {
        self.missed.insert(page, error);
    }

    /// How many extensions there are, as the latest answer says.
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

    /// More have come than any account has.
    fn is_full(&self) -> bool {
        i64::try_from(self.seen.len()).is_ok_and(|count| count >= ELEMENTS_MAX)
    }

    /// The number of the last page, as the latest answer says; until there is one, as expected. After a page that
    /// shows no one new no more are asked for than are expected.
    fn last(&self, expected: u32) -> u32 {
        let told = self.told_last(expected);
        match self.idle {
            Some(idle) => told.min(idle.max(expected)),
            None => told,
        }
    }

    fn told_last(&self, expected: u32) -> u32 {
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
        let expected_count = self.expected_count();
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
            let nobody = vec![(Cause::Inconsistent, "the platform listed no one".to_owned())];
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
            ..unseen(plan, status, started_at, Cause::Unavailable, "")
        }
    }

    /// What the pages say of how many extensions there are, page by page.
    fn totals(&self) -> impl Iterator<Item = i64> {
        self.came
            .values()
            .filter_map(|answer| answer.value.paging.total_elements)
    }

    /// The latest total that the pages do not contradict. Records that come twice on one page count once, as what was
    /// seen does; twice on two pages, someone else was pushed out between the requests.
    fn expected_count(&self) -> Option<i64> {
        let total = self.totals().last()?;
        if self.contradiction(total).is_some() {
            return None;
        }
        let doubled: i64 = self
            .came
            .values()
            .map(|page| doubled_count(&page.value))
            .sum();
        let counts_doubled = self.missed.is_empty() && self.record_count() == total;
        Some(if counts_doubled {
            total - doubled
        } else {
            total
        })
    }

    fn record_count(&self) -> i64 {
        let counts = self.came.values().map(|page| page.value.record_count);
        i64::try_from(counts.sum::<usize>()).unwrap_or(i64::MAX)
    }

    /// How a total cannot be true of the pages that came.
    fn contradiction(&self, total: i64) -> Option<String> {
        let (listed, different) = (self.record_count(), self.seen.len());
        let is_short = self.missed.is_empty() && listed < total;
        if is_short || i64::try_from(different).is_ok_and(|count| count > total) {
            let listed = if is_short {
                listed.to_string()
            } else {
                different.to_string()
            };
            return Some(format!(
                "the platform says that there are {total} extensions, and lists {listed}"
            ));
        }
        None
    }

    /// Why nothing may be concluded about anyone who was not seen; empty if everyone was.
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .missed
            .iter()
            .map(|(page, error)| (error.cause(), format!("page {page} is missing: {error}")))
            .collect();
        let mut totals: Vec<i64> = self.totals().collect();
        totals.dedup();
        let short_pages: Vec<Reason> = self
            .came
            .iter()
            .filter(|(_, answer)| answer.value.is_short())
            .map(|(page, answer)| short(*page, &answer.value))
            .collect();
        match totals.as_slice() {
            [first, .., last] => reasons.push((
                Cause::Inconsistent,
                format!("the number of extensions changed from {first} to {last} between pages"),
            )),
            [total] if short_pages.is_empty() => {
                let contradiction = self.contradiction(*total);
                reasons.extend(contradiction.map(|text| (Cause::Inconsistent, text)));
            }
            _ => {}
        }
        reasons.extend(short_pages);
        let seen = self.came.len();
        if self.missed.is_empty() && seen as u64 >= u64::from(PAGES_MAX) {
            let many = format!("there are more than {PAGES_MAX} pages");
            reasons.push((Cause::Inconsistent, many));
        }
        reasons
    }
}

/// How many records of a page are of someone who is on it already.
fn doubled_count(page: &PresencePage) -> i64 {
    let different: HashSet<ExtensionId> = page
        .observations
        .iter()
        .map(|seen| seen.extension_id)
        .collect();
    i64::try_from(page.observations.len() - different.len()).unwrap_or(i64::MAX)
}

fn short(page: u32, content: &PresencePage) -> Reason {
    let read = content.observations.len();
    let lost = content
        .oddities
        .iter()
        .find(|oddity| oddity.effect == OddityEffect::Lost);
    match (lost, content.paging.record_count()) {
        (Some(oddity), _) => {
            let lost = content.record_count - read;
            let (count, error) = (content.record_count, &oddity.error);
            let text =
                format!("page {page}: {lost} of {count} records could not be read ({error})");
            (Cause::Unreadable, text)
        }
        (None, Some(told)) => {
            let text = format!("page {page} has {read} records but says {told}");
            (Cause::Inconsistent, text)
        }
        (None, None) => (Cause::Inconsistent, format!("page {page} lacks records")),
    }
}

/// The word of the first reason, and the sentences of the first few.
fn detail(reasons: &[Reason]) -> Option<String> {
    let (cause, _) = reasons.first()?;
    let shown: Vec<&str> = reasons
        .iter()
        .take(DETAIL_REASONS_MAX)
        .map(|(_, sentence)| sentence.as_str())
        .collect();
    let more = match reasons.len().saturating_sub(DETAIL_REASONS_MAX) {
        0 => String::new(),
        count => format!("; and {count} more"),
    };
    Some(cause.detail(&format!("{}{more}", shown.join("; "))))
}

/// Asks for the few that are known to exist and were not seen: pages may have shifted between two requests. Of many
/// that are missing at once a few are asked for, and unless none of these exists, nothing is concluded about anyone.
///
/// Anyone who exists but may not be seen is noted: nothing is concluded about them.
async fn confirm_absence(
    source: &dyn PresenceSource,
    clock: &dyn Clock,
    by: Timestamp,
    known: &AccountState,
    sweep: &mut Sweep,
) -> Result<(), SourceError> {
    let mut missing = missing(known, &sweep.observations);
    let by = by.min(now(clock).plus_ms(CONFIRMING_MS));
    let mut forbidden = Vec::new();
    if is_drop(missing.len(), known.present_count) {
        let sample = spread(&missing, DROP_SAMPLE);
        let asked = ask_for(source, clock, by, &sample, sweep).await?;
        if asked.gone < sample.len() {
            doubt(
                sweep,
                missing.len(),
                known.present_count,
                sample.len(),
                &asked,
            );
            return Ok(());
        }
        missing.retain(|id| !sample.contains(id));
    }
    if missing.len() <= CONFIRMED_MAX {
        let asked = ask_for(source, clock, by, &missing, sweep).await?;
        forbidden = asked.forbidden;
    }
    if let Some(id) = forbidden.first() {
        let text = match forbidden.len() {
            1 => format!("extension {id} exists, but may not be seen"),
            count => format!("{count} extensions exist, but may not be seen; {id} is the first"),
        };
        sweep.detail = Some(Cause::Withheld.detail(&text));
    }
    Ok(())
}

/// Whether so many missing at once are more than people who happen to leave.
fn is_drop(missing_count: usize, present_count: usize) -> bool {
    missing_count > CONFIRMED_MAX || missing_count > DROP_MIN && missing_count * 10 > present_count
}

/// At most so many of them, from the first to the last.
fn spread(ids: &[ExtensionId], count: usize) -> Vec<ExtensionId> {
    let count = count.min(ids.len());
    (0..count)
        .map(|index| ids[index * (ids.len() - 1) / (count - 1).max(1)])
        .collect()
}

/// What came of asking for extensions one by one.
#[derive(Debug, Default)]
struct SingleReads {
    gone: usize,
    there: usize,
    forbidden: Vec<ExtensionId>,
}

/// Asks for extensions one by one, until `by` or an answer that says nothing about any of them. Nothing is concluded
/// about anyone who may not be seen, or could not be asked for.
async fn ask_for(
    source: &dyn PresenceSource,
    clock: &dyn Clock,
    by: Timestamp,
    extensions: &[ExtensionId],
    sweep: &mut Sweep,
) -> Result<SingleReads, SourceError> {
    let mut asked = SingleReads::default();
    for (index, &extension_id) in extensions.iter().enumerate() {
        if now(clock) >= by {
            sweep.withheld.extend(&extensions[index..]);
            break;
        }
        match source.presence(extension_id, by).await {
            Ok(answer) => {
                if let Some(observation) = answer.value {
                    asked.there += 1;
                    sweep.observations.push(observation);
                } else {
                    asked.gone += 1;
                    sweep.not_found.push(NotFound {
                        extension_id,
                        received_at: answer.received_at,
                    });
                }
            }
            Err(error @ SourceError::LoginRefused(_)) => return Err(error),
            Err(SourceError::PermissionMissing(_) | SourceError::Refused { .. }) => {
                asked.there += 1;
                asked.forbidden.push(extension_id);
                sweep.withheld.push(extension_id);
            }
            Err(error) => {
                // A later sweep decides.
                tracing::debug!(%error, %extension_id, "a missing extension could not be requested");
                sweep.withheld.extend(&extensions[index..]);
                break;
            }
        }
    }
    Ok(asked)
}

/// Too many are missing, and they cannot be told to be gone: the sweep concludes nothing about anyone who was not seen.
fn doubt(sweep: &mut Sweep, missing: usize, known: usize, sample: usize, asked: &SingleReads) {
    let found = match asked.there {
        0 => "none of them could be requested individually".to_owned(),
        there => format!("of {sample} requested individually, {there} exist"),
    };
    let text = format!(
        "{missing} of {known} known extensions are missing at once, and {found}: this is implausible"
    );
    sweep.status = SweepStatus::Partial;
    sweep.not_found.clear();
    sweep.detail = Some(Cause::Implausible.detail(&text));
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

/// If the clock was set back during the sweep, its times contradict each other: nothing of it is kept.
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
        withheld: Vec::new(),
        detail: Some(Cause::Clock.detail(&format!(
            "the computer's clock was set back during the sweep (from {} to {earliest})",
            sweep.finished_at
        ))),
        ..sweep
    }
}
