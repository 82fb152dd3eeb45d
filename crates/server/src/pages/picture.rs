//! What a picture of time shows next to its bars: groups of rows, an axis and a legend.

use std::fmt::Write;

use super::bars::{HEIGHT, is_quiet};
use super::palette::{Palette, ValueStyle, criterion_text, value_text_and_value};
use super::together::TogetherView;
use presence_answers::ask::Lanes;
use presence_texts::{Texts, say};

/// A picture of time.
#[derive(Clone, Debug, Default)]
pub(super) struct PictureView {
    /// What it shows.
    pub(super) caption: String,
    /// What rows are.
    pub(super) rows_are: String,
    /// How high rows are, as an address says it; empty: as high as is comfortable.
    pub(super) height: String,
    /// What the signs mean.
    pub(super) legend: Vec<LegendEntry>,
    /// When the zone's offset changes, as JSON.
    pub(super) offsets: String,
    /// What the lanes are of, as JSON.
    pub(super) lanes: String,
    /// Where a closer look is.
    pub(super) span: String,
    /// In which zone times are, in words.
    pub(super) time_in: String,
    /// The axis, as SVG.
    pub(super) axis: String,
    /// How many were in a value together; `None` where that is not shown.
    pub(super) together: Option<TogetherView>,
    /// The rows.
    pub(super) groups: Vec<Group>,
}

/// Rows that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// What they are; `None` where there is but one group.
    pub(super) name: Option<String>,
    /// The rows.
    pub(super) rows: Vec<PictureRow>,
}

/// A row.
#[derive(Clone, Debug)]
pub(super) struct PictureRow {
    /// What it is of.
    pub(super) name: String,
    /// The extension number, next to a name.
    pub(super) number: Option<String>,
    /// Where more of it is.
    pub(super) href: String,
    /// The bars, as SVG.
    pub(super) svg: String,
}

/// What a sign means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LegendEntry {
    /// The sign, as SVG.
    pub(super) swatch: String,
    /// What it means.
    pub(super) label: String,
    /// The bars that it stands for, which can be hidden: their lane, and what they are called there.
    pub(super) bars: Option<(usize, String)>,
}

/// So many values of a lane are named at most: there are hundreds of messages.
const LEGEND_MAX: usize = 16;

/// What the signs of a picture mean.
pub(super) fn legend(
    texts: Texts,
    lanes: &Lanes,
    palettes: &[Palette],
    has_closed_hours: bool,
) -> Vec<LegendEntry> {
    let mut entries = Vec::new();
    let mut add = |label: &str, inner: &str, bars: Option<(usize, &ValueStyle)>| {
        entries.push(LegendEntry {
            bars: bars.map(|(lane, style)| (lane, style.label.clone())),
            swatch: format!(
                "<svg class=\"bars swatch\" viewBox=\"0 0 26 {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{inner}</svg>"
            ),
            label: label.to_owned(),
        });
    };
    let ground = stroke("ground", 0, HEIGHT);
    for (index, palette) in palettes.iter().enumerate() {
        let lane = &lanes.lanes[index];
        let (shown, rest) = palette
            .styles
            .split_at(palette.styles.len().min(LEGEND_MAX));
        for style in shown {
            if index == 0 {
                let bar = main_bar(style);
                let label = value_text_and_value(texts, &style.value);
                add(&label, &format!("{ground}{bar}"), Some((index, style)));
            } else if !is_quiet(&style.value) {
                let bar = stroke(&style.style, HEIGHT / 2 - 3, 6);
                let label = format!(
                    "{}: {}",
                    criterion_text(texts, &lane.criterion),
                    value_text_and_value(texts, &style.value)
                );
                add(&label, &format!("{ground}{bar}"), Some((index, style)));
            }
        }
        if !rest.is_empty() {
            let told = say!(texts, "legend-more", count = rest.len());
            add(&told, &ground, None);
        }
    }
    add(&texts.say("unknown-no-data"), "", None);
    let notch = format!("<path class=\"now\" d=\"M13 0v{}\"/>", HEIGHT / 3);
    let bar = stroke("good", 0, HEIGHT);
    add(
        &texts.say("legend-notch"),
        &format!("{ground}{bar}{notch}"),
        None,
    );
    let doubt = stroke("doubt", 0, HEIGHT);
    let bar = stroke("good", 0, HEIGHT);
    add(
        &texts.say("legend-lighter"),
        &format!("{ground}{bar}{doubt}"),
        None,
    );
    if has_closed_hours {
        let shade = format!("<path class=\"closed\" d=\"M0 0h26v{HEIGHT}H0z\"/>");
        add(
            &texts.say("legend-shaded"),
            &format!("{ground}{shade}"),
            None,
        );
    }
    entries
}

fn main_bar(style: &ValueStyle) -> String {
    let height = HEIGHT * i64::try_from(style.height).unwrap_or(100) / 100;
    stroke(&style.style, HEIGHT - height, height)
}

fn stroke(style: &str, top: i64, height: i64) -> String {
    let mut path = String::new();
    write!(
        path,
        "<path class=\"{style}\" stroke-width=\"{height}\" d=\"M0 {}h26\"/>",
        top + height / 2
    )
    .expect("writing to a text in memory does not fail");
    path
}
