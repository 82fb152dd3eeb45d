//! How values look: a tone and a pattern each.

use crate::status::{self, NO_VALUE};
use crate::table::Paint;

use super::writer::{Anchor, SvgWriter, width_of};

/// How thick a bar is, in pixels.
pub const BAR: i64 = 12;

/// How high marks are, in pixels.
pub const MARK: i64 = 4;

/// How thick the bar of a value is that asks for no attention.
const THIN_BAR: i64 = 4;

/// A colour on light and on dark paper, and that of the pattern on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tone {
    light: &'static str,
    light_ink: &'static str,
    dark: &'static str,
    dark_ink: &'static str,
}

const fn tone(
    light: &'static str,
    light_ink: &'static str,
    dark: &'static str,
    dark_ink: &'static str,
) -> Tone {
    Tone {
        light,
        light_ink,
        dark,
        dark_ink,
    }
}

const GOOD: Tone = tone("#2e7d32", "#a5d6a7", "#4caf50", "#1b5e20");
const BUSY: Tone = tone("#ffb74d", "#a84300", "#ffa726", "#6d2c00");
const BAD: Tone = tone("#ef9a9a", "#b71c1c", "#e57373", "#5f0f0f");
const DIM: Tone = tone("#8a939c", "#8a939c", "#6e7681", "#6e7681");
/// Of values that are neither good nor bad, in turn.
const PLAIN: [Tone; 5] = [
    tone("#90caf9", "#0d47a1", "#64b5f6", "#0a2f66"),
    tone("#ce93d8", "#6a1b9a", "#ba68c8", "#3f0f5c"),
    tone("#80cbc4", "#00574b", "#4db6ac", "#00352e"),
    tone("#d7ccc8", "#4e342e", "#a1887f", "#2c1b16"),
    tone("#f0e68c", "#6b6100", "#d4c95f", "#3f3900"),
];

/// The strokes of the patterns in a tile of six pixels; the first is none.
const PATTERNS: [&str; 8] = [
    "",
    "M-1 1L1-1M0 6L6 0M5 7L7 5",
    "M0 3H6",
    "M3 0V6",
    "M-1 5L1 7M0 0L6 6M5-1L7 1",
    "M1 1h2v2h-2zM4 4h2v2h-2z",
    "M0 0L6 6M0 6L6 0",
    "M0 3H6M3 0V6",
];

/// The values of a picture, each with its style.
#[derive(Debug)]
pub struct Styles {
    values: Vec<String>,
    styles: Vec<Style>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Style {
    tone: Tone,
    pattern: usize,
    thickness: i64,
}

impl Styles {
    /// Values in the order in which they are shown.
    pub fn of(values: &[&str]) -> Self {
        let (mut plain, mut dim) = (0, 0);
        let styles = values.iter().enumerate().map(|(place, value)| {
            let tone = match status::paint(value) {
                Paint::Good => GOOD,
                Paint::Busy => BUSY,
                Paint::Bad => BAD,
                Paint::Dim => DIM,
                _ => {
                    plain += 1;
                    PLAIN[(plain - 1) % PLAIN.len()]
                }
            };
            let is_thin = tone == DIM && dim == 0;
            dim += usize::from(tone == DIM);
            Style {
                tone,
                pattern: if is_thin { 0 } else { place % PATTERNS.len() },
                thickness: if is_thin { THIN_BAR } else { BAR },
            }
        });
        Self {
            styles: styles.collect(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    /// The place of a value among them.
    pub fn place(&self, value: &str) -> Option<usize> {
        self.values.iter().position(|known| known == value)
    }

    /// What each value is called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|value| match value.as_str() {
            "" => NO_VALUE,
            value => value,
        })
    }

    /// The rules of the style sheet, for light paper.
    pub fn light_rules(&self, id: &str) -> String {
        let rules = self.styles.iter().enumerate().map(|(place, style)| {
            let stroke = match style.pattern {
                0 => style.tone.light.to_owned(),
                _ => format!("url(#{id}-p{place})"),
            };
            format!(
                "#{id} .v{place}{{stroke:{stroke};stroke-width:{}}}\n#{id} .f{place}{{fill:{}}}\n#{id} .k{place}{{stroke:{}}}\n\
                 #{id} .m{place}{{stroke:{};stroke-width:{MARK}}}\n",
                style.thickness, style.tone.light, style.tone.light_ink, style.tone.light
            )
        });
        rules.collect()
    }

    /// The rules of the style sheet that are others on dark paper.
    pub fn dark_rules(&self, id: &str) -> String {
        let rules = self.styles.iter().enumerate().map(|(place, style)| {
            let stroke = match style.pattern {
                0 => format!("#{id} .v{place}{{stroke:{}}}\n", style.tone.dark),
                _ => String::new(),
            };
            format!(
                "{stroke}#{id} .f{place}{{fill:{}}}\n#{id} .k{place}{{stroke:{}}}\n#{id} .m{place}{{stroke:{}}}\n",
                style.tone.dark, style.tone.dark_ink, style.tone.dark
            )
        });
        rules.collect()
    }

    /// The definitions of the patterns.
    pub fn patterns(&self, id: &str) -> String {
        let patterns = self
            .styles
            .iter()
            .enumerate()
            .filter(|(_, style)| style.pattern > 0);
        let patterns = patterns.map(|(place, style)| {
            format!(
                "<pattern id=\"{id}-p{place}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
                 <rect class=\"f{place}\" width=\"6\" height=\"6\"/><path class=\"k{place}\" d=\"{}\"/></pattern>\n",
                PATTERNS[style.pattern]
            )
        });
        patterns.collect()
    }
}

/// A sample and what it means.
pub struct LegendEntry {
    class: String,
    over: Option<&'static str>,
    meaning: String,
}

impl LegendEntry {
    /// A stroke of a class.
    pub fn new(class: &str, meaning: &str) -> Self {
        Self {
            class: class.to_owned(),
            over: None,
            meaning: meaning.to_owned(),
        }
    }

    /// A stroke of a class, the second half of which is under one of another.
    pub fn over(class: &str, over: &'static str, meaning: &str) -> Self {
        Self {
            over: Some(over),
            ..Self::new(class, meaning)
        }
    }
}

/// Draws samples with their meanings in lines; the answer is where the next thing can begin.
pub fn legend(
    svg: &mut SvgWriter,
    entries: &[LegendEntry],
    (left, top): (i64, i64),
    width: i64,
) -> i64 {
    const SAMPLE: i64 = 26;
    const LINE: i64 = 20;
    let (mut x, mut y) = (left, top);
    svg.raw("<g class=\"legend\">\n");
    for entry in entries {
        let wide = SAMPLE + 6 + width_of(&entry.meaning) + 18;
        if x > left && x + wide > left + width {
            (x, y) = (left, y + LINE);
        }
        let middle = y + LINE / 2;
        svg.put(format_args!(
            "<path class=\"{}\" d=\"M{x} {middle}h{SAMPLE}\"/>",
            entry.class
        ));
        if let Some(over) = entry.over {
            let half = SAMPLE / 2;
            svg.put(format_args!(
                "<path class=\"{over}\" d=\"M{} {middle}h{half}\"/>",
                x + half
            ));
        }
        svg.words(
            x + SAMPLE + 6,
            middle + 4,
            "",
            Anchor::Start,
            &entry.meaning,
        );
        x += wide;
    }
    svg.raw("</g>\n");
    y + LINE + 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_values_look_alike() {
        let values = ["Available", "Busy", "Offline", "Away", "Zzz", "hidden", ""];
        let styles = Styles::of(&values);
        for (place, style) in styles.styles.iter().enumerate() {
            let others = styles.styles[..place].iter();
            let patterned = others.filter(|other| {
                (other.pattern, other.thickness) == (style.pattern, style.thickness)
            });
            assert_eq!(
                patterned.count(),
                0,
                "{} is drawn like another",
                values[place]
            );
        }
    }
}
