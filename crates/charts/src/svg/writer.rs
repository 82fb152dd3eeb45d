//! SVG text: lengths, escaped words, elements.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use unicode_width::UnicodeWidthStr;

use presence_core::escape::shown;

/// About how wide a letter of the usual size is, in tenths of a pixel.
const LETTER: i64 = 68;

/// A length in tenths of a pixel: a tenth is finer than any screen, and keeps the text short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub i64);

impl Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{rest}"),
        }
    }
}

/// Where a text stands relative to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// The text of a picture while it is drawn.
#[derive(Debug, Default)]
pub struct SvgWriter {
    text: String,
}

impl SvgWriter {
    /// Writes as it is: what comes from outside must be escaped ([`escaped`]).
    pub fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Writes formatted markup, of which the same holds.
    pub fn put(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a text in memory does not fail.
        let _ = self.text.write_fmt(markup);
    }

    /// Writes words at a place.
    pub fn words(&mut self, x: i64, y: i64, class: &str, anchor: Anchor, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let words = escaped(words);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\"{anchor}>{words}</text>\n"
        ));
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.text
    }
}

/// Text from outside as XML: nothing of it is markup, and what does not show is written out.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| {
        !matches!(
            letter,
            '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}'
        )
    };
    let text = shown(text);
    if text.chars().all(is_plain) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

/// About how wide words are, in pixels.
pub fn width_of(words: &str) -> i64 {
    i64::try_from(words.width()).unwrap_or(0) * LETTER / 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short() {
        let written = [0, 5, 10, 123, -4].map(|tenths| Tenths(tenths).to_string());
        assert_eq!(written, ["0", "0.5", "1", "12.3", "-0.4"]);
    }

    #[test]
    fn words_are_no_markup() {
        assert_eq!(
            escaped("<b a='1'>&\"\u{1b}\u{ffff}"),
            "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\\u{1b}\u{fffd}"
        );
        assert!(matches!(escaped("Zoë 山田"), Cow::Borrowed(_)));
    }
}
