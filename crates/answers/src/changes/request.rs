//! What `changes` is asked.

use crate::asks::{Asks, When};
use crate::changes::shape::Change;
use crate::format::Drawn;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, LOG};
use crate::request::Request;
use clap::Args;

use crate::parameters::fields;
use crate::shared::{AsOfFields, TeamFields, TodayFields};
use crate::values::{EntryNo, Limit, PersonRef, PolicyName, Word};
use presence_model::event::EventKind;
use presence_model::facet::Facet;
use presence_model::observation::Source;

/// `presence changes`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence changes --from -1h --to now
  presence changes --from 2026-11-02 --to 2026-11-03 101 --facet telephony_status
  presence changes --from -1d --to now --policy direct_calls --to-value on_call --department Support
  presence changes --from -7d --to now --kind appeared --kind disappeared
  presence changes --from -7d --to now --format ndjson > changes.ndjson

Formats: `json` is an array; a line of `ndjson` is one event; `csv` has one row for each event and facet (or \
field of the profile) that it changes. Answers are written as they are read, however long they are.")]
pub struct ChangesRequest {
    /// Only of these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Only changes of this facet; may be repeated
    #[arg(long = "facet", value_name = "FACET")]
    pub facets: Vec<Word<Facet>>,
    /// Only changes of the class that this policy gives
    ///
    /// With it, the list says from which class to which (`presence policy list`).
    #[arg(long, value_name = "POLICY", conflicts_with = "facets")]
    pub policy: Option<PolicyName>,
    /// Only changes from or to this value
    ///
    /// A value of the facet, or a class of the policy; "" is the absence of the facet.
    #[arg(long, value_name = "VALUE", visible_alias = "class")]
    pub value: Option<String>,
    /// Only changes from this value or class
    #[arg(long, value_name = "VALUE")]
    pub from_value: Option<String>,
    /// Only changes to this value or class
    #[arg(long, value_name = "VALUE")]
    pub to_value: Option<String>,
    /// Only events of this kind; may be repeated
    ///
    /// The kinds are appeared, changed, disappeared and `profile_changed`.
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<Word<EventKind>>,
    /// Only what was told by this: poll, push or import; may be repeated
    #[arg(long = "source", value_name = "SOURCE", hide_short_help = true)]
    pub sources: Vec<Word<Source>>,
    /// Of whom.
    #[command(flatten)]
    pub team: TeamFields,
    /// At most so many, the earliest
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Limit>,
    /// Only events after this position: where a list before ended
    #[arg(long, value_name = "POSITION", hide_short_help = true)]
    pub after: Option<EntryNo>,
    /// The window.
    #[command(flatten)]
    pub window: TodayFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(ChangesRequest {
    people: repeated "person",
    facets: repeated "facet",
    policy: once "policy",
    value: once "value",
    from_value: once "from-value",
    to_value: once "to-value",
    kinds: repeated "kind",
    sources: repeated "source",
    team: part,
    limit: once "limit",
    after: once "after",
    window: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<ChangesRequest, Vec<Change>>(
    crate::question::CHANGES,
    "The changes, one by one",
    |parameters| Ok(Request::Changes(ChangesRequest::take(parameters)?)),
)
.drawn(&[Drawn::Parquet])
.in_pages(1_000, 10_000)
.without_both(&[LOG, CRITERION]);

impl Asks for ChangesRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn when(&self) -> When<'_> {
        When::Within((&self.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }
}
