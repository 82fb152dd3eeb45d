//! How answers are written: in which format, and with what they rest on in a sidecar or inside them.

use std::io::{self, Write};

use serde::Serialize;

use crate::render::{self, Page};
use crate::shapes::provenance::{Envelope, Provenance};
use presence_charts::csv::{Cell, Sheet, Style};
use presence_charts::export::{Column, TableFormat, TableWriter, Value, sheet};
use presence_charts::json;

use super::asker::Asker;
use super::format::{Drawn, Format};
use super::refusal::{FieldName, Refusal, sentence};

/// That the question is written with the answer.
const WITH_QUESTION: FieldName = FieldName("with-question");
/// The file to write to.
const OUTPUT: FieldName = FieldName("output");

/// Where an answer goes.
pub trait Sink: Send {
    /// Takes a part of an answer for people, in which colours may be.
    fn write(&mut self, text: &str) -> io::Result<()>;

    /// Takes a part of an answer for programs.
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Passes on what is held back, where the rest takes a while.
    fn flush(&mut self) -> io::Result<()>;

    /// Keeps a text as a sidecar of the answer's file; `false` if the answer is written to no file.
    fn keep_sidecar(&mut self, text: String) -> bool;

    /// How wide tables may be; `None`: as wide as they are.
    fn width(&self) -> Option<usize>;

    /// Whether someone reads the answer on a terminal.
    fn is_terminal(&self) -> bool;

    /// Whether the reader has the answer with this digest already ([`Provenance::digest`]): then nothing is written.
    fn has(&mut self, _answer_digest: &str) -> bool {
        false
    }
}

/// An answer that is kept in memory.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<u8>);

impl Sink for Kept {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.write_bytes(text.as_bytes())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn keep_sidecar(&mut self, _text: String) -> bool {
        false
    }

    fn width(&self) -> Option<usize> {
        None
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// Where what an answer rests on is written, if it was asked for with `with-question`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sidecar {
    /// Nowhere else than where it is anyway, or in a sidecar.
    Elsewhere,
    /// In the answer itself.
    Inside,
}

/// The reply to a request: where it goes, and where a list that was cut goes on.
pub struct Reply<'a> {
    /// Where the answer goes.
    pub sink: &'a mut dyn Sink,
    /// Where the next page of a list begins, if there is more.
    pub next: Option<String>,
}

impl<'a> Reply<'a> {
    /// A reply that goes to `sink`.
    pub fn to(sink: &'a mut dyn Sink) -> Self {
        Self { sink, next: None }
    }

    /// Whether the reader has this answer already: then it need not be worked out. It cannot be known of an answer that
    /// depends on the present moment.
    pub fn is_known(&mut self, provenance: &Provenance) -> bool {
        provenance.as_of.now.is_none() && self.sink.has(&provenance.digest())
    }

    /// Notes where a list that was cut goes on.
    pub fn goes_on_after(&mut self, last: Option<impl ToString>) {
        self.next = last.map(|last| last.to_string());
    }

    /// What tables are written for.
    pub fn page(&self, asker: &Asker) -> Page {
        Page::english(asker.settings.shown_zone(), self.sink.width())
    }

    /// Writes a part of the answer for people.
    pub fn write(&mut self, text: &str) -> Result<(), Refusal> {
        Ok(self.sink.write(text)?)
    }

    /// Writes a part of the answer for programs.
    pub fn write_data(&mut self, text: &str) -> Result<(), Refusal> {
        Ok(self.sink.write_bytes(text.as_bytes())?)
    }

    /// Writes what an answer rests on to a sidecar if that is wanted, and returns whether it belongs inside.
    pub fn write_sidecar(
        &mut self,
        asker: &Asker,
        provenance: &Provenance,
    ) -> Result<Sidecar, Refusal> {
        let settings = &asker.settings;
        if !settings.with_question {
            return Ok(Sidecar::Elsewhere);
        }
        if self.sink.keep_sidecar(json::pretty(provenance)) {
            return Ok(Sidecar::Elsewhere);
        }
        if settings.drawn.is_none() && settings.format == Format::Ndjson {
            return Err(Refusal::wrong(
                WITH_QUESTION,
                sentence!(
                    WITH_QUESTION,
                    ": lines of ndjson have no place for it; name a file with ",
                    OUTPUT,
                    ", or write json"
                ),
            ));
        }
        Ok(Sidecar::Inside)
    }

    /// Writes an answer that is one object as JSON, its parts as lines, as CSV or as a table.
    pub(super) fn write_object<T: Serialize>(
        &mut self,
        asker: &Asker,
        answer: &T,
        provenance: &Provenance,
        texts: &Texts<'_>,
    ) -> Result<(), Refusal> {
        let beside = self.write_sidecar(asker, provenance)?;
        let page = self.page(asker);
        let text = match asker.settings.format {
            Format::Table => return self.write(&(texts.table)(&page)),
            Format::Json => json::pretty(&provenance.answered(answer)),
            Format::Ndjson => (texts.ndjson)(),
            Format::Csv => csv(asker, beside, provenance, (texts.csv)()),
        };
        self.write_data(&text)
    }

    /// Writes an answer that is an array.
    pub(super) fn write_array<T: Serialize>(
        &mut self,
        asker: &Asker,
        items: &[T],
        provenance: &Provenance,
        texts: &Texts<'_>,
    ) -> Result<(), Refusal> {
        let beside = self.write_sidecar(asker, provenance)?;
        let page = self.page(asker);
        let text = match (asker.settings.format, beside) {
            (Format::Table, _) => return self.write(&(texts.table)(&page)),
            (Format::Json, Sidecar::Elsewhere) => json::pretty(&items),
            (Format::Json, Sidecar::Inside) => json::pretty(&Envelope { provenance, items }),
            (Format::Ndjson, _) => (texts.ndjson)(),
            (Format::Csv, _) => csv(asker, beside, provenance, (texts.csv)()),
        };
        self.write_data(&text)
    }

    /// Writes a list that rests on nothing but itself.
    pub fn write_list<T: Serialize>(
        &mut self,
        asker: &Asker,
        items: &[T],
        table: impl Fn(&Page) -> String,
        csv: impl Fn() -> Sheet,
    ) -> Result<(), Refusal> {
        let text = match asker.settings.format {
            Format::Table => table(&self.page(asker)),
            Format::Json => json::pretty(&items),
            Format::Ndjson => json::lines(items),
            Format::Csv => csv().file(&asker.settings.csv_style()),
        };
        self.write(&text)
    }

    /// Writes an answer as Parquet: the columns of its CSV.
    pub(super) fn write_parquet(
        &mut self,
        asker: &Asker,
        sheet: &Sheet,
        provenance: &Provenance,
    ) -> Result<(), Refusal> {
        let mut table = AnswerTable::begin(self, asker, &sheet.names, &[], provenance)?;
        table.rows(&sheet.rows)?;
        table.finish()
    }
}

/// The text of an answer as CSV, with what stands above it.
fn csv(asker: &Asker, beside: Sidecar, provenance: &Provenance, sheet: Sheet) -> String {
    let style = &asker.settings.csv_style();
    commented(beside, provenance, style) + &sheet.text(style)
}

/// Whether the answer is wanted as one of the formats that only some questions are answered in.
pub(super) fn is_drawn(asker: &Asker, drawn: Drawn) -> bool {
    asker.settings.drawn == Some(drawn)
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
pub(super) fn commented(beside: Sidecar, provenance: &Provenance, style: &Style) -> String {
    let lines = match beside {
        Sidecar::Elsewhere => String::new(),
        Sidecar::Inside => render::provenance::comments(provenance),
    };
    format!("{}{}", style.mark(), style.lines_above(&lines))
}

/// Parquet is nothing to read.
pub fn refuse_terminal(sink: &dyn Sink, is_parquet: bool) -> Result<(), Refusal> {
    if is_parquet && sink.is_terminal() {
        return Err(Refusal::wrong(
            OUTPUT,
            sentence!(
                "parquet is not for terminals: name a file with ",
                OUTPUT,
                " FILE.parquet"
            ),
        ));
    }
    Ok(())
}

/// Writes bytes to where an answer goes.
pub struct ToSink<'a>(pub &'a mut dyn Sink);

impl Write for ToSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_bytes(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A table of an answer that is written as Parquet, part by part.
pub(super) struct AnswerTable<'a> {
    table: TableWriter<ToSink<'a>>,
    columns: Vec<Column>,
}

impl<'a> AnswerTable<'a> {
    /// Begins a table with the columns of an answer's CSV; `texts` are those that hold text although others of the same
    /// name do not.
    pub(super) fn begin(
        reply: &'a mut Reply<'_>,
        asker: &Asker,
        names: &[&str],
        texts: &[&str],
        provenance: &Provenance,
    ) -> Result<Self, Refusal> {
        refuse_terminal(reply.sink, true)?;
        reply.write_sidecar(asker, provenance)?;
        let columns = sheet::columns(names, texts);
        let output = ToSink(&mut *reply.sink);
        let table = TableWriter::begin(
            output,
            TableFormat::Parquet,
            columns.clone(),
            &provenance.metadata(),
        )?;
        Ok(Self { table, columns })
    }

    /// Adds rows.
    pub(super) fn rows(&mut self, rows: &[Vec<Cell>]) -> Result<(), Refusal> {
        for cells in rows {
            let values: Vec<Value> = sheet::row(&self.columns, cells);
            self.table.row(values)?;
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        self.table.finish()?;
        Ok(())
    }
}
