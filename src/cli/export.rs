//! `presence export`: the views that analysts read, as files.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use presence_answers::ask::{self, Context};
use presence_answers::format::Format;
use presence_answers::question_text::{QuestionText, about};
use presence_answers::render::counted;
use presence_answers::reply::{Reply, ToSink, refuse_terminal};
use presence_answers::shapes::common::Text;
use presence_answers::shapes::provenance::{Provenance, When};
use presence_answers::shapes::so_far::SoFar;
use presence_answers::shared::{AsOfFields, UsualWindow, WrittenWindow};
use presence_answers::values::TimeExpression;
use presence_answers::views;
use presence_charts::export::{ExportError, TableFormat, TableWriter};
use presence_charts::json;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::View;

use super::args::ExportArgs;
use super::exit::Failure;
use super::file::{AtomicFile, companion};
use super::session::Session;
use super::stop;

/// Writes views as files of a folder, or one to where answers go.
pub(super) async fn run(session: &mut Session, args: &ExportArgs) -> Result<(), Failure> {
    let format = format(session)?;
    let window = window(session, args)?;
    let views = if args.view.is_empty() {
        View::ALL.to_vec()
    } else {
        args.view.iter().map(|named| named.view).collect()
    };
    for named in &args.view {
        if let Some(old) = named.by_old {
            session.output.note(&format!(
                "{old} is now called {}; the old name stops working in the next release",
                named.view.name()
            ));
        }
    }
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
            refuse_terminal(&session.output, format == TableFormat::Parquet)?;
            let job = Job::begin(session, format, window).await?;
            let provenance = job.provenance(session, *view).await?;
            Reply::to(&mut session.output).write_sidecar(&session.asker, &provenance)?;
            let status = session.shown_status();
            job.write(
                &mut ToSink(&mut session.output),
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

fn format(session: &Session) -> Result<TableFormat, Failure> {
    match (session.asker.settings.drawn, session.asker.settings.format) {
        (Some(_), _) | (None, Format::Table) => Ok(TableFormat::Parquet),
        (None, Format::Csv) => Ok(TableFormat::Csv(session.asker.settings.csv_style())),
        (None, Format::Ndjson) => Ok(TableFormat::Ndjson),
        (None, Format::Json) => Err(Failure::Usage(
            "export writes parquet, csv or ndjson, not json: one JSON value of any length is of no use"
                .to_owned(),
        )),
    }
}

fn window(session: &Session, args: &ExportArgs) -> Result<Option<TimeRange>, Failure> {
    let beginning = || TimeExpression::from(Timestamp::MIN);
    let (from, to) = match (&args.from, &args.to) {
        (None, None) => return Ok(None),
        (Some(from), to) => (from.clone(), to.clone()),
        (None, Some(to)) => (beginning(), Some(to.clone())),
    };
    let window = WrittenWindow {
        from: Some(&from),
        to: to.as_ref(),
        usual: UsualWindow::SevenDays,
    };
    Ok(Some(session.asker.window(window)?))
}

/// What all views of an export have in common.
struct Job {
    context: Context,
    format: TableFormat,
    window: Option<TimeRange>,
    stopped: CancellationToken,
}

impl Job {
    async fn begin(
        session: &Session,
        format: TableFormat,
        window: Option<TimeRange>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            context: session.asker.context(&AsOfFields::default()).await?,
            format,
            window,
            stopped: stop::on_signal()?,
        })
    }

    async fn provenance(&self, session: &Session, view: View) -> Result<Provenance, Failure> {
        let zone = &session.asker.settings.zone;
        let mut question_text = QuestionText::new("export", self.context.account_id())
            .option("--view", Some(view.name()));
        let when = match self.window {
            None => When::Always {},
            Some(window) => {
                question_text = question_text.window(window);
                When::Window {
                    from: Text(window.from()),
                    to: Text(window.to()),
                }
            }
        };
        let mut provenance = about(
            &self.context,
            &question_text,
            when,
            session.asker.settings.now,
        )
        .await?;
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
            let mut file = AtomicFile::begin(&path)?;
            let status = session.shown_status();
            let row_count = self.write(&mut file, *view, &provenance, &status).await;
            status.finish_and_clear();
            let row_count = row_count?;
            if session.asker.settings.with_question {
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
            TableWriter::begin(output, self.format.clone(), columns, &provenance.metadata())
                .map_err(failed)?;
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
                "the export was stopped; no file was replaced",
            ));
        }
        table.finish().map_err(failed)?;
        Ok(row_count)
    }
}

fn write_beside(path: &Path, provenance: &Provenance) -> Result<(), Failure> {
    let beside: PathBuf = companion(path);
    let mut file = AtomicFile::begin(&beside)?;
    file.write_all(json::pretty(provenance).as_bytes())?;
    file.finish()
}

fn failed(error: ExportError) -> Failure {
    match error {
        ExportError::Output(error) => error.into(),
        ExportError::Parquet(error) => Failure::Failed(error.into()),
    }
}
