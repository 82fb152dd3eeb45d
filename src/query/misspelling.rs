//! What was probably meant by business hours that are not understood.

/// Where the notation is broken and what was expected there, in words; begins with a space.
pub(super) fn reason(error: &opening_hours_syntax::Error, text: &str) -> String {
    format!(" ({error})").replace('\n', " ") + &text[text.len()..]
}

/// The same hours in the right notation, as far as common habits of writing can be told; it may not be understood
/// either.
pub(super) fn corrected(_text: &str) -> Option<String> {
    None
}
