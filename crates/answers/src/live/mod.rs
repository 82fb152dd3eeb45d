//! `get`: what the platform says of one person now, next to what was recorded last.

pub mod shape;
pub mod table;
