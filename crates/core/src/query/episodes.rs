//! The uninterrupted stays of one extension in a class: when each began and ended, and how long it may have been.
//!
//! ```text
//! sweeps    A     A     B     B     A           A        valid for 2 minutes
//! minutes   0  1  2  3  4  5  6  7  8  9 10 11 12
//! segments  A  A  A  A  B  B  B  B  A  A  ?  ?  A
//! B                     ==========                       4 to 8: 4 minutes, at least 2 and at most 6
//! possibly        ~~~~~~      ~~~~~~                     begun after 2, not before; over after 6, not before
//! ```

use presence_model::time::{TimeRange, Timestamp};

use super::classes::ClassId;
use super::track::{Knowledge, Segment};

/// What lies at the begin or the end of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A change: of the state, or that the extension appeared or went.
    Change,
    /// A gap: whether it went on in there is unknown.
    Gap,
    /// The edge of the window: it goes on outside, as far as the window shows.
    Window,
    /// The present: it goes on.
    Now,
}

impl Edge {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Gap => "gap",
            Self::Window => "window",
            Self::Now => "now",
        }
    }
}

/// One uninterrupted stay in a class, as far as it lies in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// The estimate.
    pub range: TimeRange,
    /// It cannot have begun before; `None` where a gap lies before it.
    pub earliest_from: Option<Timestamp>,
    /// It cannot have ended before.
    pub earliest_to: Timestamp,
    /// What lies before it.
    pub begins: Edge,
    /// What lies after it.
    pub ends: Edge,
}

impl Episode {
    /// The estimated length, in milliseconds.
    pub fn ms(&self) -> i64 {
        self.range.duration_ms()
    }

    /// The least that it can have been, in milliseconds.
    pub fn min_ms(&self) -> i64 {
        self.earliest_to.since_ms(self.range.from()).max(0)
    }

    /// The most that it can have been within the window, in milliseconds; `None` where a gap lies before or after it.
    pub fn max_ms(&self) -> Option<i64> {
        let from = self.earliest_from.filter(|_| self.ends != Edge::Gap)?;
        Some(self.range.to().since_ms(from))
    }
}

/// The episodes of `class` in the segments of a window, by time. The segments tile what has passed of it until `now`.
pub fn episodes(
    segments: &[Segment],
    class: ClassId,
    window: TimeRange,
    now: Timestamp,
) -> Vec<Episode> {
    let is_of_class = |segment: &Segment| segment.knowledge == Knowledge::Known(class);
    let mut found = Vec::new();
    let mut index = 0;
    while index < segments.len() {
        let length = segments[index..]
            .iter()
            .take_while(|segment| is_of_class(segment))
            .count();
        if length > 0 {
            let before = index.checked_sub(1).map(|before| &segments[before]);
            let after = segments.get(index + length);
            found.extend(episode(
                (before, &segments[index..index + length], after),
                window,
                now,
            ));
        }
        index += length.max(1);
    }
    found
}

/// The episode that some segments make, with what lies around them.
fn episode(
    (before, segments, after): (Option<&Segment>, &[Segment], Option<&Segment>),
    window: TimeRange,
    now: Timestamp,
) -> Option<Episode> {
    let (first, last) = (segments.first()?, segments.last()?);
    let range = TimeRange::new(first.span.from(), last.span.to())?;
    let begins = match before {
        Some(before) if before.knowledge == Knowledge::Unknown => Edge::Gap,
        Some(_) => Edge::Change,
        None => Edge::Window,
    };
    let ends = match after {
        Some(after) if after.knowledge == Knowledge::Unknown => Edge::Gap,
        Some(_) => Edge::Change,
        None if last.presumed && range.to() >= now => Edge::Now,
        None => Edge::Window,
    };
    let earliest_from = match begins {
        Edge::Gap => None,
        _ => Some(first.not_before.unwrap_or(range.from()).max(window.from())),
    };
    // What is presumed may have ended right after the last sweep.
    let certain_to = segments
        .iter()
        .find(|segment| segment.presumed)
        .map_or(range.to(), |segment| segment.span.from());
    let changed_after = after.and_then(|after| after.not_before);
    Some(Episode {
        range,
        earliest_from: earliest_from.map(|from| from.min(range.from())),
        earliest_to: changed_after.map_or(certain_to, |at| at.min(certain_to)),
        begins,
        ends,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * MINUTE_MS).expect("it is in range")
    }

    /// Segments as letters and lengths: `A3`, unknown `?2`, absent `-1`, presumed `a2`; after `<`, so many minutes before it
    /// cannot have begun.
    fn segments(text: &str) -> Vec<Segment> {
        let mut from = 0;
        text.split(' ')
            .map(|word| {
                let (word, earlier) = word.split_once('<').unwrap_or((word, ""));
                let (sign, length) = word.split_at(1);
                let to = from + length.parse::<i64>().expect("a length");
                let knowledge = match sign {
                    "?" => Knowledge::Unknown,
                    "-" => Knowledge::Absent,
                    "A" | "a" => Knowledge::Known(ClassId(0)),
                    _ => Knowledge::Known(ClassId(1)),
                };
                let not_before = earlier
                    .parse::<i64>()
                    .ok()
                    .map(|earlier| at(from - earlier));
                let span = TimeRange::new(at(from), at(to)).expect("it is not empty");
                from = to;
                Segment {
                    span,
                    knowledge,
                    presumed: sign == "a",
                    not_before,
                }
            })
            .collect()
    }

    /// `FROM-TO MIN..MAX BEGINS/ENDS` of each, in minutes.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let segments = segments(text);
        let end = segments.last().expect("there are some").span.to();
        let window = TimeRange::new(at(0), end).expect("it is not empty");
        let minutes = |ms: i64| ms / MINUTE_MS;
        let found = episodes(&segments, ClassId(0), window, end);
        let found: Vec<String> = found
            .iter()
            .map(|one| {
                format!(
                    "{}-{} {}..{} {}/{}",
                    minutes(one.range.from().as_ms()),
                    minutes(one.range.to().as_ms()),
                    minutes(one.min_ms()),
                    one.max_ms()
                        .map_or_else(|| "?".to_owned(), |ms| minutes(ms).to_string()),
                    one.begins.name(),
                    one.ends.name(),
                )
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn an_episode_between_changes_has_both_bounds() {
        check("B4 A4<2 B2<2", &["4-8 2..6 change/change"]);
    }

    #[test]
    fn a_gap_ends_an_episode_and_leaves_its_length_open() {
        check(
            "B4 A4<2 ?3 A2 B1<1",
            &["4-8 4..? change/gap", "11-13 1..? gap/change"],
        );
    }

    #[test]
    fn the_window_cuts_an_episode() {
        check(
            "A4 B2<1 A3<1",
            &["0-4 3..4 window/change", "6-9 3..4 change/window"],
        );
        check("A5", &["0-5 5..5 window/window"]);
    }

    #[test]
    fn what_is_presumed_goes_on_and_is_in_no_minimum() {
        check("B3 A2<1 a4", &["3-9 2..7 change/now"]);
        check("a4", &["0-4 0..4 window/now"]);
    }

    #[test]
    fn appearing_and_going_are_changes() {
        check("-2 A3 -2<1", &["2-5 2..3 change/change"]);
    }

    #[test]
    fn a_change_before_the_window_does_not_lengthen_what_lies_in_it() {
        check("A3<9 B1", &["0-3 3..3 window/change"]);
    }

    #[test]
    fn another_class_has_no_episodes_here() {
        check("B4 ?2 -1", &[]);
    }
}
