//! Where in a document an error is: byte offset to path, and the parser's words to ours.

use std::fmt::Write;
use std::ops::Range;

use super::WireError;
use super::values::clip;

/// At most so many steps of a path are shown, and so many characters of a key or a reason.
const STEPS_SHOWN: usize = 8;
const KEY_CHARS: usize = 40;
const REASON_CHARS: usize = 200;

/// Says what the parser found wrong in `text`, and in which field.
pub fn explain(text: &str, error: &serde_json::Error) -> WireError {
    let offset = offset_of(text.as_bytes(), error.line(), error.column());
    let path = path_at(text.as_bytes(), offset);
    let message = error.to_string();
    let reason = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(reason, _)| reason);
    reword(&path, reason, error.classify())
}

/// The byte that a line and a column (both from 1, the column in bytes) name.
fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match text[start..].iter().position(|&byte| byte == b'\n') {
            Some(end) => start += end + 1,
            None => break,
        }
    }
    text.len().min(start + column)
}

fn reword(path: &str, reason: &str, category: serde_json::error::Category) -> WireError {
    use serde_json::error::Category;
    let error = |what: String| WireError {
        path: path.to_owned(),
        what: clip(&what, REASON_CHARS),
    };
    match category {
        Category::Syntax if reason.ends_with("hex escape") => {
            return error("holds half a character (a lone surrogate), which cannot be kept".into());
        }
        Category::Syntax | Category::Io => return error(format!("is not JSON: {reason}")),
        Category::Eof => return error(format!("is cut off: {reason}")),
        Category::Data => {}
    }
    if let Some(field) = backquoted(reason, "missing field ") {
        let dot = if path.is_empty() { "" } else { "." };
        return WireError {
            path: format!("{path}{dot}{field}"),
            what: "is missing".to_owned(),
        };
    }
    if backquoted(reason, "duplicate field ").is_some() {
        return error("is there twice".to_owned());
    }
    let mismatch = reason
        .strip_prefix("invalid type: ")
        .or_else(|| reason.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "));
    match mismatch {
        Some((got, expected)) => error(format!(
            "is {}, but must be {}",
            clip(&found_in_words(got), 80),
            expected_in_words(expected)
        )),
        None => error(reason.to_owned()),
    }
}

/// What was found, in words for people: the parser's are Rust's.
fn found_in_words(found: &str) -> String {
    let bare = |value: &str| value.trim_matches('`').to_owned();
    match found.split_once(' ') {
        None if found == "map" => "an object".to_owned(),
        None if found == "sequence" => "a list".to_owned(),
        Some(("integer", value)) => format!("the number {}", bare(value)),
        Some(("floating", value)) => {
            format!("the number {}", bare(value.trim_start_matches("point ")))
        }
        Some(("boolean", value)) => bare(value),
        Some(("string", value)) => format!("the text {value}"),
        _ => found.to_owned(),
    }
}

fn expected_in_words(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "i64" | "u16" => "a whole number",
        other => other,
    }
}

fn backquoted<'a>(reason: &'a str, prefix: &str) -> Option<&'a str> {
    reason
        .strip_prefix(prefix)?
        .strip_prefix('`')?
        .strip_suffix('`')
}

/// A container that is open at some offset.
enum Open {
    /// An object, and where the key is whose value is being read.
    Object {
        key: Option<Range<usize>>,
        key_next: bool,
    },
    /// An array, and which element is being read; `None` before the first.
    Array { index: Option<usize> },
}

/// The path of the value that is being read, or has just been read, at `offset`.
///
/// It takes anything, also what is no JSON: then it is the path as far as the text makes sense.
pub(crate) fn path_at(text: &[u8], offset: usize) -> String {
    let mut open: Vec<Open> = Vec::new();
    let end = offset.min(text.len());
    let mut at = 0;
    while at < end {
        let byte = text[at];
        if let Some(container) = open.last_mut() {
            container.see(byte);
        }
        match byte {
            b'}' | b']' => {
                open.pop();
            }
            b'{' => open.push(Open::Object {
                key: None,
                key_next: true,
            }),
            b'[' => open.push(Open::Array { index: None }),
            b'"' => {
                let close = closing_quote(text, at, end);
                if let Some(container) = open.last_mut() {
                    container.see_text(at + 1..close, close < end);
                }
                at = close;
            }
            _ => {}
        }
        at += 1;
    }
    render(text, &open)
}

impl Open {
    /// Takes note of a byte outside texts.
    fn see(&mut self, byte: u8) {
        match (self, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n' | b':' | b'}' | b']') => {}
            (Self::Object { key, key_next }, b',') => {
                *key = None;
                *key_next = true;
            }
            (Self::Array { index }, b',') => *index = Some(index.map_or(1, |index| index + 1)),
            (Self::Array { index }, _) => {
                index.get_or_insert(0);
            }
            (Self::Object { .. }, _) => {}
        }
    }

    /// Takes note of a text, which may be a key.
    fn see_text(&mut self, range: Range<usize>, is_closed: bool) {
        if let Self::Object { key, key_next } = self
            && *key_next
        {
            *key = is_closed.then_some(range);
            *key_next = false;
        }
    }
}

/// Where the text that opens at `open` closes; `end` if it does not before that.
fn closing_quote(text: &[u8], open: usize, end: usize) -> usize {
    let mut at = open + 1;
    while at < end {
        match text[at] {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    end
}

fn render(text: &[u8], open: &[Open]) -> String {
    let mut path = String::new();
    for step in open.iter().take(STEPS_SHOWN) {
        match step {
            Open::Object { key: None, .. } | Open::Array { index: None } => {}
            Open::Array { index: Some(index) } => {
                write!(path, "[{index}]").expect("a string takes any text");
            }
            Open::Object { key: Some(key), .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                let key = String::from_utf8_lossy(&text[key.clone()]);
                path.push_str(&clip(&key, KEY_CHARS));
            }
        }
    }
    if open.len() > STEPS_SHOWN {
        path.push('…');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path at the place of `|` in the text.
    #[track_caller]
    fn check(marked: &str, expected: &str) {
        let offset = marked.find('|').expect("the case marks a place");
        let text = marked.replacen('|', "", 1);
        assert_eq!(path_at(text.as_bytes(), offset), expected);
    }

    #[test]
    fn a_place_is_named_by_its_keys_and_indices() {
        check(r#"{"a":1|}"#, "a");
        check(r#"{"a"|:1}"#, "a");
        check(r#"{"a":1,|"b":2}"#, "");
        check(r#"{"records":[{"id":1},{"id":"x"|}]}"#, "records[1].id");
        check(r#"{"records":[{"id":1},{"id":"x"}|]}"#, "records[1]");
        check(r#"{"records":[|]}"#, "records");
        check(r#"{"records":[1|]}"#, "records[0]");
        check(r#"{"a":{|"b":1}}"#, "a");
        check(r#"{"a":{"b":1}|}"#, "a");
        check(r#"{"say \"hi\"":",]}{"|}"#, r#"say \"hi\""#);
        check("[[1,2],[3|]]", "[1][0]");
    }

    #[test]
    fn what_is_no_json_has_a_path_too() {
        check("|", "");
        check("]]]}}}|", "");
        check(r#"{"a|"#, "");
        check(r#"{"a":"\|"#, "a");
        let deep = "[".repeat(100_000);
        assert_eq!(
            path_at(deep.as_bytes(), deep.len()),
            "[0][0][0][0][0][0][0][0]…"
        );
    }
}
