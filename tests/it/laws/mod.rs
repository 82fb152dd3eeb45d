//! The rules of time, as cases that can be checked by eye and as laws.

mod as_of;
mod bounds;
mod calendar;
mod clock_changes;
mod conservation;
mod diff;
mod figures;
mod known;
mod local_days;
mod meet;
mod policy;
mod reference;
mod report;
mod staffing;
mod sweep_times;
