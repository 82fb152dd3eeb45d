//! Lines of a file, one at a time: what a file has around its lines (byte order mark, line ends, empty lines) is
//! taken away, and a line has a greatest length, so that memory does not grow with what is read.

use std::io::{self, BufRead, BufReader, Read};

/// The greatest length of a line in bytes, its end included: a sweep of some 150,000 extensions.
pub const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// So much is read at once.
const BUFFER_BYTES: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

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
    reader: BufReader<R>,
    bytes_max: usize,
    line: Vec<u8>,
    line_no: u64,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, bytes_max: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER_BYTES, reader),
            bytes_max,
            line: Vec::new(),
            line_no: 0,
            bytes_read: 0,
        }
    }

    /// How much of the input the lines so far made up.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether the next line can be had without waiting for the input.
    pub(super) fn has_next_at_hand(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    /// The next line that is not empty; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<NumberedLine<'_>>, LinesError> {
        loop {
            if !self.fill()? {
                return Ok(None);
            }
            if !content(&self.line).is_empty() {
                return Ok(Some(NumberedLine {
                    line_no: self.line_no,
                    bytes: content(&self.line),
                }));
            }
        }
    }

    /// Reads the next line, whatever it holds; `false` at the end.
    fn fill(&mut self) -> Result<bool, LinesError> {
        self.line.clear();
        let line_no = self.line_no + 1;
        let bytes_max = self.bytes_max;
        let count = (&mut self.reader)
            .take(bytes_max as u64 + 1)
            .read_until(b'\n', &mut self.line)
            .map_err(|error| LinesError::Unreadable { line_no, error })?;
        if count > bytes_max {
            return Err(LinesError::TooLong { line_no, bytes_max });
        }
        self.line_no = line_no;
        self.bytes_read += count as u64;
        Ok(count > 0)
    }
}

/// A line without what is around it. Files put together from several have byte order marks in the middle.
fn content(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(line)
        .trim_ascii()
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
