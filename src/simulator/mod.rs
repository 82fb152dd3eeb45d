//! A local platform that speaks as RingCentral does, and an office of people behind it.
mod dice;
mod office;
pub mod status;
pub mod truth;
pub mod workday;
pub mod world;
pub mod zones;
