//! How values look, and what they are values of.

use crate::shapes::common::CriterionShape;
use presence_core::escape::shown;

pub use presence_charts::status::{NO_VALUE, NOT_SET, order, paint, short_digest, signs};

/// The facet, or the policy with the beginning of its digest.
pub fn criterion(criterion: &CriterionShape) -> String {
    match criterion {
        CriterionShape::Facet { facet } => (*facet).to_owned(),
        CriterionShape::Policy {
            policy,
            policy_digest,
            ..
        } => format!("policy {} ({})", shown(policy), short_digest(policy_digest)),
    }
}
