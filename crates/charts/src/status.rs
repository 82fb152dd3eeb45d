//! How values look: the colour of a word, and the sign of a bar.

use crate::table::Paint;

/// How a value known to be good or bad for anyone who wants to reach a person is coloured; unknown values are not.
pub fn paint(value: &str) -> Paint {
    match value {
        "Available" | "TakeAllCalls" | "can_take" | "reachable" => Paint::Good,
        "Busy"
        | "CallConnected"
        | "OnHold"
        | "Ringing"
        | "ParkedCall"
        | "DoNotAcceptDepartmentCalls"
        | "on_call"
        | "ringing"
        | "in_meeting"
        | "busy" => Paint::Busy,
        "DoNotAcceptAnyCalls" | "refusing" => Paint::Bad,
        "Offline" | "offline" | "hidden" => Paint::Dim,
        _ => Paint::Plain,
    }
}

/// The beginning of a digest, enough to tell two apart by eye.
pub fn short_digest(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// What stands for a department, site or queue that someone has none of.
pub const NOT_SET: &str = "(not set)";

/// What stands for the absence of a facet in a known state.
pub const NO_VALUE: &str = "(none)";

/// The values in the order in which they are shown: documented ones first, then the rest, the absence of the facet last.
pub fn order<'a>(values: impl IntoIterator<Item = &'a str>, documented: &[&str]) -> Vec<&'a str> {
    let mut values: Vec<&str> = values.into_iter().collect();
    let rank = |value: &str| {
        let place = documented.iter().position(|known| *known == value);
        (value.is_empty(), place.unwrap_or(documented.len()))
    };
    values.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.cmp(other)));
    values.dedup();
    values
}

/// A sign for each value, all different, so that a bar can be read without colour.
pub fn signs(values: &[&str]) -> Vec<char> {
    let mut taken: Vec<char> = Vec::with_capacity(values.len());
    for value in values {
        let usual = match *value {
            "Available" => Some('█'),
            "Busy" => Some('▓'),
            "Offline" => Some('▁'),
            "NoCall" => Some('·'),
            "" => Some('-'),
            _ => None,
        };
        let letters = value.chars().filter(char::is_ascii_alphanumeric);
        let candidates = usual
            .into_iter()
            .chain(letters.map(|letter| letter.to_ascii_uppercase()))
            .chain('A'..='Z')
            .chain('a'..='z');
        let mut free = candidates.filter(|sign| !taken.contains(sign));
        let sign = free.next().unwrap_or('#');
        taken.push(sign);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_values_come_first() {
        let documented = ["Available", "Busy", "Offline"];
        assert_eq!(
            order(["", "Offline", "Zzz", "Available", "Away"], &documented),
            ["Available", "Offline", "Away", "Zzz", ""]
        );
    }

    #[test]
    fn signs_differ() {
        assert_eq!(
            signs(&["Available", "Away", "Apart", "A", ""]),
            ['█', 'A', 'P', 'B', '-']
        );
    }
}
