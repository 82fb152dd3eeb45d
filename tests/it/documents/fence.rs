//! A document, split into lines and blocks between fences.

use std::fmt::Write as _;

/// A block between fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    /// The line of the document, from 1.
    pub(super) line: usize,
    /// The text after the fence.
    pub(super) info: String,
    pub(super) body: Vec<String>,
    /// Whether only empty lines are between it and the block before it.
    pub(super) follows: bool,
}

impl Fence {
    /// Its lines, as they are written.
    pub(super) fn text(&self) -> String {
        self.body.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }
}

/// A part of a document.
pub(super) enum Part {
    /// A line outside of all blocks.
    Line(String),
    Fence(Fence),
}

impl Part {
    pub(super) fn write_to(&self, written: &mut String) {
        match self {
            Self::Line(line) => {
                let _ = writeln!(written, "{line}");
            }
            Self::Fence(fence) => {
                let _ = writeln!(written, "```{}\n{}```", fence.info, fence.text());
            }
        }
    }
}

/// A document's parts, in order.
pub(super) fn parts(document: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut follows = false;
    let mut lines = document.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            follows &= line.is_empty();
            parts.push(Part::Line(line.to_owned()));
            continue;
        };
        let body = lines.by_ref().map(|(_, line)| line);
        let body = body.take_while(|line| *line != "```").map(str::to_owned);
        parts.push(Part::Fence(Fence {
            line: index + 1,
            info: info.to_owned(),
            body: body.collect(),
            follows,
        }));
        follows = true;
    }
    parts
}

#[test]
fn what_is_taken_apart_can_be_put_together() {
    let text = "# a\n\n```sh\nb\nc\n```\n\n```text\n\n```\nd\n```sql x\n```\n";
    let parts = parts(text);
    let fences: Vec<(usize, &str, usize, bool)> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Fence(fence) => Some((
                fence.line,
                fence.info.as_str(),
                fence.body.len(),
                fence.follows,
            )),
            Part::Line(_) => None,
        })
        .collect();
    assert_eq!(
        fences,
        [
            (3, "sh", 2, false),
            (8, "text", 1, true),
            (12, "sql x", 0, false)
        ]
    );
    let mut written = String::new();
    for part in &parts {
        part.write_to(&mut written);
    }
    assert_eq!(written, text);
}
