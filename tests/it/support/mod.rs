//! What several subjects need: generated sweeps.

pub(crate) mod sweeps;
