//! The one place that prints: answers to standard output, notes to standard error.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::adapter::StripBytes;
use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::args::ColorWhen;
use super::exit::Failure;
use super::file::{AtomicFile, companion};
use presence_answers::Sink;
use presence_charts::percent::percent;
use presence_config as config;

/// The narrowest page that tables are made for.
const WIDTH_MIN: usize = 40;

/// Where a command writes to.
pub struct Output {
    sink: Destination,
    width: Option<usize>,
    notes: Notes,
    status: ProgressBar,
}

/// Where an answer goes.
enum Destination {
    Stdout(BufWriter<AutoStream<io::Stdout>>),
    File {
        file: AtomicFile,
        /// Takes the colours out.
        strip: Option<StripBytes>,
        /// What is kept next to it.
        beside: Option<String>,
    },
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
    /// Standard output and standard error; `status` is taken away when the answer begins.
    pub fn new(notes: Notes, status: ProgressBar) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let size = is_terminal
            .then(|| terminal_size::terminal_size_of(&stdout))
            .flatten();
        let size = size.map(|(width, _)| usize::from(width.0));
        // What the environment says holds for a pipe too, which has no width of its own.
        let width = config::columns().or(size);
        Self {
            sink: Destination::Stdout(BufWriter::with_capacity(
                64 * 1024,
                AutoStream::auto(stdout),
            )),
            width: width.map(|width| width.max(WIDTH_MIN)),
            notes,
            status,
        }
    }

    /// Writes the answer to a file instead, which is in its place once [`Output::finish`] was called.
    pub fn to_file(self, path: &Path) -> Result<Self, Failure> {
        let is_coloured = ColorChoice::global() == ColorChoice::AlwaysAnsi;
        Ok(Self {
            sink: Destination::File {
                file: AtomicFile::begin(path)?,
                strip: (!is_coloured).then(StripBytes::new),
                beside: None,
            },
            width: None,
            ..self
        })
    }

    /// The file that has to go if the answer is never finished.
    pub fn unfinished(&self) -> Option<PathBuf> {
        match &self.sink {
            Destination::Stdout(_) => None,
            Destination::File { file, .. } => Some(file.temporary_path()),
        }
    }

    /// Keeps something next to the file that is written; `false` if none is.
    pub fn write_sidecar(&mut self, text: String) -> bool {
        match &mut self.sink {
            Destination::Stdout(_) => false,
            Destination::File { beside, .. } => {
                *beside = Some(text);
                true
            }
        }
    }

    /// How wide a table may be: as the environment says (`COLUMNS`), else the terminal's width; `None` if it is no
    /// terminal.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether notes are wanted.
    pub fn notes(&self) -> Notes {
        self.notes
    }

    /// Writes a part of the answer.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.status.finish_and_clear();
        match &mut self.sink {
            Destination::Stdout(stdout) => stdout.write_all(text.as_bytes()),
            Destination::File {
                file,
                strip: Some(strip),
                ..
            } => {
                let mut parts = strip.strip_next(text.as_bytes());
                parts.try_for_each(|part| file.write_all(part))
            }
            Destination::File { file, .. } => file.write_all(text.as_bytes()),
        }
    }

    /// Writes a part of an answer for programs, which has no colour that might have to be removed.
    pub fn write_data(&mut self, text: &str) -> io::Result<()> {
        self.status.finish_and_clear();
        match &mut self.sink {
            Destination::Stdout(buffered) => {
                buffered.flush()?;
                let mut stdout = buffered.get_ref().as_inner();
                stdout.write_all(text.as_bytes())
            }
            Destination::File { file, .. } => file.write_all(text.as_bytes()),
        }
    }

    /// Writes a part of an answer that is no text; nothing is taken out of it.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.status.finish_and_clear();
        match &mut self.sink {
            Destination::Stdout(_) => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()
            }
            Destination::File { file, .. } => file.write_all(bytes),
        }
    }

    /// Whether someone reads the answer on a terminal.
    pub fn is_terminal(&self) -> bool {
        matches!(self.sink, Destination::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Writes out what is still held back, where someone waits for it.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Destination::Stdout(stdout) => stdout.flush(),
            Destination::File { file, .. } => file.flush(),
        }
    }

    /// The answer is complete: what is held back is written out, and a file put in its place.
    pub fn finish(self) -> Result<(), Failure> {
        match self.sink {
            Destination::Stdout(mut stdout) => Ok(stdout.flush()?),
            Destination::File { file, beside, .. } => {
                if let Some(text) = beside {
                    let mut kept = AtomicFile::begin(&companion(file.place()))?;
                    kept.write_all(text.as_bytes())?;
                    kept.finish()?;
                }
                file.finish()
            }
        }
    }

    /// Says something next to the answer, in a line on standard error.
    pub fn note(&self, text: &str) {
        if self.notes == Notes::Shown {
            to_stderr(text);
        }
    }
}

impl Sink for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        Self::write(self, text)
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        Self::write_bytes(self, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self)
    }

    fn keep_sidecar(&mut self, text: String) -> bool {
        self.write_sidecar(text)
    }

    fn width(&self) -> Option<usize> {
        Self::width(self)
    }

    fn is_terminal(&self) -> bool {
        Self::is_terminal(self)
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

/// Writes a line to standard error; if that cannot be, there is no one to tell.
pub fn to_stderr(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes a text of its own to standard output, such as help.
pub fn to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Whether someone watches standard error.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// A style of a progress bar; its `{share}` is the part that is done. `None` if the template is none.
pub(super) fn progress_style(template: &str) -> Option<ProgressStyle> {
    let style = ProgressStyle::with_template(template).ok()?;
    let share = |state: &ProgressState, text: &mut dyn fmt::Write| {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let share = percent(count(state.pos()), state.len().map_or(0, count));
        // What cannot be shown is left out.
        let _ = text.write_str(&share);
    };
    Some(style.with_key("share", share))
}
