//! Questions asked of recorded history: pure functions over what the store hands out.

pub mod calendar;
pub mod hours;
mod misspelling;
pub mod zone;
