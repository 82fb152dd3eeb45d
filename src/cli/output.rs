//! The one place that prints: answers to standard output, notes to standard error.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use super::args::ColorWhen;

/// The narrowest page that tables are made for.
const WIDTH_MIN: usize = 40;

/// Where a command writes to.
pub struct Output {
    sink: Sink,
    width: Option<usize>,
    notes: Notes,
}

/// What becomes of the answer.
enum Sink {
    Stdout(BufWriter<AutoStream<io::Stdout>>),
    /// It is kept, for whoever asked in another way than on the command line.
    Kept(Vec<u8>),
}

/// Whether notes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notes {
    /// They are written to standard error.
    Shown,
    /// `--quiet`.
    Silent,
}

impl Output {
    /// Standard output and standard error.
    pub fn new(notes: Notes) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let size = is_terminal
            .then(|| terminal_size::terminal_size_of(&stdout))
            .flatten();
        Self {
            sink: Sink::Stdout(BufWriter::with_capacity(
                64 * 1024,
                AutoStream::auto(stdout),
            )),
            width: size.map(|(width, _)| usize::from(width.0).max(WIDTH_MIN)),
            notes,
        }
    }

    /// Keeps the answer in memory instead of printing it, and tells nothing beside it.
    pub fn kept() -> Self {
        Self {
            sink: Sink::Kept(Vec::new()),
            width: None,
            notes: Notes::Silent,
        }
    }

    /// The answer as far as it was kept; empty where it was printed.
    pub fn into_answer(self) -> Vec<u8> {
        match self.sink {
            Sink::Stdout(_) => Vec::new(),
            Sink::Kept(answer) => answer,
        }
    }

    /// How wide a table may be: the terminal's width; `None` if it is no terminal.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether notes are wanted.
    pub fn notes(&self) -> Notes {
        self.notes
    }

    /// Writes a part of the answer.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.write_all(text.as_bytes()),
            Sink::Kept(answer) => answer.write_all(text.as_bytes()),
        }
    }

    /// Writes a part of an answer for programs, which has no colour that might have to be removed.
    pub fn write_data(&mut self, text: &str) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(buffered) => {
                buffered.flush()?;
                let mut stdout = buffered.get_ref().as_inner();
                stdout.write_all(text.as_bytes())
            }
            Sink::Kept(answer) => answer.write_all(text.as_bytes()),
        }
    }

    /// Writes out what is still held back: at the end, and where somebody waits for it.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(stdout) => stdout.flush(),
            Sink::Kept(_) => Ok(()),
        }
    }

    /// Tells something beside the answer, in a line on standard error.
    pub fn note(&self, text: &str) {
        if self.notes == Notes::Shown {
            to_stderr(text);
        }
    }
}

/// Takes `--color` into account for everything that is written from now on; `auto` heeds `NO_COLOR` and the terminal.
pub fn choose_colour(when: ColorWhen) {
    let choice = match when {
        ColorWhen::Auto => return,
        ColorWhen::Always => ColorChoice::AlwaysAnsi,
        ColorWhen::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether standard error is shown in colour.
pub fn stderr_has_colour() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Writes a line to standard error; if that cannot be, there is nobody to tell.
pub fn to_stderr(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Whether somebody watches standard error.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}
