//! Which rows must not be shown, because too few people stand behind them.
//!
//! A row over fewer people than the floor is withheld. The total of a bucket is often known (it is another report), so
//! what is withheld of a bucket could be had by subtraction; if that would again be about too few, the next smallest
//! row is withheld too, until enough people stand behind what is withheld together, in two rows at least.

/// One row: its bucket of time, and how many people stand behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupSize<'a> {
    /// The label of its bucket.
    pub bucket: &'a str,
    /// How many extensions something is known of.
    pub count: i64,
}

/// Which of these rows are withheld, where `count_min` people are wanted behind each.
///
/// A row without people says nothing of anyone, and neither is suppressed nor hides others.
pub fn withheld(rows: &[GroupSize<'_>], count_min: i64) -> Vec<bool> {
    let mut buckets: Vec<&str> = rows.iter().map(|row| row.bucket).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let mut withheld = vec![false; rows.len()];
    for bucket in buckets {
        let of_bucket = |index: &usize| rows[*index].bucket == bucket && rows[*index].count > 0;
        let mut by_size: Vec<usize> = (0..rows.len()).filter(of_bucket).collect();
        // Of the same size, the earlier row: so that the same question withholds the same rows.
        by_size.sort_by_key(|&index| rows[index].count);
        let (mut people, mut row_count) = (0, 0);
        for index in by_size {
            let count = rows[index].count;
            let is_few = count < count_min;
            let gives_others_away = row_count > 0 && (row_count < 2 || people < count_min);
            if !(is_few || gives_others_away) {
                break;
            }
            withheld[index] = true;
            people += count;
            row_count += 1;
        }
    }
    withheld
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: &[i64], expected: &[i64]) {
        let rows: Vec<GroupSize<'_>> = counts
            .iter()
            .map(|&count| GroupSize {
                bucket: "2026-11-02",
                count,
            })
            .collect();
        let found = withheld(&rows, 5);
        let shown: Vec<i64> = counts
            .iter()
            .zip(found)
            .filter_map(|(count, is_withheld)| is_withheld.then_some(*count))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn rows_over_few_are_withheld() {
        check(&[5, 6, 7], &[]);
        check(&[3, 4, 9], &[3, 4]);
    }

    #[test]
    fn one_withheld_row_takes_the_next_smallest_with_it() {
        check(&[9, 4, 7], &[4, 7]);
    }

    #[test]
    fn rows_that_are_few_together_take_another() {
        check(&[9, 1, 1, 7], &[1, 1, 7]);
        check(&[2], &[2]);
    }

    #[test]
    fn rows_about_nobody_hide_nobody() {
        check(&[0, 4, 9, 6], &[4, 6]);
    }

    #[test]
    fn each_bucket_is_by_itself() {
        let rows = [("a", 4), ("a", 6), ("b", 6), ("b", 7)]
            .map(|(bucket, count)| GroupSize { bucket, count });
        assert_eq!(withheld(&rows, 5), [true, true, false, false]);
    }
}
