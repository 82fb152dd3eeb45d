//! How near two words are: for suggestions after a misspelling.
//!
//! Words are compared as people read them: the case of letters and the way in which an accented letter is encoded make no
//! difference here, though the case does where names of groups are looked up.

use unicode_normalization::UnicodeNormalization;

/// How many names are suggested at most.
const SUGGESTED_MAX: usize = 3;
/// A name longer than this is not compared: the time is the product of the lengths.
const LETTERS_MAX: usize = 200;

/// How many letters must be put in, left out or replaced, or two that adjoin exchanged, to make one text the other.
pub fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let (mut row, mut earlier) = (above.clone(), above.clone());
    let mut letter_before = None;
    for (line, a) in left.chars().enumerate() {
        row[0] = line + 1;
        for (column, &b) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut least = replaced.min(above[column + 1] + 1).min(row[column] + 1);
            if column > 0 && letter_before == Some(b) && right[column - 1] == a {
                least = least.min(earlier[column - 1] + 1);
            }
            row[column + 1] = least;
        }
        letter_before = Some(a);
        std::mem::swap(&mut earlier, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above.last().copied().unwrap_or_default()
}

/// A text as it is read: small letters, accents joined to what they stand on (NFC).
pub fn folded(text: &str) -> String {
    text.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

/// A word that somebody wrote, to be compared with known ones.
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

    /// How far a known word is from it, if it is near enough to have been meant.
    pub fn distance(&self, known: &str) -> Option<usize> {
        let known = folded(known);
        let (wanted, length) = (self.folded.chars().count(), known.chars().count());
        if wanted.abs_diff(length) > self.farthest || wanted.max(length) > LETTERS_MAX {
            return None;
        }
        Some(edit_distance(&self.folded, &known)).filter(|distance| *distance <= self.farthest)
    }
}

/// The one of `known` that is nearest to `word`, if it is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = Wanted::new(word);
    known
        .into_iter()
        .filter_map(|known| Some((wanted.distance(known)?, known)))
        .min()
        .map(|(_, known)| known)
}

/// The few of `known` that are nearest to `word`, the nearest first.
pub fn nearest_few<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
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
        assert_eq!(edit_distance("berlin", "berlin"), 0);
        assert_eq!(edit_distance("berln", "berlin"), 1);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("stroe", "store"), 1);
        assert_eq!(edit_distance("ab", "ba"), 1);
        assert_eq!(edit_distance("abc", "cab"), 2);
        assert_eq!(edit_distance("ca", "abc"), 3);
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["store", "format", "zone"];
        assert_eq!(nearest("Stor", known), Some("store"));
        assert_eq!(nearest("fromat", known), Some("format"));
        assert_eq!(nearest("interval", known), None);
        let known = ["Sales West", "Support", "Sales East", "Sales"];
        assert_eq!(nearest_few("sales", known), ["Sales"]);
        assert_eq!(
            nearest_few("Sales Wst", known),
            ["Sales West", "Sales East"]
        );
        assert!(nearest_few("Warehouse", known).is_empty());
    }

    #[test]
    fn what_is_read_alike_is_nearest() {
        assert_eq!(folded("Mu\u{308}nchen"), folded("M\u{fc}NCHEN"));
        assert_eq!(
            nearest("MU\u{308}NCHEN", ["M\u{fc}nchen"]),
            Some("M\u{fc}nchen")
        );
        assert_eq!(nearest(&"x".repeat(100_000), ["store"]), None);
    }
}
