//! demo
pub mod accuracy;
pub mod check;
pub mod office;
