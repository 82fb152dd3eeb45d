//! The picture of a timeline: a row an extension, a bar a value.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::HashMap;
use crate::model::time::{Span, Timestamp};
use crate::render::percent::percent;
use crate::render::status::{self, NO_VALUE};
use crate::render::timeline::{label, value_of};
use crate::shapes::common::Status;
use crate::shapes::timeline::{Timeline, TimelineExtension, TimelineInterval};

use super::Canvas;
use super::axis::Axis;
use super::frame::framed;
use super::look::{LegendEntry, Looks, legend};
use super::pen::{Anchor, Pen, Tenths, escaped};

const LEFT: i64 = 190;
const RIGHT: i64 = 14;
const TOP: i64 = 62;
const ROW: i64 = 18;

/// Draws a timeline. One path stands for all stretches of a value in a row, so that it is drawn quickly however many
/// there are.
pub fn timeline(timeline: &Timeline, canvas: &Canvas) -> String {
    let Some(window) = Span::new(timeline.from.0, timeline.to.0) else {
        return framed(canvas, &Looks::of(&[]), "", "", TOP);
    };
    let looks = looks(timeline);
    let width = i64::from(canvas.width);
    let axis = Axis::new(window, LEFT, width - LEFT - RIGHT);
    let row_count = i64::try_from(timeline.extensions.len()).unwrap_or(0);
    let bottom = TOP + row_count * ROW + 4;
    let mut pen = Pen::default();
    let shaded = axis.areas(&canvas.hours, TOP, bottom - TOP);
    if !shaded.is_empty() {
        pen.put(format_args!("<path class=\"hours\" d=\"{shaded}\"/>\n"));
    }
    pen.words(12, TOP - 5, "dim", Anchor::Start, canvas.zone.name());
    axis.draw(&mut pen, &canvas.zone, TOP, bottom);
    let mut shown = Shown::default();
    for (place, extension) in (0..).zip(&timeline.extensions) {
        let middle = TOP + place * ROW + ROW / 2 + 2;
        row(&mut pen, extension, &looks, (axis, middle), &mut shown);
    }
    shown.note(Sign::Hours, &shaded);
    let entries = entries(&looks, &shown);
    let end = legend(&mut pen, &entries, (12, bottom + 10), width - 24);
    let summary = format!(
        "{} of {} from {} to {}, times in {}. Each row is an extension; patterns and colours stand for values.",
        status::criterion(&timeline.criterion),
        crate::render::counted(row_count, "extension"),
        timeline.from.0,
        timeline.to.0,
        canvas.zone.name()
    );
    framed(canvas, &looks, &summary, &pen.finish(), end + 8)
}

/// The signs that occur.
#[derive(Clone, Debug, Default)]
struct Shown(BTreeSet<Sign>);

/// A sign of which only those pictures have an explanation that show it, in the order of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Ambiguous,
    Presumed,
    Unknown,
    Absent,
    Hours,
}

impl Shown {
    fn note(&mut self, sign: Sign, path: &str) {
        if !path.is_empty() {
            self.0.insert(sign);
        }
    }
}

fn looks(timeline: &Timeline) -> Looks {
    let intervals = timeline
        .extensions
        .iter()
        .flat_map(|extension| &extension.intervals);
    let known = intervals.filter(|interval| interval.status == Status::Known);
    let documented = timeline.criterion.order();
    // Most intervals repeat the few values.
    let mut values: Vec<&str> = Vec::new();
    for value in known.map(value_of) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Looks::of(&status::order(values, &documented))
}

fn row(
    pen: &mut Pen,
    extension: &TimelineExtension,
    looks: &Looks,
    (axis, middle): (Axis, i64),
    shown: &mut Shown,
) {
    let name = label(&extension.person);
    pen.put(format_args!(
        "<g><title>{}</title>\n",
        escaped(&told(extension, &name))
    ));
    pen.words(LEFT - 8, middle + 4, "", Anchor::End, &name);
    let mut paths: Vec<String> = looks.names().map(|_| String::new()).collect();
    let (mut unknown, mut presumed) = (String::new(), String::new());
    for interval in &extension.intervals {
        let path = match interval.status {
            Status::Unknown => &mut unknown,
            Status::Absent => {
                shown.0.insert(Sign::Absent);
                continue;
            }
            Status::Known => match looks.place(value_of(interval)) {
                Some(place) => &mut paths[place],
                None => continue,
            },
        };
        let (x, width) = axis.stretch(interval.from.0, interval.to.0);
        line(path, x, middle, width);
        if interval.presumed {
            line(&mut presumed, x, middle, width);
        }
    }
    let mut ambiguous = String::new();
    for (from, to) in ambiguous_stretches(&extension.intervals) {
        let (x, width) = axis.stretch(from, to);
        line(&mut ambiguous, x, middle, width);
    }
    shown.note(Sign::Unknown, &unknown);
    shown.note(Sign::Ambiguous, &ambiguous);
    shown.note(Sign::Presumed, &presumed);
    let values = paths
        .iter()
        .enumerate()
        .map(|(place, path)| (format!("v{place}"), path));
    let signs = [
        ("unknown", &unknown),
        ("ambiguous", &ambiguous),
        ("presumed", &presumed),
    ];
    for (class, path) in values.chain(signs.map(|(class, path)| (class.to_owned(), path))) {
        if !path.is_empty() {
            pen.put(format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
        }
    }
    pen.raw("</g>\n");
}

fn line(path: &mut String, x: Tenths, middle: i64, width: Tenths) {
    // Writing to a text in memory does not fail.
    let _ = write!(path, "M{x} {middle}h{width}");
}

/// Where the change to the next value has perhaps happened already, by time and apart. Nothing before a gap is: there
/// it is all unknown.
fn ambiguous_stretches(intervals: &[TimelineInterval]) -> Vec<(Timestamp, Timestamp)> {
    let mut stretches: Vec<(Timestamp, Timestamp)> = Vec::new();
    // Nothing before this is ambiguous, or it is told already.
    let Some(mut told_until) = intervals.first().map(|first| first.from.0) else {
        return stretches;
    };
    for pair in intervals.windows(2) {
        let [before, after] = pair else { continue };
        if before.status == Status::Unknown {
            told_until = before.to.0;
        }
        let Some(earliest) = after
            .earliest_from
            .filter(|_| after.status != Status::Unknown)
        else {
            continue;
        };
        let from = earliest.0.max(told_until);
        if from < after.from.0 {
            stretches.push((from, after.from.0));
            told_until = after.from.0;
        }
    }
    stretches
}

/// A row in words: what held for which part of the window.
fn told(extension: &TimelineExtension, name: &str) -> String {
    let mut sums: Vec<(&str, i64)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::default();
    for interval in &extension.intervals {
        let word = match interval.status {
            Status::Known => match value_of(interval) {
                "" => NO_VALUE,
                value => value,
            },
            status => status.name(),
        };
        let place = *places.entry(word).or_insert_with(|| {
            sums.push((word, 0));
            sums.len() - 1
        });
        sums[place].1 += interval.to.0.since_ms(interval.from.0);
    }
    let all_ms: i64 = sums.iter().map(|(_, ms)| ms).sum();
    sums.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let parts: Vec<String> = sums
        .iter()
        .map(|(word, ms)| format!("{word} {}", percent(*ms, all_ms)))
        .collect();
    format!("{name}: {}", parts.join(", "))
}

fn entries(looks: &Looks, shown: &Shown) -> Vec<LegendEntry> {
    let values = looks.names().enumerate();
    let mut entries: Vec<LegendEntry> = values
        .map(|(place, name)| LegendEntry::new(&format!("v{place}"), name))
        .collect();
    let sample = "v0";
    entries.extend(shown.0.iter().map(|sign| match sign {
        Sign::Ambiguous => LegendEntry::over(
            sample,
            "ambiguous",
            "lighter end: perhaps the next value already",
        ),
        Sign::Presumed => {
            LegendEntry::over(sample, "presumed", "pale core: presumed, no later look")
        }
        Sign::Unknown => LegendEntry::new("unknown", "unknown: nobody looked"),
        Sign::Absent => LegendEntry::new("none", "blank: absent"),
        Sign::Hours => LegendEntry::new("hours-sample", "shaded: business hours"),
    }));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::common::Text;

    fn interval(from: i64, to: i64, status: Status, earliest: Option<i64>) -> TimelineInterval {
        let at = |ms| Text(Timestamp::saturating_from_ms(ms));
        TimelineInterval {
            from: at(from),
            to: at(to),
            status,
            value: (status == Status::Known).then(|| Some("Busy".to_owned())),
            earliest_from: earliest.map(at),
            presumed: false,
        }
    }

    #[track_caller]
    fn check(intervals: &[TimelineInterval], expected: &[(i64, i64)]) {
        let found: Vec<(i64, i64)> = ambiguous_stretches(intervals)
            .iter()
            .map(|(from, to)| (from.as_ms(), to.as_ms()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_ambiguous_lies_before_a_change() {
        let known = |from, to, earliest| interval(from, to, Status::Known, Some(earliest));
        check(&[known(0, 10, -5), known(10, 20, 7)], &[(7, 10)]);
        // Two overlap: nothing is drawn twice.
        check(
            &[known(0, 10, -5), known(10, 12, 7), known(12, 20, 8)],
            &[(7, 10), (10, 12)],
        );
    }

    #[test]
    fn nothing_is_ambiguous_beside_a_gap() {
        let known = |from, to, earliest| interval(from, to, Status::Known, earliest);
        let gap = interval(10, 20, Status::Unknown, None);
        check(
            &[known(0, 10, None), gap.clone(), known(20, 30, Some(9))],
            &[],
        );
        check(
            &[
                known(0, 10, None),
                gap,
                known(20, 30, None),
                known(30, 40, Some(15)),
            ],
            &[(20, 30)],
        );
        check(&[], &[]);
    }
}
