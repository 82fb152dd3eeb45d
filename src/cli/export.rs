//! `presence export`: the views that analysts read, as files.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::ask::{self, Context};
use crate::export::{Column, ExportError, TableFormat, TableWriter, Value, sheet, views};
use crate::model::time::{Span, Timestamp};
use crate::render::{counted, csv, json};
use crate::shapes::common::Text;
use crate::shapes::provenance::{Provenance, When};
use crate::shapes::so_far::SoFar;
use crate::store::View;

use super::args::{AsOfArgs, Drawn, ExportArgs, Format, UsualWindow, WrittenWindow};
use super::exit::Failure;
use super::file::{WholeFile, companion};
use super::output::Output;
use super::question::{Asked, about};
use super::session::Session;
use super::stop;

/// Writes views as files of a folder, or one to where answers go.
pub(super) async fn run(session: &mut Session, args: &ExportArgs) -> Result<(), Failure> {
    let format = format(session)?;
    let window = window(session, args)?;
    let views = if args.view.is_empty() {
        View::ALL.to_vec()
    } else {
        args.view.clone()
    };
    match (&args.dir, &*views) {
        (Some(_), _) if session.output.unfinished().is_some() => Err(Failure::Usage(
            "--dir and --output: give one of them; a folder takes each view, a file takes one"
                .to_owned(),
        )),
        (Some(dir), views) => {
            let job = Job::begin(session, format, window).await?;
            job.fill_folder(session, dir, views).await
        }
        (None, [view]) => {
            refuse_terminal(session, format == TableFormat::Parquet)?;
            let job = Job::begin(session, format, window).await?;
            let provenance = job.provenance(session, *view).await?;
            session.keep_beside(&provenance)?;
            let status = session.shown_status();
            job.write(
                &mut ToOutput(&mut session.output),
                *view,
                &provenance,
                &status,
            )
            .await?;
            Ok(())
        }
        (None, _) => Err(Failure::Usage(
            "say which --view to write, or name a folder with --dir for all of them".to_owned(),
        )),
    }
}

/// Parquet is nothing to look at.
fn refuse_terminal(session: &Session, is_parquet: bool) -> Result<(), Failure> {
    if is_parquet && session.output.is_terminal() {
        return Err(Failure::Usage(
            "parquet is not for terminals: name a file with --output FILE.parquet".to_owned(),
        ));
    }
    Ok(())
}

fn format(session: &Session) -> Result<TableFormat, Failure> {
    match (session.settings.drawn, session.settings.format) {
        (Some(_), _) | (None, Format::Table) => Ok(TableFormat::Parquet),
        (None, Format::Csv) => Ok(TableFormat::Csv(session.settings.csv_style())),
        (None, Format::Ndjson) => Ok(TableFormat::Ndjson),
        (None, Format::Json) => Err(Failure::Usage(
            "export writes parquet, csv or ndjson, not json: one value of any length is of no use"
                .to_owned(),
        )),
    }
}

fn window(session: &Session, args: &ExportArgs) -> Result<Option<Span>, Failure> {
    let beginning = || Timestamp::MIN.to_string();
    let (from, to) = match (&args.from, &args.to) {
        (None, None) => return Ok(None),
        (Some(from), to) => (from.clone(), to.clone()),
        (None, Some(to)) => (beginning(), Some(to.clone())),
    };
    let window = WrittenWindow {
        from: Some(&from),
        to: to.as_deref(),
        usual: UsualWindow::SevenDays,
    };
    session.window(window).map(Some)
}

/// What all views of an export have in common.
struct Job {
    context: Context,
    format: TableFormat,
    window: Option<Span>,
    stopped: CancellationToken,
}

impl Job {
    async fn begin(
        session: &Session,
        format: TableFormat,
        window: Option<Span>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            context: session.context(&AsOfArgs::default()).await?,
            format,
            window,
            stopped: stop::on_signal()?,
        })
    }

    async fn provenance(&self, session: &Session, view: View) -> Result<Provenance, Failure> {
        let zone = &session.settings.zone;
        let mut asked =
            Asked::new("export", self.context.account_id()).option("--view", Some(view.name()));
        let when = match self.window {
            None => When::Always {},
            Some(window) => {
                asked = asked.window(window);
                When::Window {
                    from: Text(window.from()),
                    to: Text(window.to()),
                }
            }
        };
        let mut provenance = about(&self.context, &asked, when, session.settings.now).await?;
        provenance.so_far = self.window.map_or_else(SoFar::default, |window| {
            SoFar::of(window, self.context.now())
        });
        provenance.zone = zone.name();
        Ok(provenance)
    }

    async fn fill_folder(
        &self,
        session: &mut Session,
        dir: &Path,
        views: &[View],
    ) -> Result<(), Failure> {
        std::fs::create_dir_all(dir).map_err(|error| {
            Failure::failed(format!("{} cannot be made: {error}", dir.display()))
        })?;
        for view in views {
            let path = dir.join(format!("{}.{}", view.name(), self.format.ending()));
            let provenance = self.provenance(session, *view).await?;
            let mut file = WholeFile::begin(&path)?;
            let status = session.shown_status();
            let row_count = self.write(&mut file, *view, &provenance, &status).await;
            status.finish_and_clear();
            let row_count = row_count?;
            if session.settings.with_question {
                write_beside(&path, &provenance)?;
            }
            file.finish()?;
            let told = format!("{}: {}\n", path.display(), counted(row_count, "row"));
            session.output.write(&told)?;
        }
        Ok(())
    }

    /// Writes the rows of a view; how many there were.
    async fn write(
        &self,
        output: &mut (impl Write + Send),
        view: View,
        provenance: &Provenance,
        status: &ProgressBar,
    ) -> Result<u64, Failure> {
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {msg} {human_pos} rows, {elapsed}")
        {
            status.set_style(style);
        }
        status.reset();
        status.set_message(view.name());
        let columns = views::columns(view);
        let mut table =
            TableWriter::begin(output, self.format.clone(), columns, provenance).map_err(failed)?;
        let mut row_count = 0;
        let mut wrong: Option<ExportError> = None;
        let stopped = &self.stopped;
        let mut take = |rows: Vec<Vec<_>>| {
            for values in rows {
                if let Err(error) = table.row(views::row(view, values)) {
                    wrong = Some(error);
                    return ControlFlow::Break(());
                }
                row_count += 1;
            }
            status.set_position(row_count);
            if stopped.is_cancelled() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        ask::view_rows(&self.context, view, self.window, &mut take).await?;
        if let Some(error) = wrong {
            return Err(failed(error));
        }
        if stopped.is_cancelled() {
            return Err(Failure::failed(
                "the export was stopped; nothing was replaced by a part of it",
            ));
        }
        table.finish().map_err(failed)?;
        Ok(row_count)
    }
}

fn write_beside(path: &Path, provenance: &Provenance) -> Result<(), Failure> {
    let beside: PathBuf = companion(path);
    let mut file = WholeFile::begin(&beside)?;
    file.write_all(json::pretty(provenance).as_bytes())?;
    file.finish()
}

fn failed(error: ExportError) -> Failure {
    match error {
        ExportError::Output(error) => error.into(),
        ExportError::Parquet(error) => Failure::Failed(error.into()),
    }
}

/// Writes to where answers go.
struct ToOutput<'a>(&'a mut Output);

impl Write for ToOutput<'_> {
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
    table: TableWriter<ToOutput<'a>>,
    columns: Vec<Column>,
}

impl<'a> AnswerTable<'a> {
    /// Begins a table with the columns of an answer's CSV; `texts` are those that hold text although others of the same
    /// name do not.
    pub(super) fn begin(
        session: &'a mut Session,
        names: &[&str],
        texts: &[&str],
        provenance: &Provenance,
    ) -> Result<Self, Failure> {
        refuse_terminal(session, true)?;
        session.keep_beside(provenance)?;
        let columns = sheet::columns(names, texts);
        let output = ToOutput(&mut session.output);
        let table = TableWriter::begin(output, TableFormat::Parquet, columns.clone(), provenance);
        Ok(Self {
            table: table.map_err(failed)?,
            columns,
        })
    }

    /// Adds rows.
    pub(super) fn rows(&mut self, rows: &[Vec<csv::Cell>]) -> Result<(), Failure> {
        for cells in rows {
            let values: Vec<Value> = sheet::row(&self.columns, cells);
            self.table.row(values).map_err(failed)?;
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.table.finish().map_err(failed)?;
        Ok(())
    }
}

impl Session {
    /// Writes an answer as Parquet: the columns of its CSV.
    pub(super) fn write_parquet(
        &mut self,
        sheet: &csv::Sheet,
        provenance: &Provenance,
    ) -> Result<(), Failure> {
        let mut table = AnswerTable::begin(self, &sheet.names, &[], provenance)?;
        table.rows(&sheet.rows)?;
        table.finish()
    }

    /// Whether the answer is wanted as Parquet.
    pub(super) fn is_parquet(&self) -> bool {
        self.is_drawn(Drawn::Parquet)
    }
}
