//! `presence import`.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use presence_answers::render::counted;
use presence_recording::import::{ImportProgress, ImportSummary, Importer, Input};
use presence_store::{OpenMode, refresh_statistics};

use super::args::ImportArgs;
use super::exit::Failure;
use super::session::Session;

/// After so many changes the database looks at its tables again.
const MANY_EVENTS: u64 = 1_000;

/// Records sweeps from files.
pub(super) async fn run(session: &mut Session, args: &ImportArgs) -> Result<(), Failure> {
    // A file that is not there is found out before the store is made or anything is stored.
    let inputs = args
        .files
        .iter()
        .map(|path| open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let store = session.store(OpenMode::Create).await?;
    let mut importer = Importer::new(store.clone(), Arc::clone(&session.clock));
    if let Some(account_id) = session.asker.settings.account {
        importer = importer.only([account_id]);
    }
    let mut total = ImportSummary::default();
    let mut result = Ok(());
    for input in inputs {
        let bar = &session.shown_status();
        start_bar(bar, &input);
        let ended = importer
            .import(input, &mut |progress| show(bar, progress))
            .await;
        bar.finish_and_clear();
        match ended {
            Ok(summary) => add(&mut total, summary),
            Err(error) => {
                add(&mut total, error.summary);
                result = Err(Failure::failed(error.to_string()));
                break;
            }
        }
    }
    if total.event_count >= MANY_EVENTS {
        refresh_statistics(&*store).await;
    }
    store.close().await;
    session.output.note(&summary_line(total));
    result
}

fn open(path: &Path) -> Result<Input<Box<dyn Read + Send>>, Failure> {
    if path.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "standard input is the terminal: name a file, or send one through a pipe"
                    .to_owned(),
            ));
        }
        return Ok(Input {
            name: "standard input".to_owned(),
            reader: Box::new(io::stdin()),
            byte_count: None,
        });
    }
    let name = path.display().to_string();
    let unreadable = |error: io::Error| Failure::failed(format!("{name} cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::failed(format!(
            "{name} is a folder: name the files in it"
        )));
    }
    Ok(Input {
        name: name.clone(),
        reader: Box::new(file),
        byte_count: metadata.is_file().then_some(metadata.len()),
    })
}

/// Shows a bar on a terminal for a file; for what has no known end, a count.
fn start_bar(bar: &ProgressBar, input: &Input<Box<dyn Read + Send>>) {
    let template = if input.byte_count.is_some() {
        "{prefix} {bar:30} {bytes}/{total_bytes}, {msg}"
    } else {
        "{prefix} {bytes}, {msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.reset();
    bar.set_length(input.byte_count.unwrap_or_default());
    bar.set_prefix(presence_core::escape::shown(&input.name).into_owned());
}

fn show(bar: &ProgressBar, progress: ImportProgress) {
    bar.set_position(progress.bytes_read);
    bar.set_message(format!(
        "{}, {}",
        counted(progress.summary.line_count, "sweep"),
        counted(progress.summary.event_count, "change")
    ));
}

fn add(total: &mut ImportSummary, summary: ImportSummary) {
    total.line_count += summary.line_count;
    total.stored_count += summary.stored_count;
    total.skipped_count += summary.skipped_count;
    total.event_count += summary.event_count;
}

fn summary_line(total: ImportSummary) -> String {
    let mut line = format!(
        "{} stored with {}",
        counted(total.stored_count, "sweep"),
        counted(total.event_count, "change")
    );
    if total.skipped_count > 0 {
        line.push_str("; ");
        line.push_str(&counted(total.skipped_count, "sweep"));
        line.push_str(" already recorded, skipped");
    }
    line
}
