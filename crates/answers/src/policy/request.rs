//! What the list of policies is asked: nothing.

use clap::Args;

use crate::parameters::{Field, FromParameters, Parameters};
use crate::refusal::Refusal;

/// `presence policy list`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct PoliciesRequest {}

impl FromParameters for PoliciesRequest {
    fn fields() -> Vec<Field> {
        Vec::new()
    }

    fn take(_: &mut Parameters) -> Result<Self, Refusal> {
        Ok(Self {})
    }
}
