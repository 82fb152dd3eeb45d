//! `calendar import`.

use serde::Serialize;

/// The platform's business hours as a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedCalendar<'a> {
    /// Its name.
    pub calendar: &'a str,
    /// The hours in the OpenStreetMap notation.
    pub hours: &'a str,
}
