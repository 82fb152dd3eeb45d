//! What is too short to be seen in a picture: marks for it.
//!
//! A picture has as many columns as can be distinguished. What is shorter than one gets a mark in the column in which it
//! begins, above the longer bars and over a part of their height, so that neither hides the other. However many there
//! are, a column has one mark a value, and so a row no more than its columns have room for:
//!
//! ```text
//! columns   |      |      |      |      |
//! bars      ▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁   two that can be seen
//! marks        '               ' "          one in the first column, two values in the third
//! ```

use presence_model::time::TimeRange;

/// A mark: there was something in a column that is too short to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark<T> {
    /// The column, from 0.
    pub column: usize,
    /// What it is of.
    pub value: T,
    /// Which of the marks of its column it is, from 0; `None`: no longer bar is there, and of what is there this held
    /// longest, so that the column is its.
    pub rank: Option<usize>,
}

/// Whether a stretch is shorter than one of so many columns of a window.
pub fn is_short(segment: TimeRange, window: TimeRange, columns: usize) -> bool {
    i128::from(segment.duration_ms()) * (columns.max(1) as i128) < i128::from(window.duration_ms())
}

/// The marks of a row of stretches, which ascend and do not overlap, by column. Marks of a column are in the order in
/// which their values first occur in it.
pub fn marks<T: Copy + PartialEq>(
    window: TimeRange,
    columns: usize,
    segments: impl IntoIterator<Item = (TimeRange, T)>,
) -> Vec<Mark<T>> {
    let columns = columns.max(1);
    let mut row = Row {
        column_ms: i128::from(window.duration_ms()) / columns as i128,
        column: 0,
        covered_ms: 0,
        short: Vec::new(),
        marks: Vec::new(),
    };
    let column_of = |ms: i64| {
        let since = i128::from(ms - window.from().as_ms());
        usize::try_from(since * columns as i128 / i128::from(window.duration_ms())).unwrap_or(0)
    };
    let edge_ms = |column: usize| {
        let part = i128::from(window.duration_ms()) * column as i128 / columns as i128;
        window.from().as_ms() + i64::try_from(part).unwrap_or(0)
    };
    for (segment, value) in segments {
        let Some(segment) = segment.clip(window) else {
            continue;
        };
        let (from, to) = (segment.from().as_ms(), segment.to().as_ms());
        let first = column_of(from);
        row.go_to(first);
        if is_short(segment, window, columns) {
            row.add(value, segment.duration_ms());
        } else {
            row.covered_ms += i128::from(to.min(edge_ms(first + 1)) - from);
            let last = column_of(to - 1);
            if last > first {
                row.go_to(last);
                row.covered_ms += i128::from(to - edge_ms(last));
            }
        }
    }
    row.go_to(usize::MAX);
    row.marks
}

/// The column that is gone through.
struct Row<T> {
    column_ms: i128,
    column: usize,
    /// How much of it longer stretches have.
    covered_ms: i128,
    /// How long each value held in it by short ones.
    short: Vec<(T, i64)>,
    marks: Vec<Mark<T>>,
}

impl<T: Copy + PartialEq> Row<T> {
    fn add(&mut self, value: T, ms: i64) {
        match self.short.iter_mut().find(|(known, _)| *known == value) {
            Some((_, sum)) => *sum += ms,
            None => self.short.push((value, ms)),
        }
    }

    /// Ends the column, and begins another.
    fn go_to(&mut self, column: usize) {
        if column == self.column {
            return;
        }
        let is_free = self.covered_ms * 2 < self.column_ms;
        let longest = self.short.iter().map(|(_, ms)| *ms).max();
        let mut owner = longest.filter(|_| is_free);
        let mut rank = 0;
        for (value, ms) in self.short.drain(..) {
            let is_owner = owner.take_if(|longest| *longest == ms).is_some();
            self.marks.push(Mark {
                column: self.column,
                value,
                rank: (!is_owner).then_some(rank),
            });
            rank += usize::from(!is_owner);
        }
        self.column = column;
        self.covered_ms = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::time::Timestamp;

    /// Letters of a second each in columns of ten: what gets a mark, as column, letter and rank.
    #[track_caller]
    fn check(row: &str, expected: &[&str]) {
        let at = |second: usize| {
            Timestamp::saturating_from_ms(i64::try_from(second).expect("small") * 1_000)
        };
        let span = |from, to| TimeRange::new(at(from), at(to)).expect("it has a length");
        let letters: Vec<char> = row.chars().collect();
        let mut segments: Vec<(TimeRange, char)> = Vec::new();
        for (second, letter) in letters.iter().enumerate() {
            match segments.last_mut() {
                Some((last, known)) if known == letter => *last = last.until(at(second + 1)),
                _ => segments.push((span(second, second + 1), *letter)),
            }
        }
        let window = span(0, letters.len());
        let marks = marks(window, letters.len() / 10, segments);
        let shown: Vec<String> = marks
            .iter()
            .map(|mark| {
                let rank = mark
                    .rank
                    .map_or("owner".to_owned(), |rank| rank.to_string());
                format!("{} {} {rank}", mark.column, mark.value)
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_short_one_between_long_ones_has_a_mark() {
        check("aaaaaaaaaaaaaabaaaaaaaaaaaaaaa", &["1 b 0"]);
        check("aaaaaaaaaabbbbbbbbbbaaaaaaaaaa", &[]);
    }

    #[test]
    fn a_column_of_short_ones_is_of_the_longest() {
        check(
            "aaaaaaaaaabcbbbcccbbdaaaaaaaaa",
            &["1 b owner", "1 c 0", "2 d 0", "2 a owner"],
        );
        // A last stretch of nine seconds is short as well, and has its column.
        check(
            "abbbbbbbbbabbbbbbbbb",
            &["0 a 0", "0 b owner", "1 a 0", "1 b owner"],
        );
    }

    #[test]
    fn many_short_ones_have_one_mark_a_value_and_column() {
        let row = "abc".repeat(100);
        let at = |ms| Timestamp::saturating_from_ms(ms);
        let segments = (0..).zip(row.chars()).map(|(place, letter)| {
            let span = TimeRange::new(at(place * 10), at(place * 10 + 10));
            (span.expect("it has a length"), letter)
        });
        let window = TimeRange::new(at(0), at(3_000)).expect("it has a length");
        let marks = marks(window, 5, segments);
        assert_eq!(marks.len(), 15);
        let owners = marks.iter().filter(|mark| mark.rank.is_none());
        assert_eq!(owners.count(), 5);
    }
}
