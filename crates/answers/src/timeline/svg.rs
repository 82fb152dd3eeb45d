//! The picture of a timeline: a row an extension, a bar a value.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::render::status::{self, NO_VALUE};
use crate::shapes::common::Status;
use crate::timeline::shape::{Timeline, TimelineExtension, TimelineInterval};
use crate::timeline::table::{label, value_of};
use presence_charts::marks::{is_short, marks};
use presence_charts::percent::percent;
use presence_model::HashMap;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

use crate::picture::Canvas;
use presence_charts::svg::axis::{Axis, Merged};
use presence_charts::svg::frame::framed;
use presence_charts::svg::style::{BAR, LegendEntry, MARK, Styles, legend};
use presence_charts::svg::writer::{Anchor, SvgWriter, Tenths, escaped};

const LEFT: i64 = 190;
const RIGHT: i64 = 14;
const TOP: i64 = 62;
const ROW: i64 = 18;

/// Draws a timeline. One path stands for all stretches of a value in a row, so that it is drawn quickly however many
/// there are. What is narrower than a pixel is a mark ([`presence_charts::marks`]): so nothing that was there is out of
/// sight, nothing hides what is longer, and a row has no more strokes than it has pixels.
pub fn timeline(timeline: &Timeline, canvas: &Canvas) -> String {
    let Some(window) = TimeRange::new(timeline.from.0, timeline.to.0) else {
        return framed(canvas, &Styles::of(&[]), "", "", TOP);
    };
    let styles = styles(timeline);
    let (width, texts) = (i64::from(canvas.width), canvas.texts);
    let axis = Axis::new(window, LEFT, width - LEFT - RIGHT);
    let row_count = i64::try_from(timeline.extensions.len()).unwrap_or(0);
    let bottom = TOP + row_count * ROW + 4;
    let mut svg = SvgWriter::default();
    let shaded = axis.areas(&canvas.hours, TOP, bottom - TOP);
    if !shaded.is_empty() {
        svg.put(format_args!("<path class=\"hours\" d=\"{shaded}\"/>\n"));
    }
    svg.words(12, TOP - 5, "dim", Anchor::Start, canvas.zone.name());
    axis.draw(&mut svg, canvas, TOP, bottom);
    let mut shown = Shown::default();
    for (place, extension) in (0..).zip(&timeline.extensions) {
        let middle = TOP + place * ROW + ROW / 2 + 2;
        row(
            &mut svg,
            texts,
            extension,
            &styles,
            (axis, middle),
            &mut shown,
        );
    }
    shown.note(Sign::Hours, &shaded);
    let entries = entries(texts, &styles, &shown);
    let end = legend(&mut svg, &entries, (12, bottom + 10), width - 24);
    let summary = say!(
        texts,
        "timeline-svg-summary",
        criterion = status::criterion(&timeline.criterion),
        extensions = match row_count {
            1 => texts.say("timeline-svg-extension"),
            count => say!(texts, "timeline-svg-extensions", count = count.to_string()),
        },
        from = timeline.from.0.to_string(),
        to = timeline.to.0.to_string(),
        zone = canvas.zone.name()
    );
    framed(canvas, &styles, &summary, &svg.finish(), end + 8)
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
    Marks,
    Hours,
}

impl Shown {
    fn note(&mut self, sign: Sign, path: &str) {
        if !path.is_empty() {
            self.0.insert(sign);
        }
    }
}

fn styles(timeline: &Timeline) -> Styles {
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
    Styles::of(&status::order(values, &documented))
}

fn row(
    svg: &mut SvgWriter,
    texts: Texts,
    extension: &TimelineExtension,
    styles: &Styles,
    (axis, middle): (Axis, i64),
    shown: &mut Shown,
) {
    let name = label(&extension.person);
    svg.put(format_args!(
        "<g><title>{}</title>\n",
        escaped(&told(texts, extension, &name))
    ));
    svg.words(LEFT - 8, middle + 4, "", Anchor::End, &name);
    let mut strokes = Strokes::new(styles.names().count());
    let (window, columns) = (axis.window(), axis.columns());
    let segments = extension.intervals.iter().filter_map(|interval| {
        let span = TimeRange::new(interval.from.0, interval.to.0)?;
        Some((span, Stroke::of(interval, styles)?, interval.presumed))
    });
    let segments: Vec<(TimeRange, Stroke, bool)> = segments.collect();
    for (span, stroke, is_presumed) in &segments {
        if *stroke == Stroke::Absent {
            shown.0.insert(Sign::Absent);
        } else if !is_short(*span, window, columns) {
            strokes.bar(*stroke, axis.segment(span.from(), span.to()), middle);
        }
        if *is_presumed {
            let (x, width) = axis.segment(span.from(), span.to());
            line(&mut strokes.presumed, x, middle, width);
        }
    }
    let all = segments.iter().map(|(span, stroke, _)| (*span, *stroke));
    for mark in marks(window, columns, all) {
        let x = axis.column(mark.column);
        match mark.rank {
            None => strokes.bar(mark.value, (x, Tenths(10)), middle),
            Some(rank) => strokes.mark(mark.value, x, mark_middle(middle, rank)),
        }
    }
    let mut ambiguous = Merged::default();
    for (from, to) in ambiguous_segments(&extension.intervals) {
        ambiguous.add(axis.segment(from, to));
    }
    let ambiguous = ambiguous.path(middle);
    shown.note(Sign::Unknown, &strokes.unknown);
    shown.note(Sign::Unknown, &strokes.unknown_marks);
    shown.note(Sign::Ambiguous, &ambiguous);
    shown.note(Sign::Presumed, &strokes.presumed);
    shown.note(Sign::Marks, &strokes.marks.concat());
    shown.note(Sign::Marks, &strokes.unknown_marks);
    let values = strokes.bars.iter().enumerate();
    let values = values.map(|(place, path)| (format!("v{place}"), path));
    let signs = [
        ("unknown", &strokes.unknown),
        ("ambiguous", &ambiguous),
        ("presumed", &strokes.presumed),
        ("blank", &strokes.blank_marks),
        ("unknown-mark", &strokes.unknown_marks),
    ];
    let signs = signs.map(|(class, path)| (class.to_owned(), path));
    let marks = strokes.marks.iter().enumerate();
    let marks = marks.map(|(place, path)| (format!("m{place}"), path));
    for (class, path) in values.chain(signs).chain(marks) {
        if !path.is_empty() {
            svg.put(format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
        }
    }
    svg.raw("</g>\n");
}

/// What a stretch is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stroke {
    /// A value, by its position among the styles.
    Value(usize),
    Unknown,
    /// Nothing, but for a notch where it is short.
    Absent,
}

impl Stroke {
    fn of(interval: &TimelineInterval, styles: &Styles) -> Option<Self> {
        match interval.status {
            Status::Unknown => Some(Self::Unknown),
            Status::Absent => Some(Self::Absent),
            Status::Known => styles.place(value_of(interval)).map(Self::Value),
        }
    }
}

/// The paths of a row.
struct Strokes {
    /// By the place of the value.
    bars: Vec<String>,
    marks: Vec<String>,
    unknown: String,
    unknown_marks: String,
    blank_marks: String,
    presumed: String,
}

impl Strokes {
    fn new(value_count: usize) -> Self {
        Self {
            bars: vec![String::new(); value_count],
            marks: vec![String::new(); value_count],
            unknown: String::new(),
            unknown_marks: String::new(),
            blank_marks: String::new(),
            presumed: String::new(),
        }
    }

    fn bar(&mut self, stroke: Stroke, (x, width): (Tenths, Tenths), middle: i64) {
        match stroke {
            Stroke::Value(place) => line(&mut self.bars[place], x, middle, width),
            Stroke::Unknown => line(&mut self.unknown, x, middle, width),
            Stroke::Absent => {}
        }
    }

    fn mark(&mut self, stroke: Stroke, x: Tenths, middle: i64) {
        let path = match stroke {
            Stroke::Value(place) => &mut self.marks[place],
            Stroke::Unknown => &mut self.unknown_marks,
            Stroke::Absent => &mut self.blank_marks,
        };
        line(path, x, middle, Tenths(10));
    }
}

/// Where the marks of a rank are: the first stand out above the bar, the next ones lie over its upper part, so that the
/// lower part always shows what the bar is.
fn mark_middle(middle: i64, rank: usize) -> i64 {
    let rank = i64::try_from(rank).unwrap_or(2).min(2);
    middle - BAR / 2 - 1 + rank * MARK
}

fn line(path: &mut String, x: Tenths, middle: i64, width: Tenths) {
    // Writing to a text in memory does not fail.
    let _ = write!(path, "M{x} {middle}h{width}");
}

/// Where the change to the next value has perhaps happened already, by time and apart. Nothing before a gap is: there
/// it is all unknown.
fn ambiguous_segments(intervals: &[TimelineInterval]) -> Vec<(Timestamp, Timestamp)> {
    let mut segments: Vec<(Timestamp, Timestamp)> = Vec::new();
    // Nothing before this is ambiguous, or it is told already.
    let Some(mut told_until) = intervals.first().map(|first| first.from.0) else {
        return segments;
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
            segments.push((from, after.from.0));
            told_until = after.from.0;
        }
    }
    segments
}

/// A row in words: what held for which part of the window.
fn told(texts: Texts, extension: &TimelineExtension, name: &str) -> String {
    let [none, unknown, absent] = ["value-none", "unknown", "absent"].map(|id| texts.say(id));
    let mut sums: Vec<(&str, i64)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::default();
    for interval in &extension.intervals {
        let word = match interval.status {
            Status::Known => match value_of(interval) {
                "" => none.as_str(),
                value => value,
            },
            Status::Unknown => unknown.as_str(),
            Status::Absent => absent.as_str(),
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

fn entries(texts: Texts, styles: &Styles, shown: &Shown) -> Vec<LegendEntry> {
    let values = styles.names().enumerate();
    let mut entries: Vec<LegendEntry> = values
        .map(|(place, name)| match name {
            NO_VALUE => LegendEntry::new(&format!("v{place}"), &texts.say("value-none")),
            name => LegendEntry::new(&format!("v{place}"), name),
        })
        .collect();
    let over = |class, id| LegendEntry::over("v0", class, &texts.say(id));
    let alone = |class, id| LegendEntry::new(class, &texts.say(id));
    entries.extend(shown.0.iter().map(|sign| match sign {
        Sign::Ambiguous => over("ambiguous", "timeline-svg-ambiguous"),
        Sign::Presumed => over("presumed", "timeline-svg-presumed"),
        Sign::Unknown => alone("unknown", "unknown-no-data"),
        Sign::Absent => alone("none", "timeline-svg-absent"),
        Sign::Marks => over("sample-mark", "timeline-svg-marks"),
        Sign::Hours => alone("hours-sample", "timeline-svg-hours"),
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

    /// The paths of one row, by class.
    fn row_of(intervals: Vec<TimelineInterval>) -> Vec<(String, String)> {
        let (from, to) = (intervals[0].from, intervals[intervals.len() - 1].to);
        let extension = TimelineExtension {
            person: crate::shapes::common::Person {
                extension_id: Text(presence_model::ids::ExtensionId(1)),
                extension_number: Some("101".to_owned()),
                name: None,
            },
            intervals,
        };
        let answer = Timeline {
            criterion: crate::shapes::common::CriterionShape::Facet {
                facet: "presence_status",
            },
            from,
            to,
            so_far: crate::shapes::so_far::SoFar::default(),
            zone: None,
            zone_data: "2026f",
            extensions: vec![extension],
            as_of: crate::shapes::as_of::AsOf {
                position: 1,
                snapshot_no: 1,
                observed_until: None,
                now: None,
            },
        };
        let canvas = Canvas::new("p", "Title", presence_core::query::zone::Zone::utc());
        let svg = timeline(&answer, &canvas);
        let row = svg.split("<g><title>").nth(1).expect("a row");
        let row = row.split("</g>").next().expect("its end");
        let paths = row.split("<path class=\"").skip(1);
        let paths = paths.filter_map(|path| {
            let (class, rest) = path.split_once('"')?;
            let strokes = rest.split_once("d=\"")?.1.split('"').next()?;
            Some((class.to_owned(), strokes.to_owned()))
        });
        paths.collect()
    }

    fn valued(from: i64, to: i64, value: &str) -> TimelineInterval {
        TimelineInterval {
            value: Some(Some(value.to_owned())),
            ..interval(from, to, Status::Known, None)
        }
    }

    #[test]
    fn a_short_state_is_visible_and_hides_nothing() {
        // A minute of a week of minutes; a pixel of the 996 is 10.1 of them.
        let week = vec![
            valued(0, 4_320, "Available"),
            valued(4_320, 4_321, "Busy"),
            valued(4_321, 10_080, "Available"),
        ];
        let expected = [("v0", "M190 73h426.8M616.9 73h569.1"), ("m1", "M616 66h1")];
        let expected = expected.map(|(class, path)| (class.to_owned(), path.to_owned()));
        assert_eq!(row_of(week), expected);
        // A gap of a minute, and an absence of one.
        let mut holed = vec![valued(0, 4_320, "Available")];
        holed.push(interval(4_320, 4_321, Status::Unknown, None));
        holed.push(valued(4_321, 8_000, "Available"));
        holed.push(interval(8_000, 8_001, Status::Absent, None));
        holed.push(valued(8_001, 10_080, "Available"));
        let classes: Vec<String> = row_of(holed).into_iter().map(|(class, _)| class).collect();
        assert_eq!(classes, ["v0", "blank", "unknown-mark"]);
    }

    #[test]
    fn many_short_states_have_no_more_strokes_than_pixels() {
        let flicker = (0..15_000).map(|number| number * 4).flat_map(|at| {
            [
                valued(at, at + 2, "Available"),
                valued(at + 2, at + 3, "Busy"),
                valued(at + 3, at + 4, "Offline"),
            ]
        });
        let long = valued(60_000, 120_000, "Busy");
        let row = row_of(flicker.chain([long]).collect());
        let size: usize = row.iter().map(|(_, path)| path.len()).sum();
        assert!(size < 30_000, "{size}");
        let classes: Vec<&str> = row.iter().map(|(class, _)| class.as_str()).collect();
        assert_eq!(classes, ["v0", "v1", "m1", "m2"]);
        // The long one is whole.
        assert!(row[1].1.starts_with("M688 73h498"), "{}", row[1].1);
    }

    #[track_caller]
    fn check(intervals: &[TimelineInterval], expected: &[(i64, i64)]) {
        let found: Vec<(i64, i64)> = ambiguous_segments(intervals)
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
