//! The axis of time: instants as places, with the clock times of a zone.

use std::fmt::Write as _;

use crate::bar::{Scale, Tick, date_label};
use presence_model::time::{TimeRange, Timestamp};

use super::Canvas;
use super::writer::{Anchor, SvgWriter, Tenths};

/// A pixel, in tenths.
const PIXEL: i64 = 10;

/// How many pixels a label's letter takes.
const LETTER_PX: i64 = 8;

/// A window laid out from left to right.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    window: TimeRange,
    left: i64,
    width: i64,
}

impl Axis {
    /// `window` from the pixel `left` on, `width` pixels wide (at least one).
    pub fn new(window: TimeRange, left: i64, width: i64) -> Self {
        let width = width.max(1);
        Self {
            window,
            left,
            width,
        }
    }

    /// The window.
    pub fn window(&self) -> TimeRange {
        self.window
    }

    /// How many columns of a pixel it has: what is narrower than one cannot be seen.
    pub fn columns(&self) -> usize {
        usize::try_from(self.width).unwrap_or(1)
    }

    /// Where a column begins.
    pub fn column(&self, column: usize) -> Tenths {
        let column = i64::try_from(column).unwrap_or(self.width);
        Tenths((self.left + column) * 10)
    }

    /// Where a moment lies; moments outside the window lie at its ends.
    pub fn place(&self, at: Timestamp) -> Tenths {
        let since_ms = i128::from(at.since_ms(self.window.from()));
        let tenths = since_ms * i128::from(self.width) * 10 / i128::from(self.window.duration_ms());
        let inside = tenths.clamp(0, i128::from(self.width) * 10);
        Tenths(self.left * 10 + i64::try_from(inside).unwrap_or(0))
    }

    /// Where a stretch begins, and how wide it is: never nothing.
    pub fn segment(&self, from: Timestamp, to: Timestamp) -> (Tenths, Tenths) {
        let (start, end) = (self.place(from), self.place(to));
        (start, Tenths((end.0 - start.0).max(1)))
    }

    /// The same, but at least a pixel wide, so that it can be seen; it may begin a little earlier for that.
    pub fn visible_stretch(&self, from: Timestamp, to: Timestamp) -> (Tenths, Tenths) {
        let (start, width) = self.segment(from, to);
        if width.0 >= PIXEL {
            return (start, width);
        }
        let last = (self.left + self.width) * 10 - PIXEL;
        (Tenths(start.0.min(last)), Tenths(PIXEL))
    }

    /// Stretches as areas between two heights.
    pub fn areas(&self, segments: &[TimeRange], top: i64, height: i64) -> String {
        let areas = segments.iter().filter_map(|segment| {
            let segment = segment.clip(self.window)?;
            let (x, width) = self.segment(segment.from(), segment.to());
            Some(format!("M{x} {top}h{width}v{height}h-{width}z"))
        });
        areas.collect()
    }

    /// Draws lines at local clock times, with labels above them.
    pub fn draw(&self, svg: &mut SvgWriter, canvas: &Canvas, top: i64, bottom: i64) {
        let zone = &canvas.zone;
        let columns = usize::try_from(self.width / LETTER_PX).unwrap_or(1);
        let ticks = Scale::new(self.window, columns).ticks(zone);
        for Tick { at, label, is_day } in &ticks {
            let x = self.place(*at);
            let class = if *is_day { "day" } else { "tick" };
            svg.put(format_args!(
                "<path class=\"{class}\" d=\"M{x} {top}V{bottom}\"/>\n"
            ));
            let date = is_day.then(|| date_label(canvas.texts, zone.local(*at).date()));
            let class = if *is_day { "strong" } else { "dim" };
            let label = date.as_deref().unwrap_or(label);
            svg.words(x.0 / 10, top - 5, class, Anchor::Start, label);
        }
    }
}

/// Stretches that touch, drawn as one: so there are no more of them than places.
#[derive(Debug, Default)]
pub struct Merged(Vec<(i64, i64)>);

impl Merged {
    /// Adds a stretch; they come in the order of their starts.
    pub fn add(&mut self, (x, width): (Tenths, Tenths)) {
        let (from, to) = (x.0, x.0 + width.0);
        match self.0.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => self.0.push((from, to)),
        }
    }

    /// The strokes at a height.
    pub fn path(&self, y: i64) -> String {
        let mut path = String::new();
        for (from, to) in &self.0 {
            let (x, width) = (Tenths(*from), Tenths(to - from));
            // Writing to a text in memory does not fail.
            let _ = write!(path, "M{x} {y}h{width}");
        }
        path
    }
}
