//! Addresses of pages as they are meant to be read and sent on: what a form sends without being asked for is left out.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;

use super::fields::Fields;
use super::period::Unit;
use super::together::{VALUE, VALUE_OF, value_of};
use crate::state::AppState;

/// Leads to the shortest address that asks for the same.
pub(super) async fn shortest(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    match shorter(uri.path(), uri.query()) {
        Some(address) => Redirect::to(&format!("{}{address}", state.path(""))).into_response(),
        None => next.run(request).await,
    }
}

/// The address that asks for the same in fewer words; `None` where there is none.
///
/// Without script a form sends every field, also those that were left empty. A `date` is the day that the calendar field
/// was set to, in place of two ends. A value that was chosen for another status or policy than the one that is chosen now
/// means nothing.
fn shorter(path: &str, query: Option<&str>) -> Option<String> {
    // What is tried there is sent as it is filled in.
    if path.starts_with("/api/") {
        return None;
    }
    let written = query?;
    let given = Fields::read(query);
    let mut fields = given.clone();
    if let Some(of) = given.get(VALUE_OF) {
        fields = fields.without(&[VALUE_OF]);
        if of != value_of(&given) {
            fields = fields.without(&[VALUE]);
        }
    }
    let leads_by_date = Unit::ALL
        .iter()
        .any(|unit| path == format!("/{}", unit.name()));
    if let Some(date) = given.get("date").filter(|_| !leads_by_date)
        && let Ok(date) = date.parse::<Date>()
        && let Ok(after) = date.tomorrow()
    {
        fields = fields
            .without(&["date"])
            .with("from", &date.to_string())
            .with("to", &after.to_string());
    }
    let has_empty =
        form_urlencoded::parse(written.as_bytes()).any(|(_, value)| value.trim().is_empty());
    (has_empty || fields != given).then(|| fields.address(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, query: &str, expected: Option<&str>) {
        assert_eq!(shorter(path, Some(query)).as_deref(), expected);
    }

    #[test]
    fn what_was_left_empty_is_not_in_the_address() {
        assert_eq!(shorter("/people", None), None);
        check("/people", "department=Support", None);
        check(
            "/people",
            "site=&department=R%26D&person=+",
            Some("/people?department=R%26D"),
        );
        check("/people", "site=", Some("/people"));
    }

    #[test]
    fn a_day_of_the_calendar_has_two_ends() {
        check(
            "/report",
            "date=2026-11-04&from=-7d&by=day",
            Some("/report?by=day&from=2026-11-04&to=2026-11-05"),
        );
        // The address of a day, week, month or quarter has its date in its path.
        check("/week", "date=2026-11-04", None);
        check("/report", "date=yesterday", None);
        check("/report", "date=9999-12-31", None);
    }

    #[test]
    fn a_value_of_another_status_is_not_asked_for() {
        check(
            "/staffing",
            "value=Available&value-of=presence_status&facet=presence_status",
            Some("/staffing?value=Available&facet=presence_status"),
        );
        check(
            "/staffing",
            "value=Available&value-of=presence_status&facet=telephony_status",
            Some("/staffing?facet=telephony_status"),
        );
        check(
            "/staffing",
            "value=Available&value-of=presence_status&policy=direct_calls",
            Some("/staffing?policy=direct_calls"),
        );
    }
}
