//! What all pictures share: the outer element, its title, the style sheet, and the notes below.

use super::Canvas;
use super::style::Styles;
use super::writer::{Anchor, SvgWriter, escaped, width_of};

const NOTE_LINE: i64 = 16;
const MARGIN: i64 = 12;

const LIGHT: &str = "\
{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;background:#fff}
text{fill:#1b1f24}
.strong{font-weight:600}
.title{font-size:15px;font-weight:600}
.dim,.note{fill:#57606a}
.note{font-size:11px}
.paper{fill:#fff}
.hours{fill:#e8f1fb}
.hours-sample{stroke:#cfe2f7;stroke-width:12}
.tick{stroke:#d8dee4}
.day{stroke:#afb8c1}
.line{stroke:#d8dee4}
.unknown{stroke:ID-unknown;stroke-width:12}
.unknown-area{fill:ID-unknown}
.unknown-ink{stroke:#8c959f}
.unknown-mark{stroke:#8c959f;stroke-width:4}
.blank{stroke:#fff;stroke-width:4}
.sample-mark{stroke:#57606a;stroke-width:16;stroke-dasharray:0 6 1 6}
.unknown-paper{fill:#f6f8fa}
.ambiguous{stroke:#fff;stroke-opacity:.6;stroke-width:12}
.presumed{stroke:#fff;stroke-opacity:.6;stroke-width:4}
.level{fill:#1f6feb}
.band{fill:#1f6feb;fill-opacity:.35}
.average{stroke:#0a3069;stroke-width:2}
.sample-band{stroke:#1f6feb;stroke-opacity:.35;stroke-width:12}
.required{stroke:#b71c1c;stroke-width:2;stroke-dasharray:8 4}
.short{stroke:#b71c1c;stroke-width:5}
.short-possible{stroke:#b71c1c;stroke-width:5;stroke-dasharray:6 4}
.short-unknown{stroke:#8c959f;stroke-width:5;stroke-dasharray:2 3}
";

const DARK: &str = "\
{background:#0d1117}
text{fill:#e6edf3}
.dim,.note{fill:#9ea7b3}
.paper{fill:#0d1117}
.hours{fill:#16263a}
.hours-sample{stroke:#24405f}
.tick{stroke:#21262d}
.day{stroke:#484f58}
.line{stroke:#21262d}
.unknown-ink{stroke:#6e7681}
.unknown-mark{stroke:#6e7681}
.blank{stroke:#0d1117}
.sample-mark{stroke:#9ea7b3}
.unknown-paper{fill:#161b22}
.ambiguous{stroke:#0d1117}
.presumed{stroke:#0d1117}
.average{stroke:#a5d6ff}
.short,.short-possible,.required{stroke:#ff7b72}
.short-unknown{stroke:#6e7681}
";

/// Rules made to hold inside one picture only.
fn scoped(rules: &str, id: &str) -> String {
    let unknown = format!("url(#{id}-unknown)");
    let lines = rules.lines().map(|line| {
        let line = line.replace("ID-unknown", &unknown);
        let (selectors, rest) = line.split_once('{').unwrap_or((&line, ""));
        let selectors: Vec<String> = selectors
            .split(',')
            .map(|selector| format!("#{id} {selector}").trim_end().to_owned())
            .collect();
        format!("{}{{{rest}\n", selectors.join(","))
    });
    lines.collect()
}

/// Draws the whole picture around what is inside; `summary` says in words what is to be seen.
pub fn framed(
    canvas: &Canvas,
    styles: &Styles,
    summary: &str,
    inside: &str,
    inside_height: i64,
) -> String {
    let id = &canvas.id;
    let width = i64::from(canvas.width);
    let lines = note_lines(&canvas.notes, width - 2 * MARGIN);
    let height = inside_height + NOTE_LINE * i64::try_from(lines.len()).unwrap_or(0) + MARGIN;
    let mut svg = SvgWriter::default();
    svg.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" style=\"max-width:100%;height:auto\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        escaped(&canvas.title),
        escaped(summary),
    ));
    if !canvas.metadata.is_empty() {
        svg.put(format_args!(
            "<metadata>{}</metadata>\n",
            escaped(&canvas.metadata)
        ));
    }
    svg.put(format_args!(
        "<style>\n{}{}@media screen and (prefers-color-scheme:dark){{\n{}{}}}\n</style>\n",
        scoped(LIGHT, id),
        styles.light_rules(id),
        scoped(DARK, id),
        styles.dark_rules(id),
    ));
    svg.put(format_args!(
        "<defs>\n<pattern id=\"{id}-unknown\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
         <rect class=\"unknown-paper\" width=\"8\" height=\"8\"/>\
         <path class=\"unknown-ink\" d=\"M-2 2L2-2M0 8L8 0M6 10L10 6\"/></pattern>\n{}</defs>\n",
        styles.patterns(id)
    ));
    svg.put(format_args!(
        "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    ));
    svg.words(MARGIN, 22, "title", Anchor::Start, &canvas.title);
    svg.raw(inside);
    for (place, line) in (0..).zip(&lines) {
        svg.words(
            MARGIN,
            inside_height + NOTE_LINE * place + 8,
            "note",
            Anchor::Start,
            line,
        );
    }
    svg.raw("</svg>\n");
    svg.finish()
}

/// Notes broken between words, so that none is wider than the picture.
fn note_lines(notes: &[String], width: i64) -> Vec<String> {
    let mut lines = Vec::new();
    for note in notes {
        let mut line = String::new();
        for word in note.split(' ') {
            if !line.is_empty() && width_of(&line) + width_of(word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold_in_one_picture_only() {
        assert_eq!(
            scoped("{a:b}\n.x,.y{c:ID-unknown}\n", "p"),
            "#p{a:b}\n#p .x,#p .y{c:url(#p-unknown)}\n"
        );
    }

    #[test]
    fn notes_are_broken_between_words() {
        let notes = ["one two three".to_owned()];
        assert_eq!(note_lines(&notes, 50), ["one two", "three"]);
        assert_eq!(note_lines(&notes, 500), ["one two three"]);
    }
}
