//! An input as UTF-8: where it begins with the byte order mark of UTF-16, it is read as that, piece by piece.

use std::io::{self, Read};

use presence_model::text::{TextError, Utf16};

/// So much of UTF-16 is read at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// An input as UTF-8.
pub(super) struct AsUtf8<R> {
    reader: R,
    form: Form,
    /// What is decoded and not handed on yet.
    ready: Vec<u8>,
    /// How much of `ready` is handed on.
    at: usize,
    /// How much of the input has been read, in bytes.
    bytes_read: u64,
}

enum Form {
    /// Nothing has been read.
    Unknown,
    Utf8,
    Utf16(Utf16),
}

impl<R: Read> AsUtf8<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            form: Form::Unknown,
            ready: Vec::new(),
            at: 0,
            bytes_read: 0,
        }
    }

    /// How much of the input was read for something of which this many bytes have been used.
    pub(super) fn bytes_read(&self, used: u64) -> u64 {
        match self.form {
            Form::Utf16(_) => self.bytes_read,
            Form::Unknown | Form::Utf8 => used,
        }
    }

    /// Reads at least two bytes, where a byte order mark would be.
    fn begin(&mut self) -> io::Result<()> {
        let mut piece = vec![0; PIECE_BYTES];
        while self.ready.len() < 2 {
            match self.reader.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => self.ready.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes_read = self.ready.len() as u64;
        self.form = match Utf16::of_mark(&self.ready) {
            Some(mut utf16) => {
                let mut text = Vec::new();
                let pushed = utf16.push(&self.ready[2..], &mut text);
                pushed.map_err(|error| invalid(&error))?;
                self.ready = text;
                Form::Utf16(utf16)
            }
            None => Form::Utf8,
        };
        Ok(())
    }

    /// Decodes the next piece; nothing is ready after it at the end only.
    fn next_piece(&mut self) -> io::Result<()> {
        let Form::Utf16(utf16) = &mut self.form else {
            return Ok(());
        };
        let mut piece = vec![0; PIECE_BYTES];
        self.ready.clear();
        self.at = 0;
        while self.ready.is_empty() {
            let count = match self.reader.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.bytes_read += count as u64;
            let pushed = if count == 0 {
                utf16.end()
            } else {
                utf16.push(&piece[..count], &mut self.ready)
            };
            pushed.map_err(|error| invalid(&error))?;
            if count == 0 {
                break;
            }
        }
        Ok(())
    }
}

fn invalid(error: &TextError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.reason())
}

impl<R: Read> Read for AsUtf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.form, Form::Unknown) {
            self.begin()?;
        }
        if self.at == self.ready.len() {
            if matches!(self.form, Form::Utf8) {
                return self.reader.read(buffer);
            }
            self.next_piece()?;
        }
        let ready = &self.ready[self.at..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.at += count;
        Ok(count)
    }
}
