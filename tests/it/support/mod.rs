//! What several tests share.

pub(crate) mod drawn;
pub(crate) mod sweeps;
