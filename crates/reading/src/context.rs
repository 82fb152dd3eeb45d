//! What questions are asked of: the history as it is, or as it was at an older end of the log.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use presence_core::query::classes::Criterion;
use presence_model::history::{Coverage, Dictionary, ExtensionHistory, LogEnd, UnknownId};
use presence_model::ids::{AccountId, ExtensionId, Position, QueueId, SnapshotNo};
use presence_model::packed::PackedHistory;
use presence_model::profile::Profile;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{
    ChangesQuery, ExtensionSummary, FailedSweepRow, LatestInterval, LoggedEvent, Messages,
    PastSweep, QueueRows, ReadStore, Reading,
};

use crate::as_of_view::{AsOf, AsOfPosition, AsOfView, known_end};
use crate::error::AskError;
use crate::names::UnknownNames;
use crate::veil::Veil;
use crate::zones::AssumedZones;

/// How many extensions' histories are held at once.
pub const EXTENSIONS_AT_ONCE: usize = 200;

/// How many of the latest sweeps are searched for the one that last saw an extension.
const SWEEPS_SEARCHED: u32 = 64;

/// What questions are asked of: an account's history, up to some end of its log. All answers of one context are of the
/// same moment, whatever a collector appends meanwhile.
pub struct Context {
    reading: Mutex<Box<dyn Reading>>,
    account_id: AccountId,
    now: Timestamp,
    as_of_view: Option<AsOfView>,
    visible: Visible,
    veil: Option<Veil>,
    unknown_names: UnknownNames,
}

/// Whom answers may show.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Visible {
    /// Everyone.
    #[default]
    Everybody,
    /// These alone: for the reader, no one else ever existed.
    Only(Arc<BTreeSet<ExtensionId>>),
}

impl Visible {
    /// Whether an extension may be shown.
    pub fn shows(&self, id: ExtensionId) -> bool {
        match self {
            Self::Everybody => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }

    /// Those of `ids` that may be shown.
    fn of<'i>(&self, ids: &'i [ExtensionId]) -> Cow<'i, [ExtensionId]> {
        match self {
            Self::Everybody => Cow::Borrowed(ids),
            Self::Only(_) => ids.iter().copied().filter(|id| self.shows(*id)).collect(),
        }
    }
}

impl Context {
    /// The whole history of an account, as known at `now`.
    pub async fn new(
        store: &dyn ReadStore,
        account_id: AccountId,
        now: Timestamp,
    ) -> Result<Self, AskError> {
        Ok(Self::of(store.read().await?, account_id, now))
    }

    /// The same, in a transaction that has begun to read.
    pub fn of(reading: Box<dyn Reading>, account_id: AccountId, now: Timestamp) -> Self {
        Self {
            reading: Mutex::new(reading),
            account_id,
            now,
            as_of_view: None,
            visible: Visible::Everybody,
            veil: None,
            unknown_names: UnknownNames::Refused,
        }
    }

    /// The history as it was when the log ended at `asked`; the present moment is then the moment at which that end
    /// was recorded, unless `now` says otherwise.
    pub async fn as_of(
        store: &dyn ReadStore,
        account_id: AccountId,
        asked: AsOfPosition,
        now: Option<Timestamp>,
    ) -> Result<Self, AskError> {
        let mut reading = store.read().await?;
        let as_of_view = AsOfView::fold(&mut *reading, account_id, asked).await?;
        Ok(Self {
            reading: Mutex::new(reading),
            account_id,
            now: now.unwrap_or(as_of_view.recorded_at),
            as_of_view: Some(as_of_view),
            visible: Visible::Everybody,
            veil: None,
            unknown_names: UnknownNames::Refused,
        })
    }

    /// The same, for a reader who may see only some people: this is the one place that hides the others from every answer.
    pub fn showing(self, visible: Visible) -> Self {
        Self { visible, ..self }
    }

    /// The same, with other numbers shown in the stead of positions.
    pub fn veiled(self, veil: Option<Veil>) -> Self {
        Self { veil, ..self }
    }

    /// Whether positions are shown as they are.
    pub fn shows_positions(&self) -> bool {
        self.veil.is_none()
    }

    /// A position as it is shown.
    pub fn shown_position(&self, position: Position) -> i64 {
        self.veil
            .as_ref()
            .map_or(position.0, |veil| veil.hide(position.0))
    }

    /// The same, with this to become of names that mean nothing.
    pub fn with_unknown_names(self, unknown_names: UnknownNames) -> Self {
        Self {
            unknown_names,
            ..self
        }
    }

    /// What becomes of names that mean nothing.
    pub fn unknown_names(&self) -> UnknownNames {
        self.unknown_names
    }

    /// Whether the answers rest on an older end of the log.
    pub fn is_older(&self) -> bool {
        self.as_of_view.is_some()
    }

    /// Whom the answers may show.
    pub fn visible(&self) -> &Visible {
        &self.visible
    }

    /// The history as it was known at `moment`: up to the last snapshot that had been recorded by then, with that moment
    /// as the present one unless `now` says otherwise.
    pub async fn known_at(
        store: &dyn ReadStore,
        account_id: AccountId,
        moment: Timestamp,
        now: Option<Timestamp>,
    ) -> Result<Self, AskError> {
        let end = known_end(store, account_id, moment).await?;
        Self::as_of(store, account_id, end, Some(now.unwrap_or(moment))).await
    }

    /// The history as a part of the log has it; `clock_now` is the present moment of the whole log, `now` one that
    /// was given for any part.
    pub async fn of_part(
        store: &dyn ReadStore,
        account_id: AccountId,
        part: AsOf,
        (clock_now, now): (Timestamp, Option<Timestamp>),
    ) -> Result<Self, AskError> {
        match part {
            AsOf::Whole => Self::new(store, account_id, now.unwrap_or(clock_now)).await,
            AsOf::UpTo(asked) => Self::as_of(store, account_id, asked, now).await,
            AsOf::KnownAt(moment) => Self::known_at(store, account_id, moment, now).await,
        }
    }

    /// The one transaction that all answers come from.
    pub async fn reading(&self) -> MutexGuard<'_, Box<dyn Reading>> {
        self.reading.lock().await
    }

    /// The present moment of the answers.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Refuses a moment that is still to come: there is nothing to say of it.
    pub fn check_passed(&self, moment: Timestamp) -> Result<(), AskError> {
        if moment <= self.now {
            return Ok(());
        }
        Err(AskError::NotYet {
            moment,
            now: self.now,
        })
    }

    /// Whose history it is.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// When the first sweep was recorded, as the whole log has it; `None` if there is none.
    pub async fn first_recorded_at(&self) -> Result<Option<Timestamp>, AskError> {
        let mut reading = self.reading().await;
        let first = reading.snapshots(self.account_id, SnapshotNo(0), 1).await?;
        Ok(first.first().map(|(_, recorded_at)| *recorded_at))
    }

    /// Where the log ends for this question, as it is shown.
    pub async fn log_end(&self) -> Result<LogEnd, AskError> {
        let end = self.true_log_end().await?;
        Ok(LogEnd {
            position: Position(self.shown_position(end.position)),
            ..end
        })
    }

    /// Where the log ends for this question.
    pub async fn true_log_end(&self) -> Result<LogEnd, AskError> {
        match &self.as_of_view {
            Some(as_of_view) => Ok(as_of_view.end),
            None => Ok(self.reading().await.log_end(self.account_id).await?),
        }
    }

    /// Everyone ever seen or listed, by id, under their latest profiles.
    pub async fn extensions(&self) -> Result<Vec<ExtensionSummary>, AskError> {
        let mut extensions = self.everybody().await?;
        extensions.retain(|extension| self.visible.shows(extension.extension_id));
        Ok(extensions)
    }

    /// The same with those whom answers may not show: to tell whom the configuration means, and who is in which team.
    pub async fn everybody(&self) -> Result<Vec<ExtensionSummary>, AskError> {
        let mut everybody = match &self.as_of_view {
            None => self.reading().await.extensions(self.account_id).await?,
            Some(as_of_view) => {
                let histories = as_of_view.histories.values();
                let summaries = histories.map(|history| {
                    Ok(ExtensionSummary {
                        extension_id: history.extension_id,
                        profile: latest_profile(history, &as_of_view.dictionary)?,
                        was_observed: !history.existence.is_empty(),
                        assumed_zone: None,
                    })
                });
                summaries.collect::<Result<_, UnknownId>>()?
            }
        };
        if everybody.iter().any(AssumedZones::is_wanted) {
            let rows = self.reading().await.site_zones(self.account_id).await?;
            let known_at = self
                .as_of_view
                .as_ref()
                .map(|as_of_view| as_of_view.recorded_at);
            let zones = AssumedZones::of(rows, known_at);
            for extension in everybody
                .iter_mut()
                .filter(|one| AssumedZones::is_wanted(one))
            {
                let profile = extension.profile.as_deref();
                extension.assumed_zone = profile.and_then(|profile| zones.zone(profile));
            }
        }
        Ok(everybody)
    }

    /// Those whose id, or latest extension number, is exactly `word`, by id.
    pub async fn extensions_named(&self, word: &str) -> Result<Vec<ExtensionId>, AskError> {
        if self.as_of_view.is_none() {
            let mut reading = self.reading().await;
            let mut named = reading.extensions_named(self.account_id, word).await?;
            named.retain(|id| self.visible.shows(*id));
            return Ok(named);
        }
        let is_named = |one: &ExtensionSummary| {
            let number = one
                .profile
                .as_ref()
                .and_then(|profile| profile.extension_number.as_deref());
            number == Some(word) || one.extension_id.to_string() == word
        };
        let named = self.extensions().await?.into_iter().filter(is_named);
        Ok(named.map(|one| one.extension_id).collect())
    }

    /// The histories of some extensions, as far as they touch a window.
    pub async fn histories(
        &self,
        ids: &[ExtensionId],
        window: TimeRange,
    ) -> Result<Vec<ExtensionHistory>, AskError> {
        let ids = &*self.visible.of(ids);
        if let Some(as_of_view) = &self.as_of_view {
            let histories = ids
                .iter()
                .filter_map(|id| as_of_view.histories.get(id).cloned());
            return Ok(histories.collect());
        }
        let mut reading = self.reading().await;
        Ok(reading.histories(self.account_id, ids, window).await?)
    }

    /// The same histories as they are kept, to be unpacked by the thread that counts them.
    pub async fn packed_histories(
        &self,
        ids: &[ExtensionId],
        window: TimeRange,
    ) -> Result<Vec<PackedHistory>, AskError> {
        let ids = &*self.visible.of(ids);
        if self.as_of_view.is_none() {
            let mut reading = self.reading().await;
            let packed = reading.packed_histories(self.account_id, ids, window);
            return Ok(packed.await?);
        }
        let histories = self.histories(ids, window).await?.into_iter();
        let packed = histories.map(|mut history| PackedHistory {
            account_id: self.account_id,
            window,
            blocks: Vec::new(),
            tail: std::mem::take(&mut history.intervals),
            history,
        });
        Ok(packed.collect())
    }

    /// Everyone's latest interval that began at or before `moment`, in no order; `None` where only the histories
    /// tell.
    pub async fn latest_intervals(
        &self,
        moment: Timestamp,
    ) -> Result<Option<Vec<LatestInterval>>, AskError> {
        if self.as_of_view.is_some() {
            return Ok(None);
        }
        let mut reading = self.reading().await;
        let latest = reading.latest_intervals(self.account_id, moment);
        let mut latest = latest.await?;
        latest.retain(|one| self.visible.shows(one.extension_id));
        Ok(Some(latest))
    }

    /// What the ids of states and profiles stand for, with the messages that are wanted.
    pub async fn dictionary(&self, messages: Messages) -> Result<Dictionary, AskError> {
        match &self.as_of_view {
            Some(as_of_view) => Ok(as_of_view.dictionary.clone()),
            None => Ok(self.reading().await.dictionary(messages).await?),
        }
    }

    /// The same for questions about a few extensions.
    pub async fn dictionary_of(
        &self,
        extensions: &[ExtensionId],
        messages: Messages,
    ) -> Result<Dictionary, AskError> {
        if let Some(as_of_view) = &self.as_of_view {
            return Ok(as_of_view.dictionary.clone());
        }
        let mut reading = self.reading().await;
        let dictionary = reading.dictionary_of(self.account_id, extensions, messages);
        Ok(dictionary.await?)
    }

    /// When the account was swept during a window, and for how long each sweep speaks.
    pub async fn coverage(&self, window: TimeRange) -> Result<Coverage, AskError> {
        if let Some(as_of_view) = &self.as_of_view {
            return Ok(as_of_view.coverage.clone());
        }
        let mut reading = self.reading().await;
        Ok(reading.coverage(self.account_id, window).await?)
    }

    /// What an older end of the log says of a call queue; `None`, if the answers rest on all of it.
    pub(crate) fn earlier_queue_rows(&self, queue_id: QueueId) -> Option<QueueRows> {
        let as_of_view = self.as_of_view.as_ref()?;
        Some(
            as_of_view
                .queues
                .get(&queue_id)
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// The next change events, of those whom answers may show.
    pub async fn changes(&self, query: &ChangesQuery) -> Result<Vec<LoggedEvent>, AskError> {
        let mut reading = self.reading().await;
        let Visible::Only(visible) = &self.visible else {
            return Ok(reading.changes(query).await?);
        };
        let wanted = match &query.extensions {
            Some(ids) => self.visible.of(ids).into_owned(),
            None => visible.iter().copied().collect(),
        };
        let narrowed = ChangesQuery {
            extensions: Some(wanted),
            ..query.clone()
        };
        Ok(reading.changes(&narrowed).await?)
    }

    /// The latest sweeps that began at or before `moment`, the latest first.
    pub async fn sweeps_before(&self, moment: Timestamp) -> Result<Vec<PastSweep>, AskError> {
        if let Some(as_of_view) = &self.as_of_view {
            let looks = as_of_view.looks.iter().rev();
            let before = looks.filter(|sweep| sweep.started_at <= moment);
            return Ok(before.take(SWEEPS_SEARCHED as usize).cloned().collect());
        }
        let mut reading = self.reading().await;
        Ok(reading
            .sweeps_before(self.account_id, moment, SWEEPS_SEARCHED)
            .await?)
    }

    /// The sweeps that saw no one and ended in `window` or at its end, in order.
    pub async fn failed_sweeps(&self, window: TimeRange) -> Result<Vec<FailedSweepRow>, AskError> {
        if let Some(as_of_view) = &self.as_of_view {
            let within = |sweep: &&FailedSweepRow| {
                sweep.started_at >= window.from() && sweep.started_at <= window.to()
            };
            return Ok(as_of_view.failed.iter().filter(within).cloned().collect());
        }
        let mut reading = self.reading().await;
        Ok(reading.failed_sweeps(self.account_id, window).await?)
    }

    /// The last event that counts; `None`: all of the log.
    pub fn up_to(&self) -> Option<Position> {
        self.as_of_view
            .as_ref()
            .map(|as_of_view| as_of_view.end.position)
    }
}

/// The profile that an extension had last in a history; `None`: none was ever seen.
pub fn latest_profile(
    history: &ExtensionHistory,
    dictionary: &Dictionary,
) -> Result<Option<Arc<Profile>>, UnknownId> {
    let latest = history.profiles.last();
    let latest = latest.map(|row| dictionary.profile(row.profile_id).cloned());
    latest.transpose()
}

/// Whether a question needs the messages.
pub fn messages_for(criterion: &Criterion) -> Messages {
    if criterion.uses_message() {
        Messages::Needed
    } else {
        Messages::NotNeeded
    }
}
