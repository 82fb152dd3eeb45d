//! Text from outside, made harmless for a terminal.
//!
//! Names and status messages are other people's words. A control sequence in one could recolour, move or erase what a
//! terminal shows, and a mark that turns the direction of writing could make it read as something else.

use std::borrow::Cow;
use std::fmt::Write;

/// Text with every character escaped that does not show, or that changes how others are shown.
///
/// What joins letters and signs (ZWJ, ZWNJ, variation selectors) stays: names need it.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// The same for a cell of CSV: tabs and line ends stay, between quotes they are a part of it.
pub fn in_cell(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| {
        is_unsafe(letter) && !matches!(letter, '\t' | '\n' | '\r')
    })
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            letter if !is_escaped(letter) => shown.push(letter),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            letter => {
                // Writing to a text in memory does not fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(letter));
            }
        }
    }
    Cow::Owned(shown)
}

/// A message in one line: white space is single spaces, the rest as in [`shown`].
pub fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    shown(&lines.join(" ")).into_owned()
}

/// JSON text in which what [`shown`] escapes is written as `\uXXXX`: the same value, harmless on a terminal.
pub fn json(text: String) -> String {
    let is_kept = |letter: char| letter == '\n' || !is_unsafe(letter);
    // Nearly all of it is plain, and bytes are checked many at a time. JSON has no control character but line ends
    // and the last one of ASCII.
    let is_plain = text.is_ascii() && !text.as_bytes().contains(&0x7f);
    if is_plain || text.chars().all(is_kept) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_kept(letter) {
            escaped.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_shown_not_obeyed() {
        assert_eq!(
            shown("a\u{1b}[31mred\u{7}\u{9b}K"),
            "a\\u{1b}[31mred\\u{7}\\u{9b}K"
        );
        assert_eq!(shown("two\nlines\tand\r"), "two\\nlines\\tand\\r");
        assert_eq!(shown("evil\u{202e}gpj"), "evil\\u{202e}gpj");
    }

    #[test]
    fn names_stay_as_they_are() {
        for name in [
            "Zoë Straße",
            "山田",
            "\u{1f469}\u{200d}\u{1f4bb} Support",
            "ر\u{200c}ی",
        ] {
            assert!(matches!(shown(name), Cow::Borrowed(_)), "{name}");
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        assert_eq!(json("\"\u{7f}\"\n".to_owned()), "\"\\u007f\"\n");
        let text = "a\u{9b}K\u{202e}\u{e0041}é";
        let escaped = json(serde_json::to_string(text).expect("text is JSON"));
        assert_eq!(escaped, "\"a\\u009bK\\u202e\\udb40\\udc41é\"");
        assert_eq!(
            serde_json::from_str::<String>(&escaped).expect("it is JSON"),
            text
        );
    }
}
