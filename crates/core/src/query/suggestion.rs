//! How near two words are: for suggestions after a misspelling.
//!
//! Words are compared as people read them: the case of letters and the way in which an accented letter is encoded make no
//! difference here, though the case does where names of groups are compared.

use strsim::osa_distance;
use unicode_normalization::UnicodeNormalization;

/// How many names are suggested at most.
const SUGGESTED_MAX: usize = 3;
/// A name longer than this is not compared: the time is the product of the lengths.
const LETTERS_MAX: usize = 200;

/// A text as it is read: small letters, accents joined to what they stand on (NFC).
pub fn folded(text: &str) -> String {
    text.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

/// A word that someone wrote, to be compared with known ones.
pub struct Wanted {
    folded: String,
    farthest: usize,
}

impl Wanted {
    /// The word.
    pub fn new(word: &str) -> Self {
        let folded = folded(word);
        let farthest = (folded.chars().count() / 3).clamp(1, 4);
        Self { folded, farthest }
    }

    /// How far a known word is from it, if it is near enough to have been meant: how many letters must be put in, left out
    /// or replaced, or two that adjoin exchanged.
    pub fn distance(&self, known: &str) -> Option<usize> {
        let known = folded(known);
        let (wanted, length) = (self.folded.chars().count(), known.chars().count());
        if wanted.abs_diff(length) > self.farthest || wanted.max(length) > LETTERS_MAX {
            return None;
        }
        Some(osa_distance(&self.folded, &known)).filter(|distance| *distance <= self.farthest)
    }
}

/// The one of `known` that is nearest to `word`, if it is near enough to have been meant.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = Wanted::new(word);
    known
        .into_iter()
        .filter_map(|known| Some((wanted.distance(known)?, known)))
        .min()
        .map(|(_, known)| known)
}

/// The few of `known` that are nearest to `word`, the nearest first.
pub fn suggestions<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = Wanted::new(word);
    let near = known.into_iter();
    let mut near: Vec<(usize, &str)> = near
        .filter_map(|known| Some((wanted.distance(known)?, known)))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(SUGGESTED_MAX);
    near.into_iter().map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (wanted, known, expected) in [
            ("berlin", "berlin", Some(0)),
            ("berln", "berlin", Some(1)),
            ("", "abc", None),
            ("stroe", "store", Some(1)),
            ("ab", "ba", Some(1)),
            ("abc", "cab", None),
            ("abcdef", "cabdef", Some(2)),
            // Letters that were exchanged stay together: nothing is put between them.
            ("cadefghij", "abcdefghij", Some(3)),
        ] {
            assert_eq!(Wanted::new(wanted).distance(known), expected, "{wanted}");
        }
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["store", "format", "zone"];
        assert_eq!(suggestion("Stor", known), Some("store"));
        assert_eq!(suggestion("fromat", known), Some("format"));
        assert_eq!(suggestion("interval", known), None);
        let known = ["Sales West", "Support", "Sales East", "Sales"];
        assert_eq!(suggestions("sales", known), ["Sales"]);
        assert_eq!(
            suggestions("Sales Wst", known),
            ["Sales West", "Sales East"]
        );
        assert!(suggestions("Warehouse", known).is_empty());
    }

    #[test]
    fn what_is_read_alike_is_nearest() {
        assert_eq!(folded("Mu\u{308}nchen"), folded("M\u{fc}NCHEN"));
        assert_eq!(
            suggestion("MU\u{308}NCHEN", ["M\u{fc}nchen"]),
            Some("M\u{fc}nchen")
        );
        assert_eq!(suggestion(&"x".repeat(100_000), ["store"]), None);
    }
}
