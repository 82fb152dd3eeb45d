//! The picture of how many people were in a value at once: a chart for each group.

use std::fmt::Write as _;

use crate::render::status;
use crate::staffing::shape::{Staffing, StaffingPoint, StaffingShortfall};
use crate::staffing::table::heading;
use presence_core::escape::shown;
use presence_core::query::staffing::ShortfallKind;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::say;

use crate::picture::Canvas;
use presence_charts::svg::axis::{Axis, Merged};
use presence_charts::svg::frame::framed;
use presence_charts::svg::style::{LegendEntry, Styles, legend};
use presence_charts::svg::writer::{Anchor, SvgWriter, Tenths};

const LEFT: i64 = 52;
const RIGHT: i64 = 14;
const TOP: i64 = 38;
const HEADING: i64 = 22;
const AXIS_LINE: i64 = 20;
const HEIGHT: i64 = 150;
/// At most so many lines of numbers.
const LEVELS_MAX: i64 = 5;

/// How each kind of stretch with too few is drawn, and the message with what it means.
const SHORT: [(ShortfallKind, &str, &str); 3] = [
    (ShortfallKind::Certain, "short", "staffing-svg-short"),
    (
        ShortfallKind::Possible,
        "short-possible",
        "staffing-svg-short-possible",
    ),
    (
        ShortfallKind::Unknown,
        "short-unknown",
        "staffing-svg-short-unknown",
    ),
];

/// Draws a chart for each group: certainly, known and possibly that many, step by step.
pub fn staffing(staffing: &Staffing, canvas: &Canvas) -> String {
    let (width, texts) = (i64::from(canvas.width), canvas.texts);
    let Some(window) = TimeRange::new(staffing.from.0, staffing.to.0) else {
        return framed(canvas, &Styles::of(&[]), "", "", TOP);
    };
    let axis = Axis::new(window, LEFT, width - LEFT - RIGHT);
    // The last step may end after what has passed: that far it is drawn.
    let drawn_to = window.to().plus_ms(-staffing.so_far.not_yet_ms);
    let most = staffing.points.iter().map(|told| told.point.possible).max();
    let required = staffing.required.iter().map(|(_, number)| *number).max();
    let most = i64::from(most.max(required).unwrap_or(0)).max(1);
    let mut svg = SvgWriter::default();
    let mut y = TOP;
    for group in staffing
        .points
        .chunk_by(|one, other| one.keys == other.keys)
    {
        let keys = group.first().map(|told| &told.keys);
        if let Some(heading) = keys.and_then(|keys| heading(texts, keys)) {
            svg.words(12, y + 14, "strong", Anchor::Start, &heading);
            y += HEADING;
        }
        let chart = Chart {
            axis,
            drawn_to,
            top: y + AXIS_LINE,
            most,
        };
        let shortfalls = staffing.shortfalls.iter().flatten();
        let own: Vec<&StaffingShortfall> =
            shortfalls.filter(|told| Some(&told.keys) == keys).collect();
        chart.draw(&mut svg, canvas, group, &own);
        chart.draw_required(&mut svg, &staffing.required);
        y = chart.bottom() + 24;
    }
    if staffing.points.is_empty() {
        svg.words(12, y + 14, "dim", Anchor::Start, &texts.say("svg-nobody"));
        y += HEADING;
    }
    let mut entries = vec![
        LegendEntry::new("average", &texts.say("staffing-svg-average")),
        LegendEntry::new("sample-band", &texts.say("staffing-svg-band")),
        LegendEntry::new("unknown", &texts.say("staffing-svg-bounds")),
    ];
    if !staffing.required.is_empty() {
        entries.push(LegendEntry::new(
            "required",
            &texts.say("staffing-svg-required"),
        ));
    }
    let kinds = SHORT.into_iter().filter(|(kind, ..)| {
        let mut shortfalls = staffing.shortfalls.iter().flatten();
        shortfalls.any(|told| told.shortfall.kind == *kind)
    });
    entries.extend(kinds.map(|(_, class, meaning)| LegendEntry::new(class, &texts.say(meaning))));
    let end = legend(&mut svg, &entries, (12, y), width - 24);
    let value = if staffing.value.is_empty() {
        texts.say("value-none")
    } else {
        shown(&staffing.value).into_owned()
    };
    let summary = say!(
        texts,
        "staffing-svg-summary",
        value = value,
        criterion = status::criterion(&staffing.criterion),
        from = staffing.from.0.to_string(),
        to = staffing.to.0.to_string(),
        zone = canvas.zone.name(),
        most = most.to_string()
    );
    framed(canvas, &Styles::of(&[]), &summary, &svg.finish(), end + 8)
}

/// One group's chart.
#[derive(Clone, Copy)]
struct Chart {
    axis: Axis,
    drawn_to: Timestamp,
    top: i64,
    most: i64,
}

impl Chart {
    fn bottom(&self) -> i64 {
        self.top + HEIGHT
    }

    /// How high a number, in thousandths, lies.
    fn height(&self, thousandths: i64) -> Tenths {
        Tenths(self.bottom() * 10 - thousandths * HEIGHT / (self.most * 100))
    }

    fn draw(
        &self,
        svg: &mut SvgWriter,
        canvas: &Canvas,
        points: &[StaffingPoint],
        short: &[&StaffingShortfall],
    ) {
        let shaded = self.axis.areas(&canvas.hours, self.top, HEIGHT);
        if !shaded.is_empty() {
            svg.put(format_args!("<path class=\"hours\" d=\"{shaded}\"/>\n"));
        }
        self.axis.draw(svg, canvas, self.top, self.bottom());
        self.draw_levels(svg, i64::from(canvas.width) - RIGHT);
        let (mut possible, mut band, mut average) = (String::new(), String::new(), String::new());
        for told in points {
            let point = &told.point;
            let Some(span) = point.span.before(self.drawn_to) else {
                continue;
            };
            let numbers = |low: i32, high: i32| (i64::from(low) * 1_000, i64::from(high) * 1_000);
            self.area(
                &mut possible,
                span,
                numbers(point.guaranteed, point.possible),
            );
            self.area(&mut band, span, numbers(point.min, point.max));
            let (x, width) = self.axis.segment(span.from(), span.to());
            let y = self.height(thousandths(told));
            // Writing to a text in memory does not fail.
            let _ = write!(average, "M{x} {y}h{width}");
        }
        let missing = SHORT.map(|(kind, class, _)| {
            let mut strokes = Merged::default();
            for told in short.iter().filter(|told| told.shortfall.kind == kind) {
                let span = told.shortfall.span;
                strokes.add(self.axis.visible_stretch(span.from(), span.to()));
            }
            (class, strokes.path(self.bottom() + 5))
        });
        let levels = [
            ("unknown-area", possible),
            ("band", band),
            ("average", average),
        ];
        for (class, path) in levels.into_iter().chain(missing) {
            if !path.is_empty() {
                svg.put(format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
            }
        }
    }

    /// A line at the number that was required.
    fn draw_required(&self, svg: &mut SvgWriter, required: &[(TimeRange, i32)]) {
        let mut line = String::new();
        for (span, number) in required {
            let (x, width) = self.axis.segment(span.from(), span.to());
            // Writing to a text in memory does not fail.
            let _ = write!(
                line,
                "M{x} {}h{width}",
                self.height(i64::from(*number) * 1_000)
            );
        }
        if !line.is_empty() {
            svg.put(format_args!("<path class=\"required\" d=\"{line}\"/>\n"));
        }
    }

    fn area(&self, path: &mut String, span: TimeRange, (low, high): (i64, i64)) {
        if low >= high {
            return;
        }
        let (x, width) = self.axis.segment(span.from(), span.to());
        let (top, bottom) = (self.height(high), self.height(low));
        let _ = write!(path, "M{x} {top}h{width}V{bottom}h-{width}z");
    }

    fn draw_levels(&self, svg: &mut SvgWriter, right: i64) {
        let step = (1..).find_map(|power: u32| {
            let ten = 10_i64.pow(power - 1);
            [ten, 2 * ten, 5 * ten]
                .into_iter()
                .find(|step| self.most / step <= LEVELS_MAX)
        });
        let step = step.unwrap_or(self.most).max(1);
        let mut level = 0;
        while level <= self.most {
            let y = self.height(level * 1_000);
            svg.put(format_args!(
                "<path class=\"line\" d=\"M{LEFT} {y}H{right}\"/>\n"
            ));
            svg.words(
                LEFT - 8,
                y.0 / 10 + 4,
                "dim",
                Anchor::End,
                &level.to_string(),
            );
            level += step;
        }
    }
}

/// The average number of a step, in thousandths.
fn thousandths(told: &StaffingPoint) -> i64 {
    match told.point.counted_ms {
        0 => 0,
        counted_ms => told.point.ms.saturating_mul(1_000) / counted_ms,
    }
}
