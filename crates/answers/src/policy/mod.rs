//! Policies: which one a question means, and the list of them.

pub mod request;
pub mod shape;
pub mod table;

use self::request::PoliciesRequest;

use std::sync::Arc;

use crate::asker::Asker;
use crate::policy::shape::PolicyEntry;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::shared::CriterionFields;
use presence_core::query::classes::Criterion;
use presence_core::query::policy::{Policy, built_in, built_in_of_queue};
use presence_model::facet::Facet;
use presence_model::time::Timestamp;

/// The policies; see [`list`].
pub(crate) async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    _request: &PoliciesRequest,
) -> Result<(), Refusal> {
    list(asker, reply)
}

/// All policies: the built-in ones, then those of the configuration.
pub fn entries(asker: &Asker) -> Vec<PolicyEntry> {
    let mut entries: Vec<PolicyEntry> = built_in()
        .iter()
        .chain(built_in_of_queue())
        .map(|policy| PolicyEntry::of(policy, true))
        .collect();
    for (name, section) in &asker.config.file.policies {
        entries.push(match asker.config.read_policy(name, section) {
            Ok((policy, _)) => PolicyEntry::of(&policy, false),
            Err(_) => PolicyEntry {
                policy: name.clone(),
                policy_digest: None,
                built_in: false,
                description: section.description.clone(),
                rules: Vec::new(),
            },
        });
    }
    entries
}

/// All policies.
pub fn list(asker: &Asker, reply: &mut Reply<'_>) -> Result<(), Refusal> {
    let entries = entries(asker);
    reply.write_list(
        asker,
        &entries,
        |page| crate::policy::table::list(&entries, page),
        || crate::policy::table::list_csv(&entries),
    )
}

/// A person had not been seen by a moment.
pub fn not_seen(person: &str, moment: Timestamp) -> Refusal {
    Refusal::no_answer(format!(
        "{person:?} had not been seen by {moment}: there is nothing to explain"
    ))
}

/// By what a question distinguishes states: the platform's aggregate by default.
pub fn criterion(asker: &Asker, fields: &CriterionFields) -> Result<Criterion, Refusal> {
    if let Some(name) = &fields.policy {
        return Ok(policy(asker, name)?.into());
    }
    let facet = fields.facet.map(|word| word.0);
    Ok(facet.unwrap_or(Facet::PresenceStatus).into())
}

/// The policy of a name; its warnings are noted.
pub fn policy(asker: &Asker, name: &str) -> Result<Arc<Policy>, Refusal> {
    let (policy, warnings) = asker.config.policy(name)?;
    for warning in warnings {
        asker.note(format!("warning: {warning}"));
    }
    Ok(policy)
}
