//! How near two words are: for suggestions after a misspelling.

/// How many letters must be put in, left out or replaced to make one text the other.
pub fn edit_distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in right.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The one of `known` that is nearest to `word`, if it is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let farthest = (wanted.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|known| (edit_distance(&wanted, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= farthest)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        assert_eq!(edit_distance("berlin", "berlin"), 0);
        assert_eq!(edit_distance("berln", "berlin"), 1);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["store", "format", "zone"];
        assert_eq!(nearest("Stor", known), Some("store"));
        assert_eq!(nearest("fromat", known), Some("format"));
        assert_eq!(nearest("interval", known), None);
    }
}
