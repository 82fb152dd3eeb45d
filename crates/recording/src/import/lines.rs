//! Lines of a file, one at a time: what a file has around its lines (byte order mark, line ends, empty lines) is
//! taken away, and a line has a greatest length, so that memory does not grow with what is read.

use std::io::{self, BufRead, BufReader, Read};

use super::utf8::AsUtf8;
use presence_model::text::without_mark;

/// The greatest length of a line in bytes, its end included: a sweep of some 150,000 extensions.
pub const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// So much is read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// A line that holds something, and its number in the file (from 1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NumberedLine<'a> {
    pub(super) line_no: u64,
    pub(super) bytes: &'a [u8],
}

/// Why there is no next line though the file has not ended.
#[derive(Debug)]
pub(super) enum LinesError {
    TooLong { line_no: u64, bytes_max: usize },
    Unreadable { line_no: u64, error: io::Error },
}

/// The lines of an input.
pub(super) struct Lines<R> {
    reader: BufReader<AsUtf8<R>>,
    bytes_max: usize,
    /// What was read up to a line feed.
    line: Vec<u8>,
    /// Where in it the next line begins.
    at: usize,
    line_no: u64,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, bytes_max: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER_BYTES, AsUtf8::new(reader)),
            bytes_max,
            line: Vec::new(),
            at: 0,
            line_no: 0,
            bytes_read: 0,
        }
    }

    /// How much of the input the lines so far made up.
    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.get_ref().bytes_read(self.bytes_read)
    }

    /// Whether the next line can be had without waiting for the input.
    pub(super) fn has_next_at_hand(&self) -> bool {
        self.at < self.line.len() || self.reader.buffer().contains(&b'\n')
    }

    /// The next line that is not empty; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<NumberedLine<'_>>, LinesError> {
        loop {
            if self.at == self.line.len() && !self.fill()? {
                return Ok(None);
            }
            let from = self.at;
            self.at += object_end(&self.line[from..]);
            self.line_no += 1;
            if !content(&self.line[from..self.at]).is_empty() {
                return Ok(Some(NumberedLine {
                    line_no: self.line_no,
                    bytes: content(&self.line[from..self.at]),
                }));
            }
        }
    }

    /// Reads on up to the next line feed, whatever is before it; `false` at the end.
    fn fill(&mut self) -> Result<bool, LinesError> {
        self.line.clear();
        self.at = 0;
        let line_no = self.line_no + 1;
        let bytes_max = self.bytes_max;
        let count = (&mut self.reader)
            .take(bytes_max as u64 + 1)
            .read_until(b'\n', &mut self.line)
            .map_err(|error| LinesError::Unreadable { line_no, error })?;
        if count > bytes_max {
            return Err(LinesError::TooLong { line_no, bytes_max });
        }
        self.bytes_read += count as u64;
        Ok(count > 0)
    }
}

/// A line without what is around it. Files put together from several have byte order marks in the middle.
fn content(line: &[u8]) -> &[u8] {
    without_mark(line).trim_ascii()
}

/// Where the first line of `text` ends, which holds no line feed but perhaps one at its end: there, or at a carriage
/// return between two objects. Within JSON nothing but a comma can stand between `}` and `{`, so that such a carriage
/// return is never a part of one.
fn object_end(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|&byte| byte == b'\r') {
        let (before, after) = text.split_at(from + at);
        if before.trim_ascii_end().ends_with(b"}") && after.trim_ascii_start().starts_with(b"{") {
            return from + at + 1;
        }
        from += at + 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines as `number:text`, and how reading ended.
    fn read(input: &[u8], bytes_max: usize) -> String {
        let mut lines = Lines::new(input, bytes_max);
        let mut shown = Vec::new();
        loop {
            match lines.next() {
                Ok(Some(line)) => {
                    let text = String::from_utf8_lossy(line.bytes).into_owned();
                    shown.push(format!("{}:{text}", line.line_no));
                }
                Ok(None) => break,
                Err(error) => {
                    shown.push(format!("{error:?}"));
                    break;
                }
            }
        }
        shown.join(" ")
    }

    #[test]
    fn what_is_around_lines_is_taken_away() {
        assert_eq!(read(b"", 10), "");
        assert_eq!(read(b"\xef\xbb\xbf", 10), "");
        assert_eq!(read(b"\n\r\n  \n", 10), "");
        assert_eq!(
            read(b"\xef\xbb\xbfa\r\n\r\nb\n\xef\xbb\xbf c", 10),
            "1:a 3:b 4:c"
        );
        assert_eq!(read(b"a\n\xff\xfe\n", 10), "1:a 2:\u{fffd}\u{fffd}");
    }

    #[test]
    fn lines_of_old_macs_are_told_apart() {
        assert_eq!(
            read(b"{\"a\":{}\r}\r{\"b\":[{},\r{}]}\r\r{}\r", 100),
            "1:{\"a\":{}\r} 2:{\"b\":[{},\r{}]} 3:{}"
        );
        assert_eq!(read(b"{}\r\n{}\r\n", 100), "1:{} 2:{}");
    }

    #[test]
    fn utf_16_is_read_piece_by_piece() {
        let text = "\u{feff}{\"\u{fc}\u{1f4de}\"}\r\n\r\n{}\n";
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
            assert_eq!(read(&bytes, 20), "1:{\"\u{fc}\u{1f4de}\"} 3:{}");
            let cut = read(&bytes[..bytes.len() - 1], 20);
            assert!(
                cut.contains("it ends in the middle of a character"),
                "{cut}"
            );
            let long = read(&bytes, 3);
            assert_eq!(long, "TooLong { line_no: 1, bytes_max: 3 }");
        }
    }

    #[test]
    fn a_line_has_a_greatest_length() {
        assert_eq!(
            read(b"abc\nabcd\n", 4),
            "1:abc TooLong { line_no: 2, bytes_max: 4 }"
        );
        assert_eq!(read(b"abcd", 4), "1:abcd");
    }

    #[test]
    fn it_knows_whether_it_would_wait() {
        let mut lines = Lines::new(b"a\nb\nc".as_slice(), 10);
        assert!(!lines.has_next_at_hand());
        lines.next().expect("it can be read");
        assert!(lines.has_next_at_hand());
        lines.next().expect("it can be read");
        assert!(!lines.has_next_at_hand());
        assert_eq!(lines.bytes_read(), 4);
    }
}
