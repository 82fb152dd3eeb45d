//! The program as a user runs it: what it writes, where, and how it ends.

mod answers;
mod auditing;
mod away;
mod calendars;
mod clocks;
mod collecting;
mod comparing;
mod copying;
mod crashes;
mod daily;
mod demonstration;
mod earlier;
mod exporting;
mod finding;
mod habits;
mod locations;
mod names;
mod operating;
mod outputs;
mod pictures;
mod policies;
mod refusals;
mod running;
mod setup;
pub(crate) mod support;
mod telling;
mod terminal;
