//! The picture of a heat map: the hours of the week as a grid, a row a day.

use crate::heatmap::shape::{Heatmap, HeatmapCell};
use crate::render::status;
use crate::staffing::table::heading;
use presence_charts::percent::{bare, percent, percent_to};
use presence_core::escape::shown;
use presence_texts::{Texts, say};

use crate::picture::Canvas;
use presence_charts::svg::frame::framed;
use presence_charts::svg::style::Styles;
use presence_charts::svg::writer::{Anchor, SvgWriter, escaped};

const LEFT: i64 = 52;
const RIGHT: i64 = 14;
const TOP: i64 = 38;
const HEADING: i64 = 24;
const HOURS_LINE: i64 = 18;
const CELL_HEIGHT: i64 = 28;

/// Draws a grid for each group: how deep a cell is filled, and the figure in it, say in which part of the time in which
/// something is known the value held.
pub fn heatmap(heatmap: &Heatmap, canvas: &Canvas) -> String {
    let texts = canvas.texts;
    let mut svg = SvgWriter::default();
    let mut y = TOP;
    for group in heatmap.cells.chunk_by(|one, other| one.keys == other.keys) {
        if let Some(heading) = group.first().and_then(|cell| heading(texts, &cell.keys)) {
            svg.words(12, y + 16, "strong", Anchor::Start, &heading);
            y += HEADING;
        }
        y = grid(&mut svg, texts, group, (y, i64::from(canvas.width))) + 12;
    }
    if heatmap.cells.is_empty() {
        svg.words(12, y + 16, "dim", Anchor::Start, &texts.say("svg-nobody"));
        y += HEADING;
    }
    let meaning = texts.say("heatmap-svg-meaning");
    svg.words(12, y + 12, "dim", Anchor::Start, &meaning);
    let value = if heatmap.value.is_empty() {
        texts.say("value-none")
    } else {
        shown(&heatmap.value).into_owned()
    };
    let summary = say!(
        texts,
        "heatmap-svg-summary",
        criterion = status::criterion(&heatmap.criterion),
        value = value,
        from = heatmap.from.0.to_string(),
        to = heatmap.to.0.to_string()
    );
    let summary = format!("{summary} {meaning}");
    framed(canvas, &Styles::of(&[]), &summary, &svg.finish(), y + 28)
}

/// Draws the cells of one group; the answer is where the grid ends.
fn grid(svg: &mut SvgWriter, texts: Texts, group: &[HeatmapCell], (top, width): (i64, i64)) -> i64 {
    let hours = || group.iter().map(|cell| i64::from(cell.hour));
    let (first, last) = (hours().min().unwrap_or(0), hours().max().unwrap_or(0));
    let cell_width = (width - LEFT - RIGHT) / (last - first + 1).max(8);
    for hour in first..=last {
        let x = LEFT + (hour - first) * cell_width;
        svg.words(x, top + 12, "dim", Anchor::Start, &format!("{hour:02}:00"));
    }
    let mut y = top + HOURS_LINE;
    for weekday in 1..=7 {
        let mut cells = group
            .iter()
            .filter(|cell| cell.weekday == weekday)
            .peekable();
        if cells.peek().is_none() {
            continue;
        }
        let name = texts.say(&format!("heatmap-svg-day-{weekday}"));
        svg.words(LEFT - 10, y + CELL_HEIGHT / 2 + 4, "", Anchor::End, &name);
        for cell in cells {
            let x = LEFT + (i64::from(cell.hour) - first) * cell_width;
            draw(svg, texts, cell, (&name, (x, y), cell_width));
        }
        y += CELL_HEIGHT;
    }
    y
}

fn draw(
    svg: &mut SvgWriter,
    texts: Texts,
    cell: &HeatmapCell,
    (day, (x, y), width): (&str, (i64, i64), i64),
) {
    let [average, least, most] = cell.averages();
    let unknown = percent(cell.unknown_ms, cell.scheduled_ms);
    let start = format!("{day} {:02}:00", cell.hour);
    let title = match cell.share() {
        None => say!(texts, "heatmap-svg-nothing", start = start),
        Some(_) => say!(
            texts,
            "heatmap-svg-cell",
            start = start,
            part = texts.figures(&percent_to(cell.amount.ms, cell.known_ms(), 1)),
            average = texts.decimal(average, 1),
            least = texts.decimal(least, 1),
            most = texts.decimal(most, 1),
            unknown = unknown
        ),
    };
    svg.put(format_args!("<g><title>{}</title>", escaped(&title)));
    let (inner, height) = (width - 2, CELL_HEIGHT - 2);
    match cell.share() {
        None => svg.put(format_args!(
            "<rect class=\"unknown-area\" x=\"{x}\" y=\"{y}\" width=\"{inner}\" height=\"{height}\"/>"
        )),
        Some(share) => {
            let depth = 0.05 + share * 0.6;
            svg.put(format_args!(
                "<rect class=\"level\" fill-opacity=\"{depth:.2}\" x=\"{x}\" y=\"{y}\" width=\"{inner}\" height=\"{height}\"/>"
            ));
            let (middle, base) = (x + inner / 2, y + CELL_HEIGHT / 2 + 4);
            svg.words(middle, base, "", Anchor::Middle, &bare(cell.amount.ms, cell.known_ms()));
        }
    }
    svg.raw("</g>\n");
}
