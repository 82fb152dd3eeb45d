//! How answers are written: in which format, and with what they rest on beside or inside them.

use serde::Serialize;

use crate::render::csv::{Sheet, Style};
use crate::render::{self, Page, json};
use crate::shapes::provenance::{Envelope, Provenance};

use super::args::{Drawn, Format};
use super::exit::Failure;
use super::session::Session;

/// Where what an answer rests on is written, if it was asked for with `--with-question`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nowhere else than where it is anyway, or in a file beside the answer's.
    Elsewhere,
    /// In the answer itself.
    Inside,
}

impl Session {
    /// Keeps what an answer rests on beside it if that is wanted, and says whether it belongs inside.
    pub(super) fn keep_beside(&mut self, provenance: &Provenance) -> Result<Beside, Failure> {
        if !self.settings.with_question {
            return Ok(Beside::Elsewhere);
        }
        if self.output.keep_beside(json::pretty(provenance)) {
            return Ok(Beside::Elsewhere);
        }
        if self.settings.drawn.is_none() && self.settings.format == Format::Ndjson {
            return Err(Failure::Usage(
                "--with-question: lines of ndjson have no place for it; name a file with --output, or write json"
                    .to_owned(),
            ));
        }
        Ok(Beside::Inside)
    }

    /// Writes an answer that is one object as JSON, its parts as lines, as CSV or as a table.
    pub(super) fn write_object<T: Serialize>(
        &mut self,
        answer: &T,
        provenance: &Provenance,
        texts: &Texts<'_>,
    ) -> Result<(), Failure> {
        let beside = self.keep_beside(provenance)?;
        let page = self.page();
        let text = match self.settings.format {
            Format::Table => return Ok(self.output.write(&(texts.table)(&page))?),
            Format::Json => json::pretty(&provenance.answered(answer)),
            Format::Ndjson => (texts.ndjson)(),
            Format::Csv => self.csv(beside, provenance, (texts.csv)()),
        };
        Ok(self.output.write_data(&text)?)
    }

    /// The text of an answer as CSV, with what stands above it.
    fn csv(&self, beside: Beside, provenance: &Provenance, sheet: Sheet) -> String {
        let style = &self.settings.csv_style();
        commented(beside, provenance, style) + &sheet.text(style)
    }

    /// Writes an answer that is an array.
    pub(super) fn write_array<T: Serialize>(
        &mut self,
        items: &[T],
        provenance: &Provenance,
        texts: &Texts<'_>,
    ) -> Result<(), Failure> {
        let beside = self.keep_beside(provenance)?;
        let page = self.page();
        let text = match (self.settings.format, beside) {
            (Format::Table, _) => return Ok(self.output.write(&(texts.table)(&page))?),
            (Format::Json, Beside::Elsewhere) => json::pretty(&items),
            (Format::Json, Beside::Inside) => json::pretty(&Envelope { provenance, items }),
            (Format::Ndjson, _) => (texts.ndjson)(),
            (Format::Csv, _) => self.csv(beside, provenance, (texts.csv)()),
        };
        Ok(self.output.write_data(&text)?)
    }

    /// Whether the answer is wanted as one of the formats that only some commands write.
    pub(super) fn is_drawn(&self, drawn: Drawn) -> bool {
        self.settings.drawn == Some(drawn)
    }
}

/// The texts of an answer, each made only if it is wanted.
pub(super) struct Texts<'a> {
    /// For people.
    pub(super) table: &'a dyn Fn(&Page) -> String,
    /// A line a part.
    pub(super) ndjson: &'a dyn Fn() -> String,
    /// A row a part.
    pub(super) csv: &'a dyn Fn() -> Sheet,
}

/// What stands above the header of CSV: the mark of a file, and lines about the answer.
pub(super) fn commented(beside: Beside, provenance: &Provenance, style: &Style) -> String {
    let lines = match beside {
        Beside::Elsewhere => String::new(),
        Beside::Inside => render::provenance::comments(provenance),
    };
    format!("{}{}", style.mark(), style.lines_above(&lines))
}
