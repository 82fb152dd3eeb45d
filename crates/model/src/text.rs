//! Text that other programs wrote: bytes as letters, whatever the editor, the spreadsheet or the shell put around them.
//!
//! A byte order mark is taken off, UTF-16 with its mark is read (a file that PowerShell's `>` made), and every line ends
//! in a line feed. Other encodings are never guessed: what is no UTF-8 is refused with its line and with what to do.
//! Names are compared as they read ([`is_same_name`]): macOS writes accents as letters of their own.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// What some programs write at the beginning of a UTF-8 file.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const MARK_LITTLE: &[u8] = &[0xff, 0xfe];
const MARK_BIG: &[u8] = &[0xfe, 0xff];

/// What the bytes 0x80 to 0x9f are in Windows-1252; the rest of it is Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
    '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}',
    'ž', 'Ÿ',
];

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    line: Option<usize>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// This byte cannot stand there; `None`: it is not shown.
    NotUtf8(Option<u8>),
    CutOff,
    Nul,
    UnmarkedUtf16,
    NotUtf16,
    Utf32,
}

impl TextError {
    fn at(line: usize, fault: Fault) -> Self {
        Self {
            line: Some(line),
            fault,
        }
    }

    /// The line, from 1; `None` where it is the file as a whole.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The same without anything of the content, for what is secret.
    #[must_use]
    pub fn without_content(self) -> Self {
        let fault = match self.fault {
            Fault::NotUtf8(_) => Fault::NotUtf8(None),
            other => other,
        };
        Self { fault, ..self }
    }

    /// What is wrong, and what to do; without the line.
    pub fn reason(&self) -> String {
        match self.fault {
            Fault::NotUtf8(byte) => {
                let shown = byte.and_then(in_windows_1252).map_or_else(
                    || "it is not UTF-8 text".to_owned(),
                    |(byte, letter)| {
                        format!(
                            "it is not UTF-8 text: the byte 0x{byte:02x} is \"{letter}\" in Windows-1252 (Latin-1)"
                        )
                    },
                );
                format!("{shown}; save it as UTF-8 (Excel: \"CSV UTF-8\")")
            }
            Fault::CutOff => "it ends in the middle of a character; the file is cut off".to_owned(),
            Fault::Nul => {
                "it holds a NUL character (U+0000), which no text has; save it as UTF-8".to_owned()
            }
            Fault::UnmarkedUtf16 => {
                "it is UTF-16 without a byte order mark; save it as UTF-8".to_owned()
            }
            Fault::NotUtf16 => {
                "it is not UTF-16 text, though it begins with the mark of one; save it as UTF-8"
                    .to_owned()
            }
            Fault::Utf32 => "it is UTF-32; save it as UTF-8".to_owned(),
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.reason())
    }
}

impl std::error::Error for TextError {}

/// A byte and what it is in Windows-1252; `None` where it is nothing.
fn in_windows_1252(byte: u8) -> Option<(u8, char)> {
    let letter = match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    (letter != '\u{fffd}').then_some((byte, letter))
}

/// The text of a whole file: without a byte order mark, with a line feed at the end of each line.
pub fn decoded(bytes: &[u8]) -> Result<String, TextError> {
    let bytes = unmarked(bytes)?;
    let text = checked(&bytes)?;
    if text.contains('\r') {
        Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Ok(text.to_owned())
    }
}

/// The bytes of a file as UTF-8 without a byte order mark: for formats that must be taken apart before their bytes are
/// whole letters. They still have to be [`checked`]; line ends are as they were.
pub fn unmarked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, TextError> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(TextError {
            line: None,
            fault: Fault::Utf32,
        });
    }
    let Some(mut stream) = Utf16::of_mark(bytes) else {
        return Ok(Cow::Borrowed(without_mark(bytes)));
    };
    let mut text = Vec::with_capacity(bytes.len());
    stream.push(&bytes[MARK_LITTLE.len()..], &mut text)?;
    stream.end()?;
    Ok(Cow::Owned(without_mark(&text).to_vec()))
}

/// Bytes without the byte order mark of UTF-8 at their beginning.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Two programs one after the other put in two.
    while let Some(after) = rest.strip_prefix(MARK) {
        rest = after;
    }
    rest
}

/// Bytes as text, if they are UTF-8 without NUL characters.
pub fn checked(bytes: &[u8]) -> Result<&str, TextError> {
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        // Every second byte of plain letters in UTF-16 is zero.
        let mut pairs = bytes[..bytes.len().min(8)].chunks_exact(2);
        return Err(if at < 2 && pairs.all(|pair| pair.contains(&0)) {
            TextError {
                line: None,
                fault: Fault::UnmarkedUtf16,
            }
        } else {
            TextError::at(line_at(bytes, at), Fault::Nul)
        });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let fault = match error.error_len() {
            // A single byte at the end is as likely a letter of another encoding.
            None if bytes.len() - at > 1 => Fault::CutOff,
            _ => Fault::NotUtf8(bytes.get(at).copied()),
        };
        TextError::at(line_at(bytes, at), fault)
    })
}

/// A single value, without the white space, the line end and the byte order mark around it.
pub fn value(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// Whether two names are the same, however accents are encoded (NFC); the case of letters counts.
pub fn is_same_name(one: &str, other: &str) -> bool {
    one == other || (!(one.is_ascii() && other.is_ascii()) && one.nfc().eq(other.nfc()))
}

/// A name with accents joined to what they stand on (NFC).
pub fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// The line in which a byte lies, from 1, whichever way lines end.
fn line_at(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[..at];
    let ends = before.iter().enumerate().filter(|&(index, &byte)| {
        byte == b'\n' || (byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'))
    });
    1 + ends.count()
}

/// UTF-16 that comes in pieces, as UTF-8.
#[derive(Debug)]
pub struct Utf16 {
    is_big: bool,
    /// The beginning of a character whose rest is still to come: three bytes at most.
    rest: Vec<u8>,
    line: usize,
}

impl Utf16 {
    /// The way of reading that a byte order mark asks for, for what follows its two bytes; `None` if `bytes` begin with
    /// none of UTF-16.
    pub fn of_mark(bytes: &[u8]) -> Option<Self> {
        let is_big = bytes.starts_with(MARK_BIG);
        (is_big || bytes.starts_with(MARK_LITTLE)).then_some(Self {
            is_big,
            rest: Vec::new(),
            line: 1,
        })
    }

    /// Adds what the next bytes say to `text`.
    pub fn push(&mut self, bytes: &[u8], text: &mut Vec<u8>) -> Result<(), TextError> {
        self.rest.extend_from_slice(bytes);
        let is_big = self.is_big;
        let unit = |pair: &[u8]| match (pair, is_big) {
            (&[high, low], true) | (&[low, high], false) => u16::from_be_bytes([high, low]),
            _ => 0,
        };
        let mut units = self.rest.chunks_exact(2).map(unit).peekable();
        let mut used = 0;
        while let Some(first) = units.next() {
            let is_half = (0xd800..0xdc00).contains(&first);
            let second = if is_half {
                let Some(second) = units.next() else { break };
                Some(second)
            } else {
                None
            };
            let letter = char::decode_utf16(std::iter::once(first).chain(second)).next();
            let Some(Ok(letter)) = letter else {
                return Err(TextError::at(self.line, Fault::NotUtf16));
            };
            self.line += usize::from(letter == '\n');
            let mut encoded = [0; 4];
            text.extend_from_slice(letter.encode_utf8(&mut encoded).as_bytes());
            used += if second.is_some() { 4 } else { 2 };
        }
        self.rest.drain(..used);
        Ok(())
    }

    /// Says whether the text ends where a character does.
    pub fn end(&self) -> Result<(), TextError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TextError::at(self.line, Fault::CutOff))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, is_big: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units
            .flat_map(|unit| {
                if is_big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let shown = decoded(bytes).unwrap_or_else(|error| error.to_string());
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_around_text_is_taken_away() {
        check(b"", "");
        check(b"\xef\xbb\xbf", "");
        check(b"\xef\xbb\xbf\xef\xbb\xbfa\r\nb\rc\nd", "a\nb\nc\nd");
        for is_big in [false, true] {
            check(
                &utf16("Z\u{fc}rich \u{1f4de}\r\n", is_big),
                "Z\u{fc}rich \u{1f4de}\n",
            );
            check(&utf16("", is_big), "");
        }
        assert_eq!(value("\u{feff} secret\r\n"), "secret");
        assert_eq!(value("se cret"), "se cret");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        check(
            b"a\r\nM\xfcller\r\n",
            "line 2: it is not UTF-8 text: the byte 0xfc is \"\u{fc}\" in Windows-1252 (Latin-1); save it as UTF-8 \
             (Excel: \"CSV UTF-8\")",
        );
        check(
            b"a\rb\r\x80",
            "line 3: it is not UTF-8 text: the byte 0x80 is \"\u{20ac}\" in Windows-1252 (Latin-1); save it as UTF-8 \
             (Excel: \"CSV UTF-8\")",
        );
        check(
            b"a\n\x81b",
            "line 2: it is not UTF-8 text; save it as UTF-8 (Excel: \"CSV UTF-8\")",
        );
        check(
            b"a\n\xe2\x82",
            "line 2: it ends in the middle of a character; the file is cut off",
        );
        check(
            b"a\nb\0c",
            "line 2: it holds a NUL character (U+0000), which no text has; save it as UTF-8",
        );
        let unmarked = "it is UTF-16 without a byte order mark; save it as UTF-8";
        check(&utf16("person,from", false)[2..], unmarked);
        check(&utf16("person,from", true)[2..], unmarked);
        check(b"\xff\xfe\0\0a\0\0\0", "it is UTF-32; save it as UTF-8");
        let mut cut = utf16("a\nb", false);
        cut.pop();
        check(
            &cut,
            "line 2: it ends in the middle of a character; the file is cut off",
        );
        check(
            b"\xff\xfea\0\n\0\0\xdc",
            "line 2: it is not UTF-16 text, though it begins with the mark of one; save it as UTF-8",
        );
        check(
            &utf16("abc\0", false),
            "line 1: it holds a NUL character (U+0000), which no text has; save it as UTF-8",
        );
    }

    #[test]
    fn accents_are_the_same_however_they_are_encoded() {
        assert!(is_same_name("Mu\u{308}nchen", "M\u{fc}nchen"));
        assert!(is_same_name("North", "North"));
        assert!(!is_same_name("Munchen", "M\u{fc}nchen"));
        assert!(!is_same_name("north", "North"));
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let error = decoded(b"M\xfcller").expect_err("it is no UTF-8");
        assert_eq!(
            error.without_content().to_string(),
            "line 1: it is not UTF-8 text; save it as UTF-8 (Excel: \"CSV UTF-8\")"
        );
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let text = "Z\u{fc}rich \u{1f4de}\r\nend";
        for is_big in [false, true] {
            let bytes = utf16(text, is_big);
            for length in 1..7 {
                let mut stream = Utf16::of_mark(&bytes).expect("it has a mark");
                let mut made = Vec::new();
                for piece in bytes[2..].chunks(length) {
                    stream.push(piece, &mut made).expect("it is well-formed");
                }
                assert_eq!(stream.end(), Ok(()));
                assert_eq!(made, text.as_bytes());
            }
        }
    }
}
