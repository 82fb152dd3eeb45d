//! One extension's window as a picture: a bar for each value, thinner lanes below it, drawn as few paths.
//!
//! ```text
//! ▇▇▇▇▅▅▅▅▇▇▇▇▁▁▁▁░░░░▇▇     the first lane: each value in its own colour and height, one path a value
//!     ━━━     ━━             calls
//!           ━━━━━━━━         do not disturb
//! ```
//!
//! What is shorter than a pixel has a mark at the top of its lane ([`presence_charts::marks`]): so nothing that was there is
//! out of sight, and nothing hides what is longer.
//!
//! What is unknown is not drawn: the style sheet hatches what lies below everything, and it shows through. One path a
//! value, and not one rectangle an interval, is what makes a week of 500 people a page that opens at once.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use presence_answers::ask::{ExtensionLanes, Lanes};
use presence_charts::bar::Scale;
use presence_charts::duration::spoken;
use presence_charts::marks::marks;
use presence_core::query::track::{Knowledge, Segment};
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::Texts;

use super::palette::Palette;
use crate::markup::escaped;

/// The height of a row, in units of its view box.
pub(super) const HEIGHT: i64 = 40;
/// The height of the first lane; where there are no others it has all of the row.
const MAIN_HEIGHT: i64 = 28;
/// Where the thin lanes are, from top to bottom, and how high each is.
const THIN: [(i64, i64); 2] = [(31, 4), (36, 4)];
/// Below this, in milliseconds, windows are drawn to a hundredth of a second.
const SHORT_WINDOW_MS: i64 = 2 * 3_600_000;
/// More stretches than that cannot be told apart on a screen: each of so many columns shows what holds longest in it.
const COLUMNS: usize = 1_600;
/// A picture is about so many pixels wide: what is shorter than a column gets a mark.
pub(super) const MARK_COLUMNS: usize = 1_000;
/// Doubt that is narrower than that part of the window is not drawn: one in so many.
const DOUBT_PARTS: i64 = 3_000;

/// From moments to places in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ruler {
    window: TimeRange,
    /// How many milliseconds a unit of the picture is.
    pub(super) unit_ms: i64,
}

impl Ruler {
    /// The ruler of a window.
    pub(super) fn new(window: TimeRange) -> Self {
        let is_short = window.duration_ms() < SHORT_WINDOW_MS;
        Self {
            window,
            unit_ms: if is_short { 10 } else { 1_000 },
        }
    }

    /// Of which window.
    pub(super) fn window(self) -> TimeRange {
        self.window
    }

    /// How wide the picture is, in units.
    pub(super) fn width(self) -> i64 {
        self.x(self.window.to()).max(1)
    }

    /// The place of a moment.
    pub(super) fn x(self, at: Timestamp) -> i64 {
        at.since_ms(self.window.from()).div_euclid(self.unit_ms)
    }

    /// The place of a moment in thousandths of the width, as a percentage: `12.5%`.
    pub(super) fn percent(self, at: Timestamp) -> String {
        let part = i128::from(at.since_ms(self.window.from())) * 100_000;
        let part = part / i128::from(self.window.duration_ms());
        format!("{}.{:03}%", part / 1_000, part % 1_000)
    }
}

/// What is the same in every row: lines at the ticks, closed hours, the present moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Backdrop {
    under: String,
    /// Above the ground and below the bars: a line through a bar would look like a gap.
    grid: String,
    over: String,
}

impl Backdrop {
    /// The same with weekends marked.
    pub(super) fn with_weekends(mut self, ruler: Ruler, weekends: &[TimeRange]) -> Self {
        let mut marked = String::new();
        path(&mut marked, "weekend", &boxes(ruler, weekends, HEIGHT));
        self.grid.insert_str(0, &marked);
        self
    }

    /// Lines at `ticks`, time outside `open` shaded if hours are given, a line at `now` and nothing after it.
    pub(super) fn new(
        ruler: Ruler,
        ticks: &[Timestamp],
        open: Option<&[TimeRange]>,
        now: Timestamp,
    ) -> Self {
        let mut backdrop = Self::default();
        let mut lines = String::new();
        for tick in ticks {
            push(&mut lines, format_args!("M{} 0v{HEIGHT}", ruler.x(*tick)));
        }
        path(&mut backdrop.grid, "grid", &lines);
        if let Some(open) = open {
            let closed = rest(ruler.window, open);
            path(&mut backdrop.over, "closed", &boxes(ruler, &closed, HEIGHT));
        }
        let window = ruler.window;
        if let Some(future) = TimeRange::new(now.max(window.from()), window.to()) {
            path(
                &mut backdrop.under,
                "future",
                &boxes(ruler, &[future], HEIGHT),
            );
        }
        if window.contains(now) {
            let line = format!("M{} 0v{HEIGHT}", ruler.x(now));
            path(&mut backdrop.over, "now", &line);
        }
        backdrop
    }
}

/// The window without some stretches of it, which ascend and do not overlap.
pub(super) fn rest(window: TimeRange, segments: &[TimeRange]) -> Vec<TimeRange> {
    let mut rest = Vec::new();
    let mut at = window.from();
    for segment in segments {
        rest.extend(TimeRange::new(at, segment.from()));
        at = segment.to();
    }
    rest.extend(TimeRange::new(at, window.to()));
    rest
}

/// The values of each lane that occur, with their styles.
pub(super) fn palettes(texts: Texts, lanes: &Lanes) -> Vec<Palette> {
    let mut taken = Vec::new();
    let palettes = lanes.lanes.iter().enumerate().map(|(index, values)| {
        let mut occurs = vec![false; values.values().len()];
        for segment in lanes.extensions.iter().flat_map(|one| &one.lanes[index]) {
            if let Knowledge::Known(class) = segment.knowledge
                && let Some(occurs) = occurs.get_mut(class.index())
            {
                *occurs = true;
            }
        }
        Palette::of(texts, values, |class| occurs[class], &mut taken)
    });
    palettes.collect()
}

/// Where a row leads.
#[derive(Clone, Debug, Default)]
pub(super) struct RowLinks {
    /// The events behind it; the time is added.
    pub(super) events: String,
    /// Why something is known at a moment; the time is added.
    pub(super) explain: String,
}

/// How a row is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawing<'a> {
    /// In which language it is described.
    pub(super) texts: Texts,
    /// Where moments are.
    pub(super) ruler: Ruler,
    /// What is the same in every row.
    pub(super) backdrop: &'a Backdrop,
    /// How their values look.
    pub(super) palettes: &'a [Palette],
}

impl Drawing<'_> {
    /// One extension's row as SVG: `name` and a summary of the first lane are its label.
    pub(super) fn row(&self, name: &str, links: &RowLinks, extension: &ExtensionLanes) -> String {
        let mut svg = String::with_capacity(2_048);
        let summary = extension
            .lanes
            .first()
            .map(|segments| self.summary(segments))
            .unwrap_or_default();
        push(
            &mut svg,
            format_args!(
                "<svg class=\"bars\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
                 aria-label=\"{name}: {}\" data-name=\"{name}\" data-from=\"{}\" data-unit=\"{}\" \
                 data-events=\"{}\" data-explain=\"{}\">",
                self.ruler.width(),
                escaped(&summary),
                self.ruler.window.from().as_ms(),
                self.ruler.unit_ms,
                escaped(&links.events),
                escaped(&links.explain),
                name = escaped(name),
            ),
        );
        svg.push_str(&self.backdrop.under);
        let main_height = if extension.lanes.len() > 1 {
            MAIN_HEIGHT
        } else {
            HEIGHT
        };
        let places = std::iter::once((0, main_height)).chain(THIN);
        for (index, (place, segments)) in places.zip(&extension.lanes).enumerate() {
            self.lane(&mut svg, index, place, segments);
        }
        svg.push_str(&self.backdrop.over);
        svg.push_str("</svg>");
        svg
    }

    fn lane(&self, svg: &mut String, index: usize, (top, height): (i64, i64), all: &[Segment]) {
        let is_main = index == 0;
        let palette = &self.palettes[index];
        let shown = coarse(all, self.ruler.window);
        let mut runs: Vec<Runs> = vec![Runs::default(); palette.styles.len()];
        let [mut ground, mut absent, mut presumed, mut doubt]: [Runs; 4] = Default::default();
        let narrowest_ms = self.ruler.window.duration_ms() / DOUBT_PARTS;
        for segment in &shown {
            let run = self.ruler.x(segment.span.from())..self.ruler.x(segment.span.to());
            match segment.knowledge {
                Knowledge::Known(class) => {
                    if let Some(place) = palette.place(class.index()) {
                        runs[place].add(run.clone());
                    }
                }
                Knowledge::Absent => absent.add(run.clone()),
                Knowledge::Unknown => {}
            }
            if segment.knowledge != Knowledge::Unknown {
                ground.add(run.clone());
            }
            if segment.presumed {
                presumed.add(run);
            }
            let not_before = segment.not_before.filter(|_| is_main);
            let doubted = not_before.and_then(|from| TimeRange::new(from, segment.span.from()));
            let doubted = doubted.and_then(|doubted| doubted.clip(self.ruler.window));
            if let Some(doubted) = doubted.filter(|span| span.duration_ms() > narrowest_ms) {
                doubt.add(self.ruler.x(doubted.from())..self.ruler.x(doubted.to()));
            }
        }
        let lane = if is_main { "" } else { " thin" };
        if is_main {
            ground.draw(svg, "ground", "", (0, HEIGHT));
            svg.push_str(&self.backdrop.grid);
            absent.draw(svg, "absent", "", (top, height));
        }
        for (style, runs) in palette.styles.iter().zip(&runs) {
            if !is_main && is_quiet(&style.value) {
                continue;
            }
            let part = if is_main { style.height } else { 100 };
            let part = i64::try_from(part).unwrap_or(100);
            let bar = (height * part / 100).max(1);
            let place = (top + height - bar, bar);
            let data = format!(
                " data-lane=\"{index}\" data-value=\"{}\"",
                escaped(&style.label)
            );
            runs.draw(svg, &format!("{}{lane}", style.style), &data, place);
        }
        doubt.draw(svg, "doubt", "", (top, height));
        presumed.draw(svg, "presumed", "", (top, height));
        self.marks(svg, index, (top, height), all);
    }

    /// Marks for what is too short to be seen. They carry no data: what they are of is read from the bars.
    fn marks(&self, svg: &mut String, index: usize, (top, height): (i64, i64), all: &[Segment]) {
        let is_main = index == 0;
        let palette = &self.palettes[index];
        let shades = all.iter().filter_map(|segment| {
            let shade = match segment.knowledge {
                Knowledge::Known(class) => Shade::ValueStyle(palette.place(class.index())?),
                Knowledge::Absent => Shade::Absent,
                Knowledge::Unknown => Shade::Unknown,
            };
            let is_drawn = match shade {
                Shade::ValueStyle(place) => is_main || !is_quiet(&palette.styles[place].value),
                Shade::Absent | Shade::Unknown => is_main,
            };
            is_drawn.then_some((segment.span, shade))
        });
        let window = self.ruler.window;
        let width = self.ruler.width();
        let columns = i64::try_from(MARK_COLUMNS).unwrap_or(i64::MAX);
        let notch = (height / 4).max(2);
        // By shade, then by rank: bars of whole columns first.
        let mut runs: BTreeMap<(Shade, Option<i64>), Runs> = BTreeMap::new();
        for mark in marks(window, MARK_COLUMNS, shades) {
            let column = i64::try_from(mark.column).unwrap_or(0);
            let run = width * column / columns..width * (column + 1) / columns;
            let rank = mark.rank.map(|rank| i64::try_from(rank).unwrap_or(0));
            let rank = rank.map(|rank| rank.min(height / notch - 2).max(0));
            runs.entry((mark.value, rank)).or_default().add(run);
        }
        for ((shade, rank), runs) in runs {
            let (style, part) = match shade {
                Shade::ValueStyle(place) => {
                    let style = &palette.styles[place];
                    (
                        style.style.as_str(),
                        if is_main { style.height } else { 100 },
                    )
                }
                Shade::Unknown => ("unseen", 100),
                Shade::Absent => ("blank", 100),
            };
            let bar = height * i64::try_from(part).unwrap_or(100) / 100;
            let place = match rank {
                Some(rank) => (top + rank * notch, notch),
                None => (top + height - bar.max(1), bar.max(1)),
            };
            runs.draw(svg, style, "", place);
        }
    }

    /// `Available 7h 32m, Busy 1h 02m, unknown 20m`.
    fn summary(&self, segments: &[Segment]) -> String {
        let palette = &self.palettes[0];
        let mut known = vec![0; palette.styles.len()];
        let (mut unknown, mut absent) = (0, 0);
        for segment in segments {
            let ms = segment.span.duration_ms();
            match segment.knowledge {
                Knowledge::Known(class) => {
                    if let Some(place) = palette.place(class.index()) {
                        known[place] += ms;
                    }
                }
                Knowledge::Unknown => unknown += ms,
                Knowledge::Absent => absent += ms,
            }
        }
        let known = palette.styles.iter().zip(known);
        let known = known.map(|(style, ms)| (style.label.as_str(), ms));
        let words = ["unknown", "absent"].map(|word| self.texts.say(word));
        let others = words.iter().map(String::as_str).zip([unknown, absent]);
        let parts = known.chain(others);
        let parts: Vec<String> = parts
            .filter(|(_, ms)| *ms > 0)
            .map(|(label, ms)| format!("{label} {}", spoken(ms)))
            .collect();
        parts.join(", ")
    }
}

/// What a mark is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shade {
    /// A value, by its place in the palette.
    ValueStyle(usize),
    Unknown,
    Absent,
}

/// Whether a value of a thin lane is the one that draws nothing: no call, all calls taken.
pub(super) fn is_quiet(value: &str) -> bool {
    matches!(value, "" | "NoCall" | "TakeAllCalls" | "Unknown")
}

/// The stretches as they are, or what holds longest in each column where there are more than can be seen.
fn coarse(segments: &[Segment], window: TimeRange) -> Vec<Segment> {
    if segments.len() <= COLUMNS {
        return segments.to_vec();
    }
    let spans: Vec<TimeRange> = segments.iter().map(|segment| segment.span).collect();
    let longest = Scale::new(window, COLUMNS).longest(&spans);
    let edge = |column: usize| {
        let whole = i128::from(window.duration_ms()) * column as i128 / COLUMNS as i128;
        window
            .from()
            .plus_ms(i64::try_from(whole).unwrap_or(i64::MAX))
    };
    let mut shown: Vec<Segment> = Vec::with_capacity(COLUMNS);
    for (column, place) in longest.into_iter().enumerate() {
        let span = TimeRange::new(edge(column), edge(column + 1));
        let Some((span, place)) = span.zip(place) else {
            continue;
        };
        let segment = Segment {
            span,
            not_before: None,
            ..segments[place]
        };
        match shown.last_mut() {
            Some(last)
                if (last.knowledge, last.presumed) == (segment.knowledge, segment.presumed) =>
            {
                last.span = last.span.until(span.to());
            }
            _ => shown.push(segment),
        }
    }
    shown
}

/// Segments of one style, to be drawn as strokes of one path.
#[derive(Clone, Debug, Default)]
struct Runs(Vec<Range<i64>>);

impl Runs {
    /// Adds a stroke; what is shorter than a unit has one, so that it is there on zooming.
    fn add(&mut self, run: Range<i64>) {
        let run = run.start..run.end.max(run.start + 1);
        match self.0.last_mut() {
            Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
            _ => self.0.push(run),
        }
    }

    /// Draws the strokes in the middle of a lane of that top and height.
    fn draw(&self, svg: &mut String, style: &str, data: &str, (top, height): (i64, i64)) {
        let Some(first) = self.0.first() else {
            return;
        };
        let half = if height % 2 == 0 { "" } else { ".5" };
        let middle = top + height / 2;
        let start = first.start;
        push(
            svg,
            format_args!(
                "<path class=\"{style}\"{data} stroke-width=\"{height}\" d=\"M{start} {middle}{half}"
            ),
        );
        let mut at = first.start;
        for run in &self.0 {
            if run.start > at {
                push(svg, format_args!("m{} 0", run.start - at));
            }
            push(svg, format_args!("h{}", run.end - run.start));
            at = run.end;
        }
        svg.push_str("\"/>");
    }
}

/// Filled boxes from the top to a height.
pub(super) fn boxes(ruler: Ruler, spans: &[TimeRange], height: i64) -> String {
    let mut path = String::new();
    for span in spans {
        let (from, to) = (ruler.x(span.from()), ruler.x(span.to()));
        push(
            &mut path,
            format_args!("M{from} 0h{}v{height}H{from}z", to - from),
        );
    }
    path
}

fn path(svg: &mut String, style: &str, data: &str) {
    if !data.is_empty() {
        push(svg, format_args!("<path class=\"{style}\" d=\"{data}\"/>"));
    }
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what)
        .expect("writing to a text in memory does not fail");
}

#[cfg(test)]
mod tests;
