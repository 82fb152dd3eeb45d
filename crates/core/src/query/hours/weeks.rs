//! Ranges of weeks that run over new year, such as `week 50-02`: the library refuses them.

/// A text with such ranges written as two: `week 50-02` as `week 50-53,01-02`. A year without week 53 has none of its
/// days. What is quoted stays as it is, and so does what is no such range or has a step.
pub(super) fn across_new_year(text: &str) -> String {
    let mut parts = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        // Every second part is quoted.
        parts.push(if index % 2 == 0 {
            unquoted(part)
        } else {
            part.to_owned()
        });
    }
    parts.join("\"")
}

const WEEK: &str = "week";

fn unquoted(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut written = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(found) = lower[done..].find(WEEK) {
        let after = done + found + WEEK.len();
        written.push_str(&text[done..after]);
        done = after;
        let (list, length) = weeks(&text[after..]);
        written.push_str(&list);
        done += length;
    }
    written.push_str(&text[done..]);
    written
}

/// The list of weeks that a text begins with, written without ranges over new year, and how long it was.
fn weeks(text: &str) -> (String, usize) {
    let spaces = text.len() - text.trim_start_matches(' ').len();
    let mut written = text[..spaces].to_owned();
    let mut length = spaces;
    loop {
        let rest = &text[length..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '-' && c != '/')
            .unwrap_or(rest.len());
        let (item, after) = rest.split_at(end);
        written.push_str(&item_without_wrap(item));
        length += end;
        match after.strip_prefix(',') {
            // Behind a comma may be times or another rule.
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) && !is_time(next) => {
                written.push(',');
                length += 1;
            }
            _ => return (written, length),
        }
    }
}

fn is_time(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(':')
}

fn item_without_wrap(item: &str) -> String {
    let number = |text: &str| text.parse::<u8>().ok();
    let range = item.split_once('-');
    match range.and_then(|(from, to)| Some((number(from)?, number(to)?))) {
        Some((from, to)) if from > to && from <= LAST_WEEK && to > 0 => {
            format!("{from:02}-{LAST_WEEK},01-{to:02}")
        }
        _ => item.to_owned(),
    }
}

/// The last week that a year may have.
const LAST_WEEK: u8 = 53;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ranges_over_new_year_are_written_as_two() {
        for (text, expected) in [
            ("week 50-02", "week 50-53,01-02"),
            (
                "Week 50-2,10-12 Mo 08:00-09:00",
                "Week 50-53,01-02,10-12 Mo 08:00-09:00",
            ),
            (
                "week 10,50-02,08:00-10:00",
                "week 10,50-53,01-02,08:00-10:00",
            ),
            ("week 1-53/2 Fr 02:15-02:45", "week 1-53/2 Fr 02:15-02:45"),
            ("week 50-02/2", "week 50-02/2"),
            ("week 53-01", "week 53-53,01-01"),
            (
                "Mo 08:00-09:00 \"week 50-02\"; week 5",
                "Mo 08:00-09:00 \"week 50-02\"; week 5",
            ),
            ("week", "week"),
            ("week é", "week é"),
        ] {
            assert_eq!(across_new_year(text), expected);
        }
    }
}
