//! The program as a user runs it: what it writes, where, and how it ends.

mod answers;
mod auditing;
mod calendars;
mod copying;
mod daily;
mod demonstration;
mod finding;
mod operating;
mod policies;
mod refusals;
mod running;
mod setup;
mod support;
pub(crate) mod support;
mod telling;
mod terminal;
