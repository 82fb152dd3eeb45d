//! Figures of a row that are counted only where they are asked for: episodes, and what polling can have missed.
//!
//! ```text
//! scheduled      [           )   [               )
//! estimate    A A A A B B A A A A A ? ? A B B A A A A
//! episodes A     a a     a a     a        A       a a       one whole one; the others are cut, by the edges of
//!                                                           the schedule or by the gap
//! ```
//!
//! Changes unseen: sweeps an interval h apart at a stationary process of two states (in the class, not in it) see the
//! share (1 − e^(−x)) / x of its changes, where x = r h and r is the sum of its two rates. With p the part of the time
//! in the class, a share 2 p (1 − p) (1 − e^(−x)) of the pairs of adjoining sweeps differ, so x = −ln(1 − q) with q the
//! share of pairs that differ over 2 p (1 − p). It exists only if q < 1: otherwise no such process can have shown what
//! the sweeps show.

use presence_model::time::{TimeRange, Timestamp};

use super::classes::ClassId;
use super::report::Row;
use super::schedule_slots::{Cell, Cursor, ScheduleSlots};
use super::track::{Knowledge, Segment, Track};

/// Chances are summed in whole millionths, so that sums are the same in whichever order they are made.
const MILLIONTHS: f64 = 1_000_000.0;

/// Figures of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// By class.
    pub classes: Vec<ClassFigures>,
    /// The changes between sweeps that bracket them, and the time between those sweeps, summed, in milliseconds.
    change_count: i64,
    spacing_ms: i64,
}

/// Figures of a class in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassFigures {
    /// The class.
    pub class: ClassId,
    /// Its unbroken segments.
    pub episodes: Episodes,
    /// How often it was seen to begin or to end, between sweeps that bracket the change.
    pub change_count: i64,
    /// How many pairs of adjoining sweeps would differ if they knew nothing of each other: sweeps × 2 p (1 − p).
    chance_millionths: i64,
}

/// The unbroken segments of a class in the estimate, cut to scheduled time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Episodes {
    /// How long each lasted whose beginning and end were both seen inside the scheduled time, in milliseconds.
    lengths_ms: Vec<i64>,
    /// How many were cut: by a gap, or by an edge of the window, of the scheduled time, of a bucket or of a
    /// membership. An episode that begins or ends exactly at an edge counts as cut, since no one can tell.
    pub cut_count: i64,
    /// The longest unbroken segment, cut ones included, in milliseconds.
    pub longest_continuous_ms: i64,
}

/// What is expected of a process that shows what the sweeps show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// Which part of the changes sweeps this far apart see: above 0, at most 1.
    pub share_seen: f64,
    /// How many changes there were, seen or not.
    pub change_count: f64,
}

impl Episodes {
    /// How many were whole.
    pub fn count(&self) -> usize {
        self.lengths_ms.len()
    }

    /// The mean length of the whole ones, in milliseconds, rounded down; `None` if there are none.
    pub fn mean_ms(&self) -> Option<i64> {
        let count = i64::try_from(self.lengths_ms.len()).ok()?;
        self.lengths_ms.iter().sum::<i64>().checked_div(count)
    }

    /// The median length of the whole ones, in milliseconds; of an even number, the mean of the middle two.
    pub fn median_ms(&self) -> Option<i64> {
        let mut sorted = self.lengths_ms.clone();
        sorted.sort_unstable();
        let upper = sorted.get(sorted.len() / 2)?;
        let lower = sorted.get((sorted.len() - 1) / 2)?;
        Some(lower + (upper - lower) / 2)
    }

    /// The longest of the whole ones, in milliseconds.
    pub fn longest_ms(&self) -> Option<i64> {
        self.lengths_ms.iter().copied().max()
    }

    fn add(&mut self, episode: &Part) {
        let length_ms = episode.to.since_ms(episode.from);
        self.longest_continuous_ms = self.longest_continuous_ms.max(length_ms);
        if episode.begins_cut || episode.ends_cut {
            self.cut_count += 1;
        } else {
            self.lengths_ms.push(length_ms);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.lengths_ms.extend(&other.lengths_ms);
        // Which order they came in is chance; equal figures should be equal.
        self.lengths_ms.sort_unstable();
        self.cut_count += other.cut_count;
        self.longest_continuous_ms = self.longest_continuous_ms.max(other.longest_continuous_ms);
    }
}

impl ClassFigures {
    fn new(class: ClassId) -> Self {
        Self {
            class,
            episodes: Episodes::default(),
            change_count: 0,
            chance_millionths: 0,
        }
    }

    /// How many changes are expected to have been; `None` where no two-state process shows what was seen.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are far below 2^52, and the result is an expectation"
    )]
    pub fn expectation(&self) -> Option<Expectation> {
        let seen = self.change_count as f64;
        if self.change_count == 0 {
            return Some(Expectation {
                share_seen: 1.0,
                change_count: 0.0,
            });
        }
        let q = seen * MILLIONTHS / self.chance_millionths as f64;
        let share_seen = share_seen(q)?;
        Some(Expectation {
            share_seen,
            change_count: seen / share_seen,
        })
    }
}

/// Which part of the changes is seen, where `q` of the pairs of sweeps that would differ by chance do; `None` if no
/// process can show that.
pub fn share_seen(q: f64) -> Option<f64> {
    (q > 0.0 && q < 1.0).then(|| q / -(-q).ln_1p())
}

/// The expected standard deviation of a class's total against the truth, in milliseconds, where sweeps are `interval_ms`
/// apart and the class began or ended `change_count` times: h √(N / 12), since each change is rounded up to a sweep.
pub fn total_deviation_ms(interval_ms: f64, change_count: f64) -> f64 {
    interval_ms * (change_count / 12.0).sqrt()
}

impl Figures {
    /// How far apart the sweeps were between which changes were seen, on average, in milliseconds; `None` if none were.
    pub fn interval_ms(&self) -> Option<i64> {
        self.spacing_ms.checked_div(self.change_count)
    }

    /// How often the class was seen to have changed, between sweeps that bracket the change.
    pub fn change_count(&self) -> i64 {
        self.change_count
    }

    fn class(&mut self, class: ClassId) -> &mut ClassFigures {
        let place = self.classes.binary_search_by_key(&class, |one| one.class);
        let index = place.unwrap_or_else(|index| {
            self.classes.insert(index, ClassFigures::new(class));
            index
        });
        &mut self.classes[index]
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.change_count += other.change_count;
        self.spacing_ms += other.spacing_ms;
        for figures in &other.classes {
            let own = self.class(figures.class);
            own.episodes.merge(&figures.episodes);
            own.change_count += figures.change_count;
            own.chance_millionths += figures.chance_millionths;
        }
    }
}

/// Counts the figures of one extension into its rows, which are those of the cells.
pub(super) fn count(track: &Track, cells: &ScheduleSlots, rows: &mut [(usize, Row)]) {
    let mut figures: Vec<Figures> = vec![Figures::default(); rows.len()];
    count_episodes(track, cells, &mut figures);
    count_changes(track, cells, &mut figures);
    for (figures, (_, row)) in figures.into_iter().zip(rows) {
        row.figures = Some(Box::new(with_chances(figures, row)));
    }
}

/// A part of an episode within one row, as far as it goes on without a break.
#[derive(Clone, Copy, Debug)]
struct Part {
    row: usize,
    from: Timestamp,
    to: Timestamp,
    begins_cut: bool,
    ends_cut: bool,
}

fn count_episodes(track: &Track, cells: &ScheduleSlots, figures: &mut [Figures]) {
    let mut cursor = Cursor::new(&cells.cells);
    let runs: Vec<&[Segment]> = track
        .segments
        .chunk_by(|one, next| one.knowledge == next.knowledge)
        .collect();
    for (index, run) in runs.iter().enumerate() {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let Knowledge::Known(class) = first.knowledge else {
            continue;
        };
        let is_seen = |neighbour: Option<&&[Segment]>| {
            let first = neighbour.and_then(|run| run.first());
            first.is_some_and(|segment| segment.knowledge != Knowledge::Unknown)
        };
        let span = first.span.until(last.span.to());
        let begins_seen = is_seen(index.checked_sub(1).and_then(|before| runs.get(before)));
        let ends_seen = is_seen(runs.get(index + 1));
        let mut open: Option<Part> = None;
        let mut close = |part: &Part| figures[part.row].class(class).episodes.add(part);
        cursor.meet(span, |cell, common| {
            let cell = &cells.cells[cell];
            let ends_cut = common.to() == cell.span.to() || !ends_seen;
            match &mut open {
                Some(part) if part.to == common.from() && part.row == cell.row => {
                    part.to = common.to();
                    part.ends_cut = ends_cut;
                }
                _ => {
                    let part = Part {
                        row: cell.row,
                        from: common.from(),
                        to: common.to(),
                        begins_cut: begins_cut(common, cell, span, begins_seen),
                        ends_cut,
                    };
                    if let Some(before) = open.replace(part) {
                        close(&before);
                    }
                }
            }
        });
        if let Some(part) = open {
            close(&part);
        }
    }
}

/// Whether the part of a run that lies in a cell begins at the cell's edge, or out of a gap.
fn begins_cut(common: TimeRange, cell: &Cell, run: TimeRange, begins_seen: bool) -> bool {
    common.from() == cell.span.from() || (common.from() == run.from() && !begins_seen)
}

fn count_changes(track: &Track, cells: &ScheduleSlots, figures: &mut [Figures]) {
    let mut changes: Vec<(Timestamp, ClassId, ClassId)> = Vec::new();
    let mut spacings: Vec<i64> = Vec::new();
    for pair in track.segments.windows(2) {
        let [before, after] = pair else { continue };
        if let (Knowledge::Known(from), Knowledge::Known(to)) = (before.knowledge, after.knowledge)
            && from != to
            && let Some(not_before) = after.not_before
        {
            let at = after.span.from();
            changes.push((at, from, to));
            spacings.push(at.since_ms(not_before));
        }
    }
    // A sweep that was missed makes one pair wider; the median does not mind.
    let middle = spacings.len() / 2;
    spacings.sort_unstable();
    let spacing_ms = spacings.get(middle).copied().unwrap_or(0);
    let mut search_from = 0;
    for (at, from, to) in changes {
        if let Some(cell) = cells.containing(at, &mut search_from) {
            let figures = &mut figures[cell.row];
            figures.change_count += 1;
            figures.spacing_ms += spacing_ms;
            figures.class(from).change_count += 1;
            figures.class(to).change_count += 1;
        }
    }
}

/// Works out how many pairs of sweeps would differ by chance, for one extension, whose p is its own.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "times are far below 2^52 ms, and a chance is rounded to millionths"
)]
fn with_chances(mut figures: Figures, row: &Row) -> Figures {
    let Some(interval_ms) = figures.interval_ms().filter(|&ms| ms > 0) else {
        return figures;
    };
    let known_ms = row.known_ms() as f64;
    let looks = known_ms / interval_ms as f64;
    for class in &row.classes {
        if class.amount.ms > 0 {
            let part = class.amount.ms as f64 / known_ms;
            let chance = looks * 2.0 * part * (1.0 - part);
            figures.class(class.class).chance_millionths = (chance * MILLIONTHS).round() as i64;
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_seen_is_that_of_the_formula() {
        let x = 0.4_f64;
        let share = share_seen(1.0 - (-x).exp()).expect("q is below 1");
        assert!((share - (1.0 - (-x).exp()) / x).abs() < 1e-12);
        assert_eq!(share_seen(1.0), None);
        assert_eq!(share_seen(1.7), None);
    }

    #[test]
    fn the_median_of_an_even_number_is_between() {
        let episodes = |lengths: &[i64]| Episodes {
            lengths_ms: lengths.to_vec(),
            ..Episodes::default()
        };
        assert_eq!(episodes(&[]).median_ms(), None);
        assert_eq!(episodes(&[5, 1, 3]).median_ms(), Some(3));
        assert_eq!(episodes(&[8, 1, 3, 5]).median_ms(), Some(4));
        assert_eq!(episodes(&[8, 1, 3, 5]).mean_ms(), Some(4));
        assert_eq!(episodes(&[8, 1, 3, 5]).longest_ms(), Some(8));
    }

    #[test]
    fn the_deviation_of_a_total_grows_with_the_root_of_the_changes() {
        assert!((total_deviation_ms(60_000.0, 12.0) - 60_000.0).abs() < 1e-6);
        assert!((total_deviation_ms(60_000.0, 48.0) - 120_000.0).abs() < 1e-6);
    }
}
