//! What lies between `BEGIN` and `END`.

use super::IcalendarError;
use super::line::{Line, not_a_calendar};

/// A part of a calendar, with what lies in it.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// What it is, in capitals: `VEVENT`.
    pub(super) kind: String,
    /// The line of its `BEGIN`.
    pub(super) number: usize,
    /// Its own properties.
    pub(super) lines: Vec<Line>,
    /// The parts in it.
    pub(super) parts: Vec<Component>,
}

impl Component {
    /// The first property of a name.
    pub(super) fn find(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// The properties of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// So deep parts may lie in one another; the standard has three.
const DEPTH_MAX: usize = 8;

/// The calendars of a file: one after the other, nothing between them.
pub(super) fn calendars(lines: &[Line]) -> Result<Vec<Component>, IcalendarError> {
    let mut calendars = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    for line in lines {
        match line.name.as_str() {
            "BEGIN" => open.push(begun(line, &open)?),
            "END" => {
                let ended = ended(line, &mut open)?;
                match open.last_mut() {
                    Some(around) => around.parts.push(ended),
                    None => calendars.push(ended),
                }
            }
            _ => {
                let Some(part) = open.last_mut() else {
                    let text = format!("{}:{}", line.name, line.value);
                    return Err(not_a_calendar(line.number, &text));
                };
                part.lines.push(line.clone());
            }
        }
    }
    let Some(last) = open.last() else {
        return Ok(calendars);
    };
    let missing: Vec<String> = open
        .iter()
        .rev()
        .map(|part| format!("END:{} (of line {})", part.kind, part.number))
        .collect();
    let end = lines.last().map_or(last.number, |line| line.number);
    Err(IcalendarError::at(
        end,
        format!(
            "the file ends here and may be cut off: {} missing",
            match missing.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            }
        ),
    ))
}

fn begun(line: &Line, open: &[Component]) -> Result<Component, IcalendarError> {
    let kind = line.value.to_ascii_uppercase();
    let around = open.last();
    if open.len() >= DEPTH_MAX {
        return Err(IcalendarError::at(
            line.number,
            format!("BEGIN:{kind} lies in more than {DEPTH_MAX} others; no calendar has that"),
        ));
    }
    let is_placed = match (kind.as_str(), around) {
        ("VCALENDAR", None) => true,
        ("VCALENDAR", Some(_)) => false,
        (_, None) => return Err(not_a_calendar(line.number, &format!("BEGIN:{kind}"))),
        ("VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VTIMEZONE", Some(around)) => {
            around.kind == "VCALENDAR"
        }
        _ => true,
    };
    match around {
        Some(around) if !is_placed => Err(IcalendarError::at(
            line.number,
            format!(
                "BEGIN:{kind} lies in the {} of line {}: END:{} is missing before it",
                around.kind, around.number, around.kind
            ),
        )),
        _ => Ok(Component {
            kind,
            number: line.number,
            lines: Vec::new(),
            parts: Vec::new(),
        }),
    }
}

fn ended(line: &Line, open: &mut Vec<Component>) -> Result<Component, IcalendarError> {
    match open.pop() {
        Some(part) if line.is(&part.kind) => Ok(part),
        Some(part) => Err(IcalendarError::at(
            line.number,
            format!(
                "END:{} ends the {} of line {}: END:{} is missing before it",
                line.value, part.kind, part.number, part.kind
            ),
        )),
        None => Err(IcalendarError::at(
            line.number,
            format!("END:{} ends nothing: its BEGIN is missing", line.value),
        )),
    }
}
