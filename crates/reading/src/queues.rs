//! What policies need to know of call queues: which queue a name stands for, and what its own sweeps showed.
//!
//! A queue is bound by its id: its name is that of its own extension, which the directory lists like every other. So a
//! question reaches over all the past of the queue that has the name now, however it was called before.

use std::collections::BTreeSet;
use std::sync::Arc;

use presence_core::query::classes::{Classes, Criterion};
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::Policy;
use presence_core::query::queues::{QueueEvidence, QueueHistory};
use presence_core::query::wanted::Wanted;
use presence_model::history::Dictionary;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::profile::Profile;
use presence_model::text::is_same_name;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{ExtensionSummary, QueueMembers, QueueRows};

use crate::context::{Context, Visible};
use crate::error::AskError;
use crate::names::{Named, check_names};

/// The platform's type of the extension that a call queue is.
const QUEUE_TYPE: &str = "Department";

impl Context {
    /// The classes of a question about `window`, with what is known of the call queues that they depend on.
    pub async fn classes(
        &self,
        dictionary: &Dictionary,
        criterion: &Criterion,
        window: TimeRange,
    ) -> Result<Classes, AskError> {
        let classes = Classes::of_criterion(dictionary, criterion);
        let evidence = self.evidence(criterion, QueueMembers::All, window).await?;
        Ok(classes.with_queues(evidence))
    }

    /// The same for questions about a few extensions that reach back as far as need be.
    pub async fn classes_of(
        &self,
        extensions: &[ExtensionId],
        dictionary: &Dictionary,
        criterion: &Criterion,
        window: TimeRange,
    ) -> Result<Classes, AskError> {
        let classes = Classes::of_criterion(dictionary, criterion);
        let members = QueueMembers::Only(extensions);
        let evidence = self.evidence(criterion, members, window).await?;
        Ok(classes.with_queues(evidence))
    }

    /// What is known of the call queues that a policy asks, around a moment; `None`, if it asks none.
    pub async fn queues_at(
        &self,
        policy: &Policy,
        moment: Timestamp,
    ) -> Result<Option<Arc<QueueEvidence>>, AskError> {
        let window = TimeRange::of_moment(moment);
        self.queues_of(policy, QueueMembers::All, window).await
    }

    /// Whether the queue of a name was ever swept by now.
    pub async fn is_queue_swept(&self, name: &str) -> Result<bool, AskError> {
        let everybody = self.everybody().await?;
        match self.queue_named(name, &everybody).await? {
            Some(queue_id) => self.is_swept(queue_id).await,
            None => Ok(false),
        }
    }

    async fn evidence(
        &self,
        criterion: &Criterion,
        members: QueueMembers<'_>,
        window: TimeRange,
    ) -> Result<Option<Arc<QueueEvidence>>, AskError> {
        match criterion {
            Criterion::Facet(_) => Ok(None),
            Criterion::Policy(policy) => self.queues_of(policy, members, window).await,
        }
    }

    async fn queues_of(
        &self,
        policy: &Policy,
        members: QueueMembers<'_>,
        window: TimeRange,
    ) -> Result<Option<Arc<QueueEvidence>>, AskError> {
        let names = policy.queues();
        if names.is_empty() {
            return Ok(None);
        }
        let everybody = self.everybody().await?;
        let mut queues = Vec::with_capacity(names.len());
        for name in names {
            let queue_id = self.queue_named(name, &everybody).await?;
            let rows = match queue_id {
                Some(queue_id) => self.queue_rows(queue_id, members, window).await?,
                None => QueueRows::default(),
            };
            queues.push(QueueHistory {
                name: name.into(),
                queue_id,
                coverage: rows.coverage,
                members: rows.members,
                read_from: match members {
                    QueueMembers::All => window.from(),
                    QueueMembers::Only(_) => Timestamp::MIN,
                },
            });
        }
        Ok(Some(Arc::new(QueueEvidence { queues })))
    }

    /// The queue that a name stands for: by its name, else its extension number or id. `None`, if there is none and names
    /// may be unknown.
    async fn queue_named(
        &self,
        name: &str,
        everybody: &[ExtensionSummary],
    ) -> Result<Option<QueueId>, AskError> {
        if let Visible::Only(_) = self.visible() {
            // Which queues there are beside their own is nothing for this reader.
            self.check_queue(name).await?;
        }
        let queues = || {
            let queues = everybody.iter();
            queues.filter(|one| one.profile.as_deref().is_some_and(is_queue))
        };
        for named in [NamedBy::Name, NamedBy::Number, NamedBy::Id] {
            let found = queues().filter(|one| named.is_meant(one, name));
            let found: Vec<&ExtensionSummary> = found.collect();
            match found.as_slice() {
                [] => {}
                [one] => return Ok(Some(QueueId(one.extension_id.0))),
                several => return Err(ambiguous(name, several)),
            }
        }
        if let Some(queue_id) = name.parse().ok().map(QueueId)
            && self.is_swept(queue_id).await?
        {
            return Ok(Some(queue_id));
        }
        self.check_queue(name).await?;
        Ok(None)
    }

    /// Whether a queue was ever swept by now, although the directory may not list its extension.
    async fn is_swept(&self, queue_id: QueueId) -> Result<bool, AskError> {
        let by_now = TimeRange::of_moment(self.now());
        let rows = self.queue_rows(queue_id, QueueMembers::Only(&[]), by_now);
        Ok(!rows.await?.coverage.is_empty())
    }

    /// Refuses the name of a queue that no one is or was in, unless names may be unknown.
    async fn check_queue(&self, name: &str) -> Result<(), AskError> {
        let group_filter = GroupFilter {
            queues: vec![Wanted::of_word(name)],
            ..GroupFilter::default()
        };
        check_names(self, &Named::default().group_filter(&group_filter)).await
    }

    async fn queue_rows(
        &self,
        queue_id: QueueId,
        members: QueueMembers<'_>,
        window: TimeRange,
    ) -> Result<QueueRows, AskError> {
        if let Some(rows) = self.earlier_queue_rows(queue_id) {
            return Ok(rows);
        }
        let mut reading = self.reading().await;
        let rows = reading.queue_rows(self.account_id(), queue_id, members, window);
        Ok(rows.await?)
    }
}

/// What of a queue a name may be, in this order.
#[derive(Clone, Copy)]
enum NamedBy {
    Name,
    Number,
    Id,
}

impl NamedBy {
    fn is_meant(self, queue: &ExtensionSummary, name: &str) -> bool {
        let profile = queue.profile.as_deref();
        match self {
            Self::Name => profile
                .and_then(|profile| profile.name.as_deref())
                .is_some_and(|own| is_same_name(own, name)),
            Self::Number => {
                profile.and_then(|profile| profile.extension_number.as_deref()) == Some(name)
            }
            Self::Id => queue.extension_id.to_string() == name,
        }
    }
}

fn is_queue(profile: &Profile) -> bool {
    profile.extension_type.as_deref() == Some(QUEUE_TYPE)
}

fn ambiguous(name: &str, queues: &[&ExtensionSummary]) -> AskError {
    let numbers: BTreeSet<String> = queues
        .iter()
        .map(|one| {
            let profile = one.profile.as_deref();
            let number = profile.and_then(|profile| profile.extension_number.clone());
            number.unwrap_or_else(|| one.extension_id.to_string())
        })
        .collect();
    AskError::SeveralQueues {
        name: name.to_owned(),
        numbers: numbers.into_iter().collect(),
    }
}
